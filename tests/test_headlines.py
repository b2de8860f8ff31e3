"""Repeated headlines: which form stays, which lines go, and what merely resembles one."""

from __future__ import annotations

import os
import re
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cleaner.headlines import CODES, best_title, find_headlines
from cleaner.lines import Lines
from cleaner.options import HEADLINE_POLICIES, HeadlinePolicy
from cleaner.titles import fold

P = (
    "The ferry left the island at six in the morning, and by the time the fog had lifted "
    "nobody on the deck could say any longer how far they had come."
)
Q = (
    "Those who had stayed behind lit a second lamp in the harbour office, for the radio had "
    "been silent since midnight and the wind was turning to the north."
)
RU = (
    "Паром ушёл с острова в шесть утра, и когда туман рассеялся, никто на палубе уже не мог "
    "сказать, как далеко они отошли от берега и где теперь находится маяк на северном мысу."
)
ZH = "渡轮清晨六点离开小岛，等到浓雾散去的时候，甲板上已经没有人说得清他们究竟走了多远，也不知道灯塔在哪里。"
AR = (
    "غادرت العبارة الجزيرة في السادسة صباحا وعندما انقشع الضباب لم يعد أحد على سطحها يعرف كم "
    "ابتعدوا عن الشاطئ ولا أين تقع المنارة القديمة في الشمال."
)
HI = (
    "नाव सुबह छह बजे द्वीप से चली और जब तक कोहरा छँटा तब तक डेक पर खड़ा कोई भी यात्री यह नहीं बता सकता था कि वे "
    "किनारे से कितनी दूर आ चुके हैं।"
)
KO = (
    "여객선은 아침 여섯 시에 섬을 떠났고 안개가 걷힐 무렵에는 갑판 위의 그 누구도 배가 뭍에서 "
    "얼마나 멀리 왔는지 더는 말할 수 없었으며 "
    "등대는 어디에도 보이지 않았다고 한다 그리고 바람이 북쪽으로 돌았다."
)
MENU = "Start\nHarbour\nWeather\nTides\nBoats\nMarket\nLetters\nSport\nArchive\nShop\nHelp"
ROWS = "a\nb\nc\nd\ne\nf\ng\nh\ni"  # one fewer than a menu has
VERSE = "I heard the sea go over"
REFRAIN = "Lower the lamp, boys\nsea is high\nsea is wide\n" * 6
H = "The Keeper's Last Night at Gull Rock"
BARE = "The Keepers Last Night at Gull Rock"
UPPER = H.upper()
WORDS = {name: value for name, value in globals().items() if name.isupper() and isinstance(value, str)}
"""What a table of cases writes in braces."""


class Case(NamedTuple):
    """One document; ``gone`` are the codes of the lines that go, by line index."""

    name: str
    title: str | None
    text: str
    gone: dict[int, str]


def cases(table: str) -> list[Case]:
    """The cases of a table: name, title (empty: none given) and document, parted by ‖.

    ⏎ ends a line and ⇥ is a tab; a line that goes by HDL001 is marked ``-1``, the others stay.
    """
    rows = (row.split("‖") for row in table.strip().split("\n"))
    return [_case(*(cell.strip().format(**WORDS) for cell in row)) for row in rows]


def _case(name: str, title: str, document: str) -> Case:
    lines = [line.strip(" ").replace("⇥", "\t") for line in document.split("⏎")]
    marked = "\n".join(lines).split("\n")
    gone = {at: f"HDL00{line[1]}" for at, line in enumerate(marked) if re.match(r"-\d ", line)}
    text = "\n".join(line[3:] if at in gone else line for at, line in enumerate(marked))
    return Case(name, title or None, text, gone)


def found(text: str, title: str | None, policy: HeadlinePolicy = "keep") -> dict[int, str]:
    lines = Lines(text)
    at = {line.start: line.index for line in lines}
    return {at[finding.start]: finding.rule for finding in find_headlines(lines, title, policy)}


def cut(text: str, title: str | None, policy: HeadlinePolicy = "keep") -> str:
    """The text without the lines that were found: the plainest cut there is."""
    gone = found(text, title, policy)
    return "".join(text[line.start : line.end] for line in Lines(text) if line.index not in gone)


GOES = cases("""
twice ‖ {H} ‖ {H} ⏎ -1 {H} ⏎ ⏎ {P}
after a byline ‖ {H} ‖ {H} ⏎ By A. Wren ⏎ 4 May 2024 ⏎ -1 {H} ⏎ ⏎ {P}
without a title ‖ ‖ 4 May 2024 ⏎ ⏎ {H} ⏎ ⏎ -1 {H} ⏎ A photograph. ⏎ ⏎ {P}
after a label, with no others beside it ‖ {H} ‖ {H} ⏎ -3 Video: {H} ⏎ ⏎ {P}
apostrophe lost in the first ‖ {H} ‖ -1 {BARE} ⏎ {H} ⏎ {P}
apostrophe lost in the first two, no title ‖ ‖ -1 {BARE} ⏎ -1 The Keeper s Last Night at Gull Rock ⏎ {H} ⏎ {P}
curly apostrophe: first stays ‖ {H} ‖ The Keeper’s Last Night at Gull Rock ⏎ -1 {H} ⏎ {P}
upper case ‖ {H} ‖ -1 {UPPER} ⏎ {H} ⏎ {P}
lower case ‖ {H} ‖ -1 the keeper's last night at gull rock ⏎ {H} ⏎ {P}
only upper case: the first stays ‖ {H} ‖ {UPPER} ⏎ -1 {UPPER} ⏎ {P}
a link's spelling ‖ {H} ‖ -1 The_Keepers_Last_Night_at_Gull_Rock ⏎ {BARE} ⏎ {P}
other punctuation ‖ Fog, Ice: a Winter ‖ Fog, Ice: a Winter ⏎ -1 Fog; ice – a winter ⏎ {P}
quotes ‖ “Fog” Over the Long Harbour ‖ “Fog” Over the Long Harbour ⏎ -1 Fog Over the Long Harbour! ⏎ {P}
ellipsis ‖ {H} ‖ -2 The Keeper's Last Night… ⏎ {H} ⏎ {P}
ellipsis within a word, in brackets ‖ {H} ‖ {H} ⏎ -2 The Keepers Last Nig [...] ⏎ {P}
ellipsis in the tail ‖ {H} ‖ {H} ⏎ {P} ⏎ Share ⏎ -2 The Keeper's Last Night at ... ⏎
title cut off ‖ The Keeper's Last Night at… ‖ -2 The Keeper's Last Night at… ⏎ {H} ⏎ -1 {H} ⏎ {P}
site after a bar ‖ {H} ‖ -3 {H} | Harbour Gazette ⏎ {H} ⏎ {P}
site after a dash ‖ {H} ‖ -3 {H} - Harbour Gazette ⏎ -3 {H} — gazette.example ⏎ {H} ⏎ {P}
site before a bar ‖ {H} ‖ {H} ⏎ -3 Harbour Gazette | {H} ⏎ {P}
site before a colon ‖ {H} ‖ {H} ⏎ -3 Harbour Gazette: {H} ⏎ {P}
site after quotes' hooks ‖ {H} ‖ -3 {H} « Harbour Gazette ⏎ {H} ⏎ {P}
section and site ‖ {H} ‖ -3 {H} | Coast | Harbour Gazette ⏎ {H} ⏎ {P}
way to the page ‖ {H} ‖ -3 Home > Coast > {H} ⏎ -3 Home / Coast / {H} ⏎ {H} ⏎ {P}
item of the way to the page ‖ {H} ‖ Home ⏎ Coast ⏎ -3 3. {H} ⏎ {H} ⏎ {P}
site in the title ‖ {H} | Harbour Gazette ‖ -3 {H} | Harbour Gazette ⏎ {H} ⏎ -1 {H} ⏎ {P}
site in the title, none in the text ‖ {H} - Gazette ‖ {H} ⏎ By A. Wren ⏎ -1 {H} ⏎ {P}
site, no title ‖ ‖ -3 {H} | Harbour Gazette ⏎ {H} ⏎ By A. Wren ⏎ {P}
only with the site's name ‖ {H} ‖ {H} | Gazette ⏎ -3 {H} | Gazette ⏎ {P}
tail ‖ {H} ‖ {H} ⏎ {P} ⏎ ⏎ {Q} ⏎ ⏎ Leave a comment ⏎ -1 {H} ⏎
tail, no title ‖ ‖ {H} ⏎ -1 {H} ⏎ {P} ⏎ Leave a comment ⏎ -1 {H} ⏎
replies ‖ {H} ‖ {H} ⏎ {P} ⏎ -5 Re: {H} ⏎ {Q} ⏎ -5 AW: Re[2]: {H} ⏎ {P}
above a menu and a notice ‖ {H} ‖ {H} ⏎ Start ⏎ {Q} ⏎ {MENU} ⏎ -1 {H} ⏎ {P} ⏎ {P} ⏎ {P} ⏎ {P} ⏎ {P} ⏎
below a menu at the foot ‖ {H} ‖ {H} ⏎ {P} ⏎ {P} ⏎ {P} ⏎ {P} ⏎ {P} ⏎ {MENU} ⏎ -1 {H} ⏎ {Q} ⏎
tail, twice with a menu between ‖ {H} ‖ {H} ⏎ {P} ⏎ {Q} ⏎ {P} ⏎ {Q} ⏎ -1 {H} ⏎ {MENU} ⏎ -1 {H}
a headline as long as prose ‖ {P} ‖ {P} ⏎ ⏎ -1 {P} ⏎ ⏎ {Q}
two words that touch ‖ Gull Rock ‖ Gull Rock ⏎ ⏎ -1 GULL ROCK ⏎ ⏎ {P}
two words in two places ‖ Gull Rock ‖ Gull Rock ⏎ By A. Wren ⏎ -1 Gull Rock ⏎ {P}
one word that touches ‖ Fog ‖ Fog ⏎ -1 Fog ⏎ By A. Wren ⏎ {P}
no prose, set apart ‖ {H} ‖ {H} ⏎ -1 {H} ⏎ ⏎ Go in, sea. ⏎ Go out, sea. ⏎
bullet and hash ‖ {H} ‖ -1 • {H} ⏎ -1 {H} # ⏎ {H} ⏎ {P}
accents lost ‖ Été à la pointe ‖ -1 Ete a la pointe ⏎ Été à la pointe ⏎ {P}
decomposed accents ‖ Été à la pointe ‖ Été à la pointe ⏎ -1 E\u0301te\u0301 a\u0300 la pointe ⏎ {P}
German sharp s ‖ Große Flut an der Küste ‖ -1 GROSSE FLUT AN DER KÜSTE ⏎ Große Flut an der Küste ⏎ {P}
soft hyphen ‖ Hubschrauberlandeplatz ‖ Hubschrauber\u00adlandeplatz ⏎ -1 Hubschrauberlandeplatz ⏎ {P}
Polish strokes ‖ Północ mijała powoli ‖ -1 Polnoc mijala powoli ⏎ Północ mijała powoli ⏎ {P}
Turkish i ‖ Işık adada söndü bu gece ‖ -1 IŞIK ADADA SÖNDÜ BU GECE ⏎ Işık adada söndü bu gece ⏎ {P}
Greek capitals ‖ Ο φάρος έσβησε τη νύχτα ‖ -1 Ο ΦΑΡΟΣ ΕΣΒΗΣΕ ΤΗ ΝΥΧΤΑ ⏎ Ο φάρος έσβησε τη νύχτα ⏎ {P}
Russian ‖ Последняя ночь на маяке ‖ -3 Последняя ночь на маяке — Вестник ⏎ Последняя ночь на маяке ⏎ {RU}
Russian, no title ‖ ‖ Последняя ночь на маяке ⏎ -1 «Последняя ночь на маяке» ⏎ {RU}
Chinese ‖ 孤岛灯塔的一夜 ‖ -3 孤岛灯塔的一夜_海港网 ⏎ 孤岛灯塔的一夜 ⏎ -1 孤岛灯塔的一夜 ⏎ {ZH}
Chinese, cut off ‖ 灯塔的看守人走 ‖ 灯塔的看守人走 ⏎ -2 灯塔的看守人… ⏎ {ZH}
Arabic ‖ الليلة الأخيرة في المنارة ‖ الليلة الأخيرة في المنارة ⏎ -1 اللَّيلة الأخيرة في المنارة ⏎ {AR}
Hindi ‖ द्वीप पर आख़िरी रात ‖ द्वीप पर आख़िरी रात ⏎ -3 द्वीप पर आख़िरी रात | बंदरगाह समाचार ⏎ {HI}
Korean ‖ 외딴 등대의 마지막 밤 ‖ 외딴 등대의 마지막 밤 ⏎ -1 외딴 등대의 마지막 밤 ⏎ {KO}
trademark ‖ Lamp™ of the Year ‖ Lamp™ of the Year ⏎ -1 Lamp of the Year ⏎ {P}
full width ‖ Gull Rock ２０２４ ‖ Gull Rock ２０２４ ⏎ -1 GULL ROCK 2024 ⏎ {P}
""")

STAYS = cases("""
once ‖ {H} ‖ {H} ⏎ ⏎ {P}
not in the text ‖ A Boat Called Patience ‖ {H} ⏎ {H} ⏎ ⏎ {P}
only with the site's name ‖ {H} ‖ {H} | Harbour Gazette ⏎ {P}
only cut off ‖ {H} ‖ The Keeper's Last Night… ⏎ The Keeper's Last… ⏎ {P}
only in the tail ‖ {H} ‖ {P} ⏎ ⏎ Related ⏎ {H} ⏎
another word ‖ {H} ‖ {H} ⏎ The Keeper's First Night at Gull Rock ⏎ {P}
another number ‖ Tides of the Coast, Part 1 ‖ Tides of the Coast, Part 1 ⏎ Tides of the Coast, Part 2 ⏎ {P}
another decimal ‖ Fares up by 1.5 Per Cent ‖ Fares up by 1.5 Per Cent ⏎ Fares up by 15 Per Cent ⏎ {P}
a deck that goes on ‖ {H} ‖ {H} ⏎ {H}, as told by his daughter ⏎ {P}
a beginning without ellipsis ‖ {H} ‖ {H} ⏎ The Keeper's Last Night ⏎ {P}
too short a beginning ‖ {H} ‖ The Keep… ⏎ {H} ⏎ {P}
too few letters ‖ The Keeper Leaves ‖ The K… ⏎ The Keeper Leaves ⏎ {P}
two words of the title before the site ‖ Gull Rock | Gazette ‖ Gull Rock ⏎ Gull Rock | Gazette ⏎ {P}
two halves ‖ Ice on the Pier – Gull Rock Dark ‖ Ice on the Pier ⏎ Ice on the Pier – Gull Rock Dark ⏎ {P}
cut-off title, two beginnings ‖ The Keepers… ‖ The Keepers Leave ⏎ The Keepers Stay ⏎ The Keepers Stay ⏎ {P}
another ending ‖ {H} ‖ {H} ⏎ The Keeper's Last Day… ⏎ {P}
a kicker of the title ‖ Fog Watch: The Keeper Leaves ‖ Fog Watch ⏎ Fog Watch: The Keeper Leaves ⏎ {P}
a subtitle after a dash ‖ The Keeper Leaves ‖ The Keeper Leaves ⏎ The Keeper Leaves – what comes next ⏎ {P}
a subtitle after a colon ‖ The Keeper Leaves ‖ The Keeper Leaves ⏎ The Keeper Leaves: What Comes Next ⏎ {P}
a cell of seven words ‖ {H} ‖ {H} ⏎ {H} | one two three four five six seven ⏎ {P}
a row of a table ‖ {H} ‖ {H} ⏎ |{H} | 1912 | ⏎ {H} | Gull⇥1912 ⏎ {P}
a section of the same name ‖ {H} ‖ {H} ⏎ {P} ⏎ {H} ⏎ {Q} ⏎
a section after the lead, copies around ‖ Fog ‖ Fog ⏎ {P} ⏎ Fog ⏎ {Q} ⏎ Fog ⏎ {P}
chapters ‖ Chapter 1 ‖ Chapter 1 ⏎ {P} ⏎ Chapter 2 ⏎ {Q} ⏎ Chapter 1 ⏎ {P}
speaker of an interview ‖ Ada Wren ‖ Ada Wren ⏎ By Gull ⏎ Ada Wren ⏎ {P} ⏎ Gull ⏎ {Q} ⏎ Ada Wren ⏎ {P}
speaker with a long name ‖ {H} ‖ {H} ⏎ By Gull ⏎ {H} ⏎ {P} ⏎ {H} ⏎ {Q} ⏎ {H} ⏎ {P}
section below the lead ‖ {H} ‖ {H} ⏎ {P} ⏎ {H} ⏎ {Q} ⏎ {P} ⏎ {Q} ⏎ {P}
section above the last words ‖ {H} ‖ {H} ⏎ {P} ⏎ {Q} ⏎ {P} ⏎ {Q} ⏎ {H} ⏎ {P}
section below a short table ‖ {H} ‖ {H} ⏎ {P} ⏎ {ROWS} ⏎ {H} ⏎ {H} ⏎ {P} ⏎ {Q} ⏎ {P} ⏎ {Q}
section below a table ‖ {H} ‖ {H} ⏎ {P} ⏎ {Q} ⏎ {P} ⏎ {Q} ⏎ {MENU} ⏎ {H} ⏎ {P} ⏎ {Q} ⏎ {P} ⏎ {Q}
speaker with a colon ‖ Ada Wren ‖ Ada Wren ⏎ By Gull ⏎ Ada Wren: ⏎ {P}
a heading of a list ‖ Five Harbours to See ‖ Five Harbours to See ⏎ 1. Harbours ⏎ 2. To See ⏎ {P}
menu's entry ‖ Tides ‖ Start ⏎ Tides ⏎ Boats ⏎ Tides ⏎ Help ⏎ Tides ⏎ {P}
refrain far down a long head ‖ Lower the Lamp, Boys ‖ {REFRAIN} ⏎ {P}
verse that begins with its title ‖ {VERSE} ‖ {VERSE} ⏎ ⏎ {VERSE} ⏎ the stones beneath my bed ⏎ and out
verse, no blank line ‖ {VERSE} ‖ {VERSE} ⏎ {VERSE} ⏎ the stones beneath my bed
first verse with a comma ‖ {VERSE} ‖ {VERSE} ⏎ {VERSE}, ⏎ the stones beneath ⏎ ⏎ {P}
lyrics without a title ‖ ‖ Row out, my love ⏎ Row out, my love ⏎ the tide will bring you in ⏎
no title, speaker ‖ ‖ {H} ⏎ By Gull ⏎ {H} ⏎ {P} ⏎ {H} ⏎ {Q} ⏎ {H} ⏎ {P}
no title, verse before prose ‖ ‖ {H} ⏎ {H} ⏎ {REFRAIN} ⏎ {REFRAIN} ⏎ {P}
no title, two words ‖ ‖ Gull Rock ⏎ Gull Rock ⏎ {P}
no title, far apart ‖ ‖ {H} ⏎ {MENU} ⏎ More ⏎ {H} ⏎ {P}
no title, below the opening ‖ ‖ Start ⏎ Boats ⏎ Help ⏎ {H} ⏎ {H} ⏎ {P}
a row of a book's particulars ‖ {H} ‖ {H} ⏎ Title: {H} ⏎ Author: A. Wren ⏎ Pages: 212 ⏎ {P}
the last row of an object's ‖ {H} ‖ {H} ⏎ Maker: unknown ⏎ Title: {H} ⏎ {P}
caption with other words ‖ {H} ‖ {H} ⏎ The keeper at Gull Rock on his last night ⏎ {P}
question of the article ‖ {H} ‖ {H} ⏎ {P} ⏎ Q: {H} ⏎ {Q} ⏎ F: {H} ⏎ {P}
vowel sign ‖ कि ‖ कि ⏎ की ⏎ {HI}
voiced kana ‖ ガラスのとう ‖ ガラスのとう ⏎ カラスのとう ⏎ {ZH}
""")


@pytest.mark.parametrize("case", GOES, ids=lambda case: case.name)
def test_copies_go_and_the_best_form_stays(case: Case):
    assert case.gone, "a case of this table has a line that goes"
    assert found(case.text, case.title) == case.gone
    assert found(cut(case.text, case.title), case.title) == {}


@pytest.mark.parametrize("case", STAYS, ids=lambda case: case.name)
def test_what_is_no_copy_stays(case: Case):
    assert case.gone == {}
    assert found(case.text, case.title) == {}


@pytest.mark.parametrize("text", ["", "\n", "\n \r\n\t\n", "\u200b\n\ufeff"], ids=repr)
def test_a_text_without_words_has_no_headline(text):
    assert found(text, H) == found(text, None) == {}


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"], ids=repr)
def test_line_ends_make_no_difference(end):
    text = end.join((H.upper(), "", H, "", P, ""))
    findings = find_headlines(Lines(text), H, "keep")
    assert [text[f.start : f.end] for f in findings] == [H.upper() + end]
    assert [(f.rule, f.confidence, f.whole_lines) for f in findings] == [("HDL001", "high", True)]


def test_evidence_names_the_line_that_stays():
    text = f"{H} | Gazette\n\n{H}\nThe Keeper's Last…\n{H}\n\n{P}\nRe: {H}"
    assert [f.evidence for f in find_headlines(Lines(text), H, "keep")] == [
        ("is, with a site's name, the headline of line 3",),
        ("is the beginning of the headline of line 3",),
        ("repeats the headline of line 3",),
        ("is, after a reply's mark, the headline of line 3",),
    ]


class TestPolicy:
    TEXT = f"{H} | Gazette\n{H}\nBy A. Wren\n{P}\nShare\n{H}\n"

    def test_off_finds_nothing(self):
        assert found(self.TEXT, H, "off") == {}

    def test_drop_takes_every_form(self):
        assert found(self.TEXT, H, "drop") == {0: "HDL003", 1: "HDL004", 5: "HDL001"}

    def test_drop_takes_a_headline_that_stands_once(self):
        assert found(f"{H}\n{P}", H, "drop") == {0: "HDL004"}

    def test_drop_without_a_title_needs_a_repeat(self):
        assert found(f"{H}\n{P}", None, "drop") == {}
        assert found(f"{H}\n{H}\n{P}", None, "drop") == {0: "HDL004", 1: "HDL001"}

    def test_drop_leaves_sections_and_labels(self):
        assert found(f"{H}\n{P}\n{H}\n{Q}", H, "drop") == {0: "HDL004"}
        assert found(f"Ada\nBy B. Gull\nAda\n{P}", "Ada", "drop") == {}

    @pytest.mark.parametrize("policy", HEADLINE_POLICIES)
    def test_codes_are_listed(self, policy):
        assert set(found(self.TEXT, H, policy).values()) <= set(CODES)


class TestBestTitle:
    @pytest.mark.parametrize(
        ("text", "title", "best"),
        [
            (f"{H.upper()}\n{H}\n{P}", None, H),
            (f"{H} | Gazette\n{H} | Gazette\n{P}", H, H),
            (f"  {H}\t\n{P}", H.lower(), H),
            (f"3. {H}\n{P}", H, H),
            (f"{H}\n{P}", None, None),
            (f"{H}\n{P}", "Another headline altogether", None),
            ("", H, None),
        ],
    )
    def test_is_the_form_that_stays_without_the_site(self, text, title, best):
        assert best_title(Lines(text), title) == best

    def test_found_title_finds_no_more_than_it_was_found_by(self):
        text = f"{H}\n{H}\n{P}\nComments\n{H}\n"
        clean = cut(text, None)
        assert clean == f"{H}\n{P}\nComments\n"
        assert found(clean, best_title(Lines(text), None)) == {}


class TestFold:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("Kim Jong Un's", "KIM JONG UN’S"),
            ("Œuvre ﬁne", "œuvre fine"),
            ("Łódź, Đà, Øst", "Lodz Da Ost"),
            ("9/11", "9-11"),
        ],
    )
    def test_alike(self, one, other):
        assert fold(one) == fold(other) != ""

    @pytest.mark.parametrize(
        ("one", "other"),
        [("1.5", "15"), ("3-3", "33"), ("Part I", "Part II"), ("ガ", "カ"), ("कि", "की"), ("กา", "กิ")],
    )
    def test_unlike(self, one, other):
        assert fold(one) != fold(other)

    @given(st.lists(st.text(st.characters(categories=["Lu", "Ll", "Lo"]), min_size=1), min_size=1))
    def test_what_stands_between_letters_makes_no_difference(self, words):
        assert len({fold(between.join(words)) for between in ("", " ", "’", "-", " – ", "_", "\u00ad")}) == 1


# ---- properties

LINES = """
{H} ‖ {UPPER} ‖ {BARE} ‖ the keeper's last night at gull rock ‖ {H} | Gazette ‖ Home > {H} ‖ 3. {H}
‖ The Keeper's Last… ‖ Re: {H} ‖ {H}, ‖ Gull Rock ‖ GULL ROCK ‖ Gull Rock | Gazette ‖ By A. Wren ‖ Start
‖ Fog and Ice on the Pier ‖ fog and ice on the pier ‖ Fog and Ice… ‖ ‖ ‖ {MENU} ‖ {P} ‖ {Q}
"""
FORMS = st.sampled_from([line.strip() for line in LINES.format(**WORDS).split("‖")])
TITLES = st.sampled_from([None, H, H + " | Gazette", "Gull Rock", "The Keeper's Last…", ""])


@settings(max_examples=400, deadline=None)
@given(st.lists(FORMS, max_size=14), TITLES, st.sampled_from(HEADLINE_POLICIES))
@example([BARE, "Start", H, "Fog and Ice on the Pier", "fog and ice on the pier", P], None, "keep")
@example(["Gull Rock", "Start", "Gull Rock", "Start", "Gull Rock", P], "Gull Rock", "drop")
def test_nothing_more_is_found_in_the_output(parts, title, policy):
    text = "\n".join(parts)
    assert found(cut(text, title, policy), title, policy) == {}


@settings(max_examples=200, deadline=None)
@given(st.lists(FORMS, max_size=14), TITLES)
@example(["The Keeper's Last…", "The Keeper's Last…", H, f"{H},", P], None)
def test_the_headline_is_never_lost(parts, title):
    text = "\n".join(parts)
    lines = Lines(text)
    findings = find_headlines(lines, title, "keep")
    left = {fold(line.text) for line in Lines(cut(text, title))} - {""}
    for finding in findings:
        if finding.rule == "HDL001":  # a number may stand before it; both may be cut off, and the whole stays
            copy = fold(text[finding.start : finding.end])
            assert copy.endswith(tuple(left)) or any(line.startswith(copy) for line in left)
    if findings:
        assert best_title(lines, title) is not None


@settings(max_examples=200, deadline=None)
@given(st.text(), st.none() | st.text(), st.sampled_from(HEADLINE_POLICIES))
def test_findings_are_sorted_disjoint_whole_lines_of_any_text(text, title, policy):
    lines = Lines(text)
    spans = {(line.start, line.end) for line in lines}
    findings = find_headlines(lines, title, policy)
    assert all((f.start, f.end) in spans and f.whole_lines for f in findings)
    assert all(one.end <= other.start for one, other in pairwise(findings))


@pytest.mark.parametrize(
    ("unit", "body", "title"),
    [
        ("Gull Rock light\nStart\n", P, "Gull Rock light"),
        ("Gull Rock light\n", P, None),
        (f"{P}\nGull Rock light\nStart\n", f"{P}\n" * 5, "Gull Rock light"),
        ("x,", "", "x, y"),
        ("Gull Rock light | " * 12 + "\n", "", "Gull Rock light"),
    ],
    ids=["places", "untitled", "notice", "commas", "separators"],
)
def test_work_grows_with_the_text(unit, body, title, calls):
    def work(times: int) -> int:
        lines = Lines(unit * times + body)
        return calls(lambda: find_headlines(lines, title, "keep"))

    assert work(4_000) < 5 * work(1_000)


# ---- documents labelled by hand


def shared() -> Path:
    """The folder of labelled documents; it is no part of the repository."""
    named = os.environ.get("CLEANER_SHARED")
    places = [Path(named)] if named else [up / "shared" for up in Path(__file__).resolve().parents[1:]]
    for place in places:
        if (place / "seeds" / "labels.json").is_file():
            return place
    pytest.skip("no labelled documents: neither CLEANER_SHARED nor a folder 'shared' above the repository")


@pytest.mark.parametrize(
    ("seed", "copies"), [("000", []), ("001", []), ("002", [6]), ("003", [3, 5]), ("004", [])]
)
def test_seeds(seed, copies):
    (path,) = (shared() / "seeds").glob(f"{seed}_*.txt")
    text = path.read_bytes().decode("utf-8")
    assert [index + 1 for index in found(text, None)] == copies
    kept = best_title(Lines(text), None)
    assert (kept is not None) == bool(copies)
    if kept:
        assert [index + 1 for index in found(text, kept)] == copies
