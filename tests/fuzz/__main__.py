"""The long run: ``python -m tests.fuzz --minutes 30``. What it finds is printed as code for a test.

Time is shared among the targets in rounds. An input that breaks a promise is made as small as it gets,
printed, and kept in ``.hypothesis/``, where the next run begins with it; exit code 1.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.targets import TARGETS, Target

ROUND = 200  # inputs of a target in a row
SLOW_ROUND = 25
SLOW = {"run", "verify"}


def main(argv: list[str] | None = None) -> int:
    """Fuzz until the time is up; 1 where a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)} [all]")
    parser.add_argument("--minutes", type=float, default=5.0, help="how long [5]")
    parser.add_argument("--seed", type=int, default=0, help="where the first round begins [0]")
    asked = parser.parse_args(argv)
    if unknown := set(asked.targets) - TARGETS.keys():
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    names = asked.targets or list(TARGETS)
    tried, broken = dict.fromkeys(names, 0), dict.fromkeys(names, 0)
    until, number = time.monotonic() + 60 * asked.minutes, asked.seed
    while time.monotonic() < until:
        for name in names:
            if time.monotonic() < until:
                count, found = _round(name, TARGETS[name], number, until)
                tried[name] += count
                broken[name] += found
        number += 1
    for name in names:
        print(f"{name:10} {tried[name]:>10,} inputs  {broken[name]} rounds broke a promise")
    print(f"{'all':10} {sum(tried.values()):>10,} inputs, seeds {asked.seed} to {number - 1}")
    return 1 if any(broken.values()) else 0


def _round(name: str, target: Target, number: int, until: float) -> tuple[int, bool]:
    """Some inputs of one target; how many, and whether one broke a promise."""
    count = 0

    @seed(number)
    @settings(
        max_examples=SLOW_ROUND if name in SLOW else ROUND,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.reuse, Phase.generate, Phase.shrink),
        print_blob=True,
    )
    @given(target.inputs)
    def holds(given_input: Any) -> None:
        nonlocal count
        if time.monotonic() < until:
            count += 1
            target.holds(given_input)

    try:
        holds()
    except Exception:
        print(f"--- {name}, seed {number}", file=sys.stderr)
        traceback.print_exc()
        return count, True
    return count, False


if __name__ == "__main__":
    sys.exit(main())
