"""What a plan does to each feed, before it is published. Which feeds exist is in engage.domain.feeds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from engage.domain.calendars import Entry, Office
from engage.domain.feeds import Feed, holds, in_window, selections_of
from engage.domain.plan import Change

UNSEEN = ("unseen",)  # what nobody outside the office sees renders the same bytes


@dataclass(frozen=True, kw_only=True)
class FeedChange:
    """How many entries a feed gains, shows anew, or loses because they belong elsewhere now."""

    feed: Feed
    added: int = 0
    changed: int = 0
    lost: int = 0


def feed_changes(office: Office, changes: Iterable[Change], today: date) -> list[FeedChange]:
    """Every feed that a plan touches, in the order in which feeds are listed."""
    feeds = selections_of(office)
    counts = {feed.path: [0, 0, 0] for feed in feeds}
    for change in changes:
        if change.what == UNSEEN:
            continue
        for feed in feeds:
            was, will_be = _is_in(feed, change.before, today), _is_in(feed, change.entry, today)
            if was or will_be:
                counts[feed.path][1 if was and will_be else 0 if will_be else 2] += 1
    return [
        FeedChange(feed=feed, added=added, changed=changed, lost=lost)
        for feed in feeds
        for added, changed, lost in [counts[feed.path]]
        if added or changed or lost
    ]


def _is_in(feed: Feed, entry: Entry | None, today: date) -> bool:
    return entry is not None and holds(feed, entry) and in_window(entry, today)
