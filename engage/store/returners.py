"""Knowing somebody again who was forgotten and comes back: by the digest of an address that they have proved anew.

The digest stands where the address was until retention takes it away; nothing is asked of it before the proof, so
nobody learns from a form whether an address was ever known here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, exists, select, update

from engage.domain.people import KNOWN_AGAIN_WITHIN
from engage.store.schema import address, delivery, phone_code, recipient, signup

_PROFILE = ("audience", "frequency", "digest_day", "digest_hour", "language", "area", "postcode")


class Returners:
    def __init__(self, conn: Connection, now: datetime) -> None:
        self._conn, self._now = conn, now

    def known_again(self, recipient_id: int, channel: str) -> int:
        """Whose address it is that this person has just proved: the number that its owner had before, or their own.

        Under the old number the ledger still says what they were told. Only who is gone is known again: somebody who
        is back already, by another address, is not handed over to whoever has this one now.
        """
        held = self._conn.execute(_newcomer(recipient_id, channel)).one_or_none()
        if held is None:
            return recipient_id
        before = self._conn.execute(self._owner(held)).scalar()
        if before is None:
            return recipient_id
        self._hand_over(held, int(before))
        return int(before)

    def _owner(self, held: Row[Any]) -> Any:
        """The person last known by this address who is gone, if not for too long."""
        return (
            select(recipient.c.id)
            .join(address, address.c.recipient_id == recipient.c.id)
            .where(
                address.c.channel == held.channel,
                address.c.hmac == held.hmac,
                address.c.verified_at.is_not(None),
                address.c.ended_at > self._now - KNOWN_AGAIN_WITHIN,
                recipient.c.role == "subscriber",
                recipient.c.state == "left",
            )
            .order_by(recipient.c.left_at.desc(), recipient.c.id.desc())
            .limit(1)
        )

    def _hand_over(self, held: Row[Any], before: int) -> None:
        """Everything that is a newcomer's becomes the old number's; nobody stays behind the new one."""
        new = held.recipient_id
        for mine in (signup.c.recipient_id, phone_code.c.holder_id, delivery.c.recipient_id):
            self._conn.execute(update(mine.table).where(mine == new).values({mine: before}))
        self._conn.execute(delete(address).where(_of(new, held.channel)))
        self._conn.execute(update(address).where(_of(before, held.channel)).values(address=held.address, ended_at=None))
        profile = self._conn.execute(select(*(recipient.c[name] for name in _PROFILE)).where(recipient.c.id == new))
        self._conn.execute(update(recipient).where(recipient.c.id == before).values(**profile.one()._asdict()))
        # "forgotten", so that a backup in which this address still is the newcomer's does not bring it back.
        gone = {"state": "left", "left_at": self._now, "left_how": "forgotten", "area": None, "postcode": None}
        self._conn.execute(update(recipient).where(recipient.c.id == new).values(**gone))


def _newcomer(recipient_id: int, channel: str) -> Any:
    """The address of somebody who has never been confirmed."""
    never = exists().where(
        recipient.c.id == recipient_id, recipient.c.role == "subscriber", recipient.c.confirmed_at.is_(None)
    )
    return select(address).where(_of(recipient_id, channel), address.c.ended_at.is_(None), never)


def _of(recipient_id: int, channel: str) -> ColumnElement[bool]:
    return and_(address.c.recipient_id == recipient_id, address.c.channel == channel)
