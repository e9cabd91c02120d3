"""What public pages and feeds are served from: the stored state in memory, followed by polling its version counters."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, time, timedelta

import structlog

from engage.domain.alerts import PublicAlert
from engage.store import feeds, notices, schedule
from engage.store.unit import Unit
from engage.web.feeds import Feeds
from engage.work import pages
from engage.work.kit import Kit
from engage.work.pages import Shown

EVERY = 0.1  # seconds between two looks at the counters
MINUTE = timedelta(minutes=1)
SAVED_EVERY = 150  # looks, 15 seconds, after which polls are added to the store

log = structlog.get_logger()


class Snapshot:
    """The last good state. Readers take one attribute and see one moment; only `refresh` replaces them."""

    def __init__(self, kit: Kit, published: Feeds) -> None:
        self._kit = kit
        self.feeds = published
        self.shown: Shown | None = None
        self.alerts: tuple[PublicAlert, ...] = ()
        self.generation = 0  # rises with every change of what is in memory
        self._turns: list[datetime] = []
        self._seen: dict[str, int] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._away = False

    @property
    def is_ready(self) -> bool:
        """Whether there is something to serve: an applied schedule and its feeds."""
        return self.shown is not None and bool(self.feeds.answers)

    def turns_at(self, now: datetime) -> datetime:
        """Until when a page of now says nothing else: a start, an end, an alert's hour, midnight; a minute at most."""
        at = bisect_right(self._turns, now)
        turns = [now + MINUTE, *self._turns[at : at + 1]]
        if self.shown is not None:
            tomorrow = now.astimezone(self.shown.office.zone).date() + timedelta(days=1)
            turns.append(datetime.combine(tomorrow, time(), self.shown.office.zone))
        return min(turns)

    def refresh(self) -> bool:
        """Load what changed since the last look; False when nothing did, which costs one query."""
        with self._lock, self._kit.reading() as unit:
            counters = unit.house.counters()
            changed = [name for name in _FOLLOWED if counters.get(name) != self._seen.get(name)]
            for name in changed:
                self._load(name, unit, counters.get(name, 0))
                self._turns = _turns(self.shown, self.alerts)
                self._seen[name] = counters.get(name, 0)
                self.generation += 1
        return bool(changed)

    def _load(self, name: str, unit: Unit, version: int) -> None:
        if name == feeds.VERSION:
            seen = self._seen.get(name, 0)
            since = seen if seen <= version else 0  # a restored backup counts from further back
            self.feeds.update(unit.feeds.since(since), unit.feeds.paths())
        elif name == schedule.VERSION:
            self.shown = pages.shown(unit, self.shown)
        else:
            self.alerts = pages.public_alerts(unit)

    def start(self) -> None:
        """Look once, then follow the database in a thread until `stop`."""
        self._stop.clear()
        self._look()
        self._thread = threading.Thread(target=self._follow, name="snapshot", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _follow(self) -> None:
        looks = 0
        while not self._stop.wait(EVERY):
            self._look()
            looks += 1
            if looks % SAVED_EVERY == 0:
                self._save_polls()
        self._save_polls()

    def _save_polls(self) -> None:
        try:
            self.feeds.polls.save(self._kit)
        except Exception:  # the outermost edge of this thread; the counts are kept
            log.warning("polls not saved", exc_info=True)

    def _look(self) -> None:
        """A database that is away keeps the last good state; that is said once, not at every look."""
        try:
            self.refresh()
        except Exception:  # the outermost edge of this thread
            if not self._away:
                log.warning("state not refreshed, serving the last good one", exc_info=True)
            self._away = True
        else:
            if self._away:
                log.info("state refreshed again")
            self._away = False


_FOLLOWED = (feeds.VERSION, schedule.VERSION, notices.ALERTS)


def _turns(shown: Shown | None, alerts: Iterable[PublicAlert]) -> list[datetime]:
    """The moments at which something begins, ends or is told, in order."""
    entries = [revision.entry for revision in shown.in_order] if shown else []
    told = (moment for one in alerts for moment in (one.alert.send_at, one.alert.starts, one.alert.expires))
    found = {entry.starts_at for entry in entries} | {entry.ends_at for entry in entries}
    return sorted(found.union(filter(None, told)))
