"""The statements of the drain, built once: claim, fence, settle. What they are for is in ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, bindparam, exists, func, insert, literal_column, or_, select, update

from engage.domain.deliveries import State
from engage.domain.notices import Lane
from engage.store.prepared import Prepared
from engage.store.schema import address, attempt, delivery, meta, notice, recipient, suppression

HOLD = "hold"  # the key of `meta` that stops everything
HOLD_ROUTINE = "hold-routine"  # stops everything but urgent rows
HOLD_MAIL = "hold:"  # how the ids of notices begin that tell staff of a hold: nothing else passes one


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A delivery that is ours to hand over."""

    id: int
    notice_id: str
    version: int
    recipient_id: int
    channel: str
    lane: str
    service: bool
    expires_at: datetime
    items: tuple[str, ...] | None
    reasons: tuple[int, ...]
    attempts: int
    last_class: str | None


def claimed(*values: Any) -> Claimed:
    row = dict(zip(Claimed.__dataclass_fields__, values, strict=True))
    row["items"] = None if row["items"] is None else tuple(row["items"])
    row["reasons"] = tuple(row["reasons"] or ())
    return Claimed(**row)


def _claim(which: Any) -> Any:
    """One atomic update that makes the oldest due rows ours; returns `next_at` and the fields of `Claimed`.

    The inner query has locked what it found. To ask for the state once more outside would make SQLite walk over every
    ready row for each claim: with a hundred thousand of them an urgent letter waited for seconds.
    """
    now = bindparam("_now", type_=delivery.c.next_at.type)
    due = (
        select(delivery.c.id)
        .where(
            delivery.c.channel == bindparam("_channel"),
            delivery.c.lane == bindparam("_lane"),
            delivery.c.state == State.READY,
            delivery.c.next_at <= now,
            which,
        )
        .order_by(delivery.c.next_at, delivery.c.id)
        .limit(bindparam("_limit", type_=Integer))
        .with_for_update(skip_locked=True)  # PostgreSQL; SQLite has one writer anyway
        .cte()  # run once: as a subquery PostgreSQL may run it for each row and lock more than the limit
    )
    return (
        update(delivery)
        .where(delivery.c.id.in_(select(due.c.id)))
        .values(state=State.CLAIMED, owner=bindparam("_owner"))
        .returning(delivery.c.next_at, *(delivery.c[name] for name in Claimed.__dataclass_fields__))
    )


TELLS_OF_HOLD = delivery.c.notice_id.startswith(HOLD_MAIL)


@lru_cache
def fence(size: int) -> Prepared:
    """The fence as one conditional update over so many rows: it runs for every single hand-off."""
    suppressed = (
        exists()
        .where(
            suppression.c.channel == address.c.channel,
            suppression.c.hmac == address.c.hmac,
            or_(~delivery.c.service, suppression.c.reason != "left"),
        )
        .correlate(address, delivery)
    )
    reachable = exists().where(
        address.c.recipient_id == delivery.c.recipient_id,
        address.c.channel == delivery.c.channel,
        address.c.ended_at.is_(None),
        ~suppressed,
    )
    confirmed = exists().where(recipient.c.id == delivery.c.recipient_id, recipient.c.state == "confirmed")
    stopped = exists().where(
        notice.c.id == delivery.c.notice_id,
        notice.c.version == delivery.c.version,
        or_(notice.c.state == "withdrawn", notice.c.state == "paused"),
    )
    now = bindparam("_now", type_=delivery.c.next_at.type)
    return Prepared(
        update(delivery)
        .where(
            delivery.c.id.in_([bindparam(f"_id{n}") for n in range(size)]),
            delivery.c.owner == bindparam("_owner"),
            delivery.c.state == State.CLAIMED,
            delivery.c.expires_at > now,
            reachable,
            or_(delivery.c.service, confirmed),
            ~stopped,
            or_(~exists().where(meta.c.key == HOLD), TELLS_OF_HOLD),
            or_(delivery.c.lane == Lane.URGENT, ~exists().where(meta.c.key == HOLD_ROUTINE)),
        )
        .values(state=State.HANDOFF, fenced_at=now)
        .returning(delivery.c.id)
    )


def _settle() -> Prepared:
    return Prepared(
        update(delivery)
        .where(
            delivery.c.id == bindparam("_id"),
            delivery.c.owner == bindparam("_owner"),
            delivery.c.state == State.HANDOFF,
        )
        .values(
            state=bindparam("_state"),
            next_at=func.coalesce(bindparam("_next_at", type_=delivery.c.next_at.type), delivery.c.next_at),
            attempts=delivery.c.attempts + bindparam("_charged"),
            owner=None,
            provider_ref=bindparam("_reference"),
            last_class=bindparam("_class"),
            settled_at=bindparam("_settled_at", type_=delivery.c.settled_at.type),
        )
    )


_EVIDENCE_COLUMNS = ("delivery_id", "n", "owner", "at", "outcome", "error_class", "why")
OWNED = Prepared(select(delivery.c.id).where(delivery.c.owner == bindparam("_owner")).limit(literal_column("1")))
CLAIM, CLAIM_SUSPECT = _claim(delivery.c.crashes == 0), _claim(delivery.c.crashes > 0)
CLAIM_HELD = _claim(TELLS_OF_HOLD)
SETTLE, EVIDENCE = _settle(), Prepared(insert(attempt).values({name: bindparam(name) for name in _EVIDENCE_COLUMNS}))
