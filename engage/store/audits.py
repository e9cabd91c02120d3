"""Looking at the ledger: counts, lists, and the recount against what was planned. Nothing is changed here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from engage.domain.deliveries import PENDING, State
from engage.store.schema import attempt, delivery, event, notice, task


class Audits:
    def __init__(self, conn: Connection, now: datetime) -> None:
        self._conn, self._now = conn, now

    def by_state(self, notice_id: str | None = None) -> dict[str, int]:
        statement = select(delivery.c.state, func.count()).group_by(delivery.c.state)
        if notice_id is not None:
            statement = statement.where(delivery.c.notice_id == notice_id)
        return {row[0]: row[1] for row in self._conn.execute(statement)}

    def oldest_pending(self) -> datetime | None:
        """Since when the row that has been due longest has waited."""
        return self._conn.execute(
            select(func.min(delivery.c.next_at)).where(delivery.c.state.in_(PENDING), delivery.c.next_at <= self._now)
        ).scalar()

    def addressed(self) -> list[Row[Any]]:
        """(id, version, kind, planned) of every notice whose fan-out is finished."""
        return list(
            self._conn.execute(
                select(notice.c.id, notice.c.version, notice.c.kind, notice.c.planned)
                .where(notice.c.addressed_at.is_not(None))
                .order_by(notice.c.created_at, notice.c.id, notice.c.version)
            )
        )

    def by_state_of(self, notice_id: str, version: int) -> dict[str, int]:
        rows = self._conn.execute(
            select(delivery.c.state, func.count())
            .where(delivery.c.notice_id == notice_id, delivery.c.version == version)
            .group_by(delivery.c.state)
        )
        return {row[0]: row[1] for row in rows}

    def waiting(self, notice_id: str, version: int, *, beyond: datetime) -> tuple[int, datetime | None]:
        """How many ready rows wait until after *beyond*, and the first of these moments."""
        row = self._conn.execute(
            select(func.count(), func.min(delivery.c.next_at)).where(
                delivery.c.notice_id == notice_id,
                delivery.c.version == version,
                delivery.c.state == State.READY,
                delivery.c.next_at > beyond,
            )
        ).one()
        return row[0], row[1]

    def find(self, delivery_id: int) -> Row[Any] | None:
        return self._conn.execute(select(delivery).where(delivery.c.id == delivery_id)).one_or_none()

    def rows(self, *, state: str | None = None, notice_id: str | None = None, limit: int = 50) -> list[Row[Any]]:
        statement = select(delivery).order_by(delivery.c.id.desc()).limit(limit)
        if state is not None:
            statement = statement.where(delivery.c.state == state)
        if notice_id is not None:
            statement = statement.where(delivery.c.notice_id == notice_id)
        return list(self._conn.execute(statement))

    def ids(self, states: Sequence[str], *, delivery_id: int | None, notice_id: str | None) -> list[int]:
        """Ids in one of the states: of a notice, or the one delivery."""
        named = delivery.c.id == delivery_id if notice_id is None else delivery.c.notice_id == notice_id
        return list(self._conn.execute(select(delivery.c.id).where(named, delivery.c.state.in_(states))).scalars())

    def attempts(self, delivery_id: int) -> Sequence[Row[Any]]:
        return self._conn.execute(
            select(attempt).where(attempt.c.delivery_id == delivery_id).order_by(attempt.c.id)
        ).all()

    # the chain behind an id
    def events_about(self, entry_id: str) -> list[Row[Any]]:
        """Events that name the entry, oldest first."""
        named = event.c.body["entry_id"].as_string() == entry_id
        return list(self._conn.execute(select(event).where(named).order_by(event.c.id)))

    def tasks_of(self, event_id: int) -> list[Row[Any]]:
        return list(self._conn.execute(select(task).where(task.c.event_id == event_id).order_by(task.c.id)))

    def chain(self, event_id: int | None) -> list[Row[Any]]:
        """An event and what caused it, newest first."""
        found: list[Row[Any]] = []
        while event_id is not None:
            row = self._conn.execute(select(event).where(event.c.id == event_id)).one_or_none()
            if row is None:
                break
            found.append(row)
            event_id = row.cause_id
        return found

    def notices_about(self, entry_id: str) -> list[str]:
        """Notices with the entry in their id or among their items."""
        rows = self._conn.execute(
            select(notice.c.id, notice.c.body).where(notice.c.kind.in_(("reminder", "change", "milestone")))
        )
        about = {
            row.id
            for row in rows
            if any(
                item["id"] == entry_id or item["facts"].get("entry_id") == entry_id
                for item in row.body.get("items", ())
            )
        }
        return sorted(about)
