"""Rate limits: one bucket for everybody who writes to a provider."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from engage.domain.rates import Rate
from engage.store.unit import Database
from tests.conftest import NOON
from tests.office import Clock

RATE = Rate(bucket="notify", per_minute=600)  # ten a second, thirty at once


def take(database: Database, wanted: int, *, is_urgent: bool = True, rate: Rate = RATE) -> int:
    """Claim as a drain does."""
    with database.unit() as unit:
        got = unit.rates.allowed(rate, wanted, is_urgent=is_urgent)
        unit.rates.spend(rate, got)
        return got


def test_a_bucket_is_full_at_first_and_fills_with_time(database: Database, clock: Clock):
    """A burst, then what the rate gives; it does not save up beyond the burst."""
    assert take(database, 100) == 30
    assert take(database, 100) == 0
    clock.move(seconds=1)
    assert take(database, 4) == 4
    assert take(database, 100) == 6
    clock.move(hours=1)
    assert take(database, 100) == 30


def test_parts_of_a_token_are_not_lost(database: Database, clock: Clock):
    """Asking ten times in a second must not cost more than asking once."""
    assert take(database, 100) == 30
    got = 0
    for _ in range(40):
        clock.move(milliseconds=25)
        got += take(database, 100)
    assert got == 10


def test_urgent_messages_find_something_left(database: Database):
    """However much else there is to send."""
    assert take(database, 100, is_urgent=False) == 15
    assert take(database, 100, is_urgent=False) == 0
    assert take(database, 100) == 15


def test_the_slowest_rate_still_moves(database: Database, clock: Clock):
    """One a minute is one a minute on every lane."""
    slow = Rate(bucket="smtp", per_minute=1)
    assert take(database, 100, is_urgent=False, rate=slow) == 1
    assert take(database, 100, is_urgent=False, rate=slow) == 0
    clock.move(minutes=1)
    assert take(database, 100, is_urgent=False, rate=slow) == 1


def test_workers_together_get_no_more_than_one_would(database: Database):
    """Eight at once on a real database: the bucket's row decides."""
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: take(database, 7), range(8))) == 30


def test_buckets_are_apart(database: Database):
    """The mail server's limit is nothing to Notify."""
    assert take(database, 100) == 30
    assert take(database, 100, rate=Rate(bucket="smtp", per_minute=60)) == 3


@given(st.integers(1, 5000), st.lists(st.tuples(st.integers(0, 90_000), st.integers(0, 200)), max_size=40))
def test_no_minute_sees_more_than_the_rate_and_one_burst(per_minute: int, asked: list[tuple[int, int]]):
    """Whenever and however much is asked for."""
    rate = Rate(bucket="x", per_minute=per_minute)
    tokens, since, now, gone = float(rate.burst), NOON, NOON, []
    for wait_ms, wanted in asked:
        now += timedelta(milliseconds=wait_ms)
        held = rate.filled(tokens, since=since, now=now)
        taken = min(wanted, int(held))
        tokens, since = held - taken, now
        gone.append((now, taken))
    for start, _ in gone:
        within = sum(n for at, n in gone if start <= at < start + timedelta(minutes=1))
        assert within <= per_minute + rate.burst
    assert rate.filled(1.0, since=NOON, now=NOON - timedelta(hours=1)) == min(1.0, rate.burst)
