"""From INPUT arguments to files in order, each with the name its rows carry as ``source``."""

from __future__ import annotations

import glob
import os
import re
import stat
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from cleaner.files.formats import Compression, Format, kind_of, suffix_of
from cleaner.model import InputError, OutputError

STDIN = "-"
STDIN_NAME = "standard input"
PAGE_PARTS = (
    "_files",
    "_file",
    "-files",
    ".files",
    "-Dateien",
    "_fichiers",
    "_archivos",
    "-filer",
    "_bestanden",
)
"""How a browser names the folder with the parts of a page, after the page's own name."""
_MAGIC = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to read.

    ``path`` is where it lies, ``source`` its unique name in the output, ``size`` bytes as stored,
    ``argument`` the INPUT it came from. ``shown`` is what messages call it when the bytes lie
    elsewhere (standard input, decompressed Parquet). ``digest`` is the SHA-256 of the bytes as stored,
    where it was asked for.
    """

    path: str
    source: str
    format: Format
    compression: Compression | None = None
    size: int = 0
    mtime_ns: int = 0
    argument: str = ""
    shown: str = ""
    digest: str = ""

    @property
    def name(self) -> str:
        """The file as messages name it."""
        return printable(self.shown or self.path)


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that failed, or an input or one record of it that adds no row: where and why.

    ``row`` is the number of a record in its input, from 1, where one record is meant.
    """

    where: str
    error: str
    row: int | None = None

    def __str__(self) -> str:
        row = "" if self.row is None else f", record {self.row}"
        return f"{self.where}{row}: {self.error}"


@dataclass(slots=True)
class Found:
    """What the INPUT arguments led to: files in order, inputs that cannot be read, and the rest by
    suffix. ``folders`` are where input files may lie: no output goes there."""

    files: list[InputFile] = field(default_factory=list)
    problems: list[Failure] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    links: int = 0
    folders: list[str] = field(default_factory=list)


def find_inputs(arguments: Sequence[str], format: Format | None = None, follow_links: bool = False) -> Found:
    """Expand files, folders (recursively) and globs (``**`` too), in the order given, sorted within.

    Names that begin with ``_`` or ``.`` are no inputs, nor are files whose names say nothing known;
    both are counted where a person might miss them. ``format`` overrides what the name of a file
    says that was given as such or by a glob, not that of files found in folders. A file reached
    twice is read once. A symbolic link in a folder is followed to a file inside it, with
    ``follow_links`` wherever it leads, to folders too. Standard input (``-``) gets a place in the
    order; `cleaner.files.spool` gives it a path.
    """
    found = Found()
    seen: set[str] = set()
    folders: dict[str, str] = {}
    for argument in arguments:
        if argument == STDIN:
            if format is not None and STDIN not in seen:
                found.files.append(InputFile(STDIN, STDIN, format, argument=STDIN, shown=STDIN_NAME))
            seen.add(STDIN)
            continue
        before = len(found.files) + len(found.problems) + found.repeated
        for path, base, explicit, link in _expand(argument, found, follow_links):
            real = _real(path, folders, link)
            if real in seen:
                found.repeated += 1
                continue
            seen.add(real)
            _add(found, path, base, argument, format if explicit else None, explicit)
        if before == len(found.files) + len(found.problems) + found.repeated:
            found.problems.append(Failure(printable(argument), _nothing(argument)))
    found.files = name_sources(found.files)
    return found


def _real(path: str, folders: dict[str, str], link: bool) -> str:
    """Where a path leads; folders are looked at once."""
    folder, name = os.path.split(path)
    if link or name in ("", os.curdir, os.pardir):
        return os.path.realpath(path)
    if folder not in folders:
        folders[folder] = os.path.realpath(folder)
    return os.path.join(folders[folder], name)


def _expand(argument: str, found: Found, follow: bool) -> Iterator[tuple[str, str, bool, bool]]:
    """Path, folder its source is relative to, whether a person named the file itself, and whether it is a
    symbolic link."""
    if os.path.isdir(argument):
        found.folders.append(argument)
        yield from ((path, argument, False, link) for path, link in _walk(argument, found, follow))
    elif os.path.lexists(argument) or not _MAGIC.search(argument):
        yield argument, os.path.dirname(argument), True, os.path.islink(argument)
    else:
        base = _glob_base(argument)
        if "**" in argument:
            found.folders.append(base or os.curdir)
        for path in sorted(glob.iglob(argument, recursive=True), key=os.fsencode):
            hidden = any(map(_hidden, os.path.relpath(path, base or os.curdir).split(os.sep)))
            if hidden:
                continue
            if os.path.isdir(path) and "**" not in argument:
                found.folders.append(path)
                yield from ((inner, base, False, link) for inner, link in _walk(path, found, follow))
            elif os.path.isfile(path):
                if not follow and _leads_out(path, base or os.curdir):
                    found.links += 1
                else:
                    yield path, base, kind_of(path).format is not None, os.path.islink(path)


def _walk(folder: str, found: Found, follow: bool) -> Iterator[tuple[str, bool]]:
    """The files below a folder, each with whether it is a symbolic link, sorted by their bytes folder by
    folder; none twice where links lead in circles."""
    seen = {os.path.realpath(folder)}
    places = [folder]
    while places:
        place = places.pop()
        try:
            with os.scandir(place) as listed:
                entries = sorted(listed, key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            found.problems.append(Failure(printable(place), reason_of(error)))
            continue
        folders = {entry.name: entry for entry in entries if _is_folder(entry)}
        parts = _parts_of_pages(list(folders), [entry.name for entry in entries])
        found.skipped.update(f"{name}/" for name in parts)
        below = []
        for name, entry in folders.items():
            if _hidden(name) or name in parts:
                continue
            if not follow and entry.is_symlink():
                found.links += 1
            elif not follow or _first_time(entry.path, seen):
                below.append(entry.path)
        places += reversed(below)
        for entry in entries:
            if entry.name in folders or _hidden(entry.name):
                continue
            link = entry.is_symlink()
            if link and not follow and _leads_out(entry.path, folder):
                found.links += 1
            else:
                yield entry.path, link


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle
        return False


def _first_time(path: str, seen: set[str]) -> bool:
    """Whether a folder has not been walked yet, under whatever name."""
    real = os.path.realpath(path)
    fresh = real not in seen
    seen.add(real)
    return fresh


def _parts_of_pages(folders: Sequence[str], names: Sequence[str]) -> list[str]:
    """Folders in which browsers put the frames and images of a page they saved beside them."""
    named = [name for name in folders if name.endswith(PAGE_PARTS)]
    if not named:
        return []
    pages = {os.path.splitext(name)[0] for name in names if kind_of(name).format == "html"}
    return [
        name
        for name in named
        if any(name.endswith(end) and name.removesuffix(end) in pages for end in PAGE_PARTS)
    ]


def _add(found: Found, path: str, base: str, argument: str, format: Format | None, explicit: bool) -> None:
    kind = kind_of(path)
    known = format or kind.format
    shown = printable(path)
    try:
        status = os.stat(path)
    except OSError as error:
        found.problems.append(Failure(shown, reason_of(error)))
        return
    if format is None and kind.problem:
        found.problems.append(Failure(shown, kind.problem))
    elif not stat.S_ISREG(status.st_mode):
        found.problems.append(Failure(shown, "no regular file: give a pipe as standard input, by -"))
    elif known is None and explicit:
        found.problems.append(
            Failure(shown, "its name tells no known format: say which by --format, as in --format jsonl")
        )
    elif known is None:
        found.skipped[suffix_of(os.path.basename(path))] += 1
    else:
        inside = base.rstrip(os.sep) + os.sep
        below = path.startswith(inside) and not explicit
        source = path[len(inside) :] if below else os.path.relpath(path, base or os.curdir)
        source = source.replace(os.sep, "/")
        found.files.append(
            InputFile(
                path, utf8(source), known, kind.compression, status.st_size, status.st_mtime_ns, argument
            )
        )


def name_sources(files: Sequence[InputFile]) -> list[InputFile]:
    """Make sources unique: where two clash each is prefixed with its INPUT's name, then becomes the
    path as given, then the absolute one. The names do not depend on the order of the INPUTs.

    >>> one = InputFile("en/a.txt", "a.txt", "text", argument="en")
    >>> two = InputFile("de/a.txt", "a.txt", "text", argument="de")
    >>> [file.source for file in name_sources([one, two])]
    ['en/a.txt', 'de/a.txt']
    """
    if len({file.source for file in files}) == len(files):
        return list(files)
    ladders = [_ladder(file) for file in files]
    level = [0] * len(files)
    for _ in range(max(map(len, ladders), default=0)):
        groups: defaultdict[str, list[int]] = defaultdict(list)
        for index, ladder in enumerate(ladders):
            groups[ladder[level[index]]].append(index)
        clashes = [group for group in groups.values() if len(group) > 1]
        if not clashes:
            break
        for index in (index for group in clashes for index in group):
            level[index] = min(level[index] + 1, len(ladders[index]) - 1)
    return [replace(file, source=ladders[i][level[i]]) for i, file in enumerate(files)]


def _ladder(file: InputFile) -> tuple[str, ...]:
    given = os.path.normpath(file.argument)
    folder = given if file.source != os.path.basename(given) else os.path.dirname(given)
    name = os.path.basename(folder) or folder
    prefixed = f"{utf8(name)}/{file.source}" if name not in ("", os.curdir, os.pardir) else file.source
    absolute = os.path.abspath(file.path)
    return (
        file.source,
        prefixed,
        *(utf8(p.replace(os.sep, "/")) for p in (os.path.normpath(file.path), absolute)),
    )


def within(path: str, folder: str) -> bool:
    """Whether ``path`` is ``folder`` or lies below it, symbolic links resolved."""
    inner, outer = os.path.realpath(path), os.path.realpath(folder)
    return inner == outer or inner.startswith(outer.rstrip(os.sep) + os.sep)


def absolute(path: str) -> str:
    """The absolute path, soon: thousands of files lie in few folders."""
    folder, name = os.path.split(path)
    if name in ("", os.curdir, os.pardir):
        return os.path.abspath(path)
    return _absolute(folder, os.getcwd()) + name


@lru_cache(maxsize=4096)
def _absolute(folder: str, current: str) -> str:
    """A folder's absolute path, ready for a name to follow."""
    return os.path.join(os.path.abspath(folder or current), "")


def changed_since(file: InputFile) -> bool:
    """Whether a file is not what it was when it was found, by size and modification time. One that is gone
    by now has not changed: whoever had it open read it as it was."""
    try:
        status = os.stat(file.path)
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) != (file.size, file.mtime_ns)


def reason_of(error: BaseException) -> str:
    """An error in one line; of the system's errors only what happened, for the path is told apart."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join((text or type(error).__name__).split())


def not_written(path: str, error: OSError) -> OutputError:
    """The error of a temporary file that cannot be written: mostly a full disk."""
    told = f"a temporary file cannot be written: {reason_of(error)}"
    return OutputError(f"{printable(path)}: {told}; with room there the same command goes on")


def printable(text: str) -> str:
    """A name for messages: what a terminal would obey or cannot show is escaped.

    >>> printable("a\\nb\\u202ec.txt")
    'a\\\\nb\\\\u202ec.txt'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def utf8(path: str) -> str:
    r"""A path as text that is UTF-8: the bytes of a name that is none become ``\xNN``."""
    return path if path.isascii() else os.fsencode(path).decode("utf-8", "backslashreplace")


def _glob_base(pattern: str) -> str:
    fixed: list[str] = []
    for part in pattern.split(os.sep):
        if _MAGIC.search(part):
            break
        fixed.append(part)
    return os.sep.join(fixed) or (os.sep if pattern.startswith(os.sep) else "")


def _hidden(name: str) -> bool:
    return name.startswith(("_", ".")) and name not in (os.curdir, os.pardir)


def _leads_out(path: str, folder: str) -> bool:
    return not within(path, folder)


def _nothing(argument: str) -> str:
    if os.path.isdir(argument):
        return "holds no documents: no file whose name ends in " + _KNOWN
    return "no file matches; a folder, a file or a quoted pattern is wanted"


_KNOWN = (
    ".txt .md .html .htm .xhtml .mhtml .warc .wet .jsonl .ndjson .csv .tsv .parquet, "
    "plain or .gz .zst .bz2 .xz"
)


def require(found: Found) -> None:
    """Raise `InputError` naming the reasons where nothing at all can be read."""
    if not found.files:
        reasons = "; ".join(map(str, found.problems[:5])) or "no INPUT was given"
        raise InputError(f"no readable input: {reasons}")
