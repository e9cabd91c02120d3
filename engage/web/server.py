"""Runs the website: one process of uvicorn with our limits. What it serves is put together in create_app."""

from __future__ import annotations

import argparse
import socket
import sys
from time import monotonic

import structlog
import uvicorn

from engage.app import App, build
from engage.errors import EngageError, NotNow
from engage.lifeline import stop_signals
from engage.log import configure
from engage.settings import Settings
from engage.web import create_app
from engage.web.protocol import GuardedProtocol

CONNECTIONS = 900  # more than this at once get 503, before file descriptors run out
GRACE = 10  # seconds for requests under way when asked to stop

log = structlog.get_logger("engage.web")


class Server(uvicorn.Server):
    """Looks once a second for connections that are stuck."""

    async def on_tick(self, counter: int) -> bool:
        if counter % 10 == 0:
            now = monotonic()
            for connection in list(self.server_state.connections):
                if isinstance(connection, GuardedProtocol):
                    connection.cut_if_stuck(now)
        return await super().on_tick(counter)


def serve(settings: Settings, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve until SIGINT or SIGTERM. Raises NotNow when the port is taken or the schema does not come."""
    configure(settings.log_format)
    app = build(settings)
    with stop_signals() as received, listen(host, port) as listening:
        log.info("web listening", host=host, port=listening.getsockname()[1], mode=settings.mode)
        server_of(app).run(sockets=[listening])
    app.database.close()
    log.info("web stopped", signals=len(received))


def server_of(app: App) -> Server:
    """The server with our limits; what the environment may say to uvicorn itself does not count."""
    config = uvicorn.Config(
        create_app(app),
        http=GuardedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE,
        limit_concurrency=CONNECTIONS,
    )
    return Server(config)


def listen(host: str, port: int) -> socket.socket:
    """The socket to serve on; port 0 takes a free one."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _unusable(host, port, error) from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address[0], port, *address[2:]))  # getaddrinfo would quietly turn port 70000 into 4464
    except (OSError, OverflowError) as error:
        listening.close()
        raise _unusable(host, port, error) from error
    return listening


def _unusable(host: str, port: int, error: Exception) -> NotNow:
    reason = getattr(error, "strerror", None) or str(error)
    return NotNow(f"Port {port} on {host} cannot be used ({reason}): choose another with --port.")


def main() -> int:
    """Serve until told to stop; an error of settings, schema or port is one sentence and exit code 3."""
    parser = argparse.ArgumentParser(prog="engage web")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args()
    try:
        serve(Settings.read(), given.host, given.port)
    except EngageError as error:
        print(error, file=sys.stderr)  # noqa: T201 - said to the operator before there is a log
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
