"""Progress of long commands: silence below a second, a line in a log, a bar with a rate on a terminal."""

from __future__ import annotations

import io
import time

import pytest
from rich.console import Console

from engage.cli import steps as module
from engage.cli.steps import in_bytes, steps


def walked(step: str, *, seconds: float) -> None:
    """A step of a hundred in four strides."""
    with steps() as tell:
        for done in (0, 25, 50, 75):
            tell(step, done, 100)
            time.sleep(seconds / 4)
        tell(step, 100, 100)


def test_what_is_quick_says_nothing(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """Neither on stdout nor in the log."""
    monkeypatch.setattr(module, "LONG", 0.5)
    walked("copying", seconds=0.0)
    time.sleep(0.6)
    assert capsys.readouterr() == ("", "")


def test_what_takes_long_is_one_line_in_a_log(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """On stderr, once, with how much it is."""
    monkeypatch.setattr(module, "LONG", 0.05)
    walked("copying", seconds=0.4)
    assert capsys.readouterr() == ("", "copying 100 ...\n")


def test_a_terminal_gets_a_bar_with_a_rate(monkeypatch: pytest.MonkeyPatch):
    """And what is left; a step that fails leaves no bar behind that moves."""
    monkeypatch.setattr(module, "LONG", 0.05)
    out = io.StringIO()
    monkeypatch.setattr(module, "Console", lambda file: Console(file=out, force_terminal=True, width=80))  # noqa: ARG005
    walked("verifying", seconds=0.6)
    assert "verifying" in out.getvalue()
    assert "/s" in out.getvalue()
    assert "0:00:0" in out.getvalue()


def test_bytes_are_said_in_thousands_and_millions():
    """Of a backup nobody counts single ones."""
    assert (in_bytes(1_440_000), in_bytes(44_100)) == ("1.4 MB", "44 kB")
