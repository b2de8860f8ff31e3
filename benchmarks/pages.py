"""Pages of the documentation that are made of measured figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Figures = Mapping[str, Mapping[str, dict]]

_INTRODUCTION = """\
# Quality, measured

Printed by `python benchmarks/quality.py --folds DIR --markdown docs/quality.md`; the data is described in
[CONTRIBUTING.md](../CONTRIBUTING.md#development-data). Each set is cleaned with its own host profile.
{judged}

- *P*, *R*, *F1*: precision and recall of the removed lines. *lost*: content words that went, in percent.
  *worst*: the document that lost most. *over 5 %*: documents that lost more than that.
- *word F1*: against the article as people marked it, before and after.
- *titles lost*: headline lines that went. About 2 % of the labels are wrong, and people's articles hold lines
  such as "Also read: ..." now and then: what rules lose on them is mostly that.
"""
_CROSSED = "Texts are judged by a scorer that has not seen their host (cross-validation by host)."
_SHIPPED = "Texts are judged by the shipped scorer, which was trained on most of them."
_COLUMNS = "| data | documents | P | R | F1 | lost % | worst % | over 5 % | word F1 | titles lost % |"


def quality_page(figures: Figures, crossed: bool) -> str:
    """docs/quality.md of what benchmarks/quality.py measured."""
    parts = [_INTRODUCTION.format(judged=_CROSSED if crossed else _SHIPPED)]
    parts.append("\n## The dial\n\nContent words lost in percent, and word F1 after cleaning.\n\n")
    parts.append("\n".join(_dial(figures)) + "\n")
    for key, sets in figures.items():
        view, _, point = key.partition(", ")
        parts.append(f"\n## {_VIEWS[view]}, {_POINTS[point]}\n\n" + "\n".join(_table(sets)) + "\n")
    return "".join(parts)


_VIEWS = {
    "whole": "The sets as they are",
    "untitled": "Without titles and addresses",
    "blank": "With a blank line between the lines",
    "no-profile": "Without a host profile",
    "gold": "Clean text: the article as people marked it is the input",
}
_POINTS = {
    "rules": "rules alone (`--evidence rules`)",
    "cautious": "`--strictness cautious`",
    "default": "the default",
    "thorough": "`--strictness thorough`",
}


def _dial(figures: Figures) -> Iterator[str]:
    """One line a set: what each operating point loses and yields on it."""
    points = [point for point in _POINTS if f"whole, {point}" in figures]
    yield f"| data | before | {' | '.join(points)} |"
    yield "|---" * (len(points) + 2) + "|"
    for name, found in figures.get("whole, default", {}).items():
        if "line" in found:
            sets = [figures[f"whole, {point}"][name] for point in points]
            cells = [f"{100 * one['loss']:.2f} %, {one['word_after'][2]:.3f}" for one in sets]
            yield f"| {name} | {found['word_before'][2]:.3f} | {' | '.join(cells)} |"


def _table(sets: Mapping[str, dict]) -> Iterator[str]:
    scored = {name: found for name, found in sets.items() if "line" in found}
    if scored:
        yield _COLUMNS
        yield "|---" * 10 + "|"
        yield from (_row(name, found) for name, found in scored.items())
    clean = {name: found for name, found in sets.items() if "touched" in found}
    if clean:
        yield "| data | documents | words lost % | documents touched % |"
        yield "|---|---|---|---|"
        for name, found in clean.items():
            yield f"| {name} | {found['documents']} | {found['lost']:.3f} | {found['touched']:.1f} |"
    rest = {name: found for name, found in sets.items() if name not in scored and name not in clean}
    if rest:
        yield ""
        yield "Removed share of the lines whose labels are not scored:"
        yield ""
        for name, found in rest.items():
            shares = ", ".join(f"{label} {100 * share:.0f} %" for label, share in found.items())
            yield f"- {name.removesuffix(' unscored')}: {shares}"


def _row(name: str, found: dict) -> str:
    precision, recall, f1 = (100 * value for value in found["line"])
    before, after = found["word_before"][2], found["word_after"][2]
    return (
        f"| {name} | {found['docs']} | {precision:.1f} | {recall:.1f} | {f1:.1f} | {100 * found['loss']:.3f} "
        f"| {100 * found['loss_max'][0]:.1f} | {100 * found['docs_loss_5pct']:.1f} "
        f"| {before:.4f} > {after:.4f} | {100 * (found['title_removed'] or 0):.2f} |"
    )


def performance_page(figures: Mapping[str, Any]) -> str:
    """docs/performance.md's measured half, of what benchmarks/speed.py measured."""
    corpora = figures["corpora"]
    labels = list(next(iter(corpora.values()))["commands"])
    lines = [_SPEED.format(**{key: figures[key] for key in ("date", "python", "machine", "cores", "runs")})]
    lines.append(f"| texts | MB | {' | '.join(labels)} | peak MB | first run |")
    lines.append("|---" * (len(labels) + 4) + "|")
    for name, found in corpora.items():
        speeds = [f"{found['commands'][label]['mb_per_cpu_s']:.2f}" for label in labels]
        peak = found["commands"]["cleaner"]["peak_mb"]
        size, first = found["bytes"] / 1e6, found["first_run"]
        lines.append(
            f"| {name}: {found['what']} | {size:.1f} | {' | '.join(speeds)} | {peak:.0f} | {first:.2f} |"
        )
    growth, start = figures["growth"], figures["start"]
    lines += [
        "",
        f"- Two workers against one, over {growth['large_mb']:.0f} MB: {growth['two_workers']:.2f} times "
        "as fast (whole processes).",
        f"- {growth['data']:.1f} times the data: {growth['time_for_data']:.1f} times the time, "
        f"{growth['memory_for_data']:.2f} times the peak memory.",
        f"- Four times the rules: {growth['time_for_four_times_the_rules']:.2f} times the time of rules, "
        f"loading included; {growth['first_time_for_four_times_the_rules']:.2f} times in the first run, "
        "which counts them through.",
        f"- From nothing to the result of one small text: {1000 * start['explain_cpu_s']:.0f} ms of CPU; "
        f"the imports of its libraries alone: {1000 * start['floor_cpu_s']:.0f} ms.",
        "",
        _TRIED,
    ]
    return "\n".join(lines)


_SPEED = """\
# Performance, measured

Printed by `python benchmarks/speed.py --markdown docs/performance.md` on {date}: {cores} cores ({machine}),
Python {python}, medians of {runs} runs that took turns. MB of text in UTF-8 a CPU second of one core, whole
processes, Parquet to Parquet; compare along a line only, machines differ. *copy* reads and writes the file,
*ftfy.fix_text* runs it on every row. *First run*: how much longer cleaning by rules took the first time,
with the patterns to compile that the rows above had not called up. `benchmarks/profile.py` prints where the
time goes.
"""
_TRIED = """\
## How it is done, and what was tried

- Documents go in batches. A batch's lines stand in one table of numpy columns; what rules say of a line is
  found out once, and when lines go the table of the rest is a selection, not made anew.
- The gate: what a line begins with is looked up by a hash of its first characters (all prefixes of one length
  at once), what it holds by an automaton over bytes. Only lines that could match reach a pattern.
- The gate asks four more things before a line becomes a string of Python: whether a phrase stands where a
  sentence begins, whether the line ends as a whole line must and is no longer, whether what begins too often
  ("the", "this") has a long literal as well, whether lines that may be joined consist of known words. Of
  clean articles 15,000 lines of 10 MB reach a pattern, before 26,000; the same is said of every line.
  Literals shorter than six letters gave more hits than they saved.
- The largest single array was the slots of words, counted a title at a time: a worker needs a sixth less
  memory since they are counted by their places. Judging half as many texts at a time would save as much again
  and take a seventh longer.
- One large automaton over prefixes and literals (pyahocorasick) was slower by a quarter: it is too large for
  the processor's cache. Asking for a second literal by the same automaton gave more hits than it saved.
- RE2's alternations (Arrow) are four times as fast with three hundred literals, and two hundred times slower
  with thirteen hundred: their automaton outgrows its budget.
- Scoring the trees in parts and dropping rows that can no longer pass: no row drops in the first three
  hundred trees of four hundred.
- Compiling patterns costs two seconds, for the thousand patterns that a dump calls up, in Python (`re` takes
  three times as long for them). What was compiled is kept in the user's cache folder and made of that again
  in a fortieth of the time, so only a first run pays it.
- Little input is parted into more units of work than much: with five units on two workers one waits for the
  other, and two were 1.66 times as fast as one on 60 MB, with sixteen units 1.83 times.
- The threads of numpy's linear algebra wait for work at full speed for a while after it is imported: with
  one (`OPENBLAS_NUM_THREADS`, which the program sets where it is not set) a hook starts in a third less time
  of the processor. Arrow's own allocators keep what they once had: with the system's a run takes a tenth
  less memory.
- Asking, before a pattern runs, whether a line has all letters and pairs of letters that each match has: of
  the pairs of line and pattern that match nothing, nine in ten, it would spare a tenth.
- Lines are made when they are asked for: a whole page has hundreds, of which a few are looked at. What goes
  is found and cut by offsets. This and the like made cleaning by rules faster by two fifths.
- Lines in which several phrases are joined are told by their words: of 218,000 lines of 20 MB of web texts
  42,000 begin as a phrase for whole lines does, 8,000 consist of words that such phrases spell out, 340 are
  joined. Which rules spell all words of a part is told by bits, a number for each word.
- What remains is spread over all stages, none of which takes a quarter: each text that loses something is
  looked at again, by rules and judge, until nothing more goes. Without any pattern run, on lines that are all
  known, rules go at 4.5 MB/s and all evidence at 2: that is Python's and numpy's work per line, text and
  batch. Beyond it leads compiled code for the whole of the way, not for one stage: the largest, the gate,
  is a fifth.
"""
