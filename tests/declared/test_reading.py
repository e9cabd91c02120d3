"""What good files declare."""

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from engage.declared.read import read
from engage.domain.calendars import Access, Guards, Kind, Link, Reminder, Reports, Status
from tests.declared.samples import CALENDAR, MEETING, OFFICE, PROGRAMME, SERIES, TODAY, VENUE, declare, schedule


def entries(*parts, **kwargs):
    return schedule(declare(*parts, **kwargs)).entries


def test_a_meeting_says_when_and_where_it_is():
    """Two hours unless somebody says otherwise; without area and venue it belongs to the root."""
    entry = entries(MEETING)["winter"]
    assert (entry.kind, entry.calendar_id, entry.title, entry.status) == (
        Kind.MEETING,
        "talks",
        "Your questions",
        Status.CONFIRMED,
    )
    assert entry.starts_at == datetime(2026, 12, 3, 18, 30, tzinfo=UTC)
    assert entry.length == timedelta(hours=2)
    assert entry.areas == ("vale",)
    assert entry.rule is None


@pytest.mark.parametrize(
    ("line", "length"),
    [
        ('duration = "90 min"', timedelta(minutes=90)),
        ("ends = 2026-12-03T20:15:00", timedelta(minutes=105)),
        ('ends = "2026-12-03 20:15"', timedelta(minutes=105)),
        ("", timedelta(hours=1)),
    ],
)
def test_its_length_is_its_own_or_the_calendars(line, length):
    """`ends`, `duration`, then the calendar's `duration`."""
    assert entries('duration = "1h"\n', MEETING, line + "\n")["winter"].length == length


def test_a_duration_is_elapsed_and_an_end_is_wall_time():
    """Over the night of 24 October 2026, which has 25 hours."""
    night = MEETING.replace("2026-12-03T18:30", "2026-10-24T23:00")
    assert entries(night, 'duration = "4h"\n')["winter"].ends_local.hour == 2
    assert entries(night, "ends = 2026-10-25T03:00:00\n")["winter"].length == timedelta(hours=5)


def test_areas_are_its_own_or_its_venues():
    """`areas` replace the venue's area."""
    assert entries(VENUE, MEETING, 'venue = "hall"\n')["winter"].areas == ("oakham",)
    assert entries(VENUE, MEETING, 'venue = "hall"\nareas = ["ashby", "ashby"]\n')["winter"].areas == ("ashby",)


def test_topics_are_the_calendars_and_its_own_together():
    """In that order, each once."""
    own = 'topics = ["burglary", "community"]\n'
    assert entries('topics = ["community"]\n', MEETING, own)["winter"].topics == ("community", "burglary")


def test_reminders_are_its_own_or_the_calendars():
    """An empty list means none."""
    weekly = (Reminder(params={"before": "7 days", "at": "18:00"}),)
    given = 'reminders = [{ before = "7 days", at = 18:00:00 }]\n'
    assert entries(given, MEETING)["winter"].reminders == weekly
    assert entries(MEETING, given)["winter"].reminders == weekly
    assert entries(given, MEETING, "reminders = []\n")["winter"].reminders == ()
    hourly = given.replace('"7 days", at = 18:00:00', '"2 hours"')
    found = entries(given, SERIES, hourly)
    assert all(entry.reminders == (Reminder(params={"before": "2 hours"}),) for entry in found.values())


def test_only_meetings_of_a_programme_count_unless_they_say_no():
    """Campaigns and deadlines never do."""
    week = '[[campaign]]\nid = "week"\ntitle = "Week"\nfrom = 2026-11-25\n'
    found = entries(PROGRAMME, MEETING, MEETING.replace("winter", "launch"), "counts = false\n", week)
    assert {entry.id: entry.counts for entry in found.values()} == {"winter": True, "launch": False, "week": False}
    assert not entries(MEETING)["winter"].counts


def test_a_series_yields_an_entry_for_each_date():
    """Each with its own id of its original date, in wall time the year round."""
    found = entries(SERIES)
    assert list(found)[:3] == ["oakham-2026-11-10", "oakham-2026-12-08", "oakham-2027-01-12"]
    assert list(found)[-1] == "oakham-2027-12-14"
    assert {entry.starts_local.strftime("%H:%M") for entry in found.values()} == {"18:30"}
    assert found["oakham-2027-06-08"].starts_at.hour == 17
    assert {entry.rule for entry in found.values()} == {"oakham"}


def test_a_moved_date_keeps_its_id():
    """A new date alone keeps the time of day."""
    move = "move = [{ from = 2026-12-08, to = 2026-12-15 }, { from = 2027-01-12, to = 2027-01-13T19:00:00 }]\n"
    found = entries(SERIES, move)
    assert found["oakham-2026-12-08"].starts_local.isoformat() == "2026-12-15T18:30:00+00:00"
    assert found["oakham-2027-01-12"].starts_local.isoformat() == "2027-01-13T19:00:00+00:00"


OVERRIDE = '[[meeting]]\nseries = "oakham"\ndate = 2026-12-08\n'


def test_an_override_inherits_what_it_does_not_say():
    """It has the id of its date, keeps the series' length, and other dates stay as they are."""
    series = SERIES + 'duration = "45 min"\nnote = "Tea"\ntopics = ["burglary"]\nonline = "https://example.org/tea"\n'
    found = entries(
        VENUE, series, OVERRIDE, 'starts = 2026-12-09T19:00:00\nvenue = "hall"\nattendance = 42\nnote = "Cake"\n'
    )
    entry = found["oakham-2026-12-08"]
    assert entry.starts_local.isoformat() == "2026-12-09T19:00:00+00:00"
    assert entry.length == timedelta(minutes=45)
    assert (entry.title, entry.note, entry.topics) == ("Talk in Oakham", "Cake", ("burglary",))
    assert (entry.online, entry.attendance) == ("https://example.org/tea", 42)
    assert (entry.venue, entry.areas) == ("hall", ("oakham",))
    assert found["oakham-2027-01-12"].note == "Tea"
    assert found["oakham-2027-01-12"].areas == ("vale",)


def test_an_overrides_venue_does_not_replace_areas_that_the_series_says():
    """A new venue brings its area only when neither says `areas`."""
    found = entries(VENUE, SERIES, 'areas = ["ashby"]\n', OVERRIDE, 'venue = "hall"\n')
    assert found["oakham-2026-12-08"].areas == ("ashby",)


def test_an_override_of_a_moved_date_keeps_the_move():
    """Who says nothing about the time changes nothing about it."""
    move = "move = [{ from = 2026-12-08, to = 2026-12-15 }]\n"
    found = entries(SERIES, move, OVERRIDE, 'status = "cancelled"\nreason = "Snow"\n')
    entry = found["oakham-2026-12-08"]
    assert (entry.status, entry.reason, entry.starts_local.day) == (Status.CANCELLED, "Snow", 15)


def test_a_yearly_campaign_returns_with_the_year_in_its_id():
    """Whole days of the calendar's zone; the last day is included and may lie in the next year."""
    text = '[[campaign]]\nid = "lights"\ntitle = "Lights"\nfrom = 2025-12-20\nto = 2026-01-06\nevery = "year"\n'
    found = entries(text)
    assert list(found) == ["lights-2025", "lights-2026", "lights-2027"]
    entry = found["lights-2026"]
    assert (entry.kind, entry.all_day, entry.rule) == (Kind.CAMPAIGN, True, "lights")
    assert (entry.first_day, entry.last_day) == (date(2026, 12, 20), date(2027, 1, 6))
    assert (entry.starts_at, entry.ends_at) == (
        datetime(2026, 12, 20, tzinfo=UTC),
        datetime(2027, 1, 7, tzinfo=UTC),
    )


def test_whole_days_end_at_local_midnight():
    """In summer London's midnight is 23:00 UTC."""
    entry = entries('[[campaign]]\nid = "week"\ntitle = "Week"\nfrom = 2026-06-06\nto = 2026-06-12\n')["week"]
    assert (entry.starts_at.hour, entry.ends_at) == (23, datetime(2026, 6, 12, 23, tzinfo=UTC))


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Community Safety Fund: applications close", "Community Safety Fund: applications close 12:00"),
        ("When the fund closes", "When the fund closes 12:00"),
        ("Small grants", "Small grants closes 12:00"),
    ],
)
def test_a_deadline_is_its_closing_day_with_the_hour_in_the_title(title, shown):
    """No calendar app shows a moment without a length well."""
    text = f'[[deadline]]\nid = "fund"\ntitle = "{title}"\ncloses = 2027-02-16T12:00:00\nurl = "https://example.org/fund"\n'
    entry = entries(text)["fund"]
    assert (entry.kind, entry.title, entry.url) == (Kind.DEADLINE, shown, "https://example.org/fund")
    assert (entry.first_day, entry.last_day) == (date(2027, 2, 16), date(2027, 2, 16))


def test_history_stays():
    """A single meeting of years ago and a series' past dates are entries like others."""
    old = MEETING.replace("2026-12-03", "2017-12-03")
    assert entries(old)["winter"].starts_at.year == 2017
    assert "oakham-2020-01-14" in entries(SERIES.replace("from = 2026-11-01", "from = 2020-01-01"))


def test_what_nobody_can_see_is_dropped_from_texts():
    """Controls, marks that turn the writing direction and letters of no width; joiners of emoji and scripts stay."""
    hidden = MEETING.replace("Your questions", "\\u202eYour\\u200b\\u0008 \\uFEFFqu\\testions 👩\\u200d🌾")
    assert entries(hidden)["winter"].title == "Your qu estions 👩\u200d🌾"


def test_texts_are_kept_as_they_are_otherwise():
    """Markup, templates and encoded words are text: whoever renders them escapes them."""
    title = "<script>{{ 7*7 }}{% raw %} =?utf-8?q?=0d=0aBcc:x?="
    assert entries(MEETING.replace("Your questions", title))["winter"].title == title


def test_everything_a_meeting_may_say_arrives():
    """Papers, concerns and the rest."""
    text = """\
online = "https://meet.example.org/x"
contact = "engagement@example.org"
attending = ["commissioner"]
minutes = "https://example.org/m.pdf"
papers = [{ title = "Agenda", url = "https://example.org/a.pdf" }]
concerns = [{ id = "c1", topic = "burglary", raised = "Sheds", outcome = "Locks", on = 2027-03-01 }]
"""
    entry = entries(MEETING, text)["winter"]
    assert entry.papers == (Link(title="Agenda", url="https://example.org/a.pdf"),)
    assert (entry.concerns[0].raised, entry.concerns[0].on) == ("Sheds", date(2027, 3, 1))
    assert (entry.contact, entry.attending, entry.minutes) == (
        "engagement@example.org",
        ("commissioner",),
        "https://example.org/m.pdf",
    )


def test_the_office_arrives_whole():
    """Areas, guards, words of reports, venues of every file, calendars with their programme, tips."""
    more = (
        '[guards]\nquiet_hours = ["22:00", "07:00"]\nbudget = { messages = 3 }\n'
        '[reports]\nby = "Mayor"\n'
        '[[travel]]\nbetween = ["oakham", "ashby"]\nminutes = 45\n'
        '[[staff]]\nid = "ada"\nname = "Ada"\nemail = "ada@example.org"\nmay = ["write", "approve"]\n'
    )
    tip = f'[[tip]]\nid = "lights"\ntitle = "Light"\ntext = "{"x" * 60}"\nshort = "Light"\ntopics = ["burglary"]\nmonths = [12]\n'
    milestones = PROGRAMME + "milestones = { every = 50, also = [700, 666] }\n"
    venue = VENUE + "geo = [54, -1.26]\naccess = { step_free = true }\n"
    office = schedule(declare(milestones, venue, office=OFFICE + more, tips=tip)).office
    assert office.root.id == "vale"
    assert office.line_of("oakham") == ("oakham", "vale")
    assert office.guards == replace(
        Guards(), quiet_from=datetime(1, 1, 1, 22).time(), quiet_until=datetime(1, 1, 1, 7).time(), budget_messages=3
    )
    assert office.reports == Reports(by="Mayor")
    assert office.travel[0].between == ("oakham", "ashby")
    assert office.staff[0].may == ("write", "approve")
    assert (office.venue_by_id["hall"].geo, office.venue_by_id["hall"].access) == (
        (54.0, -1.26),
        Access(step_free=True),
    )
    programme = office.calendar_by_id["talks"].programme
    assert programme is not None
    assert (programme.opening_count, programme.every, programme.also) == (650, 50, (666, 700))
    assert office.tips[0].months == (12,)


def test_a_renamed_file_keeps_its_calendar():
    """[calendar] id stands in place of the file's name."""
    found = schedule(declare(old='[calendar]\nname = "Old"\nid = "talks-of-old"\n' + MEETING))
    assert found.entries["winter"].calendar_id == "talks-of-old"
    assert set(found.office.calendar_by_id) == {"talks", "talks-of-old"}


def test_a_calendar_has_its_own_zone():
    """Its times are wall times there; all-day entries begin at its midnight."""
    found = entries('timezone = "America/New_York"\n', MEETING)
    assert found["winter"].starts_at == datetime(2026, 12, 3, 23, 30, tzinfo=UTC)


def test_the_same_files_declare_the_same_schedule_in_any_order():
    """The order in which a folder lists its files decides nothing."""
    sources = {"office.toml": OFFICE.encode(), "talks.toml": (CALENDAR + SERIES).encode()}
    backwards = dict(reversed(sources.items()))
    assert read(sources, today=TODAY) == read(backwards, today=TODAY)


def test_five_thousand_meetings_are_read_in_seconds():
    """Measured 0.8 s, 1.2 s with 50 problems to locate, on two shared cores; the bound leaves room for slower ones."""
    meetings = [MEETING.replace("winter", f"m{n}") + ("vneue = 1\n" if n % 100 == 0 else "") for n in range(5000)]
    before = time.perf_counter()
    declared = declare(*meetings)
    assert len(declared.problems) == 50
    assert time.perf_counter() - before < 60
