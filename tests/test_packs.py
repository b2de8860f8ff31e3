"""Rule packs: what the loader refuses, and how rules are chosen."""

import json
import os
import pickle

import pyarrow.parquet as pq
import pytest

from cleaner import exact
from cleaner.cli import main
from cleaner.commands.run import RunSettings, run
from cleaner.model import ConfigError, RuleError
from cleaner.options import Options
from cleaner.rules import index, load_pack, load_rules, openings, parse_pack
from cleaner.rules import pack as pack_module
from cleaner.rules.model import Gate, Gates
from cleaner.rules.pack import shipped_folder
from cleaner.rules.registry import selected

HEAD = '[pack]\nname = "own"\nprefix = "OWN"\n'
RULE = HEAD + '[[rule]]\ncode = "OWN001"\nname = "n"\nwhy = "w"\nany = ["lorem ipsum"]\n'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x = ", "own.toml: not valid TOML"),
        (RULE + "examples = " + "[" * 3000, "own.toml: brackets or names in one another, too deep"),
        (RULE + "points = " + "9" * 5000, "own.toml: not valid TOML"),
        (RULE + "points = 0x" + "f" * 5000, "OWN001: `points`: wants a count of at most 1,000,000,000"),
        (RULE + "risk = 0x" + "f" * 5000, "OWN001: `risk`: wants a string, not a number of this size"),
        (RULE + "risk" + ".a" * 3000 + " = 1", "OWN001: `risk`: wants a string, not {'a'"),
        (RULE + "k" * 100_000 + " = 1", "kkkk…`: unknown key"),
        (HEAD + "[rule" + ".a" * 5000 + "]", "own.toml: a table's name has more than 100 parts"),
        (HEAD + "retired = {OWN001 = 1979-05-27}\n", "[pack.retired]: `OWN001`: wants a string"),
        ("[rules]\n", "own.toml: `rules`: unknown key; did you mean `rule`?"),
        ('[pack]\nname = "own"\n', "[pack]: `prefix`: is missing"),
        ('[pack]\nname = "own"\nprefix = "own"\n', "two to five capital letters"),
        (HEAD + '[[rule]]\nname = "n"\n', "rule 1: `code`: is missing"),
        (HEAD + '[[rule]]\ncode = "ALR001"\n', "wants the pack's prefix"),
        (RULE + "max_word = 3\n", "OWN001: `max_word`: unknown key; did you mean `max_words`?"),
        (RULE + 'max_words = "3"\n', "OWN001: `max_words`: wants a count"),
        (RULE + "max_words = true\n", "OWN001: `max_words`: wants a count"),
        (RULE + "points = -1\n", "OWN001: `points`: wants a count"),
        (RULE + 'scope = "lines"\n', "OWN001: `scope`: wants one of line, block"),
        (RULE + 'confidence = "low"\n', "OWN001: `confidence`: wants one of high, medium, trial"),
        (RULE + 'no_sentence = "yes"\n', "OWN001: `no_sentence`: wants true or false"),
        (RULE + 'languages = "en"\n', "OWN001: `languages`: wants a list of strings"),
        (RULE + 'unless = ["(x"]\n', "OWN001: `unless`: a `)` is missing"),
        (RULE + 'examples = "x"\n', "OWN001: `examples`: line 1"),
        (RULE + "[rule.block]\nmax_lines = 3\n", "OWN001 [rule.block]: `max_lines`: unknown key"),
        (RULE + 'scope = "phrase"\n[rule.block]\nin_body = 3\n', "OWN001: `block`: is for the scopes"),
        (
            RULE + 'scope = "block"\n[rule.block]\nmax_line = 3\n',
            "OWN001 [rule.block]: `max_line`: unknown key",
        ),
        (RULE + 'scope = "block"\n[rule.block]\nfollow = ["[x"]\n', "`follow`: a `]` is missing"),
        (HEAD + '[[rule]]\ncode = "OWN001"\nname = "n"\nwhy = "w"\n', "at least one pattern"),
        (RULE.replace("lorem ipsum", r"\\d+"), "no gate can be derived"),
        (RULE + RULE.removeprefix(HEAD), "OWN001: the code is used twice"),
    ],
)
def test_a_bad_pack_is_refused_with_file_rule_and_key(text, reason):
    with pytest.raises(RuleError) as caught:
        parse_pack(text, "own.toml")
    assert reason in str(caught.value)
    assert str(caught.value).startswith("own.toml")
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("key", ["any", "all", "unless", "stop", "follow"])
@pytest.mark.parametrize("pattern", ["((((a{200}){200}){200}){200}){200}", "(" * 500 + "a" + ")" * 500])
def test_a_pattern_that_is_small_as_written_and_large_as_meant_is_refused_at_once(key, pattern):
    place = 'scope = "block"\n[rule.block]\n' if key in ("stop", "follow") else ""
    text = RULE.replace('any = ["lorem ipsum"]\n', "") if key == "any" else RULE
    with pytest.raises(
        RuleError, match=rf"own\.toml: OWN001.*`{key}`: (a match could have|groups in groups)"
    ):
        parse_pack(f'{text}{place}{key} = ["{pattern}"]\n', "own.toml")


def test_gates_are_kept_as_they_were_derived():
    """Capitals part them, which no gate holds: all of it is folded."""
    pack = parse_pack(RULE.replace("lorem ipsum", "GPI Lorem|Ipsum (Dolor|SIT) P|I"), "own.toml")
    assert index.packs_of(index.dump([pack]).encode())[pack.digest].rules == pack.rules
    gates = [gate for pack in index.shipped_packs() for rule in pack.rules for gate in rule.gates]
    held = {text for gate in gates for part in (gate.prefixes, gate.literals, gate.suffixes) for text in part}
    assert len(held) > 10_000
    assert not any(set("GPI") & set(text) for text in held)


def test_gates_are_parted_when_they_are_asked_for():
    gates = [Gate.of(("ab", "share this", "shape"), ("this",), 10, ("s",)), Gate.of((), ("x",), 0, ())]
    kept = Gates.of(gates)
    assert (len(kept), list(kept), kept[0], kept[-1:]) == (2, gates, gates[0], (gates[1],))
    assert kept == Gates(kept.text) != Gates.of(gates[:1])
    assert hash(kept) == hash(Gates(kept.text))
    assert kept.starts == "IIabIshaI"  # nothing for the second, three letters at the most
    assert (len(Gates()), list(Gates()), Gates().starts) == (0, [], "")
    assert pickle.loads(pickle.dumps(kept)) == kept


def test_a_list_costs_what_its_words_cost_and_not_its_square(monkeypatch):
    """Counted and not timed: each opening is put to all others by its letters."""
    asked = []
    together = openings._Place.together
    monkeypatch.setattr(
        openings._Place, "together", lambda place, text: asked.append(1) or together(place, text)
    )
    words = [f"word{number}" for number in range(4000)]
    one = parse_pack(RULE.replace("lorem ipsum", "|".join(words)), "own.toml").rules[0]
    assert len(asked) <= 2 * len(words)
    assert len(pack_module.gates_of(one.any, ())[0].literals) == len(words)
    several = parse_pack(RULE.replace("lorem ipsum", '", "'.join(words)), "own.toml").rules[0]
    assert len(several.gates) == len(words)


def test_a_pack_whose_patterns_are_too_many_is_refused(monkeypatch):
    monkeypatch.setattr(pack_module, "MOST_COST", 2000)
    words = '", "'.join(f"word{number}" for number in range(100))
    with pytest.raises(RuleError, match=r"OWN001: `any`: here the patterns of the pack become too many"):
        parse_pack(RULE.replace("lorem ipsum", words), "own.toml")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pack_is_a_file_that_people_write(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    large = tmp_path / "large.toml"
    with open(large, "wb") as file:
        file.truncate(300 << 20)
    for path in (tmp_path, tmp_path / "pipe.toml", "/dev/zero", "/dev/null"):
        with pytest.raises(RuleError, match="a rule pack is a file; this is a folder, a pipe or a device"):
            load_pack(path)
    with pytest.raises(RuleError, match=r"large\.toml: a rule pack has at most 4 MiB: make it several"):
        load_pack(large)
    with pytest.raises(RuleError, match="cannot read the rule pack"):
        load_pack("nul\0.toml")
    assert main(["rules", "list", "--rules", str(tmp_path / "pipe.toml")]) == 2


SLOW = RULE.replace("lorem ipsum", "(a |a a |b ){1,12}(9z|8y)") + 'at = "anywhere"\nmax_words = 2000\n'


def test_a_document_whose_line_takes_a_pattern_too_long_fails_and_the_run_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(exact, "TIMEOUT", 0.02)
    (tmp_path / "own.toml").write_text(SLOW)
    texts = ["One heron.\n", "9zz " + "a " * 990 + "\n", "a a 9z\nTwo herons stood at the weir.\n"]
    (tmp_path / "x.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    options = Options(rules=(str(tmp_path / "own.toml"),))
    out = tmp_path / "out"
    summary = run([str(tmp_path / "x.jsonl")], str(out), options=options, settings=RunSettings(workers=1))
    (part,) = out.glob("part-*.parquet")
    rows = pq.read_table(part).to_pylist()
    assert (summary.failed, summary.exit_code) == (1, 1)
    assert [row["status"] for row in rows] == ["clean", "failed", "cleaned"]
    assert "OWN001 takes more than 0.02 seconds for a line of 1,984 characters" in rows[1]["error"]
    assert rows[1]["text"] == texts[1]


def test_a_pack_that_is_no_utf8_or_missing(tmp_path):
    with pytest.raises(RuleError, match="cannot read the rule pack"):
        load_pack(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes("# café".encode("latin-1"))
    with pytest.raises(RuleError, match=r"UTF-8; byte 5"):
        load_pack(tmp_path / "latin.toml")


def test_flags_stand_for_counts_and_false_for_none():
    rule = parse_pack(RULE + "near_end = true\nneeds_list = true\nneeds_near = false\n", "own.toml").rules[0]
    assert (rule.limits.near_end, rule.limits.needs_list, rule.limits.needs_near) == (12, 2, 0)


def test_examples_are_documents_parted_by_empty_lines():
    rule = parse_pack(RULE + "examples = '''\n- goes\n|\n| stays\n\n! wrong\n'''\n", "own.toml").rules[0]
    assert [(example.line, example.marks, example.text) for example in rule.examples] == [
        (1, ("-", "|", "|"), "goes\n\nstays\n"),
        (5, ("!",), "wrong\n"),
    ]


@pytest.mark.parametrize(
    ("select", "ignore", "code", "speaks"),
    [
        ((), (), "ALR001", True),
        ((), ("ALR",), "ALR001", False),
        ((), ("ALR",), "BKA001", True),
        (("ALR",), (), "BKA001", False),
        (("ALR",), ("ALR001",), "ALR001", False),
        (("ALR001",), ("ALR",), "ALR001", True),
        (("ALR",), ("ALR",), "ALR001", False),
        (("ALR",), ("ALL",), "ALR001", True),
        (("ALL",), ("ALR",), "ALR001", False),
        ((), ("ALL",), "ALR001", False),
    ],
)
def test_the_longer_selector_wins(select, ignore, code, speaks):
    assert selected(code, Options(select=select, ignore=ignore)) is speaks


@pytest.fixture
def pack(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(
        '[pack]\nname = "own"\nprefix = "OWN"\n[pack.retired]\nOWN009 = "use OWN001"\n'
        + "".join(
            f'[[rule]]\ncode = "OWN00{n}"\nname = "n"\nwhy = "w"\nany = ["lorem ipsum"]\nconfidence = "{c}"\n'
            for n, c in enumerate(("high", "medium", "trial"), 1)
        )
    )
    return str(path)


def test_medium_rules_are_opted_in_by_confidence_or_full_code_and_trial_rules_never(pack):
    def removing(**options):
        return {
            code for code in load_rules(Options(rules=(pack,), **options)).removing if code.startswith("OWN")
        }

    assert removing() == {"OWN001"}
    assert removing(confidence="medium") == {"OWN001", "OWN002"}
    assert removing(select=("OWN",)) == {"OWN001"}
    assert removing(select=("OWN", "OWN002", "OWN003")) == {"OWN001", "OWN002"}


def test_a_selector_that_names_nothing_is_an_error_with_a_hint(pack):
    with pytest.raises(ConfigError, match="no rule has the code or prefix 'own001'; did you mean `OWN001`"):
        load_rules(Options(rules=(pack,), select=("own001",)))
    with pytest.raises(ConfigError, match="OWN009 is retired: use OWN001"):
        load_rules(Options(rules=(pack,), ignore=("OWN009",)))


def test_codes_are_unique_over_packs(pack, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text((tmp_path / "own.toml").read_text())
    with pytest.raises(RuleError, match="OWN001 is a rule of"):
        load_rules(Options(rules=(pack, str(other))))


def test_the_index_of_the_shipped_packs_is_current():
    """``python -m cleaner.rules`` writes it; without it every start reads all TOML anew."""
    folder = shipped_folder()
    packs = [load_pack(path) for path in sorted(folder.glob("*.toml"))]
    assert (folder / index.NAME).read_text(encoding="utf-8") == index.dump(packs)
    assert index.shipped_packs() == packs


def test_a_pack_edited_since_is_read_anew(tmp_path, monkeypatch):
    path = tmp_path / "own.toml"
    path.write_text(RULE)
    (tmp_path / index.NAME).write_text(index.dump([load_pack(path)]))
    monkeypatch.setattr(index, "shipped_folder", lambda: tmp_path)
    assert index.shipped_packs() == [load_pack(path)]
    path.write_text(RULE.replace("lorem ipsum", "dolor sit"))
    assert index.shipped_packs()[0].rules[0].any == ("dolor sit",)
    current = index.dump([load_pack(path)])
    for damaged in (
        "{ damaged",
        "[]",
        current.replace('"gates"', '"gate"'),
        current.replace('"any"', '"anyone"'),
    ):
        (tmp_path / index.NAME).write_text(damaged)
        assert index.shipped_packs() == [load_pack(path)]
    assert index.shipped_packs()[0].rules[0].gates[0].prefixes == ("dolor sit",)
