"""Quality on the labelled development data, at each operating point.

    python benchmarks/quality.py [--set NAME ...] [--point NAME ...] [--view NAME ...] [--folds DIR]
                                 [--json FILE] [--markdown FILE] [--options "--headlines off"]

The data and its scorer are found at ../shared/eval beside the repository or where CLEANER_EVAL says. Each
set is cleaned with its own host profile. With --folds (made by `python -m training --folds DIR`) every text
is judged by a scorer that has not seen its host: the figures to believe; without, by the shipped one.

Points: rules (no judge), cautious, default, thorough. Views: whole (as the set is), untitled (no titles, no
addresses), blank (a blank line between the lines), no-profile, gold (the article as marked by people is the
input, so that all that goes is lost). Columns: precision, recall, F1 of the removed lines; content lost in
percent of the content words, the worst document, documents that lost over 5 %; word F1 against the gold text
before and after; headlines lost; benchmark snippets wrongly lost, unwanted snippets left.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":  # this folder has names of the standard library: html, profile
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import argparse
import importlib.util
import json
import multiprocessing
import os
import re
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from types import ModuleType
from typing import NamedTuple

import pyarrow.parquet as pq

from cleaner.evidence import NAMES
from cleaner.judge import Judge
from cleaner.model import Document
from cleaner.options import STRICTNESSES, Options
from cleaner.pipeline import Cleaner
from cleaner.profile import Profile, profile_of
from cleaner.scorer import load as load_scorer

ROOT = Path(__file__).resolve().parent.parent
SETS = (
    "windows-dragnet",
    "windows-anoninsiders",
    "windows-flink",
    "windows-waddle",
    "windows-fundus",
    "wcxb-dev.traf_recall",
    "wcxb-dev.resili",
    "wcxb-dev.htmltext",
)
OTHER_TYPES = ("collection", "documentation", "forum", "listing", "product", "service")
POINTS = ("rules", *STRICTNESSES)
VIEWS = ("whole", "untitled", "blank", "no-profile", "gold")
TOGETHER = 200  # texts a process cleans in one go
_WORD = re.compile(r"\w+")


def eval_folder() -> Path:
    folder = Path(os.environ.get("CLEANER_EVAL", ROOT.parent / "shared" / "eval"))
    if not (folder / "score.py").is_file():
        sys.exit(
            f"no development data at {folder}; set CLEANER_EVAL to the folder that holds score.py and data/"
        )
    return folder


def scorer(folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Text:
    """A document of a set, and the fold its host is in."""

    id: str
    document: Document
    gold: str
    fold: int
    page_type: str


@dataclass(frozen=True)
class Task:
    """Texts for one process, with what they are cleaned by."""

    documents: Sequence[Document]
    options: Options
    profile: Profile | None
    scorer: str | None


@lru_cache(maxsize=32)
def cleaner_of(options: Options, scorer_file: str | None) -> Cleaner:
    if scorer_file is None or options.evidence == "rules":
        return Cleaner(options)
    return Cleaner(options, Judge(load_scorer(Path(scorer_file), NAMES), options.strictness))


class Cleaned(NamedTuple):
    """A cleaned text, with the words that went and those there were."""

    text: str
    lost: int
    words: int


def clean(task: Task) -> list[Cleaned]:
    results = cleaner_of(task.options, task.scorer).clean_many(task.documents, task.profile)
    return [
        Cleaned(
            result.text,
            sum(len(_WORD.findall(removal.text)) for removal in result.removals),
            len(_WORD.findall(result.source)),
        )
        for result in results
    ]


class Bench:
    """The development data, and processes to clean it."""

    def __init__(self, folder: Path, folds: Path | None, options: Options):
        self.data, self.folds, self.options = folder / "data", folds, options
        self.pool = ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn"))

    @lru_cache(maxsize=2)  # noqa: B019  # there is one bench
    def texts(self, name: str) -> list[Text]:
        from training.data import load

        gold = {
            row["id"]: row["gold"]
            for row in pq.read_table(self.data / f"{name}.parquet", columns=["id", "gold"]).to_pylist()
        }
        return [
            Text(one.id, Document(one.text, one.title, one.url), gold[one.id], one.fold, one.page_type)
            for one in load(self.data, name)
        ]

    def cleaned(self, name: str, point: str, view: str) -> dict[str, Cleaned]:
        """The cleaned texts of a set, by id."""
        texts = [replace(text, document=seen_as(view, text)) for text in self.texts(name)]
        options = self.options
        asked = {"evidence": "rules"} if point == "rules" else {"strictness": point}
        options = replace(options, **asked)  # type: ignore[arg-type]
        profile = None if point == "rules" or view == "no-profile" else self.profile(name, view)
        out: dict[str, Cleaned] = {}
        tasks: list[tuple[list[Text], Task]] = []
        for fold in sorted({text.fold for text in texts}):
            chosen = [text for text in texts if text.fold == fold]
            file = str(self.folds / f"scorer-{fold}.json") if self.folds else None
            for at in range(0, len(chosen), TOGETHER):
                part = chosen[at : at + TOGETHER]
                tasks.append((part, Task([text.document for text in part], options, profile, file)))
        for (part, _), results in zip(tasks, self.pool.map(clean, [task for _, task in tasks]), strict=True):
            out.update((text.id, result) for text, result in zip(part, results, strict=True))
        return out

    @lru_cache(maxsize=4)  # noqa: B019
    def profile(self, name: str, view: str) -> Profile:
        cleaner = cleaner_of(replace(self.options, evidence="rules"), None)
        documents = [seen_as(view, text) for text in self.texts(name)]
        parts = [documents[at : at + TOGETHER] for at in range(0, len(documents), TOGETHER)]
        return profile_of([cleaner.sightings(part) for part in parts])


def seen_as(view: str, text: Text) -> Document:
    document = text.document
    if view == "untitled":
        return document._replace(title=None, url=None)
    if view == "blank":
        return document._replace(text=document.text.replace("\n", "\n\n"))
    if view == "gold":
        return document._replace(text=text.gold)
    return document


HEAD = (
    f"{'data':32s}{'docs':>5s}{'P':>7s}{'R':>6s}{'F1':>6s}{'loss%':>8s}{'worst':>7s}{'>5%':>6s}"
    f"{'before':>9s}{'after':>7s}{'title%':>8s}{'lost':>6s}{'unwanted':>16s}"
)


def row(name: str, figures: dict) -> str:
    precision, recall, f1 = (100 * value for value in figures["line"])
    text = f"{name:32s}{figures['docs']:5d}{precision:7.1f}{recall:6.1f}{f1:6.1f}"
    text += f"{100 * figures['loss']:8.3f}{100 * figures['loss_max'][0]:7.1f}"
    text += f"{100 * figures['docs_loss_5pct']:6.1f}"
    text += f"{figures['word_before'][2]:9.4f}{figures['word_after'][2]:7.4f}"
    text += f"{100 * (figures['title_removed'] or 0):8.2f}"
    if "with" in figures:
        text += f"{figures['with'][2]:6d}"
    if "without" in figures:
        text += f"{100 * figures['without'][0]:8.1f} > {100 * figures['without'][1]:.1f}"
    return text


def kept_whole(texts: Sequence[Text], cleaned: dict[str, Cleaned]) -> dict[str, float]:
    """What clean text lost: words in percent, documents that lost any in percent."""
    results = [cleaned[text.id] for text in texts if text.gold.strip()]
    words, lost = sum(result.words for result in results), sum(result.lost for result in results)
    touched = sum(result.lost > 0 for result in results)
    count = len(results)
    return {"documents": count, "lost": 100 * lost / max(words, 1), "touched": 100 * touched / max(count, 1)}


def unscored(score: ModuleType, data: Path, cleaned: dict[str, str]) -> dict[str, float]:
    """Share of the lines that went, by label, of the labels that the scorer leaves out."""
    labels = {
        r["id"]: r["labels"]
        for r in pq.read_table(str(data).replace(".parquet", ".labels.parquet")).to_pylist()
    }
    there, gone = Counter[str](), Counter[str]()
    for one in pq.read_table(data, columns=["id", "text"]).to_pylist():
        for label, _, share in score.removed_lines(one["text"], labels[one["id"]], cleaned[one["id"]]):
            there[label] += 1
            gone[label] += share >= 0.5
    scored = {"content", "boiler", "dup", "title"}
    return {label: gone[label] / there[label] for label in sorted(there) if label not in scored}


def figures_of(
    bench: Bench, score: ModuleType, name: str, point: str, view: str
) -> Iterator[tuple[str, dict]]:
    """(label, figures) of a set: of all of it, or of its articles and of its other pages."""
    cleaned = bench.cleaned(name, point, view)
    if view == "gold":
        yield name, kept_whole(bench.texts(name), cleaned)
        return
    data, texts = bench.data / f"{name}.parquet", {key: one.text for key, one in cleaned.items()}
    for label, types in ((" (article)", ["article"]), (" (other)", list(OTHER_TYPES))):
        if name.startswith("wcxb"):
            yield name + label, score.score(data, texts, types=types)["all"]
    if not name.startswith("wcxb"):
        yield name, score.score(data, texts)["all"]
    if view == "whole" and point == "default":
        yield f"{name} unscored", unscored(score, data, texts)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--set", nargs="*", help="names (prefixes) of sets; default all")
    parser.add_argument("--point", nargs="*", choices=POINTS, default=list(POINTS))
    parser.add_argument("--view", nargs="*", choices=VIEWS, default=list(VIEWS))
    parser.add_argument("--folds", type=Path, help="folder with the scorers of cross-validation")
    parser.add_argument("--options", default="", help="further options of `cleaner run`, one string")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--markdown", type=Path, help="write them here as a page of the documentation")
    args = parser.parse_args()
    sys.path.insert(0, str(ROOT))  # for what is run as a script
    folder = eval_folder()
    bench, score = Bench(folder, args.folds, options_of(args.options)), scorer(folder)
    figures: dict[str, dict[str, dict]] = {}
    for view in args.view:
        for point in args.point:
            if view not in ("whole", "gold") and point != "default":
                continue
            key = f"{view}, {point}"
            print(f"\n{key}\n{HEAD if view != 'gold' else ''}", flush=True)
            for name in SETS:
                if args.set and not any(name.startswith(prefix) for prefix in args.set):
                    continue
                for label, found in figures_of(bench, score, name, point, view):
                    figures.setdefault(key, {})[label] = found
                    print(shown(label, found), flush=True)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1))
    if args.markdown:
        from benchmarks.pages import quality_page

        args.markdown.write_text(quality_page(figures, bool(args.folds)), encoding="utf-8")
    return 0


def shown(label: str, found: dict) -> str:
    if "line" in found:
        return row(label, found)
    if "touched" in found:
        lost, touched = found["lost"], found["touched"]
        return f"{label:32s}{found['documents']:5d}  words lost {lost:.3f} %, touched {touched:.1f} %"
    return f"{label:32s}  {', '.join(f'{name} {100 * share:.0f} %' for name, share in found.items())}"


def options_of(text: str) -> Options:
    """Options of `cleaner run`, as one string."""
    from cleaner.settings import Settings

    values: dict = {}
    words = iter(shlex.split(text))
    for word in words:
        values[word.removeprefix("--")] = next(words)
    return Settings(values).options()


if __name__ == "__main__":
    sys.exit(main())
