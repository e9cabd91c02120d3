"""Complaints, open and closed. What identifies a person is blanked when it is no longer needed; the row stays."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, func, select, update

from engage.domain.complaints import Complaint
from engage.store.dialect import insert_first
from engage.store.schema import address, complaint

OPEN, CLOSED = "open", "closed"
FORGOTTEN = "The person asked to be forgotten."
_PERSONAL: dict[str, None] = dict.fromkeys(("text", "name", "email", "reach", "hmac"))


class Complaints:
    def __init__(self, conn: Connection, now: datetime) -> None:
        self._conn, self._now = conn, now

    def add(self, reference: str, made: Complaint, *, digest: str | None) -> bool:
        """Keep it under its reference; False when it is kept already. *digest* stands for the e-mail address."""
        row = {"reference": reference, **asdict(made), "hmac": digest, "state": OPEN, "made_at": self._now}
        return insert_first(self._conn, complaint, row)

    def find(self, reference: str) -> Row[Any] | None:
        return self._conn.execute(select(complaint).where(complaint.c.reference == reference)).one_or_none()

    def of_person(self, recipient_id: int) -> list[Row[Any]]:
        """Those made with an address that this person has, oldest first."""
        return list(
            self._conn.execute(
                select(complaint)
                .where(complaint.c.hmac.in_(_digests(recipient_id)))
                .order_by(complaint.c.made_at, complaint.c.reference)
            )
        )

    def acknowledge(self, reference: str) -> None:
        mine = complaint.c.reference == reference
        self._conn.execute(update(complaint).where(mine).values(acknowledged_at=self._now))

    def close(self, reference: str, *, who: str, outcome: str) -> bool:
        """False when it was closed before."""
        mine = update(complaint).where(complaint.c.reference == reference, complaint.c.state == OPEN)
        closed = {"state": CLOSED, "closed_at": self._now, "closed_by": who, "outcome": outcome}
        return self._conn.execute(mine.values(**closed)).rowcount == 1

    def forget_closed(self, before: datetime) -> int:
        """Blank what was closed before a moment."""
        old = update(complaint).where(complaint.c.state == CLOSED, complaint.c.closed_at < before)
        kept = old.where(complaint.c.text.is_not(None))
        return self._conn.execute(kept.values(**_PERSONAL, outcome=None)).rowcount

    def list(self, *, closed: bool = False) -> list[Row[Any]]:
        """Those that are open, with *closed* every one; oldest first."""
        found = select(complaint).order_by(complaint.c.made_at, complaint.c.reference)
        return list(self._conn.execute(found if closed else found.where(complaint.c.state == OPEN)))


def forget(conn: Connection, recipient_id: int, *, at: datetime) -> None:
    """Blank what a person wrote under an address of theirs; what was open is closed, for nobody can be answered."""
    mine = update(complaint).where(complaint.c.hmac.in_(_digests(recipient_id)))
    outcome = case((complaint.c.state == OPEN, FORGOTTEN), else_=None)
    closed_at = func.coalesce(complaint.c.closed_at, at)
    conn.execute(mine.values(**_PERSONAL, state=CLOSED, closed_at=closed_at, outcome=outcome))


def _digests(recipient_id: int) -> Any:
    return select(address.c.hmac).where(address.c.recipient_id == recipient_id, address.c.channel == "email")
