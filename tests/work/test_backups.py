"""Making backups of real databases while others write: whole, private and pruned, or not there."""

from __future__ import annotations

import json
import stat
import tarfile
from pathlib import Path

import pytest

from engage.app import App, build
from engage.domain.people import Wanted
from engage.errors import NotNow, Refused
from engage.work import backups
from tests.conftest import NOON
from tests.office import Clock, add_people
from tests.work.backing_up import back_up, bring_back, place, quiet


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
