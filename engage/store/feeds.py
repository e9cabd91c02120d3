"""The published bytes of every feed and the fragments they are joined from. Rendering is in engage.feeds."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from engage.store.dialect import add, upsert
from engage.store.schema import feed, fragment, poll

VERSION = "feeds"  # the counter that rises with every swap


@dataclass(frozen=True, kw_only=True)
class Published:
    """A feed as it is served, stored compressed. *etag* is of the plain bytes; the gzip coding's carries `-gzip` (C11).

    *signature* tells what it was joined from: equal ones need not be joined again.
    """

    path: str
    media_type: str
    gzipped: bytes = field(repr=False)
    size: int
    etag: str
    signature: str
    modified_at: datetime
    entries: int
    left_out: int
    version: int

    @property
    def body(self) -> bytes:
        return gzip.decompress(self.gzipped)


class Fragment(NamedTuple):
    """An entry's bytes in one format and variant."""

    entry_id: str
    format: str
    variant: str
    body: bytes


class Poll(NamedTuple):
    """One kind of request on one day; *client* is a family of calendar apps, never a person's address."""

    day: str
    path: str
    client: str
    status: int


class Known(NamedTuple):
    """What tells whether a published feed is still the one to publish."""

    etag: str
    signature: str
    modified_at: datetime


class Feeds:
    def __init__(self, conn: Connection, now: datetime) -> None:
        self._conn, self._now = conn, now

    def publish(self, published: Sequence[Published]) -> None:
        upsert(self._conn, feed, [dict(vars(one)) for one in published])

    def known(self) -> dict[str, Known]:
        rows = self._conn.execute(select(feed.c.path, feed.c.etag, feed.c.signature, feed.c.modified_at))
        return {row[0]: Known(*row[1:]) for row in rows.all()}

    def sign(self, signatures: Mapping[str, str]) -> None:
        """The same bytes came of something else: they need not be served again."""
        if signatures:
            statement = update(feed).where(feed.c.path == bindparam("_path")).values(signature=bindparam("_signature"))
            rows = [{"_path": path, "_signature": signature} for path, signature in signatures.items()]
            self._conn.execute(statement, rows)

    def since(self, version: int) -> list[Published]:
        """Feeds swapped after *version*."""
        rows = self._conn.execute(select(feed).where(feed.c.version > version).order_by(feed.c.version))
        return [Published(**row._mapping) for row in rows]  # noqa: SLF001

    def sizes(self) -> list[Row[Any]]:
        """Every feed without its bytes, by path."""
        columns = (feed.c.path, feed.c.size, feed.c.entries, feed.c.left_out, feed.c.modified_at)
        return list(self._conn.execute(select(*columns).order_by(feed.c.path)))

    def paths(self) -> set[str]:
        return set(self._conn.execute(select(feed.c.path)).scalars())

    def withdraw(self, paths: Iterable[str]) -> None:
        """Stop serving feeds whose calendar, area or topic no longer exists."""
        for path in paths:
            self._conn.execute(delete(feed).where(feed.c.path == path))

    # polls
    def count_polls(self, polls: Mapping[Poll, int]) -> None:
        """Add to what is known of a day."""
        rows = [{**key._asdict(), "n": n} for key, n in polls.items()]
        add(self._conn, poll, rows, "n")

    def polls(self, since: str) -> list[tuple[Poll, int]]:
        """Every count of that day and later."""
        rows = self._conn.execute(select(poll).where(poll.c.day >= since))
        return [(Poll(row.day, row.path, row.client, row.status), row.n) for row in rows]

    # fragments
    def save_fragments(self, fragments: Sequence[Fragment]) -> None:
        upsert(self._conn, fragment, [one._asdict() for one in fragments])

    def fragments(
        self, ids: Iterable[str] | None = None, *, rendition: tuple[str, str] | None = None
    ) -> list[Fragment]:
        """Those of some entries, or all; in one format and variant, or in every."""
        chosen = select(fragment)
        if ids is not None:
            chosen = chosen.where(fragment.c.entry_id.in_(list(ids)))
        if rendition is not None:
            chosen = chosen.where(fragment.c.format == rendition[0], fragment.c.variant == rendition[1])
        return [Fragment(*row) for row in self._conn.execute(chosen)]
