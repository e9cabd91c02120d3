"""Watching a send: what is shown, when it ends, and that leaving it stops nothing."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from engage.app import App
from engage.cli import alerts as commands
from engage.cli.progress import Pace, follow, seconds_left
from engage.domain.alerts import Severity
from engage.domain.people import Frequency, Wanted
from engage.errors import Refused
from engage.store.house import Process
from engage.work.relay import put_on_hold
from engage.work.sending import Sending, look
from tests.office import Clock, add_people, apply, mails, settle
from tests.work.notices import address_all, issue

NOTICE = "alert:a"


@pytest.fixture
def ready(sqlite_app: App) -> Iterator[App]:
    """Ten people, and a worker that says it lives; what the machine logs is not the command's output."""
    with capture_logs():
        apply(sqlite_app)
        settle(sqlite_app)
        add_people(sqlite_app, *((f"p{i}", Wanted()) for i in range(10)))
        beat(sqlite_app)
        yield sqlite_app


def beat(app: App) -> None:
    process = Process(id="w", role="worker", host="h", boot_id="b", pid=1, threads={"deliver": 4})
    with app.unit() as unit:
        unit.house.beat(process)


def put_in_hold(app: App) -> None:
    with app.unit() as unit:
        put_on_hold(unit, "the drill")


def halt(app: App) -> None:
    with app.unit() as unit:
        unit.house.halt_channel("email", until=unit.now.replace(year=2027), why="It is full.", failures=1)


def soon(work, *given, after: float = 0.4) -> threading.Thread:
    """Do it in another thread in a moment."""
    thread = threading.Timer(after, work, given)
    thread.start()
    return thread


def settle_once_issued(app: App) -> None:
    """However long the command takes to issue it."""
    while not mails(app):
        settle(app)


def test_it_stays_until_everything_has_gone(ready: App, capsys: pytest.CaptureFixture[str]):
    """Without a terminal, a line a second on stderr and nothing on stdout."""
    issue(ready, "a")
    sending = soon(settle, ready, after=1.2)
    follow(ready, NOTICE, 1)
    sending.join()
    out, err = capsys.readouterr()
    assert (out, len(mails(ready))) == ("", 10)
    assert err.splitlines()[0].startswith("0 of 0, 0/s")
    assert err.splitlines()[-1].startswith("10 sent in ")
    assert 3 <= len(err.splitlines()) <= 5


def test_on_a_terminal_there_is_a_bar(ready: App, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """With counts and rate; the last line stays when it is gone."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    issue(ready, "a")
    sending = soon(settle, ready)
    follow(ready, NOTICE, 1)
    sending.join()
    err = capsys.readouterr().err
    assert "10/10" in err
    assert "/s" in err
    assert "10 sent in " in err.splitlines()[-1]


def test_programs_read_one_object_a_line(ready: App, capsys: pytest.CaptureFixture[str]):
    """The last says that it is done; the counts only grow."""
    issue(ready, "a")
    sending = soon(settle, ready)
    follow(ready, NOTICE, 1, as_json=True)
    sending.join()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["done"] for line in lines] == [False] * (len(lines) - 1) + [True]
    assert (lines[-1]["planned"], lines[-1]["settled"], lines[-1]["states"]) == (10, 10, {"sent": 10})
    assert sorted(line["settled"] for line in lines) == [line["settled"] for line in lines]


def test_leaving_it_leaves_the_send_running(ready: App, capsys: pytest.CaptureFixture[str]):
    """Ctrl-C, and a sentence that says so."""
    issue(ready, "a")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # who started us may have switched it off
    soon(signal.raise_signal, signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        follow(ready, NOTICE, 1)
    signal.signal(signal.SIGINT, before)
    assert f"The send goes on without you. Look again: engage trace {NOTICE}" in capsys.readouterr().err
    settle(ready)
    assert len(mails(ready)) == 10


@pytest.mark.parametrize(
    ("happens", "sentence"),
    [
        (put_in_hold, "on hold (the drill)"),
        (lambda app: app.clock.move(minutes=2), "No worker is running"),
        (halt, "The mail server does not take messages (It is full.)"),
    ],
)
def test_nobody_waits_for_what_does_not_move(ready: App, capsys: pytest.CaptureFixture[str], happens, sentence: str):
    """It says why nothing goes, and ends."""
    issue(ready, "a")
    address_all(ready)
    happens(ready)
    began = time.monotonic()
    follow(ready, NOTICE, 1)
    assert time.monotonic() - began < 40
    assert sentence in capsys.readouterr().err


def test_what_waits_for_the_morning_or_a_digest_is_not_waited_for(ready: App, clock: Clock, capsys):
    """At ten at night nobody sits until eight."""
    add_people(ready, ("ada", Wanted(frequency=Frequency.DAILY)))
    clock.move(hours=10)
    beat(ready)
    issue(ready, "a", severity=Severity.ADVICE, hours=200)
    address_all(ready)
    follow(ready, NOTICE, 1)
    last = capsys.readouterr().err.splitlines()[-1]
    assert "1 reserved" in last
    assert "10 wait until Tuesday 08:00 or later" in last
    assert look(ready, NOTICE, 1).is_over


def test_a_rate_is_of_the_last_seconds():
    """Not of the whole: a send that slows down is seen to."""
    pace = Pace()
    assert pace(0.0, 0) == 0
    assert pace(2.0, 200) == 100
    assert pace(10.0, 1000) == 100
    for second in range(11, 20):
        last = pace(float(second), 1000)
    assert last == 0


@pytest.mark.parametrize(
    ("planned", "states", "rate", "left"),
    [
        (100, {"sent": 50, "ready": 50}, 10, 5),
        (100, {"sent": 50}, 10, 5),  # the fan-out is still writing
        (100, {"sent": 50, "reserved": 50}, 10, 0),
        (100, {"ready": 100}, 0, None),
        (0, {}, 10, None),
    ],
)
def test_the_time_left_is_that_of_rows_that_can_go(planned: int, states: dict[str, int], rate: float, left: int | None):
    """Rows not written yet count; those of a digest do not."""
    found = Sending(notice_id=NOTICE, version=1, planned=planned, states=states)
    assert seconds_left(found, rate) == left


FILE = """\
+++
title = "Burglaries"
areas = ["eastfield"]
expires = 2026-11-24T12:00:00
+++
Lock your back door tonight.
"""


@pytest.mark.parametrize(("wait", "lines"), [(None, 1), (False, 1), (True, 2)])
def test_send_with_json_is_one_document_and_a_stream_when_it_waits(ready: App, tmp_path, capsys, monkeypatch, wait, lines):  # fmt: skip
    """Programs that only issue read one document; those that watch read lines until `done`."""
    monkeypatch.setattr(commands, "opened", lambda: ready)
    path = tmp_path / "burglaries.md"
    path.write_text(FILE)
    sending = soon(settle_once_issued, ready)
    with pytest.raises(commands.typer.Exit):
        commands.send(path, submitter="editor", wait=wait, as_json=True)
    sending.join()
    out = capsys.readouterr().out
    if lines == 1:
        assert json.loads(out)["people"] == 10
    else:
        first, *others = map(json.loads, out.splitlines())
        assert first["people"] == 10
        assert others[-1]["done"]


def test_who_submits_is_staff(ready: App, tmp_path, monkeypatch):
    """Else the same person could submit under any name and approve under their own."""
    monkeypatch.setattr(commands, "opened", lambda: ready)
    path = tmp_path / "burglaries.md"
    path.write_text(FILE)
    with pytest.raises(Refused, match=r'"edtor" is not in \[\[staff\]\] of office.toml. Did you mean "editor"\?'):
        commands.send(path, submitter="edtor")
    assert mails(ready) == []
