"""Who must not be written to again, carried from a database that is replaced into the one that replaces it (S46)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from engage.store.people import bar
from engage.store.schema import address, recipient, suppression


@dataclass(frozen=True, kw_only=True)
class Barred:
    """Digests by reason, and ids of forgotten people. *key* made the digests: with another they mean nothing."""

    key: bytes
    digests: Mapping[str, list[tuple[str, str]]]
    forgotten: frozenset[int]

    def __len__(self) -> int:
        return sum(len(digests) for digests in self.digests.values())


class Leavers:
    def __init__(self, conn: Connection, now: datetime, key: bytes) -> None:
        self._conn, self._now, self._key = conn, now, key

    def known(self) -> Barred:
        """Everybody who is barred at this moment."""
        digests: dict[str, list[tuple[str, str]]] = {}
        for row in self._conn.execute(select(suppression)):
            digests.setdefault(row.reason, []).append((row.channel, row.hmac))
        left = select(recipient.c.id).where(recipient.c.left_how == "forgotten")
        return Barred(key=self._key, digests=digests, forgotten=frozenset(self._conn.execute(left).scalars()))

    def carry(self, known: Barred) -> list[int]:
        """Bar them here too; returns who is to be forgotten again, in this database's state."""
        if known.key != self._key:
            return []
        for reason, digests in known.digests.items():
            bar(self._conn, digests, reason, at=self._now)
        back = select(address.c.recipient_id).where(address.c.ended_at.is_(None))
        return sorted(known.forgotten & set(self._conn.execute(back).scalars()))
