"""The matcher: gate and judge say what the judge alone says."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner import exact as exact_module
from cleaner.exact import compile_pattern, says
from cleaner.gate import LineGate
from cleaner.lines import Lines
from cleaner.matcher import Matcher
from cleaner.model import RuleError
from cleaner.options import Options
from cleaner.rules import load_rules, parse_pack
from cleaner.rules.gates import literals, prefixes
from cleaner.rules.patterns import PatternError, parse
from cleaner.table import LineTable

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("CLEANER_EVAL", ROOT.parent / "shared" / "eval")) / "data"
RULES = load_rules(Options()).all


def missed(matcher, lines):
    """Patterns that match a line although the gate named them not."""
    named = {row: units for row, _, units, _ in matcher.gate.candidates(LineTable([lines.text]))}
    for row, line in enumerate(lines.filled):
        units = named.get(row, ())
        for index, exact in enumerate(matcher.rules):
            for number, lead in enumerate(exact.rule.leads):
                if (index, number) not in units and exact.rule.scope != "phrase":
                    limits = exact.rule.limits
                    fits = limits.min_words <= line.words <= limits.max_words
                    if fits and exact.search(line.text, number) is not None:
                        yield exact.rule.code, lead, line.text


def documents():
    yield from (example.text for rule in RULES for example in rule.examples)
    for path in sorted((ROOT / "fixtures" / "documents").glob("*.txt")):
        yield path.read_bytes().decode("utf-8", "replace")


def test_gate_and_judge_are_the_judge_alone():
    matcher = Matcher(RULES)
    text = "\n".join(documents())
    assert list(missed(matcher, Lines("\n".join(sorted(set(text.split("\n"))))))) == []


@pytest.mark.skipif(not SHARED.is_dir(), reason="the development data is not here (CLEANER_EVAL)")
def test_gate_and_judge_are_the_judge_alone_on_real_lines():
    pq = pytest.importorskip("pyarrow.parquet")
    lines: set[str] = set()
    for name in ("windows-dragnet", "windows-fundus", "windows-waddle", "wcxb-dev.htmltext"):
        table = pq.read_table(SHARED / f"{name}.parquet", columns=["text"]).slice(0, 400)
        lines.update(
            line for text in table["text"].to_pylist() for line in text.split("\n") if len(line) < 200
        )
    some = sorted(lines)[:: max(1, len(lines) // 1500)]
    assert list(missed(Matcher(RULES), Lines("\n".join(some)))) == []


_PARTS = st.sampled_from(
    [
        "read",
        "a",
        "é",
        "ß",
        "İ",
        "中",
        " ",
        "-",
        "'",
        r"\d",
        "[ab]",
        ".",
        r"\W",
        "(a|ab)",
        "(the )?",
        "( of)?",
        "[|:]",
        ".{0,2}",
        r"\w+",
    ]
)
_PATTERNS = st.lists(_PARTS, min_size=1, max_size=6).map("".join)
_TEXTS = st.text(st.sampled_from("readab eéÉßẞİıi中 -‑’'1|:.\u00a0\u2003\x1c\t•_K"), max_size=24)


@settings(max_examples=1500, deadline=None)
@given(_PATTERNS, _TEXTS, st.sampled_from(["start", "whole", "end", "anywhere"]))
def test_the_gate_is_a_superset(pattern, text, at):
    try:
        node = parse(pattern)
    except PatternError:
        return
    if not (literals(node) or (prefixes(node) and at in ("start", "whole"))):
        return
    quoted = pattern.replace("\\", "\\\\").replace('"', '\\"')
    head = '[pack]\nname = "own"\nprefix = "OWN"\n[[rule]]\ncode = "OWN001"\nname = "n"\nwhy = "w"\n'
    try:
        rules = parse_pack(f'{head}at = "{at}"\nany = ["{quoted}"]\n', "own.toml").rules
    except Exception:
        return
    matcher = Matcher(rules)
    assert list(missed(matcher, Lines(text))) == []
    matcher.gate._looked = 1 << 40  # with its indices
    assert list(missed(matcher, Lines(text))) == []


@pytest.mark.parametrize(
    ("line", "goes"), [("✕ Schließen", True), ("SCHLIESSEN", False), ("- Schließen!", True)]
)
@pytest.mark.parametrize("indexed", [False, True])
def test_a_letter_that_folds_to_two_makes_no_line_too_long(line, goes, indexed):
    head = '[pack]\nname = "own"\nprefix = "OWN"\n[[rule]]\ncode = "OWN001"\nname = "n"\nwhy = "w"\n'
    matcher = Matcher(parse_pack(f'{head}at = "whole"\nany = ["schließen"]\n', "own.toml").rules)
    matcher.gate._looked = indexed << 40
    assert bool(matcher.match(Lines(line)).lines) == goes


@pytest.mark.parametrize(
    ("line", "goes"),
    [
        ("Support us on Patreon", True),
        ("* Support us on Patreon *", True),
        ('"Support us on Patreon"', False),
        ("„ Support us on Patreon“", False),
        ("» Support us on Patreon", True),
        ("« Support us on Patreon »", True),  # arrows
        ("»Support us on Patreon«", False),
        ("「Support us on Patreon」", False),
        ('"Support us on Patreon', True),
        ('12" Support us on Patreon', False),  # something else than decoration stands before it
    ],
)
def test_what_a_line_says_in_quotation_marks_is_mentioned(line, goes):
    head = '[pack]\nname = "own"\nprefix = "OWN"\n[[rule]]\ncode = "OWN001"\nname = "n"\nwhy = "w"\n'
    for pattern in ("support us on patreon", "support us on [^ ]{7}"):  # told by a list, and not
        matcher = Matcher(parse_pack(f'{head}at = "whole"\nany = ["{pattern}"]\n', "own.toml").rules)
        assert bool(matcher.match(Lines(line)).lines) == goes


def test_what_is_quoted_where_a_line_begins_is_mentioned_and_where_it_goes_on_said():
    head = '[pack]\nname = "own"\nprefix = "OWN"\n[[rule]]\ncode = "OWN001"\nname = "n"\nwhy = "w"\n'
    matcher = Matcher(parse_pack(f'{head}at = "start"\nany = ["we value your privacy"]\n', "own.toml").rules)
    for line, goes in (
        ("“We value your privacy.” Few sentences are read so often.", False),
        ("« Nous » and “We value your privacy.”", False),
        ("We value your privacy: “cookies” are all we keep.", True),
    ):
        assert bool(matcher.match(Lines(line)).lines) == goes


def test_the_gate_names_the_same_with_its_indices_and_without(monkeypatch):
    """But for phrases, of which only the indices ask for the sentence that begins with them, and for lines
    that consist of other words than phrases that are joined."""
    table = LineTable(sorted(set(documents())))
    indexed = {row: units for row, _, units, _ in Matcher(RULES).gate.candidates(table)}
    monkeypatch.setattr("cleaner.gate._WORTH", 1 << 40)
    tried = {row: units for row, _, units, _ in Matcher(RULES).gate.candidates(table)}
    assert indexed.keys() <= tried.keys()
    fewer = 0
    for row, units in tried.items():
        gone = set(units) - set(indexed.get(row, ()))
        assert set(indexed.get(row, ())) <= set(units)
        assert all(RULES[index].scope == "phrase" for index, _ in gone), table.text(row)
        fewer += len(gone)
    assert fewer > 100


def test_rules_say_the_same_with_the_indices_and_without(monkeypatch):
    table = LineTable(sorted(set(documents())))
    said = Matcher(RULES).match_rows(table)
    monkeypatch.setattr("cleaner.gate._WORTH", 1 << 40)
    assert Matcher(RULES).match_rows(table) == said


def test_what_is_remembered_changes_nothing(monkeypatch):
    matcher = Matcher(RULES)
    lines = Lines("\n".join(documents()))
    first = matcher.match(lines)
    assert matcher.match(lines) == first
    monkeypatch.setattr("cleaner.matcher.REMEMBERED", 100)
    monkeypatch.setattr("cleaner.matcher.TOGETHER", 1000)
    forgetful = Matcher(RULES)
    for _ in range(2):
        assert forgetful.match(lines) == first
    assert sum(map(len, forgetful._memo)) < 20_000 < sum(map(len, matcher._memo))


def test_threads_may_share_a_matcher(monkeypatch):
    monkeypatch.setattr("cleaner.matcher.REMEMBERED", 500)
    matcher = Matcher(RULES)
    texts = [Lines(text) for text in documents()][:300]
    alone = [Matcher(RULES).match(lines) for lines in texts[:20]]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            assert list(pool.map(matcher.match, texts[:20])) == alone


def test_the_indices_come_where_they_are_worth_it():
    gate = LineGate(load_rules(Options()).active)
    table = LineTable(["A heron stood in the reeds.\n"])
    list(gate.candidates(table))
    assert "_indices" not in gate.__dict__
    for _ in range(200):
        list(gate.candidates(table))
    assert "_indices" in gate.__dict__


SLOW = """
[pack]
name = "slow"
prefix = "SLO"

[[rule]]
code = "SLO001"
name = "slow"
why = "From each place of a line it is quick."
max_words = 2000
any = ["(a |a a |b ){1,12}(9z|8y)"]
at = "anywhere"
"""


def test_a_pattern_that_is_slow_from_every_place_of_a_short_line_is_stopped(monkeypatch):
    monkeypatch.setattr(exact_module, "TIMEOUT", 0.02)
    matcher = Matcher(parse_pack(SLOW, "own.toml").rules)
    assert matcher.match(Lines("a a 9z")).lines
    with pytest.raises(RuleError, match=r"SLO001 takes more than 0\.02 seconds for a line of 1,984 char"):
        matcher.match(Lines("9zz " + "a " * 990))


def test_so_is_one_for_what_follows_a_lead_line(monkeypatch):
    monkeypatch.setattr(exact_module, "TIMEOUT", 0.02)
    pattern = compile_pattern(("(a |a a |b ){1,12}(9z|8y)",))
    assert says("a a 9z", pattern)
    with pytest.raises(RuleError, match=r"what follows a lead line takes more than"):
        says("9zz " + "a " * 990, pattern)
