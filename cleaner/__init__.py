"""Strip boilerplate from scraped text, with every removed character on record.

>>> import cleaner
>>> result = cleaner.clean("A heron stood at the weir until dusk.\\n")
>>> result.status, result.removals
('clean', ())

Importing this package loads none of its heavy parts: the rules, ftfy and numpy come with the first
`clean`, pyarrow with the first `clean_batch` or host profile. A pre-commit hook pays for every
import it does not need, on every commit.
"""

from __future__ import annotations

from cleaner._version import __version__

TYPE_CHECKING = False  # `typing` takes longer to import than all else here
if TYPE_CHECKING:
    import os
    from typing import Any, TypeVar

    import pyarrow as pa

    from cleaner.model import (
        CleanerError,
        ConfigError,
        InputError,
        OutputError,
        Removal,
        Repair,
        Result,
        RuleError,
    )
    from cleaner.options import Options
    from cleaner.profile import Profile

    Columns = TypeVar("Columns", pa.RecordBatch, pa.Table)

__all__ = [
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

_HOMES = {
    "CleanerError": "cleaner.model",
    "ConfigError": "cleaner.model",
    "InputError": "cleaner.model",
    "Options": "cleaner.options",
    "OutputError": "cleaner.model",
    "Profile": "cleaner.profile",
    "Removal": "cleaner.model",
    "Repair": "cleaner.model",
    "Result": "cleaner.model",
    "RuleError": "cleaner.model",
}


def clean(
    text: str,
    title: str | None = None,
    url: str | None = None,
    lang: str | None = None,
    profile: Profile | str | os.PathLike[str] | None = None,
    *,
    options: Options | None = None,
) -> Result:
    """Clean one decoded text: repair its encoding, take boilerplate and repeated headlines out.

    ``title``, ``url`` and ``lang`` are what is known about the document; a title helps to tell
    which of several headlines repeat. ``options`` are the defaults where none are given; what they
    ask for (rule packs included) is loaded once and kept for the calls that follow. The result for
    a text depends on nothing but these arguments.

    >>> result = clean("It\\u00e2\\u20ac\\u2122s the third ferry this week.\\n")
    >>> result.text
    'It’s the third ferry this week.\\n'
    >>> result.repairs[0].before
    'â€™'
    >>> result.decoded
    'Itâ€™s the third ferry this week.\\n'

    ``profile`` is a host profile: what a run counted of the lines of a dump, by which text that
    stands on many pages of the ``url``'s host is told from the article. It is a `Profile`, a file
    (``sites.arrow``) or the output folder of a run; a path is read once and kept.

    Raises TypeError for what is not text (bytes have to be decoded first) or no profile, ConfigError
    and RuleError for options that cannot be used, InputError for a profile that cannot.
    """
    if not isinstance(text, str):
        raise TypeError(f"clean() takes a str, not {type(text).__name__}{_bytes_hint(text)}")
    from cleaner.options import DEFAULTS
    from cleaner.pipeline import cleaner_for

    known = _profile_of(profile)
    return cleaner_for(options or DEFAULTS).clean(text, title, url, lang, known)


def clean_html(
    html: str | bytes,
    url: str | None = None,
    profile: Profile | str | os.PathLike[str] | None = None,
    *,
    title: str | None = None,
    lang: str | None = None,
    charset: str | None = None,
    options: Options | None = None,
) -> Result:
    """Take the article out of an HTML page and clean it: extraction first, then all that `clean` does.

    ``html`` is the page as text, or as bytes, which are decoded by what they and the page say;
    ``charset`` is the label of its HTTP header. What is given of ``url``, ``title`` and ``lang`` stands
    above what the page says. ``result.extraction`` names the way that led to the text, or says why a
    page has none; the source text of the ledger is the extracted text after repair.

    >>> page = "<title>The last ferry</title><p>The boat left at seven, as it had on every day since the war."
    >>> result = clean_html(page, url="https://marsh.example/ferry")
    >>> result.text, result.title
    ('The boat left at seven, as it had on every day since the war.\\n', 'The last ferry')

    Raises TypeError for what is neither text nor bytes, InputError for a page that cannot be
    extracted (empty, a bomb, nested too deeply), and what `clean` raises.
    """
    if not isinstance(html, str | bytes):
        raise TypeError(f"clean_html() takes a str or bytes, not {type(html).__name__}")
    from cleaner.extract import Page
    from cleaner.options import DEFAULTS
    from cleaner.pages import clean_page
    from cleaner.pipeline import cleaner_for

    known = _profile_of(profile)
    core = cleaner_for(options or DEFAULTS)
    return clean_page(core, Page(html, charset), title, url, lang, known)


def clean_batch(
    batch: Columns,
    profile: Profile | str | os.PathLike[str] | None = None,
    *,
    options: Options | None = None,
    text_column: str | None = None,
    id_column: str | None = None,
    title_column: str | None = None,
    url_column: str | None = None,
    lang_column: str | None = None,
    html_column: str | None = None,
) -> Columns:
    """Clean a pyarrow RecordBatch or Table; the same kind comes back, rows and their order kept.

    The columns are found by their usual names unless they are named. The result holds the
    contract's columns (id, source, url, title, lang, text, status, error, chars_in, chars_out,
    source_hash, repairs, removals) and then every input column that was not used up. Where no column is
    text by its name, one of pages (``html``, ``raw_html``, ...) is taken, or the ``html_column`` that is
    named: the articles are extracted first, and the column ``extraction`` says how.

    >>> import pyarrow as pa
    >>> batch = pa.RecordBatch.from_pydict({"text": ["The ferry was late again.\\n"], "year": [1987]})
    >>> cleaned = clean_batch(batch)
    >>> cleaned.column("text").to_pylist(), cleaned.column("year").to_pylist()
    (['The ferry was late again.\\n'], [1987])

    ``profile`` is a host profile as for `clean`; none is made of the batch, for the result of a row
    must not depend on what shares a batch with it.

    Raises ConfigError where the text column is missing or ambiguous, InputError for a profile that
    cannot be used.
    """
    known = _profile_of(profile)
    from cleaner.arrow import clean_batch as clean_arrow
    from cleaner.options import DEFAULTS

    cleaned: Columns = clean_arrow(
        batch,
        known,
        options=options or DEFAULTS,
        text_column=text_column,
        id_column=id_column,
        title_column=title_column,
        url_column=url_column,
        lang_column=lang_column,
        html_column=html_column,
    )
    return cleaned


def load_profile(path: str | os.PathLike[str]) -> Profile:
    """The host profile in a file (``sites.arrow``), or the one a run left in its output folder.

    A path is read once a process, and again when the file was replaced; the columns of the profile
    are mapped into memory. Raises InputError naming the file and the reason where there is none, or
    where it is damaged or of another form.
    """
    from cleaner.files.profiles import load_profile as load

    return load(path)


def _profile_of(given: object) -> Profile | None:
    """The profile that was given as one or by its path."""
    if given is None:
        return None
    import os

    from cleaner.profile import Profile

    if isinstance(given, Profile):
        return given
    if isinstance(given, str | os.PathLike):
        return load_profile(given)
    kind = type(given).__name__
    raise TypeError(f"profile is a cleaner.Profile, a path or None, not {kind}")


def _bytes_hint(value: object) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return "; cleaner.decode.decode(data).text makes text of bytes"
    return ""


def __getattr__(name: str) -> Any:
    """Import the public names when they are first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
