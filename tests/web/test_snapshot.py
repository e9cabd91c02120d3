"""The state in memory: what it loads, how it follows the database, and what it does without one."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from engage.work import pages
from tests.office import apply, meeting, settle


def test_the_snapshot_loads_only_what_changed(browser, office, monkeypatch):
    """One edit among many costs one entry."""
    asked = []
    real = pages.from_body
    monkeypatch.setattr(pages, "from_body", lambda body, cls: asked.append(cls) or real(body, cls))
    office.talks(
        meeting("winter-a", "2026-11-24T19:30:00"),
        meeting("winter-b", "2026-12-08T18:30:00"),
        meeting("harbour-a", "2026-12-15T18:30:00", venue="quay"),
    )
    before = browser.site.snapshot.shown
    browser.publish()
    after = browser.site.snapshot.shown
    assert after.revisions["winter-b"] is before.revisions["winter-b"]
    assert after.revisions["winter-a"].number == 2
    assert set(after.histories) == {"winter-a"}
    assert len(asked) == 2  # the two revisions of winter-a


def test_the_snapshot_follows_by_itself(anywhere, office):
    """Within a few polls of 200 ms, without anybody asking."""
    office.talks(meeting("new-one", "2026-12-20T18:30:00"))
    apply(anywhere.app)
    settle(anywhere.app)
    until = time.monotonic() + 10
    while b"UID:new-one@" not in anywhere.get("/feeds/all.ics").content and time.monotonic() < until:
        time.sleep(0.05)  # the page may come a poll before the feed, which a worker publishes after the apply
    assert b"UID:new-one@" in anywhere.get("/feeds/all.ics").content
    assert anywhere.get("/meetings/new-one").status_code == 200


def test_a_database_that_is_away_keeps_the_last_good_state(browser, listen):
    """C17: the same bytes; it is said once, and it is noticed when the database is back."""
    snapshot, path = browser.site.snapshot, Path(browser.app.database.engine.url.database)
    snapshot.stop()
    before = browser.get("/feeds/all.ics").content
    browser.app.database.close()
    away = path.with_suffix(".away")
    shutil.move(path, away)
    path.mkdir()
    heard = listen()
    try:
        snapshot._look()
        snapshot._look()
        assert browser.get("/feeds/all.ics").content == before
        assert browser.get("/readyz").status_code == 200
    finally:
        path.rmdir()
        shutil.move(away, path)
    with browser.app.unit() as unit:
        unit.house.count_up("schedule")
    snapshot._look()
    said = heard()
    assert said.count("state not refreshed, serving the last good one") == 1
    assert said.count("state refreshed again") == 1


def test_a_restored_backup_counts_from_further_back(browser):
    """A counter that is lower than what was seen loads everything again."""
    snapshot = browser.site.snapshot
    snapshot.stop()
    snapshot._seen["feeds"] += 5
    snapshot.feeds.answers = {}
    assert snapshot.refresh()
    assert browser.get("/feeds/all.ics").status_code == 200
