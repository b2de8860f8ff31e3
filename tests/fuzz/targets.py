"""What is fuzzed, and what must hold whatever comes in."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from cleaner import clean_html
from cleaner.arrow import clean_batch
from cleaner.arrow.ledger import decoded_texts, source_texts
from cleaner.arrow.proof import row_faults
from cleaner.cli import main
from cleaner.commands.run import RunSettings, run
from cleaner.cut import Span, cut, own, removals, with_blank_lines
from cleaner.decode import decode
from cleaner.extract import Page, PageError, extract
from cleaner.files.layout import Layout
from cleaner.files.paths import find_inputs
from cleaner.files.plan import read, scan
from cleaner.files.reading import ReadSettings, Row
from cleaner.lines import Lines
from cleaner.matcher import Matcher
from cleaner.model import CleanerError, Finding, RuleError, rebuild
from cleaner.options import Options
from cleaner.rules.pack import parse_pack

from . import inputs, pages


@dataclass(frozen=True)
class Target:
    """Something that inputs are thrown at: ``holds`` raises where a promise is broken."""

    inputs: st.SearchStrategy[Any]
    holds: Callable[[Any], None]


def decoding(data: bytes) -> None:
    """Any bytes are a text of code points that UTF-8 can say, and notes that lie in it."""
    for declared in (None, "utf-8", "shift_jis", "no such charset"):
        decoded = decode(data, declared)
        decoded.text.encode()
        for note in decoded.notes:
            assert 0 <= note.start <= note.end <= len(decoded.text), note
            if note.fix == "decode:bytes":
                assert set(decoded.text[note.start : note.end]) <= {"\ufffd"}, note


def line_splitting(text: str) -> None:
    """Lines are the text, piece by piece."""
    lines = Lines(text)
    assert "".join(text[line.start : line.end] for line in lines) == text
    assert [line.index for line in lines] == list(range(len(lines)))
    for line in lines:
        assert not set(line.text) & set("\r\n")
        assert text[line.start : line.end].rstrip("\r\n") == line.text
        assert line.words >= 0


@st.composite
def cuts(draw: st.DrawFn) -> tuple[str, list[Finding]]:
    """A text and findings in it: whole lines, and phrases inside of lines."""
    text = draw(inputs.TEXTS)
    lines = Lines(text)
    found = []
    for _ in range(draw(st.integers(0, 5)) if len(lines) else 0):
        first = draw(st.integers(0, len(lines) - 1))
        rule = draw(st.sampled_from("ABC"))
        if draw(st.booleans()):
            last = draw(st.integers(first, len(lines) - 1))
            found.append(Finding(rule, lines[first].start, lines[last].end))
        elif not lines[first].blank:
            start = draw(st.integers(0, len(lines[first].text) - 1))
            end = draw(st.integers(start + 1, len(lines[first].text)))
            at = lines[first].start
            found.append(Finding(rule, at + start, at + end, whole_lines=False))
    return text, found


def cutting(given: tuple[str, list[Finding]]) -> None:
    """What is cut can be put back, what is not found stays, and blank lines alone go along."""
    text, found = given
    lines = Lines(text)
    spans: list[Span] = with_blank_lines(lines, own(found))
    taken = removals(text, spans)
    assert rebuild(cut(text, spans), taken) == text
    wanted = {at for one in found for at in range(one.start, one.end)}
    gone = {at for one in taken for at in range(one.start, one.end)}
    assert wanted <= gone
    assert not "".join(text[at] for at in sorted(gone - wanted)).strip(" \t\r\n\x0b\x0c" + _BLANK)


_BLANK = "".join(char for char in map(chr, range(0x10000)) if char.isspace() or not char.isprintable())


def cleaning(texts: list[str]) -> None:
    """The ledger is whole, undone it gives what came in, and cleaning the output again removes nothing."""
    batch = pa.record_batch({"text": pa.array(texts, pa.string())})
    once = clean_batch(batch)
    assert row_faults(once) == []
    assert "failed" not in once["status"].to_pylist(), once["error"].to_pylist()
    assert decoded_texts(once) == texts
    assert source_texts(once) != [] or not texts
    columns = [once["text"], once["title"]]
    again = clean_batch(pa.RecordBatch.from_arrays(columns, names=["text", "title"]))
    assert again["text"].to_pylist() == once["text"].to_pylist()
    assert all(row == [] for row in again["removals"].to_pylist())


def extracting(page: bytes | str) -> None:
    """Of any page comes a text with its markup line by line, the same every time, and a ledger that proves
    its row; or an error that says why there is none."""
    for declared in (None, "shift_jis"):
        try:
            extracted = extract(Page(page, declared), comments=True, metadata=True)
        except PageError as error:
            error.text.encode()
            continue
        assert extracted == extract(Page(page, declared), comments=True, metadata=True)
        extracted.text.encode()
        extracted.comments.encode()
        assert len(Lines(extracted.text)) == len(extracted.markup)
        assert all(0 <= note.start <= note.end <= len(extracted.text) for note in extracted.notes)
        result = clean_html(page, charset=declared, options=Options(metadata=True))
        assert result.decoded == extracted.text
        assert result.source_hash == sha256(result.source.encode()).hexdigest()
        for said in (result.title, result.url, result.lang, result.author, result.published):
            (said or "").encode()


def reading(given: tuple[str, bytes]) -> None:
    """A damaged file is an error that is told, or rows in order; nothing else is ever raised."""
    name, data = given
    with tempfile.TemporaryDirectory() as folder:
        path = _written(folder, name, data)
        seen: list[tuple[int, ...]] = []
        with contextlib.suppress(CleanerError):
            (file,) = find_inputs([path]).files
            for segment in scan(file, ReadSettings(max_document_bytes=1 << 20)).segments:
                for item in read(segment, ReadSettings(max_document_bytes=1 << 20), Layout(), _ignore):
                    if isinstance(item, Row):
                        for said in (item.text, item.id, item.title, item.url, item.lang):
                            (said or "").encode()
                        sources = [item.source]
                    else:
                        sources = item.source.to_pylist()
                    seen += [_place(source) for source in sources if "#" in source]
        assert seen == sorted(set(seen))


def _place(source: str) -> tuple[int, ...]:
    return tuple(map(int, source.rpartition("#")[2].split("+")))


def _ignore(*_: object) -> None:
    return None


def _written(folder: str, name: str, data: bytes) -> str:
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(data)
    return path


def running(given: tuple[str, bytes]) -> None:
    """A run over any file ends in an output that holds, also against the file, or in an error that says
    what is wrong; each record is a row, or on the list of failures."""
    name, data = given
    with tempfile.TemporaryDirectory() as folder:
        path, out = _written(folder, name, data), os.path.join(folder, "out")
        try:
            run([path], out, settings=RunSettings(workers=1, no_profile=True))
        except CleanerError:
            return
        code, told = _said(["verify", out, "--quiet"])
        assert (code, told) == (0, ""), told
        code, told = _said(["verify", out, "--quiet", "--against", path])
        assert code == 0 or "cannot be read again" in told, told
        assert _said(["restore", out, "--all", "--out", os.path.join(folder, "back"), "--quiet"])[0] == 0
        assert _said(["verify", os.path.join(folder, "back"), "--quiet"]) == (0, "")


def _said(arguments: list[str]) -> tuple[int, str]:
    told = io.StringIO()
    with contextlib.redirect_stderr(told), contextlib.redirect_stdout(io.StringIO()):
        code = main(arguments)
    assert "this is a defect" not in told.getvalue(), told.getvalue()
    return code, told.getvalue()


def rule_packs(data: bytes) -> None:
    """A pack is refused with a reason, or its rules can be asked about any line."""
    reason = "fuzz.toml"
    try:
        pack = parse_pack(data.decode("utf-8", "replace"), "fuzz.toml")
    except RuleError as error:
        pack, reason = None, str(error)
    assert reason.startswith("fuzz.toml")
    if pack is None:
        return
    matcher = Matcher(pack.rules)
    for piece in inputs.PIECES:
        matcher.match(Lines(piece))


def with_pattern(pattern: str) -> bytes:
    """The pack with one pattern more, quoted as TOML wants it."""
    quoted = pattern.replace("\\", "\\\\").replace('"', '\\"')
    return inputs.PACK.replace(b'"see also"', f'"see also", "{quoted}"'.encode())


def verifying(data: bytes) -> None:
    """Any damage to an output is told by `verify` as a fault, or changes nothing; it never breaks."""
    with tempfile.TemporaryDirectory() as folder:
        path = _written(folder, "part-0.parquet", data)
        code, told = _said(["verify", path, "--quiet"])
        assert code in (0, 1), told
        assert bool(told) == bool(code)
        _said(["restore", path, "--all", "--out", os.path.join(folder, "back.parquet"), "--quiet"])
        _said(["diff", path, path, "--quiet"])


def an_output() -> bytes:
    """A small output as a file."""
    out = io.BytesIO()
    texts = [*inputs.PIECES[:16], "One.\n0 Comments\n", "Walkers donâ€™t.\nAlso Read: Why\n"]
    pq.write_table(
        pa.Table.from_batches([clean_batch(pa.record_batch({"text": texts}))]), out, row_group_size=9
    )
    return out.getvalue()


TARGETS = {
    "decode": Target(inputs.BYTES, decoding),
    "lines": Target(inputs.TEXTS, line_splitting),
    "cut": Target(cuts(), cutting),
    "clean": Target(st.lists(inputs.TEXTS, min_size=1, max_size=3), cleaning),
    "pages": Target(pages.PAGES, extracting),
    "readers": Target(inputs.files(), reading),
    "archives": Target(pages.files(), reading),
    "run": Target(st.one_of(inputs.files(), pages.files()), running),
    "rules": Target(
        st.one_of(inputs.mutated(st.just(inputs.PACK)), inputs.PATTERNS.map(with_pattern)), rule_packs
    ),
    "verify": Target(st.deferred(lambda: inputs.mutated(st.just(an_output()))), verifying),
}
"""Every target by its name."""
