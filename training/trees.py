"""From LightGBM's trees to the scorer's file: whole numbers, leaves numbered from the left."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cleaner.scorer import FORM, LEAVES, ONE, digest_of

NODES = LEAVES - 1
ALWAYS_LEFT = 32767


def exported(
    dump: Mapping[str, Any],
    features: Sequence[str],
    points: Mapping[str, Mapping[str, float]],
    home: Sequence[str] = (),
) -> dict[str, Any]:
    """The scorer's file of `Booster.dump_model()`; ``points`` are thresholds in log-odds, ``home`` small
    words of the language that most of its texts are in."""
    table: dict[str, Any] = {
        "form": FORM,
        "features": list(features),
        "home": list(home),
        "points": {
            name: {key: round(ONE * value) for key, value in point.items()} for name, point in points.items()
        },
        "trees": [_tree(info["tree_structure"]) for info in dump["tree_info"]],
    }
    return {**table, "digest": digest_of(table)}


def _tree(root: Mapping[str, Any]) -> dict[str, list[int]]:
    nodes: list[tuple[int, int, int, int, int]] = []
    leaves: list[int] = []

    def walk(node: Mapping[str, Any]) -> int:
        """Add a node and what is under it; returns the mask of its leaves."""
        if "leaf_value" in node:
            leaves.append(round(ONE * node["leaf_value"]))
            return 1 << (len(leaves) - 1)
        assert node["decision_type"] == "<="
        at = len(nodes)
        nodes.append((0, 0, 0, 0, 0))
        left = walk(node["left_child"])
        under = left | walk(node["right_child"])
        nodes[at] = (
            node["split_feature"],
            math.floor(node["threshold"]),
            left,
            under,
            round(ONE * node["internal_value"]),
        )
        return under

    walk(root)
    nodes += [(0, ALWAYS_LEFT, 255, 0, 0)] * (NODES - len(nodes))
    leaves += [0] * (LEAVES - len(leaves))
    names = ("feature", "threshold", "left", "under", "inner")
    return {**dict(zip(names, map(list, zip(*nodes, strict=True)), strict=True)), "leaf": leaves}


def write(path: Path, table: Mapping[str, Any]) -> None:
    """One line a tree, keys in a fixed order: a change shows in a diff."""
    head = [f'"{key}": {json.dumps(table[key])}' for key in ("form", "digest", "points", "home", "features")]
    trees = ",\n".join(json.dumps(tree, separators=(",", ":")) for tree in table["trees"])
    path.write_text(
        "{\n" + ",\n".join(head) + f',\n"trees": [\n{trees}\n]\n}}\n', encoding="utf-8", newline="\n"
    )
