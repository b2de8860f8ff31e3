"""The whole flow of one document: the contracts that hold for every text."""

import hashlib
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cleaner.model import ConfigError, Repair, rebuild, undo_repairs
from cleaner.options import Options
from cleaner.pipeline import Cleaner, cleaner_for

PROSE = (
    "The ferry left at seven and came back with the last of the light, "
    "as it had done for forty years or more."
)
OTHER = (
    "Nobody on the quay could remember a winter in which the boat "
    "had stayed away for longer than a single night."
)

PACK = f"""
[pack]
name = "own"
prefix = "OWN"

[[rule]]
code = "OWN001"
name = "pointer"
why = "w"
any = ["zzread on"]

[[rule]]
code = "OWN002"
name = "opted in"
why = "w"
confidence = "medium"
at = "anywhere"
any = ["zzmaybe", "the harbour clock"]

[[rule]]
code = "OWN003"
name = "on trial"
why = "w"
confidence = "trial"
any = ["zztrial"]

[[rule]]
code = "OWN004"
name = "needs company that goes"
why = "w"
any = ["zznext"]
unless = ["{"x" * 40}"]
near_end = 1

[[rule]]
code = "OWN005"
name = "inside a line"
why = "w"
scope = "phrase"
any = ["zzalso"]
"""


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    path = tmp_path_factory.mktemp("packs") / "own.toml"
    path.write_text(PACK)
    return str(path)


@pytest.fixture(scope="module")
def own(pack):
    """A cleaner of rules alone; the judge has tests of its own."""
    return lambda **options: cleaner_for(Options(rules=(pack,), **{"evidence": "rules", **options}))


def assert_sound(decoded, result, cleaner, title=None):
    """What must hold of every result (DESIGN: the contracts of the ledger)."""
    assert rebuild(result.text, result.removals) == result.source
    assert undo_repairs(result.source, result.repairs) == decoded
    assert result.source_hash == hashlib.sha256(result.source.encode("utf-8", "surrogatepass")).hexdigest()
    assert (result.chars_in, result.chars_out) == (len(result.source), len(result.text))
    assert list(result.removals) == sorted(result.removals, key=lambda removal: removal.start)
    for one, other in pairwise(result.removals):
        assert one.end <= other.start
    for removal in result.removals:
        assert removal.start < removal.end
        assert result.source[removal.start : removal.end] == removal.text
    for same in {title, result.title}:
        again = cleaner.clean(result.text, same)
        assert again.text == result.text
        assert not again.removals
        assert not again.repairs


PIECES = [
    *(PROSE, OTHER, "", " ", "\ufeff", "\ud83d", "• • •", "| Patreon", "Chapter | Patreon"),
    *("Zzread on: ponds", "zzmaybe ponds", "zztrial", "zznext"),
    *("Ten ponds", "TEN PONDS", "Ten Ponds | Site", "Ten ponds"),
    *("It froze. Zzalso: ponds. It thawed.", "Zzalso read this."),
    *("â€œItâ€™s coldâ€\x9d", "caf\u00c3\u00a9 zzalso. More &amp;amp; more.", "\x1b[31mred\x1b[0m"),
    *("ﬁne “curly” e\u0301 １２", "Also Read:", "Share this", "0 Comments", "Post a Comment"),
    *("Read more: a", "Subscribe to our newsletter", "© 2024 Ponds. All rights reserved."),
    *("About Us", "Related Articles"),
]
ENDS = ["\n", "\n\n", "\r\n", "\r", "\u2028", "\u0085", "\n\r"]
DOCUMENTS = st.lists(
    st.tuples(st.sampled_from(PIECES) | st.text(max_size=12), st.sampled_from(ENDS)), max_size=12
).map(lambda lines: "".join(line + end for line, end in lines))


@settings(deadline=None, max_examples=200)
@given(
    DOCUMENTS,
    st.sampled_from([None, "Ten ponds", "zzread on"]),
    st.sampled_from(["high", "medium"]),
    st.sampled_from(["keep", "drop", "off"]),
    st.sampled_from(["all", "rules"]),
)
@example("Zzread on\n\n\nTen ponds\n\nTen ponds\n", "Ten ponds", "high", "keep", "rules")
@example("a\rzzread on\r\n\nb", None, "high", "keep", "all")
def test_every_result_is_sound(own, text, title, confidence, headlines, evidence):
    cleaner = own(confidence=confidence, headlines=headlines, evidence=evidence, strictness="thorough")
    assert_sound(text, cleaner.clean(text, title), cleaner, title)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_at_all(text):
    cleaner = cleaner_for(Options(confidence="medium"))
    assert_sound(text, cleaner.clean(text), cleaner)


@pytest.mark.parametrize(
    ("text", "status", "left"),
    [
        ("", "empty", ""),
        (" \n\t\n", "empty", " \n\t\n"),
        ("Zzread on\n", "empty", ""),
        (f"{PROSE}\n", "clean", f"{PROSE}\n"),
        (f"{PROSE}\n\nZzread on\n", "cleaned", f"{PROSE}\n"),
        ("Itâ€™s cold today\n", "clean", "It’s cold today\n"),
    ],
)
def test_status(own, text, status, left):
    result = own().clean(text)
    assert (result.status, result.text) == (status, left)


def test_finders_look_again_until_nothing_more_goes(own):
    result = own().clean(f"{PROSE}\nzznext one\nzznext two\nZznext three\nZzread on\n")
    assert result.text == f"{PROSE}\n"
    assert [removal.rule for removal in result.removals] == ["OWN004", "OWN004", "OWN004", "OWN001"]


def test_a_text_that_does_not_settle_is_kept_whole(own):
    text = f"{PROSE}\n" + "zznext\n" * 100
    result = own().clean(text)
    assert (result.status, result.text, result.removals) == ("fused", text, ())


def test_the_fuse_takes_back_what_was_opted_in(own):
    menu = "zzmaybe a menu entry\n" * 12
    kept = own(confidence="medium").clean("Ten ponds\n" + menu)
    assert (kept.status, kept.text) == ("fused", "Ten ponds\n" + menu)
    enough = own(confidence="medium").clean(f"{PROSE}\n{OTHER}\n" + menu)
    assert (enough.status, enough.text) == ("cleaned", f"{PROSE}\n{OTHER}\n")
    certain = own(confidence="medium").clean("Ten ponds\n" + menu + "Zzread on\n")
    assert (certain.status, certain.text) == ("cleaned", "Ten ponds\n" + menu)


def test_prose_between_prose_is_out_of_reach_of_what_was_opted_in(own):
    prose = (
        "The harbour clock had stopped in the spring, and those who came late for the boat "
        "blamed it on nothing else at all."
    )
    text = f"{OTHER}\n{prose}\n{PROSE}\n"
    assert own(confidence="medium").clean(text).text == text
    assert own(confidence="medium").clean(f"{OTHER}\n{PROSE}\n{prose}\n").text == f"{OTHER}\n{PROSE}\n"


def test_trial_rules_are_reported_and_never_remove(own):
    explanation = own(confidence="medium").explain(f"{PROSE}\nZztrial\n")
    assert explanation.result.status == "clean"
    assert [(f.rule, f.start) for f in explanation.trials] == [("OWN003", len(PROSE) + 1)]
    assert [(trial.rule, trial.text) for trial in explanation.result.trials] == [("OWN003", "Zztrial\n")]


def test_explanations_carry_places_of_the_source_and_reasons(own):
    source = f"{PROSE}\nzznext one\nZzread on\n"
    explanation = own().explain(source)
    found = {f.rule: (source[f.start : f.end], f.evidence) for f in explanation.findings}
    assert found["OWN001"][0] == "Zzread on\n"
    assert found["OWN001"][1][0] == "the line begins with “Zzread on”"
    assert found["OWN004"][0] == "zznext one\n"


def test_switching_a_rule_off_brings_its_text_back(own):
    text = f"{PROSE}\n\nZzread on\n"
    assert own(ignore=("OWN001",)).clean(text).text == text
    assert own(select=("ALR",)).clean(text).text == text
    assert own(select=("OWN",)).clean(text).text == f"{PROSE}\n"


def test_what_an_ignored_rule_would_own_stays_whatever_others_say(tmp_path):
    """The ledger names one owner; ignoring it brings back exactly what it took."""
    pack = tmp_path / "two.toml"
    rule = '[[rule]]\ncode = "TWO00{}"\nname = "n"\nwhy = "w"\nany = ["{}"]\n'
    pack.write_text(
        '[pack]\nname = "two"\nprefix = "TWO"\n' + rule.format(1, "zzread on") + rule.format(2, "zzread")
    )
    text = f"{PROSE}\n\nZzread on\n\n{OTHER}\nZzread twice\n"
    both = cleaner_for(Options(rules=(str(pack),), evidence="rules")).clean(text)
    assert [removal.rule for removal in both.removals] == ["TWO001", "TWO002"]
    one = cleaner_for(Options(rules=(str(pack),), ignore=("TWO001",), evidence="rules"))
    assert one.clean(text).text == f"{PROSE}\n\nZzread on\n\n{OTHER}\n"
    assert [finding.rule for finding in one.explain(text).findings] == ["TWO002"]
    assert (
        cleaner_for(Options(rules=(str(pack),), ignore=("TWO",), evidence="rules")).clean(text).text == text
    )


def test_ignored_text_comes_back_and_nothing_else_changes(own):
    """What an ignored rule takes makes place for others: they go as they would."""
    text = f"{PROSE}\nzznext one\nZzread on\n"
    every = own().clean(text)
    assert [removal.rule for removal in every.removals] == ["OWN004", "OWN001"]
    spared = own(ignore=("OWN001",)).clean(text)
    assert [removal for removal in every.removals if removal.rule != "OWN001"] == list(spared.removals)
    again = own(ignore=("OWN001",)).clean(spared.text)
    assert (again.text, again.removals) == (spared.text, ())


def test_choices_that_are_none_are_refused():
    for options in (Options(strictness="bold"), Options(evidence="none")):
        with pytest.raises(ConfigError, match="one of"):
            Cleaner(options)


def test_a_phrase_whose_going_would_unsettle_repair_stays(own, monkeypatch):
    monkeypatch.setattr("cleaner.pipeline.stable", lambda line, fixes: False)
    text = "It froze. Zzalso: ponds. It thawed.\n"
    assert own().clean(text).text == text


def test_notes_on_decoding_move_with_the_text(own):
    text = "caf\u00c3\u00a9 \ufffd here\n"
    note = Repair("decode:bytes", 6, 7, "9d")
    result = own().clean(text, notes=(note,))
    assert result.source == "café \ufffd here\n"
    assert Repair("decode:bytes", 5, 6, "9d") in result.repairs
    assert undo_repairs(result.source, result.repairs) == text


def test_text_must_be_a_str():
    with pytest.raises(TypeError, match="not bytes"):
        Cleaner().clean(b"text")
