"""``python -m cleaner.rules``: write the index of the shipped packs beside them."""

from __future__ import annotations

import sys

from cleaner.rules.index import NAME, dump
from cleaner.rules.pack import load_pack, shipped_folder


def main() -> int:
    """Read every shipped pack from its TOML and write what came out."""
    folder = shipped_folder()
    packs = [load_pack(path) for path in sorted(folder.glob("*.toml"))]
    (folder / NAME).write_text(dump(packs), encoding="utf-8", newline="\n")
    print(f"{folder / NAME}: {sum(len(pack.rules) for pack in packs)} rules of {len(packs)} packs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
