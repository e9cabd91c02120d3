"""People, notices and deliveries for store tests, written through the store's own doors."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from engage.domain.calendars import Entry
from engage.domain.notices import Item, Lane, Notice
from engage.domain.people import Wanted
from engage.domain.plan import visible_digest
from engage.domain.revisions import Revision
from engage.store.handover import Claimed
from engage.store.schedule import Saved
from engage.store.schema import delivery
from engage.store.unit import Database, Unit
from tests.conftest import NOON
from tests.feeds.samples import OFFICE

ME, OTHER = "worker-1/1", "worker-2/7"


class Undo(Exception):
    """Raised at the end of a unit that must leave nothing behind."""


@contextmanager
def undone(database: Database):
    """A unit whose rows are taken back: a database is made once for many examples."""
    try:
        with database.unit() as unit:
            yield unit
            raise Undo
    except Undo:
        pass


def people(unit: Unit, *names: str, state: str = "confirmed", **wanted: Any) -> list[int]:
    """Subscribers with an address and, when confirmed, one subscription."""
    given = [("email", f"{name}@example.org", Wanted(**wanted)) for name in names]
    ids = unit.people.add(given, state=state)
    if state == "confirmed":
        unit.subscriptions.add([(i, w) for i, (_, _, w) in zip(ids, given, strict=True)])
    return ids


def notice(unit: Unit, id: str = "alert:a", *, version: int = 1, kind: str = "alert", hours: float = 24) -> Notice:
    """A notice version with one item for everybody."""
    expires_at = unit.now + timedelta(hours=hours)
    item = Item(id="item", lane=Lane.NORMAL, expires_at=expires_at)
    made = Notice(id=id, version=version, kind=kind, items=(item,), created_at=unit.now, expires_at=expires_at)
    unit.notices.add(made, event_id=None)
    return made


def row(unit: Unit, recipient_id: int, **given: Any) -> dict[str, Any]:
    """One ledger row, ready and due unless *given* says otherwise."""
    return {
        "notice_id": "alert:a",
        "version": 1,
        "recipient_id": recipient_id,
        "channel": "email",
        "lane": "normal",
        "service": False,
        "state": "ready",
        "next_at": unit.now,
        "expires_at": unit.now + timedelta(hours=24),
        "items": None,
        "reasons": None,
        "attempts": 0,
        "crashes": 0,
        "owner": None,
        "digest_id": None,
        **given,
    }


def deliver(unit: Unit, recipients: list[int], **given: Any) -> list[int]:
    """Write a row per recipient; returns the deliveries' ids, in order of the recipients."""
    unit.ledger.plan([row(unit, r, **given) for r in recipients])
    wanted = select(delivery.c.id).where(
        delivery.c.recipient_id.in_(recipients), delivery.c.notice_id == given.get("notice_id", "alert:a"),
        delivery.c.version == given.get("version", 1), delivery.c.channel == given.get("channel", "email"),
    )  # fmt: skip
    return list(unit.conn.execute(wanted.order_by(delivery.c.recipient_id)).scalars())


def one(database: Database, *, claimed_by: str | None = None, **given: Any) -> int:
    """A person, a notice and one delivery; its id. *claimed_by* makes it somebody's."""
    with database.unit() as unit:
        notice(unit)
        (person,) = people(unit, "ada")
        (found,) = deliver(unit, [person], **given)
    if claimed_by:
        claim(database, claimed_by, lane=given.get("lane", "normal"))
    return found


def claim(database: Database, owner: str = ME, *, lane: str = "normal", limit: int = 100) -> list[Claimed]:
    with database.unit() as unit:
        return unit.ledger.claim(channel="email", lane=lane, owner=owner, limit=limit)


def fence(database: Database, ids: list[int], owner: str = ME) -> set[int]:
    with database.unit() as unit:
        return unit.ledger.fence(ids, owner)


def found(database: Database, delivery_id: int) -> Any:
    """A ledger row as it is."""
    with database.reading() as unit:
        return unit.audits.find(delivery_id)


def states(database: Database, ids: list[int]) -> list[str]:
    return [found(database, i).state for i in ids]


def how_many(unit: Unit, table: Any) -> int:
    return unit.conn.execute(select(func.count()).select_from(table)).scalar_one()


def record(unit: Unit, *, state: str = "applied", fingerprint: str = "f1", **more: object) -> int:
    given = {"base_id": None, "who": "ada", "sources": {"office.toml": "x"}, "office": OFFICE, "changes": [], **more}
    return unit.schedule.record(state=state, fingerprint=fingerprint, **given)


def saved(entry: Entry, *, number: int = 1, **more: object) -> Saved:
    made = Revision(entry=entry, number=number, created_at=NOON, modified_at=NOON, **more)
    return Saved(revision=made, digest=visible_digest(entry, OFFICE, None), what=("added",))
