"""Arrow in, Arrow out: kinds, order, types, and documents that fail alone."""

import hashlib

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.arrow import BATCH_ROWS, OUTPUT_SCHEMA, clean_batch
from cleaner.columns import CONTRACT, Named, find_roles
from cleaner.model import ConfigError, Removal, one_line, rebuild
from cleaner.pipeline import Cleaner

HERON = "A heron stood in the reeds until the boats came home.\n"


def rows(data):
    return data.to_pylist()


def test_a_batch_gives_a_batch_and_a_table_a_table():
    table = pa.table({"text": [HERON]})
    assert isinstance(clean_batch(table), pa.Table)
    assert isinstance(clean_batch(table.to_batches()[0]), pa.RecordBatch)


def test_columns_are_those_of_the_contract_then_the_ones_that_pass_through():
    out = clean_batch(pa.table({"year": [1], "text": [HERON], "status": ["x"], "status_input": ["y"]}))
    assert out.column_names == [*CONTRACT, "year", "status_input_input", "status_input"]
    assert out.schema.field("status_input_input").type == pa.string()
    assert rows(out)[0]["status_input_input"] == "x"
    assert out.schema.names[: len(CONTRACT)] == OUTPUT_SCHEMA.names
    assert [f.type for f in out.schema][: len(CONTRACT)] == [f.type for f in OUTPUT_SCHEMA]


def test_an_empty_table_keeps_the_schema():
    out = clean_batch(pa.table({"text": pa.array([], pa.string()), "n": pa.array([], pa.null())}))
    assert out.num_rows == 0
    assert out.schema.field("n").type == pa.string()


@pytest.mark.parametrize(
    "kind",
    [
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.dictionary(pa.int8(), pa.string()),
        pa.binary(),
        pa.large_binary(),
    ],
    ids=str,
)
def test_text_of_any_string_type(kind):
    values = [HERON, None, "ünï"]
    column = pa.array(values, pa.string())
    column = column.dictionary_encode() if pa.types.is_dictionary(kind) else column.cast(kind)
    out = rows(clean_batch(pa.table({"text": column})))
    assert [row["text"] for row in out] == [HERON, "", "ünï"]
    assert [row["status"] for row in out] == ["clean", "empty", "clean"]


def test_chunks_and_many_rows_keep_their_order():
    count = BATCH_ROWS * 2 + 7
    texts = [f"Line {n} of the log." for n in range(count)]
    table = pa.concat_tables([pa.table({"text": texts[:5]}), pa.table({"text": texts[5:]})])
    out = clean_batch(table)
    assert out["text"].to_pylist() == texts
    assert out["source"].to_pylist() == [f"#{n}" for n in range(1, count + 1)]


def test_a_sliced_batch_is_its_rows():
    batch = pa.RecordBatch.from_pydict({"text": ["a", "b", "c"], "s": [{"k": 1}, None, {"k": 3}]}).slice(1)
    assert [(r["text"], r["s"]) for r in rows(clean_batch(batch))] == [("b", None), ("c", {"k": 3})]


def test_numbers_as_text_fail_row_by_row_and_stand_as_json():
    out = rows(clean_batch(pa.table({"text": pa.array([1.5, None, 2.0])})))
    assert [(r["text"], r["status"]) for r in out] == [("1.5", "failed"), ("", "empty"), ("2.0", "failed")]
    assert "double" in out[0]["error"]


def test_bytes_are_decoded_and_the_guess_is_on_record():
    out = rows(clean_batch(pa.table({"text": pa.array([b"caf\xe9 \x93noir\x94"])})))[0]
    assert out["text"] == "café “noir”"
    assert out["repairs"][0]["fix"] == "decode:charset=windows-1252"


def test_a_string_column_that_is_no_utf8():
    broken = pa.array([b"caf\xe9", b"ok"]).cast(pa.binary()).view(pa.string())
    out = rows(clean_batch(pa.table({"text": broken})))
    assert [r["text"] for r in out] == ["café", "ok"]


def test_given_values_are_never_overwritten_and_ids_become_strings():
    table = pa.table({"text": [HERON, HERON], "id": [7, None], "title": ["T", ""], "lang": ["en", None]})
    one, two = rows(clean_batch(table))
    assert (one["id"], one["title"], one["lang"]) == ("7", "T", "en")
    assert (two["id"], two["lang"]) == ("#2", None)


def test_dotted_path_takes_the_field_and_leaves_the_rest():
    table = pa.table({"article": [{"body": HERON, "by": "A"}, None], "n": [1, 2]})
    out = clean_batch(table, text_column="article.body")
    assert out["text"].to_pylist() == [HERON, ""]
    assert out["article"].to_pylist() == [{"by": "A"}, None]


def test_a_struct_that_was_all_taken_is_gone():
    out = clean_batch(pa.table({"article": [{"body": HERON}]}), text_column="article.body")
    assert out.column_names == list(CONTRACT)


def test_one_document_that_breaks_the_core_fails_alone(monkeypatch):
    clean_many = Cleaner.clean_many

    def breaks(self, documents, *rest):
        if any("bad" in document.text for document in documents):
            raise ValueError("two\nlines")
        return clean_many(self, documents, *rest)

    monkeypatch.setattr(Cleaner, "clean_many", breaks)
    out = rows(clean_batch(pa.table({"text": ["good", "bad", "fine"]})))
    assert [r["status"] for r in out] == ["clean", "failed", "clean"]
    assert out[1]["error"] == "ValueError: two lines"
    assert out[1]["text"] == "bad"
    assert out[1]["source_hash"] == hashlib.sha256(b"bad").hexdigest()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.none() | st.text(), min_size=1, max_size=6))
def test_any_text_can_be_rebuilt(texts):
    safe = [None if t is None else t.encode("utf-8", "replace").decode() for t in texts]
    out = rows(clean_batch(pa.table({"text": pa.array(safe, pa.string())})))
    assert len(out) == len(texts)
    for row in out:
        source = rebuild(row["text"], [Removal(**removal) for removal in row["removals"]])
        assert row["source_hash"] == hashlib.sha256(source.encode()).hexdigest()
        assert (row["chars_in"], row["chars_out"]) == (len(source), len(row["text"]))


@pytest.mark.parametrize(
    ("names", "named", "says"),
    [
        (["content", "text"], Named(), "more than one column may be the text (content, text)"),
        (["a", "b"], Named(), "no column has a usual name"),
        (["html", "text"], Named(text="text", html="html"), "--text-column and --html-column exclude"),
        (["html"], Named(html="raw"), "--html-column: there is no column 'raw'; columns: html"),
        (["text"], Named(title="headline"), "--title-column: there is no column 'headline'; columns: text"),
    ],
)
def test_columns_that_cannot_be_told(names, named, says):
    with pytest.raises(ConfigError) as caught:
        find_roles(names, named)
    assert says in str(caught.value)
    assert "--" in str(caught.value)


def test_a_nested_column_is_no_text_by_itself():
    assert find_roles(["article", "text"], Named(), nested=["article"]).text == ("text",)
    with pytest.raises(ConfigError, match=r"--text-column article\.body"):
        find_roles(["article"], Named(), nested=["article"])


def test_a_named_column_is_not_taken_twice():
    roles = find_roles(["title", "link"], Named(text="title"))
    assert (roles.text, roles.title, roles.url) == (("title",), None, ("link",))


def test_one_line_is_bounded():
    assert one_line("a\r\n b") == "a b"
    assert len(one_line("x" * 10_000)) == 500
