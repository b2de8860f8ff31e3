"""The host profile: what counts as a page, a line, a host; its file; counting in bounded memory."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.files import counting, profiles
from cleaner.files.counting import RANGE_PAIRS, SPILL_PAIRS, Spiller, count_range, profile_from, ranges
from cleaner.files.profiles import load_profile, read_profile, write_profile
from cleaner.model import InputError
from cleaner.profile import Profile, Sightings, host_key, profile_of, sightings
from cleaner.table import LineTable

HERON = "The heron stood at the weir until dusk, and nobody on the towpath had the heart to pass it, he said."
FERRY = (
    "The ferry left the island before dawn with four passengers, a crate of hens and the mail, as ever since."
)
SEDGE = "Walkers who keep to the eastern dyke do not disturb the nests, and see more than those below."
FLOOD = (
    "The river rose in the night and the lower fields stood under water by morning, for once in eleven years."
)
SHARE = "Share this with a friend"
SITE = "https://marsh.example/"


def seen(
    *pages: str, urls: list[str | None] | None = None, titles: list[str | None] | None = None
) -> Sightings:
    forms = [[title] if title else [] for title in titles or [None] * len(pages)]
    return sightings(LineTable(pages), urls or [SITE + str(n) for n in range(len(pages))], forms)


def page(prose: str, *others: str) -> str:
    return "\n\n".join([prose, *others]) + "\n"


# what counts


@pytest.mark.parametrize(
    "url",
    [
        "https://marsh.example/a/b?c#d",
        "http://marsh.example",
        "https://www.marsh.example/x",
        "HTTPS://WWW.Marsh.Example/",
        "https://marsh.example:8080/",
        "https://user:secret@marsh.example/",
        "//marsh.example/x",
        "marsh.example/x",
        "www.marsh.example:8080",
    ],
)
def test_addresses_of_one_host(url):
    assert host_key(url) == host_key(SITE)


@pytest.mark.parametrize(
    "url", ["https://blog.marsh.example/", "https://www2.marsh.example", "https://marsh.example.org"]
)
def test_addresses_of_another_host(url):
    assert host_key(url) not in (host_key(SITE), host_key(None))


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "marsh",
        "/a/b",
        "https://",
        "https://[::1",
        "https://]/",
        "http:///x",
        "mailto:a@b.example",
        "::",
    ],
)
def test_what_names_no_host_is_of_no_host_and_never_an_error(url):
    assert host_key(url) == host_key(None)


def test_hosts_in_any_script_are_told_apart():
    keys = [
        host_key(f"https://{name}/") for name in ("bücher.example", "письма.example", "例え.example", "[::1]")
    ]
    assert len({*keys, host_key(None)}) == 5
    assert host_key("https://BÜCHER.example") == keys[0]
    assert host_key("https://\ud800.example/") != host_key(None)


def counts(profile: Profile) -> dict[str, int]:
    return {
        "pages": len(profile.pages),
        "hosts": len(profile.hosts),
        "lines": len(profile.lines),
        "headlines": len(profile.headlines),
    }


def test_a_line_counts_from_two_pages_of_one_host_on():
    other = "https://weir.example/"
    profile = profile_of(
        [seen(page(HERON, SHARE), page(FERRY, SHARE), page(FLOOD, SHARE), urls=[SITE, SITE, other])]
    )
    assert counts(profile) == {"pages": 3, "hosts": 2, "lines": 1, "headlines": 0}
    assert profile.line_pages.tolist() == [2]
    assert sorted(profile.host_pages.tolist()) == [1, 2]


def test_copies_of_a_page_count_once_in_whatever_order_they_come():
    pages = [page(HERON, SHARE), page(HERON, SHARE, "Print"), page(SHARE, HERON), page(FERRY, SHARE)]
    profile = profile_of([seen(*pages)])
    assert profile.host_pages.tolist() == [2]
    assert profile.line_pages.tolist() == [2]
    for order in ([3, 2, 1, 0], [1, 3, 0, 2]):
        urls = [SITE + str(n) for n in order]
        assert profile_of([seen(*(pages[n] for n in order), urls=urls)]).digest == profile.digest


def test_a_page_does_not_count_itself():
    pages = [page(HERON, SHARE), page(FERRY, SHARE), page(FLOOD)]
    profile = profile_of([seen(*pages)])
    known = profile.seen(LineTable(pages[:1]), [SITE], [[]])
    assert (known.pages.tolist(), known.others.tolist()) == ([2, 2], [0, 1])
    stranger = profile.seen(LineTable([page(SEDGE, SHARE)]), [SITE], [[]])
    assert (stranger.pages.tolist(), stranger.others.tolist()) == ([3, 3], [0, 2])
    elsewhere = profile.seen(LineTable([page(SEDGE, SHARE)]), [None], [[]])
    assert (elsewhere.pages.tolist(), elsewhere.others.tolist()) == ([0, 0], [0, 0])


def test_a_headline_of_another_page_is_one_and_the_own_is_none():
    titles = ["Heron returns to the weir", "Ferry sails again"]
    profile = profile_of([seen(page(HERON), page(FERRY), titles=titles)])
    text = page(HERON, titles[1].upper(), titles[0])
    known = profile.seen(LineTable([text]), [SITE], [[titles[0]]])
    assert known.headline.tolist() == [False, True, False]


def test_the_digest_says_the_same_everywhere_and_sees_every_column():
    given = {
        "hosts": [1, 2**64 - 1],
        "host_pages": [3, 4],
        "pages": [5, 6, 7],
        "lines": [8],
        "line_pages": [2],
        "headlines": [],
        "headline_pages": [],
    }

    def digest(**changes):
        columns = {**given, **changes}
        kinds = {name: np.int64 if name.endswith("_pages") else np.uint64 for name in columns}
        return Profile(**{name: np.array(some, kinds[name]) for name, some in columns.items()}).digest

    assert digest() == "da667398bba542a485182b25e4bb483b7c8390d1f89ad64b15ce137984704268"
    digests = {
        digest(),
        digest(hosts=[2, 2**64 - 1]),
        digest(host_pages=[4, 3]),
        digest(pages=[5, 6]),
        digest(lines=[9]),
        digest(line_pages=[3]),
        digest(headlines=[1], headline_pages=[1]),
        digest(pages=[5, 6, 7, 8], lines=[]),
    }
    assert len(digests) == 8


def test_a_profile_survives_pickling(tmp_path):
    profile = profile_of([seen(page(HERON, SHARE), page(FERRY, SHARE))])
    write_profile(tmp_path / "sites.arrow", profile)
    for one in (profile, read_profile(tmp_path / "sites.arrow")):
        assert pickle.loads(pickle.dumps(one)).digest == profile.digest


# the file


@pytest.fixture
def profile() -> Profile:
    return profile_of(
        [seen(page(HERON, SHARE), page(FERRY, SHARE), titles=["Heron returns to the weir", None])]
    )


@pytest.fixture
def file(tmp_path: Path, profile: Profile) -> Path:
    write_profile(tmp_path / "sites.arrow", profile)
    return tmp_path / "sites.arrow"


def test_what_is_written_is_read_and_gives_the_same_bytes(file, profile, tmp_path):
    read = read_profile(file)
    assert read.digest == profile.digest
    assert counts(read) == counts(profile) == {"pages": 2, "hosts": 1, "lines": 1, "headlines": 1}
    write_profile(tmp_path / "again.arrow", read)
    assert (tmp_path / "again.arrow").read_bytes() == file.read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["again.arrow", "sites.arrow"]
    assert pa.ipc.open_file(file).schema.metadata[b"cleaner.profile_hash"] == profile.digest.encode()


def test_an_empty_profile_is_one(tmp_path):
    empty = profile_of([seen()])
    write_profile(tmp_path / "sites.arrow", empty)
    assert read_profile(tmp_path / "sites.arrow").digest == empty.digest


def test_no_changed_byte_goes_unnoticed(file, profile):
    """Some bytes are padding; all others are refused with the file's name, never misread."""
    data, refusals = file.read_bytes(), []
    for at in range(len(data)):
        file.write_bytes(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
        try:
            assert read_profile(file).digest == profile.digest
        except InputError as error:
            refusals.append(str(error))
    assert len(refusals) > len(data) // 3
    assert [refusal for refusal in refusals if not refusal.startswith(f"{file}: ")] == []


def test_no_truncated_file_is_read(file):
    data = file.read_bytes()
    for size in range(len(data)):
        file.write_bytes(data[:size])
        with pytest.raises(InputError, match=r"sites\.arrow: no host profile, or a damaged one: "):
            read_profile(file)


def test_keys_that_were_changed_are_told_as_damage(file, profile):
    data = file.read_bytes()
    key = profile.pages[:1].tobytes()
    assert data.count(key) == 1
    file.write_bytes(data.replace(key, bytes(8)))
    with pytest.raises(
        InputError, match=r"sites\.arrow: damaged: it does not hold what its digest says; .*--refresh"
    ):
        read_profile(file)


def test_a_profile_of_another_form_is_refused(file, monkeypatch):
    monkeypatch.setattr(profiles, "FORM", 2)
    with pytest.raises(
        InputError, match=r"sites\.arrow: a host profile of form 1, and this version reads form 2; make it"
    ):
        read_profile(file)


def test_what_is_no_profile_is_refused(tmp_path):
    table = pa.table({"text": ["a"]})
    pq.write_table(table, tmp_path / "a.parquet")
    with pa.ipc.new_file(tmp_path / "other.arrow", table.schema) as writer:
        writer.write_table(table)
    (tmp_path / "empty").touch()
    for name, reason in {
        "other.arrow": "no host profile: an Arrow file of something else",
        "a.parquet": "no host profile, or a damaged one: ",
        "empty": "no host profile, or a damaged one: ",
        "gone": "No such file",
    }.items():
        with pytest.raises(InputError) as caught:
            read_profile(tmp_path / name)
        assert str(caught.value).startswith(f"{tmp_path / name}: ")
        assert reason in str(caught.value)


def test_columns_of_another_kind_are_refused(file):
    source = pa.ipc.open_file(file)
    batch = source.get_batch(0).drop_columns(["headlines"])
    with pa.ipc.new_file(file, batch.schema.with_metadata(source.schema.metadata)) as writer:
        writer.write(batch)
    with pytest.raises(InputError, match="it has other columns than a host profile"):
        read_profile(file)


def test_a_profile_is_loaded_once_and_again_when_it_was_replaced(file):
    first = load_profile(file)
    assert load_profile(str(file)) is first
    write_profile(file, profile_of([seen(page(SEDGE))]))
    assert load_profile(file).digest != first.digest
    assert len(first.pages) == 2, "what was mapped before stays what it was"


@pytest.mark.parametrize(
    ("lies", "named"),
    [
        ("sites.arrow", "sites.arrow"),
        ("out/_cleaner/sites.arrow", "out"),
        ("out/_cleaner/sites.arrow", "out/_cleaner"),
        ("out/_cleaner/all/sites.arrow", "out/all.parquet"),
        ("out/_cleaner/all/sites.arrow", "out/_cleaner/all"),
        ("kept/sites.arrow", "kept"),
    ],
)
def test_a_profile_is_found_by_what_a_person_names(tmp_path, profile, lies, named):
    (tmp_path / lies).parent.mkdir(parents=True, exist_ok=True)
    write_profile(tmp_path / lies, profile)
    assert load_profile(tmp_path / named).digest == profile.digest


def test_an_output_without_a_profile_names_the_file_that_is_missing(tmp_path):
    (tmp_path / "out" / "_cleaner").mkdir(parents=True)
    for named in ("out", "out/_cleaner"):
        with pytest.raises(InputError, match=r"out/_cleaner/sites\.arrow: No such file"):
            load_profile(tmp_path / named)


# counting in bounded memory


def counted_apart(units: list[list[Sightings]], folder: Path, spill: int, most: int) -> Profile:
    """The profile of what units saw, by way of files, ``spill`` and ``most`` pairs at a time."""
    folder.mkdir()
    spills = []
    for number, unit in enumerate(units):
        spiller = Spiller(str(folder / f"unit-{number}"), spill)
        for batch in unit:
            spiller.add(batch)
        spiller.flush()
        spills += spiller.spills
    return profile_from([count_range(task) for task in ranges(spills, str(folder), most)], str(folder))


KEYS = st.one_of(st.integers(1, 6), st.integers(2**64 - 4, 2**64 - 1), st.integers(1, 2**64 - 1))


def pairs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    drawn = draw(st.lists(st.tuples(KEYS, KEYS), max_size=30))
    return np.array([k for k, _ in drawn], np.uint64), np.array([p for _, p in drawn], np.uint64)


@st.composite
def any_sightings(draw: st.DrawFn) -> Sightings:
    return Sightings(*pairs(draw), *pairs(draw), *pairs(draw))


@settings(max_examples=150, deadline=None)
@given(
    units=st.lists(st.lists(any_sightings(), max_size=3), min_size=1, max_size=4),
    spill=st.integers(1, 40),
    most=st.integers(1, 40),
)
def test_counting_apart_is_counting_together(tmp_path_factory, units, spill, most):
    parts = [batch for unit in units for batch in unit] or [seen()]
    apart = counted_apart(units, tmp_path_factory.mktemp("counting") / "x", spill, most)
    together = profile_of(parts)
    for name, column in vars(together).items():
        assert getattr(apart, name).tolist() == column.tolist(), name
    assert apart.digest == together.digest


def test_nothing_is_a_profile_of_nothing(tmp_path):
    assert counted_apart([[]], tmp_path / "x", 8, 8).digest == profile_of([seen()]).digest


def test_units_batches_and_order_leave_no_trace(tmp_path):
    texts = [page(prose, SHARE, f"Page {n}") for n, prose in enumerate([HERON, FERRY, SEDGE, FLOOD, HERON])]
    urls = [SITE + str(n % 2) for n in range(5)]
    whole = counted_apart([[seen(*texts, urls=urls)]], tmp_path / "whole", SPILL_PAIRS, RANGE_PAIRS)
    single = [[seen(text, urls=[url])] for text, url in zip(texts, urls, strict=True)]
    assert counted_apart(single[::-1], tmp_path / "single", 1, 2).digest == whole.digest
    for name, one in (("a", whole), ("b", counted_apart(single, tmp_path / "again", 3, 5))):
        write_profile(tmp_path / name, one)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("lines", ["many", "one"])
def test_never_much_more_than_allowed_is_held(tmp_path, monkeypatch, lines):
    """Of 64,000 pairs no more than some thousands at a time, also where all are of one line."""
    counted_at_once, read_at_once = [], []
    count, read = counting.counted, counting.Spill.read

    def counted(keys, pages):
        counted_at_once.append(len(keys))
        return count(keys, pages)

    def watched(self, start, stop):
        read_at_once.append(stop - start)
        return read(self, start, stop)

    monkeypatch.setattr(counting, "counted", counted)
    monkeypatch.setattr(counting.Spill, "read", watched)
    random = np.random.default_rng(4)
    none = np.zeros(0, np.uint64)
    batches = []
    for _ in range(64):
        pages = random.integers(1, 2**64, 1_000, np.uint64)
        keys = (
            random.integers(1, 2**64, 1_000, np.uint64) if lines == "many" else np.full(1_000, 7, np.uint64)
        )
        batches.append(Sightings(none, none, keys, pages, none, none))
    profile = counted_apart([batches[:32], batches[32:]], tmp_path / "x", 2_000, 4_000)
    assert sum(counted_at_once) == 64_000
    assert max(counted_at_once) < 9_000
    assert max(read_at_once) <= 2_000, "a unit writes what it holds in time"
    if lines == "many":
        assert sum(read_at_once) == 64_000, "nothing is read twice"
    assert profile.line_pages.tolist() == ([] if lines == "many" else [64_000])
