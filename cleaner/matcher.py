"""Which rules speak about which lines.

Two steps. The gate, derived from the patterns (`cleaner.rules.gates`), names the few patterns
that could match a line: by the line's first letters, or by an Aho-Corasick automaton over literals.
The exact pattern is then the only judge. The gate is a superset by construction, so it never changes
a result; and what the judge says depends on the line's text alone, so it is remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cleaner.exact import Exact, Hit, too_slow
from cleaner.folds import head
from cleaner.gate import LineGate, Unit
from cleaner.joined import Joined
from cleaner.lines import REPEATED, Line, Lines
from cleaner.phrases import sentence_starts
from cleaner.rules.listed import core_of
from cleaner.rules.model import DECORATION, Rule
from cleaner.table import LineTable

LONG_LINE = 4_000
"""Code points beyond which only phrase rules look at a line: no line of boilerplate is that long."""

TOGETHER = 1 << 19  # code points that the gate looks at in one go
REMEMBERED = 4_000_000  # code points of lines of up to `REPEATED` whose matches are kept in mind


Said = tuple[tuple[Hit, ...], tuple[Hit, ...]]
"""What is said of one line: hits of rules for lines, hits of rules for phrases."""

_NOTHING: Said = ((), ())


class Matches(NamedTuple):
    """What the rules say of a text, before anything is decided.

    ``lines`` holds, by index of the line, the rules whose pattern and word counts it meets;
    ``phrases`` every place of every rule of scope phrase.
    """

    lines: dict[int, tuple[Hit, ...]]
    phrases: dict[int, tuple[Hit, ...]]

    def add(self, index: int, said: Said) -> None:
        """What is said of the line of that index."""
        whole, inside = said
        if whole:
            self.lines[index] = whole
        if inside:
            self.phrases[index] = inside


class Matcher:
    """The gate and the exact patterns of a set of rules."""

    def __init__(self, rules: Iterable[Rule]):
        self.rules = [Exact(rule) for rule in rules]
        self._memo: dict[str, Said] = {}
        self._remembered = 0  # code points
        self.joined = Joined(self.rules)
        self.gate = LineGate([exact.rule for exact in self.rules], self.joined.words)

    def match(self, lines: Lines) -> Matches:
        """What every rule says of every line."""
        matches = Matches({}, {})
        filled = lines.filled
        for part in _portions(filled):
            for row, said in self.match_rows(LineTable([line.text for line in filled[part]])).items():
                matches.add(filled[part.start + row].index, said)
        return matches

    def match_rows(self, table: LineTable) -> dict[int, Said]:
        """What the rules say of the rows of a table; rows of which they say nothing have no entry."""
        if self._remembered > REMEMBERED:  # keep memory bounded
            self._memo, self._remembered = {}, 0
        memo, found = self._memo, {}  # another thread may forget
        for row, text, units, may_join in self.gate.candidates(table, memo):
            said = memo.get(text) if not units else None
            if said is None:
                said = self._judge(text, units, may_join)
                if len(text) <= REPEATED and (units or said is not _NOTHING):
                    memo[text] = said
                    self._remembered += len(text)
            if said is not _NOTHING:
                found[row] = said
        return found

    def _judge(self, text: str, units: Iterable[Unit], may_join: bool) -> Said:
        """Ask the exact patterns; hits come in the order of the rules, one a rule for whole lines. Where none
        takes all of a line in which several may be joined (``may_join``), they are sought.

        `RuleError` where one takes too long.
        """
        whole: list[Hit] = []
        inside: list[Hit] = []
        starts: list[tuple[int, str]] | None = None
        core = core_of(text, DECORATION)
        asked = index = -1
        try:
            for index, number in units:
                exact = self.rules[index]
                if exact.inside:
                    if starts is None:
                        starts = [(start, head(text, start)) for start in sentence_starts(text)]
                    inside += exact.phrases(text, starts, number)
                elif index != asked and len(text) <= LONG_LINE:
                    hit = exact.search(text, number, core)
                    if hit is not None:
                        whole.append(hit)
                        asked = index
            if may_join and not any(hit.rule.at == "whole" for hit in whole):
                whole += filter(None, [self.joined.of(text)])
        except TimeoutError:
            raise too_slow(self.rules[index].rule.code, text) from None
        return (tuple(whole), tuple(inside)) if whole or inside else _NOTHING


def _portions(lines: Sequence[Line]) -> Iterator[slice]:
    """Lines in order, so many together that memory stays bounded."""
    first = size = 0
    for at, line in enumerate(lines):
        if size > TOGETHER:
            yield slice(first, at)
            first, size = at, 0
        size += len(line.text)
    if first < len(lines):
        yield slice(first, len(lines))
