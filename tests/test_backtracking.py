"""Patterns that a line could make hang are refused, by proof, by count and by the clock; others are not."""

import pytest
import regex
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from cleaner.model import RuleError
from cleaner.rules import backtracking
from cleaner.rules.backtracking import MOST_WAYS, check, probe, ways
from cleaner.rules.openings import most_together
from cleaner.rules.pack import parse_pack
from cleaner.rules.patterns import (
    CHARACTERS,
    Concat,
    Either,
    Klass,
    PatternError,
    Repeat,
    Text,
    parse,
    to_regex,
)
from cleaner.rules.steps import MOST_STEPS, steps

HANGING = [
    "a( ?[a-z]+){1,12}!",  # each letter may begin a repeat
    "by (\\w+ ?){1,12}!",
    "by ([a-z]+-?){1,10}!",
    "x( ?[|/]? ?[\\w.]+){0,8}",
    "powered by( ?\\S+){0,12}",
    "was this helpful\\W*( (yes|no)\\W*){0,4}!",
    "a.*b.*c.*d.*e.*f.*g",  # a polynomial of the sixth degree
    "see .{0,80}.{0,80}.{0,80}.{0,80}!",
    "(a|aa|aaa){1,12}(a|aa|aaa){1,12}!",
    "a((b?c?){1,12}d?){1,12}!",
    "(news|new|ne)( ?(s|w|sw|ws)){1,12}( ?(s|w|sw|ws)){1,12}!",
]

HARMLESS = [
    "also read",
    "by [^ ]+( [^ ]+){0,3}",
    "said( [^ ]+){1,20} today",
    "from .* to",
    "from .{1,80} to .{1,80}",
    "you( also| just)* like",
    "read( also| just| now)*( the)? (article|articles|news)",
    "x(a|b|c|d|e){1,80}!",
    "[a-z]+( [a-z]+){0,40} and [a-z]+",
    "read( [^ ]+){0,200}",
    "|".join(f"word{number}" for number in range(5000)),
    "|".join(f"{chr(0x4E00 + number)}{chr(0x4E00 + number * 7 % 3000)}" for number in range(2000)),
]

TOO_LARGE = [
    "|".join(chr(0x4E00 + number) + "x" for number in range(12_000)),
    "|".join(f"[^{chr(0x4E00 + number)}]xyz" for number in range(2000)),
    "x" + "".join(f"{chr(0x4E00 + number)}?" for number in range(9000)),
    "|".join(f"a+b{number}" for number in range(2000)) + "|(a|aa){1,12}(a|aa){1,12}",
    "(" + "|".join(f"word{number}" for number in range(2400)) + "){1,12}x",
]


@pytest.mark.parametrize("pattern", HANGING)
def test_what_can_hang_is_refused_with_a_line_that_shows_it(pattern):
    with pytest.raises(PatternError, match=r"steps|seconds"):
        check(pattern)


@pytest.mark.parametrize("pattern", TOO_LARGE, ids=lambda pattern: pattern[:30])
def test_what_would_take_long_to_look_at_is_refused_as_well(pattern):
    with pytest.raises(PatternError, match=r"make it several") as caught:
        check(pattern)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("pattern", HARMLESS, ids=lambda pattern: pattern[:30])
def test_what_cannot_hang_is_not(pattern):
    check(pattern)


PACK = """
[pack]
name = "mine"
prefix = "MIN"

[[rule]]
code = "MIN001"
name = "n"
why = "w"
scope = "block"
{keys}
"""


@pytest.mark.parametrize(
    ("key", "where", "keys"),
    [
        ("any", "MIN001", "any = ['{hanging}']"),
        ("all", "MIN001", "any = ['b']\nall = ['{hanging}']"),
        ("all", "MIN001", "all = ['{hanging}']"),
        ("unless", "MIN001", "any = ['b']\nunless = ['{hanging}']"),
        ("follow", "[rule.block]", "any = ['b']\n[rule.block]\nfollow = ['{hanging}']"),
        ("stop", "[rule.block]", "any = ['b']\n[rule.block]\nstop = ['{hanging}']"),
    ],
)
def test_the_pack_is_refused_with_file_rule_and_key(key, where, keys):
    parse_pack(PACK.format(keys=keys.format(hanging="by [a-z]+")), "my.toml")
    with pytest.raises(RuleError) as raised:
        parse_pack(PACK.format(keys=keys.format(hanging=HANGING[0])), "my.toml")
    message = str(raised.value)
    assert message.startswith("my.toml: MIN001")
    assert where in message
    assert key in message
    assert "{1,12}" in message


def test_the_bound_alone_lets_through_what_it_proves(monkeypatch):
    def never(*_):
        raise AssertionError("looked closer")

    monkeypatch.setattr(backtracking, "steps", never)
    check("by [^ ]+( [^ ]+){0,3}")
    assert ways("by [^ ]+( [^ ]+){0,3}") <= MOST_WAYS


def test_the_clock_refuses_what_the_count_does_not_see(monkeypatch):
    monkeypatch.setattr(backtracking, "steps", lambda *_: 0)
    monkeypatch.setattr(backtracking, "PROBE_TRIES", 1)
    with pytest.raises(PatternError, match="seconds for a line such as"):
        check(HANGING[0])


def test_one_slow_try_is_no_reason(monkeypatch):
    answers = iter([True, False])
    monkeypatch.setattr(backtracking, "_times_out", lambda *_: next(answers))
    assert probe(parse("a"), ["aaa"]) is None


def test_blank_runs_are_gone_through_in_one_way():
    """A hostile run of blanks of any kind is no help to any number of repeats."""
    exact = regex.compile(to_regex(parse("also( [^ ]+){1,20} x")), regex.IGNORECASE)
    for blank in " \t\u00a0\u3000":
        assert exact.match(f"also{blank * 300}", timeout=5) is None
        assert exact.match(f"also{f'{blank}b' * 300}", timeout=5) is None
    assert exact.match("also\t one \t\u00a0two  x")


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("[^ ]", r"[^\s]"),
        ("[x ,-]", r"[x\s,-]"),
        ("[ -]", r"[\s-]"),
        ("[ -~]", "[ -~]"),  # the range from blank to tilde
        (r"[\ x]", r"[\ x]"),
    ],
)
def test_a_blank_in_a_class_is_any_blank(text, exact):
    assert to_regex(parse(text)) == exact


ATOMS = st.sampled_from(["a", "b", "ab", " ", "[ab]", "[^ ]", ".", r"\W", "-"])


def _grown(inner):
    repeated = st.builds("({}){}".format, inner, st.sampled_from(["?", "{0,3}", "{1,2}", "{2}", "+"]))
    return st.one_of(
        repeated,
        st.builds("{}{}".format, inner, inner),
        st.builds("({}|{})".format, inner, inner),
    )


PATTERNS = st.recursive(ATOMS, _grown, max_leaves=6)
LINES = st.text("ab -\t", max_size=9)


def parsed(pattern):
    try:
        return parse(f"a{pattern}")
    except PatternError:
        assume(False)


def paths(node, line, at, counted):
    """Every end of a match of ``node`` from ``at``, once for each way there is: the engine, spelled out."""
    match node:
        case Text(value):
            for char in value:
                counted.append(at)
                one = r"\s+" if char == " " else CHARACTERS.get(char) or regex.escape(char)
                found = regex.compile(one, regex.IGNORECASE).match(line, at)
                if found is None:
                    return
                at = found.end()
            yield at
        case Klass(text):
            counted.append(at)
            if regex.compile(text, regex.IGNORECASE).match(line, at):
                yield at + 1
        case Concat(parts):
            if not parts:
                yield at
                return
            for middle in paths(parts[0], line, at, counted):
                yield from paths(Concat(parts[1:]), line, middle, counted)
        case Either(parts):
            for part in parts:
                yield from paths(part, line, at, counted)
        case Repeat(part, low, high):
            if low == 0:
                yield at
            if high:
                for middle in paths(part, line, at, counted):
                    yield from paths(Repeat(part, max(low - 1, 0), high - 1), line, middle, counted)


@settings(deadline=None)
@given(PATTERNS, LINES)
@example("(a|aa){0,3}", "aaaaaa")
def test_steps_are_what_an_engine_tries(pattern, line):
    tree, counted, line = parsed(pattern), [], f"a{line}"
    assume(ways(f"a{pattern}") < 2000)
    for _ in paths(tree, line, 0, counted):
        pass
    assert steps(tree, line) == len(counted)


@settings(deadline=None)
@given(PATTERNS, LINES)
@example("( [^ ]){0,3} ", "\ta\tb\t")
@example("(b|bb){0,3}", "bbbbbb")
@example("(b|bb|b b|ab(-|--)|a)(a|aa|-a)?", "b bab--a")
def test_no_line_has_more_ways_than_the_bound(pattern, line):
    tree, line = parsed(pattern), f"a{line}"
    bound = ways(f"a{pattern}")
    assume(bound < 2000)
    assert sum(1 for _ in paths(tree, line, 0, [])) <= bound


@pytest.mark.parametrize(
    ("pattern", "bound"),
    [
        ("(story|site|stories)", 1),
        ("(story|storyline|site)", 2),
        ("(story|Story|STORY)", 3),
        ("(s tory|site)", 1),
        ("(s-tory|s\u2010tory)", 2),  # the same line may be either
        ("(s\u00e9ance|s\u00e8vres)", 2),  # it is not told what a case pair may be
        ("(stor(y|ies)|site s|[sx]tory)", 2),
        ("(si(te|de)|six)", 2),  # what a part begins with ends at its first choice
    ],
)
def test_words_that_part_are_not_tried_together(pattern, bound):
    assert ways(pattern) == bound


def begins(long, short):
    """Whether a line that begins with one opening may begin with another, letter by letter."""
    for one, other in zip(long, short, strict=False):
        if one.lower() != other.lower():
            return not all(char == " " or (char.isascii() and char.isalnum()) for char in (one, other))
    return len(short) <= len(long)


@given(st.lists(st.tuples(st.integers(1, 3), st.text("abBkK\u212a-' \u00e9", max_size=4)), max_size=8))
@example([(1, "k"), (2, "\u212a"), (3, "K-")])
def test_openings_are_told_apart_as_if_each_was_put_to_each(openings):
    expected = [sum(count for count, short in openings if begins(long, short)) for _, long in openings]
    assert most_together(openings) == max(expected, default=0)


@pytest.mark.parametrize("pattern", ["a[z-a]", "[!- ]b", "a[\\x4]", "[a-\\s]b"])
def test_what_is_no_class_is_refused(pattern):
    with pytest.raises(PatternError):
        check(pattern)


def test_counting_stops():
    assert MOST_STEPS < steps(parse("a( ?[a-z]+){1,12}!"), "a" * 200) < 1000 * MOST_STEPS
