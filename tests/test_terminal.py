"""What reaches a terminal: escapes, colour, progress, the marked document."""

from __future__ import annotations

import io
import json
import re
import shlex
from types import SimpleNamespace

import pytest

from cleaner.commands import annotate, progress, terminal
from cleaner.commands.codes import Code
from cleaner.commands.figures import HostProfile, Removed, Summary
from cleaner.commands.summary import as_json, describe
from cleaner.commands.terminal import Paint
from cleaner.files.paths import Failure
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
        "phase": "cleaning",
    }
    return SimpleNamespace(**{**values, **changes})


class TestProgress:
    def test_measures(self):
        assert progress.measures(state(), 2.0) == [
            "1,200 documents",
            "5.00 of 20.0 MB",
            "2.50 MB/s",
            "0:06 left",
            "10.0 % removed",
        ]

    def test_measures_at_the_start_at_the_end_and_of_unknown_length(self):
        nothing = state(documents=0, bytes_done=0, chars_in=0, chars_out=0)
        assert progress.measures(nothing, 0.0) == ["0 documents", "0.00 of 20.0 MB", "0 % removed"]
        assert progress.measures(state(bytes_done=20_000_000), 2.0)[-1] == "10.0 % removed"
        assert progress.measures(state(bytes_total=0, failed=2), 2.0)[1:3] == ["2 failed", "5.00 MB"]

    def test_the_counting_pass_says_what_it_is_and_removes_nothing(self):
        shown = progress.measures(state(phase="counting", chars_in=0, chars_out=0), 2.0)
        assert shown == ["counting lines: 1,200 documents", "5.00 of 20.0 MB", "2.50 MB/s", "0:06 left"]

    def test_each_pass_has_its_own_clock(self):
        now = [0.0]
        out = io.StringIO()
        lines = progress.LineReporter(out, clock=lambda: now[0])
        for second, phase, done in ((20.0, "counting", 4), (30.0, "cleaning", 0), (35.0, "cleaning", 10)):
            now[0] = second
            lines.update(state(phase=phase, bytes_done=done * 1_000_000))
        lines.close()
        counting, begun, cleaning = out.getvalue().splitlines()
        assert counting == "counting lines: 1,200 documents, 4.00 of 20.0 MB, 0.20 MB/s, 1:20 left"
        assert begun == "1,200 documents, 0.00 of 20.0 MB, 10.0 % removed"
        assert "2.00 MB/s, 0:05 left" in cleaning

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
        assert annotate.heading("a.txt", Result("x", "fused")).startswith("a.txt: fused (kept whole")
        failed = Result("x", "failed", error="no string")
        assert annotate.heading("a\x1b.txt", failed) == r"a\x1b.txt: failed: no string"


def summary(**changes) -> Summary:
    values = {
        "documents": 1000,
        "statuses": {"cleaned": 600, "clean": 397, "failed": 1, "fused": 2},
        "changed": 610,
        "failed": 1,
        "chars_in": 100_000,
        "chars_out": 90_000,
        "document_failures": (Failure("a.jsonl#812", "line 812: broken JSON"),),
        "removals": {"ALR001": Removed(50, 6000), "PAT002": Removed(3, 3000), "ALR002": Removed(5, 1000)},
        "inputs": 2,
        "outputs": ("out/part-00000.parquet",),
        "side_folder": "out/_cleaner",
        "seconds": 10.0,
    }
    return Summary(**{**values, **changes})


CODES = {
    code: Code(code, name, family, (), "high", "removes", "")
    for code, name, family in [
        ("ALR001", "pointer", "also-read"),
        ("ALR002", "list", "also-read"),
        ("PAT002", "pitch", "patreon"),
    ]
}


def told(of: Summary, bytes_read: int = 5_000_000) -> str:
    return "\n".join(describe(of, CODES, bytes_read, PLAIN))


class TestSummary:
    def test_what_was_read_and_came_of_it(self):
        first, *rest = told(summary()).splitlines()
        assert first == "1,000 documents of 2 files in 0:10, 0.50 MB/s: 610 changed, 1 failed"
        statuses = [line.split()[:4] for line in rest[:4]]
        assert statuses == [
            ["600", "cleaned", "60.0", "%"],
            ["397", "clean", "39.7", "%"],
            ["2", "fused", "0.2", "%"],
            ["1", "failed", "0.1", "%"],
        ]

    def test_no_speed_is_told_of_a_few_bytes(self):
        assert "MB/s" not in told(summary(), bytes_read=999_999)

    def test_families_come_by_what_they_took_with_their_rules(self):
        text = told(summary())
        assert "what went: 10,000 of 100,000 characters (10.0 %)" in text
        rows = [
            re.split(r"  +", line.strip()) for line in text.splitlines() if "removal" in line and "%" in line
        ]
        assert rows == [
            ["also-read", "7,000 characters", "70.0 %", "55 removals"],
            ["ALR001 pointer", "6,000 characters", "60.0 %", "50 removals"],
            ["ALR002 list", "1,000 characters", "10.0 %", "5 removals"],
            ["patreon", "3,000 characters", "30.0 %", "3 removals"],
            ["PAT002 pitch", "3,000 characters", "30.0 %", "3 removals"],
        ]

    def test_a_family_counts_its_unlisted_rules_too(self):
        many = {f"ALR{n:03}": Removed(1, 100) for n in range(1, 31)}
        codes = {code: Code(code, "x", "also-read", (), "high", "removes", "") for code in many}
        text = "\n".join(describe(summary(removals=many, chars_out=97_000), codes, 0, PLAIN))
        assert re.search(r"also-read +3,000 characters +100\.0 % +30 removals", text)
        assert "and 10 further rules" in text

    def test_a_code_that_is_not_known_here_is_listed_all_the_same(self):
        text = told(summary(removals={"NEW001": Removed(1, 10_000)}))
        assert re.search(r"other .*\n    NEW001 ", text)

    def test_repairs_and_decoding_are_told_apart(self):
        text = told(summary(repairs={"encoding": 12, "decode:charset=windows-1252": 3}))
        assert "repaired: encoding 12\n" in text
        assert "decoded: charset=windows-1252 3\n" in text

    def test_failures_are_named_and_where_all_of_them_lie(self):
        failed = tuple(Failure(f"{n}.txt.gz", "truncated") for n in range(9))
        text = told(summary(failed_inputs=9, input_failures=failed))
        assert "9 inputs or records failed\n  0.txt.gz: truncated\n" in text
        assert "1 document failed\n  a.jsonl#812: line 812: broken JSON\n" in text
        assert "out/_cleaner/failed.jsonl" in text
        assert "failed.jsonl" not in told(summary(failed=0, document_failures=()))

    def test_duplicates_and_what_was_passed_by(self):
        text = told(
            summary(duplicate_ids=2, duplicate_example={"id": "k\x1b7", "source": "a#1"}, skipped={".png": 4})
        )
        assert "2 documents bear the id of an earlier one, such as" in text
        assert "\x1b" not in text
        assert "4 .png" in text

    def test_the_host_profile_and_where_it_is_from(self):
        def line(origin, **more):
            profile = HostProfile(origin, "out/\x1b/sites.arrow", "ab", 1200, 1, **more)
            return next(one for one in told(summary(profile=profile)).splitlines() if "profile" in one)

        assert line("made", seconds=65.0) == "  host profile: 1,200 pages of 1 host, counted in 1:05"
        assert line("kept").endswith("1 host, of an earlier run; --refresh-profile makes it anew")
        assert line("given").endswith(r"1 host, from out/\x1b/sites.arrow")
        assert "profile" not in told(summary())

    def test_the_query_can_be_pasted(self):
        line = next(line for line in told(summary()).splitlines() if "duckdb" in line)
        duckdb, flag, query = shlex.split(line)
        assert (duckdb, flag) == ("duckdb", "-c")
        assert "FROM 'out/part-*.parquet'" in query

    def test_the_query_survives_hostile_names(self):
        hostile = summary(side_folder="o'u$t/_cleaner", outputs=("o'u$t/part-00000.parquet",))
        line = next(line for line in told(hostile).splitlines() if "duckdb" in line)
        assert "FROM 'o''u$t/part-*.parquet'" in shlex.split(line)[2]

    def test_one_file_is_named_itself(self):
        one = summary(outputs=("out/all.parquet",), side_folder="out/_cleaner/all")
        assert "FROM 'out/all.parquet'" in told(one)

    def test_nothing_read_and_nothing_removed(self):
        text = told(Summary(outputs=("out/part-00000.parquet",), side_folder="out/_cleaner"))
        assert text.startswith("0 documents of 0 files in 0:00: 0 changed, 0 failed\n")
        assert "what went: 0 of 0 characters (0 %)" in text
        assert "duckdb" not in text

    def test_json_is_ascii_and_complete(self):
        text = as_json(summary(document_failures=(Failure("渡.txt", "x"),)))
        assert text.isascii()
        assert json.loads(text) == json.loads(summary(document_failures=(Failure("渡.txt", "x"),)).to_json())
