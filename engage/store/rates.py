"""The buckets of rate limits, shared by every worker on every host. How fast a bucket fills is in domain.rates."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from engage.domain.rates import Rate
from engage.store.dialect import insert_new
from engage.store.schema import bucket


class Rates:
    def __init__(self, conn: Connection, now: datetime) -> None:
        self._conn, self._now = conn, now

    def allowed(self, rate: Rate, wanted: int, *, is_urgent: bool) -> int:
        """How many of *wanted* may go now. Until the unit ends, others who ask for this bucket wait for `spend`."""
        kept = 0 if is_urgent else rate.kept_for_urgent
        return max(0, min(wanted, int(self._held(rate)) - kept))

    def spend(self, rate: Rate, n: int) -> None:
        """Take *n* out; after `allowed` in the same unit, so that nobody else has taken them meanwhile."""
        if n:
            left = self._held(rate) - n
            self._conn.execute(
                update(bucket).where(bucket.c.name == rate.bucket).values(tokens=left, filled_at=self._now)
            )

    def _held(self, rate: Rate) -> float:
        """A bucket nobody has used yet is full."""
        insert_new(self._conn, bucket, [{"name": rate.bucket, "tokens": float(rate.burst), "filled_at": self._now}])
        row = self._conn.execute(
            select(bucket.c.tokens, bucket.c.filled_at).where(bucket.c.name == rate.bucket).with_for_update()
        ).one()
        return rate.filled(row.tokens, since=row.filled_at, now=self._now)
