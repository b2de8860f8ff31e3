"""Hostile inputs: texts made of what has broken such programs before, and real files, mutated."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard
from hypothesis import strategies as st

PIECES = (
    "Also Read: Why the dam failed",
    "You might also like",
    "Share this:",
    "Facebook | Twitter | Pinterest",
    "0 Comments",
    "Post a Comment",
    "Support us on Patreon: https://patreon.com/marsh",
    "Subscribe to our newsletter",
    "Home > News > Marsh",
    "© 2021 The Marsh Post. All rights reserved.",
    "Ten birds of the northern marsh",
    "TEN BIRDS OF THE NORTHERN MARSH | The Marsh Post",
    "The bittern is heard more often than it is seen, and on still evenings its call carries over the reeds "
    "for three miles.",
    "Walkers donâ€™t disturb the nests (see also: the nests), and theyÃ¢â‚¬â„¢re gone by May.",
    "遠足の朝は雨だったので、私たちは駅の待合室で一時間ほど待ってから、静かに沼へ向かって歩き出した。",
    "Читайте также: Как чинили часы",
    "&amp;lt;b&gt; &nbsp;&#x80;&#8217;",
    "- item",
    "|a|b|",
    "\x1b[31mred\x1b[0m",
    "\u202eevil\u202c",
    "\ufeff",
    "\u2028",
    "\x85",
    "e\u0301\u0301",
    "ﬁ ﬀ Ａ",
    "\x00",
    "👩‍👩‍👧",
    "(" * 50,
    "word " * 60,
)
ENDS = ("\n", "\n", "\n\n", "\r\n", "\r", " ", "")

LETTERS = st.characters(exclude_categories=["Cs"])
LINES = st.one_of(st.sampled_from(PIECES), st.text(LETTERS, max_size=40))
TEXTS = st.lists(st.tuples(LINES, st.sampled_from(ENDS)), max_size=14).map(
    lambda pairs: "".join(line + end for line, end in pairs)
)

CHARSETS = (
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "cp1251", "koi8-r"),
    *("shift_jis", "iso2022_jp", "euc_kr", "gb18030", "utf-7"),
)


def encoded(text: str, charset: str) -> bytes:
    """The text in a charset; what it cannot say goes."""
    return text.encode(charset, "ignore")


BYTES = st.one_of(
    st.binary(max_size=200),
    st.builds(encoded, TEXTS, st.sampled_from(CHARSETS)),
    st.lists(st.builds(encoded, LINES, st.sampled_from(CHARSETS)), max_size=5).map(b"\n".join),
)


@st.composite
def mutated(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """A file to which things happened: cut off, bytes changed, put in, taken out, doubled, shuffled."""
    data = bytearray(draw(whole))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        to = min(len(data), at + draw(st.integers(0, 40)))
        match draw(st.sampled_from(("cut", "set", "put", "drop", "double", "swap"))):
            case "cut":
                del data[at:]
            case "set" if data:
                data[min(at, len(data) - 1)] = draw(st.integers(0, 255))
            case "put":
                data[at:at] = draw(st.one_of(st.binary(max_size=8), st.sampled_from(BREAKS)))
            case "drop":
                del data[at:to]
            case "double":
                data[at:at] = data[at:to]
            case "swap":
                data = data[to:] + data[at:to] + data[:at]
    return bytes(data)


BREAKS = (
    b"\x00",
    b"\n",
    b"\r",
    b'"',
    b"\\",
    b"\\ud800",
    b"{",
    b"]",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b",",
    b"\t",
)

VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)
RECORDS = st.lists(
    st.fixed_dictionaries(
        {"text": st.one_of(TEXTS, VALUES)},
        optional={"id": VALUES, "title": LINES, "url": LINES, "year": VALUES, "": VALUES},
    ),
    max_size=6,
)


def as_jsonl(records: list[dict[str, object]]) -> bytes:
    return "".join(json.dumps(one) + "\n" for one in records).encode()


def as_csv(records: list[dict[str, object]], mark: str) -> bytes:
    def cell(value: object) -> str:
        text = value if isinstance(value, str) else json.dumps(value)
        return '"' + text.replace('"', '""') + '"' if set(text) & set(f'"\r\n{mark}') else text

    names = ["id", "text", "title"]
    rows = [mark.join(names), *(mark.join(cell(one.get(name, "")) for name in names) for one in records)]
    return "\r\n".join(rows).encode("utf-8", "surrogatepass")


def as_parquet(records: list[dict[str, object]]) -> bytes:
    texts = [one["text"] if isinstance(one["text"], str) else None for one in records]
    clean = [None if text is None else text.encode("utf-8", "replace").decode() for text in texts]
    table = pa.table({"text": pa.array(clean, pa.string()), "n": list(range(len(records)))})
    out = io.BytesIO()
    pq.write_table(table, out, row_group_size=2)
    return out.getvalue()


FORMATS: dict[str, Callable[[list[dict[str, object]]], bytes]] = {
    "jsonl": as_jsonl,
    "csv": lambda records: as_csv(records, ","),
    "tsv": lambda records: as_csv(records, "\t"),
    "parquet": as_parquet,
}
COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    ".gz": gzip.compress,
    ".zst": zstandard.ZstdCompressor().compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}


@st.composite
def files(draw: st.DrawFn) -> tuple[str, bytes]:
    """A name and what is in the file of that name: a real file of some format, mutated before it was
    compressed or after."""
    suffix = draw(st.sampled_from((*FORMATS, "txt")))
    whole = BYTES if suffix == "txt" else RECORDS.map(FORMATS[suffix])
    packed = draw(st.sampled_from(tuple(COMPRESSIONS)))
    if not packed or draw(st.booleans()):
        data = COMPRESSIONS[packed](draw(mutated(whole)))
    else:
        data = draw(mutated(whole.map(COMPRESSIONS[packed])))
    return f"input.{suffix}{packed}", data


PACK = b"""
[pack]
name = "marsh"
prefix = "MAR"

[[rule]]
code = "MAR001"
name = "pointer"
scope = "block"
languages = ["en"]
confidence = "high"
points = 3
why = "Names another article."
risk = "None."
any = ["also read( [^ ]+){0,3}", "(you|we) (may|might) also like", "read [\\\\w-]{1,20} on"]
unless = ["said"]
at = "whole"
max_words = 20
near_end = true

[rule.block]
follow = ["titles", "[^ ]+( [^ ]+){0,4}"]
stop = ["the end"]
max_lines = 5

[[rule]]
code = "MAR002"
name = "phrase"
scope = "phrase"
why = "w"
any = ["see also", 'read (more|on)']
all = ["marsh"]
until = "bracket"
examples = '''
- See also the marsh.
| They see the marsh.
'''
"""
PATTERN_PIECES = st.sampled_from(
    [
        *"abAß|()[]{}?*+.\\ -'\"^$,0129",
        "[^ ]",
        "[a-z]",
        "\\w",
        "\\W",
        "\\s",
        "\\d",
        "{0,3}",
        "{1,12}",
        "{200}",
        "{9999999999}",
        "((((",
        "){200}){200}",
        "(a|b)",
        "also",
    ]
)
PATTERNS = st.lists(PATTERN_PIECES, max_size=10).map("".join)
