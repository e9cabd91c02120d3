"""The life of a delivery: what an outcome makes of it, how long to wait, when people may be written to."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.domain.deliveries import (
    GREYLISTED,
    IN_DOUBT,
    LOOK_AFTER,
    PAUSES,
    PENDING,
    Habits,
    Settlement,
    State,
    after_quiet_hours,
    asked_to_wait,
    next_digest,
    pause,
    place,
    settle,
)
from engage.domain.notices import KINDS, Lane, order_of
from engage.domain.outcomes import Halted, Outcome, Refused, Sent, TryAgain, Unknown

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NINE, EIGHT = time(21), time(8)


def settled(outcome: Outcome, *, lane: str = "normal", hours: float = 24, **more: object):
    given = {"attempts": 0, "now": NOW, "expires_at": NOW + timedelta(hours=hours), "chance": 0.5, **more}
    return settle(outcome, lane=lane, **given)


def test_what_was_taken_is_sent_under_the_name_the_other_side_gave_it():
    """An empty name is none."""
    assert settled(Sent("250-1")).reference == "250-1"
    assert (settled(Sent()).state, settled(Sent()).reference) == (State.SENT, None)


def test_what_may_work_later_waits_and_is_charged():
    """Not before the moment the other side named."""
    after = timedelta(hours=3)
    found = settled(TryAgain("Busy.", after=after))
    assert (found.state, found.next_at, found.charged, found.halts) == (State.READY, NOW + after, True, False)


def test_what_cannot_arrive_in_time_has_failed():
    """A retry after its expiry is of no use."""
    assert settled(TryAgain("Busy.", after=timedelta(hours=3)), hours=3).state is State.FAILED


@pytest.mark.parametrize("suppress", [True, False])
def test_a_refusal_is_final_and_suppresses_only_dead_addresses(suppress: bool):
    """5.1.x says that nobody lives there, 5.7.x that they do not like us."""
    found = settled(Refused("No such user.", "no-such-address", suppress=suppress))
    assert (found.state, found.suppress, found.error_class) == (State.FAILED, suppress, "no-such-address")


def test_a_fault_of_ours_stops_the_channel_and_charges_nobody():
    """A wrong password, a full quota."""
    found = settled(Halted("Login refused.", "authentication"))
    assert (found.state, found.next_at, found.charged, found.halts) == (State.READY, NOW, False, True)


@pytest.mark.parametrize(
    ("lane", "hours", "becomes"),
    [("urgent", 24, State.READY), ("normal", 24, State.AMBIGUOUS), ("bulk", 24, State.AMBIGUOUS), ("urgent", 0.001, State.AMBIGUOUS)],
)  # fmt: skip
def test_what_nobody_can_know_goes_again_only_when_urgent_and_in_time(lane: str, hours: float, becomes: State):
    """Urgent is at least once, the rest at most once."""
    found = settled(Unknown("Cut off."), lane=lane, hours=hours)
    assert (found.state, found.error_class) == (becomes, "ambiguous")


@given(st.floats(0, 1, exclude_max=True), st.integers(0, 20))
def test_an_urgent_repeat_waits_like_any_other(chance: float, attempts: int):
    """A server that hangs up after every message must not be handed it a hundred times in a second."""
    found = settled(Unknown("Cut off."), lane="urgent", chance=chance, attempts=attempts)
    assert found.state is not State.READY or found.next_at >= NOW + timedelta(seconds=20)


# --- pauses ---------------------------------------------------------------------------------------------------------


@given(st.integers(0, 100), st.floats(0, 1, exclude_max=True), st.sampled_from(["temporary", "connection"]))
def test_pauses_grow_to_four_hours_and_are_spread_at_random(attempts: int, chance: float, error_class: str):
    """Full jitter: thousands of rows that failed together do not come back together, nor at once."""
    found = pause(attempts, error_class, chance)
    longest = PAUSES[min(attempts, len(PAUSES) - 1)]
    assert timedelta(seconds=20) <= found <= max(longest, timedelta(seconds=20)) <= timedelta(hours=4)


@given(st.integers(0, 3), st.floats(0, 1, exclude_max=True))
def test_a_greylisting_server_wants_minutes(attempts: int, chance: float):
    """Most take a second try after five."""
    assert pause(attempts, "greylisted", chance) >= GREYLISTED


@pytest.mark.parametrize("lane", list(Lane))
@pytest.mark.parametrize("last_class", [None, IN_DOUBT])
def test_where_the_other_side_can_be_asked_doubt_waits_a_minute_on_every_lane(lane: Lane, last_class: str | None):
    """And as often as it takes: asking doubles nothing. Past its use it is for a person."""
    given = {"lane": lane, "attempts": 0, "last_class": last_class, "now": NOW, "chance": 0.0, "findable": True}
    found = settle(Unknown("Cut off."), **given, expires_at=NOW + timedelta(hours=1))
    assert (found.state, found.error_class, found.next_at) == (State.READY, IN_DOUBT, NOW + LOOK_AFTER)
    assert settle(Unknown("Cut off."), **given, expires_at=NOW + timedelta(seconds=60)).state is State.AMBIGUOUS


@pytest.mark.parametrize("outcome", [TryAgain("Later."), Halted("Ours.", "quota")])
def test_doubt_lasts_until_it_is_settled(outcome: Outcome):
    """A try that delivered nothing says nothing about the one before it."""
    given = {"lane": Lane.URGENT, "attempts": 1, "now": NOW, "chance": 0.0, "expires_at": NOW + timedelta(hours=9)}
    assert settle(outcome, **given, last_class=IN_DOUBT).in_doubt
    assert not settle(outcome, **given, last_class="connection").in_doubt


@pytest.mark.parametrize(
    ("error_class", "after", "until"),
    [
        ("authentication", None, None),
        ("rate-limit", timedelta(seconds=7), NOW + timedelta(seconds=7)),
        ("daily-limit", None, datetime(2026, 11, 24, tzinfo=UTC)),
        ("daily-limit", timedelta(seconds=7), datetime(2026, 11, 24, tzinfo=UTC)),
    ],
)
def test_the_other_side_says_how_long_it_wants_nothing(error_class: str, after: timedelta | None, until: datetime | None):  # fmt: skip
    """Its word for its limits, midnight for a daily one, nothing for our own faults."""
    last = Settlement(state=State.READY, error_class=error_class, halts=True, halt_for=after)
    assert asked_to_wait(NOW, last) == until


# --- quiet hours ----------------------------------------------------------------------------------------------------


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-23T20:59", "2026-11-23T20:59"),
        ("2026-11-23T21:00", "2026-11-24T08:00"),
        ("2026-11-23T23:30", "2026-11-24T08:00"),
        ("2026-11-24T00:00", "2026-11-24T08:00"),
        ("2026-11-24T07:59", "2026-11-24T08:00"),
        ("2026-11-24T08:00", "2026-11-24T08:00"),
        ("2026-03-28T22:00", "2026-03-29T08:00"),  # a night of seven hours of quiet on the clock, six elapsed
        ("2026-10-24T22:00", "2026-10-25T08:00"),
        ("2026-07-01T21:30", "2026-07-02T08:00"),  # 20:30 UTC: it is the wall clock that counts
    ],
)
def test_nobody_is_written_to_between_nine_and_eight(now: str, until: str):
    """On the office's clock, whatever UTC says."""
    assert after_quiet_hours(local(now), quiet_from=NINE, quiet_until=EIGHT, zone=LONDON) == local(until)


def test_quiet_hours_by_day_are_possible():
    """An office may silence its lunch."""
    found = after_quiet_hours(local("2026-11-23T12:30"), quiet_from=time(12), quiet_until=time(13), zone=LONDON)
    assert found == local("2026-11-23T13:00")


hours = st.integers(0, 23).map(time)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2036, 1, 1)), hours, hours)
def test_after_the_quiet_hours_it_is_not_quiet(moment: datetime, quiet_from: time, quiet_until: time):
    """Never earlier than asked, never more than a day and an hour later, and asking again changes nothing."""
    now = moment.replace(tzinfo=UTC)
    found = after_quiet_hours(now, quiet_from=quiet_from, quiet_until=quiet_until, zone=LONDON)
    assert now <= found <= now + timedelta(hours=25)
    assert after_quiet_hours(found, quiet_from=quiet_from, quiet_until=quiet_until, zone=LONDON) == found


# --- digests --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "frequency", "day", "hour", "moment"),
    [
        ("2026-11-23T12:00", "daily", 0, 9, "2026-11-24T09:00"),
        ("2026-11-23T08:59", "daily", 0, 9, "2026-11-23T09:00"),
        ("2026-11-23T09:00", "daily", 0, 9, "2026-11-24T09:00"),
        ("2026-11-23T12:00", "weekly", 0, 9, "2026-11-30T09:00"),  # a Monday
        ("2026-11-23T12:00", "weekly", 4, 18, "2026-11-27T18:00"),
        ("2026-11-23T08:00", "weekly", 0, 9, "2026-11-23T09:00"),
        ("2026-10-24T12:00", "daily", 0, 9, "2026-10-25T09:00"),
    ],
)
def test_a_digest_comes_at_the_persons_day_and_hour(now: str, frequency: str, day: int, hour: int, moment: str):
    """Always in the future, on the office's clock."""
    assert next_digest(local(now), frequency=frequency, day=day, hour=hour, zone=LONDON) == local(moment)


def test_a_digest_hour_that_does_not_exist_moves_to_the_next():
    """At one o'clock on 29 March 2026 London's clocks show two."""
    found = next_digest(local("2026-03-28T12:00"), frequency="daily", day=0, hour=1, zone=LONDON)
    assert found.astimezone(UTC) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2036, 1, 1)),
    st.sampled_from(["daily", "weekly"]),
    st.integers(0, 6),
    st.integers(0, 23),
)
def test_the_next_digest_is_within_a_day_or_a_week(moment: datetime, frequency: str, day: int, hour: int):
    """Never now, never skipped."""
    now = moment.replace(tzinfo=UTC)
    found = next_digest(now, frequency=frequency, day=day, hour=hour, zone=LONDON)
    assert now < found <= now + timedelta(days=1 if frequency == "daily" else 7, hours=1)
    assert frequency == "daily" or found.astimezone(LONDON).weekday() == day


# --- where a row begins ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "lane", "frequency", "at_night", "state", "at_once"),
    [
        ("alert", Lane.URGENT, "weekly", True, State.READY, True),  # wakes people up: that is what it is for
        ("alert", Lane.NORMAL, "weekly", False, State.READY, True),
        ("alert", Lane.NORMAL, "immediate", True, State.READY, False),
        ("alert", Lane.BULK, "immediate", False, State.READY, True),
        ("alert", Lane.BULK, "daily", False, State.RESERVED, False),
        ("tip", Lane.BULK, "weekly", False, State.RESERVED, False),
        ("tip", Lane.BULK, "immediate", True, State.READY, False),
        ("milestone", Lane.BULK, "daily", True, State.RESERVED, False),
        ("reminder", Lane.NORMAL, "weekly", False, State.READY, True),  # of no use in Sunday's digest
        ("change", Lane.NORMAL, "daily", False, State.READY, True),
        ("confirm", Lane.URGENT, "weekly", True, State.READY, True),
    ],
)
def test_a_row_goes_at_once_after_the_night_or_in_a_digest(
    kind: str, lane: Lane, frequency: str, at_night: bool, state: State, at_once: bool
):
    """By the notice's kind, its lane and the person's habits."""
    now = local("2026-11-23T22:00" if at_night else "2026-11-23T12:00")
    habits = Habits(frequency=frequency, digest_day=6, digest_hour=9)
    until = now + timedelta(days=30)
    found, moment = place(
        KINDS[kind], lane, habits, now=now, expires_at=until, quiet_from=NINE, quiet_until=EIGHT, zone=LONDON
    )
    assert (found, moment == now) == (state, at_once)


def test_pending_is_what_may_still_change_by_itself():
    """`status` and the audit count by it."""
    assert set(PENDING) == {State.READY, State.CLAIMED, State.HANDOFF, State.RESERVED}


def test_lanes_go_in_order():
    """Urgent first."""
    assert sorted(["bulk", "urgent", "normal"], key=order_of) == ["urgent", "normal", "bulk"]
