"""`engage backup` and `engage restore`, as they are typed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.office import Office
from tests.processes import Done, run


@pytest.fixture
def settings(tmp_path: Path, office: Office, sqlite_template: Path) -> dict[str, str]:
    """The environment of an office with a database."""
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(sqlite_template, data / "engage.sqlite3")
    given = {"DATA_DIR": data, "CALENDARS_DIR": office.folder, "TEMPLATES_DIR": tmp_path / "wording"}
    return {f"ENGAGE_{name}": str(value) for name, value in given.items()}


def engage(settings: dict[str, str], *words: object) -> Done:
    return run(*map(str, words), environment=settings)


def test_a_backup_prints_its_path_and_says_what_is_in_it(settings: dict[str, str], tmp_path: Path):
    """The path alone on stdout, for scripts; that it holds addresses, and not the settings, for people."""
    done = engage(settings, "backup")
    assert done.code == 0
    path = Path(done.out.strip())
    assert path.parent == Path(settings["ENGAGE_DATA_DIR"]) / "backups"
    assert path.is_file()
    assert "People's addresses are in it" in done.err
    assert "settings (.env) are not in it" in done.err
    told = json.loads(engage(settings, "backup", tmp_path / "stick", "--keep", 1, "--json").out)
    assert Path(told["path"]).parent == tmp_path / "stick"
    assert "database" in told["files"]


def test_wording_of_ones_own_goes_along(settings: dict[str, str], tmp_path: Path):
    """Templates that go before ours; ours are part of the program and stay out."""
    (tmp_path / "wording" / "notices").mkdir(parents=True)
    (tmp_path / "wording" / "notices" / "tip.subject.txt").write_text("A tip")
    assert "templates/notices/tip.subject.txt" in json.loads(engage(settings, "backup", "--json").out)["files"]


def test_a_restore_says_what_comes_next(settings: dict[str, str], office: Office):
    """Refused while something is there, then done: on hold, and where the old is."""
    path = engage(settings, "backup").out.strip()
    refused = engage(settings, "restore", path)
    assert refused.code != 0
    assert "--force" in refused.err
    done = engage(settings, "restore", path, "--force")
    assert done.code == 0, done.err
    assert "ON HOLD" in done.err
    assert "What was there before is in" in done.err
    assert "ON HOLD" in engage(settings, "status").out
    assert "Released" in engage(settings, "release").err
