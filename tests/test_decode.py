"""Bytes to text: which charset is found, what is replaced, and that all of it is on record."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.charsets import CODECS, charset_named
from cleaner.decode import Charset, LineDecoder, decode, decode_line, replace_surrogates, sniff

ENGLISH = "The harbour was quiet, and nobody on the quay had seen the boat come in.\n"
LANGUAGES = {
    "windows-1252": "Le garçon a mangé des crêpes à la crème près de la fenêtre ouverte de l’école.\n",
    "windows-1250": "Dzień był pochmurny, a pociąg do Łodzi spóźnił się prawie o półtorej godziny.\n",
    "windows-1251": "Утром рыбаки вернулись в гавань и сразу начали разгружать свежую рыбу.\n",
    "koi8-r": "Утром рыбаки вернулись в гавань и сразу начали разгружать свежую рыбу.\n",
    "ibm866": "Утром рыбаки вернулись в гавань и сразу начали разгружать свежую рыбу.\n",
    "windows-1253": "Το πρωί οι ψαράδες γύρισαν στο λιμάνι και άρχισαν να ξεφορτώνουν τα ψάρια.\n",
    "windows-1254": "Sabahleyin balıkçılar limana döndüler ve taze balıkları boşaltmaya başladılar.\n",
    "windows-1255": "בבוקר חזרו הדייגים לנמל והתחילו לפרוק את הדגים הטריים מן הסירות.\n",
    "windows-1256": "عاد الصيادون في الصباح إلى الميناء وبدأوا بتفريغ الأسماك الطازجة.\n",
    "windows-874": "ตอนเช้าชาวประมงกลับมาที่ท่าเรือและเริ่มขนปลาสดลงจากเรือ\n",
    "gb18030": "早上渔民们回到港口，马上开始卸下新鲜的鱼，市场里已经站满了人。\n",
    "big5": "早上漁民們回到港口，馬上開始卸下新鮮的魚，市場裡已經站滿了人。\n",
    "shift_jis": "朝、漁師たちは港に戻り、すぐに新鮮な魚を降ろし始めました。\n",
    "euc-jp": "朝、漁師たちは港に戻り、すぐに新鮮な魚を降ろし始めました。\n",
    "euc-kr": "아침에 어부들은 항구로 돌아와 바로 신선한 생선을 내리기 시작했다.\n",
    "iso-2022-jp": "朝、漁師たちは港に戻り、すぐに新鮮な魚を降ろし始めました。\n",
    "iso-2022-kr": "아침에 어부들은 항구로 돌아와 바로 신선한 생선을 내리기 시작했다.\n",
}


def fixes_of(notes):
    return [note.fix for note in notes]


def note_spans_hold(decoded):
    """Each ``decode:bytes`` note stands at a U+FFFD; there are as many as the text gained."""
    return all(
        decoded.text[note.start : note.end] == "\ufffd"
        for note in decoded.notes
        if note.fix == "decode:bytes"
    )


@pytest.mark.parametrize("name", LANGUAGES)
def test_charset_is_guessed_and_named(name):
    text = LANGUAGES[name] * 3
    decoded = decode(text.encode(CODECS[name]))
    assert decoded.text == text
    assert (decoded.charset, fixes_of(decoded.notes)) == (name, [f"decode:charset={name}"])


@pytest.mark.parametrize("name", LANGUAGES)
def test_charset_is_taken_as_declared(name):
    text = LANGUAGES[name]
    assert decode(text.encode(CODECS[name]), declared=name)[::2] == (text, name)


@pytest.mark.parametrize("text", [*LANGUAGES.values(), ENGLISH, "", "🎈 ⟨x⟩"])
def test_utf8_leaves_no_note(text):
    assert decode(text.encode()) == (text, (), "utf-8")
    assert decode(text.encode(), declared="iso-8859-1") == (text, (), "utf-8")


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32", "utf-16-be", "utf-32-be"])
@pytest.mark.parametrize("text", [ENGLISH, LANGUAGES["gb18030"], "x"])
def test_byte_order_mark(codec, text):
    mark = "" if codec in ("utf-8-sig", "utf-16", "utf-32") else "\ufeff"
    decoded = decode((mark + text).encode(codec))
    assert decoded.text == text
    assert decoded.notes[0] == ("decode:bom", 0, 0, "")
    assert [note.fix for note in decoded.notes[1:]] == [
        f"decode:charset={decoded.charset}" for _ in [0] if decoded.charset != "utf-8"
    ]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize(
    "name", ["windows-1252", "windows-1250", "windows-1251", "gb18030", "shift_jis", "euc-kr"]
)
def test_wide_without_mark(codec, name):
    text = LANGUAGES[name] * 3
    decoded = decode(text.encode(codec))
    assert (decoded.text, CODECS[decoded.charset]) == (text, codec)


@pytest.mark.parametrize(
    "data",
    [b"id\0name\0\0\0value 12\0end of the record\0\0", b"a\0b", b"\0" * 12, ENGLISH.encode() + b"\0", b"\0x"],
)
def test_nul_bytes_do_not_make_it_wide(data):
    assert decode(data) == (data.decode(), (), "utf-8")


def test_one_stray_byte_in_long_ascii_is_windows_1252():
    data = ENGLISH.encode() * 4000 + b"That was the skipper\x92s word.\n" + ENGLISH.encode() * 4000
    decoded = decode(data)
    assert decoded.charset == "windows-1252"
    assert decoded.text.encode("cp1252") == data


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"caf\xe9", "café"),
        (b"Ol\xe9\x94, he said", "Olé”, he said"),
        (b"price: \x80 5", "price: € 5"),
        (b"\xc0\xa0table", "À\xa0table"),
        (b"one word: na\xefve\n", "one word: naïve\n"),
    ],
)
def test_thin_evidence_is_windows_1252(data, text):
    assert decode(data)[::2] == (text, "windows-1252")


def test_undefined_bytes_of_windows_1252_are_replaced():
    decoded = decode("Ein süßer Käse für fünf Franken, sagte sie. ".encode("cp1252") + b"a\x81\x8db\x90")
    assert decoded.charset == "windows-1252"
    assert decoded.text.endswith("sagte sie. a\ufffdb\ufffd")
    assert decoded.notes[1:] == (("decode:bytes", 45, 46, "818d"), ("decode:bytes", 47, 48, "90"))


def test_declared_charset_with_an_undefined_byte_is_still_taken():
    data = LANGUAGES["windows-1253"].encode("cp1253") + b"\xd2"
    decoded = decode(data, declared="iso-8859-7")
    assert decoded.charset == "iso-8859-7"
    assert decoded.text.endswith("\n\ufffd")


@pytest.mark.parametrize("declared", ["utf-8", "no-such-charset", "", "unicode_escape", "base64", "\0"])
def test_useless_label_is_ignored(declared):
    assert decode(b"caf\xe9 \\u0041", declared)[::2] == ("café \\u0041", "windows-1252")


def test_label_that_does_not_decode_strictly_is_refused():
    text = LANGUAGES["windows-1251"]
    assert decode(text.encode("cp1251"), declared="shift_jis")[::2] == (text, "windows-1251")


def test_mostly_utf8_outweighs_a_single_byte_label():
    data = LANGUAGES["windows-1250"].encode() * 2 + b"it\x92s\n"
    decoded = decode(data, declared="windows-1250")
    assert decoded.text == LANGUAGES["windows-1250"] * 2 + "it’s\n"
    assert fixes_of(decoded.notes) == ["decode:charset=windows-1252"]


def test_mixed_line_by_line():
    good, bad = "naïve “façade” – déjà vu\n", "olé señor – “así”\n"
    data = (good.encode() + bad.encode("cp1252")) * 5
    decoded = decode(data)
    assert decoded.text == (good + bad) * 5
    assert fixes_of(decoded.notes) == ["decode:charset=windows-1252"]


def test_mixed_inside_a_line():
    decoded = decode("déjà vu – ".encode() + "it’s olé".encode("cp1252") + " – ça va".encode())
    assert decoded.text == "déjà vu – it’s olé – ça va"


def test_utf8_line_in_a_windows_1251_file():
    lines = [LANGUAGES["windows-1251"].encode("cp1251")] * 6 + ["Ответ: “да”\n".encode()]
    assert decode(b"".join(lines)).text == LANGUAGES["windows-1251"] * 6 + "Ответ: “да”\n"


@pytest.mark.parametrize(
    ("data", "text", "before"),
    [
        (b"caf\xc3", "caf\ufffd", "c3"),
        ("naïve café".encode()[:-1], "naïve caf\ufffd", "c3"),
        ("It’s cut ’".encode()[:-1], "It’s cut \ufffd", "e280"),
        ("smile 😀".encode()[:-1], "smile \ufffd", "f09f98"),
        (b"lone \xed\xa0\x80 surrogate", "lone \ufffd surrogate", "eda080"),
        (b"overlong \xc0\xaf slash", "overlong \ufffd slash", "c0af"),
        (b"overlong \xe0\x80\xaf slash", "overlong \ufffd slash", "e080af"),
        (b"beyond \xf4\x90\x80\x80 Unicode", "beyond \ufffd Unicode", "f4908080"),
    ],
)
def test_damaged_utf8_is_replaced(data, text, before):
    decoded = decode(data)
    assert (decoded.text, decoded.charset) == (text, "utf-8")
    assert [(note.fix, note.before) for note in decoded.notes] == [("decode:bytes", before)]
    assert note_spans_hold(decoded)


def test_surrogate_pairs_in_utf8_are_joined():
    decoded = decode(b"ok \xed\xa0\xbd\xed\xb8\x80!")
    assert decoded.text == "ok 😀!"
    assert fixes_of(decoded.notes) == ["decode:charset=cesu-8"]


def test_utf16_with_a_lone_surrogate_and_an_odd_byte():
    decoded = decode("\ufeffa\ud800b".encode("utf-16-le", "surrogatepass") + b"\x41")
    assert decoded.text == "a\ufffdb\ufffd"
    assert decoded.notes[2:] == (("decode:bytes", 1, 2, "00d8"), ("decode:bytes", 3, 4, "41"))


def test_a_genuine_replacement_character_is_no_note():
    assert decode("a\ufffdb".encode()) == ("a\ufffdb", (), "utf-8")
    noted = decode("é\ufffdé ".encode() + b"\xe2\x80")
    assert noted.notes == (("decode:bytes", 4, 5, "e280"),)


@given(
    st.binary(max_size=300),
    st.sampled_from([None, "utf-8", "latin1", "utf-16", "gbk", "iso-2022-jp", "koi8-r"]),
)
@settings(max_examples=150, deadline=None)
def test_no_bytes_raise_and_notes_point_at_replacements(data, declared):
    decoded = decode(data, declared)
    decoded.text.encode()
    assert decoded.charset in CODECS
    assert note_spans_hold(decoded)
    spans = [(note.start, note.end) for note in decoded.notes]
    assert spans == sorted(spans)


PIECES = st.lists(
    st.one_of(
        st.text(max_size=12).map(str.encode),
        st.binary(max_size=6),
        st.sampled_from(
            [b"\n", b"\r\n", b"\xed\xa0\xbd", b"\xe2\x80", b"it\x92s", "„Fuß“ ".encode(), b"\x1b$B"]
        ),
    ),
    max_size=12,
).map(b"".join)


@given(
    PIECES,
    st.integers(1, 7),
    st.sampled_from([Charset("utf-8"), Charset("windows-1251"), Charset("utf-16le")]),
)
@settings(max_examples=150, deadline=None)
def test_streaming_does_not_depend_on_the_chunks(data, size, charset):
    def lines(chunks):
        decoder = LineDecoder(charset)
        return [line for chunk in chunks for line in decoder.feed(chunk)] + list(
            decoder.feed(b"", final=True)
        )

    whole = lines([data])
    assert lines([data[at : at + size] for at in range(0, len(data), size)]) == whole
    assert all("\n" not in line.text[:-1] for line in whole)
    if charset.by_line:
        assert whole == [decode_line(raw, charset) for raw in re.findall(rb"[^\n]*\n|[^\n]+", data)]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
@settings(max_examples=100, deadline=None)
def test_streaming_utf8_gives_the_text_back(text):
    decoder = LineDecoder(sniff(text.encode(), complete=True))
    parts = [*decoder.feed(text.encode()), *decoder.feed(b"", final=True)]
    assert "".join(part.text for part in parts) == decode(text.encode()).text


@pytest.mark.parametrize("codec", ["utf-16", "utf-8-sig", "utf-32", "iso2022_kr"])
def test_streaming_other_charsets(codec):
    text = LANGUAGES["euc-kr"] * 3
    data = text.encode(codec)
    decoder = LineDecoder(sniff(data[:64], complete=False))
    parts = [p for at in range(0, len(data), 5) for p in decoder.feed(data[at : at + 5])]
    parts += decoder.feed(b"", final=True)
    assert [part.text for part in parts] == text.splitlines(keepends=True)
    assert [part for part in parts if "decode:bom" in fixes_of(part.notes)] == parts[: codec != "iso2022_kr"]


def test_sniff_is_not_misled_by_a_character_cut_at_its_end():
    assert sniff("naïve".encode()[:3]) == Charset("utf-8")
    assert sniff(LANGUAGES["shift_jis"].encode()[:40]) == Charset("utf-8")
    assert sniff((LANGUAGES["windows-1251"] * 3).encode("cp1251")[:150]) == Charset("windows-1251")


def test_decode_line_reads_each_line_as_what_it_is():
    utf8 = Charset("utf-8")
    assert decode_line(b"plain\n", Charset("windows-1252")) == ("plain\n", (), "windows-1252")
    assert decode_line("déjà\n".encode(), utf8) == ("déjà\n", (), "utf-8")
    assert decode_line("déjà vu\n".encode("cp1252"), utf8).text == "déjà vu\n"
    assert decode_line("“Déjà” vu\n".encode(), Charset("windows-1252")).text == "“Déjà” vu\n"
    assert decode_line("“Нет”\n".encode(), Charset("windows-1251")).text == "“Нет”\n"


def test_bytes_in_json_are_noted_at_their_place_in_the_field():
    raw = b'{"id": "\xe9\xe8", "text": "a \xe2\x80 b"}\n'
    line = decode_line(raw, Charset("utf-8"), escape=True)
    field = replace_surrogates(json.loads(line.text)["text"], escaped=True)
    assert field.text == "a \ufffd b"
    assert field.notes == (("decode:bytes", 2, 3, "e280"),)


def test_lone_surrogates_of_json():
    text = json.loads('"\\ud83d\\ude00 \\ude00\\ud83d x"')
    decoded = replace_surrogates(text)
    assert decoded.text == "😀 \ufffd\ufffd x"
    assert decoded.notes == (("decode:bytes", 2, 3, "\\ude00"), ("decode:bytes", 3, 4, "\\ud83d"))
    assert replace_surrogates("plain") == ("plain", (), "utf-8")


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("ISO-8859-1", "windows-1252"),
        ("us-ascii", "windows-1252"),
        (' "UTF-8" ', "utf-8"),
        ("GBK", "gb18030"),
        ("x-gbk", "gb18030"),
        ("ks_c_5601-1987", "euc-kr"),
        ("x-sjis", "shift_jis"),
        ("Windows-31J", "shift_jis"),
        ("iso-8859-9", "windows-1254"),
        ("iso-8859-2", "iso-8859-2"),
        ("tis-620", "windows-874"),
        ("big5-hkscs", "big5"),
        ("cp1251", "windows-1251"),
        ("l9", "iso-8859-15"),
        ("utf-7", None),
        ("idna", None),
        ("rot13", None),
        ("cp037", None),
    ],
)
def test_labels_mean_what_they_mean_to_a_browser(label, name):
    assert charset_named(label) == name


def test_a_stray_nul_does_not_make_a_short_text_utf_16() -> None:
    decoded = decode(b"abc\x00def\x81\n")
    assert decoded.text == "abc\x00def\ufffd\n"
    assert "utf-16" not in decoded.charset
