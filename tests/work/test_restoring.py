"""Bringing backups back into real databases: on hold, nobody is written to twice, and who left stays away."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from engage.app import App
from engage.domain.people import Wanted
from engage.store.house import Process
from engage.store.schema import delivery, signup
from engage.work import holds, people
from tests.office import Clock, Office, apply, mails, meeting, settle
from tests.work.backing_up import back_up, bring_back, on_hold
from tests.work.notices import address_all, issue, states_of


def test_what_comes_back_is_what_was_there(home: App, clock: Clock, office: Office):
    """On an empty machine: people, schedule and files are those of the backup, and everything is on hold."""
    made = back_up(home)
    files = {path.name: path.read_text() for path in office.folder.iterdir()}
    if made.manifest.engine == "sqlite":
        home.database.close()
        shutil.rmtree(office.folder)
        for path in Path(home.settings.database.removeprefix("sqlite:///")).parent.glob("engage.sqlite3*"):
            path.unlink()
    done = bring_back(home, made.path, clock, force=made.manifest.engine != "sqlite")
    assert {path.name: path.read_text() for path in office.folder.iterdir()} == files
    assert "a backup of 2026-11-23 12:00 UTC was restored" in (on_hold(home) or "")
    with home.reading() as unit:
        assert unit.people.counts() == {"confirmed": 2}
        assert unit.schedule.find("winter-a") is not None
    assert (done.aside is None) == (made.manifest.engine == "sqlite")


def test_staff_are_told_and_nobody_else(home: App, clock: Clock):
    """The mail about the hold passes it; an alert that waits does not."""
    issue(home, "waits", hours=240)
    address_all(home)
    made = back_up(home)
    bring_back(home, made.path, clock, force=True)
    before = len(mails(home))
    settle(home)
    told = mails(home)[before:]
    assert sorted(to for to, _ in told) == ["approver@example.org", "editor@example.org"]
    assert {subject for _, subject in told} == {"Nothing is being sent: engage is on hold"}


@pytest.mark.parametrize("send_overdue", [False, True])
def test_what_was_sent_after_the_backup_is_not_sent_again(home: App, clock: Clock, send_overdue: bool):
    """An alert goes out after the backup was made. After the release it is listed for a person, or goes on request."""
    issue(home, "once", hours=240)
    address_all(home)
    made = back_up(home)
    settle(home)
    assert len(mails(home, "ada")) == 1
    clock.move(hours=1)
    bring_back(home, made.path, clock, force=True)
    ended = holds.end(home, send_overdue=send_overdue)
    assert ended.was
    assert ended.aside == (0 if send_overdue else 2)
    settle(home)
    with home.reading() as unit:
        ada = unit.people.by_address("email", "ada@example.org").id
    assert states_of(home, ada, "alert:once") == ["sent" if send_overdue else "parked"]
    issue(home, "new", hours=240)
    settle(home)
    assert states_of(home, ada, "alert:new") == ["sent"], "what is new goes"
    assert not holds.end(home).was


def test_what_was_in_flight_is_sorted_as_after_a_crash_on_another_boot(home: App, clock: Clock):
    """A claim may hide a hand-off: both are in doubt, and their process is forgotten."""
    ids = issue(home, "flying", hours=240)
    address_all(home)
    del ids
    with home.unit() as unit:
        unit.house.beat(Process(id="w", role="worker", host="h", boot_id="b", pid=1, threads={}))
        claimed = unit.ledger.claim(channel="email", lane="normal", owner="w/1", limit=10)
        assert len(claimed) == 2
        unit.ledger.fence([claimed[0].id], "w/1")
    made = back_up(home)
    done = bring_back(home, made.path, clock, force=True)
    assert done.in_flight == 2
    with home.reading() as unit:
        assert unit.house.processes() == []
        rows = unit.conn.execute(select(delivery.c.state).where(delivery.c.notice_id == "alert:flying")).scalars()
        assert set(rows) == {"ambiguous"}


def test_files_that_differ_wait_for_a_person(home: App, clock: Clock, office: Office):
    """Somebody saved a meeting that the restored database does not know; the second plan needs nobody any more."""
    made = back_up(home)
    bring_back(home, made.path, clock, force=True)
    office.talks(meeting("winter-a", "2026-11-24T18:30:00"), meeting("new", "2026-12-20T18:30:00"))
    waiting = apply(home)
    assert any("A backup was restored" in reason for reason in waiting.waits_for)
    with home.reading() as unit:
        assert unit.schedule.find("new") is None
    apply(home, confirm=waiting.fingerprint)
    with home.reading() as unit:
        assert unit.schedule.find("new") is not None
    office.talks(meeting("winter-a", "2026-11-24T18:30:00"), meeting("newer", "2026-12-21T18:30:00"))
    assert apply(home).waits_for == ()


def test_files_that_are_the_same_wait_for_nobody(home: App, clock: Clock, office: Office):
    """The watcher applies them when it starts; the next edit is an ordinary one."""
    made = back_up(home)
    assert bring_back(home, made.path, clock, force=True).left == 0, "which is known"
    assert apply(home).waits_for == ()
    office.write("tips.toml", (office.folder / "tips.toml").read_text().replace("Lock the back", "Lock every"))
    office.talks(
        meeting("winter-a", "2026-11-24T18:30:00"),
        meeting("winter-b", "2026-12-08T18:30:00"),
        meeting("harbour-a", "2026-12-15T18:30:00", venue="quay"),
        meeting("new", "2026-12-20T18:30:00"),
    )
    assert apply(home).waits_for == ()


def test_who_left_after_the_backup_stays_away(home: App, clock: Clock):
    """Ada left, Ben asked to be forgotten: the older database is told both before anybody uses it (S46)."""
    made = back_up(home)
    with home.reading() as unit:
        ada, ben = (unit.people.by_address("email", f"{name}@example.org").id for name in ("ada", "ben"))
    people.leave(home, ada, how="link")
    people.forget(home, ben)
    assert bring_back(home, made.path, clock, force=True).left == 2
    holds.end(home)
    issue(home, "later", hours=240)
    settle(home)
    assert mails(home, "ada") == mails(home, "ben") == []
    assert states_of(home, ada, "alert:later") in ([], ["suppressed"])
    with home.reading() as unit:
        assert unit.people.by_address("email", "ben@example.org") is None


def test_who_had_left_already_and_was_forgotten_after_the_backup_stays_forgotten(home: App, clock: Clock):
    """Their address was still in the backup, so that a mistake could be put right."""
    with home.reading() as unit:
        ada = unit.people.by_address("email", "ada@example.org").id
    people.leave(home, ada, how="link")
    made = back_up(home)
    people.forget(home, ada)
    bring_back(home, made.path, clock, force=True)
    with home.reading() as unit:
        assert unit.people.by_address("email", "ada@example.org") is None


def test_who_came_back_under_the_old_number_and_was_forgotten_again_stays_forgotten(home: App, clock: Clock):
    """In the backup the address is still that of the number which they were given until they pressed the button."""
    with home.reading() as unit:
        ada = unit.people.by_address("email", "ada@example.org").id
    people.forget(home, ada)
    people.sign_up(home, "email", "ada@example.org", Wanted(), network="n")
    with home.reading() as unit:
        asked = unit.conn.execute(select(signup.c.id)).scalar_one()
    made = back_up(home)
    assert people.confirm(home, asked) == ada
    people.forget(home, ada)
    bring_back(home, made.path, clock, force=True)
    assert people.confirm(home, asked) is None
    with home.reading() as unit:
        assert unit.people.by_address("email", "ada@example.org") is None
