"""The message budget: what is over it waits for a digest, and nobody loses a message to it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.domain.calendars import Guards
from engage.domain.deliveries import Habits, State, place
from engage.domain.notices import KINDS, Lane

LONDON = ZoneInfo("Europe/London")
MONDAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
NIGHT = {"quiet_from": time(21), "quiet_until": time(8), "zone": LONDON}


def placed(kind: str, lane: Lane, *, frequency: str = "immediate", now: datetime = MONDAY, days: float = 30, is_spent: bool = True):  # fmt: skip
    habits = Habits(frequency=frequency, digest_day=3, digest_hour=10)
    return place(KINDS[kind], lane, habits, now=now, expires_at=now + days * DAY, is_spent=is_spent, **NIGHT)


@pytest.mark.parametrize(
    ("kind", "lane", "frequency", "days", "moment"),
    [
        ("tip", Lane.BULK, "immediate", 14, "2026-11-26T10:00"),  # Thursday at ten is when this person has their digest
        ("alert", Lane.BULK, "immediate", 14, "2026-11-26T10:00"),
        ("alert", Lane.NORMAL, "immediate", 14, "2026-11-26T10:00"),
        ("alert", Lane.NORMAL, "daily", 14, "2026-11-24T10:00"),
        ("alert", Lane.NORMAL, "weekly", 14, "2026-11-26T10:00"),
        ("alert", Lane.NORMAL, "immediate", 2, "2026-11-24T10:00"),  # of no use on Thursday: tomorrow's
        ("alert", Lane.NORMAL, "immediate", 0.5, None),  # nor tomorrow: at once
        ("alert", Lane.URGENT, "immediate", 14, None),
        ("change", Lane.NORMAL, "immediate", 6, "2026-11-26T10:00"),
        ("change", Lane.NORMAL, "immediate", 4, "2026-11-24T10:00"),  # Thursday is less than 48 hours before it
        ("change", Lane.NORMAL, "immediate", 2.5, None),
        ("change", Lane.URGENT, "immediate", 1, None),
        ("reminder", Lane.NORMAL, "immediate", 30, None),
        ("confirm", Lane.URGENT, "immediate", 3, None),
        ("manage", Lane.URGENT, "weekly", 3, None),
    ],
)
def test_beyond_the_budget_it_waits_for_the_digest(kind: str, lane: Lane, frequency: str, days: float, moment: str | None):  # fmt: skip
    """The person's own, on Thursdays for who wants messages at once; never past its use; urgent and service pass."""
    state, at = placed(kind, lane, frequency=frequency, days=days)
    if moment is None:
        assert (state, at) == (State.READY, MONDAY)
    else:
        assert (state, at) == (State.RESERVED, datetime.fromisoformat(moment).replace(tzinfo=LONDON))


messages = st.tuples(
    st.integers(1, 20 * 60),  # minutes since the one before
    st.sampled_from(
        [
            ("tip", Lane.BULK),
            ("alert", Lane.NORMAL),
            ("alert", Lane.BULK),
            ("change", Lane.NORMAL),
            ("alert", Lane.URGENT),
        ]
    ),
    st.integers(1, 20),  # days it is of use
)


@given(
    st.lists(messages, min_size=1, max_size=60),
    st.builds(
        Habits,
        frequency=st.sampled_from(["immediate", "daily", "weekly"]),
        digest_day=st.integers(0, 6),
        digest_hour=st.integers(0, 23),
    ),
    st.integers(1, 6),
)
def test_nobody_gets_more_routine_messages_than_the_budget_and_nobody_loses_one(stream, habits: Habits, most: int):
    """Whatever comes in whatever order over the clock change; only what no digest can carry in time goes beyond it."""
    now, days = datetime(2026, 10, 20, 9, 0, tzinfo=UTC), Guards().budget_days
    went: list[datetime] = []
    for minutes, (kind, lane), use in stream:
        now += timedelta(minutes=minutes)
        rules, expires_at = KINDS[kind], now + use * DAY
        is_spent = sum(at > now - days * DAY for at in went) >= most
        state, at = place(rules, lane, habits, now=now, expires_at=expires_at, is_spent=is_spent, **NIGHT)
        if lane is Lane.URGENT:
            assert (state, at) == (State.READY, now)
        elif state is State.RESERVED:
            assert now < at <= now + timedelta(days=7, hours=1)
            assert at < expires_at - rules.ahead or habits.frequency != "immediate"
        else:
            in_time = now + timedelta(days=1, hours=1) < expires_at - rules.ahead
            assert not (is_spent and in_time), "a digest would have carried it in time"
            went.append(now)
