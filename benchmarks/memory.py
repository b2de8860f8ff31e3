"""Peak memory of `cleaner run` over inputs that are too large to hold: `python benchmarks/memory.py`.

Each case is made in a temporary folder, cleaned by the command line with two workers, and watched: the
peak is the largest sum, over the run and its workers, of the memory each has for itself, shared pages by
their share (PSS), looked at ten times a second. `--scale 0.1` makes all cases ten times smaller, names
choose among them. Needs Linux, and room for the largest input and its output in the temporary folder.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":  # this folder has names of the standard library: html, profile
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import argparse
import json
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.parquet as pq

WORDS = ["the", "ferry", "left", "before", "dawn", "with", "hens", "and", "mail", "river", "rose", "night"]
LEADS = ("Also Read: Why the dam failed", "Share this:\nFacebook\nTwitter", "Subscribe to our newsletter")


def page(chance: random.Random, size: int) -> str:
    """A text of about so many bytes: a headline, paragraphs, a line or two of boilerplate."""
    lines = [" ".join(chance.choices(WORDS, k=6)).capitalize(), ""]
    held = 0
    while held < size:
        line = " ".join(chance.choices(WORDS, k=chance.randint(20, 60))).capitalize() + "."
        lines += [line, ""]
        held += len(line) + 2
    return "\n".join([*lines, chance.choice(LEADS), ""])


def pages(count: int, size: int, kinds: int = 2_000) -> Iterator[str]:
    """So many pages, each with a line of its own: making all of them anew would take longer than cleaning."""
    chance = random.Random(1)
    made = [page(chance, size) for _ in range(min(count, kinds))]
    for number in range(count):
        yield f"Page {number} of the marsh\n\n{made[number % len(made)]}"


def parquet(folder: Path, scale: float) -> None:
    """5 GB of text in row groups of 20,000 rows."""
    schema = pa.schema([("url", pa.string()), ("text", pa.string())])
    rows = int(1_000_000 * scale)
    with pq.ParquetWriter(folder / "x.parquet", schema, compression="zstd") as writer:
        held: list[dict[str, str]] = []
        for number, text in enumerate(pages(rows, 5_000)):
            held.append({"url": f"https://h{number % 500}.example/{number}", "text": text})
            if len(held) == 20_000 or number == rows - 1:
                writer.write_table(pa.Table.from_pylist(held, schema))
                held = []


def jsonl(folder: Path, scale: float) -> None:
    """2 GB of JSON Lines."""
    with (folder / "x.jsonl").open("w", encoding="utf-8") as file:
        for number, text in enumerate(pages(int(400_000 * scale), 5_000)):
            file.write(json.dumps({"id": number, "text": text}) + "\n")


def single(folder: Path, scale: float) -> None:
    """One document of 300 MB."""
    with (folder / "x.txt").open("w", encoding="utf-8") as file:
        for text in pages(int(60_000 * scale), 5_000):
            file.write(text)


def tiny(folder: Path, scale: float) -> None:
    """A million documents of one line."""
    with (folder / "x.jsonl").open("w", encoding="utf-8") as file:
        for number in range(int(1_000_000 * scale)):
            file.write(json.dumps({"id": number, "text": f"The heron {number} stood in the reeds."}) + "\n")


def files(folder: Path, scale: float) -> None:
    """200,000 files of 1 kB."""
    for number, text in enumerate(pages(int(200_000 * scale), 1_000)):
        place = folder / f"{number // 1000:03}"
        place.mkdir(exist_ok=True)
        (place / f"{number:06}.txt").write_text(text, encoding="utf-8")


CASES: dict[str, tuple[Callable[[Path, float], None], tuple[str, ...]]] = {
    "parquet": (parquet, ()),
    "jsonl": (jsonl, ()),
    "single-refused": (single, ("--max-document-size", "100 MB")),
    "single-cleaned": (single, ("--max-document-size", "1 GB")),
    "tiny": (tiny, ()),
    "files": (files, ()),
}


def watched(command: list[str]) -> tuple[float, float, int, str]:
    """Seconds, peak of memory in MB, exit code and last line of a command and its workers."""
    started, peak = time.monotonic(), 0
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said, text=True)
        while process.poll() is None:
            peak = max(peak, sum(map(memory, [process.pid, *children(process.pid)])))
            time.sleep(0.1)
        said.seek(0)
        lines = said.read().splitlines() or [""]
    return time.monotonic() - started, peak / 1e6, process.returncode, lines[-1]


def children(process: int) -> list[int]:
    """The processes that a process started."""
    try:
        return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []


def memory(process: int) -> int:
    """Bytes a process has for itself, and its share of what it shares; 0 for one that is gone."""
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}; all without any")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the cases against the full one")
    parser.add_argument("--folder", help="where to make them, in place of the temporary folder")
    asked = parser.parse_args()
    if unknown := set(asked.cases) - CASES.keys():
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    print(f"{'case':<16}{'input MB':>10}{'files':>9}{'seconds':>9}{'peak MB':>9}{'exit':>6}  last line")
    for name in asked.cases or CASES:
        make, options = CASES[name]
        place = Path(tempfile.mkdtemp(prefix="cleaner-memory-", dir=asked.folder))
        try:
            (place / "in").mkdir()
            make(place / "in", asked.scale)
            found = [path for path in (place / "in").rglob("*") if path.is_file()]
            size = sum(path.stat().st_size for path in found) / 1e6
            command = [sys.executable, "-m", "cleaner", "run", str(place / "in"), "--out", str(place / "out")]
            seconds, peak, code, last = watched([*command, "--workers", "2", *options])
            figures = f"{size:>10,.0f}{len(found):>9,}{seconds:>9,.0f}{peak:>9,.0f}{code:>6}"
            print(f"{name:<16}{figures}  {last[:80]}", flush=True)
        finally:
            shutil.rmtree(place)
    return 0


if __name__ == "__main__":
    sys.exit(main())
