"""What deletes, a page at a time, what has been kept for long enough. For how long and why is in domain.retention."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, or_, select, tuple_, update

from engage.store.complaints import Complaints
from engage.store.people import FORGOTTEN
from engage.store.schema import (
    address,
    attempt,
    complaint,
    consent,
    inbox,
    phone_code,
    poll,
    recipient,
    signup,
    subscription,
    subscription_term,
    tally,
    tip_told,
)

Purge = Callable[[Connection, datetime, int], int]  # (before, at most so many) -> how many went


class Retention:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def purge(self, key: str, before: datetime, limit: int) -> int:
        """Delete or blank what is older than *before*; fewer than *limit* means that nothing is left."""
        return PURGES[key](self._conn, before, limit)


def _oldest(conn: Connection, table: Table, which: ColumnElement[bool], limit: int) -> int:
    """Delete so many rows, found by their primary key: all of a year at once would keep everybody waiting."""
    keys = list(table.primary_key)
    return conn.execute(delete(table).where(tuple_(*keys).in_(select(*keys).where(which).limit(limit)))).rowcount


def _signups(conn: Connection, before: datetime, limit: int) -> int:
    """Those who never pressed the button go altogether, but for whoever waits for the answer to a complaint."""
    gone = _oldest(conn, signup, signup.c.created_at < before, limit)
    waits = exists().where(signup.c.recipient_id == recipient.c.id)
    complains = exists().where(complaint.c.hmac == address.c.hmac).correlate(address)
    never = and_(recipient.c.state == "pending", recipient.c.role == "subscriber", recipient.c.created_at < before)
    found = select(address.c.recipient_id).join(recipient, recipient.c.id == address.c.recipient_id)
    ids = list(conn.execute(found.where(never, ~waits, ~complains).distinct().limit(limit)).scalars())
    conn.execute(delete(address).where(address.c.recipient_id.in_(ids)))
    conn.execute(update(recipient).where(recipient.c.id.in_(ids)).values(area=None, postcode=None))
    return max(gone, len(ids))


def _addresses(conn: Connection, before: datetime, limit: int) -> int:
    """The digest stays beside the blank, by which whoever comes back is known again. It is barred elsewhere."""
    left = and_(recipient.c.state == "left", recipient.c.left_at < before, ~_comes_back())
    blank = address.c.ended_at.is_not(None)
    shown = exists().where(address.c.recipient_id == recipient.c.id, ~blank)
    placed = or_(recipient.c.area.is_not(None), recipient.c.postcode.is_not(None))
    ids = list(conn.execute(select(recipient.c.id).where(left, or_(shown, placed)).limit(limit)).scalars())
    blanked = FORGOTTEN + address.c.recipient_id.cast(address.c.address.type)
    left_at = select(recipient.c.left_at).where(recipient.c.id == address.c.recipient_id).scalar_subquery()
    blanked_at = {"address": blanked, "ended_at": left_at}
    conn.execute(update(address).where(address.c.recipient_id.in_(ids), ~blank).values(**blanked_at))
    conn.execute(update(recipient).where(recipient.c.id.in_(ids)).values(area=None, postcode=None))
    return len(ids)


def _comes_back() -> ColumnElement[bool]:
    """Whether they have signed up again: the confirmation, which waits for its button, needs the address."""
    return exists().where(signup.c.recipient_id == recipient.c.id, signup.c.confirmed_at.is_(None))


def _choices(conn: Connection, before: datetime, limit: int) -> int:
    """Subscriptions that ended; of those who left also the evidence that they had agreed, and the tips they had."""
    ended = select(subscription.c.id).where(subscription.c.ended_at < before).limit(limit)
    ids = list(conn.execute(ended).scalars())
    conn.execute(delete(subscription_term).where(subscription_term.c.subscription_id.in_(ids)))
    conn.execute(delete(subscription).where(subscription.c.id.in_(ids)))
    gone = select(recipient.c.id).where(recipient.c.state == "left", recipient.c.left_at < before)
    agreed = _oldest(conn, consent, consent.c.recipient_id.in_(gone), limit)
    return max(len(ids), agreed, _oldest(conn, tip_told, tip_told.c.recipient_id.in_(gone), limit))


def _complaints(conn: Connection, before: datetime, _limit: int) -> int:
    """There are few: all at once, so nothing is left."""
    Complaints(conn, before).forget_closed(before)
    return 0


def _older(table: Table, column: ColumnElement[Any], *more: ColumnElement[bool]) -> Purge:
    return lambda conn, before, limit: _oldest(conn, table, and_(column < before, *more), limit)


PURGES: Mapping[str, Purge] = {
    "signups": _signups,
    "addresses": _addresses,
    "returners": _older(address, address.c.ended_at),
    "codes": _older(phone_code, phone_code.c.created_at),
    "networks": _older(tally, tally.c.slot),
    "choices": _choices,
    "attempts": _older(attempt, attempt.c.at),
    "replies": _older(inbox, inbox.c.received_at, inbox.c.delivery_id.is_not(None)),
    "strays": _older(inbox, inbox.c.received_at, inbox.c.delivery_id.is_(None)),
    "polls": lambda conn, before, limit: _oldest(conn, poll, poll.c.day < before.date().isoformat(), limit),
    "complaints": _complaints,
}
