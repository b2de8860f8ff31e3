"""The rule engine with packs of its own: scopes, limits, blocks, phrases."""

import pytest

from cleaner.lines import Lines
from cleaner.matcher import Matcher
from cleaner.phrases import phrase_span
from cleaner.rules import pack, parse_pack
from cleaner.shapes import KINDS, WORDS_FOR_KINDS
from cleaner.strip import find

PROSE = (
    "The ferry left at seven and came back with the last of the light, "
    "as it had done for forty years or more."
)
OTHER = (
    "Nobody on the quay could remember a winter in which the boat "
    "had stayed away for longer than a single night."
)


def rules(*bodies):
    text = '[pack]\nname = "own"\nprefix = "OWN"\n'
    for number, body in enumerate(bodies, 1):
        text += f'[[rule]]\ncode = "OWN00{number}"\nname = "n"\nwhy = "w"\n{body}\n'
    return parse_pack(text, "own.toml").rules


def taken(text, *bodies, title=None):
    """Indices of the lines that findings cover, by code."""
    lines = Lines(text)
    findings = find(lines, Matcher(rules(*bodies)).match(lines), title)
    return {
        f.rule: [line.index for line in lines if f.start <= line.start and line.end <= f.end]
        for f in findings
    }


LEAD = 'any = ["see also"]\n'


@pytest.mark.parametrize(
    ("limits", "text", "goes"),
    [
        ("", "See also ponds", True),
        ("", "We see also ponds", False),
        ('at = "anywhere"', "We see also ponds", True),
        ('at = "end"', "Ponds: see also...", True),
        ('at = "end"', "see also ponds", False),
        ('at = "whole"', "[See also:]", True),
        ('at = "whole"', "See also ponds", False),
        ("max_words = 3", "See also ponds", True),
        ("max_words = 2", "See also ponds", False),
        ("min_words = 4", "See also ponds", False),
        ("no_sentence = true", "See also ponds.", False),
        ("no_sentence = true", "See also ponds", True),
        ('unless = ["the \\\\w+"]', "See also the ponds", False),
        ('all = ["ponds"]', "See also the ponds", True),
        ('all = ["ponds", "lakes"]', "See also the ponds", False),
    ],
)
def test_a_line_and_its_own_limits(limits, text, goes):
    assert taken(text, LEAD + limits) == ({"OWN001": [0]} if goes else {})


@pytest.mark.parametrize(
    ("limits", "lines", "goes"),
    [
        ("before_body = true", "x\n*\n{p}", True),
        ("before_body = true", "{p}\n*\n{p}", False),
        ("before_body = true", "x\n*\n", True),
        ("after_body = true", "{p}\n*", True),
        ("after_body = true", "{p}\n*\n{p}", False),
        ("outside_body = true", "*\n{p}", True),
        ("outside_body = true", "{p}\n*\n{p}", False),
        ("prose_before = 2", "{p}\n{p}\n*", True),
        ("prose_before = 2", "{p}\n*\n{p}", False),
        ("near_end = 1", "{p}\n*\nx\n\n", True),
        ("near_end = 1", "{p}\n*\nx\ny\n", False),
        ("near_start = 1", "x\n\n*\n", True),
        ("near_start = 1", "x\ny\n*\n", False),
        ("needs_list = 2", "*\nTen ponds\n\nTwo lakes\n", True),
        ("needs_list = 2", "*\nTen ponds\n{p}\n", False),
        ("needs_list = 2", "*\nTen ponds\n", False),
    ],
)
def test_a_line_and_where_it_stands(limits, lines, goes):
    text = lines.replace("*", "See also").replace("{p}", PROSE)
    where = text.split("\n").index("See also")
    assert taken(text, LEAD + limits) == ({"OWN001": [where]} if goes else {})


def test_weak_words_need_company():
    bodies = ('any = ["print"]\nat = "whole"\nneeds_near = 2', 'any = ["tweet"]\nat = "whole"\npoints = 2')
    assert taken(f"{PROSE}\nPrint\nTweet\n", *bodies) == {"OWN001": [1], "OWN002": [2]}
    assert taken(f"{PROSE}\nPrint\na\nb\nc\nTweet\n", *bodies) == {"OWN002": [5]}
    assert taken(f"{PROSE}\nPrint\n", *bodies) == {}
    trial = (bodies[0], bodies[1] + '\nconfidence = "trial"')
    assert taken(f"{PROSE}\nPrint\nTweet\n", *trial) == {"OWN002": [2]}


def test_a_long_line_is_left_to_phrase_rules():
    assert taken("See also " + "a" * 5000, LEAD) == {}


BLOCK = 'any = ["see also"]\nat = "whole"\nscope = "block"\n[rule.block]\n'


@pytest.mark.parametrize(
    ("block", "text", "goes"),
    [
        ('follow = "titles"', f"{PROSE}\n*\nTen ponds\nTwo lakes\n", [1, 2, 3]),
        ('follow = "titles"', f"{PROSE}\n*\n\nTen ponds\n\nTwo lakes\n", [1, 2, 3, 4, 5]),
        ('follow = "titles"', "*\nTen ponds\nA short sentence ends the list.\nTwo lakes\n", [0, 1]),
        ('follow = "titles"', f"*\nTen ponds\nTwo lakes\n{PROSE}\n", [0]),  # prose comes next: the lead alone
        ('follow = "titles"\nin_body = 1', f"*\nTen ponds\nTwo lakes\n{PROSE}\n", [0, 1]),
        ('follow = "titles"\nmax_lines = 1', "*\nTen ponds\nTwo lakes\n", [0, 1]),
        ('follow = "titles"\nmin_lines = 3', "*\nTen ponds\nTwo lakes\n", None),
        ('follow = "titles"\nstop = ["two"]', "*\nTen ponds\nTwo lakes\n", [0, 1]),
        ('follow = "teasers"', "*\nTen ponds\nThey are all deep.\n", [0, 1, 2]),
        ('follow = "links"', "*\nPonds www.ponds.example\n@ponds\n→ Ten ponds\nPlain text\n", [0, 1, 2, 3]),
        ('follow = "blurbs"', f"*\nTen ponds\n{PROSE}\nTwo lakes\n{OTHER}\nAbout\n", [0, 1, 2, 3, 4, 5]),
        ('follow = "blurbs"', f"*\n{PROSE}\nTwo lakes\n", [0]),  # prose right under the lead is the article
        (
            'follow = "contacts"',
            "*\nPond Press\n7 Quay Lane\n020 555 0199\nWe answer every letter in the week it comes.\n",
            [0, 1, 2, 3],
        ),
        ('follow = "prose"\nmax_lines = 1\nin_body = 1', f"*\n{PROSE}\n{OTHER}\n", [0, 1]),
        ('follow = ["the ferry"]', f"*\nThe ferry\n{PROSE}\n", [0]),
        ('follow = ["the ferry .{5,200}"]\nin_body = 2', f"*\n{PROSE}\n{OTHER}\n", [0, 1]),
        ('follow = ["\\\\d+ ponds", "lakes"]', "*\n12 ponds\nLakes of old\nRivers\n", [0, 1, 2]),
    ],
)
def test_blocks_end_at_an_explicit_stop(block, text, goes):
    text = text.replace("*", "See also")
    assert taken(text, BLOCK + block) == ({"OWN001": goes} if goes else {})


def test_the_kinds_a_pack_may_name_are_those_the_engine_knows():
    assert set(pack.KINDS) == set(KINDS) == set(WORDS_FOR_KINDS)


def test_a_block_ends_before_another_lead_and_before_the_title():
    other = 'any = ["our books"]\nat = "whole"\nscope = "block"\n'
    text = "See also\nTen ponds\nOur books\nTwo lakes\n"
    assert taken(text, BLOCK, other) == {"OWN001": [0, 1], "OWN002": [2, 3]}
    assert taken("See also\nTen ponds\nTwo Lakes!\nx\n", BLOCK, title="Two lakes") == {"OWN001": [0, 1]}


def test_prose_after_a_tail_vetoes_it():
    tail = 'any = ["post a comment"]\nscope = "tail"\n[rule.block]\nfollow = "short"\n'
    assert taken(f"{PROSE}\nPost a comment\nName\nEmail\n", tail) == {"OWN001": [1, 2, 3]}
    assert taken(f"{PROSE}\nPost a comment\nName\n{PROSE}\n", tail) == {}
    stop = tail + 'stop = ["the end"]\n'
    assert taken(f"{PROSE}\nPost a comment\nName\nThe end of it\n{PROSE}\n", stop) == {"OWN001": [1, 2]}


def test_a_head_reaches_the_start_but_never_takes_prose_or_the_title():
    head = 'any = ["skip to content"]\nscope = "head"\n'
    assert taken(f"Menu\nSkip to content\nTen ponds\n{PROSE}\n", head) == {"OWN001": [0, 1]}
    assert taken(f"{PROSE}\nSkip to content\nTen ponds\n", head) == {}
    assert taken("Ten ponds\nSkip to content\n", head, title="Ten Ponds") == {}


PHRASE = 'any = ["also read", "subscribe to our newsletter"]\nscope = "phrase"\n'


@pytest.mark.parametrize(
    ("more", "text", "left"),
    [
        ("", "The pond froze. Also read: ten ponds. It thawed.", "The pond froze. It thawed."),
        ("", "The pond froze. Also read: ten ponds", "The pond froze."),
        ("", "The pond froze (also read: ten (10) ponds) in May.", "The pond froze in May."),
        ("", "The pond froze [Also Read: ten ponds].", "The pond froze."),
        ("", "Subscribe to our newsletter! The pond froze.", "The pond froze."),
        ("", "“The pond froze.” Subscribe to our newsletter.", "“The pond froze.”"),
        ("", "You should also read the letter. It is long.", None),
        ("", "The sign was old. “Also read: ten ponds,” it said.", None),
        ("", "“Subscribe to our newsletter” is all it said.", None),
        ("", "The pond (we also read this) froze.", None),
        ('until = "line"', "The pond froze. Also read: Dr. Pond. And more", "The pond froze."),
        ('until = "bracket"', "The pond froze. Also read: ten ponds.", None),
        ('until = "bracket"', "The pond froze (also read: ten ponds).", "The pond froze."),
        ("max_words = 3", "The pond froze. Also read: ten cold ponds.", None),
        ("", "池は凍った。Also read: 十の池。春が来た。", "池は凍った。春が来た。"),
    ],
)
def test_a_phrase_goes_with_its_sentence(more, text, left):
    lines = Lines(text)
    findings = find(lines, Matcher(rules(PHRASE + more)).match(lines))
    result = text
    for finding in sorted(findings, reverse=True):
        assert not finding.whole_lines
        result = result[: finding.start] + result[finding.end :]
    assert result == (text if left is None else left)


def test_a_sentence_that_is_the_whole_line_goes_with_its_end():
    lines = Lines("Also read: ten ponds.\nThe pond froze.\n")
    (finding,) = find(lines, Matcher(rules(PHRASE)).match(lines))
    assert (finding.start, finding.end, finding.whole_lines) == (0, 22, True)


def test_a_bracket_that_never_closes_is_left():
    assert phrase_span("The pond froze (also read: ten ponds", 16, 25, "sentence", 40) is None


@pytest.mark.parametrize("text", ["a\u2028See also b", "İSEE ALSO"])
def test_what_is_no_line_start_is_none(text):
    assert taken(text, LEAD) == {}


def test_lone_carriage_returns_end_lines_for_the_gate_too():
    lines = Lines("One\rSee  also b\rTwo\r\nSEE\u00a0ALSO c\n")
    assert [f.start for f in find(lines, Matcher(rules(LEAD)).match(lines))] == [4, 21]


BELOW = 'any = ["see also"]\nat = "whole"\n[rule.block]\nin_body = 3\n'
LONG = "How the ferry of the lower lake came to be late"


@pytest.mark.parametrize(
    ("text", "goes"),
    [
        (f"{PROSE}\n*\n{LONG}\n{LONG}s\n{PROSE}\n", [1, 2, 3]),
        (f"{PROSE}\n*\n{LONG}\nTwo lakes\n{PROSE}\n", [1, 2]),  # the last may be the paragraph's heading
        (f"{PROSE}\n*\nTwo lakes\n{PROSE}\n", [1]),
        (f"{PROSE}\n*\n{LONG}?\n{PROSE}\n", [1]),
        (f"{PROSE}\n*\n{LONG}\n{PROSE}\n", [1, 2]),
        (f"{PROSE}\n*\na\nb\nc\nd\n{PROSE}\n", [1, 2, 3, 4]),  # no heading: d stands below it
        (f"{PROSE}\n*\na\nb\nc\nd\ne\n{PROSE}\n", [1]),  # so many are no titles of a box between paragraphs
        (f"{PROSE}\n*\n{LONG}\nIt ends in a full stop.\n{PROSE}\n", [1, 2]),
        (f"{PROSE}\n*\nA short sentence.\n{PROSE}\n", [1]),
        (f"{PROSE}\n*\n{LONG}\n", [1]),
        (f"*\n{LONG}\n{PROSE}\n", [0]),
    ],
)
def test_a_line_that_leads_titles_between_paragraphs(text, goes):
    assert taken(text.replace("*", "See also"), BELOW) == {"OWN001": goes}
