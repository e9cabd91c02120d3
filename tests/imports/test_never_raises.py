"""Whatever bytes somebody brings, the answer is a file that passes our own check or sentences, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engage.imports.formats import FORMATS
from tests.imports.samples import bring, csv, entries, ics, parts, vevent, xlsx, zipped

pytestmark = pytest.mark.timeout(60)

SERIES = ics(
    vevent("RRULE:FREQ=MONTHLY;BYDAY=2TU;COUNT=9", "EXDATE;TZID=Europe/London:20261208T183000", "SEQUENCE:3"),
    vevent("RECURRENCE-ID;TZID=Europe/London:20270112T183000", "LOCATION:Hall\\, ZZ2 1AA", title="Other"),
    vevent("RRULE:FREQ=YEARLY", uid="2", start="DTSTART;VALUE=DATE:20261225", end=""),
    vevent("DESCRIPTION:<b>a</b>", "GEO:54.5;-1.2", "CATEGORIES:Fraud,x", "URL:https://www.example.org", uid="3"),
)
FEED = (Path(__file__).parents[1] / "feeds" / "golden" / "rich-all.ics").read_bytes()
TABLE = csv("03/12/2026,18:30,8pm,Talk,Village Hall,ZZ1 4AA,Tea", "2026-12-04,,,All day,,,").encode()
BOOK = xlsx([["Date", "Start", "Title", "Venue"], ["d46359", "t0.77", "Talk", "Hall"], ["4/12/2026", "6pm", 5.5, True]])
WORDS = st.sampled_from([
    b"BEGIN:VEVENT", b"END:VEVENT", b"\r\n", b"\n ", b"RRULE:FREQ=DAILY", b"RRULE:", b"EXDATE:", b"RDATE:", b"20261201", b"T183000Z",
    b"RECURRENCE-ID:20261201T183000", b"DTSTART:", b"DTSTART;VALUE=DATE:20000229", b"DURATION:P7D", b"DURATION:-PT1H", b";", b":", b",", b'"',
    b"\\", b"UNTIL=20200101", b"COUNT=1", b"INTERVAL=1000", b"BYDAY=-1SU", b"BYMONTHDAY=31", b"BYSETPOS=-1", b"TZID=UTC", b"99999999", b"21001231T235959",
    b"SUMMARY:", b"UID:", b"\xe2\x80\xae", b"\xff", b"\0", b"31/12/2100", b"24:00", b"\t", b"''' \"\"\"",
])  # fmt: skip


def check(content: bytes, suffix: str) -> None:
    for skip_bad in (False, True):
        done = bring(content, f"x{suffix}", skip_bad=skip_bad)
        assert done.text is not None or done.problems
        assert skip_bad or not (done.text and done.problems)
        if done.text is not None:
            assert entries(done)
        assert all(p.line >= 1 and "Traceback" not in p.message for p in (*done.problems, *done.warnings))


@given(st.binary(max_size=300))
@example(b"")
@example(b"\xef\xbb\xbf")
def test_any_bytes(content: bytes):
    """As each of the formats."""
    for suffix in FORMATS:
        check(content, suffix)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([(SERIES, ".ics"), (FEED, ".ics"), (TABLE, ".csv"), (BOOK, ".xlsx")]), st.data())
def test_good_files_damaged(sample: tuple[bytes, str], data: st.DataObject):
    """Cut short, or with a few words of the format thrown in."""
    content, suffix = sample
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content)))
        drop = data.draw(st.integers(0, 30))
        content = content[:place] + data.draw(st.one_of(WORDS, st.binary(max_size=4))) + content[place + drop :]
    check(content[: data.draw(st.integers(0, len(content)))], suffix)
    check(content, suffix)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 200), WORDS), max_size=5))
def test_a_damaged_sheet_inside_a_sound_zip(changes: list[tuple[int, bytes]]):
    """The reader of workbooks is another's, and gets what we let through."""
    members = parts([["Date", "Start", "Title"], ["d46359", "t0.77", "Talk"]])
    for name in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"):
        content = members[name]
        for place, word in changes:
            at = place * len(content) // 200
            content = content[:at] + word.decode("latin-1").replace("\0", "") + content[at:]
        check(zipped(members | {name: content}), ".xlsx")


LINES = st.sampled_from([
    "RRULE:FREQ=DAILY;COUNT=3", "RRULE:FREQ=WEEKLY;BYDAY=TU,TH;INTERVAL=2;COUNT=5", "RRULE:FREQ=MONTHLY;BYDAY=2TU", "RRULE:FREQ=YEARLY",
    "RRULE:FREQ=MONTHLY;BYMONTHDAY=31", "RRULE:FREQ=MONTHLY;BYDAY=TU;BYSETPOS=-1;UNTIL=20270601T000000Z", "RRULE:FREQ=DAILY;UNTIL=20261130",
    "EXDATE:20261201T183000Z", "EXDATE;VALUE=DATE:20261208", "RDATE:20261202T190000Z", "RDATE;VALUE=DATE:20261204", "STATUS:CANCELLED", "STATUS:ODD",
    "RECURRENCE-ID:20261201T183000Z", "RECURRENCE-ID;VALUE=DATE:20261208", "RECURRENCE-ID;TZID=Asia/Tokyo:20261202T033000", "LOCATION:Online",
    "LOCATION:Village Hall", "LOCATION:Barn\\, ZZ2 1AA", "DESCRIPTION:Tea", "CATEGORIES:Fraud", "DURATION:PT45M", "SEQUENCE:2",
    "CONFERENCE;VALUE=URI:https://meet.example.org/1", "URL:https://www.example.org/1", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE",
])  # fmt: skip
STARTS = st.sampled_from([
    "DTSTART;TZID=Europe/London:20261201T183000", "DTSTART:20261201T183000Z", "DTSTART:20261201T183000", "DTSTART;VALUE=DATE:20261201",
    "DTSTART;TZID=America/New_York:20261201T183000", "DTSTART;TZID=Pacific/Auckland:20261201T083000", "DTSTART;VALUE=DATE:20240229",
    "DTSTART;TZID=Europe/London:20270328T013000",
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(STARTS, st.lists(LINES, max_size=5), st.sampled_from("ab")), min_size=1, max_size=4))
def test_any_mixture_of_rules_exceptions_and_overrides(told: list[tuple[str, list[str], str]]):
    """What is written always passes our own check."""
    check(ics(*(vevent(*lines, uid=uid, start=start, end="") for start, lines, uid in told)), ".ics")
