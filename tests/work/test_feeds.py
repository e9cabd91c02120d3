"""Publishing: the same data gives the same bytes, and only what changed is swapped."""

from __future__ import annotations

import gzip
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete

from engage.app import App
from engage.cli.plans import as_lines
from engage.domain.events import CalendarApplied
from engage.domain.feeds import CROWDED
from engage.feeds import FORMATS
from engage.store.feeds import VERSION, Published
from engage.store.schema import fragment
from engage.work import days, feeds, health, tasks
from engage.work.calendars import propose_folder
from engage.work.shelf import Shelf
from tests.office import OFFICE_TOML, Clock, Office, apply, meeting, settle

A, B, H = (
    meeting("winter-a", "2026-11-24T18:30:00"),
    meeting("winter-b", "2026-12-08T18:30:00"),
    meeting("harbour-a", "2026-12-15T18:30:00", venue="quay"),
)
WHOLE = "village-talks.ics"


def published(app: App) -> dict[str, Published]:
    with app.reading() as unit:
        return {feed.path: feed for feed in unit.feeds.since(0)}


def swapped(app: App, since: int) -> set[str]:
    """The feeds that were swapped, without their variants."""
    with app.reading() as unit:
        return {f.path for f in unit.feeds.since(since) if not f.path.startswith(("plain/", "rich/"))}


def version(app: App) -> int:
    with app.reading() as unit:
        return unit.house.counted(VERSION)


def test_every_feed_is_published_with_its_own_entries(app: App):
    """The whole, each area with what covers it and lies within it, topics, venues; in three variants."""
    apply(app)
    settle(app)
    found = published(app)
    holds = {path: {i for i in ("winter-a", "winter-b", "harbour-a") if f"UID:{i}@".encode() in f.body} for path, f in found.items()}  # fmt: skip
    everything = {"winter-a", "winter-b", "harbour-a"}
    assert holds[WHOLE] == holds["all.ics"] == holds["village-talks/topic/community.ics"] == everything
    assert (
        holds["village-talks/area/eastfield.ics"]
        == holds["village-talks/area/mill-lane.ics"]
        == {"winter-a", "winter-b"}
    )
    assert holds["village-talks/area/harbour.ics"] == holds["village-talks/venue/quay.ics"] == {"harbour-a"}
    assert holds["village-talks/topic/fraud.ics"] == set()
    assert {f"plain/{WHOLE}", f"rich/{WHOLE}"} <= set(found)
    assert (found[WHOLE].entries, found[WHOLE].left_out, found[WHOLE].media_type) == (3, 0, "text/calendar; charset=utf-8")  # fmt: skip


def test_what_is_served_compressed_is_the_same_bytes(app: App):
    """And its ETag is that of the plain ones."""
    apply(app)
    settle(app)
    for feed in published(app).values():
        assert gzip.decompress(feed.gzipped) == feed.body
        assert feed.gzipped[4:8] == b"\0\0\0\0", "no clock in the bytes"


def test_publishing_again_changes_no_byte_and_swaps_nothing(app: App, clock: Clock):
    """Law 5: a feed is a function of the data; the hour does not matter, nor which process asks."""
    apply(app)
    settle(app)
    before, seen = published(app), version(app)
    clock.move(hours=5)
    with app.unit() as unit:
        feeds.publish(app, unit, feeds.prepare(app, CalendarApplied(plan_id=1)))
    assert published(app) == before
    assert swapped(app, seen) == set()


def test_an_edit_swaps_only_the_feeds_that_hold_it(app: App, office: Office, clock: Clock):
    """Readers of the others get 304 Not Modified."""
    apply(app)
    settle(app)
    before, seen = published(app), version(app)
    clock.move(hours=1)
    office.talks(A, B, meeting("harbour-a", "2026-12-15T19:30:00", venue="quay"))
    apply(app)
    settle(app)
    whole = {f"{path}.{suffix}" for path in ("all", "village-talks") for suffix in FORMATS}
    parts = ("area/westmark", "area/harbour", "topic/community", "venue/quay")
    assert swapped(app, seen) == whole | {f"village-talks/{part}.ics" for part in parts}
    after = published(app)
    assert after[WHOLE].etag != before[WHOLE].etag
    assert after[WHOLE].modified_at == clock()
    assert after["village-talks/area/eastfield.ics"] == before["village-talks/area/eastfield.ics"]


def test_last_modified_rises_when_a_meeting_leaves_a_feed(app: App, office: Office, clock: Clock):
    """What stays is older: an app that asks by If-Modified-Since alone would keep the meeting for good."""
    apply(app)
    settle(app)
    before = published(app)["village-talks/venue/quay.ics"]
    office.talks(A, B, meeting("harbour-a", "2026-12-15T18:30:00", venue="hall"))
    apply(app)
    settle(app)
    after = published(app)["village-talks/venue/quay.ics"]
    assert after.entries == 0
    assert after.modified_at == before.modified_at + timedelta(seconds=1), "within the same second"
    clock.move(hours=1)
    office.talks(A, B, H)
    apply(app)
    settle(app)
    assert published(app)["village-talks/venue/quay.ics"].modified_at == clock()


def test_undoing_an_edit_does_not_bring_old_bytes_back(app: App, office: Office, clock: Clock):
    """SEQUENCE rises both times: calendar apps must take the second change too."""
    apply(app)
    settle(app)
    before = published(app)[WHOLE]
    for starts in ("2026-12-15T19:30:00", "2026-12-15T18:30:00"):
        clock.move(hours=1)
        office.talks(A, B, meeting("harbour-a", starts, venue="quay"))
        apply(app)
        settle(app)
    after = published(app)[WHOLE]
    assert after.body != before.body
    assert b"SEQUENCE:2" in after.body


def test_a_removed_entry_stays_as_a_cancelled_one_for_a_month_after_its_date(app: App, office: Office, clock: Clock):
    """A feed that merely loses an entry leaves it in many people's calendars."""
    apply(app)
    settle(app)
    office.talks(B, H)
    apply(app)
    settle(app)
    assert b"STATUS:CANCELLED" in published(app)[WHOLE].body
    clock.move(datetime(2026, 12, 25, 12, tzinfo=UTC))
    days.keep_day(app)
    settle(app)
    assert b"UID:winter-a@" in published(app)[WHOLE].body
    clock.move(datetime(2026, 12, 26, 12, tzinfo=UTC))
    days.keep_day(app)
    settle(app)
    assert b"UID:winter-a@" not in published(app)[WHOLE].body


def test_a_day_that_changes_trims_what_is_past_and_tells_nobody(app: App, clock: Clock):
    """Thirteen months back; the date is the only clock input."""
    apply(app)
    settle(app)
    clock.move(datetime(2027, 12, 24, 12, tzinfo=UTC))
    days.keep_day(app)
    settle(app)
    assert b"UID:winter-a@" in published(app)[WHOLE].body
    clock.move(datetime(2027, 12, 25, 0, 1, tzinfo=UTC))
    days.keep_day(app)
    settle(app)
    body = published(app)[WHOLE].body
    assert b"UID:winter-a@" not in body
    assert b"UID:winter-b@" in body
    with app.reading() as unit:
        assert unit.notices.versions("change:1") == []


def test_a_feed_whose_area_or_calendar_is_gone_is_withdrawn(app: App, office: Office):
    """Web processes stop serving it."""
    apply(app)
    settle(app)
    office.write("office.toml", OFFICE_TOML.replace('[[topic]]\nid = "fraud"\nname = "Fraud"\n', ""))
    (office.folder / "tips.toml").unlink()
    apply(app)
    settle(app)
    assert "village-talks/topic/fraud.ics" not in published(app)
    assert WHOLE in published(app)


def test_two_workers_that_publish_at_once_leave_the_newest_state(app: App, office: Office, clock: Clock):
    """An apply and a new day at the same moment: nobody overwrites newer bytes with older ones."""
    apply(app)
    settle(app)
    for n in range(3):
        clock.move(minutes=1)
        office.talks(A, B, meeting("harbour-a", "2026-12-15T18:30:00", venue="quay", title=f"Title {n}"))
        apply(app)
        office.talks(A, B, meeting("harbour-a", "2026-12-15T18:30:00", venue="quay", title=f"Newest {n}"))
        with app.reading() as unit:
            (first,) = [r.id for r in unit.tasks.ready() if r.actor == "publish_feeds"]
        apply(app)
        with app.reading() as unit:
            (second,) = [r.id for r in unit.tasks.ready() if r.actor == "publish_feeds" and r.id != first]
        with ThreadPoolExecutor(2) as pool:
            done = list(
                pool.map(lambda i: tasks.react(app, i, f"w/{i}", feeds.publish, prepare=feeds.prepare), (first, second))
            )
        assert done == [True, True]
        assert f"SUMMARY:Newest {n}".encode() in published(app)[WHOLE].body
        settle(app)


def test_the_bytes_are_the_same_on_another_database(app: App, office: Office, tmp_path, request, clock: Clock):
    """A restored backup, another engine: readers see no change."""
    from engage.app import build
    from tests.conftest import fresh_database, settings_for

    apply(app)
    settle(app)
    (tmp_path / "other").mkdir()
    url = fresh_database(request, "sqlite", tmp_path / "other")
    other = build(settings_for(url, tmp_path, office.folder), clock=clock)
    apply(other)
    settle(other)
    assert {p: f.body for p, f in published(other).items()} == {p: f.body for p, f in published(app).items()}
    other.database.close()


def test_a_new_address_renews_every_entry(applied: App):
    """Links in calendars lead to the new host by the next day, and apps that look at LAST-MODIFIED take them."""
    before = published(applied)[WHOLE]
    elsewhere = replace(applied, base_url="https://talks.example.org")
    applied.database.clock.move(days=1)  # type: ignore[attr-defined]
    days.keep_day(elsewhere)
    settle(elsewhere)
    after = published(elsewhere)[WHOLE]
    assert after.modified_at > before.modified_at
    assert b"https://talks.example.org/meetings/winter-a" in after.body.replace(b"\r\n ", b"")
    assert b"SEQUENCE:1" not in after.body


def test_a_format_that_is_new_holds_what_was_there_before(applied: App):
    """Adding one takes no migration: what the store lacks is rendered when feeds are published next."""
    before = published(applied)
    with applied.unit() as unit:
        unit.conn.execute(delete(fragment).where(fragment.c.variant == "rich"))
        unit.feeds.withdraw(path for path in before if path.startswith("rich/"))
    again = replace(applied, shelf=Shelf())
    with again.unit() as unit:
        feeds.publish(again, unit, feeds.prepare(again, CalendarApplied(plan_id=1)))
    after = published(again)
    assert {path: feed.etag for path, feed in after.items()} == {path: feed.etag for path, feed in before.items()}


def test_a_year_that_has_passed_is_kept_in_an_archive(applied: App):
    """C67: the feed itself shows 13 months back; the archive of a year stays."""
    clock: Clock = applied.database.clock  # type: ignore[assignment]
    assert "village-talks/archive/2026.ics" not in published(applied)
    clock.move(days=500)
    days.keep_day(applied)
    settle(applied)
    after = published(applied)
    assert b"UID:winter-a@" not in after[WHOLE].body
    assert b"UID:winter-a@" in after["village-talks/archive/2026.ics"].body


def test_a_plan_says_what_it_does_to_each_feed(applied: App, office: Office):
    """Before anything is published; an entry that goes elsewhere leaves the feed where it was."""
    office.talks(A, meeting("winter-b", "2026-12-08T18:30:00", venue="quay"), H, meeting("new", "2027-01-05T18:30:00"))
    proposal = propose_folder(applied, office.folder)
    found = {d.path: (d.added, d.changed, d.lost, d.entries) for d in health.differences(applied, proposal)}
    assert found["all.ics"] == found[WHOLE] == (1, 1, 0, 4)
    assert found["village-talks/venue/quay.ics"] == (1, 0, 0, 2)
    assert found["village-talks/area/eastfield.ics"] == (1, 0, 1, 2)
    assert "village-talks/topic/fraud.ics" not in found
    assert "  feed all.ics: +1 ~1, then 4 entries" in as_lines(
        proposal, health.differences(applied, proposal), now=applied.now
    )
    before = published(applied)
    apply(applied)
    settle(applied)
    after = published(applied)
    assert {path for path in found} == {  # noqa: C416
        path
        for path, feed in after.items()
        if feed.etag != before[path].etag and path.endswith(".ics") and not path.startswith(("plain/", "rich/"))
    }
    assert {path: feed.entries for path, feed in after.items() if path in found} == {p: d[3] for p, d in found.items()}


def test_a_feed_that_fills_up_is_told_before_it_is_full(applied: App, office: Office):
    """C18: Google reads 1 MB or about 1,000 entries."""
    office.talks(A, B, H, *(meeting(f"talk-{i}", f"2026-12-{1 + i % 28:02}T10:00:00") for i in range(850)))
    proposal = propose_folder(applied, office.folder)
    used = {d.path: d.used for d in health.differences(applied, proposal)}
    assert used[WHOLE] > CROWDED
    told = "\n".join(as_lines(proposal, health.differences(applied, proposal), now=applied.now))
    assert f"warning: {WHOLE} would take up" in told
