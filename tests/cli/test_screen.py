"""The screen of `engage up`: what it shows, what it writes, and that the terminal is as before afterwards."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import stat
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from rich.console import Console

from engage.app import App
from engage.cli import screen
from engage.cli.screen import Journal, drawn
from engage.work.overview import overview
from engage.work.relay import put_on_hold
from tests.office import Office, apply, settle
from tests.processes import run

SHOWN, GONE = "\x1b[?1049h", "\x1b[?1049l"


def text_of(app: App, **given: object) -> str:
    console = Console(width=100, record=True, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123
    usual = {
        "url": "http://127.0.0.1:8000",
        "running": {"web": True, "relay": False},
        "tail": [],
        "log": Path("up.log"),
    }
    console.print(drawn(overview(app), **{**usual, **given}))
    console.file.close()
    return console.export_text()


def test_it_shows_what_comes_what_goes_and_what_is_wrong(sqlite_app: App):
    """Meetings in order, the way to the milestone, counts, and the gravest trouble first."""
    apply(sqlite_app)
    settle(sqlite_app)
    with sqlite_app.unit() as unit:
        put_on_hold(unit, "the drill")
    shown = text_of(sqlite_app, tail=["relay  | started"])
    assert "Westmark OCS  trial mode" in shown
    assert re.search(
        r"! ON HOLD: the drill.*\n.*\n *Next meetings\n *Tue 24 Nov 6:30pm +Talk winter-a +Eastfield", shown
    )
    assert re.search(r"Village Talks .* 695 of 700", shown)
    assert "0 subscribers. Messages: none yet" in shown
    assert "Processes: web relay" in shown
    assert "relay  | started" in shown


def test_before_anything_is_applied_it_says_so(sqlite_app: App):
    """An empty database is no error."""
    assert "No calendar applied yet" in text_of(sqlite_app)


def test_the_log_is_private_limited_and_keeps_its_last_lines_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A line comes in pieces, as print writes it."""
    monkeypatch.setattr(screen, "LARGEST", 200)
    journal = Journal(tmp_path / "data" / "up.log")
    for n in range(50):
        print("web |", f"line {n}", file=journal, flush=True)
    assert list(journal.tail) == [f"web | line {n}" for n in range(46, 50)]
    journal.close()
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    kept = journal.path.with_name("up.log.1").read_text() + journal.path.read_text()
    assert kept.endswith("web | line 49\n")
    assert len(kept) < 500


class Terminal:
    """A terminal with `engage up` in it."""

    def __init__(self, environment: dict[str, str], *words: str) -> None:
        self.mine, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.before = termios.tcgetattr(theirs)
        self.seen, self.theirs = "", theirs
        self.process = subprocess.Popen(
            [sys.executable, "-m", "engage", "up", *words],
            stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True,
        )  # fmt: skip

    def wait_for(self, words: str, within: float = 60) -> None:
        until = time.monotonic() + within
        while words not in self.seen:
            assert time.monotonic() < until, f"{words!r} did not appear in:\n{self.seen[-3000:]}"
            if select.select([self.mine], [], [], 0.2)[0]:
                self.seen += os.read(self.mine, 65_536).decode(errors="replace")

    def stop(self) -> int:
        self.process.send_signal(2)
        until = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < until:
            if select.select([self.mine], [], [], 0.2)[0]:
                self.seen += os.read(self.mine, 65_536).decode(errors="replace")
        while select.select([self.mine], [], [], 0.2)[0]:
            self.seen += os.read(self.mine, 65_536).decode(errors="replace")
        assert termios.tcgetattr(self.theirs) == self.before
        os.close(self.mine)
        os.close(self.theirs)
        return self.process.wait(5)


@pytest.mark.timeout(180)
def test_on_a_terminal_it_comes_and_goes_without_a_trace(tmp_path: Path, office: Office):
    """The meetings appear; after Ctrl-C the screen, the cursor and the terminal's modes are as before."""
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {name: value for name, value in os.environ.items() if not name.startswith("ENGAGE_")}
    settings = {"ENGAGE_CALENDARS_DIR": str(office.folder), "ENGAGE_DATA_DIR": str(tmp_path / "data"), "TERM": "xterm"}
    terminal = Terminal({**own, **settings}, "--port", str(port))
    try:
        terminal.wait_for("Next meetings")
    finally:
        code = terminal.stop()
    assert code == 0
    assert terminal.seen.count(SHOWN) == terminal.seen.count(GONE) == 1
    after = terminal.seen.partition(GONE)[2]
    assert "\x1b[?25h" in terminal.seen[terminal.seen.rindex("\x1b[?25l") :], "the cursor is back"
    assert f"What it said is in {tmp_path / 'data' / 'up.log'}" in after
    assert "ready http://127.0.0.1" in (tmp_path / "data" / "up.log").read_text()


def test_without_a_terminal_it_speaks_in_lines(tmp_path: Path):
    """As for systemd and honcho; a port that is taken is said in one line."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("up", "--port", str(taken.getsockname()[1]), environment={"ENGAGE_DATA_DIR": str(tmp_path)})
    assert done.code == 3
    assert SHOWN not in done.out + done.err
