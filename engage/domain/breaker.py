"""When a channel stops taking messages and how it starts again: closed, open, then half-open with one letter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FAILURES = 5  # in a row, that are the server's and not the letter's
PROBE = timedelta(minutes=1)  # in which the letter that tries must have been answered, or another one tries
PAUSE = timedelta(minutes=1)
LONGEST = timedelta(minutes=30)


class Circuit(StrEnum):
    """CLOSED: everything goes. OPEN: nothing does. HALF_OPEN: one letter may try."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, kw_only=True)
class Halt:
    """Why and until when a channel is stopped; *failures* is how often in a row, which is how the pause grows."""

    until: datetime
    why: str
    failures: int


def circuit(halt: Halt | None, now: datetime) -> Circuit:
    """The state: a halt that is over does not close the circuit, a letter that went does."""
    if halt is None:
        return Circuit.CLOSED
    return Circuit.OPEN if now < halt.until else Circuit.HALF_OPEN


def may_claim(state: Circuit, batch: int) -> int:
    """How many rows a drain may take at once."""
    return {Circuit.CLOSED: batch, Circuit.OPEN: 0, Circuit.HALF_OPEN: 1}[state]


def after_failure(
    halt: Halt | None, *, failures: int, is_certain: bool, why: str, now: datetime, asked: datetime | None = None
) -> Halt | None:
    """The halt that follows *failures* of the server in a row; None while it is given another chance. It lasts as long
    as the server *asked* for, else longer each time.

    *is_certain*: the server said itself that it takes nothing (authentication, quota, TLS). A probe that fails halts
    at once and for longer: the batch behind it is not tried on a server that is still down.
    """
    state = circuit(halt, now)
    if state is Circuit.OPEN:
        return halt  # another thread has halted it already: one outage is one step
    if not (is_certain or state is Circuit.HALF_OPEN or failures >= FAILURES):
        return None
    times = (halt.failures if halt is not None else 0) + 1
    return Halt(until=asked or now + pause(times), why=why, failures=times)


def pause(times: int) -> timedelta:
    """Doubling from a minute to half an hour."""
    return min(PAUSE * (1 << min(times - 1, 10)), LONGEST)
