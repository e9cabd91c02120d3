"""Rows that must wait although they are due: at night, and while their notice is paused. Claiming is in ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, func, or_, select, update

from engage.domain.deliveries import State
from engage.domain.notices import Lane
from engage.store.house import House
from engage.store.schema import delivery, notice

PAUSED = "paused"  # the key of `meta` with the number of paused notices, and why their rows are parked


class Waits:
    def __init__(self, conn: Connection, now: datetime) -> None:
        self._conn, self._now = conn, now

    def sleep(self, channel: str, lane: str, until: datetime) -> int:
        """Let routine rows of a lane wait until the morning, unless they are of no use then.

        A digest goes at the hour its person chose, at night too; only its later tries wait.
        """
        chosen = and_(delivery.c.notice_id.startswith("digest:"), delivery.c.attempts == 0)
        due = and_(delivery.c.channel == channel, delivery.c.lane == lane, delivery.c.state == State.READY)
        waits = and_(due, delivery.c.next_at < until, delivery.c.expires_at > until, ~delivery.c.service, ~chosen)
        return self._conn.execute(update(delivery).where(waits).values(next_at=until)).rowcount

    def is_anything_paused(self) -> bool:
        return House(self._conn, self._now).get(PAUSED) is not None

    def count_paused(self) -> None:
        """Remember how many notices are paused: asked before every drain."""
        n = self._conn.execute(select(func.count()).select_from(notice).where(notice.c.state == PAUSED)).scalar_one()
        house = House(self._conn, self._now)
        house.put(PAUSED, str(n)) if n else house.drop(PAUSED)

    def park_paused(self) -> int:
        """Put aside what is ready and belongs to a paused notice; a person decides when it goes on."""
        paused = exists().where(
            notice.c.id == delivery.c.notice_id, notice.c.version == delivery.c.version, notice.c.state == PAUSED
        )
        ready = and_(delivery.c.state == State.READY, paused)
        return self._conn.execute(update(delivery).where(ready).values(state=State.PARKED, last_class=PAUSED)).rowcount

    def unpark(self, notice_id: str, version: int, *, at: datetime) -> int:
        """Let go on what the pause had put aside: urgent rows now, others *at*; what has expired is closed."""
        mine = and_(
            delivery.c.notice_id == notice_id,
            delivery.c.version == version,
            delivery.c.state == State.PARKED,
            delivery.c.last_class == PAUSED,
        )
        self._close(and_(mine, delivery.c.expires_at <= self._now), State.EXPIRED)
        at_once = or_(delivery.c.lane == Lane.URGENT, delivery.c.expires_at <= at)
        again: dict[str, Any] = {"state": State.READY, "last_class": None}
        moved = self._conn.execute(update(delivery).where(mine, at_once).values(**again, next_at=self._now)).rowcount
        return moved + self._conn.execute(update(delivery).where(mine).values(**again, next_at=at)).rowcount

    def cancel_parked(self, notice_id: str, before: int) -> int:
        """Close what of earlier versions was put aside: it is replaced or withdrawn."""
        mine = and_(delivery.c.notice_id == notice_id, delivery.c.version < before)
        return self._close(and_(mine, delivery.c.state == State.PARKED), State.CANCELLED)

    def _close(self, condition: Any, state: State) -> int:
        return self._conn.execute(update(delivery).where(condition).values(state=state, settled_at=self._now)).rowcount
