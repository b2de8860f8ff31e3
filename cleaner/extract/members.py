"""How much of each block another text holds: what trafilatura took, told block by block."""

from __future__ import annotations

from collections.abc import Container, Sequence

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
    words = tokens(text)
    if not words:
        return [0] * len(blocks)
    held, known = f" {' '.join(words)} ", frozenset(words)
    runs = frozenset(zip(*(words[at:] for at in range(SURE)), strict=False))
    found = []
    last = 0
    for block in blocks:
        if len(block) >= SURE:
            place, key = -1, ""
            if tuple(block[:SURE]) in runs and known.issuperset(block):
                key = f" {' '.join(block)} "
                place = held.find(key, last)
            if place >= 0:
                last = place + len(key) - 1
            found.append(FULL if place >= 0 or (key and key in held) else _partly(block, runs))
            continue
        key = f" {' '.join(block)} "
        if not (block and known.issuperset(block)):  # most blocks of most pages
            found.append(0)
        elif (place := held.find(key, last, last + NEAR + len(key) - 1)) >= 0:
            last = place + len(key) - 1
            found.append(FULL)
        else:
            found.append(SOMEWHERE if held.find(key, last) >= 0 else 0)
    return found


def _partly(block: Sequence[str], runs: Container[tuple[str, ...]]) -> int:
    """The share of samples of four words that the text holds, of a block long enough for two."""
    if len(block) < 2 * SURE:
        return 0
    step = max(SURE, len(block) // 8)
    samples = [tuple(block[at : at + SURE]) for at in range(0, len(block) - SURE + 1, step)]
    return FULL * sum(sample in runs for sample in samples) // len(samples)
