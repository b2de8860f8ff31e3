"""Labels that are wrong or contradict each other, and bytes that are damaged: which charset is found all the
same, and what of clean text in another charset must not be taken for damage."""

from __future__ import annotations

import pytest

from cleaner.charsets import CODECS
from cleaner.decode import decode
from cleaner.extract import Page
from cleaner.extract.parsing import parse
from cleaner.plausible import is_plausible

RUSSIAN = (
    "Паром ушёл в семь часов утра, как уходил каждый день со времён войны, и никто на причале не верил.\n"
    "«Мы построим мост», — сказал мэр, который приехал на велосипеде, и паромщик засмеялся ему в лицо.\n"
)
JAPANESE = (
    "渡し船は、戦争以来毎日そうしてきたように、朝七時に出発した。\nそれが最後になるとは、誰もが信じていなかった。\n"
    "「橋を架けよう」と、自転車でやって来た市長が言うと、渡し守は人々の前で彼を笑った。\n"
)
KOREAN = (
    "나룻배는 전쟁 이후 매일 그랬듯이 아침 일곱 시에 떠났고, 부두에 있던 누구도 그것을 믿지 않았다.\n"
    "자전거를 타고 온 시장은 다리를 놓을 것이라고 말했고, 사공은 모든 사람들 앞에서 그를 비웃었다.\n"
)
CHINESE = (
    "渡船像战后每一天一样在早上七点离开，码头上没有人相信这是最后一次。\n"
    "我们要造一座桥，骑自行车来的市长说，船夫当着所有站在那里的人的面嘲笑他，大家都跟着笑了起来。\n"
)
TAIWANESE = (
    "渡船像戰後每一天一樣在早上七點離開，碼頭上沒有人相信這是最後一次。\n"
    "我們要造一座橋，騎自行車來的市長說，船夫當著所有站在那裡的人的面嘲笑他，大家都跟著笑了起來。\n"
)
CZECH = (
    "Přívoz odjel v sedm hodin ráno, jak to dělal každý den od války, a nikdo na nábřeží nevěřil, co vidí.\n"
)
FRENCH = (
    "Le bac est parti à sept heures, comme il l’avait fait chaque jour, et la fête était là : « déjà ! »\n"
)
TEXTS = {
    "euc-jp": JAPANESE,
    "shift_jis": JAPANESE,
    "iso-2022-jp": JAPANESE,
    "euc-kr": KOREAN,
    "gb18030": CHINESE,
    "big5": TAIWANESE,
}
SINGLE = {
    "windows-1251": RUSSIAN,
    "koi8-r": RUSSIAN.replace("—", "-").replace("«", '"').replace("»", '"'),
    "iso-8859-5": RUSSIAN.replace("—", "-").replace("«", '"').replace("»", '"'),
    "windows-1253": "Το πρωί οι ψαράδες γύρισαν στο λιμάνι και άρχισαν να ξεφορτώνουν τα ψάρια.\n",
    "windows-1255": "בבוקר חזרו הדייגים לנמל והתחילו לפרוק את הדגים הטריים מן הסירות.\n",
    "windows-1256": "عاد الصيادون في الصباح إلى الميناء وبدأوا بتفريغ الأسماك الطازجة.\n",
    "windows-874": "ตอนเช้าชาวประมงกลับมาที่ท่าเรือและเริ่มขนปลาสดลงจากเรือ\n",
}


UTF8_QUOTE = b"\xe2\x80\x99"


def encoded(text, name):
    return text.encode(CODECS[name])


def broken(name, damage):
    """The text three times, damaged in the middle of a line; the lines around are whole."""
    text = TEXTS[name]
    first, rest = encoded(text, name), encoded(text.replace("\n", "\n\n"), name)
    if damage == b"":
        at = len(first) // 2
        return first + rest[:at] + rest[at + 1 :] + first
    at = rest.index(b"\x1b$B") + 23 if name == "iso-2022-jp" else len(encoded(text[:10], name))
    return first + rest[:at] + damage + rest[at:] + first


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("damage", [b"\xff", b"\x80", b"\xff\xff", b"\xfd", UTF8_QUOTE, b""])
@pytest.mark.parametrize("labelled", [True, False])
def test_a_few_ill_formed_bytes_do_not_change_the_charset(name, damage, labelled):
    if damage == UTF8_QUOTE and name == "iso-2022-jp" and not labelled:
        pytest.skip("UTF-8 where no label says otherwise")
    decoded = decode(broken(name, damage), name if labelled else None)
    assert decoded.charset == name
    assert decoded.text.startswith(TEXTS[name])
    for note in decoded.notes[1:]:
        assert (note.fix, decoded.text[note.start : note.end]) == ("decode:bytes", "\ufffd")


@pytest.mark.parametrize("name", TEXTS)
def test_each_byte_no_charset_knows_is_on_record(name):
    (note,) = decode(broken(name, b"\xff"), name).notes[1:]
    assert note.before == "ff"


@pytest.mark.parametrize("name", ["euc-jp", "euc-kr", "gb18030", "big5"])
def test_text_that_is_ill_formed_through_and_through_is_not_believed(name):
    data = b"".join(b"\xff" + encoded(char, name) for char in TEXTS[name])
    assert decode(data, name).charset != name


@pytest.mark.parametrize("other", [*SINGLE, "windows-1252", "windows-1250"])
@pytest.mark.parametrize("label", ["euc-jp", "euc-kr", "big5", "gb18030"])
def test_a_text_in_another_script_is_not_nearly_east_asian(other, label):
    text = {**SINGLE, "windows-1252": FRENCH, "windows-1250": CZECH}[other] * 3
    assert not is_plausible(encoded(text, other), label, 0.9)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("other", TEXTS)
def test_east_asian_charsets_are_told_from_each_other(name, other):
    assert is_plausible(encoded(TEXTS[name], name), other, 0.9) == (name == other)


@pytest.mark.parametrize(("name", "text"), [*TEXTS.items(), *SINGLE.items()])
@pytest.mark.parametrize("first", ["iso-8859-1", "windows-1252", "utf-8", "us-ascii"])
def test_a_latin_label_yields_to_one_that_reads_as_text(name, text, first):
    data = encoded(text, name)
    decoded = decode(data, [first, name])
    assert (decoded.text, decoded.charset) == (text, name)


@pytest.mark.parametrize(
    ("name", "text"), [*TEXTS.items(), ("windows-1251", RUSSIAN), ("koi8-r", SINGLE["koi8-r"])]
)
def test_a_latin_label_yields_to_a_guess_where_no_latin_text_stands(name, text):
    meta = "<meta charset=iso-8859-1><p>"
    assert parse(Page(encoded(meta + text * 2, name))).markup == meta + text * 2


@pytest.mark.parametrize("label", ["gbk", "euc-jp", "euc-kr", "big5", "shift_jis", "windows-1251", "koi8-r"])
@pytest.mark.parametrize(
    "text",
    [
        FRENCH,
        "Ein süßer Käse für fünf Franken, sagte sie – „über Öl“ …»\n",
        "À…»\xa0!\n",
        "°°°±±±²²²·····————\n",
        "Það þótti öllum miður, að ferjan fór.\n",
    ],
)
def test_a_text_in_windows_1252_keeps_its_label(text, label):
    assert decode(text.encode("cp1252"), ["iso-8859-1", label])[::2] == (text, "windows-1252")
    assert decode(text.encode("cp1252") * 9, "windows-1252")[::2] == (text * 9, "windows-1252")


def test_the_first_of_two_labels_that_both_read_as_text_is_believed():
    data = CZECH.encode("cp1250")
    assert decode(data, ["windows-1250", "iso-8859-1"]).text == CZECH
    assert decode(data, ["iso-8859-1", "windows-1250"]).charset == "windows-1252"


def test_a_later_label_counts_where_the_first_reads_as_no_text():
    data = SINGLE["koi8-r"].encode("koi8-r")
    assert decode(data, ["shift_jis", "koi8-r"]).text == SINGLE["koi8-r"]
    page = b"<meta charset=windows-1251><style>" + b"a{b:c}" * 400 + b"</style><meta charset=koi8-r>"
    assert SINGLE["koi8-r"] in parse(Page(page + data)).markup


def test_a_label_in_a_script_is_none():
    head = "<script>a = '<meta charset=koi8-r>'</script><meta charset=windows-1251>"
    assert RUSSIAN in parse(Page((head + RUSSIAN).encode("cp1251"))).markup


PAGE = '<nav><a class="one" href="/news">News of the day</a></nav>' * 20


@pytest.mark.parametrize("name", ["windows-1250", "iso-8859-2"])
@pytest.mark.parametrize("label", ["", "<meta charset=utf-8>"])
def test_tags_say_nothing_of_the_language(name, label):
    assert CZECH in parse(Page(encoded(f"{label}{PAGE}<p>{CZECH}</p>{PAGE}", name))).markup
    assert FRENCH in parse(Page(f"{label}{PAGE}<p>{FRENCH}</p>{PAGE}".encode("cp1252"))).markup


@pytest.mark.parametrize("char", ["\xa0", "é", "°", "—", "«"])
def test_single_signs_between_tags_are_windows_1252(char):
    text = (
        f"<p><code>count</code> {char} a number of lists or maps</p><p><code>size</code> {char} a map</p>\n"
        * 20
    )
    assert decode(text.encode("cp1252"))[::2] == (text, "windows-1252")


def test_quotes_alone_are_windows_1252():
    assert decode("“It’s” – ‘so’ …”\n".encode("cp1252") * 20).charset == "windows-1252"


@pytest.mark.parametrize(
    ("data", "text", "before"),
    [
        (b"The \xff\xfetable", "The \ufffdtable", "fffe"),
        (b"The \xff table", "The \ufffd table", "ff"),
        ("naïve ".encode() + b"\xffa", "naïve \ufffda", "ff"),
        ("«Паром» ".encode() + b"\xff\xfe" + " ушёл".encode(), "«Паром» \ufffd ушёл", "fffe"),
        ("Паро".encode() + b"\xbc" + " ушёл".encode(), "Паро\ufffd ушёл", "bc"),
        ("Паро".encode() + b"\xe9" + "м ушёл".encode(), "Паро\ufffdм ушёл", "e9"),
        (JAPANESE.encode() + b"\x81\xaf" + JAPANESE.encode(), f"{JAPANESE}\ufffd{JAPANESE}", "81af"),
    ],
)
def test_bytes_that_are_no_text_in_utf8_are_replaced(data, text, before):
    for declared in (None, "utf-8"):
        decoded = decode(data, declared)
        assert (decoded.text, decoded.charset) == (text, "utf-8")
        assert [(note.fix, note.before) for note in decoded.notes] == [("decode:bytes", before)]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"it\x92s caf\xe9", "it’s café"),
        ("naïve – ".encode() + b"it\x92s caf\xe9 \xe0 la L'Ha\xff", "naïve – it’s café à la L'Haÿ"),
        ("– ".encode() + b"\xdea\xf0 \xfe\xf3tti", "– Það þótti"),
        ("Паром — ".encode() + b"\x93Da\x94 \x96 5\xb0C", "Паром — “Da” – 5°C"),
        ("Паром ".encode() + b"\xab" + "ушёл".encode() + b"\xbb", "Паром «ушёл»"),
    ],
)
def test_windows_1252_bytes_among_utf8_stay_text(data, text):
    assert decode(data, "utf-8").text == text


def test_cyrillic_utf8_with_one_bad_byte_stays_utf8_whatever_the_label():
    data = RUSSIAN.encode() + b"\xff\n" + RUSSIAN.encode()
    for declared in (None, "utf-8", "windows-1251", "iso-8859-1", "gbk"):
        assert decode(data, declared)[::2] == (f"{RUSSIAN}\ufffd\n{RUSSIAN}", "utf-8")


@pytest.mark.parametrize("stray", [b"\0", b"\0\0", b"\0" * 40])
@pytest.mark.parametrize("label", ["shift_jis", None])
def test_stray_nul_bytes_make_no_text_wide(stray, label):
    text = "渡し船は朝七時に出た。市長が言うと、係は笑った。\n" * 3
    data = text.encode("cp932") + stray
    for given in (data, data + b"\n"):
        assert decode(given, label).charset == "shift_jis"


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text", ["渡し船は朝七時に出た。市長が言うと、係は笑った。", "渡船像战后每一天一样在早上七点离开。\n"]
)
def test_wide_text_without_a_mark_stays_wide(name, text):
    assert decode((text * 4).encode(name)).text == text * 4


def test_stray_nul_bytes_do_not_mislead_the_guess():
    text = "<p>Паром отошёл в семь утра, как и каждый день.</p><p>Мы построим мост, сказал мэр.</p>"
    assert decode(b"\0H\0ome " + text.encode("cp1251")).charset == "windows-1251"
