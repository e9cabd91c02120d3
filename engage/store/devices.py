"""Where people get web push: one device a person, whose address is ended and blanked, never deleted.

A fan-out that has counted a device must still find its row (`audience`); what goes there is stopped by the fence.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select, update

from engage.store.audience import CHANGING
from engage.store.dialect import hold_lock, upsert
from engage.store.schema import address, recipient

CHANNEL = "webpush"
_RUNS = and_(address.c.channel == CHANNEL, address.c.ended_at.is_(None))


class Devices:
    """*digest* turns (channel, address) into what stands for it where the address itself must not be kept."""

    def __init__(self, conn: Connection, digest: Callable[[str, str], str], clock: Callable[[], datetime]) -> None:
        self._conn, self._digest, self._clock = conn, digest, clock

    def put(self, recipient_id: int, text: str) -> bool:
        """Make this the person's device, in place of any other; False for somebody who is not confirmed.

        A browser that was somebody else's is theirs no more: whoever pressed the button last sits before it.
        """
        hold_lock(self._conn, "devices")
        state = select(recipient.c.state).where(recipient.c.id == recipient_id).with_for_update()
        if self._conn.execute(state).scalar() != "confirmed":
            return False
        self._end(address.c.address == text, address.c.recipient_id != recipient_id)
        row = {"recipient_id": recipient_id, "channel": CHANNEL, "address": text, "ended_at": None}
        row |= {"hmac": self._digest(CHANNEL, text), "verified_at": self._verified_at(recipient_id)}
        upsert(self._conn, address, [row])
        return True

    def _verified_at(self, recipient_id: int) -> datetime:
        """A device that takes the place of another is found by whatever counted that one."""
        known = select(address.c.verified_at).where(_RUNS, address.c.recipient_id == recipient_id)
        return self._conn.execute(known).scalar() or self._clock()  # after the lock: no count before may find it

    def end(self, recipient_id: int) -> bool:
        """Stop the person's device; False when there was none."""
        return self._end(address.c.recipient_id == recipient_id)

    def gone(self, recipient_id: int, text: str) -> bool:
        """The browser behind *text* is gone; False when the person has another by now."""
        return self._end(address.c.recipient_id == recipient_id, address.c.address == text)

    def of(self, recipient_id: int) -> str | None:
        """The address of the person's device."""
        return self._conn.execute(
            select(address.c.address).where(_RUNS, address.c.recipient_id == recipient_id)
        ).scalar()

    def _end(self, *which: Any) -> bool:
        hold_lock(self._conn, CHANGING, shared=True)
        return end(self._conn, self._clock(), *which) > 0


def end(conn: Connection, now: datetime, *which: Any) -> int:
    """End and blank devices; how many."""
    blank = "ended-" + address.c.recipient_id.cast(address.c.address.type)
    return conn.execute(update(address).where(_RUNS, *which).values(address=blank, ended_at=now)).rowcount
