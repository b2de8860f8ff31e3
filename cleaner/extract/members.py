"""How much of each block another text holds: what trafilatura took, told block by block."""

from __future__ import annotations

from collections.abc import Sequence

from cleaner.extract.words import tokens

FULL = 1000
SURE = 4  # words of a block that is found by chance in no other place
NEAR = 200  # code points after the block before within which a shorter one is taken for the same
SOMEWHERE = 300
"""What a short block is held by that stands somewhere in the text, but not where it should."""


def members(blocks: Sequence[list[str]], text: str) -> list[int]:
    """How much of each block (its tokens) ``text`` holds, in thousandths; blocks are sought in order.

    >>> members([["home"], "the boat left at seven".split(), ["share"]], "The boat left at seven.")
    [0, 1000, 0]
    """
    held = f" {' '.join(tokens(text))} "
    if not held.strip():
        return [0] * len(blocks)
    found = []
    last = 0
    for block in blocks:
        key = f" {' '.join(block)} "
        place = held.find(key, last) if block else -1
        if place >= 0 and (len(block) >= SURE or place - last < NEAR):
            found.append(FULL)
            last = place + len(key) - 1
        elif place >= 0:
            found.append(SOMEWHERE)
        elif len(block) >= SURE:
            found.append(FULL if key in held else _partly(block, held))
        else:
            found.append(0)
    return found


def _partly(block: list[str], held: str) -> int:
    """The share of samples of four words that the text holds, of a block long enough for two."""
    if len(block) < 2 * SURE:
        return 0
    step = max(SURE, len(block) // 8)
    samples = [" ".join(block[at : at + SURE]) for at in range(0, len(block) - SURE + 1, step)]
    return FULL * sum(f" {sample} " in held for sample in samples) // len(samples)
