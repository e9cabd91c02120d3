"""How feeds are asked for: counts by feed, family of calendar apps and status. Nothing here is about a person."""

from __future__ import annotations

import threading
from collections import Counter
from functools import lru_cache

from engage.store.feeds import Poll
from engage.work.kit import Kit

# Words of User-Agent headers, in small letters; the first that fits names the family.
FAMILIES = (
    (b"google-calendar", "Google"),
    (b"microsoft", "Outlook"),
    (b"outlook", "Outlook"),
    (b"exchange", "Outlook"),
    (b"thunderbird", "Thunderbird"),
    (b"evolution", "Evolution"),
    (b"nextcloud", "Nextcloud"),
    (b"icsx5", "ICSx5"),
    (b"davx5", "ICSx5"),
    (b"dataaccessd", "Apple"),
    (b"calendaragent", "Apple"),
    (b"cfnetwork", "Apple"),
    (b"darwin", "Apple"),
    (b"mozilla", "browser"),
)
OTHER = "other"


@lru_cache(maxsize=1024)
def family(user_agent: bytes) -> str:
    """The family of calendar apps that names itself so; rare and made-up names are `other`."""
    lowered = user_agent.lower()
    return next((name for word, name in FAMILIES if word in lowered), OTHER)


class Polls:
    """Counted in memory, written to the store now and then, so that a poll costs no query."""

    def __init__(self) -> None:
        self.total: Counter[tuple[str, int]] = Counter()  # (family, status) since this process started
        self._unsaved: Counter[tuple[str, str, int]] = Counter()
        self._lock = threading.Lock()

    def count(self, path: str, user_agent: bytes, status: int) -> None:
        name = family(user_agent)
        self.total[name, status] += 1
        self._unsaved[path, name, status] += 1

    def save(self, kit: Kit) -> None:
        """Add what was counted to the day's figures; what cannot be written is kept for the next time."""
        with self._lock:
            counted, self._unsaved = self._unsaved, Counter()
            if not counted:
                return
            try:
                with kit.unit() as unit:
                    day = unit.now.date().isoformat()
                    unit.feeds.count_polls({Poll(day, *key): n for key, n in counted.items()})
            except Exception:
                self._unsaved.update(counted)
                raise
