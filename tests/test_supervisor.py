"""The supervisor, with small stand-in programs: what is restarted, what stops first, who goes down with it."""

import contextlib
import http.server
import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from engage.cli import up as command
from engage.cli.up import ensure_free, programs
from engage.embedded import claim
from engage.errors import NotNow
from engage.supervisor import Program, Supervisor

# A stand-in notes its start and end in a folder; what it does then is the argument.
STAND_IN = """
import os, pathlib, signal, sys, time
folder, name, what = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
def note(word):
    with open(folder / "log", "a") as log:
        log.write(f"{word} {name} {os.getpid()}\\n")
def leave(*_):
    note("left")
    sys.exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if what == "stay" else leave)
print(f"{name} speaks", flush=True)  # before anybody can have ended who listens
note("came")
if what.startswith("exit"):
    sys.exit(int(what.removeprefix("exit")))
while True:
    time.sleep(0.02)
"""

# A supervisor in a process of its own: `name=stops=what` for each stand-in.
SUPERVISOR = """
import signal, sys
from engage.supervisor import Program, Supervisor
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may have switched it off
folder, *rest = sys.argv[1:]
programs = []
for word in rest:
    name, stops, what = word.split("=")
    line = (sys.executable, "-m", "engage.lifeline", "stand_in", folder, name, what)
    programs.append(Program(name=name, stops=int(stops), command=line))
supervisor = Supervisor(programs, stop_limit=1.0)
supervisor.is_ready = True
sys.exit(supervisor.run())
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "stand_in.py").write_text(STAND_IN)
    (tmp_path / "log").write_text("")
    return tmp_path


@pytest.fixture
def start(folder):
    """Starts a supervisor over stand-ins; whatever it leaves behind is killed afterwards."""
    started = []

    def begin(*words, **options):
        path = os.pathsep.join([str(folder), *sys.path])
        line = [sys.executable, "-c", SUPERVISOR, str(folder), *words]
        process = subprocess.Popen(line, env={**os.environ, "PYTHONPATH": path}, stderr=subprocess.PIPE, **options)
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.stderr.close()
        process.wait()
    for _, _, pid in notes(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def notes(folder, word=None):
    """(word, name, pid) of each line the stand-ins wrote, in order."""
    lines = [line.split() for line in (folder / "log").read_text().splitlines()]
    return [(w, name, int(pid)) for w, name, pid in lines if word in (None, w)]


def until(question, limit=15.0):
    end = time.monotonic() + limit
    while not (answer := question()) and time.monotonic() < end:
        time.sleep(0.02)
    return answer


def test_a_program_that_died_is_started_again_and_said_in_one_line(folder, start):
    """A killed worker is back after its pause; the others run on."""
    supervisor = start("worker=2=run", "web=1=run")
    assert until(lambda: len(notes(folder, "came")) == 2)
    (pid,) = [pid for _, name, pid in notes(folder) if name == "worker"]
    os.kill(pid, signal.SIGKILL)
    assert until(lambda: len(notes(folder, "came")) == 3)
    supervisor.terminate()
    _, said = supervisor.communicate(timeout=15)
    assert b"engage | worker ended with SIGKILL; starting it again in 0.5 s" in said.replace(b"engage  |", b"engage |")
    assert [name for _, name, _ in notes(folder, "came")].count("web") == 1


def test_the_pause_grows_with_every_death(folder, start):
    """A program that cannot live does not keep a core busy."""
    supervisor = start("worker=1=exit1")
    lines = (line.decode() for line in iter(supervisor.stderr.readline, b""))
    pauses = (line.split()[-2] for line in lines if "starting it again" in line)
    assert [next(pauses), next(pauses), next(pauses)] == ["0.5", "1", "2"]
    supervisor.terminate()
    assert supervisor.wait(15) == 0


def test_they_stop_in_order_and_the_exit_code_is_0(folder, start):
    """Web first, the store last: nobody loses what it still needs."""
    supervisor = start("redis=4=run", "worker=3=run", "web=1=run", "relay=2=run")
    assert until(lambda: len(notes(folder, "came")) == 4)
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(15) == 0
    assert [name for _, name, _ in notes(folder, "left")] == ["web", "relay", "worker", "redis"]


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_every_signal_that_means_stop_stops(folder, start, signum):
    """Ctrl-C, a service manager and a closed terminal end in the same clean stop."""
    supervisor = start("web=1=run")
    assert until(lambda: notes(folder, "came"))
    supervisor.send_signal(signum)
    assert supervisor.wait(15) == 0
    assert notes(folder, "left")


def test_ctrl_c_on_the_terminal_reaches_only_the_supervisor(folder, start):
    """A signal to the whole process group must not stop the store before the workers."""
    supervisor = start("redis=2=run", "worker=1=run", start_new_session=True)
    assert until(lambda: len(notes(folder, "came")) == 2)
    os.killpg(supervisor.pid, signal.SIGINT)
    assert supervisor.wait(15) == 0
    assert [name for _, name, _ in notes(folder, "left")] == ["worker", "redis"]


def test_one_that_does_not_stop_is_killed_after_its_limit(folder, start):
    """A hanging program delays the stop by its limit only, and the exit code tells of it."""
    supervisor = start("web=1=stay", "redis=2=run")
    assert until(lambda: len(notes(folder, "came")) == 2)
    supervisor.terminate()
    _, said = supervisor.communicate(timeout=15)
    assert supervisor.returncode == 3
    assert b"did not stop in time and was killed" in said
    assert [name for _, name, _ in notes(folder, "left")] == ["redis"]


def test_programs_go_down_with_a_killed_supervisor(folder, start):
    """After SIGKILL of the supervisor nothing keeps running unseen: each program stops by itself, cleanly."""
    supervisor = start("web=1=run", "worker=2=run")
    assert until(lambda: len(notes(folder, "came")) == 2)
    supervisor.kill()
    assert until(lambda: len(notes(folder, "left")) == 2)


def test_what_they_say_carries_their_name(folder, start):
    """One stream tells who spoke."""
    supervisor = start("web=1=run", "worker=2=run")
    assert until(lambda: len(notes(folder, "came")) == 2)
    supervisor.terminate()
    _, said = supervisor.communicate(timeout=15)
    assert {b"web    | web speaks", b"worker | worker speaks"} <= set(said.splitlines())


@pytest.mark.parametrize("code", [2, 3])
def test_a_start_that_cannot_succeed_ends_instead_of_repeating(folder, code):
    """A wrong setting or a folder in use is said once; trying again would only repeat the sentence."""
    line = (sys.executable, str(folder / "stand_in.py"), str(folder), "redis", f"exit{code}")
    out = io.StringIO()
    supervisor = Supervisor([Program(name="redis", stops=1, command=line)], out=out)
    assert supervisor.run() == 3
    assert supervisor.is_over
    assert f"cannot start: redis ended with exit code {code}" in out.getvalue()
    assert out.getvalue().index("redis speaks") < out.getvalue().index("cannot start")


def test_signal_handlers_come_back(folder):
    """Running a supervisor inside a process leaves it as it was."""
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    line = (sys.executable, str(folder / "stand_in.py"), str(folder), "redis", "exit3")
    Supervisor([Program(name="redis", stops=1, command=line)], out=io.StringIO()).run()
    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_a_terminal_that_has_gone_silences_nobody(folder, start):
    """When nobody reads what is said any more, the work goes on."""
    supervisor = start("web=1=run", "worker=2=run")
    supervisor.stderr.close()
    assert until(lambda: len(notes(folder, "came")) == 2)
    os.kill(notes(folder, "came")[0][2], signal.SIGKILL)
    assert until(lambda: len(notes(folder, "came")) == 3)
    supervisor.terminate()
    assert supervisor.wait(15) == 0


def test_a_port_in_use_is_a_sentence_that_names_it():
    """Said before anything starts, and the exit code is that of NotNow."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            NotNow, match=rf"Port {port} on 127\.0\.0\.1 cannot be used \(Address already in use\).*--port"
        ):
            command.up(port=port)
    ensure_free("127.0.0.1", port)


def test_a_data_folder_in_use_is_a_sentence_before_anything_starts(tmp_path):
    """A second `engage up` on the same folder, with another port, must not half-run beside the first."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    lock = claim(tmp_path, "up.lock")
    with pytest.raises(NotNow, match="in use by another engage"):
        command.up(port=port, data=tmp_path)
    os.close(lock)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("no-such-host.invalid", 8000)])
def test_an_address_that_cannot_be_is_a_sentence_too(host, port):
    """A typing mistake gives no traceback."""
    with pytest.raises(NotNow, match=f"Port {port} on {host}"):
        ensure_free(host, port)


def test_ready_is_said_when_health_and_a_feed_answer(capfd, monkeypatch):
    """The line that others wait for means that residents can be served, not that a process exists."""
    asked = []

    class Web(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200 if len(asked) > 2 else 503)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Web) as web:
        threading.Thread(target=web.serve_forever, args=(0.01,)).start()
        supervisor = Supervisor([])
        command._tell_when_ready(supervisor, "127.0.0.1", web.server_port)
        web.shutdown()
    assert supervisor.is_ready
    assert capfd.readouterr().out == f"ready http://127.0.0.1:{web.server_port}\n"
    assert asked == ["/readyz", "/readyz", "/readyz", "/feeds/all.ics"]


def test_the_procfile_and_the_supervisor_run_the_same_processes():
    """`honcho start` and `engage up` are two ways to run one thing."""
    procfile = Path(__file__).parent.parent / "Procfile"
    lines = dict(line.split(": ", 1) for line in procfile.read_text().splitlines() if line and not line.startswith("#"))
    ours = {program.name: program.command for program in programs("127.0.0.1", 8000)}
    assert lines.keys() == ours.keys() == {"web", "relay", "worker", "urgent", "redis"}
    for name, line in lines.items():
        assert line.split("engage ")[1].split()[0] == {"urgent": "worker"}.get(name, name)
    assert lines["urgent"].endswith("--lane urgent")
    assert ours["urgent"][-2:] == ("--lane", "urgent")
