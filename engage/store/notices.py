"""Notices and alerts with their versions. Their deliveries are in the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from engage.domain.notices import Notice
from engage.store.dialect import insert_new
from engage.store.house import House
from engage.store.schema import alert, notice
from engage.store.types import from_body, to_body

ALERTS = "alerts"  # the counter that rises with every change of an alert's versions


class Notices:
    def __init__(self, conn: Connection, now: datetime) -> None:
        self._conn, self._now = conn, now

    def add(self, new: Notice, *, event_id: int | None) -> bool:
        """Write a notice version; False when it was written before: the same moment has the same id."""
        known = self._conn.execute(
            select(notice.c.id).where(notice.c.id == new.id, notice.c.version == new.version)
        ).one_or_none()
        if known is not None:
            return False
        row = {
            "id": new.id,
            "version": new.version,
            "kind": new.kind,
            "state": "ready",
            "body": to_body(new),
            "event_id": event_id,
            "created_at": self._now,
            "expires_at": new.expires_at,
        }
        insert_new(self._conn, notice, [row])
        return True

    def find(self, notice_id: str, version: int) -> Notice | None:
        body = self._conn.execute(
            select(notice.c.body).where(notice.c.id == notice_id, notice.c.version == version)
        ).scalar()
        return None if body is None else from_body(body, Notice)

    def row(self, notice_id: str, version: int) -> Row[Any] | None:
        return self._conn.execute(
            select(notice).where(notice.c.id == notice_id, notice.c.version == version)
        ).one_or_none()

    def versions(self, notice_id: str) -> list[Row[Any]]:
        return list(self._conn.execute(select(notice).where(notice.c.id == notice_id).order_by(notice.c.version)))

    def latest(self, notice_id: str) -> int:
        """The newest version's number; 0 when there is none."""
        return self._conn.execute(select(func.max(notice.c.version)).where(notice.c.id == notice_id)).scalar() or 0

    def plan(self, notice_id: str, version: int, planned: int) -> None:
        self._set(notice_id, version, {"planned": planned})

    def addressed(self, notice_id: str, version: int) -> None:
        self._set(notice_id, version, {"addressed_at": self._now})

    def set_state(self, notice_id: str, version: int, state: str) -> None:
        self._set(notice_id, version, {"state": state})

    def supersede(self, notice_id: str, before: int) -> None:
        """Nothing of an earlier version may pass the fence any more."""
        self._conn.execute(
            update(notice).where(notice.c.id == notice_id, notice.c.version < before).values(state="withdrawn")
        )

    def since(self, moment: datetime, kind: str) -> list[Notice]:
        """The notices of one kind made after a moment that still stand, oldest first."""
        found = select(notice.c.body).where(
            notice.c.kind == kind, notice.c.created_at > moment, notice.c.state != "withdrawn"
        )
        bodies = self._conn.execute(found.order_by(notice.c.created_at, notice.c.id)).scalars()
        return [from_body(body, Notice) for body in bodies]

    def of_entry(self, entry_id: str, kind: str) -> list[str]:
        """Ids of notices of one kind that were about one entry."""
        prefix = f"{kind}:{entry_id}:"
        return list(
            self._conn.execute(
                select(notice.c.id).where(notice.c.kind == kind, notice.c.id.startswith(prefix, autoescape=True))
            ).scalars()
        )

    def _set(self, notice_id: str, version: int, values: dict[str, Any]) -> None:
        self._conn.execute(update(notice).where(notice.c.id == notice_id, notice.c.version == version).values(**values))


class Alerts:
    def __init__(self, conn: Connection, now: datetime) -> None:
        self._conn, self._now = conn, now

    def add(self, alert_id: str, version: int, *, state: str, who: str, source: str, body: Mapping[str, Any]) -> None:
        row = {"id": alert_id, "version": version, "state": state, "who": who, "source": source, "body": dict(body)}
        self._conn.execute(insert(alert), {**row, "created_at": self._now})
        self._changed()

    def wait(self, alert_id: str, version: int, *, why: str, people: int) -> None:
        """Say why a version waits for a second person, and how many it would reach as of now."""
        this = (alert.c.id == alert_id, alert.c.version == version)
        self._conn.execute(update(alert).where(*this).values(waits_for=why, people=people))

    def decline(self, alert_id: str, version: int) -> bool:
        """A second person says no; False when somebody decided before."""
        self._changed()
        this = (alert.c.id == alert_id, alert.c.version == version, alert.c.state == "waiting")
        return self._conn.execute(update(alert).where(*this).values(state="declined")).rowcount == 1

    def last_issued(self, alert_id: str) -> Row[Any] | None:
        """The newest version that was ever let go."""
        gone = select(alert).where(alert.c.id == alert_id, alert.c.issued_at.is_not(None))
        return self._conn.execute(gone.order_by(alert.c.version.desc()).limit(1)).one_or_none()

    def issue(self, alert_id: str, version: int, *, approved_by: str | None) -> bool:
        """Let a waiting version go; False when it went before."""
        self._changed()
        return (
            self._conn.execute(
                update(alert)
                .where(alert.c.id == alert_id, alert.c.version == version, alert.c.state == "waiting")
                .values(state="issued", approved_by=approved_by, issued_at=self._now)
            ).rowcount
            == 1
        )

    def close(self, alert_id: str, before: int, state: str) -> None:
        """Earlier versions become `corrected` or `withdrawn`."""
        self._changed()
        self._conn.execute(
            update(alert)
            .where(alert.c.id == alert_id, alert.c.version < before, alert.c.state == "issued")
            .values(state=state)
        )

    def find(self, alert_id: str, version: int | None = None) -> Row[Any] | None:
        """One version, or the newest."""
        statement = select(alert).where(alert.c.id == alert_id).order_by(alert.c.version.desc()).limit(1)
        if version is not None:
            statement = statement.where(alert.c.version == version)
        return self._conn.execute(statement).one_or_none()

    def issued_since(self, moment: datetime) -> list[Row[Any]]:
        """Every version that was let go after a moment, whatever became of it since."""
        return list(self._conn.execute(select(alert).where(alert.c.issued_at > moment)))

    def published(self, *, limit: int = 100) -> list[Row[Any]]:
        """The version of each alert that holds for the public, newest first; one never issued is not theirs to see."""
        issued = select(alert.c.id).where(alert.c.issued_at.is_not(None)).distinct().subquery()
        newest = (
            select(alert.c.id, func.max(alert.c.version).label("version"))
            .where(alert.c.state.in_(("issued", "withdrawn")))
            .group_by(alert.c.id)
            .subquery()
        )
        return list(
            self._conn.execute(
                select(alert)
                .join(newest, (alert.c.id == newest.c.id) & (alert.c.version == newest.c.version))
                .join(issued, alert.c.id == issued.c.id)
                .order_by(alert.c.created_at.desc(), alert.c.id)
                .limit(limit)
            )
        )

    def issues(self, ids: Iterable[str]) -> dict[str, Sequence[tuple[int, datetime]]]:
        """When each version of these alerts went out, oldest first."""
        found: defaultdict[str, Sequence[tuple[int, datetime]]] = defaultdict(tuple)
        went = select(alert.c.id, alert.c.version, alert.c.issued_at).where(alert.c.issued_at.is_not(None))
        for row in self._conn.execute(went.where(alert.c.id.in_([*ids])).order_by(alert.c.id, alert.c.version)):
            found[row.id] = (*found[row.id], (row.version, row.issued_at))
        return found

    def list(self, *, limit: int = 100) -> list[Row[Any]]:
        """The newest version of every alert, newest first."""
        newest = select(alert.c.id, func.max(alert.c.version).label("version")).group_by(alert.c.id).subquery()
        return list(
            self._conn.execute(
                select(alert)
                .join(newest, (alert.c.id == newest.c.id) & (alert.c.version == newest.c.version))
                .order_by(alert.c.created_at.desc(), alert.c.id)
                .limit(limit)
            )
        )

    def _changed(self) -> None:
        House(self._conn, self._now).count_up(ALERTS)
