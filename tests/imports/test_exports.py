"""Exports as Google, Outlook, Apple and others write them."""

from __future__ import annotations

from tests.imports.samples import bring, codes, entries, ics, only, vevent

GOOGLE = """\
BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:PUBLISH
X-WR-CALNAME:Parish meetings
X-WR-TIMEZONE:Europe/London
BEGIN:VTIMEZONE
TZID:Europe/London
X-LIC-LOCATION:Europe/London
BEGIN:DAYLIGHT
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
TZNAME:BST
DTSTART:19700329T010000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
DTSTART;TZID=Europe/London:20261110T183000
DTEND;TZID=Europe/London:20261110T200000
RRULE:FREQ=MONTHLY;COUNT=6;BYDAY=2TU
EXDATE;TZID=Europe/London:20261208T183000
DTSTAMP:20261101T101010Z
ORGANIZER;CN=Parish:mailto:parish@example.org
ATTENDEE;CUTYPE=INDIVIDUAL;CN="Doe, Jo":mailto:jo@example.org
UID:abc123@google.com
SEQUENCE:1
STATUS:CONFIRMED
SUMMARY:Talk in the hall
DESCRIPTION:<p>Tea &amp\\; cake</p><p>All <b>welcome</b></p><a href="https://www.example.org/b">Book</a>
LOCATION:Village Hall\\, 1 Green Street\\, Eastfield\\, ZZ1 4AA\\, UK
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:This is an event reminder
TRIGGER:-P0DT0H30M0S
END:VALARM
END:VEVENT
BEGIN:VEVENT
DTSTART;TZID=Europe/London:20270119T190000
DTEND;TZID=Europe/London:20270119T203000
RECURRENCE-ID;TZID=Europe/London:20270112T183000
UID:abc123@google.com
SUMMARY:Talk in the hall
DESCRIPTION:<p>Tea &amp\\; cake</p><p>All <b>welcome</b></p><a href="https://www.example.org/b">Book</a>
LOCATION:Village Hall\\, 1 Green Street\\, Eastfield\\, ZZ1 4AA\\, UK
END:VEVENT
BEGIN:VEVENT
DTSTART;TZID=Europe/London:20270209T183000
DTEND;TZID=Europe/London:20270209T200000
RECURRENCE-ID;TZID=Europe/London:20270209T183000
UID:abc123@google.com
SUMMARY:Talk in the hall: fraud special
DESCRIPTION:Bring your letters.
LOCATION:Village Hall\\, 1 Green Street\\, Eastfield\\, ZZ1 4AA\\, UK
STATUS:TENTATIVE
END:VEVENT
BEGIN:VEVENT
DTSTART:20261217T110000Z
DTEND:20261217T120000Z
UID:def@google.com
SUMMARY:Video call
LOCATION:
X-GOOGLE-CONFERENCE:https://meet.example.org/abc-defg
END:VEVENT
END:VCALENDAR
"""

OUTLOOK = """\
BEGIN:VCALENDAR
PRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN
VERSION:2.0
METHOD:PUBLISH
X-CALSTART:20261101T000000Z
BEGIN:VTIMEZONE
TZID:GMT Standard Time
BEGIN:STANDARD
DTSTART:16011028T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZOFFSETFROM:+0100
TZOFFSETTO:-0000
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
CATEGORIES:Burglary,Red Category
CLASS:PUBLIC
DESCRIPTION:Talk with the officer\\nfor your street\\n
DTEND;TZID="GMT Standard Time":20270412T200000
DTSTAMP:20261120T120000Z
DTSTART;TZID="GMT Standard Time":20270412T183000
LAST-MODIFIED:20261120T120000Z
LOCATION:Quay House
PRIORITY:5
RRULE:FREQ=MONTHLY;UNTIL=20270712T173000Z;BYDAY=MO;BYSETPOS=2
SEQUENCE:0
SUMMARY;LANGUAGE=en-gb:Street talk
TRANSP:OPAQUE
UID:040000008200E00074C5B7101A82E00800000000B0
X-ALT-DESC;FMTTYPE=text/html:<html><body>Talk</body></html>
X-MICROSOFT-CDO-BUSYSTATUS:BUSY
END:VEVENT
BEGIN:VEVENT
DTSTART;TZID="GMT Standard Time":20261224T000000
DTEND;TZID="GMT Standard Time":20261227T000000
SUMMARY:Office closed
UID:040000008200E00074C5B7101A82E00800000000B1
X-MICROSOFT-CDO-ALLDAYEVENT:TRUE
END:VEVENT
END:VCALENDAR
"""

APPLE = """\
BEGIN:VCALENDAR
CALSCALE:GREGORIAN
PRODID:-//Apple Inc.//macOS 14.5//EN
VERSION:2.0
X-APPLE-CALENDAR-COLOR:#FF2968
X-WR-CALNAME:Watch group
BEGIN:VEVENT
CREATED:20261101T090000Z
DTEND;TZID=Europe/London:20261205T120000
DTSTAMP:20261101T090000Z
DTSTART;TZID=Europe/London:20261205T100000
LAST-MODIFIED:20261101T090000Z
LOCATION:St Mary\N{RIGHT SINGLE QUOTATION MARK}s Church\\nChurch Lane\\nHarbour\\nZZ3 9ZZ
SEQUENCE:0
SUMMARY:Coffee ☕ with the watch \N{EN DASH} tŷ coffi
UID:8F2B1F0C-0A2E-4D7C-9B1C-1D2E3F4A5B6C
URL;VALUE=URI:https://www.example.org/coffee
X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-APPLE-RADIUS=70;X-TITLE="St Mar
 y's":geo:54.600000,-1.100000
END:VEVENT
END:VCALENDAR
"""


def test_googles_series_keeps_its_gaps_moves_and_specials():
    """COUNT counts the gap; the move is a `move`, the special an override."""
    done = bring(GOOGLE)
    assert done.text is not None
    assert 'on = "second Tuesday"' in done.text
    assert "until = 2027-04-13" in done.text
    assert "except = [2026-12-08]" in done.text
    assert "move = [{ from = 2027-01-12, to = 2027-01-19T19:00:00 }]" in done.text
    assert [(f"{e.starts_local:%m-%d %H:%M}", e.title, str(e.status), e.venue) for e in entries(done)] == [
        ("11-10 18:30", "Talk in the hall", "confirmed", "hall"),
        ("12-17 11:00", "Video call", "confirmed", None),
        ("01-19 19:00", "Talk in the hall", "confirmed", "hall"),
        ("02-09 18:30", "Talk in the hall: fraud special", "tentative", "hall"),
        ("03-09 18:30", "Talk in the hall", "confirmed", "hall"),
        ("04-13 18:30", "Talk in the hall", "confirmed", "hall"),
    ]


def test_googles_html_becomes_text_and_its_people_stay_out():
    """Links are written out; nobody's address goes along, and that is said."""
    done = bring(GOOGLE)
    assert entries(done)[0].note == "Tea & cake\n\nAll welcome\nhttps://www.example.org/b Book"
    assert entries(done)[1].online == "https://meet.example.org/abc-defg"
    assert done.text is not None
    assert "jo@" not in done.text
    assert "parish@" not in done.text
    assert "personal" in codes(done)
    assert 'name = "Parish meetings"' in done.text


def test_outlooks_windows_zone_and_its_second_monday():
    """BYDAY=MO;BYSETPOS=2 is the second Monday; UNTIL is a moment in UTC, and its hour in BST counts."""
    done = bring(OUTLOOK)
    talks = [e for e in entries(done) if e.title == "Street talk"]
    assert [f"{e.starts_local:%Y-%m-%d %H:%M}" for e in talks] == [
        "2027-04-12 18:30", "2027-05-10 18:30", "2027-06-14 18:30", "2027-07-12 18:30",
    ]  # fmt: skip
    assert talks[0].note == "Talk with the officer\nfor your street"
    assert talks[0].topics == ("burglary",)
    assert talks[0].venue == "quay"
    assert '"Red Category" is none of our topics' in str(done.warnings)


def test_outlooks_whole_days_written_as_midnights_are_whole_days():
    """X-MICROSOFT-CDO-ALLDAYEVENT."""
    (closed,) = [e for e in entries(bring(OUTLOOK)) if e.title == "Office closed"]
    assert (str(closed.first_day), str(closed.last_day)) == ("2026-12-24", "2026-12-26")


def test_apples_place_becomes_a_new_venue_in_the_area_of_its_name():
    """Its lines are one address; what nobody knows yet is asked for in a comment."""
    done = bring(APPLE)
    assert done.text is not None
    assert done.counts == {"meetings": 1, "series": 0, "campaigns": 0, "venues": 1, "left_out": 0}
    assert "add what is known about access" in done.text
    entry = entries(done)[0]
    assert (entry.title, entry.areas) == ("Coffee ☕ with the watch \N{EN DASH} tŷ coffi", ("harbour",))
    assert entry.note == "More: https://www.example.org/coffee"
    assert entry.id == "coffee-with-the-watch-ty-coffi-2026-12-05"


def test_an_hour_that_our_clocks_do_not_share_all_year_is_written_out():
    """18:00 in New York is 23:00 here, but 22:00 in two weeks of March: no series of ours says that."""
    new_york = "DTSTART;TZID=America/New_York:20270303T180000"
    done = bring(ics(vevent("RRULE:FREQ=WEEKLY;COUNT=4", start=new_york, end="")))
    assert [f"{e.starts_local:%d %H:%M}" for e in entries(done)] == ["03 23:00", "10 23:00", "17 22:00", "24 22:00"]
    assert "expanded" in codes(done)
    assert done.counts["meetings"] == 4


def test_a_rule_in_utc_drifts_with_it():
    """WordPress writes such; the meeting is an hour later in summer, and that is what the file says."""
    done = bring(ics(vevent("RRULE:FREQ=WEEKLY;COUNT=2", start="DTSTART:20270323T183000Z", end="")))
    assert [f"{e.starts_local:%H:%M}" for e in entries(done)] == ["18:30", "19:30"]


def test_an_endless_rule_that_must_be_written_out_ends_at_the_horizon():
    """Thirteen months, and a sentence that more will come."""
    done = bring(ics(vevent("RRULE:FREQ=DAILY", start="DTSTART;VALUE=DATE:20261201", end="")))
    assert [str(e.first_day) for e in entries(done)][-1] == "2027-12-23"
    assert "expanded-endless" in codes(done)


def test_extra_dates_stand_beside_the_series():
    """RDATE, and a DTSTART that its own rule does not have."""
    done = bring(ics(vevent("RRULE:FREQ=WEEKLY;BYDAY=TH;COUNT=2", "RDATE;TZID=Europe/London:20261202T180000")))
    assert [(f"{e.starts_local:%d %H:%M}", e.id) for e in entries(done)] == [
        ("01 18:30", "talk-extra-2026-12-01"),
        ("02 18:00", "talk-extra-2026-12-02"),
        ("03 18:30", "talk-2026-12-03"),
        ("10 18:30", "talk-2026-12-10"),
    ]
    assert "start-not-in-rule" in codes(done)


def test_a_date_that_lacks_what_its_series_has_stands_alone():
    """Online instead of in the hall: an override would inherit the hall."""
    rule = ["RRULE:FREQ=WEEKLY;COUNT=3", "LOCATION:Village Hall", "DESCRIPTION:Tea"]
    other = vevent("RECURRENCE-ID;TZID=Europe/London:20261208T183000", "LOCATION:Microsoft Teams Meeting", "DESCRIPTION:Tea",
                   start=LONG, end="")  # fmt: skip
    found = [(e.venue, e.note) for e in entries(bring(ics(vevent(*rule), other)))]
    assert found == [("hall", "Tea"), (None, "Tea\n\nPlace: Microsoft Teams Meeting"), ("hall", "Tea")]


def test_a_cancelled_date_of_a_series_is_an_override():
    """It keeps its place in the series."""
    off = vevent("RECURRENCE-ID;TZID=Europe/London:20261208T183000", "STATUS:CANCELLED", start=LONG, end="")
    found = entries(bring(ics(vevent("RRULE:FREQ=WEEKLY;COUNT=3", "LOCATION:Village Hall"), off)))
    assert [(e.id, str(e.status)) for e in found] == [
        ("talk-2026-12-01", "confirmed"), ("talk-2026-12-08", "cancelled"), ("talk-2026-12-15", "confirmed"),
    ]  # fmt: skip


def test_what_is_private_is_refused_and_can_be_left_out():
    """An export of somebody's whole calendar holds more than meetings."""
    content = ics(vevent("CLASS:PRIVATE", uid="2", title="Dentist"), vevent())
    assert [p.code for p in bring(content).problems] == ["private"]
    done = bring(content, skip_bad=True)
    assert [e.title for e in entries(done)] == ["Talk"]
    assert done.counts["left_out"] == 1


def test_every_entry_that_cannot_be_taken_has_its_sentence():
    """All of them at once, each at the line of its VEVENT."""
    bad = [
        vevent(title="", uid="1"),
        vevent(start="", uid="2"),
        vevent(start="DTSTART:20261301T183000Z", uid="3"),
        vevent(end="DTEND:20261130T183000Z", uid="4"),
        vevent(end="DTEND:20261230T183000Z", uid="5"),
        vevent(start="DTSTART;TZID=Europe/London:20270328T013000", end="", uid="6"),
        vevent(start="DTSTART:20261025T013000Z", end="", uid="7"),
        vevent(end="DTEND;VALUE=DATE:20261202", uid="8"),
        vevent("DURATION:-PT1H", end="", uid="9"),
        vevent(start="DTSTART:18991231T183000Z", uid="10"),
        vevent("RECURRENCE-ID;RANGE=THISANDFUTURE:20261201T183000Z", uid="11"),
        vevent("RDATE;VALUE=PERIOD:20261201T183000Z/PT1H", uid="12"),
        vevent("RRULE:FREQ=DAILY;UNTIL=20261130T183000Z", uid="13"),
        vevent("RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY", uid="14"),
        vevent(f"RRULE:FREQ=DAILY;{';' * 300}", uid="15"),
    ]
    done = bring(ics(*bad))
    assert [p.code for p in done.problems] == [
        "no-title", "no-start", "bad-date", "end-before-start", "too-long", "time-does-not-exist", "time-happens-twice",
        "mixed-times", "bad-duration", "bad-date", "range", "period", "bad-rule", "bad-rule", "bad-rule",
    ]  # fmt: skip
    lines = ics(*bad).decode().split("\r\n")
    assert all(lines[p.line - 1] == "BEGIN:VEVENT" for p in done.problems)


def test_a_length_may_be_a_duration():
    """PT90M, elapsed."""
    assert only(ics(vevent("DURATION:PT90M", end=""))).length.total_seconds() == 5400


def test_tasks_are_left_out_and_counted():
    """A calendar app exports them along."""
    done = bring(ics(vevent(), "BEGIN:VTODO\r\nSUMMARY:x\r\nEND:VTODO\r\n"))
    assert "1 VTODO left out" in str(done.warnings)


LONG = "DTSTART;TZID=Europe/London:20261208T183000"
