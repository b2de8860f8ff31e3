"""Configuration files: where they are found, what they may say, what overrides them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleaner import settings
from cleaner.model import ConfigError
from cleaner.options import Options


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder with data in it, outside of which no configuration is found."""
    (tmp_path / "data" / "news").mkdir(parents=True)
    (tmp_path / "data" / "news" / "a.txt").write_text("A line.\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


class TestFinding:
    def test_upwards_from_the_input_not_from_the_current_folder(self, project, monkeypatch):
        own = write(project / "cleaner.toml", 'confidence = "medium"')
        elsewhere = project / "elsewhere"
        elsewhere.mkdir()
        monkeypatch.chdir(elsewhere)
        found = settings.load({}, [str(project / "data" / "news" / "a.txt")])
        assert found.file == own
        assert found.options().confidence == "medium"

    @pytest.mark.parametrize(
        "given", ["data/news", "data/news/a.txt", "data/news/*.txt", "data/**/x.txt", "data/news/gone"]
    )
    def test_from_every_kind_of_input(self, project, given):
        write(project / "data" / "cleaner.toml", "workers = 3")
        assert settings.load({}, [given]).values == {"workers": 3}

    @pytest.mark.parametrize("given", [[], ["-"], ["s3://bucket/data/news"]])
    def test_from_the_current_folder_where_the_input_has_no_place(self, project, given):
        write(project / "cleaner.toml", "workers = 3")
        assert settings.load({}, given).values == {"workers": 3}

    def test_the_first_input_decides(self, project):
        write(project / "data" / "cleaner.toml", "workers = 3")
        write(project / "cleaner.toml", "workers = 4")
        other = write(project / "b.txt", "")
        assert settings.load({}, [str(other), "data/news"]).values == {"workers": 4}

    def test_the_nearest_file_wins_and_cleaner_toml_in_one_folder(self, project):
        write(project / "cleaner.toml", "workers = 1")
        write(project / "data" / "pyproject.toml", "[tool.cleaner]\nworkers = 2")
        assert settings.load({}, ["data/news"]).values == {"workers": 2}
        write(project / "data" / "cleaner.toml", "workers = 3")
        assert settings.load({}, ["data/news"]).values == {"workers": 3}

    def test_a_pyproject_without_the_table_is_passed_by(self, project):
        write(project / "data" / "pyproject.toml", "[tool.other]\nname = 'cleaner'")
        write(project / "pyproject.toml", "[tool.cleaner]\nworkers = 2")
        assert settings.load({}, ["data"]).file == project / "pyproject.toml"

    def test_a_broken_pyproject_of_somebody_else_is_passed_by(self, project):
        write(project / "data" / "pyproject.toml", "[tool.{{ name }}\n")
        write(project / "cleaner.toml", "workers = 2")
        assert settings.load({}, ["data"]).values == {"workers": 2}

    def test_linked_data_belongs_to_the_project_it_is_linked_into(self, project, tmp_path_factory):
        far = tmp_path_factory.mktemp("far")
        (project / "linked").symlink_to(far, target_is_directory=True)
        write(project / "cleaner.toml", "workers = 2")
        assert settings.load({}, ["linked"]).values == {"workers": 2}

    def test_no_search_and_a_named_file(self, project):
        write(project / "cleaner.toml", "workers = 2")
        other = write(project / "other.toml", "workers = 5")
        assert settings.load({}, ["data"], search=False) == settings.Settings({}, None)
        assert settings.load({}, ["data"], file=str(other)).values == {"workers": 5}


class TestReading:
    def test_every_key(self, project):
        write(
            project / "cleaner.toml",
            """
            select = ["ALR", "PAT001"]
            ignore = ["ALR002"]
            rules = ["mine.toml", "/abs/theirs.toml"]
            confidence = "medium"
            headlines = "drop"
            strictness = "cautious"
            evidence = "rules"
            repair = ["nfc"]
            no-repair = ["html-entities"]
            text-column = "article.body"
            id-column = "key"
            title-column = "head"
            url-column = "link"
            lang-column = "language"
            format = "jsonl"
            encoding = "windows-1252"
            workers = 2
            max-document-size = "64 MiB"
            max-document-time = 7
            profile = "known/sites.arrow"
            exclude-ids = ["a17"]
            baseline = "known/baseline.json"
            per-file-ignores = {"data/old/*" = ["ALR", "encoding"]}
            html-column = "raw"
            page-seconds = 30
            comments = true
            metadata = true
            """,
        )
        found = settings.load({}, ["data"])
        assert found.pick(settings.RUNNING) == {"workers": 2, "max_document_seconds": 7.0}
        assert found.values.keys() == settings.KEYS.keys()
        assert found.values["exclude-ids"] == ("a17",)
        assert found.values["baseline"] == str(project / "known/baseline.json")
        assert found.values["per-file-ignores"] == {"data/old/*": ("ALR", "encoding")}
        assert found.options() == Options(
            select=("ALR", "PAT001"),
            ignore=("ALR002",),
            rules=(str(project / "mine.toml"), "/abs/theirs.toml"),
            confidence="medium",
            headlines="drop",
            strictness="cautious",
            evidence="rules",
            repair_on=("nfc",),
            repair_off=("html-entities",),
            comments=True,
            metadata=True,
        )
        assert found.pick(settings.READING) == {
            "text_column": "article.body",
            "id_column": "key",
            "title_column": "head",
            "url_column": "link",
            "lang_column": "language",
            "format": "jsonl",
            "encoding": "windows-1252",
            "max_document_bytes": 64 * 2**20,
            "profile": str(project / "known/sites.arrow"),
            "html_column": "raw",
            "page_seconds": 30,
        }

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("slect = []", r"cleaner\.toml: unknown key `slect`; did you mean `select`\?"),
            ("text_column = 'x'", r"unknown key `text_column`; did you mean `text-column`\?"),
            ("zzz = 1", r"unknown key `zzz`; known: baseline, comments, confidence, encoding, "),
            ("select = 'ALR'", r"key `select`: expected a list of strings.*not 'ALR'"),
            ("select = [1]", r"key `select`: expected a list of strings"),
            ("ignore = ['']", r"key `ignore`: expected a list of strings"),
            ("workers = 0", r"key `workers`: expected a whole number from 1, not 0"),
            ("workers = true", r"key `workers`: expected a whole number"),
            ("workers = '2'", r"key `workers`: expected a whole number"),
            ("confidence = 'low'", r"key `confidence`: expected one of high, medium, not 'low'"),
            ("confidence = ['high']", r"key `confidence`: expected one of high, medium"),
            ("headlines = 'all'", r"key `headlines`: expected one of keep, drop, off"),
            ("per-file-ignores = ['ALR']", r"key `per-file-ignores`: expected a table such as"),
            ("per-file-ignores = {x = 'ALR'}", r"key `per-file-ignores`: expected a list of strings"),
            ("profile = false", r"key `profile`: expected a string, not False"),
            ("text-column = ''", r"key `text-column`: expected a string, not ''"),
            ("max-document-size = '1 parsec'", r"key `max-document-size`: expected a size in bytes"),
            ("max-document-size = 0", r"key `max-document-size`: expected a size in bytes"),
            (
                "max-document-time = 0",
                r"key `max-document-time`: expected a number of seconds above 0, not 0",
            ),
            ("max-document-time = true", r"key `max-document-time`: expected a number of seconds"),
            ("workers = ", r"cleaner\.toml: not valid TOML: "),
        ],
    )
    def test_what_cannot_be_used_names_file_and_key(self, project, line, message):
        write(project / "cleaner.toml", line)
        with pytest.raises(ConfigError, match=message):
            settings.load({}, ["data"])

    def test_the_table_of_a_pyproject_is_named(self, project):
        write(project / "pyproject.toml", "[tool.cleaner]\nworker = 2")
        with pytest.raises(
            ConfigError, match=r"^pyproject\.toml \[tool\.cleaner\]: unknown key `worker`; .*`workers`"
        ):
            settings.load({}, ["data"])

    @pytest.mark.parametrize("text", ["[tool]\ncleaner = 3", "tool = 'cleaner'"])
    def test_a_table_that_is_none(self, project, text):
        path = write(project / "pyproject.toml", text)
        with pytest.raises(ConfigError, match="no table of settings there"):
            settings.load({}, file=str(path))

    def test_not_utf8_and_not_there(self, project):
        (project / "cleaner.toml").write_bytes(b"text-column = '\xff'")
        with pytest.raises(ConfigError, match="not valid TOML"):
            settings.load({}, ["data"])
        with pytest.raises(ConfigError, match=r"gone\.toml: cannot be read: No such file"):
            settings.load({}, file="gone.toml")


class TestOverriding:
    def test_an_option_replaces_the_key_and_leaves_the_others(self, project):
        write(project / "cleaner.toml", "workers = 2\nignore = ['ALR']\nselect = ['PAT']")
        found = settings.load({"ignore": ("BKA",), "select": (), "workers": None}, ["data"])
        assert found.values == {"workers": 2, "ignore": ("BKA",), "select": ("PAT",)}

    def test_a_fix_switched_here_is_not_switched_back_by_the_file(self, project):
        write(
            project / "cleaner.toml", "repair = ['nfc', 'ligatures']\nno-repair = ['encoding', 'surrogates']"
        )
        found = settings.load({"repair": ("encoding",), "no-repair": ("nfc",)}, ["data"]).options()
        assert (found.repair_on, found.repair_off) == (("encoding",), ("nfc",))
        found = settings.load({"no-repair": ("nfc",)}, ["data"]).options()
        assert (found.repair_on, found.repair_off) == (("ligatures",), ("nfc",))

    def test_a_name_that_is_no_setting_is_a_defect(self, project):
        with pytest.raises(KeyError, match="colour"):
            settings.load({"colour": True}, ["data"])

    def test_nothing_set_is_the_default(self, project):
        assert settings.Settings().options() == Options()


@pytest.mark.parametrize(
    ("given", "size"),
    [("1", 1), ("2k", 2000), ("2KB", 2000), ("2 KiB", 2048), ("0.5 GB", 5 * 10**8), ("10b", 10)],
)
def test_sizes(given, size):
    assert settings.size(given) == size


@pytest.mark.parametrize("given", ["", "MB", "-1", "1e9", "0", "0.2", "1 TB", 1.5, None, True, "i", "5i"])
def test_sizes_that_are_none(given):
    with pytest.raises(ValueError, match="expected a size"):
        settings.size(given)
