"""Which alternatives of a pattern a line may begin with together, told by their literal beginnings.

Of a list of two thousand names a line begins with one, seldom with two. Each alternative is therefore put to
all others, in a tree of their letters, so that a list costs what its letters cost and not its square.
"""

from __future__ import annotations

from collections.abc import Sequence

from cleaner.rules.patterns import Concat, Node, Repeat, Text


def opening(node: Node) -> str:
    """Literal text that every match of a part begins with; empty where there is none."""
    match node:
        case Text(value):
            return value
        case Concat(parts):
            found = ""
            for part in parts:
                found += opening(part)
                if not isinstance(part, Text):
                    break
            return found
        case Repeat(part, low, _):
            return opening(part) if low else ""
        case _:
            return ""


def most_together(begins: Sequence[tuple[int, str]]) -> int:
    """Of openings, each with the ways through its part, the most ways that a line has which begins with one
    of them: its own, those of all that begin it, and those that may be taken for the same.

    Openings part at letters, digits or blanks of which it is certain that nothing is taken for both.

    >>> most_together([(1, "story"), (1, "storyline"), (1, "site")])
    2
    """
    root = _Place()
    for count, text in begins:
        root.add(count, text)
    return max((root.together(text) for _, text in begins), default=0)


class _Place:
    """A place in the tree of openings, and how many ways come to it, come to it by a sign (of which it is not
    told what is taken for the same), go on from it, go on by a sign, and end at it."""

    __slots__ = ("came", "came_by_sign", "ended", "onward", "ways", "ways_by_sign")

    def __init__(self) -> None:
        self.came = self.came_by_sign = self.ended = self.ways = self.ways_by_sign = 0
        self.onward: dict[str, _Place] = {}

    def add(self, count: int, text: str) -> None:
        place = self
        for char in text:
            following = place.onward.get(char.lower())
            if following is None:
                following = place.onward[char.lower()] = _Place()
            place.ways += count
            following.came += count
            if not _certain(char):
                place.ways_by_sign += count
                following.came_by_sign += count
            place = following
        place.ended += count

    def together(self, text: str) -> int:
        """Ways of all that a line which begins with ``text`` may begin with."""
        place, count = self, 0
        for char in text:
            following = place.onward[char.lower()]
            count += place.ended
            if _certain(char):
                count += place.ways_by_sign - following.came_by_sign
            else:
                count += place.ways - following.came
            place = following
        return count + place.ended


def _certain(char: str) -> bool:
    """Whether the letter is taken for itself and its case pair alone."""
    return char == " " or (char.isascii() and char.isalnum())
