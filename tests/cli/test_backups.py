"""`engage backup` and `engage restore`, as they are typed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from engage.cli.commands import app as commands
from tests.office import Office


@pytest.fixture
def settings(tmp_path: Path, office: Office, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment of an office with a database; its data folder."""
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(sqlite_template, data / "engage.sqlite3")
    for name, value in (("DATA_DIR", data), ("CALENDARS_DIR", office.folder), ("TEMPLATES_DIR", tmp_path / "wording")):
        monkeypatch.setenv(f"ENGAGE_{name}", str(value))
    return data


def engage(*words: object) -> Result:
    return CliRunner().invoke(commands, [str(word) for word in words])


def test_a_backup_prints_its_path_and_says_what_is_in_it(settings: Path, tmp_path: Path):
    """The path alone on stdout, for scripts; that it holds addresses, and not the settings, for people."""
    done = engage("backup")
    assert done.exit_code == 0
    path = Path(done.stdout.strip())
    assert path.parent == settings / "backups"
    assert path.is_file()
    assert "People's addresses are in it" in done.stderr
    assert "settings (.env) are not in it" in done.stderr
    assert done.stderr.startswith("copying ")
    told = json.loads(engage("backup", tmp_path / "stick", "--keep", 1, "--json").stdout)
    assert Path(told["path"]).parent == tmp_path / "stick"
    assert "database" in told["files"]


def test_wording_of_ones_own_goes_along(settings: Path, tmp_path: Path):
    """Templates that go before ours; ours are part of the program and stay out."""
    (tmp_path / "wording" / "notices").mkdir(parents=True)
    (tmp_path / "wording" / "notices" / "tip.subject.txt").write_text("A tip")
    assert "templates/notices/tip.subject.txt" in json.loads(engage("backup", "--json").stdout)["files"]
    (tmp_path / "empty").mkdir()


def test_a_restore_says_what_comes_next(settings: Path, office: Office):
    """Refused while something is there, then done: on hold, and where the old is."""
    path = engage("backup").stdout.strip()
    refused = engage("restore", path)
    assert refused.exit_code != 0
    assert "--force" in str(refused.exception)
    done = engage("restore", path, "--force")
    assert done.exit_code == 0, done.stderr
    assert "ON HOLD" in done.stderr
    assert "What was there before is in" in done.stderr
    assert "ON HOLD" in engage("status").stdout
    assert "Released" in engage("release").stderr
