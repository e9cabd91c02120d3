"""Which dates a series of meetings has."""

import time as stopwatch
from datetime import date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from engage.domain import clock
from engage.domain.recurrence import dates
from engage.domain.rules import Fault, from_rrule
from engage.domain.series import MOST, Move, Occurrence, Rule, expand, horizon

TODAY = date(2026, 11, 21)


def rule(every=None, on=(), *, first=date(2026, 1, 1), until=None, **others):
    return Rule(
        every=every, on=(on,) if isinstance(on, str) else on, first=first, until=until, at=time(18, 30), **others
    )


def days(*args, **kwargs):
    expansion = expand(rule(*args, **kwargs), today=TODAY)
    assert expansion.faults == ()
    return [occurrence.day for occurrence in expansion.occurrences]


def fault(*args, **kwargs):
    (found,) = expand(rule(*args, **kwargs), today=TODAY).faults
    return f"{found.key}: {found.says}"


@pytest.mark.parametrize(
    ("every", "on", "first", "expected"),
    [
        ("month", "second Tuesday", date(2026, 1, 1), ["01-13", "02-10", "03-10", "04-14"]),
        ("month", "2nd Tuesdays", date(2026, 1, 1), ["01-13", "02-10", "03-10", "04-14"]),
        ("month", "last Friday", date(2026, 1, 1), ["01-30", "02-27", "03-27", "04-24"]),
        ("month", "fifth Monday", date(2026, 1, 1), ["03-30", "06-29", "08-31", "11-30"]),
        ("month", "15th", date(2026, 1, 16), ["02-15", "03-15", "04-15", "05-15"]),
        ("month", "31st", date(2026, 1, 1), ["01-31", "03-31", "05-31", "07-31"]),
        ("month", "29th", date(2026, 1, 30), ["03-29", "04-29", "05-29", "06-29"]),
        ("month", "last day", date(2026, 1, 1), ["01-31", "02-28", "03-31", "04-30"]),
        ("month", ("first Monday", "15th"), date(2026, 1, 1), ["01-05", "01-15", "02-02", "02-15"]),
        ("3 months", "fourth Tuesday", date(2026, 2, 1), ["02-24", "05-26", "08-25", "11-24"]),
        ("week", "Tuesday", date(2026, 1, 1), ["01-06", "01-13", "01-20", "01-27"]),
        ("week", ("Thu", "tuesday"), date(2026, 1, 1), ["01-01", "01-06", "01-08", "01-13"]),
        ("2 weeks", "Tuesday", date(2026, 1, 1), ["01-06", "01-20", "02-03", "02-17"]),
        ("2 weeks", ("Tuesday", "Thursday"), date(2026, 1, 2), ["01-06", "01-08", "01-20", "01-22"]),
        ("day", (), date(2026, 1, 30), ["01-30", "01-31", "02-01", "02-02"]),
        ("10 days", (), date(2026, 1, 1), ["01-01", "01-11", "01-21", "01-31"]),
    ],
)
def test_rules_fall_where_people_expect(every, on, first, expected):
    """Two weeks count from the first occurrence, not from `from`; months without a 29th or 31st are skipped."""
    assert [f"{day:%m-%d}" for day in days(every, on, first=first)[:4]] == expected


@pytest.mark.parametrize(
    ("on", "first", "expected"),
    [
        ((), date(2024, 2, 29), ["2024-02-29"]),
        ((), date(2025, 5, 17), ["2025-05-17", "2026-05-17", "2027-05-17"]),
        ("25th of November", date(2025, 1, 1), ["2025-11-25", "2026-11-25", "2027-11-25"]),
        ("third Thursday of September", date(2025, 10, 1), ["2026-09-17", "2027-09-16"]),
    ],
)
def test_yearly_rules_return_on_the_anniversary_or_on_the_day_named(on, first, expected):
    """29 February returns in leap years only."""
    assert [str(day) for day in days("year", on, first=first)] == expected


def test_a_rule_reaches_thirteen_months_ahead_and_back_to_its_first_day():
    """History stays in the schedule; the future ends at the horizon."""
    found = days("month", "first Monday", first=date(2019, 4, 1))
    assert (found[0], found[-1]) == (date(2019, 4, 1), date(2027, 12, 6))
    assert horizon(date(2027, 1, 31)) == date(2028, 2, 29)


def test_until_includes_its_day():
    """A rule ends on the day it says, when that is nearer than the horizon."""
    assert days("week", "Tuesday", first=date(2026, 1, 1), until=date(2026, 1, 20))[-1] == date(2026, 1, 20)


def test_a_series_that_begins_beyond_the_horizon_is_no_mistake():
    """It has no dates yet."""
    assert days("month", "first Monday", first=date(2029, 1, 1)) == []


def test_except_leaves_a_date_out_and_move_keeps_its_name():
    """A moved occurrence is still named after its original date; a new date alone keeps the time of day."""
    moves = (
        Move(day=date(2026, 1, 13), to=date(2026, 1, 20)),
        Move(day=date(2026, 2, 10), to=date(2026, 2, 11), at=time(19)),
    )
    expansion = expand(
        rule("month", "second Tuesday", until=date(2026, 4, 30), moves=moves, excepted=(date(2026, 3, 10),)),
        today=TODAY,
    )
    assert expansion.occurrences == (
        Occurrence(day=date(2026, 1, 13), starts=datetime(2026, 1, 20, 18, 30)),
        Occurrence(day=date(2026, 2, 10), starts=datetime(2026, 2, 11, 19, 0)),
        Occurrence(day=date(2026, 4, 14), starts=datetime(2026, 4, 14, 18, 30)),
    )


def test_weekdays_with_and_without_a_place_are_either_or():
    """Every Monday and the last Tuesday; dateutil finds none."""
    found = days(rrule="FREQ=MONTHLY;BYDAY=MO,-1TU", until=date(2026, 1, 31))
    assert [day.day for day in found] == [5, 12, 19, 26, 27]


def test_count_counts_before_except():
    """COUNT=3 with one date excepted leaves two meetings."""
    assert len(days(rrule="FREQ=WEEKLY;BYDAY=TU;COUNT=3", excepted=(date(2026, 1, 13),))) == 2


def test_a_named_date_beyond_the_horizon_is_there():
    """Staff who describe a date of 2028 want to see it."""
    named = date(2028, 3, 14)
    expansion = expand(rule("month", "second Tuesday"), today=TODAY, named={named})
    assert expansion.occurrences[-1].day == named
    assert expansion.occurrences[-2].day == date(2027, 12, 14)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"every": "monthly"}, 'every: must be "day", "week", "2 weeks", "month", "3 months" or "year". Did you mean "month"?'),
        ({"every": "often", "on": "Monday"}, 'every: must be "day", "week", "2 weeks", "month", "3 months" or "year".'),
        ({}, 'every: is missing. Say how often, as in every = "month" and on = "second Tuesday".'),
        ({"every": "month"}, 'on: is missing. Say on which day, as in on = "second Tuesday", "last Friday" or "15th".'),
        ({"every": "day", "on": "Monday"}, 'on: does not go with every = "day". For certain weekdays write every = "week".'),
        (
            {"every": "month", "on": "secnd Tuesday"},
            'on: does not fit every = "month": write "second Tuesday", "last Friday" or "15th". Did you mean "second"?',
        ),
        (
            {"every": "week", "on": "second Tuesday"},
            'on: does not fit every = "week": write "Tuesday" or ["Tuesday", "Thursday"].',
        ),
        ({"every": "month", "on": "32nd"}, 'on: does not fit every = "month": write "second Tuesday", "last Friday" or "15th".'),
        ({"every": "week", "on": "Monday", "until": date(2025, 1, 1)}, "until: is before `from`."),
        (
            {"every": "month", "on": "31st", "first": date(2026, 2, 1), "until": date(2026, 2, 28)},
            "on: never falls on any date between 2026-02-01 and 2026-02-28.",
        ),
        (
            {"every": "day", "first": date(2020, 1, 1)},
            "every: yields more than 1000 dates. Give the series a later `from` or an `until`.",
        ),
        ({"every": "year", "rrule": "FREQ=DAILY"}, "rrule: stands in place of `every` and `on`: keep one of them."),
        ({"rrule": "FREQ=SECONDLY"}, "rrule: needs FREQ=DAILY, WEEKLY, MONTHLY or YEARLY."),
        ({"rrule": "FREQ=DAILY;INTERVAL=0"}, "rrule: needs INTERVAL to be a number from 1 to 1000."),
        ({"rrule": "FREQ=DAILY;INTERVAL=0.5"}, "rrule: needs INTERVAL to be a number from 1 to 1000."),
        ({"rrule": "FREQ=DAILY;COUNT=0"}, "rrule: needs COUNT to be a number from 1 to 1000."),
        ({"rrule": "FREQ=DAILY;COUNT=999999999"}, "rrule: needs COUNT to be a number from 1 to 1000."),
        ({"rrule": "FREQ=DAILY;UNTIL=20261345"}, "rrule: needs UNTIL to be a date such as 20271231."),
        ({"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "rrule: never falls on any date after 2026-01-01."),
        ({"rrule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}, "rrule: never falls on any date after 2026-01-01."),
        ({"rrule": "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=6"}, "rrule: never falls on any date after 2026-01-01."),
        ({"rrule": "FREQ=WEEKLY;BYDAY=2TU"}, 'rrule: can say "second Tuesday" (2TU) only with FREQ=MONTHLY or YEARLY.'),
        (
            {"rrule": "FREQ=WEEKLY;BYDAY=MO,WE;BYSETPOS=1"},
            "rrule: can have BYSETPOS only with FREQ=MONTHLY or YEARLY and BYDAY or BYMONTHDAY.",
        ),
        ({"rrule": "FREQ=DAILY;FREQ=DAILY"}, "rrule: names a part twice."),
        (
            {"rrule": "FREQ=DAILY;BYHOUR=1"},
            ("rrule: has a part that is not known here: BYHOUR. "
            "Known are FREQ, INTERVAL, COUNT, UNTIL, BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS, WKST."),
        ),
        (
            {"every": "month", "on": "second Tuesday", "excepted": (date(2026, 12, 9),)},
            ("except: does not fit: Wednesday 9 December 2026 is not a date of this series; "
            "the nearest are Tuesday 8 December 2026 and Tuesday 12 January 2027."),
        ),
        (
            {"every": "month", "on": "second Tuesday", "moves": (Move(day=date(2025, 12, 9), to=date(2026, 1, 1)),)},
            ("move: does not fit: Tuesday 9 December 2025 is not a date of this series; "
            "the nearest is Tuesday 13 January 2026."),
        ),
        (
            {
                "every": "month",
                "on": "second Tuesday",
                "excepted": (date(2026, 12, 8),),
                "moves": (Move(day=date(2026, 12, 8), to=date(2026, 12, 9)),),
            },
            "move: moves Tuesday 8 December 2026, which `except` leaves out.",
        ),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_meant_is_answered_in_a_sentence(given, sentence):
    """The key, what is wrong with it and what to write."""
    assert fault(**given) == sentence


@pytest.mark.parametrize(
    "text",
    ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=9"],
)
def test_an_impossible_rule_is_found_at_once(text):
    """dateutil searches such a rule until the year 9999, for seconds."""
    before = stopwatch.perf_counter()
    expand(rule(rrule=text), today=TODAY)
    assert stopwatch.perf_counter() - before < 20


WEEKDAYS = st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"])
NUMBERS = st.lists(st.integers(-31, 31).filter(bool), min_size=1, max_size=3, unique=True)


@st.composite
def rrules(draw):
    """A rule of those parts that are allowed, in any combination that is."""
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 4))}"]
    months = draw(st.lists(st.integers(1, 12), max_size=3, unique=True))
    if months:
        parts.append("BYMONTH=" + ",".join(map(str, months)))
    by_day = draw(st.lists(WEEKDAYS, max_size=3, unique=True)) if months or frequency != "YEARLY" else []
    if by_day:
        # All with a place or none: of "MO,-1TU" dateutil wants days that are both, RFC 5545 days that are either.
        is_placed = frequency in {"MONTHLY", "YEARLY"} and draw(st.booleans())
        places = st.sampled_from(["1", "2", "-1", "5"]) if is_placed else st.just("")
        parts.append("BYDAY=" + ",".join(draw(places) + day for day in by_day))
    by_month_day = draw(NUMBERS) if frequency != "WEEKLY" and draw(st.booleans()) else []
    if by_month_day:
        parts.append("BYMONTHDAY=" + ",".join(map(str, by_month_day)))
    if frequency in {"MONTHLY", "YEARLY"} and (by_day or by_month_day) and draw(st.booleans()):
        parts.append(f"BYSETPOS={draw(st.sampled_from(['1', '2', '-1', '1,-1']))}")
    if draw(st.booleans()):
        parts.append(f"WKST={draw(WEEKDAYS)}")
    if draw(st.booleans()):
        parts.append(f"COUNT={draw(st.integers(1, 9))}")
    return ";".join(parts)


@settings(max_examples=150, deadline=None)
@given(rrules(), st.dates(date(2020, 1, 1), date(2028, 12, 31)))
def test_the_walk_yields_what_dateutil_yields(text, first):
    """Date by date over six years. dateutil is asked for no more dates than we found: it would search until 9999."""
    read = from_rrule(text)
    assert not isinstance(read, Fault), read
    ours = list(dates(read, first=first, last=first + timedelta(days=6 * 366)))
    theirs = islice(rrulestr(text, dtstart=datetime.combine(first, time())), len(ours))
    assert ours == [found.date() for found in theirs]


@given(st.text(max_size=40))
def test_any_text_for_a_rule_is_read_or_answered(text):
    """Nothing raises and nothing hangs, whatever stands in `rrule`, `every` and `on`."""
    for written in (
        rule(rrule=text),
        rule(text, "Monday"),
        rule("month", text),
        rule("year", text),
        rule("week", text),
    ):
        expand(written, today=TODAY)


@given(
    st.sampled_from(["week", "2 weeks", "month"]),
    st.times().filter(lambda moment: moment.hour > 4),
    st.sampled_from(["Europe/London", "America/New_York", "Europe/Athens"]),
)
def test_a_series_keeps_its_time_of_day_when_the_clocks_change(every, at, zone):
    """18:30 stays 18:30 in March and October, and every occurrence exists once."""
    on = ("Sunday",) if every != "month" else ("last Sunday",)
    series = Rule(every=every, on=on, first=date(2025, 10, 1), at=at, until=date(2026, 12, 1))
    found = expand(series, today=TODAY)
    place = ZoneInfo(zone)
    moments = [clock.to_utc(occurrence.starts, place) for occurrence in found.occurrences]
    assert all(moment is not None and moment.astimezone(place).time() == at for moment in moments)
    assert all(earlier < later for earlier, later in pairwise(moments))


def test_no_rule_yields_more_than_a_thousand_dates():
    """The bound holds at its edge: 1000 daily dates pass."""
    first = horizon(TODAY) - timedelta(days=MOST - 1)
    assert len(days("day", first=first)) == MOST
    assert "more than 1000" in fault("day", first=first - timedelta(days=1))
