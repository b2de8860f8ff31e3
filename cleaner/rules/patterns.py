"""The pattern language of rules: a small part of regular expressions, on purpose.

A pattern is read into a tree. From the tree come the exact pattern (for the `regex` module) and
its gate (`cleaner.rules.gates`). What would make the gate unprovable or the pattern slow
(look-around, back-references, anchors, unbounded nested repeats) is refused with the reason.

Differences from plain regular expressions: case does not matter; a blank matches any run of
blanks; ``'`` matches any apostrophe, ``"`` any double quote, ``-`` any hyphen or en dash; a letter with
a mark (``é``, ``ș``, ``ά``) matches the bare one too, as it is in capitals and on careless pages; ``*`` and
``+`` repeat at most `MOST` times; a match never begins or ends inside a word, where the script has words.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from cleaner.lines import WORDLESS

MOST = 80  # the most times `*` and `+` repeat
MOST_REPEAT = 200  # the most times `{2,5}` repeats
MOST_DIGITS = 9  # of a number in it
FEW_CHARACTERS = 6  # of a class, to be taken as alternatives
FREE_REPEAT = 12  # the most a part may repeat that could match the same text in several ways
MOST_CHARS = 200_000  # of a pattern as it is written
MOST_LONGEST = 20_000  # code points that a match may have: `( [^ ]+){0,200}` is within it
MOST_PARTS = 30_000  # of a pattern with its repeats written out: seven times the largest that is shipped
MOST_DEPTH = 20  # of groups in groups
MOST_CLASS = 1_000  # code points of one class
MOST_STACKED = 2  # repeats of one part without a group around it
SHOWN = 120  # code points of a pattern in an error

_WORD = rf"[^\W_{WORDLESS}]"
NOT_INSIDE_WORD = rf"(?:(?<!{_WORD})|(?!{_WORD}))"
"""True at a place that does not part two word characters of a script that has words."""

_MARKED = (*range(0xC0, 0x250), *range(0x370, 0x400), *map(ord, "Ёё"), *range(0x1E00, 0x1F00))
"""Latin and Greek code points, of whose letters people leave out the marks, and the one Cyrillic letter."""


def _bare(char: str) -> str:
    """A letter without its marks; what has none, or becomes several letters when case is folded, as it is."""
    parts = unicodedata.normalize("NFD", char)
    return parts[0] if len(parts) > 1 and parts[0].isalpha() and len(char.casefold()) == 1 else char


BARE = {code: bare for code in _MARKED if (bare := _bare(chr(code))) != chr(code)}
"""Code point of a letter with marks -> the bare letter."""

_CEDILLA = {"ș": "ş", "ț": "ţ"}  # the Romanian letters, and what stands for them in older fonts

CHARACTERS = {
    "'": "['’‘ʼ´`＇]",
    '"': '["“”„«»]',
    "-": "[-‐‑‒–]",
    " ": r"\s++",
    **{chr(code): f"[{chr(code)}{bare}]" for code, bare in BARE.items()},
    **{letter: f"[{letter}{older}{BARE[ord(letter)]}]" for letter, older in _CEDILLA.items()},
}
"""Character of a pattern -> the class of what it matches, where that is more than itself in both cases."""

_LITERAL_RUN = re.compile(r"[^\\()\[\]|.*+?{^$]+")
_BLANKS = re.compile(" +")
_BLANK_IN_CLASS = re.compile(r"(\\.|.-(?!\])| -(?=[^\]]))| ", re.DOTALL)
_ESCAPES = frozenset("dDwWsS")
_REFUSED_ESCAPES = {
    "b": "word bounds are set by themselves",
    "B": "word bounds are set by themselves",
    "A": "say where with `at`",
    "Z": "say where with `at`",
    "z": "say where with `at`",
}


class PatternError(ValueError):
    """A pattern that is malformed or that no gate can be derived from; says why."""


@dataclass(frozen=True, slots=True)
class Text:
    """Literal characters, each blank run as one blank."""

    value: str


@dataclass(frozen=True, slots=True)
class Klass:
    """A class of characters, ``text`` as the `regex` module writes it."""

    text: str


@dataclass(frozen=True, slots=True)
class Concat:
    """Parts one after another."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of several parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part repeated ``low`` to ``high`` times."""

    part: Node
    low: int
    high: int


Node = Text | Klass | Concat | Either | Repeat


@lru_cache(maxsize=512)  # trees of those that are read or compiled just now
def parse(pattern: str) -> Node:
    """Read a pattern into its tree; raises `PatternError` with the place and the reason."""
    if not pattern.strip():
        raise PatternError("the pattern is empty")
    if pattern != pattern.strip():
        raise PatternError("the pattern begins or ends with a blank")
    if len(pattern) > MOST_CHARS:
        raise PatternError(
            f"{excerpt(pattern)} has {len(pattern):,} code points; at most {MOST_CHARS:,} make one pattern: "
            "write several"
        )
    parser = _Parser(pattern)
    node = parser.either()
    if parser.at < len(pattern):
        raise parser.error("a `)` too many")
    parser.small(node)
    if shortest(node) == 0:
        raise PatternError("the pattern also matches nothing at all")
    return node


def excerpt(pattern: str, at: int = 0) -> str:
    """A pattern as errors show it: all of it, or what stands about a place."""
    if len(pattern) <= SHOWN:
        return repr(pattern)
    start = max(0, min(at - SHOWN // 2, len(pattern) - SHOWN))
    shown = repr(pattern[start : start + SHOWN])
    return f"{'…' if start else ''}{shown}{'…' if start + SHOWN < len(pattern) else ''}"


class _Parser:
    """Recursive descent over one pattern."""

    def __init__(self, pattern: str):
        self.pattern, self.at, self.depth = pattern, 0, 0

    def error(self, reason: str) -> PatternError:
        return PatternError(f"{reason} (character {self.at + 1} of {excerpt(self.pattern, self.at)})")

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def either(self) -> Node:
        parts = [self.concat()]
        while self.peek() == "|":
            self.at += 1
            parts.append(self.concat())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def concat(self) -> Node:
        parts: list[Node] = []
        while self.peek() not in ("", "|", ")"):
            parts.append(self.repeat(self.atom()))
        return parts[0] if len(parts) == 1 else Concat(tuple(parts))

    def atom(self) -> Node:
        char = self.peek()
        if char == "(":
            return self.group()
        if char == "[":
            return self.klass()
        if char == "\\":
            return self.escape()
        if char in "^$":
            raise self.error("anchors are not part of a pattern: say where with `at`")
        if char in "*+?{":
            raise self.error("nothing to repeat")
        if char == "]":
            raise self.error("a `]` too many; write `\\]` for the bracket")
        if char == ".":
            self.at += 1
            return Klass(".")
        return self.text()

    def text(self) -> Node:
        """A run of literal characters; a repeat binds only the last of them."""
        run = _LITERAL_RUN.match(self.pattern, self.at)
        assert run is not None  # the other characters have been dealt with
        end = run.end()
        if end - self.at > 1 and self.pattern[end : end + 1] in ("?", "*", "+", "{"):
            end -= 1
        value = self.pattern[self.at : end]
        self.at = end
        return Text(_BLANKS.sub(" ", value))

    def group(self) -> Node:
        self.at += 1
        if self.peek() == "?":
            if self.pattern[self.at : self.at + 2] != "?:":
                raise self.error("look-around, flags and named groups are not part of a pattern")
            self.at += 2
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise self.error(f"groups in groups, more than {MOST_DEPTH} deep")
        node = self.either()
        if self.peek() != ")":
            raise self.error("a `)` is missing")
        self.at += 1
        self.depth -= 1
        return node

    def klass(self) -> Node:
        start = self.at
        self.at += 1
        if self.peek() == "^":
            self.at += 1
        if self.peek() == "]":
            raise self.error("an empty class; write `\\]` for the bracket")
        while self.peek() not in ("", "]"):
            if self.peek() == "[":
                raise self.error("a `[` inside a class; write `\\[`")
            self.at += 2 if self.peek() == "\\" else 1
        if self.peek() != "]":
            raise self.error("a `]` is missing")
        self.at += 1
        text = self.pattern[start : self.at]
        if len(text) > MOST_CLASS:
            raise self.error(f"a class of more than {MOST_CLASS:,} code points: write ranges")
        try:
            re.compile(text)
        except re.error as error:
            raise self.error(f"{text[:SHOWN]} is no class: {error.msg}") from error
        return _klass(text)

    def escape(self) -> Node:
        char = self.pattern[self.at + 1 : self.at + 2]
        if not char:
            raise self.error("a lone backslash at the end")
        if char in _REFUSED_ESCAPES:
            raise self.error(_REFUSED_ESCAPES[char])
        if char.isdigit():
            raise self.error("back-references are not part of a pattern")
        if char.isalpha() and char not in _ESCAPES:
            raise self.error(f"unknown escape \\{char}")
        self.at += 2
        return Klass(f"\\{char}") if char in _ESCAPES else Text(char)

    def repeat(self, node: Node) -> Node:
        stacked = 0
        while self.peek() in ("?", "*", "+", "{") and self.peek():
            stacked += 1
            if stacked > MOST_STACKED:
                raise self.error("a repeat of a repeat of a repeat: say how often once")
            low, high = self.bounds()
            ambiguous = high > FREE_REPEAT or (high > 1 and isinstance(node, Repeat) and node.high > 1)
            if ambiguous and not one_way_to_repeat(node):
                raise self.error(
                    f"repeats of repeats, and more than {FREE_REPEAT} of a part of variable length, could "
                    "backtrack without end: begin (or end) the part with a blank and let the rest of it "
                    "match none, as in ( [^ ]+){1,20}"
                )
            node = Repeat(node, low, high)
            self.small(node)
        return node

    def small(self, node: Node) -> None:
        """Refuse what is small as it is written and large as it is meant, before anything is made of it."""
        if longest(node) > MOST_LONGEST:
            raise self.error(
                f"a match could have {longest(node):,} code points; at most {MOST_LONGEST:,} are looked for: "
                "repeat less"
            )
        if written_out(node) > MOST_PARTS:
            raise self.error(
                f"with its repeats written out the pattern has {written_out(node):,} parts; at most "
                f"{MOST_PARTS:,} are looked for: repeat less, or make it several patterns"
            )

    def bounds(self) -> tuple[int, int]:
        char = self.peek()
        self.at += 1
        if char != "{":
            return {"?": (0, 1), "*": (0, MOST), "+": (1, MOST)}[char]
        end = self.pattern.find("}", self.at)
        inside = self.pattern[self.at : end] if end >= 0 else ""
        low, comma, high = inside.partition(",")
        if not low.isdecimal() or not (high.isdecimal() or not comma):
            raise self.error("a repeat is written {2} or {2,5}")
        if max(len(low), len(high)) > MOST_DIGITS:
            raise self.error(f"a repeat runs from low to high, at most {MOST_REPEAT}")
        self.at = end + 1
        bounds = int(low), int(high) if comma else int(low)
        if bounds[0] > bounds[1] or bounds[1] > MOST_REPEAT:
            raise self.error(f"a repeat runs from low to high, at most {MOST_REPEAT}")
        return bounds


def one_way_to_repeat(node: Node) -> bool:
    """Whether repeats of the part split a text in one way only, so that they cannot backtrack
    without end: it has one length, or is one of several texts of which none begins another, or
    each repeat begins (or ends) with a blank that the rest cannot match."""
    if shortest(node) == longest(node):
        return True
    if isinstance(node, Either) and all(isinstance(part, Text) for part in node.parts):
        texts = sorted(part.value.translate(BARE).casefold() for part in node.parts if isinstance(part, Text))
        # of all that a text begins, one stands directly after it
        return not any(after.startswith(text) for text, after in pairwise(texts))
    if not isinstance(node, Concat):
        return False
    first, last = node.parts[0], node.parts[-1]
    if isinstance(first, Text) and first.value.startswith(" "):
        rest: tuple[Node, ...] = (Text(first.value[1:]), *node.parts[1:])
    elif isinstance(last, Text) and last.value.endswith(" "):
        rest = (*node.parts[:-1], Text(last.value[:-1]))
    else:
        return False
    return not any(map(may_match_blank, rest))


def may_match_blank(node: Node) -> bool:
    """Whether a match of the part may hold a blank."""
    match node:
        case Text(value):
            return " " in value
        case Klass(text):
            return re.match(text, " ") is not None
        case Repeat(part, _, high):
            return high > 0 and may_match_blank(part)
        case Concat(parts) | Either(parts):
            return any(map(may_match_blank, parts))


def _klass(text: str) -> Node:
    """A class; a handful of plain characters are alternatives, from which a gate can be derived."""
    inside = text[1:-1]
    text = _BLANK_IN_CLASS.sub(lambda match: match[1] or r"\s", text)
    if len(inside) <= FEW_CHARACTERS and all(char.isalnum() for char in inside):
        return Either(tuple(Text(char) for char in inside))
    return Klass(text)


def shortest(node: Node) -> int:
    """The fewest code points a match can have."""
    match node:
        case Text(value):
            return len(value)
        case Concat(parts):
            return sum(map(shortest, parts))
        case Either(parts):
            return min(map(shortest, parts))
        case Repeat(part, low, _):
            return low * shortest(part)
        case _:
            return 1


def longest(node: Node) -> int:
    """The most code points a match can have, a blank run counted as one."""
    match node:
        case Text(value):
            return len(value)
        case Concat(parts):
            return sum(map(longest, parts))
        case Either(parts):
            return max(map(longest, parts))
        case Repeat(part, _, high):
            return high * longest(part)
        case _:
            return 1


def written_out(node: Node) -> int:
    """How many parts a pattern has once its repeats are written out: what is derived and tried of it costs so
    much. A repeat of one character or text is one thing, however often.

    >>> written_out(parse("(news|new[^ ]+){2,5}"))
    31
    """
    match node:
        case Repeat(Text() | Klass()):
            return 2
        case Concat(parts) | Either(parts):
            return 1 + sum(map(written_out, parts))
        case Repeat(part, _, high):
            return 1 + high * written_out(part)
        case _:
            return 1


def to_regex(node: Node) -> str:
    """The exact pattern, for the `regex` module with IGNORECASE."""
    match node:
        case Text(value):
            return "".join(CHARACTERS.get(char) or _escape(char) for char in value)
        case Klass(text):
            return text
        case Concat(parts):
            return "".join(map(to_regex, parts))
        case Either(parts):
            return f"(?:{'|'.join(map(to_regex, parts))})"
        case Repeat(part, low, high):
            inner = to_regex(part)
            inner = inner if isinstance(part, Klass) else f"(?:{inner})"
            return f"{inner}?" if (low, high) == (0, 1) else f"{inner}{{{low},{high}}}"


def _escape(char: str) -> str:
    return char if char.isalnum() or ord(char) > 127 else f"\\{char}"
