"""The front of the package: what it offers, and that importing it stays cheap."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest

import cleaner

HEAVY = [
    "pyarrow",
    "trafilatura",
    "ftfy",
    "numpy",
    "regex",
    "click",
    "rich",
    "ahocorasick_rs",
    "chardet",
    "lxml",
    "brotli",
]
PUBLIC = [
    "CleanerError",
    "ConfigError",
    "InputError",
    "Options",
    "OutputError",
    "Profile",
    "Removal",
    "Repair",
    "Result",
    "RuleError",
    "__version__",
    "clean",
    "clean_batch",
    "clean_html",
    "load_profile",
]


def loaded_after(statement: str) -> set[str]:
    """Which of the heavy modules a fresh interpreter holds after ``statement``."""
    probe = f"{statement}\nimport sys\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    return set(
        subprocess.run(
            [sys.executable, "-c", probe], capture_output=True, text=True, check=True
        ).stdout.split()
    )


def test_importing_the_package_loads_nothing_heavy():
    assert loaded_after("import cleaner") == set()


def test_asking_for_every_name_loads_nothing_heavy_but_what_a_profile_is_made_of():
    assert loaded_after("import cleaner; cleaner.Options(select=('ALR',)); cleaner.load_profile") == set()
    assert loaded_after("from cleaner import *") == {"numpy"}


def test_cleaning_a_text_loads_no_arrow():
    assert (
        loaded_after("import cleaner; cleaner.clean('A line.')") & {"pyarrow", "trafilatura", "click", "rich"}
        == set()
    )


def test_a_profile_loads_arrow_and_nothing_else_of_the_files_room(tmp_path):
    statement = (
        f"import cleaner\ntry: cleaner.load_profile({str(tmp_path)!r})\nexcept cleaner.InputError: pass"
    )
    assert loaded_after(statement) == {"numpy", "pyarrow"}


def test_the_command_line_loads_click_alone():
    assert loaded_after("import cleaner.cli") == {"click"}


def test_all_is_what_is_offered():
    assert cleaner.__all__ == PUBLIC
    assert set(PUBLIC) <= set(dir(cleaner))
    for name in PUBLIC:
        assert getattr(cleaner, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'cleaner' has no attribute 'clear'"):
        _ = cleaner.clear
    with pytest.raises(ImportError):
        exec("from cleaner import clear")


def test_every_error_is_caught_by_the_base():
    for error in (cleaner.ConfigError, cleaner.InputError, cleaner.OutputError, cleaner.RuleError):
        assert issubclass(error, cleaner.CleanerError)


def test_a_result_survives_pickling():
    result = cleaner.clean("A heron stood at the weir until dusk.\n")
    assert pickle.loads(pickle.dumps(result)) == result


@pytest.mark.parametrize("value", [b"bytes", bytearray(b"x"), memoryview(b"x")])
def test_bytes_are_refused_with_the_way_to_text(value):
    with pytest.raises(TypeError, match=r"cleaner\.decode\.decode"):
        cleaner.clean(value)


@pytest.mark.parametrize("value", [None, 3, ["text"]])
def test_what_is_no_text_is_refused(value):
    with pytest.raises(TypeError, match="takes a str, not"):
        cleaner.clean(value)


def test_options_decide_and_are_kept_apart():
    text = "It\u00e2\u20ac\u2122s the third ferry this week.\n"
    assert cleaner.clean(text).text == "It’s the third ferry this week.\n"
    assert cleaner.clean(text, options=cleaner.Options(repair_off=("encoding",))).text == text
    assert cleaner.clean(text).text == "It’s the third ferry this week.\n"
