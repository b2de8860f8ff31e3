"""Lines in which several phrases for whole lines are joined: "Share  Save  Print  Listen to this article".

Extractors that join what stands side by side on a page lose the breaks between its buttons, links and
notes. A line is made so if it falls, word by word, into at least two phrases that rules take as whole
lines, with nothing over but numbers behind the first of them. Its parts are judged as if they stood on
lines of their own: what a part needs nearby (`needs_near`) the parts beside it have to give, and the line
must stand where each of them wants it. Only phrases whose words the rules spell out (`cleaner.rules.spelled`)
can be parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import regex

from cleaner.exact import Exact, Hit, Part, too_slow
from cleaner.folds import head
from cleaner.rules.gates import PREFIX_CHARS
from cleaner.rules.listed import core_of
from cleaner.rules.model import DECORATION, NEAR_LINES, Rule
from cleaner.rules.spelled import NUMBER, made_of, word_of, words_in

MOST_PART = 10  # runs of letters and digits in a part
_CELL = "|"  # begins a row of a table, of which the cells may all say the same
_PARTING = frozenset("|/\\·•∙»«›‹>→←–—：")  # what parts phrases besides blanks
SURE = 3  # points of a rule that speaks for the words beside it
LONG_JOINED = 600  # code points of a line that is tried
_REMEMBERED = 10_000  # parts that are kept in mind


class _Lead(NamedTuple):
    """A pattern that a part may match: its rule, its number among the rule's, the bit of the rule."""

    exact: Exact
    number: int
    bit: int


_Leads = tuple[_Lead, ...]


class _Split(NamedTuple):
    """A way to split the first words of a line: how many of its parts stand only beside others, how many
    there are, and they themselves."""

    weak: int
    number: int
    parts: tuple[Part, ...]


class Joined:
    """The phrases for whole lines of some rules, sought one after another in a line."""

    def __init__(self, rules: Iterable[Exact]):
        self._rules = [exact for exact in rules if exact.rule.spelled]
        self._known: dict[str, tuple[Rule, ...]] = {}
        self._by_word: dict[str, _Leads] = {}

    @cached_property
    def _having(self) -> dict[str, int]:
        """By word the rules that spell it out, a bit for each."""
        having: dict[str, int] = {}
        for at, exact in enumerate(self._rules):
            for word in exact.rule.spelled_words:
                having[word] = having.get(word, 0) | 1 << at
        having.setdefault(NUMBER, 0)
        return having

    def words(self) -> Iterable[str]:
        """The words, as `word_of` writes them, of which a line is made in which phrases are joined."""
        return self._having

    @cached_property
    def _by_prefix(self) -> dict[str, _Leads]:
        found: dict[str, _Leads] = {}
        for at, exact in enumerate(self._rules):
            for number, gate in enumerate(exact.rule.gates):
                one = (_Lead(exact, number, 1 << at),)  # the same for most of many thousand prefixes
                for prefix in gate.prefixes or ("",):
                    found[prefix] = found[prefix] + one if prefix in found else one
        return found

    def of(self, text: str) -> Hit | None:
        """The phrases that a line (without its end) is made of, as one hit of the rule that says most;
        None where it is not made so."""
        if len(text) > LONG_JOINED or text.startswith(_CELL) or not made_of(text, self._having):
            return None
        found = words_in(text)
        starts, ends = [match.start() for match in found], [match.end() for match in found]
        split = self._split(text, [word_of(match[0]) for match in found], [*starts, len(text)], [0, *ends])
        if split is None or split.number < 2 or not _stand_together(split.parts):
            return None
        if split.number == 2 and _goes_on(split.parts[-1], text, found):
            return None
        leading = split.parts[-1] if split.parts[-1].rule.scope == "block" else max(split.parts, key=_says)
        return Hit(leading.rule, starts[0], ends[-1], parts=split.parts)

    def _split(
        self, text: str, words: Sequence[str], starts: Sequence[int], ends: Sequence[int]
    ) -> _Split | None:
        """The best way to split a line: the fewest parts that need others, then the fewest. ``starts`` of
        its words and the line's end, ``ends`` of what stands before each of them."""
        count = len(words)
        best: list[_Split | None] = [_Split(0, 0, ()), *[None] * count]
        for first in range(count):
            split = best[first]
            if split is None:
                continue
            between = text[ends[first] : starts[first]]
            if first and words[first] == NUMBER and (_parted(between) or words[first - 1] == NUMBER):
                best[first + 1] = _better(best[first + 1], split)  # a number, or the rest of a time
            if first and not _parted(between):
                continue
            leads = self._beginning(head(text, starts[first]), words[first : first + 2])
            speaking = 0  # rules, a bit for each
            for lead in leads:
                speaking |= lead.bit
            for after in range(first + 1, min(count, first + MOST_PART) + 1):
                word = words[after - 1]
                speaking &= self._having.get(word, 0)
                if not speaking:
                    break
                if word == NUMBER and {*words[first:after]} == {NUMBER}:
                    continue  # numbers alone say nothing
                phrase = text[ends[first] : starts[after]].strip()
                rule = self._part(phrase, (lead for lead in leads if lead.bit & speaking), after == count)
                if rule is not None:
                    part = Part(rule, starts[first], ends[after])
                    weak = split.weak + (rule.limits.needs_near > 0)
                    best[after] = _better(best[after], _Split(weak, split.number + 1, (*split.parts, part)))
        return best[count]

    def _part(self, phrase: str, speaking: Iterable[_Lead], last: bool) -> Rule | None:
        """The rule that takes a phrase as a whole line, of several the one that needs least beside it; one
        that leads a block only where the line ends."""
        rules = self._known.get(phrase)
        if rules is None:
            if len(self._known) > _REMEMBERED:
                self._known = {}
            rules = self._known[phrase] = tuple(_taking(phrase, speaking))
        fitting = [rule for rule in rules if rule.scope == "line" or last]
        return min(fitting, key=_needs, default=None)

    def _beginning(self, letters: str, words: Sequence[str]) -> _Leads:
        """The patterns that may begin with some letters, those of the first of these words."""
        found = self._unknown(words[-1] if words[0] == NUMBER else words[0])
        for count in range(1, min(len(letters), PREFIX_CHARS) + 1):
            found += self._by_prefix.get(letters[:count], ())
        return found

    def _unknown(self, word: str) -> _Leads:
        """The patterns that begin in more ways than are known, of rules with this word: their first, or the
        second where that is a number."""
        found = self._by_word.get(word)
        if found is None:
            speaking = self._by_prefix.get("", ())
            found = tuple(lead for lead in speaking if lead.bit & self._having.get(word, 0))
            self._by_word[word] = found
        return found


def _taking(phrase: str, speaking: Iterable[_Lead]) -> Iterator[Rule]:
    """The rules of those patterns that take a phrase as a whole line."""
    core = core_of(phrase, DECORATION)
    count = len(phrase.split())
    for exact, number, _ in speaking:
        if exact.rule.limits.min_words <= count <= exact.rule.limits.max_words:
            try:
                if exact.search(phrase, number, core) is not None:
                    yield exact.rule
            except TimeoutError:
                raise too_slow(exact.rule.code, phrase) from None


def _parted(between: str) -> bool:
    """Whether a phrase may begin after these characters, which follow a word."""
    return any(char.isspace() or char in _PARTING for char in between)


def _goes_on(last: Part, text: str, words: Sequence[regex.Match[str]]) -> bool:
    """Whether the second of two phrases only ends what the first says: one small word behind a blank, as in
    "See all feedback"."""
    one, before = words[-1], words[-2]
    return last.start == one.start() and one[0].islower() and text[before.end() : one.start()] == " "


def _better(one: _Split | None, other: _Split) -> _Split:
    return other if one is None or other[:2] < one[:2] else one


def _needs(rule: Rule) -> tuple[int, int]:
    return rule.limits.needs_near, -rule.points


def _says(part: Part) -> int:
    return part.rule.points


def _sure(rule: Rule) -> bool:
    """Whether a rule speaks for the words beside its phrase."""
    return rule.points >= SURE and not rule.limits.needs_near


def _stand_together(parts: Sequence[Part]) -> bool:
    """Whether each part has beside it what its rule needs nearby, as if all stood on lines of their own; one
    that says much and needs nothing is enough, for no break parts them."""
    points = [part.rule.points for part in parts]
    sure = [_sure(part.rule) for part in parts]
    for at, part in enumerate(parts):
        first, last = max(0, at - NEAR_LINES), at + NEAR_LINES + 1
        near = sum(points[first:last]) - points[at]
        if part.rule.limits.needs_near > near and not any(sure[first:last]):
            return False
    return True
