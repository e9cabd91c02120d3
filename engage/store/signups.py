"""Sign-ups that wait for their confirmation, by id and by a digest of the mailbox."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from engage.domain.people import Wanted, canonical_mailbox
from engage.store.dialect import hold_lock
from engage.store.people import digest_of
from engage.store.schema import signup
from engage.store.types import to_body


class Signups:
    def __init__(self, conn: Connection, now: datetime, key: bytes) -> None:
        self._conn, self._now, self._key = conn, now, key

    def recent(self, text: str, *, within: timedelta) -> int:
        """How often this mailbox was signed up lately, whatever tags and dots were used."""
        return self._conn.execute(
            select(func.count()).where(
                signup.c.hmac == self.mailbox_digest(text), signup.c.created_at > self._now - within
            )
        ).scalar_one()

    def mailbox_digest(self, text: str) -> str:
        return digest_of(self._key, "mailbox", canonical_mailbox(text))

    def add(self, signup_id: str, recipient_id: int, text: str, wanted: Wanted, wording: str) -> None:
        self._conn.execute(
            insert(signup),
            {
                "id": signup_id,
                "recipient_id": recipient_id,
                "hmac": self.mailbox_digest(text),
                "wanted": to_body(wanted),
                "wording": wording,
                "created_at": self._now,
            },
        )

    def find(self, signup_id: str) -> Row[Any] | None:
        return self._conn.execute(select(signup).where(signup.c.id == signup_id)).one_or_none()

    def take(self, signup_id: str) -> Row[Any] | None:
        """As `find`, once nobody else confirms a sign-up of the same mailbox: that may change whose they are."""
        found = self.find(signup_id)
        if found is None:
            return None
        hold_lock(self._conn, found.hmac)
        return self.find(signup_id)

    def confirm(self, signup_id: str) -> bool:
        """Use the sign-up up; False when it was confirmed before."""
        return (
            self._conn.execute(
                update(signup)
                .where(signup.c.id == signup_id, signup.c.confirmed_at.is_(None))
                .values(confirmed_at=self._now)
            ).rowcount
            == 1
        )
