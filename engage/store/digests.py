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
                .where(loose, delivery.c.next_at <= self._now)
                .distinct()
            )
        )

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
            )
            .values(digest_id=owner)
        )

    def enclosed(self, envelope_ids: Collection[int]) -> list[Row[Any]]:
        """The rows that digests own and that may still go, in their order."""
        stands = exists().where(
            notice.c.id == delivery.c.notice_id,
            notice.c.version == delivery.c.version,
            notice.c.state.not_in(("withdrawn", "paused")),
        )
        return list(
            self._conn.execute(
                select(
                    delivery.c.id, delivery.c.digest_id, delivery.c.notice_id, delivery.c.version, delivery.c["items"]
                )
                .where(
                    delivery.c.digest_id.in_(list(envelope_ids)),
                    delivery.c.state.in_((State.RESERVED, State.HANDOFF)),
                    delivery.c.expires_at > self._now,
                    stands,
                )
                .order_by(delivery.c.id)
            )
        )

    def move_enclosed(self, envelope_ids: Collection[int], state: State) -> None:
        """Let the rows of digests share the fate of their envelope; what is handed over was fenced with it."""
        if not envelope_ids:
            return
        before = State.RESERVED if state is State.HANDOFF else State.HANDOFF
        values: dict[str, Any] = {"state": state, "settled_at": self._now}
        if state is State.HANDOFF:
            values = {"state": state, "fenced_at": self._now}
        self._conn.execute(
            update(delivery)
            .where(delivery.c.digest_id.in_(list(envelope_ids)), delivery.c.state == before)
            .values(**values)
        )
