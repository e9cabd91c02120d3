"""What must be looked after: damage, room, clocks, backups and the daily clean-up, each right, due and wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from engage.app import App
from engage.domain.events import DayStarted
from engage.store import condition
from engage.work import backups, relay, upkeep
from engage.work.checks import Finding
from tests.conftest import NOON
from tests.office import Clock, settle
from tests.work.backing_up import place, quiet


def looked(app: App) -> dict[str, Finding]:
    found = upkeep.upkeep(app, app.settings.data)
    assert all(f.remedy or f.level == "ok" for f in found), "what is not right says what to do"
    return {f.check: f for f in found}


def levels(app: App) -> dict[str, str]:
    return {name: found.level for name, found in looked(app).items()}


def test_a_system_that_is_well_is_said_to_be(applied: App):
    """But for the backup that nobody has made yet, which a rehearsal does not need."""
    applied.settings.data.mkdir(exist_ok=True)
    right = dict.fromkeys(("integrity", "database log", "disk", "clock", "retention"), "ok")
    assert levels(applied) == {**right, "backups": "warn"}


def test_a_live_system_needs_a_backup_that_is_not_old(sqlite_applied: App, clock: Clock):
    """Two days are late, eight are bad; a file that was taken away is said to be."""
    live = replace(sqlite_applied, is_live=True)
    assert levels(live)["backups"] == "bad"
    made = backups.make(live, place(live.settings), live.settings.data / "backups", keep=None, tell=quiet)
    for days, level in ((2, "ok"), (1, "warn"), (6, "bad")):
        clock.move(days=days)
        assert levels(live)["backups"] == level
    made.path.unlink()
    assert "not there any more" in looked(live)["backups"].sentence


def test_a_damaged_file_is_found(sqlite_applied: App):
    """In the middle, where nobody reads every day."""
    applied = sqlite_applied
    with applied.unit() as unit:
        unit.house.get("mode")
    path = Path(applied.settings.database.removeprefix("sqlite:///"))
    applied.database.close()
    whole = path.read_bytes()
    page = 4096
    path.write_bytes(whole[: 20 * page] + b"\xff" * page * 10 + whole[30 * page :])
    with applied.reading() as unit:
        assert condition.damage(unit.conn) is not None
    applied.database.close()
    path.write_bytes(whole)


@pytest.mark.parametrize(("free", "level"), [(10**13, "ok"), (10**9, "warn"), (10**8, "bad")])
def test_room_is_looked_at(sqlite_applied: App, monkeypatch: pytest.MonkeyPatch, free: int, level: str):
    """A full disk stops everything."""
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: SimpleNamespace(free=free))
    assert levels(sqlite_applied)["disk"] == level


def test_a_log_that_is_not_folded_in_is_seen(sqlite_applied: App, monkeypatch: pytest.MonkeyPatch):
    """Somebody reads for hours."""
    with sqlite_applied.unit() as unit:
        unit.house.put("x", "y")
    monkeypatch.setattr(upkeep, "SWOLLEN", 10)
    assert levels(sqlite_applied)["database log"] == "warn"


def test_a_database_whose_machine_has_another_time_is_bad(sqlite_applied: App, monkeypatch: pytest.MonkeyPatch):
    """Compared with this machine's own clock, wherever a rehearsal's stands."""
    for seconds, level in ((-4, "ok"), (4, "ok"), (-20, "bad"), (20, "bad")):
        theirs = datetime.now(UTC) + timedelta(seconds=seconds)
        monkeypatch.setattr(condition, "clock_of", lambda _conn, theirs=theirs: theirs)
        assert levels(sqlite_applied)["clock"] == level
    assert "differ by 20 s" in looked(sqlite_applied)["clock"].sentence


def test_a_clock_that_stepped_back_is_bad(applied: App, clock: Clock):
    """The relay was here later than now."""
    with applied.unit() as unit:
        unit.house.put(relay.ALIVE, (unit.now + timedelta(minutes=3)).isoformat())
    assert levels(applied)["clock"] == "bad"
    clock.move(minutes=4)
    assert levels(applied)["clock"] == "ok"


def test_a_clean_up_that_did_not_come_is_bad(sqlite_applied: App, clock: Clock):
    """The privacy page promises it; what is promised is in the finding."""
    with sqlite_applied.unit() as unit:
        unit.emit(DayStarted(day=NOON.date().isoformat()))
    settle(sqlite_applied)
    found = looked(sqlite_applied)["retention"]
    assert (found.level, "addresses 28 days" in found.sentence) == ("ok", True)
    clock.move(days=3)
    assert levels(sqlite_applied)["retention"] == "bad"
