"""The message budget counted: who has had enough routine messages lately. What follows is in domain.deliveries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from engage.domain.deliveries import State
from engage.domain.notices import KINDS, Lane
from engage.store.dialect import hold_lock
from engage.store.schema import delivery, notice

GOES = (State.READY, State.CLAIMED, State.HANDOFF, State.SENT, State.AMBIGUOUS)  # by itself, or has gone
COUNTED = tuple(name for name, rules in KINDS.items() if not rules.is_service)  # an envelope is none: it saves messages


class Budgets:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def spent(
        self, *, after: int, upto: int, since: datetime, most: int, but: tuple[str, int] | None = None
    ) -> set[int]:
        """Recipients above *after* up to *upto* with *most* or more routine messages of notices made after *since*.

        Urgent and service mail counts for nothing, nor does what travels in a digest; one notice on two channels is
        one message. Nobody else counts until our transaction ends: two notices must not both be the last that fits.
        """
        hold_lock(self._conn, "budget")
        recent = self._conn.execute(
            select(notice.c.id, notice.c.version).where(notice.c.created_at > since, notice.c.kind.in_(COUNTED))
        ).all()
        ids = {(row.id, row.version) for row in recent} - {but}
        if len(ids) < most:
            return set()
        told = (
            select(delivery.c.recipient_id, delivery.c.notice_id, delivery.c.version)
            .where(
                delivery.c.notice_id.in_(sorted({notice_id for notice_id, _ in ids})),
                delivery.c.version.in_(sorted({version for _, version in ids})),  # so that the unique index finds them
                delivery.c.recipient_id > after,
                delivery.c.recipient_id <= upto,
                delivery.c.state.in_(GOES),
                delivery.c.lane != Lane.URGENT,
                delivery.c.digest_id.is_(None),
                ~delivery.c.service,
            )
            .distinct()
        )
        if but is not None:
            told = told.where((delivery.c.notice_id != but[0]) | (delivery.c.version != but[1]))
        rows = told.subquery()
        enough = select(rows.c.recipient_id).group_by(rows.c.recipient_id).having(func.count() >= most)
        return set(self._conn.execute(enough).scalars())
