"""What a hook's start costs: CPU time of `cleaner check` beside that of the imports it cannot do without.

``python benchmarks/start.py`` prints the least of some calls each; ``--imports`` also the modules whose
import takes longest, by ``python -X importtime``. Each call is a process of its own with bytecode cached.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

BASE = [sys.executable, "-c", "import ftfy, regex, numpy"]
CHECK = [sys.executable, "-m", "cleaner", "check", "--quiet"]
DIRTY = "The boat left at seven, and the crossing took most of the day.\n\nAlso Read: Why the dam failed\n"
CLEAN = "A heron stood in the reeds until dusk, and nobody on the dyke saw it leave.\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=11)
    parser.add_argument("--imports", action="store_true", help="List the slowest imports.")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:
        many = []
        for number in range(200):
            text = (
                DIRTY.replace("seven", f"{number} past seven")
                if number % 2
                else f"{CLEAN[:-2]} on {number}.\n"
            )
            many.append(Path(folder, f"{number}.txt"))
            many[-1].write_text(text, encoding="utf-8")
        base = cpu(BASE, options.calls)
        print(f"import ftfy, regex, numpy  {base * 1000:5.0f} ms")
        for name, files in (("one clean text", many[:1]), ("one dirty text", many[1:2]), ("200 texts", many)):
            used = cpu([*CHECK, *map(str, files)], options.calls)
            print(f"check, {name:19} {used * 1000:5.0f} ms  {used / base:.2f} times that")
        if options.imports:
            slowest([*CHECK, str(many[0])])


def cpu(command: list[str], calls: int) -> float:
    """Seconds of processor time of one call: the least of several."""
    least = float("inf")
    for _ in range(calls):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        least = min(least, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return least


def slowest(command: list[str], count: int = 25) -> None:
    """Print the imports that take longest by themselves, in microseconds."""
    timed = [command[0], "-X", "importtime", *command[1:]]
    done = subprocess.run(timed, capture_output=True, text=True, check=False)
    rows = [line.split(":", 1)[1].split("|") for line in done.stderr.splitlines() if "import time:" in line]
    own = sorted(((int(row[0]), row[2].strip()) for row in rows if row[0].strip().isdecimal()), reverse=True)
    for microseconds, name in own[:count]:
        print(f"{microseconds:7} us  {name}")


if __name__ == "__main__":
    main()
