"""What reaches a terminal: escapes, colour, progress, the marked document."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace

import pytest

from cleaner.commands import annotate, progress, terminal
from cleaner.commands.terminal import Paint
from cleaner.model import Finding, Removal, Repair, Result

PLAIN = Paint(False)


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class TestVisible:
    @pytest.mark.parametrize(
        ("raw", "shown"),
        [
            ("\x1b]0;owned\x07", r"\x1b]0;owned\x07"),
            ("a\rb", r"a\x0db"),
            ("\x9b31m", r"\x9b31m"),
            ("\u202eevil", r"\u202eevil"),
            ("\u2066x\u2069", r"\u2066x\u2069"),
            ("\u2028\u2029", r"\u2028\u2029"),
            ("\ud83d", r"\ud83d"),
            ("\U000e0041", r"\U000e0041"),
            ("\x00\x7f", r"\x00\x7f"),
            ("\ufeffx\u200b", r"\ufeffx\u200b"),
        ],
    )
    def test_what_acts_or_hides_is_escaped(self, raw, shown):
        assert terminal.visible(raw) == shown

    @pytest.mark.parametrize(
        "text", ["tab\tstays", "Grüße “quoted” … ", "日本語", "می‌خواهم", "👩‍🚀", "a\u0301", "ﬁ\u00a0x"]
    )
    def test_what_is_text_stays(self, text):
        assert terminal.visible(text) == text


class TestColour:
    @pytest.mark.parametrize(
        ("environ", "watched", "wanted"),
        [
            ({}, True, True),
            ({}, False, False),
            ({"TERM": "dumb"}, True, False),
            ({"NO_COLOR": "1"}, True, False),
            ({"NO_COLOR": ""}, True, True),
            ({"FORCE_COLOR": "1"}, False, True),
            ({"FORCE_COLOR": "0"}, True, False),
            ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
            ({"FORCE_COLOR": "3", "TERM": "dumb"}, False, True),
        ],
    )
    def test_environment(self, environ, watched, wanted):
        stream = Screen() if watched else io.StringIO()
        assert terminal.wants_colour(stream, environ) is wanted

    def test_a_closed_or_missing_stream_is_no_terminal(self):
        closed = Screen()
        closed.close()
        assert terminal.is_terminal(None, {}) is False
        assert terminal.wants_colour(io.TextIOWrapper(_closed()), {}) is False


def _closed() -> io.BytesIO:
    raw = io.BytesIO()
    raw.close = lambda: None  # type: ignore[method-assign]
    return raw


def test_a_reader_that_left_is_told_apart_from_other_broken_pipes():
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    with pytest.raises(terminal.ReaderGoneError):
        terminal.put(["x"], Gone())


def state(**changes):
    values = {
        "documents": 1200,
        "bytes_done": 5_000_000,
        "bytes_total": 20_000_000,
        "chars_in": 1000,
        "chars_out": 900,
        "failed": 0,
    }
    return SimpleNamespace(**{**values, **changes})


class TestProgress:
    def test_measures(self):
        assert progress.measures(state(), 2.0) == [
            "1,200 documents",
            "5.00 of 20.0 MB",
            "2.50 MB/s",
            "10.0 % removed",
            "0:06 left",
        ]

    def test_measures_at_the_start_at_the_end_and_of_unknown_length(self):
        nothing = state(documents=0, bytes_done=0, chars_in=0, chars_out=0)
        assert progress.measures(nothing, 0.0) == ["0 documents", "0.00 of 20.0 MB", "0 % removed"]
        assert progress.measures(state(bytes_done=20_000_000), 2.0)[-1] == "10.0 % removed"
        assert progress.measures(state(bytes_total=0, failed=2), 2.0)[1:3] == ["2 failed", "5.00 MB"]

    def test_lines_come_every_so_often_and_at_the_end(self):
        now = [0.0]
        out = io.StringIO()
        lines = progress.LineReporter(out, clock=lambda: now[0])
        for second in range(26):
            now[0] = float(second)
            lines.update(state(documents=second))
        lines.close()
        assert [line.split()[0] for line in out.getvalue().splitlines()] == ["10", "20", "25"]

    def test_the_end_is_not_told_twice(self):
        now = [0.0]
        out = io.StringIO()
        lines = progress.LineReporter(out, clock=lambda: now[0])
        now[0] = 11.0
        lines.update(state())
        lines.close()
        assert len(out.getvalue().splitlines()) == 1

    def test_quiet_says_what_must_not_be_lost(self):
        out = Screen()
        with progress.reporter(out, quiet=True) as report:
            report.update(state())
            report.say("a.txt: \x1b[31mbroken")
        assert out.getvalue() == "a.txt: \\x1b[31mbroken\n"

    def test_a_pipe_gets_lines_without_colour(self):
        out = io.StringIO()
        with progress.reporter(out, quiet=False) as report:
            report.update(state())
        assert re.fullmatch(r"1,200 documents, .*% removed.*\n", out.getvalue())

    def test_a_terminal_gets_a_bar_and_messages_above_it(self, monkeypatch):
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "120")
        out = Screen()
        with progress.reporter(out, quiet=False) as report:
            report.update(state())
            report.say("warning: [bold]page.txt[/bold] is empty")
        assert "warning: [bold]page.txt[/bold] is empty\n" in out.getvalue()
        assert "\x1b[" in out.getvalue()
        assert "1,200 documents" in out.getvalue()

    @pytest.mark.parametrize(
        ("seconds", "shown"), [(0, "0:00"), (59.6, "1:00"), (3599, "59:59"), (90061, "25:01:01")]
    )
    def test_duration(self, seconds, shown):
        assert progress.duration(seconds) == shown


def result(source: str, *removals: tuple[str, int, int], repairs: tuple[Repair, ...] = ()) -> Result:
    """A result as the core makes it, cut at ``removals``."""
    ledger = tuple(Removal(rule, start, end, source[start:end]) for rule, start, end in removals)
    text, at = "", 0
    for removal in ledger:
        text += source[at : removal.start]
        at = removal.end
    text += source[at:]
    return Result(
        text, "cleaned", chars_in=len(source), chars_out=len(text), repairs=repairs, removals=ledger
    )


def shown(document: Result, findings=(), trials=(), names=None) -> list[str]:
    found = annotate.marks(document, findings, trials)
    return list(annotate.annotate(document, found, names or {}, PLAIN))


class TestAnnotate:
    def test_lines_that_go_are_marked_and_reasoned(self):
        document = result("One.\nPointer\nlist\n\nTwo.\n", ("ALR001", 5, 19))
        finding = Finding("ALR001", 5, 17, evidence=("lead line", "1 title follows"))
        assert shown(document, [finding], names={"ALR001": "pointer"}) == [
            "  1  One.",
            "- 2  Pointer",
            "- 3  list",
            "- 4",
            "     ALR001 pointer: lead line; 1 title follows",
            "  5  Two.",
        ]

    def test_a_part_of_a_line(self):
        document = result("The river rose (aside) fast (b).\n", ("ALR001", 14, 22), ("ALR002", 27, 31))
        assert shown(document) == [
            "~ 1  The river rose[- (aside)-] fast[- (b)-].",
            "     ALR001",
            "     ALR002",
        ]

    def test_a_part_of_a_line_and_the_next_line_whole(self):
        document = result("Kept part. Gone\nGone too\n", ("X", 10, 25))
        assert shown(document) == ["~ 1  Kept part.[- Gone-]", "- 2  Gone too", "     X"]

    def test_a_trial_is_shown_and_stays(self):
        document = result("One.\nPhoto: A. Person\nTwo.\n")
        trial = Finding("PHO001", 5, 22, "trial", evidence=("a credit",))
        assert shown(document, trials=[trial], names={"PHO001": "photo credit"}) == [
            "  1  One.",
            "? 2  Photo: A. Person",
            "     PHO001 photo credit (on trial: stays): a credit",
            "  3  Two.",
        ]

    def test_evidence_of_united_findings_comes_once_each(self):
        document = result("a\nb\nc\n", ("X", 0, 4))
        findings = [
            Finding("X", 0, 2, evidence=("p", "q")),
            Finding("X", 2, 4, evidence=("q", "r")),
            Finding("Y", 0, 4),
        ]
        (mark,) = annotate.marks(document, findings, [])
        assert mark.evidence == ("p", "q", "r")

    def test_no_line_end_at_the_end_and_an_empty_document(self):
        assert shown(result("One.\nGone", ("X", 5, 9))) == ["  1  One.", "- 2  Gone", "     X"]
        assert shown(result("")) == []

    def test_line_numbers_line_up(self):
        document = result("x\n" * 10)
        assert shown(document)[0] == "   1  x"
        assert shown(document)[-1] == "  10  x"

    def test_hostile_text_is_escaped_wherever_it_stands(self):
        document = result(
            "keep \x1b[2J\ngo \u202e\n", ("X", 10, 15), repairs=(Repair("encoding", 0, 4, "\x9d"),)
        )
        text = "\n".join(shown(document, [Finding("X", 10, 15, evidence=("says \x07",))]))
        assert re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text) is None
        assert r"\x07" in text

    def test_repairs_name_line_and_change(self):
        repairs = (
            Repair("decode:charset=windows-1252", 0, 0, ""),
            Repair("encoding", 7, 8, "â€™"),
            Repair("control-chars", 9, 9, "\x00"),
        )
        document = result("One.\nIt’s.\n", repairs=repairs)
        assert shown(document)[2:] == [
            "repairs",
            "  decode:charset=windows-1252",
            '  line 2: encoding: "â€™" became "’"',
            r'  line 2: control-chars: "\x00" became ""',
        ]

    def test_headings(self):
        document = result("One.\nPointer\n", ("X", 5, 13))
        assert (
            annotate.heading("a.txt", document)
            == "a.txt: cleaned, 8 of 13 characters go (61.5 %) in 1 removal"
        )
        failed = Result("x", "failed", error="no string")
        assert annotate.heading("a\x1b.txt", failed) == r"a\x1b.txt: failed: no string"
