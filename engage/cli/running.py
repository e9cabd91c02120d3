"""up, web, relay, worker, redis, migrate, hold, release: running the system."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from engage.cli.show import many, opened, say

Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(help="The port to listen on.")]


def up(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    data: Annotated[Path | None, typer.Option(help="The data folder; ENGAGE_DATA_DIR by default.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Lines instead of a screen, on a terminal too.")] = False,
) -> None:
    """Run everything until Ctrl-C; prints `ready http://HOST:PORT` when feeds answer.

    On a terminal a screen shows what comes next, what goes and what is wrong.
    """
    from engage.cli.up import up as run

    raise typer.Exit(run(host, port, data, plain=plain))


def web(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Serve pages and feeds."""
    _become("engage.web.server", "--host", host, "--port", str(port))


def relay() -> None:
    """Turn due rows into events, ring for workers, watch staff's files. One is enough; two do no harm."""
    _become("actors.relay")


def worker(lane: Annotated[str | None, typer.Option(help="`urgent`: only what alerts need.")] = None) -> None:
    """Run the actors: publish feeds, address notices, send messages."""
    _become("actors.worker", *(("--lane", lane) if lane else ()))


def redis() -> None:
    """Run the embedded Valkey; idles when ENGAGE_REDIS_URL is set."""
    from engage.embedded import serve
    from engage.log import configure
    from engage.settings import Settings

    settings = Settings.read()
    configure(settings.log_format)
    raise typer.Exit(serve(settings))


def migrate() -> None:
    """Create the database, or bring it to the newest schema."""
    from engage.app import clock_of
    from engage.settings import Settings
    from engage.store.migrate import migrate as run
    from engage.store.unit import Database

    settings = Settings.read()
    database = Database(settings.database, clock_of(settings))
    say(f"The database has schema {run(database)}.")


def hold(reason: Annotated[str, typer.Option(help="Why, for `engage status`.")] = "put on hold by hand") -> None:
    """Stop all sending until `engage release`."""
    from engage.work.relay import put_on_hold

    app = opened()
    with app.unit() as unit:
        put_on_hold(unit, reason)
    say("On hold: nothing is sent until `engage release`.")


def release(
    send_overdue: Annotated[
        bool, typer.Option("--send-overdue", help="After a restore: send what was due too, again if it went before.")
    ] = False,
) -> None:
    """End the hold. After a restore, what was due and may have been sent before waits for your decision."""
    from engage.work.holds import end

    ended = end(opened(), send_overdue=send_overdue)
    say("Released." if ended.was else "Nothing was on hold.")
    if ended.aside:
        say(
            f"{many(ended.aside, 'message')} may have been sent after the backup and went nowhere now. Look: engage "
            "deliveries list --state parked. To send those of a notice: engage deliveries retry --notice ID"
        )


def _become(module: str, *arguments: str) -> NoReturn:
    """Turn into another program of ours: no edge imports another, and signals reach the right process."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - our own module
