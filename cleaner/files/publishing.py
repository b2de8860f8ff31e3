"""Giving finished files their names all at once, as far as a file system lets one.

What is to be renamed is written down first, then done, then the note is removed. A run that is
stopped in between is finished by the next one, which finds the note: the parts, the manifest and the
other side files of an output are always those of one run, or the note says how to get there.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cleaner.files.manifest import fsync_folder, write_file

NOTE = "publishing.json"


@dataclass(slots=True)
class Moves:
    """Renames that belong together, as pairs of paths, and the files that go.

    ``aside`` takes files out of the way of others, under names nothing else has; ``home`` gives
    files the names they are to have.
    """

    aside: list[tuple[str, str]] = field(default_factory=list)
    home: list[tuple[str, str]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


def moves_of(parts: Sequence[tuple[str, str]], folder: str) -> Moves:
    """How files get from where they lie to their names; ``parts`` are pairs of these, ``folder`` is where
    those wait that must make way for others. A file that has its name already stays."""
    moves = Moves()
    wanted = {name for _, name in parts}
    for number, (path, name) in enumerate(parts):
        if path == name:
            continue
        if path in wanted or os.path.dirname(path) == os.path.dirname(name):
            waiting = os.path.join(folder, f"moving-{number:05d}")
            moves.aside.append((path, waiting))
            path = waiting
        moves.home.append((path, name))
    return moves


def publish(side: str, moves: Moves) -> None:
    """Carry out the moves; from the first rename on, what is interrupted is finished by `finish`.

    Raises `OutputError` where the note cannot be written, `OSError` for the rest.
    """
    _note(side, moves, "aside")
    finish(side)


def finish(side: str) -> bool:
    """Finish what an earlier run began to publish in ``side``; False where nothing was left to do."""
    path = os.path.join(side, NOTE)
    try:
        with open(path, encoding="utf-8") as file:
            told = json.load(file)
    except FileNotFoundError:
        return False
    moves = Moves(
        [(_real(side, a), _real(side, b)) for a, b in told["aside"]],
        [(_real(side, a), _real(side, b)) for a, b in told["home"]],
        [_real(side, gone) for gone in told["gone"]],
    )
    if told["phase"] == "aside":
        _rename(moves.aside)
        _note(side, moves, "home")
    _rename(moves.home)
    for gone in moves.gone:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(gone)
    _settle(name for _, name in moves.home)
    os.unlink(path)
    fsync_folder(side)
    return True


def _note(side: str, moves: Moves, phase: str) -> None:
    told = {
        "phase": phase,
        "aside": [[_told(side, a), _told(side, b)] for a, b in moves.aside],
        "home": [[_told(side, a), _told(side, b)] for a, b in moves.home],
        "gone": [_told(side, gone) for gone in moves.gone],
    }
    write_file(os.path.join(side, NOTE), [json.dumps(told)])
    fsync_folder(side)


def _told(side: str, path: str) -> str:
    """A path as the note names it: from the side folder, so that an output may be moved as a whole."""
    return os.path.relpath(os.path.abspath(path), os.path.abspath(side))


def _real(side: str, path: str) -> str:
    return os.path.normpath(os.path.join(side, path))


def _rename(pairs: Sequence[tuple[str, str]]) -> None:
    """Rename what has not been renamed yet."""
    for path, name in pairs:
        with contextlib.suppress(FileNotFoundError):
            os.replace(path, name)
    _settle(name for _, name in pairs)


def _settle(names: Iterable[str]) -> None:
    for folder in {os.path.dirname(name) or os.curdir for name in names}:
        fsync_folder(folder)
