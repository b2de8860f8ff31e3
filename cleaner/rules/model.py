"""What a rule is, as values. `cleaner.rules.pack` makes them from TOML, `cleaner.matcher` runs them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args, overload

from cleaner.model import Confidence

Scope = Literal["line", "block", "head", "tail", "phrase"]
At = Literal["start", "whole", "end", "anywhere"]
Until = Literal["sentence", "bracket", "line"]
Mark = Literal["-", "|", "?", "!"]
Subject = Literal["comments", "links", "calls", "site"]

SCOPES: tuple[Scope, ...] = ("line", "block", "head", "tail", "phrase")
PLACES: tuple[At, ...] = ("start", "whole", "end", "anywhere")
UNTILS: tuple[Until, ...] = ("sentence", "bracket", "line")
MARKS: tuple[Mark, ...] = get_args(Mark)
SUBJECTS: tuple[Subject, ...] = get_args(Subject)
"""What a pack's lines are about: a discussion, other pages, what readers are asked to do, the site itself."""
SUBJECT_BITS: dict[Subject, int] = {subject: 1 << at for at, subject in enumerate(SUBJECTS)}
CONFIDENCES: tuple[Confidence, ...] = ("high", "medium", "trial")

LIST_LINES = 2  # `needs_list = true`
NEAR_END_LINES = 12  # `near_end = true`
DEFAULT_MAX_WORDS = 40
DEFAULT_MAX_LINES = 30


PARTS = "I"
"""What parts folded strings that are kept as one: a capital, of which folded text has none."""
START_CHARS = 3
"""Code points of a prefix by which it is told at once that a rule has none that a line begins with."""
DECORATION = 40
"""Code points that are neither letters nor digits allowed beside a phrase at a line's start or end."""
NEAR_LINES = 3
"""Filled lines to either side that count for `needs_near`."""
FEW = 24
"""Literals of a pattern that are looked for in a line before it is tried."""


class Gate(NamedTuple):
    """What a match of one pattern has: it begins with one of the folded `prefixes` and ends, but for
    punctuation, with one of the `suffixes` (none where they cannot be derived), holds one of the
    folded `literals`, and has at most ``longest`` code points, blank runs counted as one.

    Of each kind the strings are kept as one (``begins``, ``holds``, ``ends``), parted by `PARTS`: there are a
    hundred thousand and more, and a first text asks for few of them."""

    begins: str = ""
    holds: str = ""
    longest: int = 0
    ends: str = ""

    @classmethod
    def of(
        cls, prefixes: Iterable[str], literals: Iterable[str], longest: int, suffixes: Iterable[str]
    ) -> Gate:
        """A gate of strings that are folded."""
        return cls(PARTS.join(prefixes), PARTS.join(literals), longest, PARTS.join(suffixes))

    @property
    def prefixes(self) -> tuple[str, ...]:
        """Of which every match begins with one."""
        return parts_of(self.begins)

    @property
    def literals(self) -> tuple[str, ...]:
        """Of which every match holds one."""
        return parts_of(self.holds)

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Of which every match ends with one."""
        return parts_of(self.ends)


class Gates(Sequence[Gate]):
    """The gates of a rule's leading patterns, as one ``text`` that is parted when they are asked for."""

    __slots__ = ("_parted", "text")

    def __init__(self, text: str = ""):
        self.text = text
        self._parted: tuple[Gate, ...] | None = None

    @classmethod
    def of(cls, gates: Iterable[Gate]) -> Gates:
        """Gates that were derived."""
        made = tuple(gates)
        starts = sorted({prefix[:START_CHARS] for gate in made for prefix in gate.prefixes or ("",)})
        parts = (_OF_GATE.join((gate.begins, gate.holds, str(gate.longest), gate.ends)) for gate in made)
        return cls(_GATES.join((f"{PARTS}{PARTS.join(starts)}{PARTS}", *parts)) if made else "")

    @property
    def starts(self) -> str:
        """How prefixes begin (`START_CHARS`), each between `PARTS`; nothing for a gate without any."""
        return self.text[: self.text.find(_GATES)] if self.text else ""

    def _all(self) -> tuple[Gate, ...]:
        if self._parted is None:
            self._parted = tuple(map(_gate_of, self.text.split(_GATES)[1:]))
        return self._parted

    def __len__(self) -> int:
        return self.text.count(_GATES)

    @overload
    def __getitem__(self, index: int) -> Gate: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Gate, ...]: ...

    def __getitem__(self, index: int | slice) -> Gate | tuple[Gate, ...]:
        return self._all()[index]

    def __iter__(self) -> Iterator[Gate]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Gates) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Gates({self.text!r})"


_GATES, _OF_GATE = "G", "P"  # capitals, as `PARTS`


def _gate_of(text: str) -> Gate:
    begins, holds, longest, ends = text.split(_OF_GATE)
    return Gate(begins, holds, int(longest), ends)


NO_GATES = Gates()


def asked(gate: Gate, rule: Rule) -> Gate:
    """The gate of a pattern of the rule without what nobody asks: a line that begins as a match does is asked
    for literals only where they are few, and for its end only where the match is the whole line."""
    if not (rule.anchored and gate.begins):
        return gate
    few = gate.holds.count(PARTS) < FEW
    return gate._replace(holds=gate.holds if few else "", ends=gate.ends if rule.at == "whole" else "")


def parts_of(joined: str) -> tuple[str, ...]:
    """The strings that were kept as one."""
    return tuple(joined.split(PARTS)) if joined else ()


@dataclass(frozen=True, slots=True)
class Limits:
    """Further conditions on the line that carries the phrase; counts are words and filled lines.

    The *body* runs from a document's first prose line to its last. ``None`` and ``False`` mean
    no condition.
    """

    min_words: int = 0
    max_words: int = DEFAULT_MAX_WORDS
    before_body: bool = False
    after_body: bool = False
    outside_body: bool = False
    prose_before: int = 0
    near_start: int | None = None
    near_end: int | None = None
    needs_list: int = 0
    needs_near: int = 0
    no_sentence: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """What follows the lead line of a block, and where the block ends.

    ``follow`` holds kinds of line (`cleaner.strip.KINDS`) or patterns. A block ends before the
    first line that is none of them, that a ``stop`` pattern matches or that leads another block,
    and after ``max_lines`` filled lines. Where prose comes next, at most ``in_body`` following
    lines go with the lead. A block with fewer than ``min_lines`` following lines is none.

    A rule of scope line may have one too: its line goes wherever it stands, and between paragraphs
    up to ``in_body`` lines below it go along (the last, where it may be a heading, does not).
    """

    follow: tuple[str, ...] = ("titles",)
    stop: tuple[str, ...] = ()
    max_lines: int = DEFAULT_MAX_LINES
    min_lines: int = 0
    in_body: int = 0


@dataclass(frozen=True, slots=True)
class Example:
    """A document made of gutter lines: ``-`` goes, ``|`` stays, ``?`` should go and does not yet,
    ``!`` goes and should not. ``line`` is the number of its first line in the examples text."""

    line: int
    marks: tuple[Mark, ...]
    texts: tuple[str, ...]

    @property
    def text(self) -> str:
        """The document the gutter describes."""
        return "".join(f"{text}\n" for text in self.texts)


def read_examples(text: str) -> Iterator[Example]:
    """Documents of gutter lines, parted by empty lines; a gutter mark alone is an empty line.

    Raises `ValueError` naming the line that begins with no gutter mark.
    """
    lines: list[tuple[Mark, str]] = []
    first = 1
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if line.strip():
            if line[0] not in MARKS or (len(line) > 1 and line[1] != " "):
                raise ValueError(
                    f"line {number}: each line begins with one of {' '.join(MARKS)} and a blank, not {line!r}"
                )
            if not lines:
                first = number
            lines.append((line[0], line[2:]))
        elif lines:
            yield Example(first, tuple(mark for mark, _ in lines), tuple(text for _, text in lines))
            lines = []


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a pack; see docs/rules.md for what each key means.

    ``gates`` are derived from the patterns by `cleaner.rules.gates`, one for each of `leads`; ``spelled``,
    of a rule whose phrases may be joined with others in one line, the words they are made of, kept as one
    (`cleaner.rules.spelled`). ``subject`` is its pack's: evidence for the lines around.
    """

    code: str
    name: str
    family: str
    scope: Scope
    why: str
    risk: str = ""
    languages: tuple[str, ...] = ()
    confidence: Confidence = "high"
    points: int = 1
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    at: At = "start"
    until: Until = "sentence"
    limits: Limits = field(default_factory=Limits)
    block: Block | None = None
    gates: Gates = NO_GATES
    examples_text: str = ""
    subject: Subject = "site"
    spelled: str = ""

    @property
    def spelled_words(self) -> tuple[str, ...]:
        """The words that its phrases are made of, folded; none where they cannot be joined with others."""
        return parts_of(self.spelled)

    @property
    def joins(self) -> bool:
        """Whether its phrases may be parts of a line in which several are joined."""
        return (
            self.at == "whole"
            and self.scope in ("line", "block")
            and self.confidence == "high"
            and bool(self.any)
            and not self.all
        )

    @property
    def leads(self) -> tuple[str, ...]:
        """The patterns of which one has to match where ``at`` says: ``any``, or the first of ``all``."""
        return self.any or self.all[:1]

    @property
    def anchored(self) -> bool:
        """Whether the leading patterns stand at the start of the line."""
        return self.scope != "phrase" and bool(self.any) and self.at in ("start", "whole")

    @property
    def examples(self) -> tuple[Example, ...]:
        """The documents of ``examples_text``, read when asked for: cleaning never needs them."""
        return tuple(read_examples(self.examples_text))


@dataclass(frozen=True, slots=True)
class Pack:
    """A file of rules: one family."""

    name: str
    prefix: str
    source: str
    rules: tuple[Rule, ...]
    retired: dict[str, str] = field(default_factory=dict)
    digest: str = ""
