"""What a clock on the wall says and when that is."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.domain import clock
from engage.domain.clock import Span

LONDON = ZoneInfo("Europe/London")
SPRING, AUTUMN = datetime(2026, 3, 29, 1, 30), datetime(2026, 10, 25, 1, 30)
ZONES = st.sampled_from([ZoneInfo(n) for n in ("Europe/London", "America/New_York", "Australia/Lord_Howe", "UTC")])


def test_a_skipped_wall_time_has_no_utc():
    """At 01:30 on 29 March 2026 London's clocks show 02:30."""
    assert clock.to_utc(SPRING, LONDON) is None
    assert not clock.exists(SPRING, LONDON)
    assert not clock.is_ambiguous(SPRING, LONDON)


def test_a_doubled_wall_time_is_the_first_of_the_two():
    """01:30 on 25 October 2026 is 00:30 UTC before it is 01:30 UTC, whatever fold says."""
    assert clock.to_utc(AUTUMN, LONDON) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert clock.to_utc(AUTUMN.replace(fold=1), LONDON) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert clock.is_ambiguous(AUTUMN, LONDON)


def test_an_ordinary_wall_time_is_neither():
    """18:30 in July is 17:30 UTC, once."""
    wall = datetime(2026, 7, 1, 18, 30)
    assert clock.to_utc(wall, LONDON) == datetime(2026, 7, 1, 17, 30, tzinfo=UTC)
    assert not clock.is_ambiguous(wall, LONDON)


def test_a_moment_in_the_gap_resolves_to_after_it():
    """A reminder for a time that is skipped comes an hour later on the clock, not never."""
    assert clock.resolve(SPRING, LONDON).astimezone(LONDON).time() == time(2, 30)


def test_a_day_begins_at_local_midnight():
    """In summer London's day begins at 23:00 UTC the day before."""
    assert clock.midnight(date(2026, 7, 1), LONDON) == datetime(2026, 6, 30, 23, 0, tzinfo=UTC)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2037, 12, 31)), ZONES)
def test_utc_of_a_wall_time_shows_that_wall_time(wall, zone):
    """What exists comes back unchanged; what does not exist has no UTC."""
    moment = clock.to_utc(wall, zone)
    if moment is not None:
        assert moment.astimezone(zone).replace(tzinfo=None, fold=0) == wall.replace(fold=0)
    else:
        assert clock.resolve(wall, zone).astimezone(zone).replace(tzinfo=None) != wall


@given(st.datetimes(datetime(1990, 1, 1), datetime(2037, 12, 31)), ZONES)
def test_what_clocks_show_always_exists(moment, zone):
    """Whatever the clocks show at a moment, that wall time exists, and is ambiguous exactly when two moments show it."""
    local = moment.replace(tzinfo=UTC).astimezone(zone)
    wall = local.replace(tzinfo=None)
    assert clock.exists(wall, zone)
    other = clock.resolve(wall.replace(fold=1 - local.fold), zone)
    assert clock.is_ambiguous(wall, zone) == (other != moment.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("7 days", Span(days=7)),
        ("1 week", Span(days=7)),
        ("2 hours", Span(elapsed=timedelta(hours=2))),
        ("48 hours", Span(elapsed=timedelta(hours=48))),
        ("90 min", Span(elapsed=timedelta(minutes=90))),
        ("1h30m", Span(elapsed=timedelta(minutes=90))),
        ("1 hour and 30 minutes", Span(elapsed=timedelta(minutes=90))),
        (" 1 Day, 2 hrs ", Span(days=1, elapsed=timedelta(hours=2))),
        ("0 days", Span()),
    ],
)
def test_spans_are_read_as_people_write_them(text, span):
    """Days are wall days, hours and minutes elapsed time."""
    assert clock.span(text) == span


@pytest.mark.parametrize(
    "text", ["", "7", "days", "-1 day", "1.5 hours", "soon", "7 dayz", "1h30", "9999999 days", "٣ days x"]
)
def test_what_is_no_span_is_none(text):
    """Nothing is guessed."""
    assert clock.span(text) is None
    assert clock.duration(text) is None


def test_a_duration_counts_a_day_as_24_hours():
    """A length is elapsed time."""
    assert clock.duration("1 day 1h") == timedelta(hours=25)


@pytest.mark.parametrize(
    ("text", "read"),
    [("18:30", time(18, 30)), ("9:05", time(9, 5)), ("18:30:15", time(18, 30, 15)), ("24:00", None), ("18:60", None),
     ("18.30", None), ("6pm", None), ("", None)],
)  # fmt: skip
def test_a_time_of_day_is_what_a_clock_shows(text, read):
    """24:00 is shown by none."""
    assert clock.time_of_day(text) == read


def test_a_day_before_keeps_the_time_of_day_and_24_hours_do_not():
    """Across the spring change two days before 18:30 is 18:30, 48 hours before is 17:30."""
    start = datetime(2026, 3, 30, 18, 30, tzinfo=LONDON)
    assert Span(days=2).before(start).astimezone(LONDON).time() == time(18, 30)
    assert Span(elapsed=timedelta(hours=48)).before(start).astimezone(LONDON).time() == time(17, 30)
