"""The program: ``cleaner``, and ``python -m cleaner`` where its script is not on the path.

Ctrl-C and a request to end (SIGTERM) are taken from here on, before anything heavy is imported: they end
the program quietly with the exit code 130, whenever they come. Importing this module changes nothing.
"""

from __future__ import annotations

import signal
import sys

INTERRUPTED = 130


def main() -> int:
    """Run the command line of this process."""
    try:
        signal.signal(signal.SIGTERM, _end)
        from cleaner.cli import main as program

        return program()
    except KeyboardInterrupt:
        return INTERRUPTED


def _end(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
