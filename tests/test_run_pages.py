"""Pages through `run`, `explain`, `clean_html` and `clean_batch`: one flow for all of them."""

import gzip
import json
import shutil
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cleaner
from cleaner import pages as pages_module
from cleaner.cli import main
from cleaner.columns import CONTRACT
from cleaner.commands.run import RunSettings, run
from cleaner.extract import Page
from cleaner.files.shelf import ShelfReader, ShelfWriter
from cleaner.options import Options
from cleaner.pages import Extractor, Unextracted
from tests.pages import PROSE, article, members, record, response

TEXT = "".join(f"{line}\n" for line in PROSE)
POINTED = (*PROSE[:2], 'Also Read: <a href="/ice">Why the marsh froze</a>', PROSE[2])
HEAD = '<meta name="author" content="Ada"><meta name="date" content="2020-01-02">'
MHTML = """\
From: <Saved>
Snapshot-Content-Location: https://marsh.example/saved
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary="cut"

--cut
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable
Content-Location: https://marsh.example/saved

{page}
--cut
Content-Type: image/png
Content-Transfer-Encoding: base64

AAAA
--cut--
"""


def rows(out):
    return pq.read_table(out).to_pylist()


@pytest.fixture
def dump(tmp_path):
    import quopri

    folder = tmp_path / "dump"
    folder.mkdir()
    (folder / "a.html").write_text(article(*POINTED))
    (folder / "b.htm").write_bytes(article(title="Die Fähre").encode("cp1252"))
    saved = quopri.encodestring(article(title="Saved").encode()).decode()
    (folder / "c.mhtml").write_text(MHTML.format(page=saved))
    (folder / "d.txt").write_text(TEXT)
    (folder / "e.jsonl").write_text(
        json.dumps({"id": "e1", "raw_html": article(title="In a line"), "extraction": "theirs"})
        + '\n{"id": "e2", "raw_html": null}\n{"id": "e3", "raw_html": 7}\n'
    )
    (folder / "f.csv").write_text('id,content_html\nf1,"' + article().replace('"', '""') + '"\n')
    pq.write_table(pa.table({"html": [article().encode(), None], "year": [1, 2]}), folder / "g.parquet")
    archive = members(record("request", b"GET"), response(article(*POINTED), 7), response(article(), 8, 404))
    (folder / "h.warc.gz").write_bytes(archive)
    (folder / "i.wet").write_bytes(record("conversion", TEXT.encode()))
    return folder


def test_one_dump_may_mix_them_all(dump, tmp_path):
    summary = run([str(dump)], str(tmp_path / "out"), settings=RunSettings(workers=1))
    found = {row["source"]: row for row in rows(tmp_path / "out")}
    assert list(found)[:4] == ["a.html", "b.htm", "c.mhtml", "d.txt"]
    texts = {source: row["text"] for source, row in found.items()}
    for source in ("a.html", "b.htm", "c.mhtml", "d.txt", "e.jsonl#1", "f.csv#1", "g.parquet#1"):
        assert texts[source] == TEXT, source
    assert found["b.htm"]["title"] == "Die Fähre"
    assert found["c.mhtml"]["url"] == "https://marsh.example/saved"
    assert found["d.txt"]["extraction"] is None
    assert [rule["rule"] for rule in found["a.html"]["removals"]] == ["ALR001"]
    assert (texts["e.jsonl#2"], found["e.jsonl#2"]["status"]) == ("", "empty")
    assert (texts["e.jsonl#3"], found["e.jsonl#3"]["status"]) == ("7", "failed")
    assert found["e.jsonl#1"]["extraction_input"] == "theirs"
    warc = [row for row in found.values() if row["source"].startswith("h.warc.gz#")]
    assert [(row["id"], row["url"]) for row in warc] == [
        (f"<urn:uuid:0000000{n}>", f"https://marsh.example/{n}") for n in (7, 8)
    ]
    assert [row["status"] for row in warc] == ["cleaned", "empty"]
    assert [row["extraction"] for row in warc] == ["scored", "none: HTTP 404"]
    wet = found["i.wet#0"]
    assert (wet["text"], wet["extraction"]) == (TEXT, None)
    assert summary.passed_records == {"request": 1}
    assert summary.extractions == {"scored": 7, "none: HTTP 404": 1}
    assert summary.exit_code == 1, "the seven is no page"


def test_text_alone_has_no_columns_of_pages(dump, tmp_path):
    for name in ("d.txt", "i.wet"):
        run([str(dump / name)], str(tmp_path / name), settings=RunSettings(workers=1))
        assert tuple(pq.read_table(tmp_path / name).column_names) == CONTRACT


def test_workers_and_profiles_change_nothing(dump, tmp_path, monkeypatch):
    one = run([str(dump)], str(tmp_path / "one"), settings=RunSettings(workers=1))
    two = run([str(dump)], str(tmp_path / "two"), settings=RunSettings(workers=2))
    none = run([str(dump)], str(tmp_path / "none"), settings=RunSettings(workers=1, no_profile=True))
    assert rows(tmp_path / "one") == rows(tmp_path / "two") == rows(tmp_path / "none")
    assert one.extractions == two.extractions == none.extractions


def test_pages_are_extracted_once(dump, tmp_path, monkeypatch):
    extracted = []
    real = pages_module.extract

    def counted(page, **more):
        extracted.append(page)
        return real(page, **more)

    monkeypatch.setattr(pages_module, "extract", counted)
    for n in range(5):
        shutil.copy(dump / "a.html", dump / f"copy{n}.html")
    run([str(dump)], str(tmp_path / "out"), settings=RunSettings(workers=1))
    assert len(extracted) == len({pages_module.digest_of(page) for page in extracted})
    assert len(rows(tmp_path / "out")) == 18


def test_metadata_and_comments_where_they_are_asked_for(tmp_path):
    (tmp_path / "a.html").write_text(article(head=HEAD))
    options = Options(comments=True, metadata=True)
    run([str(tmp_path / "a.html")], str(tmp_path / "out"), options=options, settings=RunSettings(workers=1))
    (row,) = rows(tmp_path / "out")
    assert (row["author"], row["published"]) == ("Ada", "2020-01-02")
    assert row["text"].startswith(TEXT)
    assert "> My grandfather was on that boat, and he told me about it often.\n" in row["text"]
    assert row["chars_out"] == len(row["text"])


def test_pages_that_cannot_be_extracted_are_failed_rows(tmp_path):
    (tmp_path / "deep.html").write_text("<div>" * 100_000)
    (tmp_path / "good.html").write_text(article())
    (tmp_path / "large.html").write_text(article(*PROSE * 3000))
    said = []
    settings = RunSettings(workers=1, max_document_bytes=1_000_000)
    inputs = [str(tmp_path / name) for name in ("deep.html", "good.html", "large.html")]
    summary = run(inputs, str(tmp_path / "out"), settings=settings, say=said.append)
    deep, good, large = rows(tmp_path / "out")
    assert (deep["status"], deep["text"]) == ("failed", "<div>" * 100_000)
    assert "nested more than" in deep["error"]
    assert good["text"] == TEXT
    assert (large["status"], large["text"]) == ("failed", "")
    assert "--max-document-size" in large["error"]
    assert (summary.exit_code, summary.failed) == (1, 2)


def test_a_page_that_takes_too_long(tmp_path, monkeypatch):
    from cleaner.extract import page

    def endless(tree):
        while True:
            pass

    monkeypatch.setattr(page, "reference_text", endless)
    (tmp_path / "a.html").write_text(article())
    run([str(tmp_path / "a.html")], str(tmp_path / "out"), settings=RunSettings(workers=1, page_seconds=1))
    (row,) = rows(tmp_path / "out")
    assert row["error"] == "refused: it took more than 1 s"


def test_a_saved_message_without_a_page_is_a_failed_input(tmp_path):
    (tmp_path / "x.mhtml").write_text("Content-Type: text/plain\n\nno page\n")
    (tmp_path / "y.mht").write_text("Content-Type: text/html; charset=utf-8\n\n" + article())
    said = []
    inputs = [str(tmp_path / name) for name in ("x.mhtml", "y.mht")]
    summary = run(inputs, str(tmp_path / "out.parquet"), settings=RunSettings(workers=1), say=said.append)
    assert [row["text"] for row in rows(tmp_path / "out.parquet")] == [TEXT]
    assert summary.exit_code == 1
    assert any("no page in it" in line for line in said)


def test_a_saved_message_that_is_cut_short_says_so(tmp_path):
    import quopri

    whole = MHTML.format(page=quopri.encodestring(article().encode()).decode())
    page_ends = whole.index("--cut\nContent-Type: image")
    for name, data in (("a", whole), ("b", whole[: page_ends + 40]), ("c", whole[: page_ends - 400])):
        (tmp_path / f"{name}.mhtml").write_text(data)
    inputs = [str(tmp_path / f"{name}.mhtml") for name in "abc"]
    run(inputs, str(tmp_path / "out"), settings=RunSettings(workers=1))
    found = rows(tmp_path / "out")
    notes = [[(note["fix"], note["before"]) for note in row["repairs"]] for row in found]
    assert notes == [[], [], [("decode:truncated", "the message")]]
    assert [row["text"] for row in found] == [TEXT] * 3


def test_damage_in_an_archive_is_a_failure_with_its_offset(tmp_path):
    packed = [members(response(article(title=f"Page {n}"), n)) for n in range(1, 4)]
    (tmp_path / "x.warc.gz").write_bytes(b"".join(packed)[:-30])
    said = []
    summary = run(
        [str(tmp_path / "x.warc.gz")], str(tmp_path / "out"), settings=RunSettings(workers=1), say=said.append
    )
    found = rows(tmp_path / "out")
    assert [row["title"] for row in found] == ["Page 1", "Page 2", None]
    assert [row["status"] for row in found] == ["clean", "clean", "failed"]
    assert found[2]["text"].startswith("<!doctype html>")
    assert summary.exit_code == 1
    offset = len(packed[0]) + len(packed[1])
    assert any(f"at byte {offset}: truncated" in line for line in said)


def test_cleaning_a_page_is_cleaning_its_text_and_more():
    result = cleaner.clean_html(article(*POINTED), url="https://marsh.example/1")
    assert (result.text, result.title, result.lang, result.extraction) == (
        TEXT,
        "The last ferry",
        "en",
        "scored",
    )
    assert "Also Read: Why the marsh froze\n" in result.source
    assert cleaner.clean_html(article(), title="Given", lang="fr").title == "Given"
    assert cleaner.clean_html(article(title="Fähre").encode("cp1252"), charset="latin-1").title == "Fähre"
    assert cleaner.clean_html("<p></p>").status == "empty"
    assert cleaner.clean_html("").extraction == "none: empty page"
    with pytest.raises(cleaner.InputError, match="a PDF file"):
        cleaner.clean_html(b"%PDF-1.7")
    with pytest.raises(TypeError, match="a str or bytes, not list"):
        cleaner.clean_html(["<p>"])


def test_repair_leaves_the_references_of_a_page_alone():
    written = (
        "<p>Write &amp;lt;b&amp;gt; and &amp;amp; where you want them in the pages of your own site.</p>"
    )
    assert "Write &lt;b&gt; and &amp; where" in cleaner.clean_html(article(body=written)).text


def test_mojibake_inside_a_page_is_repaired():
    broken = PROSE[0].replace("nobody", "it\u00e2\u20ac\u2122s said that nobody")
    result = cleaner.clean_html(article(broken, *PROSE[1:]))
    assert "it’s said" in result.text
    assert [repair.fix for repair in result.repairs] == ["encoding"]


def test_batches_take_columns_of_pages():
    batch = pa.table({"html": [article(), None, ""], "extraction": ["a", "b", "c"]})
    out = cleaner.clean_batch(batch)
    assert out["text"].to_pylist() == [TEXT, "", ""]
    assert out["status"].to_pylist() == ["clean", "empty", "empty"]
    assert out["extraction"].to_pylist() == ["scored", None, "none: empty page"]
    assert out["extraction_input"].to_pylist() == ["a", "b", "c"]
    assert (
        cleaner.clean_batch(pa.table({"text": [article()], "page": [article()]}), html_column="page")["text"][
            0
        ].as_py()
        == TEXT
    )
    assert cleaner.clean_batch(batch.slice(0, 0)).column_names == out.column_names


def test_a_column_of_text_stands_above_one_of_pages():
    out = cleaner.clean_batch(pa.table({"text": [TEXT], "html": [article()]}))
    assert out.column_names == [*CONTRACT, "html"]


class TestExplain:
    def explain(self, *arguments):
        command = [sys.executable, "-m", "cleaner", "explain", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def test_extraction_and_removals_are_shown(self, dump):
        done = self.explain(dump / "a.html")
        assert done.returncode == 0
        assert "extraction: scored; " in done.stdout
        assert "left out, " in done.stdout
        assert "ALR001" in done.stdout

    def test_records_of_an_archive_by_number(self, dump):
        done = self.explain(dump / "h.warc.gz", "--row", "2", "--json")
        (line,) = done.stdout.splitlines()
        assert json.loads(line)["extraction"] == "none: HTTP 404"

    def test_all_that_was_left_out_is_in_the_json(self, dump):
        found = json.loads(self.explain(dump / "a.html", "--json").stdout)
        assert {"text": "Home", "tag": "li"}.items() <= found["left_out"][0].items()

    def test_what_cannot_be_extracted_is_an_error(self, tmp_path):
        (tmp_path / "x.html").write_text("<div>" * 100_000)
        done = self.explain(tmp_path / "x.html")
        assert done.returncode == 1
        assert "nested more than" in done.stderr


class TestExtractor:
    def test_what_was_kept_is_found_again_in_order(self, tmp_path):
        pages = [Page(article(title=f"Page {n}")) for n in range(3)] + [Page(b"GIF89a")]
        with_writer = ShelfWriter(str(tmp_path / "x"))
        first = Extractor(keep=with_writer.keep)
        found = [first.extract(page) for page in [*pages, pages[0]]]
        with_writer.close()
        reader = ShelfReader(str(tmp_path / "x"))
        second = Extractor(find=reader.find)
        second._fresh = None
        assert [second.extract(page) for page in [*pages, pages[0]]] == found
        assert isinstance(found[3], Unextracted)
        reader.close()

    def test_an_absent_shelf_holds_nothing(self, tmp_path):
        assert ShelfReader(str(tmp_path / "none")).find("x") is None

    def test_memory_is_bounded(self, monkeypatch):
        monkeypatch.setattr(pages_module, "REMEMBERED", 5_000)
        extractor = Extractor()
        for n in range(40):
            extractor.extract(Page(article(title=f"Page {n}")))
        assert extractor._size <= 5_000

    def test_caches_of_trafilatura_are_emptied(self, monkeypatch):
        emptied = []
        monkeypatch.setattr(pages_module, "forget", lambda: emptied.append(True))
        monkeypatch.setattr(pages_module, "PAGES_PER_FORGET", 3)
        extractor = Extractor()
        for n in range(7):
            extractor.extract(Page(article(title=f"Page {n}")))
        assert len(emptied) == 2


def test_what_was_taken_out_of_pages_can_be_proved(dump, tmp_path, capsys):
    inputs, out = str(dump), tmp_path / "out"
    (dump / "j.warc.gz").write_bytes(gzip.compress(response(article(), 1) + response(article(*POINTED), 2)))
    run([inputs], str(out), settings=RunSettings(workers=1))
    assert main(["verify", str(out), "--against", inputs]) == 0
    assert "the sources were read again" in capsys.readouterr().out
    (part,) = out.glob("part-*.parquet")
    table = pq.read_table(part)
    sources = table["source"].to_pylist()
    second = next(at for at, source in enumerate(sources) if source.startswith("j.warc.gz#0+"))
    swapped = [*range(second - 1), second, second - 1, *range(second + 1, len(sources))]
    pq.write_table(table.take(swapped), part)
    assert main(["verify", str(out)]) == 1
    assert "of j.warc.gz comes after record 0+" in capsys.readouterr().err
    (dump / "a.html").write_text(article("Nobody came to the ferry that day, and nobody waited for it."))
    pq.write_table(table, part)
    assert main(["verify", str(out), "--against", inputs]) == 1
    assert "a.html" in capsys.readouterr().err


def test_pages_are_taken_over_by_the_next_run(dump, tmp_path):
    out = tmp_path / "out"
    first = run([str(dump)], str(out), settings=RunSettings(workers=1))
    before = {path.name: path.read_bytes() for path in out.glob("part-*.parquet")}
    second = run([str(dump)], str(out), settings=RunSettings(workers=1))
    assert second.taken_over == second.documents == first.documents
    assert (second.extractions, second.passed_records) == (first.extractions, first.passed_records)
    assert {path.name: path.read_bytes() for path in out.glob("part-*.parquet")} == before
    patient = run([str(dump)], str(out), settings=RunSettings(workers=1, page_seconds=30))
    assert patient.taken_over == 0
    assert patient.extractions == first.extractions
