"""Quality on the labelled development data: runs `cleaner run` over every set and prints the scorer's table.

    python benchmarks/quality.py [--set NAME ...] [--options "--confidence medium"] [--json FILE] [--keep DIR]

The data and its scorer are found at ../shared/eval beside the repository or where CLEANER_EVAL
says. Columns: precision, recall, F1 of the removed lines; content loss in percent of the content
words, the worst document, the share of documents that lost over 1 % and 5 %; word F1 against the
gold text before and after; benchmark snippets wrongly lost, unwanted snippets left.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
SETS = [
    ("windows-dragnet", None),
    ("windows-anoninsiders", None),
    ("windows-flink", None),
    ("windows-waddle", None),
    ("windows-fundus", None),
    ("wcxb-dev.traf_recall", "article"),
    ("wcxb-dev.resili", "article"),
    ("wcxb-dev.htmltext", "article"),
    ("wcxb-dev.traf_recall", "other"),
    ("wcxb-dev.resili", "other"),
    ("wcxb-dev.htmltext", "other"),
]


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


def clean(data: Path, out: Path, options: list[str]) -> None:
    if not out.exists():
        command = [
            sys.executable,
            "-m",
            "cleaner",
            "run",
            str(data),
            "--out",
            str(out),
            "--text-column",
            "text",
        ]
        subprocess.run([*command, "--quiet", *options], check=True, stdout=subprocess.DEVNULL)


HEAD = (
    f"{'data':32s}{'docs':>5s}{'P':>7s}{'R':>6s}{'F1':>6s}{'loss%':>8s}{'worst':>7s}{'>1%':>6s}{'>5%':>6s}"
    f"{'before':>9s}{'after':>7s}{'lost':>6s}{'unwanted':>16s}"
)


def row(name: str, figures: dict) -> str:
    precision, recall, f1 = (100 * value for value in figures["line"])
    text = f"{name:32s}{figures['docs']:5d}{precision:7.1f}{recall:6.1f}{f1:6.1f}"
    text += f"{100 * figures['loss']:8.3f}{100 * figures['loss_max'][0]:7.1f}"
    text += f"{100 * figures['docs_loss_1pct']:6.1f}{100 * figures['docs_loss_5pct']:6.1f}"
    text += f"{figures['word_before'][2]:9.4f}{figures['word_after'][2]:7.4f}"
    if "with" in figures:
        text += f"{figures['with'][2]:6d}"
    if "without" in figures:
        text += f"{100 * figures['without'][0]:8.1f} > {100 * figures['without'][1]:.1f}"
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--set", nargs="*", help="names (prefixes) of sets; default all")
    parser.add_argument("--options", default="", help="further options of `cleaner run`, one string")
    parser.add_argument("--json", help="write the figures here")
    parser.add_argument("--keep", help="folder for the cleaned sets (default: a temporary one)")
    args = parser.parse_args()
    folder = eval_folder()
    score = scorer(folder)
    figures: dict[str, dict] = {}
    print(HEAD)
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(args.keep or temporary)
        for name, types in SETS:
            if args.set and not any(name.startswith(prefix) for prefix in args.set):
                continue
            data, out = folder / "data" / f"{name}.parquet", work / name
            clean(data, out, shlex.split(args.options))
            every = {"collection", "documentation", "forum", "listing", "product", "service"}
            chosen = {"article": ["article"], "other": sorted(every)}.get(types or "")
            result = score.score(data, score.read_clean(out), types=chosen)["all"]
            label = f"{name} ({types})" if types else name
            figures[label] = result
            print(row(label, result), flush=True)
    if args.json:
        Path(args.json).write_text(json.dumps(figures, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
