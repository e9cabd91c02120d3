"""docs/running.md cannot rot: every command in it is run, in order, and must print what stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from engage.cli.commands import app
from tests.conftest import offset_to_noon
from tests.guides import DOCS, blocks, commands, prints
from tests.office import write_office
from tests.processes import run

GUIDE = DOCS / "running.md"


@pytest.mark.timeout(240)
def test_every_command_of_the_guide_prints_what_it_says(tmp_path: Path):
    """On a system of its own whose clock stands near one noon, with nothing else running."""
    write_office(tmp_path / "calendars")
    environment = {
        "ENGAGE_DATA_DIR": str(tmp_path / "var"),
        "ENGAGE_CALENDARS_DIR": str(tmp_path / "calendars"),
        "ENGAGE_NOW_OFFSET": offset_to_noon(),
    }
    newest = ""
    for command, expected in (step for block in blocks(GUIDE) for step in commands(block)):
        words = shlex.split(command.replace("BACKUP", newest).replace(" units", f" {tmp_path}/units"))
        assert words[0] == "engage"
        done = run(*words[1:], environment=environment)
        if words[1] == "backup":
            newest = done.out.strip()
        assert prints(expected, done), f"$ {command}\n{done.out}{done.err}"
    assert newest, "else there was no backup"


def test_every_command_that_the_guide_names_exists():
    """In its sentences too."""
    there = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    named = set(re.findall(r"(?:`|\$ )engage ([a-z]+)\b", GUIDE.read_text(encoding="utf-8")))
    assert named - there == set()
    assert {"up", "backup", "restore", "release", "doctor", "status", "install", "hold", "migrate"} <= named


def test_the_guide_names_no_machine():
    """It is everybody's."""
    assert not re.search(r"/(tmp|home/\w+|root)/", GUIDE.read_text(encoding="utf-8"))
