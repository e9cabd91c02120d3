"""What people get wrong when they write TOML."""

import pytest

from tests.declared.samples import CALENDAR, MEETING, declare, only, said

NOTEPAD = "In Notepad choose File, Save as, Encoding: UTF-8."
CURLY = 'These quotation marks are curly, as word processors make them. Use straight ones: "'


@pytest.mark.parametrize(
    ("line", "place", "code", "sentence"),
    [
        ("at = 18:30", "7:6", "bare-time", 'Write 18:30:00 or "18:30".'),
        ("at = 9:30  # early", "7:6", "bare-time", 'Write 09:30:00 or "09:30".'),
        (
            "at = 24:00:00",
            "7:6",
            "bare-time",
            "No clock shows 24:00:00. A day ends at 23:59:00, and the next one begins at 00:00:00.",
        ),
        ("ends = 2026-12-03T20:00", "7:8", "bare-time", "A date and time is written with its seconds: 2026-12-03T20:00:00."),
        ("ends = 2026-12-03 20:00", "7:8", "bare-time", "A date and time is written with its seconds: 2026-12-03T20:00:00."),
        ("date = 2026-13-45", "7:8", "bad-date", "There is no 2026-13-45. A date is year, month, day: 2026-12-03."),
        ("date = 2026-02-30", "7:8", "bad-date", "There is no 2026-02-30: February 2026 has 28 days."),
        ("date = 2026-1-5", "7:8", "bad-date", "Write a date and a time with two digits each: 2026-01-05."),
        ("date = 3/12/2026", "7:8", "bad-date", "Write a date as 2026-12-03: year, month, day."),
        ("note = “Tea and cake”", "7:8", "curly-quotes", CURLY),
        ('note = "Tea and cake', "7:8", "unclosed-text", "The closing quotation mark of this text is missing."),
        ('note = """Tea and cake', "7:10", "unclosed-text", "The closing quotation mark of this text is missing."),
        ("counts = False", "7:10", "not-true", "Write true or false, in small letters and without quotation marks."),
        ("counts = no", "7:10", "not-true", "Write true or false, in small letters and without quotation marks."),
        ("attendance = 042", "7:14", "leading-zero", "A number does not begin with 0: write 42."),
        ("venue = hall", "7:9", "unquoted-text", 'Text stands between quotation marks: "hall"'),
        ("areas = [oakham]", "7:10", "unquoted-text", 'Text stands between quotation marks: "oakham"'),
        ("note =", "7:1", "no-value", "`note` has no value."),
        (
            "just a thought",
            "7:1",
            "no-equals",
            'A line is a key and its value, title = "..."; a key has no spaces, and a note begins with #',
        ),
        (
            "note = 'It's tea'",
            "7:8",
            "text-continues",
            ("This text ends at its second quotation mark and something follows. "
            "An apostrophe goes between double quotes; double quotes inside a text become 'single' ones."),
        ),
        (
            'note = "C:\\tea\\q"',
            "7:11",
            "backslash",
            "A backslash in a text is written twice (\\\\), or the text stands between 'single' quotes.",
        ),
        ("[[meeting]", "7:1", "table-brackets", "The brackets do not match: write [[meeting]]"),
        ("[meeting", "7:1", "table-brackets", "The brackets do not match: write [meeting]"),
        ("[meeting]", "7:1", "table-brackets", "Write [[meeting]], with the same brackets as in line 3."),
        (
            'papers = [{ title = "Agenda",',
            "7:1",
            "unclosed-list",
            "A list [ ... ] or a table { ... } is not closed here or above, or lacks a comma.",
        ),
        ("[calendar]", "7:2", "duplicate-table", "[calendar] stands twice in this file; the first is in line 1."),
        ('title = "B"', "7:1", "duplicate-key", "`title` stands twice in this table; the first is in line 5. Keep one of them."),
    ],
)  # fmt: skip
def test_a_mistake_in_the_writing_is_answered_where_it_stands(line, place, code, sentence):
    """With line, column and the sentence that helps; what follows from it is not said."""
    assert f"talks.toml:{place} {code} {sentence}" in said(declare(MEETING + line + "\n"))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "talks.toml:1:1 empty-file This file is empty. Move it out of the folder if it is no longer wanted."),
        (
            b"# later\n",
            "talks.toml:1:1 empty-file This file is empty. Move it out of the folder if it is no longer wanted.",
        ),
        (
            CALENDAR.encode("utf-16"),
            f"talks.toml:1:1 encoding The file is saved as UTF-16, not as UTF-8. {NOTEPAD}",
        ),
        (
            CALENDAR.encode("utf-16-le"),
            f"talks.toml:1:1 encoding The file is saved as UTF-16, not as UTF-8. {NOTEPAD}",
        ),
        (b'[calendar]\nname = "Caf\xe9"', f"talks.toml:2:12 encoding This letter is not in UTF-8. {NOTEPAD}"),
        (b'[calendar]\nname = "\0"', "talks.toml:2:9 encoding The file holds a NUL character: it is damaged."),
        (b"a = " + b"[" * 100_000, "talks.toml:1:24 too-deep Brackets are nested too deeply here."),
        (b"[calendar]\na = " + b"9" * 100_000, "talks.toml:2:5 number-too-large This number is too large."),
        (b"a." * 20 + b"b = 1", "talks.toml:1:1 too-deep This name has too many dots."),
        (
            b" " * (4 * 1024 * 1024 + 1),
            "talks.toml:1:1 file-too-large The file is larger than 4 MiB. Split it into two calendars.",
        ),
    ],
    ids=range(10),
)
def test_a_file_that_is_no_text_is_refused_in_a_sentence(content, expected):
    """Never with a traceback, and with what to do in Notepad where that is the cause."""
    assert only(declare(talks=content)) == expected


@pytest.mark.parametrize(
    "spoil", [lambda t: t.replace("\n", "\r\n"), lambda t: "\ufeff" + t, lambda t: t.replace(" = ", "\t=\t")]
)
def test_what_windows_editors_write_is_fine(spoil):
    """CRLF, a byte-order mark and tabs; places count as the editor shows them."""
    declared = declare(talks=spoil(CALENDAR + MEETING))
    assert declared.problems == ()
    spoilt = declare(talks=spoil(CALENDAR + MEETING + 'vneue = "hall"\n'))
    assert only(spoilt) == 'talks.toml:7:1 unknown-key `vneue` is not a key of [[meeting]]. Did you mean "venue"?'
    assert "\r" not in spoilt.problems[0].text


def test_reading_goes_on_after_a_mistake_whose_meaning_is_plain():
    """A bare 18:30 and curly quotes are told together with a misspelt key; the repaired value is not judged."""
    declared = declare(MEETING, "duration = 18:30\nnote = “Tea”\nvneue = 1\n")
    assert [(problem.line, problem.code) for problem in declared.problems] == [
        (7, "bare-time"),
        (8, "curly-quotes"),
        (9, "unknown-key"),
    ]
    assert declared.schedule is None


def test_a_mistake_in_one_file_hides_nothing_in_another():
    """Both files are answered; what the broken one might define is not called unknown."""
    declared = declare(MEETING, 'venue = "hall"\nvneue = 1\n', other="[calendar\n")
    assert [(problem.file, problem.code) for problem in declared.problems] == [
        ("other.toml", "table-brackets"),
        ("talks.toml", "unknown-key"),
    ]


def test_a_problem_shows_its_line_with_a_caret():
    """As a person reads it in the terminal."""
    (problem,) = declare(MEETING, "at = 18:30\n").problems
    assert str(problem) == 'talks.toml:7:6: Write 18:30:00 or "18:30".\n    at = 18:30\n         ^'
