"""Plans, and the entries as they were last published, with every earlier revision. Plans are made in work."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select, update

from engage.domain.calendars import Entry, Office
from engage.domain.revisions import Revision
from engage.store.dialect import insert_ids, insert_new, upsert
from engage.store.schema import entry, plan, revision
from engage.store.types import from_body, to_body

VERSION = "schedule"  # the counter that rises with every change of entries or counts
TURN = "schedule"  # taken by every unit that reads the schedule in order to change it


@dataclass(frozen=True, kw_only=True)
class Saved:
    """One revision to be saved, with the digest that tells when it changes visibly and the words for what changed."""

    revision: Revision
    digest: str
    what: tuple[str, ...]


class Mark(NamedTuple):
    """What differs whenever an entry was saved again."""

    number: int
    digest: str
    plan_id: int


class Schedules:
    """The stored schedule: what the last applied plan made true."""

    def __init__(self, conn: Connection, now: datetime) -> None:
        self._conn, self._now = conn, now

    # plans
    def applied_id(self) -> int | None:
        """The plan in force; None before the first."""
        return self._conn.execute(
            select(plan.c.id).where(plan.c.state == "applied").order_by(plan.c.id.desc())
        ).scalar()

    def applied_at(self) -> datetime | None:
        """When the plan in force was applied."""
        return self._conn.execute(select(func.max(plan.c.applied_at)).where(plan.c.state == "applied")).scalar()

    def office(self) -> Office | None:
        """The office as of the plan in force."""
        body = self._conn.execute(
            select(plan.c.office).where(plan.c.state == "applied").order_by(plan.c.id.desc())
        ).scalar()
        return None if body is None else from_body(body, Office)

    def sources(self) -> dict[str, str]:
        """The text of staff's files as last applied."""
        return dict(
            self._conn.execute(
                select(plan.c.sources).where(plan.c.state == "applied").order_by(plan.c.id.desc())
            ).scalar()
            or {}
        )

    def record(
        self,
        *,
        base_id: int | None,
        who: str,
        state: str,
        fingerprint: str,
        sources: Mapping[str, str],
        office: Office,
        changes: Sequence[Mapping[str, Any]],
        waits_for: Sequence[str] = (),
    ) -> int:
        """Keep a plan with its source text; an earlier waiting plan is superseded."""
        self._conn.execute(update(plan).where(plan.c.state == "waiting").values(state="superseded"))
        row = {
            "base_id": base_id,
            "who": who,
            "state": state,
            "fingerprint": fingerprint,
            "sources": dict(sources),
            "office": to_body(office),
            "changes": list(changes),
            "waits_for": list(waits_for),
            "created_at": self._now,
            "applied_at": self._now if state == "applied" else None,
        }
        return insert_ids(self._conn, plan, [row])[0]

    def waiting(self) -> Row[Any, Any, Any, Any] | None:
        """The plan that waits for a person, if one does."""
        return self._conn.execute(
            select(plan.c.id, plan.c.fingerprint, plan.c.waits_for, plan.c.created_at).where(plan.c.state == "waiting")
        ).one_or_none()

    def plan(self, plan_id: int) -> Row[Any] | None:
        """One plan, whatever became of it, with its source text and its changes."""
        return self._conn.execute(select(plan).where(plan.c.id == plan_id)).one_or_none()

    def before(self, plan_id: int) -> Row[Any] | None:
        """The plan that was in force before this one was applied."""
        earlier = select(plan).where(plan.c.state == "applied", plan.c.id < plan_id)
        return self._conn.execute(earlier.order_by(plan.c.id.desc()).limit(1)).one_or_none()

    def decline(self, plan_id: int) -> bool:
        """A person says no to a waiting plan; False when it waits no more."""
        this = update(plan).where(plan.c.id == plan_id, plan.c.state == "waiting")
        return self._conn.execute(this.values(state="declined")).rowcount == 1

    def declined(self, fingerprint: str) -> int | None:
        """The plan of this fingerprint to which a person said no: nobody is asked twice."""
        same = select(plan.c.id).where(plan.c.fingerprint == fingerprint, plan.c.state == "declined")
        return self._conn.execute(same.order_by(plan.c.id.desc())).scalar()

    def supersede(self) -> None:
        """The files no longer say what the waiting plan said."""
        self._conn.execute(update(plan).where(plan.c.state == "waiting").values(state="superseded"))

    def history(self, *, limit: int = 50) -> list[Row[Any]]:
        columns = (plan.c.id, plan.c.who, plan.c.state, plan.c.fingerprint, plan.c.changes, plan.c.applied_at)
        return list(
            self._conn.execute(
                select(*columns).where(plan.c.state == "applied").order_by(plan.c.id.desc()).limit(limit)
            )
        )

    def changes_of(self, plan_id: int) -> list[dict[str, Any]]:
        """What an applied plan changed, as it was recorded."""
        return list(self._conn.execute(select(plan.c.changes).where(plan.c.id == plan_id)).scalar() or ())

    def told_since(self, plan_id: int, words: Collection[str]) -> set[str]:
        """Entries that applies after *plan_id* changed in one of these ways."""
        later = self._conn.execute(select(plan.c.changes).where(plan.c.state == "applied", plan.c.id > plan_id))
        return {c["entry_id"] for changes in later.scalars() for c in changes if set(words) & set(c["what"])}

    def earlier_changes(self, plan_id: int, entry_id: str) -> list[tuple[int, dict[str, Any]]]:
        """(plan, change) of an entry in applies before *plan_id*, newest first."""
        earlier = self._conn.execute(
            select(plan.c.id, plan.c.changes)
            .where(plan.c.state == "applied", plan.c.id < plan_id)
            .order_by(plan.c.id.desc())
            .limit(20)
        )
        return [(row.id, c) for row in earlier for c in row.changes if c["entry_id"] == entry_id]

    # entries
    def revisions(self, ids: Iterable[str] | None = None) -> list[Revision]:
        statement = select(entry) if ids is None else select(entry).where(entry.c.id.in_(list(ids)))
        return [_saved(row).revision for row in self._conn.execute(statement)]

    def calendars(self) -> set[str]:
        """Every calendar that ever had an entry."""
        return set(self._conn.execute(select(entry.c.calendar_id).distinct()).scalars())

    def marks(self) -> dict[str, Mark]:
        """What differs for an entry whenever it was saved again: readers load only what they have not seen."""
        columns = (entry.c.id, entry.c.number, entry.c.digest, entry.c.plan_id)
        return {row[0]: Mark(*row[1:]) for row in self._conn.execute(select(*columns)).all()}

    def find(self, entry_id: str) -> Revision | None:
        row = self._conn.execute(select(entry).where(entry.c.id == entry_id)).one_or_none()
        return None if row is None else _saved(row).revision

    def save(self, rows: Sequence[Saved], *, plan_id: int) -> None:
        """Write new revisions and make them current."""
        upsert(self._conn, entry, [_row(item, plan_id) for item in rows])
        insert_new(
            self._conn,
            revision,
            [
                {
                    "entry_id": item.revision.entry.id,
                    "number": item.revision.number,
                    "plan_id": plan_id,
                    "at": item.revision.modified_at,
                    "sequence": item.revision.sequence,
                    "what": list(item.what),
                    "body": to_body(item.revision.entry),
                }
                for item in rows
            ],
        )

    def past_revisions(self, entry_id: str) -> list[Row[Any]]:
        return list(
            self._conn.execute(select(revision).where(revision.c.entry_id == entry_id).order_by(revision.c.number))
        )

    def histories(self, ids: Iterable[str]) -> list[Row[Any]]:
        """Every revision of several entries, by entry and number."""
        return list(
            self._conn.execute(
                select(revision)
                .where(revision.c.entry_id.in_(list(ids)))
                .order_by(revision.c.entry_id, revision.c.number)
            )
        )


def _saved(row: Row[Any]) -> Saved:
    return Saved(
        revision=Revision(
            entry=from_body(row.body, Entry),
            number=row.number,
            sequence=row.sequence,
            created_at=row.created_at,
            modified_at=row.modified_at,
            moved_from=row.moved_from,
            expected_milestone=row.expected_milestone,
        ),
        digest=row.digest,
        what=(),
    )


def _row(item: Saved, plan_id: int) -> dict[str, Any]:
    found = item.revision
    return {
        "id": found.entry.id,
        "calendar_id": found.entry.calendar_id,
        "kind": found.entry.kind.value,
        "status": found.entry.status.value,
        "starts_at": found.entry.starts_at,
        "ends_at": found.entry.ends_at,
        "number": found.number,
        "sequence": found.sequence,
        "created_at": found.created_at,
        "modified_at": found.modified_at,
        "moved_from": found.moved_from,
        "expected_milestone": found.expected_milestone,
        "digest": item.digest,
        "body": to_body(found.entry),
        "plan_id": plan_id,
    }
