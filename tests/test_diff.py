"""`cleaner diff`: what one cleaning takes more than another, and less."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.arrow import clean_batch
from cleaner.cli import main
from cleaner.compare import Comparison, as_decoded, without
from cleaner.files.comparing import compare_cleaning, compare_outputs, groups_of
from cleaner.files.outputs import Output
from cleaner.model import Removal, Repair, undo_repairs
from cleaner.options import DEFAULTS
from cleaner.pipeline import cleaner_for

PACK = """
[pack]
name = "our-site"
prefix = "OUR"

[[rule]]
code = "OUR001"
name = "ferryman line"
why = "The line tells of the ferryman."
any = ["ferryman rings"]
max_words = 15
"""
BODY = "The bittern is heard more often than it is seen, and its call carries three miles over the reeds.\n"
TIP = "Ferryman rings twice on Sundays.\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    texts = [
        BODY,
        f"{BODY}Also Read: Why the dam failed\n",
        BODY + TIP,
        f"{BODY}Walkers donâ€™t come.\n{TIP}",
    ]
    (folder / "in").mkdir()
    lines = [json.dumps({"id": str(at), "text": text}) for at, text in enumerate(texts)]
    (folder / "in" / "a.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "new.toml").write_text(PACK)
    assert main(["run", str(folder / "in"), "--out", str(folder / "old"), "--quiet"]) == 0
    new = ["--rules", str(folder / "new.toml"), "--ignore", "ALR", "--out", str(folder / "new"), "--quiet"]
    assert main(["run", str(folder / "in"), *new]) == 0
    return folder


def compared(capsys, *arguments: object) -> dict:
    assert main(["diff", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def check(found: dict) -> None:
    """The change of `made`: two tip lines go, a pointer comes back."""
    assert (found["documents"], found["changed"]) == (4, 3)
    assert list(found["more"]) == ["OUR001"]
    assert list(found["less"]) == ["ALR001"]
    assert found["more"]["OUR001"]["places"] == found["more"]["OUR001"]["documents"] == 2
    assert found["chars_lost"] == found["more"]["OUR001"]["chars"] == 2 * len(TIP)
    assert (
        found["chars_regained"] == found["less"]["ALR001"]["chars"] == len("Also Read: Why the dam failed\n")
    )
    assert (
        found["chars_kept_after"]
        == found["chars_kept_before"] - found["chars_lost"] + found["chars_regained"]
    )
    assert {one["source"] for one in found["more"]["OUR001"]["examples"]} == {"a.jsonl#3", "a.jsonl#4"}
    assert found["settings"]["ignore"] == {"before": [], "after": ["ALR"]}
    assert "rules_hash" in found["settings"]


def test_two_outputs(made, capsys):
    check(compared(capsys, made / "old", made / "new"))


@pytest.mark.parametrize("workers", [1, 2])
def test_an_output_and_the_rules_of_now(made, capsys, workers):
    arguments = ["--rules", made / "new.toml", "--ignore", "ALR", "--workers", workers]
    check(compared(capsys, made / "old", *arguments))


def test_the_same_is_no_difference(made, capsys):
    for arguments in ([made / "old", made / "old"], [made / "old"]):
        found = compared(capsys, *arguments)
        assert (found["changed"], found["more"], found["less"], found["settings"]) == (0, {}, {}, {})
        assert found["documents"] == 4


def test_backwards_more_is_less(made, capsys):
    there, back = compared(capsys, made / "old", made / "new"), compared(capsys, made / "new", made / "old")
    assert (there["more"], there["less"]) == (back["less"], back["more"])


@pytest.mark.parametrize(("most", "code"), [("100%", 0), ("0.1%", 1), ("0%", 1), ("0", 1)])
def test_the_gate(made, capsys, most, code):
    assert main(["diff", str(made / "old"), str(made / "new"), "--quiet", "--max-new-loss", most]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert ("--max-new-loss" in said.err) == bool(code)


def test_what_comes_back_is_no_loss(made, capsys):
    arguments = [str(made / "old"), "--ignore", "ALR", "--max-new-loss", "0%", "--quiet"]
    assert main(["diff", *arguments]) == 0


def test_a_person_reads_rules_and_examples(made, capsys):
    assert main(["diff", str(made / "old"), str(made / "new")]) == 0
    out = capsys.readouterr().out
    assert "4 documents compared, 3 differ" in out
    assert "ignore: none, now ALR" in out
    assert (
        out.index("takes more") < out.index("OUR001") < out.index("Ferryman rings") < out.index("takes less")
    )
    assert "ALR001 also read: another article" in out


def test_documents_that_are_gone_count_as_lost(made, tmp_path, capsys):
    (tmp_path / "less.jsonl").write_text((made / "in" / "a.jsonl").read_text().splitlines(True)[0])
    (tmp_path / "a.jsonl").write_text((tmp_path / "less.jsonl").read_text())
    assert main(["run", str(tmp_path / "a.jsonl"), "--out", str(tmp_path / "less"), "--quiet"]) == 0
    found = compared(capsys, made / "old", tmp_path / "less")
    rows = pq.read_table(sorted((made / "old").glob("*.parquet"))).to_pylist()
    assert (found["documents"], found["gone"]) == (1, 3)
    assert found["chars_lost"] == sum(row["chars_out"] for row in rows[1:])
    back = compared(capsys, tmp_path / "less", made / "old")
    assert (back["gone"], back["new"], back["chars_lost"]) == (0, 3, 0)


def test_documents_of_another_text_are_not_compared(made, tmp_path, capsys):
    (tmp_path / "a.jsonl").write_text((made / "in" / "a.jsonl").read_text().replace("Walkers", "Riders"))
    assert main(["run", str(tmp_path / "a.jsonl"), "--out", str(tmp_path / "other"), "--quiet"]) == 0
    found = compared(capsys, made / "old", tmp_path / "other")
    assert (found["documents"], found["other_text"], found["changed"]) == (3, 1, 0)


def test_a_change_of_repair_alone_is_no_loss(made, tmp_path, capsys):
    arguments = ["--no-repair", "encoding", "--out", str(tmp_path / "raw"), "--quiet"]
    assert main(["run", str(made / "in"), *arguments]) == 0
    rows = [pq.read_table(sorted(place.glob("*.parquet"))) for place in (made / "old", tmp_path / "raw")]
    assert rows[0]["source_hash"] != rows[1]["source_hash"]
    for found in (
        compared(capsys, made / "old", tmp_path / "raw"),
        compared(capsys, made / "old", "--no-repair", "encoding"),
    ):
        assert (found["documents"], found["changed"], found["other_text"]) == (4, 0, 0)


def test_rows_in_another_order_and_in_small_groups_are_paired(made, tmp_path):
    table = pq.read_table(sorted((made / "new").glob("*.parquet")))
    (tmp_path / "mixed").mkdir()
    pq.write_table(table.take([3, 1]), tmp_path / "mixed" / "part-0.parquet", row_group_size=1)
    pq.write_table(table.take([0, 2]), tmp_path / "mixed" / "part-1.parquet")
    old, mixed = Output.of(str(made / "old")), Output.of(str(tmp_path / "mixed"))
    assert len(groups_of(mixed)) == 3
    straight = compare_outputs(old, Output.of(str(made / "new")), lambda *told: None)
    assert compare_outputs(old, mixed, lambda *told: None) == straight
    assert straight.changed == 3


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["old", "new", "--ignore", "ALR"], "no --ignore"),
        (["old", "--max-new-loss", "0.5"], "such as 0.1%, not '0.5': write 50% for 0.5 of the text, or 0.5%"),
        (["old", "--max-new-loss", "0.001"], "write 0.1% for 0.001 of the text, or 0.001%"),
        (["old", "--max-new-loss", "2"], "such as 0.1%, not '2': write 2%"),
        (["old", "--max-new-loss", "120%"], "a share in per cent"),
        (["old", "nowhere"], "no such file or folder"),
        (["in", "old"], "holds no output"),
        (["old", "--profile", "x", "--no-profile"], "exclude each other"),
    ],
)
def test_wrong_usage(made, capsys, monkeypatch, arguments, what):
    monkeypatch.chdir(made)
    assert main(["diff", *arguments]) == 2
    assert what in capsys.readouterr().err


def test_a_profile_that_is_gone_is_asked_for(made, tmp_path, capsys):
    lines = [
        json.dumps({"url": f"https://m.example/{n}", "text": f"{BODY}Menu of ours\n{n}\n"}) for n in range(9)
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    assert main(["run", str(tmp_path / "a.jsonl"), "--out", str(tmp_path / "out"), "--quiet"]) == 0
    assert compared(capsys, tmp_path / "out")["changed"] == 0
    (tmp_path / "out" / "_cleaner" / "sites.arrow").unlink()
    assert main(["diff", str(tmp_path / "out")]) == 2
    assert "--profile" in capsys.readouterr().err
    assert "profile_hash" in compared(capsys, tmp_path / "out", "--no-profile")["settings"]


class OtherWithout:
    """A cleaner that takes more of a text where no title is given, and so tells whether one was."""

    def clean_many(self, documents, profile=None):
        results = cleaner_for(DEFAULTS).clean_many(documents, profile)
        more = (Removal("X", 0, 3, "The"),)
        return [
            replace(result, removals=more) if document.title is None else result
            for document, result in zip(documents, results, strict=True)
        ]


@pytest.mark.parametrize("given", [True, False])
def test_a_title_that_may_have_been_found_makes_no_difference(tmp_path, given):
    """Found on scraped texts: a title that was given read as the headline, and counted as found."""
    headline = "The bittern of the northern marsh"
    prose = BODY.replace("reeds.", "reeds of the wide and quiet marsh.")
    article = "\n".join(prose.replace("bittern", bird) for bird in ("bittern", "heron", "curlew"))
    text = f"{headline}\n\n{headline.upper()} | The Marsh Post\n\n{article}"
    texts = {"text": [text]} | ({"title": [headline]} if given else {})
    core = OtherWithout() if given else cleaner_for(DEFAULTS)
    path = tmp_path / "part-0.parquet"
    pq.write_table(clean_batch(pa.table(texts)), path)
    assert pq.read_table(path)["title"].to_pylist() == [headline]
    (group,) = groups_of(Output.of(str(path)))
    compared = compare_cleaning(group, core, None, lambda *told: None)
    assert (compared.documents, compared.changed) == (1, 0)


SOURCE = "abcdefghijklmnopqrst"


@st.composite
def ledgers(draw, source=SOURCE):
    cuts = sorted(draw(st.sets(st.integers(0, len(source)), max_size=10)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    return [Removal(draw(st.sampled_from("AB")), start, end, source[start:end]) for start, end in pairs]


def places(ledger):
    return {at: one.rule for one in ledger for at in range(one.start, one.end)}


@settings(deadline=None)
@given(ledgers(), ledgers())
def test_without_is_the_difference_of_the_places(one, other):
    left = without(one, other)
    expected = {at: rule for at, rule in places(one).items() if at not in places(other)}
    assert places(left) == expected
    assert all(removal.text == SOURCE[removal.start : removal.end] != "" for removal in left)
    assert left == sorted(left, key=lambda removal: removal.start)


@settings(deadline=None)
@given(ledgers(), st.data())
def test_as_decoded_keeps_what_was_not_repaired(ledger, data):
    """A place that no repair touches reads the same in the decoded text, and goes or stays alike."""
    repairs = [
        Repair("encoding", one.start, one.end, data.draw(st.text("XYZ", min_size=1, max_size=4)))
        for one in data.draw(ledgers())
    ]
    decoded = undo_repairs(SOURCE, repairs)
    moved = as_decoded(ledger, repairs, decoded)
    taken = {decoded[at] for at in places(moved)}
    repaired = {at for one in repairs for at in range(one.start, one.end)}
    for at, letter in enumerate(SOURCE):
        if at not in repaired:
            assert (letter in taken) == (at in places(ledger))


@settings(deadline=None)
@given(st.lists(st.tuples(ledgers(), ledgers()), max_size=6), st.integers(0, 6))
def test_counts_of_parts_add_up(pairs, cut):
    whole, first, second = Comparison(), Comparison(), Comparison()
    for number, (one, other) in enumerate(pairs):
        whole.see(str(number), one, other)
        (first if number < cut else second).see(str(number), one, other)
    second.add(first)
    for comparison in (whole, second):
        for taken in (*comparison.more.values(), *comparison.less.values()):
            taken.examples.sort()
    assert whole == second
