"""The table of evidence in docs/judge.md, printed from the catalogue by ``python -m training.card``."""

from __future__ import annotations

import sys
from pathlib import Path

from cleaner.evidence import FEATURES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "judge.md"
BEGIN, END = "<!-- features: begin -->\n", "<!-- features: end -->\n"


def with_features(page: str) -> str:
    """The page with the table of all evidence between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    rows = [f"| `{one.name}` | {one.unit} | {one.meaning} | {one.kind} |" for one in FEATURES]
    head = ["| name | unit | what it says | part of the reason |", "|---|---|---|---|"]
    return before + BEGIN + "\n".join([*head, *rows]) + "\n" + END + after


if __name__ == "__main__":
    PAGE.write_text(with_features(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    sys.exit(0)
