"""Counts for reports: how many people there were to reach and how many were told. No person is read, only counted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from engage.domain.deliveries import State
from engage.store.schema import delivery, notice, plan, recipient

_SUBSCRIBED = and_(recipient.c.role == "subscriber", recipient.c.confirmed_at.is_not(None))


class Reach:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def began(self) -> datetime | None:
        """When the first calendars were applied; of what was before, nothing is recorded but what files say."""
        return self._conn.execute(select(func.min(plan.c.applied_at))).scalar()

    def subscribers(self, at: datetime) -> dict[str, int]:
        """How many were subscribed at a moment, by audience. Who left and came back counts as if they had stayed."""
        there = and_(recipient.c.confirmed_at < at, or_(recipient.c.left_at.is_(None), recipient.c.left_at >= at))
        rows = self._conn.execute(
            select(recipient.c.audience, func.count())
            .where(_SUBSCRIBED, there)
            .group_by(recipient.c.audience)
            .order_by(recipient.c.audience)
        )
        return {row[0]: row[1] for row in rows}

    def joined(self, since: datetime, until: datetime) -> int:
        return self._how_many(recipient.c.confirmed_at >= since, recipient.c.confirmed_at < until)

    def left(self, since: datetime, until: datetime) -> int:
        return self._how_many(recipient.c.left_at >= since, recipient.c.left_at < until)

    def _how_many(self, *which: ColumnElement[bool]) -> int:
        return self._conn.execute(select(func.count()).select_from(recipient).where(_SUBSCRIBED, *which)).scalar_one()

    def told(self, notice_ids: Collection[str]) -> dict[str, int]:
        """Notice id -> people to whom a version of it went, by itself or in a digest."""
        rows = self._conn.execute(
            select(delivery.c.notice_id, func.count(delivery.c.recipient_id.distinct()))
            .where(delivery.c.notice_id.in_(list(notice_ids)), delivery.c.state == State.SENT)
            .group_by(delivery.c.notice_id)
        )
        return {row[0]: row[1] for row in rows}

    def sent(self, since: datetime, until: datetime) -> Sequence[Row[str, str, int]]:
        """(kind, channel, how many) of messages that went; what went inside a digest is that digest's."""
        return self._conn.execute(
            select(notice.c.kind, delivery.c.channel, func.count())
            .join(notice, (notice.c.id == delivery.c.notice_id) & (notice.c.version == delivery.c.version))
            .where(
                delivery.c.state == State.SENT,
                delivery.c.settled_at >= since,
                delivery.c.settled_at < until,
                delivery.c.digest_id.is_(None),
                ~delivery.c.service,
            )
            .group_by(notice.c.kind, delivery.c.channel)
            .order_by(notice.c.kind, delivery.c.channel)
        ).all()
