"""Digests in the ledger: reserved rows, and the envelopes that own them. Ordinary rows are in ledger."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, select, update

from engage.domain.deliveries import State
from engage.store.schema import delivery, notice


class Digests:
    def __init__(self, conn: Connection, now: datetime) -> None:
        self._conn, self._now = conn, now

    def due_reserved(self) -> list[Row[Any]]:
        """(recipient, channel) of rows whose digest moment has come; expired ones are closed first."""
        loose = and_(delivery.c.state == State.RESERVED, delivery.c.digest_id.is_(None))
        expired = update(delivery).where(loose, delivery.c.expires_at <= self._now)
        self._conn.execute(expired.values(state=State.EXPIRED, settled_at=self._now))
        return list(
            self._conn.execute(
                select(delivery.c.recipient_id, delivery.c.channel)
                .where(loose, delivery.c.next_at <= self._now, self._may_go())
                .distinct()
            )
        )

    def loose(self, recipient_id: int) -> list[Row[Any]]:
        """(id, kind, next_at, expires_at) of what is kept for a person's next digests, oldest first."""
        columns = (delivery.c.id, notice.c.kind, delivery.c.next_at, delivery.c.expires_at)
        about = and_(notice.c.id == delivery.c.notice_id, notice.c.version == delivery.c.version)
        kept = and_(delivery.c.recipient_id == recipient_id, delivery.c.state == State.RESERVED)
        found = select(*columns).join(notice, about).where(kept, delivery.c.digest_id.is_(None))
        return list(self._conn.execute(found.order_by(delivery.c.id)))

    def replan(self, delivery_id: int, at: datetime, *, by_itself: bool = False) -> None:
        """Move a row to another digest, or let it go *by_itself*, unless an envelope has taken it meanwhile."""
        kept = and_(delivery.c.id == delivery_id, delivery.c.state == State.RESERVED, delivery.c.digest_id.is_(None))
        state = State.READY if by_itself else State.RESERVED
        self._conn.execute(update(delivery).where(kept).values(state=state, next_at=at))

    def bind_digest(self, notice_id: str) -> None:
        """Give every due reserved row to its person's envelope."""
        envelope = delivery.alias()
        owner = (
            select(envelope.c.id)
            .where(
                envelope.c.notice_id == notice_id,
                envelope.c.recipient_id == delivery.c.recipient_id,
                envelope.c.channel == delivery.c.channel,
            )
            .scalar_subquery()
        )
        self._conn.execute(
            update(delivery)
            .where(
                delivery.c.state == State.RESERVED,
                delivery.c.digest_id.is_(None),
                delivery.c.next_at <= self._now,
                self._may_go(),
            )
            .values(digest_id=owner)
        )

    def enclosed(self, envelope_ids: Collection[int]) -> list[Row[Any]]:
        """The rows that digests own and that may still go, in their order."""
        names = ("id", "digest_id", "notice_id", "version", "items", "reasons")
        return list(
            self._conn.execute(
                select(*(delivery.c[name] for name in names))
                .where(
                    delivery.c.digest_id.in_(list(envelope_ids)),
                    delivery.c.state.in_((State.RESERVED, State.HANDOFF)),
                    self._may_go(),
                )
                .order_by(delivery.c.id)
            )
        )

    def move_enclosed(self, envelope_ids: Collection[int], state: State) -> None:
        """Let the rows of digests share the fate of their envelope; what is handed over was fenced with it.

        What may not go with it any more leaves the envelope: the next digest takes it, or closes it as expired.
        """
        if not envelope_ids:
            return
        inside = delivery.c.digest_id.in_(list(envelope_ids))
        if state is State.HANDOFF:
            kept = and_(inside, delivery.c.state == State.RESERVED)
            values: dict[str, Any] = {"state": state, "fenced_at": self._now}
            self._conn.execute(update(delivery).where(kept, self._may_go()).values(**values))
            self._conn.execute(update(delivery).where(kept).values(digest_id=None))
            return
        settled_at = None if state is State.RESERVED else self._now
        self._conn.execute(
            update(delivery).where(inside, delivery.c.state == State.HANDOFF).values(state=state, settled_at=settled_at)
        )

    def _may_go(self) -> Any:
        stands = exists().where(
            notice.c.id == delivery.c.notice_id,
            notice.c.version == delivery.c.version,
            notice.c.state.not_in(("withdrawn", "paused")),
        )
        return and_(delivery.c.expires_at > self._now, stands)
