"""The rooms of the house: imports run one way, heavy libraries live in one room each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "cleaner"
FILES = sorted(PACKAGE.rglob("*.py"))

# From the door to the cellar: a module may import its own floor and those below it.
FLOORS = [
    ("cli", "datastep", "__main__"),
    ("cli_ledger",),
    ("optionsets",),
    ("usage",),
    ("commands",),
    ("settings",),
    ("files",),
    ("arrow", "examples"),
    ("pages",),
    ("pipeline", "columns"),
    ("sheet", "draft"),
    (
        "repair",
        "extract",
        "strip",
        "headlines",
        "bench",
        "judge",
        "cut",
        "compare",
        "guards",
        "decode",
        "markup",
    ),
    ("evidence", "scorer", "shapes"),
    ("matcher", "joined", "exact", "gate", "indices", "folds", "profile"),
    ("rules", "phrases", "charsets", "plausible", "detect", "fixes", "utf8", "wide", "titles"),
    ("table",),
    ("lines", "edits", "characters"),
    ("model", "options", "suggest", "_version"),
]
LEVEL = {name: len(FLOORS) - depth for depth, names in enumerate(FLOORS) for name in names}

HOMES = {
    "pyarrow": {"arrow", "files"},
    "trafilatura": {"extract"},
    "lxml": {"extract"},
    "brotli": {"files"},
    "ftfy": {"repair", "fixes"},
    "click": {"cli", "cli_ledger", "datastep", "optionsets", "usage"},
    "rich": {"commands"},
}
MOST_LINES = 450


def room(path: Path) -> str:
    """``cleaner/files/paths.py`` belongs to ``files``; the package's front is a room of its own."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports(path: Path, for_types: bool = True) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of every import, wherever in the file; relative ones resolved.

    Without ``for_types`` the imports under ``if TYPE_CHECKING`` are left out: they never run.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    skipped = set() if for_types else set(_checking_only(tree))
    package = ["cleaner", *path.relative_to(PACKAGE).with_suffix("").parts][:-1]
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield node.lineno, f"{module}.{alias.name}"


def _checking_only(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            for child in node.body:
                yield from ast.walk(child)


def own_room(dotted: str) -> str | None:
    """The room a dotted name leads to; None for other packages and for the package's front."""
    top, _, rest = dotted.partition(".")
    name = rest.partition(".")[0]
    if top != "cleaner":
        return None
    return name if name in LEVEL else "__init__"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_downwards_only(path: Path) -> None:
    here = room(path)
    upwards = [
        f"line {number}: {here} imports {dotted}"
        for number, dotted in imports(path)
        if here != "__init__"
        and (target := own_room(dotted)) is not None
        and target != here
        and LEVEL.get(target, 99) > LEVEL[here]
    ]
    assert upwards == []


def test_every_module_has_a_floor() -> None:
    assert {room(path) for path in FILES} - {"__init__"} <= LEVEL.keys()


def test_no_module_but_the_front_imports_the_front() -> None:
    through_front = [
        f"{path.relative_to(PACKAGE)}:{number}"
        for path in FILES
        if room(path) != "__init__"
        for number, dotted in imports(path)
        if own_room(dotted) == "__init__"
    ]
    assert through_front == []


def test_rooms_of_one_floor_do_not_import_in_circles() -> None:
    edges: dict[str, set[str]] = {}
    for path in FILES:
        here = room(path)
        targets = (own_room(dotted) for _, dotted in imports(path, for_types=False))
        edges.setdefault(here, set()).update(t for t in targets if t not in (None, here, "__init__"))

    def reachable(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [*edges[start]]
        while waiting:
            if (name := waiting.pop()) not in seen:
                seen.add(name)
                waiting += edges.get(name, ())
        return seen

    assert [name for name in edges if name in reachable(name)] == []


@pytest.mark.parametrize("library", HOMES)
def test_a_heavy_library_lives_in_its_rooms_only(library: str) -> None:
    elsewhere = [
        f"{path.relative_to(PACKAGE)}:{number}"
        for path in FILES
        if room(path) not in HOMES[library]
        for number, dotted in imports(path, for_types=False)
        if dotted.partition(".")[0] == library
    ]
    assert elsewhere == []


def test_files_stay_readable() -> None:
    sizes = {str(path.relative_to(PACKAGE)): len(path.read_text().splitlines()) for path in FILES}
    for name, size in sizes.items():
        if size > 400:
            print(f"{name} has {size} lines")  # shown where the assertion fails, and with -s
    assert {name: size for name, size in sizes.items() if size > MOST_LINES} == {}


def test_the_probe_sees_what_it_should() -> None:
    """The checks above rest on `imports`; here it is shown an import of every kind."""
    found = {dotted for _, dotted in imports(PACKAGE / "__init__.py")}
    assert "cleaner.arrow.clean_batch" in found
    assert "pyarrow" in found
    assert "pyarrow" not in {dotted for _, dotted in imports(PACKAGE / "__init__.py", for_types=False)}
    assert own_room("cleaner.rules.pack.load_pack") == "rules"
    assert own_room("cleaner.clean") == "__init__"
    assert own_room("rulesets.pack") is None
