"""`engage up`: the Procfile's processes under one supervisor, and the line that says when residents can be served."""

from __future__ import annotations

import http.client
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

from engage.embedded import claim
from engage.errors import NotNow
from engage.settings import Settings
from engage.supervisor import Program, Supervisor

if TYPE_CHECKING:
    from engage.work.kit import Kit
    from engage.work.overview import Overview

PROBES = ("/readyz", "/feeds/all.ics")
PATIENCE = 60.0  # seconds until a slow start is mentioned


def up(host: str = "127.0.0.1", port: int = 8000, data: Path | None = None, *, plain: bool = False) -> int:
    """Run until SIGINT or SIGTERM and return the exit code; NotNow when port or folder is taken.

    On a terminal a screen shows how it goes, unless *plain*; otherwise the processes' lines are repeated.
    """
    environment = dict(os.environ, PYTHONUNBUFFERED="1")
    if data is not None:
        environment["ENGAGE_DATA_DIR"] = str(data)
    if sys.stderr.isatty():
        environment.setdefault("ENGAGE_LOG_FORMAT", "console")
    # Read here too, so that what is wrong is said once and not by five processes.
    settings = Settings.read(**({} if data is None else {"data_dir": data}))
    ensure_free(host, port)
    lock = claim(settings.data, "up.lock")
    if settings.base_url is None:  # so that links in messages lead here, also of those that commands send
        environment["ENGAGE_BASE_URL"] = url = f"http://{_shown(host)}:{port}"
        settings.address_file.write_text(f"{url}\n")
    has_screen = not plain and sys.stdout.isatty() and sys.stderr.isatty()
    run = _on_screen if has_screen else _in_lines
    try:
        return run(settings, environment, host, port)
    finally:
        os.close(lock)


def _in_lines(_settings: Settings, environment: Mapping[str, str], host: str, port: int) -> int:
    supervisor = Supervisor(programs(host, port), environment=environment)
    threading.Thread(target=_tell_when_ready, args=(supervisor, host, port), daemon=True).start()
    return supervisor.run()


def _on_screen(settings: Settings, environment: Mapping[str, str], host: str, port: int) -> int:
    """The screen takes the terminal; what matters afterwards is said again when it has given it back."""
    from engage.cli.screen import Journal, shown

    journal = Journal(settings.data / "up.log")
    url = f"http://{_shown(host)}:{port}"
    supervisor = Supervisor(programs(host, port), environment=environment, out=cast(TextIO, journal))
    threading.Thread(target=_tell_when_ready, args=(supervisor, host, port, journal), daemon=True).start()
    with shown(journal, supervisor, _looker(settings), url):
        code = supervisor.run()
    last = [*journal.tail] if code else []
    print("\n".join([*last, f"engage has stopped. What it said is in {journal.path}"]), file=sys.stderr)
    return code


def _looker(settings: Settings) -> Callable[[], Overview]:
    """Everything heavy is loaded when the processes are up: they come first."""
    built: list[Kit] = []

    def look() -> Overview:
        from engage.app import build
        from engage.work.overview import overview

        if not built:
            built.append(build(settings))
        return overview(built[0])

    return look


def programs(host: str, port: int) -> tuple[Program, ...]:
    """What the Procfile names, each ending with this process; web stops first and the store last."""
    return (
        _program("redis", 4, "engage", "redis"),
        _program("relay", 2, "actors.relay"),
        _program("web", 1, "engage.web.server", "--host", host, "--port", str(port)),
        _program("worker", 3, "actors.worker"),
        _program("urgent", 3, "actors.worker", "--lane", "urgent"),
    )


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def ensure_free(host: str, port: int) -> None:
    """Say now that the web process could not listen, rather than let it fail behind the others' lines."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((address[0], port, *address[2:]))  # getaddrinfo would quietly turn port 70000 into 4464
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise NotNow(f"Port {port} on {host} cannot be used ({reason}): choose another with --port.") from error


def _program(name: str, stops: int, *module_and_arguments: str) -> Program:
    return Program(name=name, stops=stops, command=(sys.executable, "-m", "engage.lifeline", *module_and_arguments))


def _tell_when_ready(supervisor: Supervisor, host: str, port: int, out: TextIO | None = None) -> None:
    late_at = time.monotonic() + PATIENCE
    while not supervisor.is_over:
        if all(_answers(host, port, path) for path in PROBES):
            supervisor.is_ready = True
            print(f"ready http://{_shown(host)}:{port}", file=out, flush=True)
            return
        if time.monotonic() > late_at:
            supervisor.say(f"not ready after {PATIENCE:g} s; still waiting for {' and '.join(PROBES)}")
            late_at = float("inf")
        time.sleep(0.05)


def _answers(host: str, port: int, path: str) -> bool:
    connection = http.client.HTTPConnection({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port, timeout=5)  # noqa: S104
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
