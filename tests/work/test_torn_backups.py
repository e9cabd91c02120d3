"""What a restore refuses, and that nothing was touched then."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from engage.app import App
from engage.errors import NotFound, Refused
from engage.store.unit import Database
from tests.office import Clock, Office, meeting
from tests.work.backing_up import back_up, bring_back, on_hold


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
