r"""The single fixes of text repair: each a function from one line to the edits it wants.

Most are those of ftfy, taken apart so that every change is known by its place. Where they differ
from ftfy it is to do less harm, and their docstrings say so. A line comes without its end; no fix
but `line_breaks` makes or removes a line end.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

import ftfy
from ftfy import chardata
from ftfy import fixes as ftfy_fixes
from ftfy.badness import BADNESS_RE, MOJIBAKE_CATEGORIES

from cleaner.edits import Edit, difference, replacements

PIECE = 1 << 16
"""Longest stretch of a line, in code points, that is searched for mojibake at once. ftfy's decoder
of UTF-8 variants copies the rest of its input at each special sequence: quadratic on a long line."""

_CONFIG = ftfy.TextFixerConfig()
_C1_STEPS = (("encode", "latin-1"), ("decode", "windows-1252"))
_MAY_MOVE = re.compile(r"[^\x01-\x1f!->@-~]+")  # what mojibake is made of: no ASCII but NUL, space, "?"
_QUOTE_PAIRS = frozenset(('""', "''", "``", "“”", "‘’", "«»", "„“"))


class Fix(NamedTuple):
    """A fix: whether it is on by default, what it does in one line, and the function that finds its
    edits in a line. A line it changes holds one of ``chars`` (a character class without brackets) or
    a match of one of ``patterns``; either may be empty. ``rough`` matches wherever one of several patterns
    does, and costs less than they do."""

    on: bool
    about: str
    chars: str
    patterns: tuple[str, ...]
    edits: Callable[[str], list[Edit]]
    rough: str = ""


# Mojibake

_C1 = re.compile("[\x80-\x9f]")
_C1_RUN = re.compile("[\x80-\x9f]+")
_PUNCTUATION = frozenset("–—…‘’“”‚„‹›«»")


@lru_cache(maxsize=1)
def _symbols() -> re.Pattern[str]:
    """Pattern of the symbols and punctuation of U+2010 to U+2BFF in UTF-8 read as windows-1252,
    where that gives visible characters.

    ftfy's measure of badness does not know all of these (``â–º``, ``â„¢``), so a line with nothing
    else to mend keeps them. Three such characters in a row, the first an ``â``, occur in no language.
    """
    seconds: dict[str, set[str]] = {}
    for point in range(0x2010, 0x2C00):
        if unicodedata.category(chr(point))[0] not in "SP":
            continue
        second, third = list(chr(point).encode().decode("sloppy-windows-1252")[1:])
        punctuation = {second, third} <= _PUNCTUATION  # a word that ends in â, a quote, a dash
        if second > "\xa0" and third > "\xa0" and "\xad" not in (second, third) and not punctuation:
            seconds.setdefault(second, set()).add(third)
    by_thirds: dict[str, str] = {}
    for second, thirds in sorted(seconds.items()):
        key = "".join(sorted(thirds))
        by_thirds[key] = by_thirds.get(key, "") + second
    return re.compile("|".join(f"â[{re.escape(s)}][{re.escape(t)}]" for t, s in by_thirds.items()))


def encoding(line: str) -> list[Edit]:
    """Mojibake: text read in another charset than it was written in, once or several times.

    >>> encoding("donâ€™t â–º")
    [Edit(start=3, end=6, text='’', fix='encoding'), Edit(start=8, end=11, text='►', fix='encoding')]
    """
    edits: list[Edit] = []
    for start, piece in _pieces(line):
        if not piece.isascii():
            edits += [
                edit._replace(start=edit.start + start, end=edit.end + start) for edit in _mojibake(piece)
            ]
    return edits


def _mojibake(text: str) -> list[Edit]:
    """Closing quotes that lost their last byte; else one round of ftfy's; else the symbols it leaves."""
    if edits := _lost_quotes(text):
        return edits
    if BADNESS_RE.search(text):
        plan = ftfy.fix_encoding_and_explain(text, _CONFIG).explanation or []
        step = _first_round([(part.action, part.parameter) for part in plan])
        if step:
            after = ftfy.apply_plan(text, step)
            edits = difference(text, after, _MAY_MOVE, "encoding") if after != text else []
            # ftfy reads some C1 controls as windows-1252 in passing; that is `c1_controls`' to decide
            edits = [edit for edit in edits if not _C1_RUN.fullmatch(text, edit.start, edit.end)]
            if edits:
                return edits
    return [
        Edit(match.start(), match.end(), match.group().encode("sloppy-windows-1252").decode(), "encoding")
        for match in _symbols().finditer(text)
    ]


_QUOTES_READ_WRONGLY = re.compile(
    "(?P<open>“|â€œ|â\x80\x9c)|(?P<closed>”|â€\x9d|â\x80\x9d)"
    "|(?P<lost>â[€\x80](?:\ufffd|(?=[ \t.,;:!)\\]]|\\Z)))"
)


def _lost_quotes(text: str) -> list[Edit]:
    """The mojibake of a closing quote whose last byte, 9D, windows-1252 does not define and many
    programs drop or replace: ftfy takes the space after it for that byte and makes a dagger of it.
    Only where a quotation is open.

    >>> _lost_quotes("â€œyesâ€ he said")
    [Edit(start=6, end=8, text='”', fix='encoding')]
    """
    edits: list[Edit] = []
    is_open = False
    for match in _QUOTES_READ_WRONGLY.finditer(text):
        if match.lastgroup == "lost" and is_open:
            edits.append(Edit(match.start(), match.end(), "”", "encoding"))
        is_open = match.lastgroup == "open"
    return edits


def _first_round(plan: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The steps of a plan up to the first text, but none for C1 controls, a fix of its own."""
    if not plan or plan[0] == ("transcode", "fix_c1_controls") or tuple(plan[:2]) == _C1_STEPS:
        return []
    if plan[0][0] == "apply":
        return plan[:1]
    return plan[: next(i for i, (action, _) in enumerate(plan) if action == "decode") + 1]


def _pieces(line: str) -> Iterator[tuple[int, str]]:
    """A line in pieces of at most `PIECE` code points, cut after a blank where there is one."""
    start = 0
    while len(line) - start > PIECE:
        end = line.rfind(" ", start, start + PIECE) + 1 or start + PIECE
        yield start, line[start:end]
        start = end
    yield start, line[start:]


_C1_BUT_NEL = re.compile("[\x80-\x84\x86-\x9f]|\x85(?!\\w)")
_C1_MEANING = {chr(byte): bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xA0)}


def c1_controls(line: str) -> list[Edit]:
    r"""C1 controls: read as windows-1252, as browsers do; the five it does not define are dropped.

    U+0085 stays where it can be what Unicode says, NEXT LINE: alone among the C1 controls of its
    line, with a letter or digit right after it.

    >>> from cleaner.edits import apply
    >>> apply("It\x92s", c1_controls("It\x92s")), c1_controls("one\x85two")
    ('It’s', [])
    """
    pattern = _C1 if re.search("[\x80-\x84\x86-\x9f]", line) else _C1_BUT_NEL
    return replacements(pattern, line, _C1_MEANING, "c1-controls")


# Entities


def html_entities(line: str) -> list[Edit]:
    """Character references that end in a semicolon, unless the line holds a ``<`` (see `repair`).

    As in ftfy, what has no semicolon stays (``&copy=1`` in a URL). Stays too: a reference in quotes
    or backticks, for a text that talks about it; one that means a line end. The reference to a
    carriage return at the end of a line, residue of XML, is dropped.
    """
    edits: list[Edit] = []
    for match in chardata.HTML_ENTITY_RE.finditer(line):
        start, end = match.span()
        meaning = ftfy_fixes.unescape_html(match.group())
        if meaning == "\r" and end == len(line):
            meaning = ""
        around = line[max(0, start - 1) : start] + line[end : end + 1]
        if meaning != match.group() and not _BREAK.search(meaning) and around not in _QUOTE_PAIRS:
            edits.append(Edit(start, end, meaning, "html-entities"))
    return edits


_BREAK = re.compile("[\r\n]")


# Controls


_ESCAPE_SEQUENCE = re.compile(
    "\x1b(?:"
    r"\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    "|\\][^\x07\x1b\r\n]*(?:\x07|\x1b\\\\)"  # OSC: window titles, links
    r"|[()][0-9A-B]"  # character sets
    ")"
)
_SEPARATORS = "\x0b\x1c-\x1f"
_CONTROL_CLASS = "\x00-\x08\x0b\x0e-\x1f\x7f\u206a-\u206f\ufeff\ufff9-\ufffc"
_CONTROLS = re.compile(f"[{_CONTROL_CLASS}]+")
_SEPARATOR = re.compile(f"[{_SEPARATORS}]")
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]")


def terminal_escapes(line: str) -> list[Edit]:
    """ANSI escape sequences: colours and cursor movements (as ftfy), window titles, character sets."""
    return [Edit(m.start(), m.end(), "", "terminal-escapes") for m in _ESCAPE_SEQUENCE.finditer(line)]


def control_chars(line: str) -> list[Edit]:
    r"""Controls that show nothing; tab, line ends and form feed stay, as do joiners and direction marks.

    Unlike ftfy's, a vertical tab or an information separator (U+001C to U+001F) between two words
    becomes a space: dropped, it would make them one.

    >>> from cleaner.edits import apply
    >>> apply("one\x0btwo\x00", control_chars("one\x0btwo\x00"))
    'one two'
    """
    edits = []
    for match in _CONTROLS.finditer(line):
        before, after = line[max(0, match.start() - 1) : match.start()], line[match.end() : match.end() + 1]
        parts = _SEPARATOR.search(match.group()) and before.strip() and after.strip()
        edits.append(Edit(match.start(), match.end(), " " if parts else "", "control-chars"))
    return edits


def surrogates(line: str) -> list[Edit]:
    """Surrogate pairs become the character they encode, lone surrogates U+FFFD."""
    return [
        Edit(match.start(), match.end(), ftfy_fixes.fix_surrogates(match.group()), "surrogates")
        for match in _SURROGATES.finditer(line)
    ]


# Typography, off by default


def _characters(table: dict[str, str], fix: str, about: str) -> Fix:
    """A fix that replaces single characters by a table."""
    chars = re.escape("".join(table))
    pattern = re.compile(f"[{chars}]")
    return Fix(False, about, chars, (), lambda line: replacements(pattern, line, table, fix))


def _table(mapping: dict[int, str]) -> dict[str, str]:
    return {chr(point): text for point, text in mapping.items()}


_QUOTES = dict.fromkeys("ʼ‘’‚‛", "'") | dict.fromkeys("“”„‟", '"')
_SPACES = dict.fromkeys("\xa0\u202f", " ")
_BREAKS = dict.fromkeys(("\r\n", "\r", "\u2028", "\u2029", "\x85"), "\n")
_ANY_BREAK = re.compile("\r\n?|[\u2028\u2029\x85]")


def line_breaks(text: str) -> list[Edit]:
    """CRLF, lone CR, U+2028, U+2029 and what is left of U+0085 become LF. Takes a whole text."""
    return replacements(_ANY_BREAK, text, _BREAKS, "line-breaks")


def nfc(line: str) -> list[Edit]:
    """Composed characters instead of letters with combining marks (Unicode's NFC)."""
    if unicodedata.is_normalized("NFC", line):
        return []
    return [
        Edit(match.start(), match.end(), composed, "nfc")
        for match in _clusters().finditer(line)
        if (composed := unicodedata.normalize("NFC", match.group())) != match.group()
    ]


@lru_cache(maxsize=1)
def _clusters() -> re.Pattern[str]:
    """A character that starts a cluster, with all that can compose with it or be reordered.

    These are the marks, and a few letters: the vowels and finals of Hangul, and the vowel signs of
    Kirat Rai, which Unicode classes as letters.
    """
    marks: list[int] = [
        point for point in range(0x300, 0x110000) if unicodedata.category(chr(point))[0] == "M"
    ]
    joined = _ranges([*marks, *range(0x1160, 0x1200), *range(0x16D63, 0x16D6B)])
    return re.compile(f"[^{joined}]?[{joined}]+|[^\x00-\x7f]")


def _ranges(points: list[int]) -> str:
    """A character class (without its brackets) of sorted code points."""
    spans: list[list[int]] = []
    for point in sorted(points):
        if spans and spans[-1][1] == point - 1:
            spans[-1][1] = point
        else:
            spans.append([point, point])
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in spans)


# All of them


def _mojibake_gate() -> tuple[str, ...]:
    """Patterns of which one matches wherever ftfy's pattern of badness does, at fifty times its speed.

    Each of its thirty branches needs two adjacent characters of those below (or a C1 control, which
    the gate of characters holds). Each pattern begins with one class, so that the search runs over
    all other text at full speed. A test holds them against ftfy's own pattern.
    """
    kinds = MOJIBAKE_CATEGORIES
    kaomoji = re.findall(f"[{kinds['kaomoji']}]", "".join(map(chr, range(0x80, 0x2C00))))
    lower = kinds["lower_accented"] + "".join(char for char in kaomoji if char.islower())
    rare = "".join(kinds[kind] for kind in ("bad", "law", "currency", "numeric", "upper_accented", "box"))
    rare += "".join(char for char in kaomoji if not char.islower())
    marks = kinds["start_punctuation"] + kinds["end_punctuation"]
    leads = f"{lower}ВГРСΒΓΞΟ"  # the capitals: leads of two-byte sequences in windows-1251 and -1253
    return (
        f"[{rare}](?:(?<=[^\x00-\x7f].)|(?=[^\x00-\x7f]))",
        f"[{marks}](?:(?<=[{leads}].)|(?=[{lower}]))",
        "[ŒœÃÂâвГ](?:(?<=[Œœ])[^A-Za-z]|(?<=[ÃÂ]) |(?<=â)[^\x00-\x7f]|(?<=в)Ђ|(?<=Г)ў)",
    )


FIXES: dict[str, Fix] = {
    "html-entities": Fix(
        True,
        "character references in plain text (&amp;, &amp;nbsp;) become what they mean",
        "",
        (chardata.HTML_ENTITY_RE.pattern,),
        html_entities,
    ),
    "encoding": Fix(
        True,
        "mojibake (text read in the wrong charset, also several times) becomes what was written",
        "\x80-\x9f",
        _mojibake_gate(),
        encoding,
        "[^\x00-\x7f](?:(?<=[ŒœÃÂ])|[^\x00-\x7f])",
    ),
    "c1-controls": Fix(
        True,
        "controls U+0080 to U+009F become the windows-1252 characters they stand for",
        "\x80-\x9f",
        (),
        c1_controls,
    ),
    "surrogates": Fix(
        True, "surrogate pairs become one character, lone surrogates U+FFFD", "\ud800-\udfff", (), surrogates
    ),
    "terminal-escapes": Fix(
        True, "escape sequences of terminals (colours, titles) are dropped", "\x1b", (), terminal_escapes
    ),
    "control-chars": Fix(
        True, "control characters that show nothing are dropped", _CONTROL_CLASS, (), control_chars
    ),
    "ligatures": _characters(
        _table(chardata.LIGATURES), "ligatures", "single-character Latin ligatures become their letters"
    ),
    "character-width": _characters(
        _table(chardata.WIDTH_MAP), "character-width", "full- and half-width forms become normal ones"
    ),
    "curly-quotes": _characters(_QUOTES, "curly-quotes", "typographic quotes become straight ones"),
    "non-breaking-spaces": _characters(_SPACES, "non-breaking-spaces", "U+00A0 and U+202F become a space"),
    "line-breaks": Fix(
        False,
        "every line end becomes LF; U+2028, U+2029 and U+0085 as well",
        "\r\u2028\u2029\x85",
        (),
        line_breaks,
    ),
    "nfc": Fix(
        False, "letters with combining marks become composed ones (NFC)", "\u0300-\U0010ffff", (), nfc
    ),
}
"""Name -> fix, in the order in which a round applies them."""
