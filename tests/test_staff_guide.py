"""docs/staff-guide.md cannot rot: a system of its own is taken through it, word by word, with real processes.

Files are edited as its blocks say, commands are run as it types them, addresses are opened.
"""

from __future__ import annotations

import re
import shlex
import shutil
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from urllib.request import urlopen

import pytest
import tomli
import typer

from engage.channels.mailbox import list_mail
from engage.cli.commands import app
from tests import processes
from tests.conftest import offset_to_noon
from tests.guides import DOCS, Block, blocks, commands, prints
from tests.processes import Done

GUIDE = DOCS / "staff-guide.md"
SERVED = "http://127.0.0.1:8000"
LOOKS = ("history", "status", "milestones", "feed", "alert show", "alert list", "trace", "deliveries", "plan", "brief")
PATIENCE = 30.0  # seconds until processes have done what a look waits for
TABLE = re.compile(r"^\[\[?\w+\]?\]\n(?:(?!^\s*$).*\n?)*", re.MULTILINE)  # up to an empty line


@dataclass
class Desk:
    """A press officer's machine: a folder, a terminal, and a second one in which the system runs."""

    folder: Path
    port: int
    system: BaseProcess | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def do(self, block: Block) -> None:
        self._open_pages(block.before)
        if block.language == "console":
            for command, expected in commands(block):
                self._type(command, expected)
        else:
            self._edit(block)

    def _type(self, command: str, expected: str) -> None:
        words = shlex.split(command)
        assert words[0] == "engage", command
        if words[1] == "up":
            self._start(expected)
            return
        done = self._run(words[1:])
        until = time.monotonic() + (PATIENCE if self.system and command.startswith(_LOOKS) else 0)
        while not prints(self._here(expected), done) and time.monotonic() < until:
            time.sleep(0.2)
            done = self._run(words[1:])
        assert prints(self._here(expected), done), f"$ {command}\n{done.out}{done.err}"

    def _run(self, words: list[str]) -> Done:
        return processes.run(*map(self._here, words), environment=self.environment, within=self.folder)

    def _here(self, text: str) -> str:
        return text.replace(SERVED, f"http://127.0.0.1:{self.port}")

    def _start(self, expected: str) -> None:
        log, words = self.folder / "up.log", ("up", "--plain", "--port", f"{self.port}")
        self.system = processes.start(processes.program, "engage", words, self.environment, f"{log}")
        _wait(lambda: log.exists() and self._here(expected) in log.read_text(), f"{expected} from engage up")

    def _edit(self, block: Block) -> None:
        """The file is the last that the sentence before names; a table or a line takes the place of its like."""
        name = re.findall(r"`([\w/.-]+\.(?:toml|csv|md))`", block.before)[-1]
        path = self.folder / name
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(_edited(before, block) if block.language == "toml" else block.text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") != before, f"{name} says that already:\n{block.text}"

    def _open_pages(self, text: str) -> None:
        for address in re.findall(rf"{SERVED}[\w/.-]*[\w/]", text) if self.system else ():
            with urlopen(self._here(address), timeout=10) as answer:
                assert answer.status == 200

    def mails(self, to: str) -> list[str]:
        return [m.subject for m in list_mail(self.folder / "var" / "trial-mail", 1000) if m.to == f"{to}@example.org"]

    def leave(self) -> None:
        if self.system is not None:
            self.system.terminate()
            self.system.join(30)
            assert self.system.exitcode == 0


_LOOKS = tuple(f"engage {look}" for look in LOOKS)


def _edited(text: str, block: Block) -> str:
    said = block.text
    if not said.startswith("["):  # single lines, each in place of the one with its key
        for line in said.splitlines():
            key = line.partition("=")[0].strip()
            text, n = re.subn(rf"^{key} = .*$", lambda _, line=line: line, text, flags=re.MULTILINE)
            assert n == 1, line
        return text
    names = _name(said)
    for table in TABLE.finditer(text):
        if _name(table[0]) == names:
            return text[: table.start()] + said + text[table.end() :]
    return f"{text.rstrip()}\n\n{said}"


def _name(table: str) -> tuple[str, ...]:
    """What makes a table the same table: its header with its id, or with its series and date."""
    named = re.findall(r"^(?:\[.*|(?:id|series|date) = \S+)", table, re.MULTILINE)
    return tuple(named)


def _wait(condition: Callable[[], object], what: str) -> None:
    until = time.monotonic() + 2 * PATIENCE
    while not condition():
        assert time.monotonic() < until, what
        time.sleep(0.1)


@pytest.fixture
def desk(tmp_path: Path):
    """The sample office on the morning of a Monday in November 2026, with nothing made yet."""
    shutil.copytree(DOCS.parent / "calendars", tmp_path / "calendars", ignore=shutil.ignore_patterns(".*"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = Desk(tmp_path, port)
    found.environment = {
        "ENGAGE_DATA_DIR": f"{tmp_path / 'var'}",
        "ENGAGE_CALENDARS_DIR": f"{tmp_path / 'calendars'}",
        "ENGAGE_NOW_OFFSET": offset_to_noon(),
        "ENGAGE_BASE_URL": f"http://127.0.0.1:{port}",  # as if its port were the one in the guide
        "BROWSER": "true %s",
    }
    yield found
    found.leave()


@pytest.mark.timeout(300)
def test_the_guide_can_be_followed_word_by_word(desk: Desk):
    """And those whom it says are told have their mail: the alert, approved by a second person, and the move."""
    for block in blocks(GUIDE):
        desk.do(block)
    assert desk.mails("ada")[::-1] == [
        "New time: Staying safe online, Wed 16 Dec",
        "Warning: Sheds broken into in North Ormesby",
        "Correction: Sheds broken into in North Ormesby",
        "Withdrawn: Sheds broken into in North Ormesby",
    ]
    assert desk.mails("approver") == ["An alert waits for you: Sheds broken into in North Ormesby"]
    assert desk.mails("editor") == ["TEST, not sent to residents: Warning: Sheds broken into in North Ormesby"]


def test_every_command_that_the_guide_names_exists():
    """In its sentences too, down to the noun's verb."""
    there = typer.main.get_command(app)
    for noun, verb in re.findall(r"(?:`|\$ )engage ([a-z]+) ?([a-z]*)", GUIDE.read_text(encoding="utf-8")):
        command = there.commands[noun]  # type: ignore[attr-defined]
        assert not hasattr(command, "commands") or verb in command.commands, f"engage {noun} {verb}"


def test_the_guide_shows_no_file_that_is_not_toml():
    """Whoever copies a block gets what can be read."""
    for block in blocks(GUIDE):
        if block.language == "toml":
            assert tomli.loads(block.text)
