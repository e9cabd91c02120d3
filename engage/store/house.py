"""The house's own bookkeeping: remembered values, version counters, leases, beats of processes, halted channels."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, or_, select, update

from engage.domain.breaker import Halt
from engage.store.dialect import insert_new, upsert
from engage.store.schema import counter, halt, lease, meta, tally, worker


@dataclass(frozen=True, kw_only=True)
class Process:
    """One of our processes, as it introduces itself. *boot_id* tells a restarted host from a restarted process."""

    id: str
    role: str
    host: str
    boot_id: str
    pid: int
    threads: dict[str, int]


class House:
    """Everything about the system itself that must outlive a process."""

    def __init__(self, conn: Connection, now: datetime) -> None:
        self._conn, self._now = conn, now

    # remembered values
    def get(self, key: str) -> str | None:
        return self._conn.execute(select(meta.c.value).where(meta.c.key == key)).scalar()

    def put(self, key: str, value: str) -> None:
        upsert(self._conn, meta, [{"key": key, "value": value}])

    def drop(self, key: str) -> bool:
        """Forget a value; False when there was none."""
        return bool(self._conn.execute(delete(meta).where(meta.c.key == key)).rowcount)

    def once(self, key: str, value: str) -> str:
        """Remember *value* unless the key is known; returns what is remembered."""
        if (known := self.get(key)) is not None:
            return known
        insert_new(self._conn, meta, [{"key": key, "value": value}])
        return str(self._conn.execute(select(meta.c.value).where(meta.c.key == key)).scalar_one())

    def secret(self, name: str) -> bytes:
        """A key made once and kept in the database: it must survive a change of the settings' keys."""
        return bytes.fromhex(self.once(f"secret:{name}", secrets.token_hex(32)))

    # counters
    def count_up(self, name: str) -> int:
        insert_new(self._conn, counter, [{"name": name, "n": 0}])
        statement = update(counter).where(counter.c.name == name).values(n=counter.c.n + 1).returning(counter.c.n)
        return int(self._conn.execute(statement).scalar_one())

    def spend(self, name: str, amount: int, *, at_most: int | None = None) -> bool:
        """Add to a counter unless it would exceed *at_most*; a negative amount gives back."""
        insert_new(self._conn, counter, [{"name": name, "n": 0}])
        statement = update(counter).where(counter.c.name == name)
        if at_most is not None and amount > 0:
            statement = statement.where(counter.c.n + amount <= at_most)
        return self._conn.execute(statement.values(n=counter.c.n + amount)).rowcount == 1

    def take_turn(self, name: str) -> None:
        """Make every other unit that takes this turn wait until ours is over; it then reads what we wrote.

        On PostgreSQL the counter's row is the lock; SQLite has one writer anyway.
        """
        self.count_up(f"turn:{name}")

    def counted(self, name: str) -> int:
        return self._conn.execute(select(counter.c.n).where(counter.c.name == name)).scalar() or 0

    def counters(self) -> dict[str, int]:
        """Every counter at once: what web processes poll."""
        return {row[0]: row[1] for row in self._conn.execute(select(counter.c.name, counter.c.n))}

    # leases
    def hold_lease(self, name: str, holder: str, *, for_: timedelta) -> bool:
        """Take or renew a lease; False while another holds it. It saves work, unique keys keep us correct."""
        insert_new(self._conn, lease, [{"name": name, "holder": holder, "until": self._now}])
        statement = (
            update(lease)
            .where(lease.c.name == name, or_(lease.c.holder == holder, lease.c.until <= self._now))
            .values(holder=holder, until=self._now + for_)
        )
        return self._conn.execute(statement).rowcount == 1

    def drop_lease(self, name: str, holder: str) -> None:
        self._conn.execute(delete(lease).where(lease.c.name == name, lease.c.holder == holder))

    def holder(self, name: str) -> str | None:
        return self._conn.execute(
            select(lease.c.holder).where(lease.c.name == name, lease.c.until > self._now)
        ).scalar()

    # processes
    def beat(self, process: Process) -> None:
        """Say that the process lives; the sweeper watches for change, not for the clock."""
        row = {
            "id": process.id,
            "role": process.role,
            "host": process.host,
            "boot_id": process.boot_id,
            "pid": process.pid,
            "threads": process.threads,
            "beat": 0,
            "beat_at": self._now,
        }
        insert_new(self._conn, worker, [row])
        self._conn.execute(
            update(worker).where(worker.c.id == process.id).values(beat=worker.c.beat + 1, beat_at=self._now)
        )

    def processes(self) -> list[Row[Any]]:
        return list(self._conn.execute(select(worker).order_by(worker.c.id)))

    def bury(self, process_id: str) -> None:
        self._conn.execute(delete(worker).where(worker.c.id == process_id))

    def last_beat(self, role: str) -> datetime | None:
        return self._conn.execute(select(func.max(worker.c.beat_at)).where(worker.c.role == role)).scalar()

    # halted channels
    def halt_channel(self, channel: str, *, until: datetime, why: str, failures: int) -> None:
        upsert(self._conn, halt, [{"channel": channel, "until": until, "why": why, "failures": failures}])

    def halted(self, channel: str) -> Halt | None:
        """The halt of a channel, over or not, until a message has gone again."""
        row = self._conn.execute(select(halt).where(halt.c.channel == channel)).one_or_none()
        return None if row is None else Halt(until=row.until, why=row.why, failures=row.failures)

    def take_probe(self, channel: str, *, until: datetime) -> bool:
        """Be the only one who tries a channel whose halt is over; if nothing comes of it, others may *until* then."""
        mine = update(halt).where(halt.c.channel == channel, halt.c.until <= self._now).values(until=until)
        return self._conn.execute(mine).rowcount == 1

    def resume_channel(self, channel: str) -> None:
        self._conn.execute(delete(halt).where(halt.c.channel == channel))

    # limits that must survive a wiped Redis
    def count_in_slot(self, what: str, key: str, *, slot: timedelta) -> int:
        """Count one more of *what* by *key* within the running slot of time; returns the new count."""
        seconds = int(slot.total_seconds())
        start = datetime.fromtimestamp(int(self._now.timestamp()) // seconds * seconds, self._now.tzinfo)
        insert_new(self._conn, tally, [{"what": what, "key": key, "slot": start, "n": 0}])
        self._conn.execute(delete(tally).where(tally.c.what == what, tally.c.slot < start - slot))
        statement = (
            update(tally)
            .where(tally.c.what == what, tally.c.key == key, tally.c.slot == start)
            .values(n=tally.c.n + 1)
            .returning(tally.c.n)
        )
        return int(self._conn.execute(statement).scalar_one())
