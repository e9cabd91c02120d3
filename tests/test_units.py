"""systemd units: what systemd itself says of them, and what they must hold wherever the project lies."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engage.cli.commands import app as commands
from engage.units import Installation, separately, together

ANALYSE = shutil.which("systemd-analyze")
COMMAND = Path(sys.executable).with_name("engage")


def installation(project: Path, **given: object) -> Installation:
    usual = {"command": COMMAND, "data": project / "var", "user": "root", "host": "127.0.0.1", "port": 8000}
    return Installation(project=project, **{**usual, **given})


@pytest.mark.skipif(ANALYSE is None, reason="systemd is not on this machine")
@pytest.mark.parametrize(("make", "name"), [(together, "our 100% engage"), (separately, "engage")])
def test_systemd_finds_nothing_to_mend(tmp_path: Path, make, name: str):
    """Every key is known to it, every path is absolute, and the command is there; a folder may have any name."""
    project = tmp_path / name
    (project / "var").mkdir(parents=True)
    units = make(installation(project))
    for file, text in units.items():
        (tmp_path / file).write_text(text)
    paths = [str(tmp_path / file) for file in units]
    done = subprocess.run([ANALYSE, "verify", *paths], capture_output=True, text=True, timeout=60, check=False)
    about_us = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "engage" in line]
    assert about_us == []


def test_every_service_is_kept_up_and_kept_in():
    """Restarted always, as its own account, able to write in the data folder only."""
    for make in (together, separately):
        units = make(installation(Path("/srv/engage"), user="engage"))
        for name, text in units.items():
            if name.endswith(".service"):
                assert "User=engage\n" in text
                assert "NoNewPrivileges=true\nCapabilityBoundingSet=\n" in text
                assert "ProtectSystem=strict\n" in text
                assert "ReadWritePaths=/srv/engage/var\n" in text
                assert ("Restart=always" in text) is (name != "engage-backup.service")
        assert "engage-backup.timer" in units


def test_a_project_below_home_stays_readable():
    """ProtectHome would hide it."""
    assert "ProtectHome=read-only" in together(installation(Path("/home/ada/engage")))["engage.service"]
    elsewhere = installation(Path("/srv/engage"), command=Path("/srv/engage/.venv/bin/engage"))
    assert "ProtectHome=true" in together(elsewhere)["engage.service"]


def test_the_same_five_processes_as_everywhere():
    """What the Procfile names."""
    procfile = (Path(__file__).parents[1] / "Procfile").read_text()
    named = {line.partition(":")[0] for line in procfile.splitlines() if line and not line.startswith("#")}
    units = separately(installation(Path("/srv/engage")))
    there = {name.removeprefix("engage-").removesuffix(".service") for name in units if name.endswith(".service")}
    assert there - {"backup"} == named


def test_nothing_is_written_unless_a_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Printed by default; with a folder, the files and the commands that use them."""
    monkeypatch.setenv("ENGAGE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    shown = CliRunner().invoke(commands, ["install", "--print"])
    assert shown.exit_code == 0
    assert "# --- engage.service\n[Unit]" in shown.stdout
    assert "systemctl enable --now engage.service engage-backup.timer" in shown.stderr
    assert list(tmp_path.iterdir()) == []
    done = CliRunner().invoke(commands, ["install", "--write", "units", "--separate", "--user", "sam"])
    assert done.exit_code == 0
    assert "User=sam" in (tmp_path / "units" / "engage-web.service").read_text()
    assert f"{tmp_path}/units/engage.target" in done.stderr
