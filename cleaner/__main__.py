"""The program: ``cleaner``, and ``python -m cleaner`` where its script is not on the path.

Ctrl-C and a request to end (SIGTERM) are taken from here on, before anything heavy is imported: they end
the program quietly with the exit code 130, whenever they come. Importing this module changes nothing.
"""

from __future__ import annotations

import os
import signal
import sys

INTERRUPTED = 130

_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
"""For the libraries of this process and its workers, unless it is set. The threads of numpy's linear algebra,
of which nothing here makes use, wait for work at full speed, which costs a hook nearly a third of its
processor time. Memory that Arrow takes from the system goes back to it sooner: a tenth less at the peak."""


def main() -> int:
    """Run the command line of this process."""
    try:
        signal.signal(signal.SIGTERM, _end)
        for name, value in _ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        from cleaner.cli import main as program

        return program()
    except KeyboardInterrupt:
        return INTERRUPTED


def _end(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
