"""The circuit breaker of a channel: it opens, tries one letter, and closes only when that went."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.domain.breaker import FAILURES, LONGEST, PAUSE, Circuit, Halt, after_failure, circuit, may_claim, pause

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HALT = Halt(until=NOON, why="It was down.", failures=1)


@pytest.mark.parametrize(
    ("halt", "now", "state", "claims"),
    [
        (None, NOON, Circuit.CLOSED, 100),
        (HALT, NOON - MINUTE, Circuit.OPEN, 0),
        (HALT, NOON, Circuit.HALF_OPEN, 1),
        (HALT, NOON + 60 * MINUTE, Circuit.HALF_OPEN, 1),
    ],
)
def test_after_a_halt_one_letter_goes_before_the_batch(halt: Halt | None, now: datetime, state: Circuit, claims: int):
    """However long ago it ended."""
    assert circuit(halt, now) is state
    assert may_claim(state, 100) == claims


@pytest.mark.parametrize(
    ("halt", "failures", "is_certain", "halted_for"),
    [
        (None, 1, False, None),
        (None, FAILURES - 1, False, None),
        (None, FAILURES, False, 1),
        (None, 1, True, 1),  # the server said so itself
        (HALT, 1, False, 2),  # the probe failed
        (Halt(until=NOON, why="", failures=4), 1, False, 16),
        (Halt(until=NOON, why="", failures=9), 1, True, 30),
    ],
)
def test_what_a_failure_does(halt: Halt | None, failures: int, is_certain: bool, halted_for: int | None):
    """Some are forgiven while the circuit is closed; a failed probe doubles the pause at once."""
    found = after_failure(halt, failures=failures, is_certain=is_certain, why="Again.", now=NOON)
    assert (None if found is None else found.until - NOON) == (None if halted_for is None else halted_for * MINUTE)


def test_a_server_that_says_how_long_is_taken_at_its_word():
    """However often it has said so before."""
    found = after_failure(HALT, failures=1, is_certain=True, why="Slow down.", now=NOON, asked=NOON + MINUTE / 4)
    assert found == Halt(until=NOON + MINUTE / 4, why="Slow down.", failures=2)


def test_threads_that_see_the_same_outage_make_one_step_of_it():
    """Four drains break at once: the pause is a minute, not eight."""
    halt = None
    for _ in range(4):
        halt = after_failure(halt, failures=FAILURES, is_certain=False, why="Down.", now=NOON)
    assert halt is not None
    assert (halt.failures, halt.until) == (1, NOON + PAUSE)


@given(st.integers(1, 10_000))
def test_pauses_grow_to_half_an_hour(times: int):
    """And no further, however long the server is away."""
    assert PAUSE <= pause(times) <= pause(times + 1) <= LONGEST


@given(st.lists(st.tuples(st.integers(0, 90), st.booleans()), max_size=60))
def test_a_server_that_is_down_gets_one_letter_a_pause(walk: list[tuple[int, bool]]):
    """Over any walk of minutes passing and letters going or not: never a batch on a server not known to be back."""
    now, failures = NOON, 0
    halt: Halt | None = None
    for minutes, works in walk:
        now += minutes * MINUTE
        claims = may_claim(circuit(halt, now), 100)
        assert claims <= 1 or failures < FAILURES
        if claims and works:
            halt, failures = None, 0
        elif claims:
            failures += 1
            halt = after_failure(halt, failures=failures, is_certain=False, why="Down.", now=now)
            assert halt is None or may_claim(circuit(halt, now), 100) == 0
