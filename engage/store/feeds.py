"""The published bytes of every feed, with the version that web processes poll. Rendering is in engage.feeds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, select

from engage.store.dialect import upsert
from engage.store.schema import feed

VERSION = "feeds"  # the counter that rises with every swap


@dataclass(frozen=True, kw_only=True)
class Published:
    """A feed as it is served. *etag* is of the plain bytes; the gzip coding's carries `-gzip` (C11)."""

    path: str
    media_type: str
    body: bytes = field(repr=False)
    gzipped: bytes = field(repr=False)
    etag: str
    modified_at: datetime
    entries: int
    left_out: int
    version: int


class Feeds:
    def __init__(self, conn: Connection, now: datetime) -> None:
        self._conn, self._now = conn, now

    def publish(self, published: Published) -> None:
        upsert(self._conn, feed, [{n: getattr(published, n) for n in published.__dataclass_fields__}])

    def etags(self) -> dict[str, str]:
        return {row.path: row.etag for row in self._conn.execute(select(feed.c.path, feed.c.etag))}

    def modified(self) -> dict[str, datetime]:
        """When the bytes of each feed last changed."""
        return {row.path: row.modified_at for row in self._conn.execute(select(feed.c.path, feed.c.modified_at))}

    def since(self, version: int) -> list[Published]:
        """Feeds swapped after *version*."""
        rows = self._conn.execute(select(feed).where(feed.c.version > version).order_by(feed.c.version))
        return [Published(**row._mapping) for row in rows]  # noqa: SLF001

    def paths(self) -> set[str]:
        return set(self._conn.execute(select(feed.c.path)).scalars())

    def withdraw(self, path: str) -> None:
        """Stop serving a feed whose calendar, area or topic no longer exists."""
        self._conn.execute(delete(feed).where(feed.c.path == path))
