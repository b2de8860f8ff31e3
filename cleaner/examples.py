"""The examples rules carry, run through the whole pipeline: the same flow that cleans documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from cleaner.lines import Lines
from cleaner.options import DEFAULTS, Options
from cleaner.pipeline import Cleaner, cleaner_for
from cleaner.rules.model import Example, Rule

_GOES = "-!"
_EXPECTED = {
    "-": "should go and stays",
    "|": "should stay and goes",
    "?": "now goes as it should: mark it -",
    "!": "now stays as it should: mark it |",
}


class ExampleFailure(NamedTuple):
    """An example that came out otherwise; ``line`` counts from 1 in the rule's examples text."""

    code: str
    line: int
    text: str
    reason: str


def run_examples(rules: Iterable[Rule], options: Options = DEFAULTS) -> list[ExampleFailure]:
    """Run the examples of ``rules`` and return what failed.

    Each example is a document cleaned with all rules in force and no judge, a rule of medium confidence opted
    in for its own examples and a trial rule judged by what it would take. Of its own examples a
    rule has to take at least one line (another rule may take it too, and own it), and leave one.
    """
    return [failure for rule in rules for failure in _run(rule, options)]


def _run(rule: Rule, options: Options) -> Iterator[ExampleFailure]:
    options = replace(options, evidence="rules")  # a rule answers for itself
    cleaner = cleaner_for(options)
    if rule.code not in cleaner.rules.removing and rule.confidence == "medium":
        cleaner = cleaner_for(replace(options, select=("ALL", rule.code), ignore=()))
    takes = False
    for example in rule.examples:
        gone, codes = _outcome(example, rule, cleaner)
        takes = takes or rule.code in codes
        for offset, (mark, text) in enumerate(zip(example.marks, example.texts, strict=True)):
            if text.strip() and (offset in gone) != (mark in _GOES):
                yield ExampleFailure(rule.code, example.line + offset, text, _EXPECTED[mark])
    marks = {mark for example in rule.examples for mark in example.marks}
    if not takes:
        yield ExampleFailure(rule.code, 0, "", "takes nothing in its own examples")
    if not marks & {"|", "?"}:
        yield ExampleFailure(rule.code, 0, "", "has no near miss it leaves (a line marked |)")


def _outcome(example: Example, rule: Rule, cleaner: Cleaner) -> tuple[set[int], set[str]]:
    """(indices of the example's lines of which something went, codes of the rules that spoke)."""
    explanation = cleaner.explain(example.text)
    lines = Lines(explanation.result.source)
    findings = explanation.trials if rule.confidence == "trial" else explanation.findings
    taken = findings if rule.confidence == "trial" else explanation.result.removals
    gone = {
        line.index
        for line in lines
        for span in taken
        if line.start < span.end and span.start < line.start + len(line.text)
    }
    return gone, {finding.rule for finding in findings}
