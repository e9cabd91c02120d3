"""Which meetings were held and which milestones were reached and told. The counting itself is in domain.milestones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from engage.store.dialect import upsert
from engage.store.schema import held, milestone


@dataclass(frozen=True, kw_only=True)
class Milestone:
    """What is true of the N-th meeting of a programme, and what people were last told about it."""

    calendar_id: str
    number: int
    reached: bool
    entry_id: str | None
    told: str = "nothing"
    version: int = 0
    approach_told: bool = False


class Programmes:
    def __init__(self, conn: Connection, now: datetime) -> None:
        self._conn, self._now = conn, now

    def mark(self, entry_id: str, calendar_id: str, ended_at: datetime, *, state: str, silent: bool = False) -> None:
        """Note that a meeting was held, or that it was not after all; history stays history (*silent*)."""
        row = {
            "entry_id": entry_id,
            "calendar_id": calendar_id,
            "ended_at": ended_at,
            "state": state,
            "silent": silent or entry_id in self.silent(calendar_id),
            "at": self._now,
        }
        upsert(self._conn, held, [row])

    def silent(self, calendar_id: str) -> set[str]:
        """Meetings that were past already when their calendar was first applied."""
        return set(
            self._conn.execute(
                select(held.c.entry_id).where(held.c.calendar_id == calendar_id, held.c.silent)
            ).scalars()
        )

    def ended(self, entry_id: str, ended_at: datetime) -> None:
        """Staff corrected when a counted meeting ended: that decides which is the N-th."""
        self._conn.execute(update(held).where(held.c.entry_id == entry_id).values(ended_at=ended_at))

    def state_of(self, entry_id: str) -> str | None:
        """`held`, `unheld`, or None for a meeting that was never counted."""
        return self._conn.execute(select(held.c.state).where(held.c.entry_id == entry_id)).scalar()

    def states(self, calendar_id: str) -> dict[str, str]:
        rows = self._conn.execute(select(held.c.entry_id, held.c.state).where(held.c.calendar_id == calendar_id))
        return {row.entry_id: row.state for row in rows}

    def held_in_order(self, calendar_id: str) -> list[str]:
        """The counted meetings by end time, then id."""
        return list(
            self._conn.execute(
                select(held.c.entry_id)
                .where(held.c.calendar_id == calendar_id, held.c.state == "held")
                .order_by(held.c.ended_at, held.c.entry_id)
            ).scalars()
        )

    def held_count(self, calendar_id: str) -> int:
        return self._conn.execute(
            select(func.count()).where(held.c.calendar_id == calendar_id, held.c.state == "held")
        ).scalar_one()

    def counted_at(self) -> datetime | None:
        """When a meeting or a milestone was last counted, or taken back."""
        moments = [self._conn.execute(select(func.max(table.c.at))).scalar() for table in (held, milestone)]
        return max((moment for moment in moments if moment is not None), default=None)

    def milestones(self, calendar_id: str) -> dict[int, Milestone]:
        rows = self._conn.execute(
            select(milestone).where(milestone.c.calendar_id == calendar_id).order_by(milestone.c.number)
        )
        return {row.number: Milestone(**{k: v for k, v in row._mapping.items() if k != "at"}) for row in rows}  # noqa: SLF001

    def save(self, rows: Sequence[Milestone]) -> None:
        upsert(self._conn, milestone, [{**_values(item), "at": self._now} for item in rows])


def _values(item: Milestone) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.__dataclass_fields__}
