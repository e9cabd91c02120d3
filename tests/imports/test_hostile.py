"""SECURITY.md B30 to B42: whatever a calendar holds, one sentence comes back, and soon."""

from __future__ import annotations

import pytest

from engage.imports.drafts import MOST_DRAFTS
from tests.imports.samples import bring, codes, entries, ics, only, refused, vevent

pytestmark = pytest.mark.timeout(20)


@pytest.mark.parametrize("frequency", ["SECONDLY", "MINUTELY", "HOURLY", "FORTNIGHTLY", ""])
def test_b30_only_four_frequencies_are_taken(frequency: str):
    """SECONDLY hangs dateutil for more than 20 seconds (measured)."""
    says = refused(ics(vevent(f"RRULE:FREQ={frequency}")))
    assert says == "3 bad-rule: RRULE needs FREQ=DAILY, WEEKLY, MONTHLY or YEARLY."


@pytest.mark.parametrize("interval", ["0", "-1", "0.5", "1001", "1e3", "", "9" * 250])
def test_b31_an_interval_is_a_number_from_one(interval: str):
    """0 never ends in dateutil."""
    assert "INTERVAL to be a number from 1 to 1000" in refused(ics(vevent(f"RRULE:FREQ=DAILY;INTERVAL={interval}")))


@pytest.mark.parametrize("count", ["0", "999999999", "1001", "-5"])
def test_b32_a_count_is_a_number_from_one_to_a_thousand(count: str):
    """999,999,999 costs dateutil 6 seconds, 0 never ends (measured)."""
    assert "COUNT to be a number from 1 to 1000" in refused(ics(vevent(f"RRULE:FREQ=DAILY;COUNT={count}")))


@pytest.mark.parametrize("rule", ["FREQ=YEARLY", "FREQ=DAILY", "FREQ=MONTHLY", "FREQ=YEARLY;COUNT=10"])
def test_b33_a_rule_without_dates_is_found_out(rule: str):
    """30 February: seconds for each question in dateutil."""
    says = refused(ics(vevent(f"RRULE:{rule};BYMONTH=2;BYMONTHDAY=30")))
    assert says.startswith("3 bad-rule: RRULE never falls on any date")


def test_b33_many_rules_without_dates_are_given_up():
    """Each of them costs time; after fifty nobody needs the rest."""
    many = [vevent("RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", uid=f"u{n}") for n in range(400)]
    problems = bring(ics(*many)).problems
    assert len(problems) == 51
    assert problems[-1].message == "50 rules up to here cannot be taken; the rest was not tried."


def test_b34_exceptions_that_leave_nothing_are_refused():
    """Not by searching for ever."""
    says = refused(ics(vevent("RRULE:FREQ=DAILY;COUNT=2", "EXDATE;TZID=Europe/London:20261201T183000,20261202T183000")))
    assert says == "3 never: EXDATE leaves out every date of this entry: it never takes place."


def test_b34_dates_beside_a_rule_that_has_none_left_are_kept():
    """RDATE adds what EXDATE did not take; without a rule EXDATE takes from RDATE."""
    gone = "EXDATE;TZID=Europe/London:20261201T183000"
    more = "RDATE;TZID=Europe/London:20261205T183000"
    for lines in (["RRULE:FREQ=DAILY;COUNT=1", gone, more], [gone, more]):
        done = bring(ics(vevent(*lines)))
        assert ([str(e.starts_local.date()) for e in entries(done)], done.counts["series"]) == (["2026-12-05"], 0)
    assert "never" in refused(ics(vevent(gone, more, "EXDATE;VALUE=DATE:20261205")))


def test_b34_exrule_is_refused_not_ignored():
    """Ignored, it would publish meetings that do not take place."""
    assert "EXRULE" in refused(ics(vevent("RRULE:FREQ=DAILY;COUNT=9", "EXRULE:FREQ=DAILY;INTERVAL=2")))


@pytest.mark.parametrize("name", ["RDATE", "EXDATE"])
def test_b35_dates_are_counted_before_they_are_read(name: str):
    """60,000 RDATEs: 5 seconds and 232 MB in dateutil (measured)."""
    many = [f"{name}:" + ",".join(["20261203T183000Z"] * 500)] * 60
    assert (
        refused(ics(vevent("RRULE:FREQ=DAILY", *many)))
        == f"3 too-many-dates: This entry has more than 1,000 dates in {name}."
    )


def test_b36_five_thousand_entries_are_the_most():
    """The file is left at once, not read to its end."""
    small = "BEGIN:VEVENT\r\nSUMMARY:a\r\nDTSTART:20261201\r\nEND:VEVENT\r\n"
    assert "more than 5,000 entries" in refused(ics(small * (MOST_DRAFTS + 1)))
    assert len(entries(bring(ics(small * 300)))) == 300


def test_b36_two_mebibytes_are_the_most():
    """100,000 entries: 14 seconds and 271 MB in icalendar (measured)."""
    assert refused(ics(vevent() * 20_000)).startswith("1 too-large")


def test_b36_rules_may_not_multiply_five_thousand():
    """Sixty daily rules that have to be written out one by one."""
    start = "DTSTART;TZID=America/New_York:20261201T183000"
    many = [vevent("RRULE:FREQ=DAILY", uid=f"u{n}", start=start, end="") for n in range(60)]
    assert "yields more than 5,000 entries" in refused(ics(*many))


@pytest.mark.parametrize("zone", ["../../etc/passwd", "/../../etc/passwd", "GMT", "BST", "Mars/Phobos"])
def test_b37_an_unknown_zone_is_refused(zone: str):
    """icalendar answers with a naive time, an hour wrong in summer."""
    says = refused(ics(vevent(start=f"DTSTART;TZID={zone}:20261201T183000")))
    assert 'Write its name, such as "Europe/London"' in says


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/London", "GMT Standard Time", '"GMT Standard Time"', '"(UTC+00:00) Dublin, Edinburgh, Lisbon, London"',
        "/freeassociation.sourceforge.net/Europe/London", "/citadel.org/20210210_1/Europe/London",
    ],
)  # fmt: skip
def test_b37_other_names_of_london_are_london(zone: str):
    """Outlook, Evolution and Citadel each have their own."""
    entry = only(ics(vevent(start=f"DTSTART;TZID={zone}:20270601T183000", end=f"DTEND;TZID={zone}:20270601T200000")))
    assert entry.starts_at.isoformat() == "2027-06-01T17:30:00+00:00"


def test_b38_a_vtimezone_that_lies_is_not_believed():
    """The rules of a place are those of the IANA."""
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Europe/London\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0900\r\n"
        "TZOFFSETTO:+0900\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    assert only(ics(vevent(), head=zone)).starts_at.isoformat() == "2026-12-01T18:30:00+00:00"


def test_b38_a_home_made_zone_may_name_its_place():
    """X-LIC-LOCATION, as Thunderbird writes it; an invented place stays unknown."""
    zone = "BEGIN:VTIMEZONE\r\nTZID:My zone\r\nX-LIC-LOCATION:{}\r\nEND:VTIMEZONE\r\n"
    start = "DTSTART;TZID=My zone:20270601T183000"
    good = ics(vevent(start=start, end=""), head=zone.format("Europe/London"))
    assert only(good).starts_at.isoformat() == "2027-06-01T17:30:00+00:00"
    assert "My zone" in refused(ics(vevent(start=start, end=""), head=zone.format("Nowhere/Nowhere")))


def test_b38_a_time_without_zone_is_the_offices_and_is_said():
    """Floating: whoever reads it takes it for their own clock."""
    done = bring(ics(vevent(start="DTSTART:20270601T183000", end="DTEND:20270601T200000")))
    assert entries(done)[0].starts_at.isoformat() == "2027-06-01T17:30:00+00:00"
    assert "floating" in codes(done)


def test_b38_a_date_is_a_whole_day():
    """Its DTEND is the day after; without one it is a single day."""
    days = [
        only(ics(vevent(start="DTSTART;VALUE=DATE:20261224", end=end)))
        for end in ("DTEND;VALUE=DATE:20261227", "DTEND;VALUE=DATE:20261224", "")
    ]
    assert [(str(d.first_day), str(d.last_day)) for d in days] == [
        ("2026-12-24", "2026-12-26"), ("2026-12-24", "2026-12-24"), ("2026-12-24", "2026-12-24"),
    ]  # fmt: skip


def test_b39_of_two_with_one_uid_the_highest_sequence_wins():
    """Wherever it stands; of equals the last."""
    old, new = vevent("SEQUENCE:2", title="Old"), vevent("SEQUENCE:10", title="New")
    for content in (ics(old, new), ics(new, old), ics(vevent("SEQUENCE:-5", title="Old"), vevent(title="New"))):
        done = bring(content)
        assert [e.title for e in entries(done)] == ["New"]
        assert "twice" in codes(done)


def test_b39_an_override_without_its_series_stays_as_a_single():
    """It takes place, whoever it belonged to."""
    done = bring(ics(vevent("RECURRENCE-ID;TZID=Europe/London:20261201T183000")))
    assert [e.title for e in entries(done)] == ["Talk"]
    assert "orphan" in codes(done)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (ics(vevent("DESCRIPTION:" + "a" * 1_900_000)), "long-line"),
        (ics(vevent("DESCRIPTION:" + "\r\n ".join(["a" * 60] * 20_000))), "long-line"),
        (ics(vevent("DESCRIPTION:" + "a" * 5_000_000)), "too-large"),
        (ics(vevent()).replace(b"END:VEVENT\r\n", b""), "nesting"),
        (ics(vevent())[:-17], "cut-short"),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 5000, "nesting"),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:X-A\r\n" * 5000, "nesting"),
        (b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", "nesting"),
        (b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\n", "nesting"),
        (b"BEGIN:VCALENDAR\r\n" + b"\n" * 2_000_000, "cut-short"),
    ],
)  # fmt: skip
def test_b40_sizes_and_nesting_are_bounded(content: bytes, code: str):
    """A file that is not whole is refused whole."""
    assert refused(content).split()[1] == f"{code}:"


def test_b41_what_is_cancelled_stays_and_says_so():
    """By STATUS, by METHOD, or by the title that Outlook leaves."""
    for content in (
        ics(vevent("STATUS:CANCELLED")),
        ics(vevent("STATUS:Canceled")),
        ics(vevent("STATUS:CONFIRMED"), head="METHOD:CANCEL\r\n"),
        ics(vevent(title="Canceled: Talk")),
        ics(vevent("STATUS:CANCELLED", title="CANCELLED: Talk")),
    ):
        entry = only(content)
        assert (entry.title, entry.status) == ("Talk", "cancelled")


@pytest.mark.parametrize("content", ["<!doctype html><html>", "\ufeff <html>", "404 Not found", "PK\x03\x04"])
def test_b42_what_is_no_calendar_says_so(content: str):
    """A web page saved instead of the file behind it."""
    assert "no iCalendar file" in refused(content)


def test_b42_nothing_at_all_is_said_too():
    """An empty file, and a calendar without entries."""
    assert refused(b"") == refused(ics()) == "1 empty: There is no entry in this file."


@pytest.mark.parametrize(
    "description",
    [
        "<b>" * 6000,
        '<a href="' * 2100,
        "<b>" + "<script>" * 2400,
        "<" * 19_000,
        "&amp;" * 4000,
        "\\n" * 9000,
        "<a " + 'href="' * 3000,
    ],
)
def test_html_made_to_take_long_does_not(description: str):
    """Many of them, each at its worst."""
    many = [vevent(f"DESCRIPTION:{description}", uid=f"u{n}", title=f"T{n}") for n in range(90)]
    assert len(entries(bring(ics(*many)))) == 90


def test_five_thousand_overrides_of_one_series_are_bounded():
    """Each is looked up, none is compared with all others."""
    times = [f"RECURRENCE-ID:2026{n % 12 + 1:02}{n % 28 + 1:02}T{n % 24:02}{n % 60:02}00Z" for n in range(4000)]
    done = bring(ics(vevent("RRULE:FREQ=DAILY"), *(vevent(line, title="Other") for line in times)))
    assert done.text is not None


@pytest.mark.parametrize("line", ["DTSTART;TZID=\x7f:20261201T183000", 'RRULE;X="a:FREQ=DAILY', "EXDATE;X:20261201"])
def test_a_line_that_decides_on_dates_must_be_readable(line: str):
    """Without its EXDATE a meeting would be announced that does not take place."""
    assert "no-ics-line" in refused(ics(vevent(line)))


def test_a_broken_line_of_a_description_is_left_out_and_said():
    """Programs that forget to escape a line break are common."""
    done = bring(ics(vevent("DESCRIPTION:Tea", "and cake")))
    assert entries(done)[0].note == "Tea"
    assert "no-ics-line" in codes(done)
