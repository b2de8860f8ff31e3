"""Which files are inputs, in which order, under which names."""

import os

import pytest

from cleaner.files.formats import Kind, kind_of, named_format
from cleaner.files.paths import find_inputs, printable, require
from cleaner.model import ConfigError, InputError


@pytest.fixture
def tree(tmp_path, monkeypatch):
    for name in (
        "b.txt",
        "a/z.jsonl.gz",
        "a/c.md",
        "a/_no.txt",
        "a/.hidden.txt",
        "_cleaner/x.txt",
        ".git/y.txt",
        "logo.png",
        "LICENSE",
        "page.html",
        "data.json",
    ):
        path = tmp_path / "dump" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sources(found):
    return [file.source for file in found.files]


def test_a_folder_is_walked_in_order_without_hidden_names(tree):
    found = find_inputs(["dump"])
    assert sources(found) == ["b.txt", "page.html", "a/c.md", "a/z.jsonl.gz"]
    assert found.skipped == {".png": 1, "LICENSE": 1}
    assert [(f.where, f.error[:21]) for f in found.problems] == [
        ("dump/data.json", "a JSON document is no"),
    ]


@pytest.mark.parametrize(
    ("pattern", "want"),
    [
        ("dump/*.txt", ["b.txt"]),
        ("dump/**/*.md", ["a/c.md"]),
        ("dump/**", ["a/c.md", "a/z.jsonl.gz", "b.txt", "page.html"]),
        ("d*/a", ["dump/a/c.md", "dump/a/z.jsonl.gz"]),
    ],
)
def test_globs(tree, pattern, want):
    assert sources(find_inputs([pattern])) == want


def test_an_input_given_twice_is_read_once(tree):
    found = find_inputs(["dump/b.txt", "dump", "dump/b.txt"])
    assert sources(found) == ["b.txt", "page.html", "a/c.md", "a/z.jsonl.gz"]
    assert found.repeated == 2


def test_sources_that_clash_are_prefixed_with_the_name_of_their_input(tree):
    for folder in ("en/dump", "de/dump"):
        os.makedirs(folder)
        for name in ("x.txt", f"{folder[:2]}.txt"):
            open(f"{folder}/{name}", "w").close()
    os.makedirs("other")
    open("other/x.txt", "w").close()
    assert sources(find_inputs(["en/dump", "other"])) == ["en.txt", "dump/x.txt", "other/x.txt"]
    one = find_inputs(["en/dump", "de/dump", "other/x.txt"])
    other = find_inputs(["other/x.txt", "de/dump", "en/dump"])
    assert sorted(sources(one)) == sorted(sources(other))
    assert len(set(sources(one))) == len(one.files)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no symbolic links here")
def test_links_out_of_the_tree_are_not_followed(tree):
    (tree / "secret.txt").write_text("x")
    os.symlink(tree / "secret.txt", "dump/link.txt")
    os.symlink(tree, "dump/up")
    os.symlink(tree / "gone", "dump/gone.txt")
    found = find_inputs(["dump"])
    assert "link.txt" not in sources(found)
    assert found.links >= 2
    assert sources(find_inputs(["dump/link.txt"])) == ["link.txt"]


def test_nothing_to_read_says_what_is_wanted(tree):
    os.makedirs("empty")
    for argument, says in [
        ("empty", "holds no documents"),
        ("missing.txt", "No such file"),
        ("none/*.txt", "no file matches"),
        ("dump/logo.png", "--format"),
        ("dump/data.json", "JSON Lines"),
    ]:
        found = find_inputs([argument])
        with pytest.raises(InputError, match=says):
            require(found)


def test_format_is_for_what_was_named_not_for_what_lies_in_folders(tree):
    assert [f.format for f in find_inputs(["dump/data.json"], "jsonl").files] == ["jsonl"]
    assert sources(find_inputs(["dump"], "jsonl")) == ["b.txt", "page.html", "a/c.md", "a/z.jsonl.gz"]


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX only")
def test_a_name_that_is_no_utf8(tmp_path):
    try:
        with open(os.fsencode(tmp_path) + b"/caf\xe9.txt", "wb"):
            pass
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    assert sources(find_inputs([str(tmp_path)])) == ["caf\\xe9.txt"]


def test_kinds():
    assert kind_of("A.CSV.ZST") == Kind("csv", "zst")
    assert kind_of("x.parquet").format == "parquet"
    assert kind_of("CC-MAIN.warc.wet.gz") == Kind("warc", "gz")
    assert [kind_of(f"x.{end}").format for end in ("htm", "XHTML", "mht")] == ["html", "html", "mhtml"]
    assert kind_of("data.json.gz").problem
    assert kind_of("notes").format is None
    assert named_format("NDJSON") == "jsonl"
    with pytest.raises(ConfigError, match="JSON Lines"):
        named_format("json")
    with pytest.raises(ConfigError, match="jsonl"):
        named_format("jsn")


def test_printable_escapes_what_a_terminal_would_obey():
    assert printable("a\x1b[2Jb\u202e") == "a\\x1b[2Jb\\u202e"
    assert printable("зима 東京") == "зима 東京"


def test_the_parts_of_a_page_saved_whole_are_no_pages_of_their_own(tmp_path, monkeypatch):
    for name in (
        "Ferry.html",
        "Ferry_files/frame.html",
        "Ferry_files/logo.png",
        "Fähre.htm",
        "Fähre-Dateien/anzeige.htm",
        "site/index.html",
        "site/lone_files/page.html",
        "site/news.html",
        "site/news/one.html",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("<p>x")
    monkeypatch.chdir(tmp_path)
    found = find_inputs(["."])
    assert sources(found) == [
        *("Ferry.html", "Fähre.htm", "site/index.html", "site/news.html"),
        *("site/lone_files/page.html", "site/news/one.html"),
    ]
    assert found.skipped["Ferry_files/"] == found.skipped["Fähre-Dateien/"] == 1
