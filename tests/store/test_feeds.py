"""Published feeds: what web processes follow by one counter."""

from __future__ import annotations

import gzip
from dataclasses import replace

from engage.store.feeds import VERSION, Fragment, Poll, Published
from engage.store.unit import Database, Unit
from tests.conftest import NOON
from tests.feeds.samples import meeting
from tests.store.rows import record, saved, undone

FEED = Published(
    path="all.ics",
    media_type="text/calendar",
    gzipped=gzip.compress(b"BEGIN:VCALENDAR\r\n\xff\x00"),
    size=19,
    etag="e1",
    signature="s1",
    modified_at=NOON,
    entries=3,
    left_out=1,
    version=1,
)


def publish(unit: Unit, *feeds: Published) -> None:
    unit.feeds.publish([replace(feed, version=unit.house.counted(VERSION) + 1) for feed in feeds])
    unit.house.count_up(VERSION)


def test_a_feed_comes_back_byte_for_byte(shared: Database):
    """Bytes are bytes on both databases; its repr tells none of them."""
    with undone(shared) as unit:
        publish(unit, FEED)
        assert unit.feeds.since(0) == [FEED]
        assert FEED.body == b"BEGIN:VCALENDAR\r\n\xff\x00"
        assert repr(FEED.gzipped) not in repr(FEED)


def test_a_web_process_gets_only_what_was_swapped_since_it_looked(shared: Database):
    """It remembers the version it has seen; in order of version."""
    with undone(shared) as unit:
        other = replace(FEED, path="talks.ics")
        publish(unit, FEED, other)
        seen = unit.house.counted(VERSION)
        assert unit.feeds.since(seen) == []
        publish(unit, replace(FEED, etag="e2", gzipped=gzip.compress(b"new")))
        assert [(f.path, f.body, f.version) for f in unit.feeds.since(seen)] == [("all.ics", b"new", 2)]
        assert [f.path for f in unit.feeds.since(0)] == ["talks.ics", "all.ics"]
        assert unit.feeds.known() == {"all.ics": ("e2", "s1", NOON), "talks.ics": ("e1", "s1", NOON)}


def test_a_withdrawn_feed_is_not_served_any_more(shared: Database):
    """Its calendar or area is gone: web processes see the paths that are left."""
    with undone(shared) as unit:
        publish(unit, FEED, replace(FEED, path="talks.ics"))
        unit.feeds.withdraw(["talks.ics"])
        unit.feeds.withdraw(["talks.ics"])
        assert unit.feeds.paths() == {"all.ics"}
        assert [f.path for f in unit.feeds.since(0)] == ["all.ics"]


def test_the_same_bytes_may_get_another_signature(shared: Database):
    """They came of something else; nobody need load them again."""
    with undone(shared) as unit:
        publish(unit, FEED)
        unit.feeds.sign({"all.ics": "s2"})
        assert unit.feeds.known() == {"all.ics": ("e1", "s2", NOON)}
        assert unit.feeds.since(1) == []


def test_fragments_are_kept_per_format_and_variant(shared: Database):
    """A later one replaces what stands there."""
    with undone(shared) as unit:
        talk, walk = (meeting(id=entry_id) for entry_id in ("talk", "walk"))
        unit.schedule.save([saved(talk), saved(walk)], plan_id=record(unit))
        first = [
            Fragment("talk", "ics", "", b"1"),
            Fragment("talk", "ics", "plain", b"2"),
            Fragment("walk", "json", "", b"3"),
        ]
        unit.feeds.save_fragments(first)
        unit.feeds.save_fragments([Fragment("talk", "ics", "", b"4")])
        assert sorted(unit.feeds.fragments()) == sorted([Fragment("talk", "ics", "", b"4"), *first[1:]])
        assert unit.feeds.fragments(["walk"]) == first[2:]


def test_polls_add_up_over_processes(shared: Database):
    """Each web process adds what it counted."""
    asked = Poll("2026-11-23", "all.ics", "Google", 304)
    with undone(shared) as unit:
        unit.feeds.count_polls({asked: 2})
        unit.feeds.count_polls({asked: 3, asked._replace(day="2026-11-22"): 1})
        assert unit.feeds.polls("2026-11-23") == [(asked, 5)]
        assert sorted(unit.feeds.polls("2000-01-01"), reverse=True) == [
            (asked, 5),
            (asked._replace(day="2026-11-22"), 1),
        ]
