"""A page in, the article out: charset, head, blocks, the choice among them; pages that are no articles."""

import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.extract import Page, PageError, choice, declared_by, explain, extract, forget, page
from cleaner.extract.blocks import layout_of
from cleaner.extract.charset import declared_in
from cleaner.extract.features import names, table_of
from cleaner.extract.limit import TimeUpError, time_limit
from cleaner.extract.members import members
from cleaner.extract.parsing import parse
from cleaner.extract.vocabulary import group_names, groups_of
from tests.pages import PROSE, article

LINKED = '<script type="application/ld+json">'


def blocks(html):
    return [block.text for block in layout_of(parse(Page(html)).tree).blocks]


class TestArticle:
    def test_the_article_comes_out_and_the_frame_stays_behind(self):
        found = extract(Page(article()))
        assert found.text == "".join(f"{line}\n" for line in PROSE)
        assert found.path == "scored"
        assert found.head[:3] == ("The last ferry", None, "en")

    def test_lists_and_tables_are_kept(self):
        rows = "".join(f"<tr><td>Boat {n}</td><td>{n}:30</td></tr>" for n in range(1, 6))
        body = (
            "<h2>The timetable in summer</h2><p>In summer there were more boats than the island had "
            "visitors, and each of them had a time and a name of its own:</p>"
            f"<table>{rows}</table><ul><li>No boat on Sundays and holidays.</li><li>Two boats when the "
            f"market is held on the quay.</li></ul><p>{PROSE[0]}</p>"
        )
        text = extract(Page(article(body=body))).text
        assert "Boat 3 | 3:30\n" in text
        assert "- No boat on Sundays and holidays.\n" in text

    def test_bytes_and_text_give_the_same(self):
        assert extract(Page(article().encode())) == extract(Page(article()))

    def test_the_same_page_gives_the_same_however_often(self):
        first = extract(Page(article()))
        forget()
        assert all(extract(Page(article())) == first for _ in range(8))

    def test_one_line_of_markup_for_each_line_of_text(self):
        found = extract(Page(article("One<br>two, and a line that goes on until it is long enough.", *PROSE)))
        assert len(found.markup) == found.text.count("\n")
        paragraph = found.markup[-1]
        assert (paragraph.tag, paragraph.links, paragraph.heading) == ("p", 0, 0)
        assert "article" in paragraph.parts

    def test_character_references_are_read_once(self):
        found = extract(
            Page(article(*PROSE, "Write &amp;lt;b&amp;gt; where you want bold type in a page of yours."))
        )
        assert "Write &lt;b&gt; where" in found.text

    def test_comments_are_apart_and_only_where_they_are_asked_for(self):
        assert extract(Page(article())).comments == ""
        found = extract(Page(article()), comments=True)
        assert "My grandfather was on that boat, and he told me about it often.\n" in found.comments
        assert "grandfather" not in found.text

    def test_what_was_left_out_is_told(self):
        found, left = explain(Page(article()))
        assert found == extract(Page(article()))
        assert {"Home", "Why the dam failed", "Copyright 2024 The Marsh Post"} <= {one.text for one in left}
        assert all(0 <= one.chance <= 1000 for one in left)

    def test_implausibly_little_falls_back_to_a_fuller_text(self, monkeypatch):
        def short_ones(table):
            return np.where(table.words > 20, 1, np.where(table.comment, 0, 900))

        monkeypatch.setattr(page, "probabilities", short_ones)
        found = extract(Page(article(*PROSE * 3)))
        assert found.path == "scored, fuller"
        assert found.text.count(PROSE[0]) == 3
        assert "grandfather" not in found.text

    def test_a_page_whose_text_stands_in_data_only(self):
        body = " ".join(PROSE * 2)
        data = f'<script type="application/ld+json">{{"@type": "Article", "articleBody": "{body}"}}</script>'
        found = extract(
            Page(f"<html><head>{data}</head><body><div id='root'></div><p>Loading</p></body></html>")
        )
        assert found.path == "embedded data"
        assert PROSE[2] in found.text

    def test_without_trafilatura_the_markup_decides(self, monkeypatch):
        def broken(tree):
            raise RecursionError

        monkeypatch.setattr(page, "reference_text", broken)
        found = extract(Page(article(*PROSE * 4)))
        assert found.path in ("markup alone", "scored, fuller")
        assert PROSE[1] in found.text

    @given(st.text(alphabet="<>/ap=\"'&;!-divscript \n\0\ud800é漢", max_size=80))
    def test_nothing_makes_it_stumble(self, html):
        try:
            found = extract(Page(html))
        except PageError:
            return
        assert len(found.markup) == found.text.count("\n")
        found.text.encode()


class TestNoArticle:
    @pytest.mark.parametrize(
        ("html", "why"),
        [
            ("<html><body></body></html>", "none: no text"),
            ("<body><script>render()</script><div id='app'></div></body>", "none: script shell"),
            (
                "<body><noscript>Please enable scripts.</noscript><script>x()</script></body>",
                "none: script shell",
            ),
            (
                "<title>404 Not Found</title><body><h1>Not Found</h1><p>The page is gone.</p>",
                "none: error page",
            ),
            (
                "<body>"
                + "".join(f"<li><a href='/{n}'>Story number {n} of the marsh</a></li>" for n in range(60)),
                "none: list of links",
            ),
        ],
    )
    def test_it_says_why(self, html, why):
        found = extract(Page(html))
        assert (found.text, found.path) == ("", why)

    def test_a_page_sent_with_an_error_is_not_read(self):
        assert extract(Page(article(), status=503)).path == "none: HTTP 503"
        assert extract(Page(article(), status=203)).path == "scored"

    def test_an_article_about_errors_is_an_article(self):
        assert extract(Page(article(*PROSE * 3, title="What 404 means"))).path == "scored"


class TestBombs:
    @pytest.mark.parametrize(
        ("html", "says"),
        [
            ("<body>" + "<div>" * 100_000 + "deep", "nested more than 2048 deep"),
            ('<body><p title="' + "x" * 10_500_000 + '">text', "more than 10 MB"),
            (
                '<!DOCTYPE html [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]><p>&c;',
                "entities that expand into one another",
            ),
        ],
        ids=["depth", "attribute", "entities"],
    )
    def test_they_are_refused_by_name(self, html, says):
        with pytest.raises(PageError, match=says) as caught:
            extract(Page(html))
        assert caught.value.text == html

    def test_pages_nested_deeper_than_usual_are_read(self):
        html = article().replace("<article>", "<font>" * 400 + "<article>")
        assert PROSE[1] in extract(Page(html)).text

    def test_a_declared_entity_alone_is_no_bomb(self):
        assert extract(Page('<!DOCTYPE html [<!ENTITY nbsp "&#160;">]>' + article())).path == "scored"


class TestTimeLimit:
    def test_a_page_that_takes_too_long_is_an_error(self, monkeypatch):
        def slow(tree):
            while True:
                try:
                    time.sleep(0.01)
                except Exception:  # as trafilatura does
                    continue

        monkeypatch.setattr(page, "reference_text", slow)
        with pytest.raises(PageError, match=r"more than 0\.1 s"):
            extract(Page(article()), seconds=0.1)

    def test_it_ends_with_its_block(self):
        with time_limit(0.05):
            pass
        time.sleep(0.1)
        with pytest.raises(TimeUpError), time_limit(0.01):
            time.sleep(5)

    def test_other_threads_have_none(self):
        done = []

        def work():
            with time_limit(0.01):
                time.sleep(0.05)
                done.append(True)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert done == [True]


class TestCharset:
    def page(self, text, label, encoding, padding=""):
        meta = f'<meta charset="{label}">' if label else ""
        return f"<html><head>{padding}{meta}</head><body><p>{text}</p></body></html>".encode(encoding)

    @pytest.mark.parametrize(
        ("label", "encoding", "text"),
        [
            ("gb2312", "gbk", "渡船早上七点离开码头，没有人相信这是最后一次。"),
            ("gb18030", "gb18030", "渡船早上七点离开码头，没有人相信这是最后一次。"),
            ("shift_jis", "cp932", "渡し船は朝七時に出て、誰も最後だとは思わなかった。"),
            ("euc-kr", "cp949", "배는 아침 일곱 시에 떠났고 아무도 마지막이라고 믿지 않았다."),
            ("big5", "big5", "渡船早上七點離開碼頭，沒有人相信這是最後一次。"),
            ("windows-1251", "cp1251", "Паром отошёл в семь утра, и никто не верил, что в последний раз."),
            ("koi8-r", "koi8-r", "Паром отошёл в семь утра, и никто не верил, что в последний раз."),
            ("iso-2022-jp", "iso2022_jp", "渡し船は朝七時に出て、誰も最後だとは思わなかった。"),
            ("iso-8859-1", "cp1252", "„Wir bauen eine Brücke“, sagte der Bürgermeister – und lachte."),
            ("", "utf-16", "渡船早上七点离开码头，没有人相信这是最后一次。"),
            ("", "utf-16-le", "Паром отошёл в семь утра, и никто не верил."),
        ],
    )
    def test_pages_are_read_as_what_they_are(self, label, encoding, text):
        assert text in parse(Page(self.page(text, label, encoding))).markup

    @pytest.mark.parametrize(
        "padding", ["", "<!-- " + "x" * 3000 + " -->", "<style>" + "y" * 5000 + "</style>"]
    )
    def test_a_label_counts_within_the_first_kilobyte_and_later(self, padding):
        text = "„Brücke“"
        data = self.page(text, "windows-1250", "cp1250", padding)
        assert declared_in(data) == ["windows-1250"]
        assert text in parse(Page(data)).markup

    def test_utf8_stands_above_a_label_that_says_otherwise(self):
        data = self.page("Die Brücke über den Fluß", "iso-8859-1", "utf-8")
        parsed = parse(Page(data, "windows-1251"))
        assert "Die Brücke über den Fluß" in parsed.markup
        assert parsed.notes == ()

    def test_the_header_stands_above_the_page(self):
        text = "Паром отошёл в семь утра, и никто не верил."
        assert text in parse(Page(self.page(text, "iso-8859-1", "cp1251"), "windows-1251")).markup

    def test_a_label_that_does_not_fit_is_not_believed(self):
        text = "Паром отошёл в семь утра, и никто на пристани не верил, что это в последний раз."
        assert text in parse(Page(self.page(text, "shift_jis", "cp1251"))).markup

    @pytest.mark.parametrize(
        ("data", "name"),
        [
            (b"<!-- <meta charset=koi8-r> --><meta charset=big5>", "big5"),
            (b"<!--><meta charset=koi8-r>", "koi8-r"),
            (b"<!--[if IE]><meta charset=koi8-r><![endif]--><meta charset=big5>", "big5"),
            (b"<script>a = '<meta charset=koi8-r>'</script><meta charset=big5>", "big5"),
            (b"<script>a = '<!--'</script><meta charset=big5><!-- -->", "big5"),
            (b"<!-- <script> --><meta charset=big5>", "big5"),
            (b"<STYLE type=a>/* <meta charset=koi8-r> */</STYLE><meta charset=big5>", "big5"),
            (b"<title>On <meta charset=koi8-r></title><meta charset=big5>", "big5"),
            (b"<title>Never ended <meta charset=big5>", "big5"),
            (b"<noscript><meta charset=big5></noscript>", "big5"),
            (b'<?xml version="1.0" encoding="ISO-8859-1"?><html>', "windows-1252"),
            (b'<meta charset="utf-16">', "utf-8"),
            (b"<meta charset=klingon><meta charset=gbk>", "gb18030"),
            (b"<meta charset=gbk><meta charset=gb2312><meta charset=big5>", "gb18030 big5"),
            (b"<p>charset=gbk</p>", ""),
        ],
    )
    def test_labels(self, data, name):
        assert declared_in(data) == name.split()

    def test_label_of_a_header(self):
        assert declared_by('text/html; Charset="GBK"') == "GBK"
        assert declared_by("text/html") is declared_by(None) is None

    def test_broken_bytes_are_on_record_where_the_text_holds_them(self):
        data = (
            article("Before the war, " + PROSE[0], *PROSE[1:]).encode().replace("“We".encode(), b"\xe2\x80We")
        )
        found = extract(Page(data))
        (note,) = found.notes
        assert (note.fix, note.before) == ("decode:bytes", "e280")
        assert found.text[note.start : note.end] == "\ufffd"
        assert found.text[note.end :].startswith("We shall build")


class TestHead:
    @pytest.mark.parametrize(
        ("head", "title"),
        [
            ("", "The last ferry"),
            ('<meta property="og:title" content="The last ferry of the marsh">', "The last ferry"),
            (f'{LINKED}{{"@type": "Article", "headline": "The last ferry"}}</script>', "The last ferry"),
        ],
    )
    def test_the_best_form_of_the_headline(self, head, title):
        assert extract(Page(article(head=head))).head.title == title

    def test_without_a_heading_the_title_stands(self):
        assert extract(Page("<title>Only a title</title><p>x")).head.title == "Only a title"

    @pytest.mark.parametrize(
        ("html", "url"),
        [
            ('<link rel="canonical" href="https://marsh.example/a">', "https://marsh.example/a"),
            ('<link rel="canonical" href="/a">', None),
            ('<meta property="og:url" content="https://marsh.example/b">', "https://marsh.example/b"),
            ("<!-- saved from url=(0024)https://marsh.example/c -->", "https://marsh.example/c"),
            ("<!-- Mirrored from marsh.example/d by a copier -->", "http://marsh.example/d"),
            ("<!-- by SingleFile \n url: https://marsh.example/e -->", "https://marsh.example/e"),
            ('<link rel="canonical" href="javascript:alert(1)">', None),
        ],
    )
    def test_address(self, html, url):
        assert extract(Page(f"{html}<title>t</title><p>{PROSE[0]}</p>")).head.url == url

    @pytest.mark.parametrize(
        ("html", "lang"),
        [
            ('<html lang="de-AT">', "de-AT"),
            ('<html xml:lang="pt_BR">', "pt-BR"),
            ('<meta property="og:locale" content="en_GB">', "en-GB"),
            ('<meta http-equiv="content-language" content="fr, en">', "fr"),
            ("<p>", None),
        ],
    )
    def test_language(self, html, lang):
        assert extract(Page(f"{html}<p>{PROSE[0]}</p>")).head.lang == lang

    def test_date_and_author_are_read_where_they_are_asked_for(self):
        people = '"author": [{"name": "Ada"}, {"name": "Ben"}]'
        data = f'{{"@type": "Article", "datePublished": "2024-03-02T10:00", {people}}}'
        html = article(head=f'<script type="application/ld+json">{data}</script>')
        assert extract(Page(html)).head[3:] == (None, None)
        assert extract(Page(html), metadata=True).head[3:] == ("2024-03-02", "Ada; Ben")
        meta = '<meta name="date" content="2001-05-06"><meta name="author" content="Cleo">'
        assert extract(Page(article(head=meta)), metadata=True).head[3:] == ("2001-05-06", "Cleo")

    def test_half_a_surrogate_pair_in_data_reaches_no_column(self):
        said = '"headline": "The weir \\ud83d", "author": {"name": "A\\udc00da"}'
        body = "They walked \\ud83d along the weir until it was dark. " * 20
        data = f'{{"@type": "NewsArticle", {said}, "articleBody": "{body}"}}'
        found = extract(Page(f"{LINKED}{data}</script><p>One."), metadata=True)
        assert found.head.title == "The weir \ufffd"
        assert found.head.author == "A\ufffdda"
        found.text.encode()

    def test_broken_data_is_passed_by(self):
        html = article(head='<script type="application/ld+json">{"headline": "x</script>')
        assert extract(Page(html), metadata=True).head.title == "The last ferry"


class TestBlocks:
    @pytest.mark.parametrize(
        ("html", "want"),
        [
            ("<p>one <b>bold</b> word</p><p>two</p>", ["one bold word", "two"]),
            ("<div>loose<p>inner</p>tail</div>", ["loose", "inner", "tail"]),
            ("<p>a<br>b<br><br>c</p>", ["a\nb", "c"]),
            ("<p>x<script>no</script>y</p>", ["xy"]),
            ("<ul><li>one<li>two</ul>", ["one", "two"]),
            ("<pre>  a\n   b\n</pre>", ["  a\n   b"]),
            ("<table><tr><td>a<td>b<tr><td>c<td><p>d</p></table>", ["a | b", "c | d"]),
            ("<table><tr><td>a<td><p>d</p><p>e</p></table>", ["a", "d", "e"]),
            (f"<table><tr><td>menu<td>{'long ' * 60}</table>", ["menu", ("long " * 60).strip()]),
            ("<noscript><p>kept</p></noscript>", ["kept"]),
            ("<!-- gone -->text", ["text"]),
        ],
    )
    def test_what_a_reader_sees_apart(self, html, want):
        assert blocks(html) == want

    def test_links_are_counted(self):
        layout = layout_of(parse(Page("<p>see <a href=x>the dam</a> and <a href=y>birds</a></p>")).tree)
        (block,) = layout.blocks
        assert (block.links, block.link_chars) == (2, len("the dambirds"))

    def test_containers_hold_their_blocks(self):
        layout = layout_of(parse(Page("<div><p>a</p><section><p>b</p><p>c</p></section></div><p>d</p>")).tree)
        held = {one.tag: (one.first, one.stop) for one in layout.containers if one.tag != "p"}
        assert (held["div"], held["section"]) == ((0, 3), (1, 3))

    def test_hidden_is_inherited(self):
        layout = layout_of(parse(Page('<div style="display: none"><p>a</p></div><p>b</p>')).tree)
        assert [layout.containers[block.container].hidden for block in layout.blocks] == [True, False]

    def test_names_tell_what_is_near(self):
        (at,) = (n for n, name in enumerate(group_names()) if name == "related")
        assert at in groups_of("siteRelated-box")
        assert groups_of("xyzzy") == ()


class TestMembers:
    def test_in_order(self):
        held = "the boat left at seven\nmore\nthe mayor came by bicycle"
        blocks = [["the", "boat", "left", "at", "seven"], ["more"], ["bicycle"], ["seven"], ["news"]]
        assert members(blocks, held) == [1000, 1000, 1000, 0, 0]

    def test_partly(self):
        block = [f"w{n}" for n in range(16)]
        assert members([block], " ".join(block[:8])) == [500]


def test_features_have_names_and_numbers_for_every_block():
    parsed = parse(Page(article()))
    layout = layout_of(parsed.tree)
    table = table_of(layout, " ".join(PROSE), "The last ferry")
    assert table.numbers.shape == (len(layout.blocks), len(names()))
    assert len(set(names())) == len(names())
    assert table.numbers.min() >= -1
    assert set(choice.page_scorer().features) == set(names())


def test_the_choice_reaches_the_f1_it_expects():
    parsed = parse(Page(article()))
    layout = layout_of(parsed.tree)
    table = table_of(layout, "", "")
    sure = np.where(table.words > 20, 990, 10)
    assert (choice.choose(table, sure) == (table.words > 20)).all()
    unsure = np.full(len(table.words), 300)
    assert choice.choose(table, unsure).all(), "where nothing is sure, more is expected of keeping all"


def test_caches_are_emptied():
    from trafilatura.utils import line_processing

    extract(Page(article()))
    assert line_processing.cache_info().currsize
    forget()
    assert line_processing.cache_info().currsize == 0


@pytest.mark.parametrize(
    ("title", "path"),
    [
        ("404 Not Found", "none: error page"),
        ("Error 404 - Not Found", "none: error page"),
        ("Page not found | The Marsh Post", "none: error page"),
        ("Access denied: the day the ferry stopped", "scored"),
        ("Page not found: why the web forgets", "scored"),
        ("Forbidden fruit of the northern marsh", "scored"),
    ],
)
def test_an_article_about_an_error_is_an_article(title, path):
    paragraphs = "".join(f"<p>{line}</p>" for line in PROSE)
    html = f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{paragraphs}</body></html>"
    assert extract(Page(html)).path == path


@pytest.mark.parametrize(
    "data", ["", " \n", "<!-- nothing -->", b"", b"\xef\xbb\xbf", b"<?xml version='1.0'?>"]
)
def test_a_page_of_nothing_is_empty(data):
    found = extract(Page(data))
    assert (found.text, found.path) == ("", "none: empty page")


def test_files_of_other_kinds_are_no_pages():
    with pytest.raises(PageError, match="it is a PDF file, no page"):
        extract(Page(b"%PDF-1.7\n%\xe2\xe3"))
    assert extract(Page("<p>%PDF- is how it begins, the archivist said.")).path != "none: empty page"


def test_comments_that_are_kept_are_not_left_out():
    found, left = explain(Page(article()), comments=True)
    assert "My grandfather" in found.comments
    assert not any("My grandfather" in block.text for block in left)
    assert any("My grandfather" in block.text for block in explain(Page(article()))[1])


@pytest.mark.parametrize(
    ("given", "lang"), [("en", "en"), ("pt_BR", "pt-BR"), ("English", None), ("xx-INVALIDXX!!", None)]
)
def test_a_language_is_a_tag(given, lang):
    assert extract(Page(f'<html lang="{given}"><body><p>{PROSE[0]}</p>')).head.lang == lang


def test_a_day_is_one_of_the_calendar():
    head = (
        '<meta property="article:published_time" content="2024-13-45"><meta name="date" content="2024-11-05">'
    )
    assert extract(Page(article(head=head)), metadata=True).head.published == "2024-11-05"


def test_half_of_a_surrogate_pair_is_on_record():
    found = extract(Page(article(PROSE[0][:50] + "\ud83d" + PROSE[0][50:], *PROSE[1:])))
    [note] = found.notes
    assert (note.fix, note.before) == ("decode:bytes", "\\ud83d")
    assert found.text[note.start : note.end] == "\ufffd"


def test_of_a_short_page_all_sentences_stay_that_trafilatura_took():
    lines = ("渡船像战后每一天一样在早上七点离开。", "我们要造一座桥，市长说，船夫笑了起来。")
    body = "".join(f"<p>{line}</p>" for line in lines)
    page = f"<meta charset=utf-8><title>别的标题</title><body><article>{body}</article>"
    found = extract(Page(page))
    assert found.text.splitlines() == list(lines)
    assert found.path == "scored, fuller"
    assert extract(Page(article())).path == "scored", "longer pages are the scorer's"


def test_control_characters_that_are_left_out_are_on_record():
    page = article(PROSE[0][:50] + "\x07\x00\x07" + PROSE[0][50:], *PROSE[1:])
    found = extract(Page(page.encode()))
    assert found.text == extract(Page(article())).text
    assert [(note.fix, note.before) for note in found.notes] == [("decode:dropped", "\x07\x00")]
    assert not extract(Page(article().encode())).notes
