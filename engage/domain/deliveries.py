"""The life of a delivery: states, what an outcome makes of it, how long to wait. Sending is in channels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import assert_never
from zoneinfo import ZoneInfo

from engage.domain.notices import Lane, NoticeKind
from engage.domain.outcomes import Halted, Outcome, Refused, Sent, TryAgain, Unknown
from engage.domain.people import Frequency

CRASHES = 3
GIVE_UP = timedelta(days=5)
PAUSES = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30, 60, 120, 240))
GREYLISTED = timedelta(minutes=5)
IN_DOUBT = "ambiguous"  # the error class of what may have gone
REPLACES = ("webpush",)  # channels on which a second hand-over takes the place of the first
FENCE_FRESH = timedelta(seconds=30)
LOOK_AFTER = timedelta(minutes=1)  # before a provider that can be asked knows what became of a hand-off


class State(StrEnum):
    """Where a delivery is. `reserved` belongs to a digest, `parked` waits for a person's decision."""

    READY = "ready"
    CLAIMED = "claimed"
    HANDOFF = "handoff"
    RESERVED = "reserved"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    PARKED = "parked"
    AMBIGUOUS = "ambiguous"
    DEAD = "dead"


PENDING = (State.READY, State.CLAIMED, State.HANDOFF, State.RESERVED)


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What becomes of a fenced delivery. *charged*: the try counts against the delivery.

    *in_doubt*: an earlier try may have gone, and this one has not settled it.
    """

    state: State
    next_at: datetime | None = None
    error_class: str | None = None
    why: str | None = None
    reference: str | None = None
    suppress: bool = False
    halts: bool = False
    halt_for: timedelta | None = None
    charged: bool = True
    in_doubt: bool = False


def settle(
    outcome: Outcome,
    *,
    lane: str,
    attempts: int,
    last_class: str | None = None,
    now: datetime,
    expires_at: datetime,
    chance: float,
    channel: str = "email",
    findable: bool = False,
) -> Settlement:
    """Turn an outcome into a state; *attempts* were made before, *chance* in [0, 1) spreads retries (full jitter).

    *last_class* is how the last of them ended: what was in doubt once is not sent a third time, unless the other side
    can be asked first whether it has it (*findable*), or *channel* is one where that reaches nobody twice.
    """
    doubted = last_class == IN_DOUBT
    match outcome:
        case Sent(reference=reference):
            return Settlement(state=State.SENT, reference=reference or None)
        case TryAgain(why=why, error_class=error_class, after=after):
            again = now + (after or pause(attempts, error_class, chance))
            state = State.READY if again < expires_at else State.FAILED
            return Settlement(state=state, next_at=again, error_class=error_class, why=why, in_doubt=doubted)
        case Refused(why=why, error_class=error_class, suppress=suppress):
            return Settlement(state=State.FAILED, error_class=error_class, why=why, suppress=suppress)
        case Halted(why=why, error_class=error_class, after=after):
            return Settlement(
                state=State.READY,
                next_at=now,
                error_class=error_class,
                why=why,
                halts=True,
                halt_for=after,
                charged=False,
                in_doubt=doubted,
            )
        case Unknown(why=why) if findable:
            again = now + max(LOOK_AFTER, pause(attempts, IN_DOUBT, chance))
            state = State.READY if again < expires_at else State.AMBIGUOUS
            return Settlement(state=state, next_at=again, error_class=IN_DOUBT, why=why)
        case Unknown(why=why):
            again = now + pause(attempts, IN_DOUBT, chance)
            once_more = lane == Lane.URGENT and not doubted
            may_repeat = (once_more or channel in REPLACES) and again < expires_at
            state = State.READY if may_repeat else State.AMBIGUOUS
            return Settlement(state=state, next_at=again if may_repeat else None, error_class=IN_DOUBT, why=why)
        case _:  # pragma: no cover
            assert_never(outcome)


def pause(attempts: int, error_class: str, chance: float) -> timedelta:
    """How long to wait before the next try: growing, spread at random, never at once; greylisting wants minutes."""
    longest = PAUSES[min(attempts, len(PAUSES) - 1)]
    shortest = GREYLISTED if error_class == "greylisted" else timedelta(seconds=20)
    return max(shortest, longest * chance)


def asked_to_wait(now: datetime, last: Settlement) -> datetime | None:
    """Until when the other side wants nothing more, if it said so.

    A service's daily limit is counted from midnight to midnight in UTC.
    """
    if last.error_class == "daily-limit":
        return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
    return None if last.halt_for is None else now + last.halt_for


def after_quiet_hours(now: datetime, *, quiet_from: time, quiet_until: time, zone: ZoneInfo) -> datetime:
    """*now*, or the end of the quiet hours when *now* falls into them; hours are the office's wall clock."""
    local = now.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    overnight = quiet_from > quiet_until
    is_quiet = (clock >= quiet_from or clock < quiet_until) if overnight else quiet_from <= clock < quiet_until
    if not is_quiet:
        return now
    day = local.date() + timedelta(days=1) if overnight and clock >= quiet_from else local.date()
    return datetime.combine(day, quiet_until, zone)


def next_digest(now: datetime, *, frequency: str, day: int, hour: int, zone: ZoneInfo) -> datetime:
    """The next moment a person wants their digest; an hour that does not exist moves to the next."""
    local = now.astimezone(zone)
    candidate = datetime.combine(local.date(), time(hour), zone)
    while candidate <= now or (frequency == Frequency.WEEKLY and candidate.weekday() != day):
        candidate = datetime.combine(candidate.date() + timedelta(days=1), time(hour), zone)
    return candidate


@dataclass(frozen=True, kw_only=True)
class Habits:
    """When a person wants messages, and when the office lets people sleep."""

    frequency: str
    digest_day: int
    digest_hour: int


def place(
    rules: NoticeKind,
    lane: Lane,
    habits: Habits,
    *,
    now: datetime,
    expires_at: datetime,
    quiet_from: time,
    quiet_until: time,
    zone: ZoneInfo,
    is_spent: bool = False,
) -> tuple[State, datetime]:
    """The first state of a ledger row and when it may go: at once, after the quiet hours, or in the person's digest.

    *is_spent*: the person has had as many routine messages as the budget allows.
    """
    if lane is Lane.URGENT:
        return State.READY, now
    if (rules.digestible or lane is Lane.BULK) and habits.frequency != Frequency.IMMEDIATE:
        moment = next_digest(now, frequency=habits.frequency, day=habits.digest_day, hour=habits.digest_hour, zone=zone)
        return State.RESERVED, moment
    if (
        is_spent
        and rules.rolls_over
        and (later := overflow(habits, now=now, before=expires_at - rules.ahead, zone=zone))
    ):
        return State.RESERVED, later
    if not rules.quiet:
        return State.READY, now
    awake = after_quiet_hours(now, quiet_from=quiet_from, quiet_until=quiet_until, zone=zone)
    return State.READY, awake if awake < expires_at else now  # what is of no use in the morning goes at once


def overflow(habits: Habits, *, now: datetime, before: datetime, zone: ZoneInfo) -> datetime | None:
    """The digest that takes what is over the budget: the person's own, weekly for who wants messages at once.

    What would be of no use by then takes the next day's; None when that too is late: the budget drops nothing.
    """
    own = Frequency.WEEKLY if habits.frequency == Frequency.IMMEDIATE else habits.frequency
    for frequency in (own, Frequency.DAILY):
        moment = next_digest(now, frequency=frequency, day=habits.digest_day, hour=habits.digest_hour, zone=zone)
        if moment < before:
            return moment
    return None


def replanned(
    rules: NoticeKind, habits: Habits, *, at: datetime, now: datetime, before: datetime, zone: ZoneInfo
) -> datetime:
    """When what is reserved for *at* goes after its person chose other *habits*; *before* is its expiry.

    What is due already stays due. What would be of no use in the new digest keeps the moment it had, when that is in
    time: choosing another rhythm loses nothing.
    """
    if at <= now:
        return at
    if habits.frequency == Frequency.IMMEDIATE:
        return overflow(habits, now=now, before=before - rules.ahead, zone=zone) or at
    moment = next_digest(now, frequency=habits.frequency, day=habits.digest_day, hour=habits.digest_hour, zone=zone)
    return moment if moment < before - rules.ahead else min(at, moment)
