"""Published feeds: what web processes follow by one counter."""

from __future__ import annotations

from dataclasses import replace

from engage.store.feeds import VERSION, Published
from engage.store.unit import Database, Unit
from tests.conftest import NOON
from tests.store.rows import undone

FEED = Published(
    path="all.ics",
    media_type="text/calendar",
    body=b"BEGIN:VCALENDAR\r\n\xff\x00",
    gzipped=b"\x1f\x8b",
    etag="e1",
    modified_at=NOON,
    entries=3,
    left_out=1,
    version=1,
)


def publish(unit: Unit, *feeds: Published) -> None:
    for feed in feeds:
        unit.feeds.publish(replace(feed, version=unit.house.counted(VERSION) + 1))
    unit.house.count_up(VERSION)


def test_a_feed_comes_back_byte_for_byte(shared: Database):
    """Bytes are bytes on both databases; its repr tells none of them."""
    with undone(shared) as unit:
        publish(unit, FEED)
        assert unit.feeds.since(0) == [FEED]
        assert "VCALENDAR" not in repr(FEED)


def test_a_web_process_gets_only_what_was_swapped_since_it_looked(shared: Database):
    """It remembers the version it has seen; in order of version."""
    with undone(shared) as unit:
        other = replace(FEED, path="talks.ics")
        publish(unit, FEED, other)
        seen = unit.house.counted(VERSION)
        assert unit.feeds.since(seen) == []
        publish(unit, replace(FEED, etag="e2", body=b"new"))
        assert [(f.path, f.body, f.version) for f in unit.feeds.since(seen)] == [("all.ics", b"new", 2)]
        assert [f.path for f in unit.feeds.since(0)] == ["talks.ics", "all.ics"]
        assert unit.feeds.etags() == {"all.ics": "e2", "talks.ics": "e1"}


def test_a_withdrawn_feed_is_not_served_any_more(shared: Database):
    """Its calendar or area is gone: web processes see the paths that are left."""
    with undone(shared) as unit:
        publish(unit, FEED, replace(FEED, path="talks.ics"))
        unit.feeds.withdraw("talks.ics")
        unit.feeds.withdraw("talks.ics")
        assert unit.feeds.paths() == {"all.ics"}
        assert [f.path for f in unit.feeds.since(0)] == ["all.ics"]
