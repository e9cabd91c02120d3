"""What came back: that it came and what it said of which delivery. What follows from it is decided in work."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from engage.domain.deliveries import State
from engage.domain.inbox import Kind
from engage.store.dialect import insert_first
from engage.store.schema import delivery, inbox

_LONGEST_RUN = 100


class Inbox:
    """Rows are never changed; they go after a while (retention)."""

    def __init__(self, conn: Connection, now: datetime) -> None:
        self._conn, self._now = conn, now

    def add(self, identity: str, kind: Kind, *, status: str = "", delivery_id: int | None = None) -> bool:
        """Note that it came; False when it is known. *identity* may be anything: a digest of it is kept."""
        row = {
            "digest": hashlib.sha256(identity.encode()).hexdigest(),
            "kind": kind.value,
            "delivery_id": delivery_id,
            "status": status,
            "received_at": self._now,
        }
        return insert_first(self._conn, inbox, row)

    def counts(self, within: timedelta) -> dict[str, int]:
        """How many of each kind came lately."""
        rows = self._conn.execute(
            select(inbox.c.kind, func.count())
            .where(inbox.c.received_at > self._now - within)
            .group_by(inbox.c.kind)
            .order_by(inbox.c.kind)
        )
        return {row[0]: row[1] for row in rows}

    def about(self, delivery_ids: Collection[int]) -> list[Row[Any]]:
        """What came back about these deliveries, oldest first."""
        return list(
            self._conn.execute(
                select(inbox)
                .where(inbox.c.delivery_id.in_(list(delivery_ids)))
                .order_by(inbox.c.received_at, inbox.c.digest)
            )
        )

    def run(self, recipient_id: int, channel: str, until: int) -> list[datetime | None]:
        """When each message sent to this person came back softly, newest first, from delivery *until* on back.

        What travelled in a digest is its envelope's.
        """
        softly = (
            select(func.min(inbox.c.received_at))
            .where(inbox.c.delivery_id == delivery.c.id, inbox.c.kind == Kind.SOFT)
            .correlate(delivery)
            .scalar_subquery()
        )
        return list(
            self._conn.execute(
                select(softly)
                .where(
                    delivery.c.recipient_id == recipient_id,
                    delivery.c.channel == channel,
                    delivery.c.state == State.SENT,
                    delivery.c.digest_id.is_(None),
                    delivery.c.id <= until,
                )
                .order_by(delivery.c.id.desc())
                .limit(_LONGEST_RUN)
            ).scalars()
        )
