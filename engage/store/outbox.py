"""Events, the tasks they owe, and due rows that will become events. Who owes what stands in domain.events.ROUTES."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, update

from engage.domain.events import CATALOGUE, ROUTES, Event
from engage.store.dialect import insert_ids, insert_new, upsert
from engage.store.schema import due, event, task

CRASHES = 3  # a poison row is dead after this many
TRIES = 12  # ordinary failures, with growing pauses


@dataclass(frozen=True, kw_only=True)
class Task:
    """A reaction owed, as claimed by its owner."""

    id: int
    actor: str
    event_id: int
    event: Event
    watermark: Any
    tries: int


@dataclass(frozen=True, kw_only=True)
class Due:
    """A moment in the future and the event it will become. *until*: past this it is expired, not done."""

    key: str
    at: datetime
    event: Event
    until: datetime | None = None


def emit(conn: Connection, happened: Sequence[Event], *, at: datetime, cause_id: int | None) -> list[int]:
    """Write events and one task per route, in the caller's transaction."""
    ids = insert_ids(
        conn, event, [{"name": e.name, "body": asdict(e), "at": at, "cause_id": cause_id} for e in happened]
    )
    owed = [
        {"event_id": event_id, "actor": actor, "state": "ready", "next_at": at, "tries": 0, "crashes": 0}
        for event_id, e in zip(ids, happened, strict=True)
        for actor in ROUTES[type(e)]
    ]
    insert_new(conn, task, owed)
    return ids


class Tasks:
    """Reactions owed: rung for, claimed, finished."""

    def __init__(self, conn: Connection, now: datetime) -> None:
        self._conn, self._now = conn, now

    def to_ring(self, *, again_after: timedelta, limit: int = 200) -> list[Row[Any]]:
        """Ready tasks nobody was called for lately, oldest first; they count as rung from now on."""
        stale = self._now - again_after
        wanted = (
            select(task.c.id)
            .where(
                task.c.state == "ready",
                task.c.next_at <= self._now,
                or_(task.c.rung_at.is_(None), task.c.rung_at < stale),
            )
            .order_by(task.c.next_at, task.c.id)
            .limit(limit)
        )
        statement = (
            update(task).where(task.c.id.in_(wanted)).values(rung_at=self._now).returning(task.c.id, task.c.actor)
        )
        return sorted(self._conn.execute(statement).all())

    def ready(self, *, limit: int = 50) -> list[Row[Any]]:
        """What a worker finds by itself while there is no doorbell."""
        return list(
            self._conn.execute(
                select(task.c.id, task.c.actor)
                .where(task.c.state == "ready", task.c.next_at <= self._now)
                .order_by(task.c.next_at, task.c.id)
                .limit(limit)
            )
        )

    def is_anything_ready(self) -> bool:
        found = select(task.c.id).where(task.c.state == "ready", task.c.next_at <= self._now).limit(1)
        return self._conn.execute(found).first() is not None

    def forget_rings(self) -> int:
        """Ring again for everything: the doorbell was lost."""
        return self._conn.execute(
            update(task).where(task.c.state == "ready", task.c.rung_at.is_not(None)).values(rung_at=None)
        ).rowcount

    def claim(self, task_id: int, owner: str) -> Task | None:
        """Make the task ours, or None when somebody else got there first."""
        row = self._conn.execute(
            update(task)
            .where(task.c.id == task_id, task.c.state == "ready", task.c.next_at <= self._now)
            .values(state="claimed", owner=owner)
            .returning(task.c.id, task.c.actor, task.c.event_id, task.c.watermark, task.c.tries)
        ).one_or_none()
        if row is None:
            return None
        found = self._conn.execute(select(event.c.name, event.c.body).where(event.c.id == row.event_id)).one()
        return Task(
            id=row.id,
            actor=row.actor,
            event_id=row.event_id,
            event=read_event(found.name, found.body),
            watermark=row.watermark,
            tries=row.tries,
        )

    def advance(self, task_id: int, owner: str, watermark: Any) -> bool:
        """Note how far a task worked in pages has come; False when it is no longer ours: the unit must be undone."""
        return self._ours(task_id, owner, {"watermark": watermark})

    def finish(self, task_id: int, owner: str) -> bool:
        """Mark the task done in the transaction that did its work; False when it is no longer ours."""
        return self._ours(task_id, owner, {"state": "done", "finished_at": self._now, "owner": None, "error": None})

    def put_back(self, task_id: int, owner: str, error: str) -> bool:
        """After an ordinary failure: try again later, or give the task up as dead. True when it is dead now."""
        tries = self._conn.execute(select(task.c.tries).where(task.c.id == task_id)).scalar_one() + 1
        pause = timedelta(seconds=min(2**tries, 600))
        dead = bool(tries >= TRIES)
        self._ours(
            task_id,
            owner,
            {
                "state": "dead" if dead else "ready",
                "tries": tries,
                "owner": None,
                "error": error[:500],
                "next_at": self._now + pause,
                "rung_at": None,
            },
        )
        return dead

    def owners(self, process_id: str) -> set[str]:
        """Every thread of a process that still owns tasks."""
        mine = or_(task.c.owner == process_id, task.c.owner.startswith(f"{process_id}/", autoescape=True))
        return set(self._conn.execute(select(task.c.owner).where(mine).distinct()).scalars())

    def give_back(self, owner: str) -> int:
        """Return what an owner that stopped or failed still holds; nobody is charged."""
        mine = update(task).where(task.c.owner == owner, task.c.state == "claimed")
        return self._conn.execute(mine.values(state="ready", owner=None, rung_at=None)).rowcount

    def kill(self, task_id: int, why: str) -> None:
        """Give up a task that nobody can do."""
        self._conn.execute(update(task).where(task.c.id == task_id).values(state="dead", error=why, owner=None))

    def release(self, owner: str) -> int:
        """Take back what a dead process had claimed; the third crash makes a task dead."""
        changed = 0
        for state, condition in (("dead", task.c.crashes + 1 >= CRASHES), ("ready", task.c.crashes + 1 < CRASHES)):
            changed += self._conn.execute(
                update(task)
                .where(task.c.owner == owner, task.c.state == "claimed", condition)
                .values(state=state, crashes=task.c.crashes + 1, owner=None, rung_at=None, next_at=self._now)
            ).rowcount
        return changed

    def by_state(self) -> dict[str, int]:
        return {row[0]: row[1] for row in self._conn.execute(select(task.c.state, func.count()).group_by(task.c.state))}

    def _ours(self, task_id: int, owner: str, values: dict[str, Any]) -> bool:
        statement = update(task).where(task.c.id == task_id, task.c.owner == owner, task.c.state == "claimed")
        return bool(self._conn.execute(statement.values(**values)).rowcount == 1)


class Dues:
    """Moments in the future."""

    def __init__(self, conn: Connection, now: datetime) -> None:
        self._conn, self._now = conn, now

    def plan(self, wanted: Iterable[Due]) -> None:
        """Write moments that are not known yet. One that was cancelled waits again, any other keeps its row."""
        upsert(self._conn, due, [_row(item) for item in wanted], only=due.c.state == "cancelled")

    def arm(self, item: Due) -> None:
        """Write or re-arm one moment, whatever became of it before."""
        upsert(self._conn, due, [_row(item)])

    def drop(self, keys: Iterable[str], reason: str) -> None:
        """Cancel waiting moments; a moment that already came stays as it is."""
        for batch in _batches(list(keys), 500):
            self._conn.execute(
                update(due)
                .where(due.c.key.in_(batch), due.c.state == "waiting")
                .values(state="cancelled", reason=reason, settled_at=self._now)
            )

    def come(self, *, limit: int = 200) -> list[Row[Any]]:
        """Moments that have come and wait to be turned into events, earliest first."""
        return list(
            self._conn.execute(
                select(due.c.key, due.c.at, due.c.until, due.c.event, due.c.body)
                .where(due.c.state == "waiting", due.c.at <= self._now)
                .order_by(due.c.at, due.c.key)
                .limit(limit)
            )
        )

    def settle(self, key: str, *, state: str, late: bool = False, reason: str | None = None) -> bool:
        """Turn a waiting moment into done or expired; False when another relay got there first."""
        statement = update(due).where(due.c.key == key, due.c.state == "waiting")
        return (
            self._conn.execute(statement.values(state=state, late=late, reason=reason, settled_at=self._now)).rowcount
            == 1
        )

    def waiting_keys(self, prefix: str) -> set[str]:
        return set(
            self._conn.execute(
                select(due.c.key).where(due.c.state == "waiting", due.c.key.startswith(prefix, autoescape=True))
            ).scalars()
        )

    def keys(self, prefix: str) -> set[str]:
        """Every moment ever planned under *prefix*."""
        return set(self._conn.execute(select(due.c.key).where(due.c.key.startswith(prefix, autoescape=True))).scalars())

    def oldest_waiting(self) -> datetime | None:
        return self._conn.execute(
            select(func.min(due.c.at)).where(and_(due.c.state == "waiting", due.c.at <= self._now))
        ).scalar()


def read_event(name: str, body: dict[str, Any]) -> Event:
    """An event as its dataclass; unknown fields of a newer writer are dropped."""
    cls = CATALOGUE[name]
    known = {k: tuple(v) if isinstance(v, list) else v for k, v in body.items() if k in cls.__dataclass_fields__}
    return cls(**known)


def _row(item: Due) -> dict[str, Any]:
    return {
        "key": item.key,
        "at": item.at,
        "until": item.until,
        "event": item.event.name,
        "body": asdict(item.event),
        "state": "waiting",
        "late": False,
        "reason": None,
        "settled_at": None,
        "crashes": 0,
    }


def _batches(values: list[str], size: int) -> Iterable[list[str]]:
    return (values[i : i + size] for i in range(0, len(values), size))
