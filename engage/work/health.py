"""How the feeds are: how full, how calendar apps ask for them, what a plan would change. Counting is in engage.web."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engage.domain.feed_changes import FeedChange, feed_changes
from engage.domain.feeds import share_used
from engage.store.feeds import Poll
from engage.work.kit import Kit
from engage.work.plans import Proposal

DAYS = 7  # over which polls are told
TYPICAL = 1_000  # bytes of an entry, where none is published yet


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How often, in the last days; *unchanged* is the share of 304, None when nobody asked."""

    polls: int
    unchanged: float | None
    clients: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Health:
    """One published feed; *used* is the share of what calendar apps read."""

    path: str
    size: int
    entries: int
    left_out: int
    used: float
    modified_at: datetime
    asked: Asked

    @property
    def is_usual(self) -> bool:
        """Whether residents are shown it: neither a variant nor another format."""
        return self.path.endswith(".ics") and not self.path.startswith(("plain/", "rich/"))


def health(kit: Kit) -> list[Health]:
    """Every published feed, by path."""
    with kit.reading() as unit:
        sizes = unit.feeds.sizes()
        polls = unit.feeds.polls((unit.now - timedelta(days=DAYS)).date().isoformat())
    asked: dict[str, list[tuple[Poll, int]]] = defaultdict(list)
    for poll, n in polls:
        asked[poll.path].append((poll, n))
    return [
        Health(
            path=row.path,
            size=row.size,
            entries=row.entries,
            left_out=row.left_out,
            used=share_used(row.size, row.entries),
            modified_at=row.modified_at,
            asked=_asked(asked[row.path]),
        )
        for row in sizes
    ]


def _asked(counted: Iterable[tuple[Poll, int]]) -> Asked:
    clients, statuses = Counter[str](), Counter[int]()
    for poll, n in counted:
        clients[poll.client] += n
        statuses[poll.status] += n
    polls = statuses.total()
    return Asked(polls=polls, unchanged=statuses[304] / polls if polls else None, clients=dict(clients.most_common()))


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What a plan would do to a published feed; *entries* and *used* are as they would be afterwards, about."""

    path: str
    added: int
    changed: int
    lost: int
    entries: int
    used: float
    is_published: bool


def differences(kit: Kit, proposal: Proposal) -> list[Difference]:
    """Every feed that the proposal would change, as of what is published now."""
    if proposal.schedule is None:
        return []
    office = proposal.schedule.office
    with kit.reading() as unit:
        sizes = {row.path: row for row in unit.feeds.sizes()}
        today = unit.now.astimezone(office.zone).date()
    return [
        _difference(change, sizes.get(f"{change.feed.path}.ics"))
        for change in feed_changes(office, proposal.changes, today)
    ]


def _difference(change: FeedChange, published: Any) -> Difference:
    before, size = (published.entries + published.left_out, published.size) if published else (0, 0)
    entries = before + change.added - change.lost
    each = size / published.entries if published and published.entries else TYPICAL
    return Difference(
        path=f"{change.feed.path}.ics",
        added=change.added,
        changed=change.changed,
        lost=change.lost,
        entries=entries,
        used=share_used(round(entries * each), entries),
        is_published=published is not None,
    )
