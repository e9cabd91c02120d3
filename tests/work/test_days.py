"""A new day: series reach further, moments are planned, and a clock that steps back starts nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from engage.app import App
from engage.domain.people import Wanted
from engage.store.schema import due, event
from engage.work import days
from tests.office import Clock, Office, add_people, apply, mails, settle

SERIES = """\
[[series]]
id = "mill-lane"
title = "Monthly in Mill Lane"
every = "month"
on = "second Wednesday"
at = 18:30:00
from = 2026-11-01
venue = "hall"
"""


@pytest.fixture
def ready(sqlite_app: App, office: Office) -> App:
    """A series without an end."""
    office.talks(SERIES)
    apply(sqlite_app)
    days.keep_day(sqlite_app)
    settle(sqlite_app)
    return sqlite_app


def let(app: App, moment: datetime) -> bool:
    app.clock.move(moment)
    started = days.keep_day(app)
    settle(app)
    return started


def occurrences(app: App) -> list[str]:
    with app.reading() as unit:
        return sorted(unit.schedule.marks())


def started(app: App) -> list[str]:
    with app.reading() as unit:
        rows = unit.conn.execute(select(event.c.body).where(event.c.name == "day.started").order_by(event.c.id))
        return [row.body["day"] for row in rows]


def test_before_the_first_apply_there_is_no_day(sqlite_app: App):
    """Nobody has said in which zone."""
    assert not days.keep_day(sqlite_app)


def test_a_day_starts_once_at_local_midnight(ready: App):
    """In summer at 23:00 UTC."""
    assert started(ready) == ["2026-11-23"]
    assert not let(ready, datetime(2026, 11, 23, 23, 59, tzinfo=UTC))
    assert let(ready, datetime(2026, 11, 24, 0, 0, tzinfo=UTC))
    assert not let(ready, datetime(2026, 11, 24, 0, 1, tzinfo=UTC))
    assert not let(ready, datetime(2026, 11, 24, 22, 0, tzinfo=UTC))
    assert let(ready, datetime(2027, 6, 30, 22, 59, tzinfo=UTC))
    assert let(ready, datetime(2027, 6, 30, 23, 0, tzinfo=UTC))
    assert started(ready)[-2:] == ["2027-06-30", "2027-07-01"]


def test_a_series_reaches_thirteen_months_and_further_each_day(ready: App):
    """The 8th of December 2027 comes into reach on the 8th of November 2026, January's a month later."""
    before = occurrences(ready)
    assert before[-1] == "mill-lane-2027-12-08"
    let(ready, datetime(2026, 12, 11, 12, 0, tzinfo=UTC))
    assert occurrences(ready) == before
    let(ready, datetime(2026, 12, 12, 12, 0, tzinfo=UTC))
    assert occurrences(ready) == [*before, "mill-lane-2028-01-12"]
    with ready.reading() as unit:
        (feed,) = [f for f in unit.feeds.since(0) if f.path == "village-talks.ics"]
        assert unit.schedule.find("mill-lane-2028-01-12").number == 1
    assert b"UID:mill-lane-2028-01-12@" in feed.body


def test_a_new_day_tells_nobody(ready: App, office: Office):
    """More dates are no news."""
    (office.folder / "tips.toml").unlink()
    apply(ready)
    add_people(ready, ("ada", Wanted(kinds=("meetings",))))
    before = len(mails(ready))
    let(ready, datetime(2027, 1, 16, 12, 0, tzinfo=UTC))
    assert len(mails(ready)) == before


def test_dates_that_a_new_day_brings_have_their_reminders_and_count(ready: App):
    """As if staff had applied them."""
    let(ready, datetime(2026, 12, 12, 12, 0, tzinfo=UTC))
    with ready.reading() as unit:
        keys = set(unit.conn.execute(select(due.c.key).where(due.c.key.contains("2028-01-12"))).scalars())
    assert "held:mill-lane-2028-01-12" in keys
    assert any(key.startswith("reminder:mill-lane-2028-01-12:") for key in keys)


def test_files_that_staff_are_editing_are_not_looked_at(ready: App, office: Office):
    """What is declared is what was applied last, however broken the folder is at midnight."""
    office.write("village-talks.toml", "[[series\n")
    let(ready, datetime(2026, 12, 12, 12, 0, tzinfo=UTC))
    assert "mill-lane-2028-01-12" in occurrences(ready)


def test_a_clock_that_steps_back_starts_no_day_twice(ready: App):
    """By some hours over midnight: the day has begun already, and nothing is taken back."""
    let(ready, datetime(2026, 11, 24, 0, 5, tzinfo=UTC))
    before = occurrences(ready)
    assert not let(ready, datetime(2026, 11, 23, 23, 50, tzinfo=UTC))
    assert not let(ready, datetime(2026, 11, 24, 0, 0, tzinfo=UTC))
    assert started(ready) == ["2026-11-23", "2026-11-24"]
    assert occurrences(ready) == before


def test_a_clock_that_was_a_year_ahead_does_not_stop_the_days(ready: App):
    """Somebody corrects it: days start again, or no series would grow for a year."""
    let(ready, datetime(2027, 11, 24, 12, 0, tzinfo=UTC))
    assert let(ready, datetime(2026, 11, 24, 12, 0, tzinfo=UTC))


def test_days_that_were_slept_through_are_one(ready: App):
    """The relay was away for a month: one day starts, with everything up to it."""
    assert let(ready, datetime(2027, 1, 20, 12, 0, tzinfo=UTC))
    assert started(ready) == ["2026-11-23", "2027-01-20"]
    assert "mill-lane-2028-02-09" in occurrences(ready)


def test_a_digest_moment_is_planned_for_each_hour_that_people_may_choose(ready: App):
    """Today's that are still to come, and tomorrow's; on the office's clock."""
    with ready.reading() as unit:
        hours = sorted(k.removeprefix("digest:") for k in unit.dues.waiting_keys("digest:"))
    assert hours[0] == "2026-11-23T13"
    assert hours[-1] == "2026-11-24T21"
    assert len(hours) == 9 + 16
    let(ready, datetime(2027, 6, 30, 12, 0, tzinfo=UTC))
    with ready.reading() as unit:
        (at,) = unit.conn.execute(select(due.c.at).where(due.c.key == "digest:2027-07-01T09")).scalars()
    assert at == datetime(2027, 7, 1, 8, 0, tzinfo=UTC)


def test_a_long_day_at_the_desk_needs_no_restart(ready: App, clock: Clock):
    """Asked every few seconds, it answers no and writes nothing."""
    with ready.reading() as unit:
        before = unit.conn.execute(select(event.c.id)).all()
    for _ in range(5):
        clock.move(minutes=10)
        assert not days.keep_day(ready)
    with ready.reading() as unit:
        assert unit.conn.execute(select(event.c.id)).all() == before
