"""The documents under fixtures/documents: each cleaned and held against what a person expected.

What a fixture says is in fixtures/README.md. Expected text is written by hand; nothing here (and
no command of the project) writes it.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import runpy
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import pytest

import cleaner
from cleaner.commands.run import RunSettings, run
from cleaner.judge import CODES
from cleaner.lines import Lines, line_at
from cleaner.model import Document, Removal, Result, rebuild, undo_repairs
from cleaner.options import Options, Strictness
from cleaner.pipeline import cleaner_for
from cleaner.profile import profile_of

ROOT = Path(__file__).resolve().parent.parent / "fixtures"
DOCUMENTS = ROOT / "documents"
MAKE_DUMP = runpy.run_path(str(ROOT / "make_dump.py"))
KEYS = {"about", "title", "url", "lang", "status", "repaired", "removals", "xfail", "xfail_beside"}
REMOVAL_KEYS = {"rule", "lines", "text"}


class Expected(NamedTuple):
    """One line of a fixture's ledger: who takes the line ``line`` (from 1), and ``text`` where it
    is only a phrase inside it."""

    line: int
    text: str | None
    rule: str


class Fixture(NamedTuple):
    """A document, how it should come out, and what is known about it."""

    name: str
    text: str
    expected: str
    about: dict[str, Any]

    @property
    def ledger(self) -> list[Expected]:
        """What should go, line by line; ``rule`` is a code or the prefix of a family, or several
        parted by bars."""
        return [
            Expected(line, entry.get("text"), entry["rule"])
            for entry in self.about.get("removals", [])
            for line in numbers(entry["lines"])
        ]

    @property
    def repaired(self) -> set[int]:
        """The lines that repair should change."""
        return set(numbers(str(self.about.get("repaired", ""))))


def numbers(ranges: str) -> Iterator[int]:
    """The numbers of ``"3, 5-7"``: 3, 5, 6, 7."""
    for part in filter(None, ranges.split(",")):
        first, _, last = part.strip().partition("-")
        yield from range(int(first), int(last or first) + 1)


def read(path: Path) -> str:
    return path.read_bytes().decode("utf-8")  # read_text would touch the line ends


def load(path: Path) -> Fixture:
    text = path.with_suffix(".txt")
    about = tomllib.loads(path.read_text(encoding="utf-8"))
    return Fixture(path.stem, read(text), read(text.with_suffix(".expected.txt")), about)


FIXTURES = [load(path) for path in sorted(DOCUMENTS.glob("*.toml"))]


def each(key: str | None = None, fixtures: Iterable[Fixture] = FIXTURES) -> pytest.MarkDecorator:
    """Parametrise over fixtures; those that hold ``key`` are strict xfails, for its reason."""
    return pytest.mark.parametrize("fixture", [param(fixture, key) for fixture in fixtures])


def param(fixture: Fixture, key: str | None) -> Any:
    reason = fixture.about.get(key) if key else None
    marks = [pytest.mark.xfail(reason=str(reason), strict=True)] if reason else []
    return pytest.param(fixture, id=fixture.name, marks=marks)


@cache
def cleaned(name: str) -> Result:
    fixture = next(fixture for fixture in FIXTURES if fixture.name == name)
    return clean_again(fixture, fixture.text)


def clean_again(fixture: Fixture, text: str) -> Result:
    about = fixture.about
    return cleaner.clean(text, title=about.get("title"), url=about.get("url"), lang=about.get("lang"))


def ledger_of(result: Result) -> list[Expected]:
    """The result's ledger line by line, as fixtures write it: blank lines are left out, for they
    only go along."""
    lines = Lines(result.source)
    return [entry for removal in result.removals for entry in _lines_of(removal, lines)]


def _lines_of(removal: Removal, lines: Lines) -> Iterator[Expected]:
    first, last = line_at(lines, removal.start), line_at(lines, removal.end - 1)
    if (removal.start, removal.end) != (first.start, last.end):
        yield Expected(first.index + 1, removal.text, removal.rule)
        return
    for line in lines[first.index : last.index + 1]:
        if not line.blank:
            yield Expected(line.index + 1, None, removal.rule)


@each("xfail")
def test_the_text_comes_out_byte_for_byte(fixture: Fixture) -> None:
    assert cleaned(fixture.name).text == fixture.expected


@each("xfail")
def test_the_ledger_names_the_family_of_every_line_that_went(fixture: Fixture) -> None:
    found, wanted = ledger_of(cleaned(fixture.name)), fixture.ledger
    assert [entry[:2] for entry in found] == [entry[:2] for entry in wanted]
    owners = [(got, want.rule) for got, want in zip(found, wanted, strict=True)]
    assert [(got, rule) for got, rule in owners if not got.rule.startswith(tuple(rule.split("|")))] == []


@each()
def test_repairs_touch_the_lines_that_need_them_and_no_other(fixture: Fixture) -> None:
    result = cleaned(fixture.name)
    lines = Lines(result.source)
    repaired = {line_at(lines, repair.start).index + 1 for repair in result.repairs}
    assert repaired == fixture.repaired


@each()
def test_the_ledger_proves_the_source(fixture: Fixture) -> None:
    result = cleaned(fixture.name)
    assert undo_repairs(rebuild(result.text, result.removals), result.repairs) == fixture.text
    assert hashlib.sha256(result.source.encode()).hexdigest() == result.source_hash
    assert (result.chars_in, result.chars_out) == (len(result.source), len(result.text))


@each()
def test_spans_are_sorted_and_disjoint_and_hold_what_they_say(fixture: Fixture) -> None:
    result = cleaned(fixture.name)
    removals = [(removal.start, removal.end) for removal in result.removals]
    repairs = [(repair.start, repair.end) for repair in result.repairs]
    assert all(start < end for start, end in removals)
    assert all(start <= end for start, end in repairs)
    for spans in (removals, repairs):
        assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert all(result.source[removal.start : removal.end] == removal.text for removal in result.removals)


@each()
def test_cleaning_the_output_again_changes_nothing(fixture: Fixture) -> None:
    once = cleaned(fixture.name)
    again = clean_again(fixture, once.text)
    assert (again.text, again.removals, again.repairs) == (once.text, (), ())


@each(fixtures=(f for f in FIXTURES if "xfail" not in f.about))
def test_the_status_follows_from_what_went(fixture: Fixture) -> None:
    usual = "cleaned" if fixture.ledger else "clean"
    assert cleaned(fixture.name).status == fixture.about.get("status", usual)


VARIANTS: dict[str, Callable[[str], str]] = {
    "CRLF": lambda text: re.sub(r"\r\n|\r|\n", "\r\n", text),
    "CR": lambda text: re.sub(r"\r\n|\r|\n", "\r", text),
    "indented": lambda text: re.sub(r"(?m)^(?=[^\r\n])", "  ", text),
    "blanks at line ends": lambda text: re.sub(r"(?<=[^\r\n])(?=[\r\n])", " ", text),
    "no line end at the end": lambda text: text.rstrip("\r\n"),
}


XFAIL_VARIANTS = {"blanks at line ends": "NAV010 knows 'Print' with a blank after it, and not without"}


@pytest.mark.parametrize(
    "variant",
    [
        pytest.param(
            name, marks=[pytest.mark.xfail(reason=XFAIL_VARIANTS[name])] if name in XFAIL_VARIANTS else []
        )
        for name in VARIANTS
    ],
)
def test_line_ends_and_outer_blanks_decide_nothing(variant: str) -> None:
    for fixture in FIXTURES:
        same = clean_again(fixture, VARIANTS[variant](fixture.text))
        assert what_went(same) == what_went(cleaned(fixture.name)), fixture.name


def what_went(result: Result) -> list[tuple[str, str]]:
    """(text without outer blanks, rule) of every line or phrase that went."""
    lines = Lines(result.source)
    return [((entry.text or lines[entry.line - 1].text).strip(), entry.rule) for entry in ledger_of(result)]


class Residue(NamedTuple):
    """What goes at the head and at the tail of a document."""

    above: str
    below: str


def residue_of(fixture: Fixture) -> Residue:
    """The residue around the fixture's text; copies of its headline belong to the text."""
    lines = Lines(fixture.text)
    gone = {entry.line for entry in fixture.ledger if entry.text is None and entry.rule != "HDL"}
    stays = [line for line in lines.filled if line.index + 1 not in gone]
    return Residue(fixture.text[: stays[0].start], fixture.text[lines[stays[-1].index].end :])


RESIDUES = {fixture.name: residue_of(fixture) for fixture in FIXTURES if fixture.ledger}


BESIDE = [f for f in FIXTURES if f.expected.strip() and "xfail" not in f.about]


def beside_residue(fixture: Fixture, options: Options) -> Iterator[tuple[str, list[Removal]]]:
    """What of a clean document goes that has the residue of a sloppy one above and below it."""
    clean = fixture.expected if fixture.expected.endswith(("\n", "\r")) else fixture.expected + "\n"
    title, url = fixture.about.get("title"), fixture.about.get("url")
    documents = [Document(above + clean + below, title, url) for above, below in RESIDUES.values()]
    results = cleaner_for(options).clean_many(documents)
    for (other, (above, _)), result in zip(RESIDUES.items(), results, strict=True):
        first, last = len(above), len(above + clean.rstrip())
        yield other, [one for one in result.removals if one.start < last and one.end > first]


@each("xfail_beside", BESIDE)
def test_residue_around_a_clean_document_takes_none_of_it(fixture: Fixture) -> None:
    """The residue of every sloppy document is set above and below a clean one: whatever of it
    goes, rules leave the document between whole."""
    for other, lost in beside_residue(fixture, Options(evidence="rules")):
        assert lost == [], other


@pytest.mark.parametrize(("strictness", "most"), [("cautious", 0.005), ("default", 0.015)])
def test_beside_residue_the_judge_hardly_ever_takes_a_line_of_a_clean_document(
    strictness: Strictness, most: float
) -> None:
    """Lists, tables, verse, letters and transcripts between the residue of every sloppy document:
    the share of all pairs that lose anything to the judge."""
    pairs = lose = 0
    for fixture in BESIDE:
        for _, lost in beside_residue(fixture, Options(strictness=strictness)):
            pairs += 1
            lose += any(removal.rule in CODES for removal in lost)
    assert pairs > 5_000
    assert lose <= most * pairs


def test_what_no_rule_knows_goes_once_other_pages_hold_it() -> None:
    """The residue of each sloppy document that rules leave, on ten further pages of its host."""
    core, url = cleaner_for(Options()), "https://marsh.example/"
    bodies = [fixture.expected for fixture in BESIDE if len(Lines(fixture.expected).prose) > 2][:10]
    junk = gone = 0
    for fixture in (f for f in FIXTURES if f.name.startswith("judge-")):
        above, below = RESIDUES[fixture.name]
        pages = [
            Document(f"{above}{body.rstrip()}\n{below}", None, url + str(at))
            for at, body in enumerate(bodies)
        ]
        page = Document(fixture.text, fixture.about["title"], url + "page")
        profile = profile_of([core.sightings([*pages, page])])
        [result] = core.clean_many([page], profile)
        kept, left = set(Lines(fixture.expected).filled), result.text.split("\n")
        assert {line.text for line in kept} <= set(left), fixture.name
        residue = [
            line.text for line in Lines(fixture.text).filled if line.text not in {k.text for k in kept}
        ]
        junk += len(residue)
        gone += sum(text not in left for text in residue)
    assert junk > 300
    assert gone > 0.8 * junk


@each()
def test_the_fixture_is_well_formed(fixture: Fixture) -> None:
    """What a person writes is wrong as easily as what a program does: the expected text has to be
    the document's lines without those the ledger names, apart from repairs and blank lines."""
    assert fixture.about.keys() <= KEYS
    assert fixture.about["about"]
    assert all(entry.keys() <= REMOVAL_KEYS for entry in fixture.about.get("removals", []))
    whole = {entry.line for entry in fixture.ledger if entry.text is None}
    left = [line for line in Lines(fixture.text).filled if line.index + 1 not in whole]
    phrases = {entry.line: entry.text for entry in fixture.ledger if entry.text}
    for before, after in zip(left, Lines(fixture.expected).filled, strict=True):
        place = before.index + 1
        untouched = before.text.replace(phrases.get(place, ""), "") == after.text
        assert untouched != (place in fixture.repaired)


def test_every_file_belongs_to_a_fixture() -> None:
    files = {path.name for path in DOCUMENTS.iterdir()}
    assert files == {fixture.name + end for fixture in FIXTURES for end in (".txt", ".expected.txt", ".toml")}
    assert len(FIXTURES) >= 40


def test_the_dump_is_made_of_the_documents(tmp_path: Path) -> None:
    """`fixtures/make_dump.py` has to run again when a document that the dump holds was changed."""
    MAKE_DUMP["write"](tmp_path)
    dump = ROOT / "dump"
    assert files(tmp_path) == files(dump)
    for path in files(dump):
        assert content(tmp_path / path) == content(dump / path), path


def files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def content(path: Path) -> object:
    if path.suffix == ".parquet":
        return pq.read_table(path)
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def test_a_run_over_the_dump_cleans_each_of_its_documents(tmp_path: Path) -> None:
    """Whatever format a document lies in, it comes out as its fixture says."""
    summary = run([str(ROOT / "dump")], str(tmp_path / "out.parquet"), settings=RunSettings(workers=1))
    assert (summary.exit_code, summary.documents) == (0, 40)
    rows = pq.read_table(tmp_path / "out.parquet", columns=["source", "text"]).to_pylist()
    texts = {row["source"]: row["text"] for row in rows}
    fixtures = {fixture.name: fixture for fixture in FIXTURES}
    for source, name in MAKE_DUMP["sources"]().items():
        if "xfail" not in fixtures[name].about:
            assert texts.pop(source) == fixtures[name].expected, source
