"""How fast a provider may be written to: a bucket that fills with time. Its row is in store.rates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Rate:
    """*bucket* names what the limit is counted by: channels of one provider share it.

    In any minute at most *per_minute* and one *burst* go: a rolling limit wants *per_minute* a little below it.
    """

    bucket: str
    per_minute: int

    @property
    def burst(self) -> int:
        """Three seconds' worth at once: enough for one claim, little enough to stay under a rolling limit."""
        return max(1, self.per_minute // 20)

    @property
    def kept_for_urgent(self) -> int:
        """What other lanes leave in the bucket, so that a bulk send never delays an alert."""
        return self.burst // 2

    def filled(self, tokens: float, *, since: datetime, now: datetime) -> float:
        """What a bucket with *tokens* holds *now*. A clock that stepped back fills nothing and takes nothing."""
        passed = max(timedelta(), now - since)
        return min(float(self.burst), tokens + self.per_minute * (passed / MINUTE))
