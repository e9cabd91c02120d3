"""Our own published feed, brought in again, says the same: titles, times, status, places."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from engage.declared.folder import fetch
from engage.declared.read import read
from engage.domain.calendars import Entry, Schedule
from engage.domain.feeds import Feed, Item, feeds_of
from engage.domain.revisions import Revision
from engage.feeds.ics import ICS
from engage.imports.door import Order, bring_in
from tests.imports.samples import FOLDER

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SAMPLES = {
    "cleveland": fetch(Path("calendars"))[0],
    "westmark": fetch(Path("tests/sample_office"))[0],
    "small": FOLDER,
}


def published(schedule: Schedule) -> bytes:
    """Everything in one feed, as calendar apps get it."""
    feed = next(f for f in feeds_of(schedule.office) if f.path == "all")
    assert isinstance(feed, Feed)
    revisions = [Revision(entry=e, created_at=NOW, modified_at=NOW) for e in schedule.entries.values()]
    items = [
        Item(revision=r, fragment=ICS.fragments(r, schedule.office, base_url="https://x.example.org")[""])
        for r in revisions
    ]
    return ICS.join(feed, items, office=schedule.office, base_url="https://x.example.org")


def told(entry: Entry) -> tuple[object, ...]:
    """What a calendar app shows of an entry. To them what was not held is cancelled."""
    status = {"not-held": "cancelled"}.get(entry.status, str(entry.status))
    venue = None if entry.all_day else entry.venue
    return (
        entry.title,
        entry.starts_at,
        entry.ends_at,
        entry.first_day,
        entry.last_day,
        status,
        venue,
        set(entry.topics),
    )


@pytest.mark.parametrize("office", SAMPLES)
def test_a_published_feed_comes_back_as_it_was(office: str):
    """Every entry of the sample offices, beside the files it was published from."""
    sources = SAMPLES[office]
    before = read(sources, today=TODAY).schedule
    assert before is not None
    done = bring_in(Order(source="all.ics", content=published(before), target="back.toml"), sources, today=TODAY)
    assert done.text is not None, "\n".join(map(str, done.problems))
    after = read({**sources, "back.toml": done.text.encode()}, today=TODAY).schedule
    assert after is not None
    back = [e for e in after.entries.values() if e.calendar_id == "back"]
    assert sorted(map(repr, map(told, back))) == sorted(map(repr, map(told, before.entries.values())))
    assert done.counts["venues"] == 0, "every place is one of ours"


def test_what_is_there_already_is_pointed_out():
    """Brought in twice, a meeting would count twice."""
    before = read(FOLDER, today=TODAY).schedule
    assert before is not None
    done = bring_in(Order(source="all.ics", content=published(before), target="back.toml"), FOLDER, today=TODAY)
    assert [p.code for p in done.warnings if p.code == "known-already"] == ["known-already"]
    assert 'already in village-talks on that day, as "winter"' in str(done.warnings)


def test_the_same_source_gives_the_same_file():
    """Ids are permanent, so they must not depend on when or how often somebody tries."""
    before = read(SAMPLES["cleveland"], today=TODAY).schedule
    assert before is not None
    order = Order(source="all.ics", content=published(before), target="back.toml")
    later = date(2027, 3, 1)
    assert bring_in(order, FOLDER, today=TODAY).text == bring_in(order, FOLDER, today=later).text
