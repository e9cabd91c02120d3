"""uvicorn's HTTP protocol with limits of size and time that it lacks: heads of 8 KiB, nothing unfinished for long.

Polls of public feeds, which is nearly all there is, are answered right here: the ASGI round of tasks, events and
messages costs more than the answer. Measured in one run on two cores beside nginx serving the same file: see
`make bench ARGS=polls`. Whatever is not a plain poll takes the usual way, so that nothing is done twice.
"""

from __future__ import annotations

import asyncio
from functools import lru_cache
from time import monotonic
from typing import cast
from urllib.parse import urlsplit

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from engage.web.gate import Gate

HEAD = 8 * 1024  # bytes of a request line with its headers
UNFINISHED = 35.0  # seconds for a head, or for a body; forms say so themselves after 30
UNREAD = 120.0  # seconds in which a client must have taken our answer
BODY = frozenset({b"content-length", b"transfer-encoding", b"expect"})
LINES = {200: b"HTTP/1.1 200 OK\r\n", 304: b"HTTP/1.1 304 Not Modified\r\n"}
TOO_LARGE, BAD = b"431 Request Header Fields Too Large", b"400 Bad Request"


class Refusal(Exception):
    """Stops the parser, which passes it on as an error of its own; `_refusal` says what to answer."""


class GuardedProtocol(HttpToolsProtocol):
    """Slow senders cost a connection, never a thread or much memory, and only for a while (SECURITY B56, B65)."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._since, self._begun, self._head = monotonic(), False, 0
        self._refusal: bytes | None = None
        self._gate = self.app if isinstance(self.app, Gate) else None
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._refusal is not None:
            return
        self._head = self._head + len(data) if self._begun else len(data)
        super().data_received(data)
        if self._begun and self._head > HEAD and self._refusal is None:
            self._refuse(TOO_LARGE)

    def on_message_begin(self) -> None:
        self._begun = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._begun, self._since = False, monotonic()
        if self._head > HEAD and _size(self.url, self.headers) > HEAD:
            self._refusal = TOO_LARGE
            raise Refusal
        if not self.url.startswith(b"/") and not _names_us(self.url, self.headers):
            self._refusal = BAD
            raise Refusal
        if not self._is_polled():
            super().on_headers_complete()

    def _is_polled(self) -> bool:
        """Answer a poll at once: no other request of this connection may be under way, nor its answers pile up."""
        if self._gate is None or self.pipeline or self.flow.write_paused or not self._is_free():
            return False
        method, parser = self.parser.get_method(), self.parser
        if method not in {b"GET", b"HEAD"} or parser.get_http_version() != "1.1" or not parser.should_keep_alive():
            return False
        if parser.should_upgrade() or not BODY.isdisjoint(dict(self.headers)):
            return False
        self.scope["method"], self.scope["path"] = method.decode(), self.url.decode("latin-1")
        reply = self._gate.poll(self.url, cast("Scope", self.scope))
        if reply is None:
            return False
        head, body = reply
        self.transport.write(b"".join((LINES[head.status], self._date(), head.raw, b"\r\n", body)))
        self.on_response_complete()
        return True

    def _is_free(self) -> bool:
        idle = self.cycle is None or self.cycle.response_complete
        return idle and len(self.connections) < (self.limit_concurrency or len(self.connections) + 1)

    def _date(self) -> bytes:
        """The line that uvicorn writes anew each second."""
        return _lines(tuple(self.server_state.default_headers))

    def on_message_complete(self) -> None:
        if self.cycle is not None:  # a poll leaves none
            super().on_message_complete()

    def on_response_complete(self) -> None:
        self._since = monotonic()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Called for whatever the parser refuses, our own refusals included."""
        self._refuse(self._refusal or BAD, msg)

    def _refuse(self, status: bytes, msg: str = "Request refused.") -> None:
        self._refusal = status
        if self.transport.is_closing():
            return
        body = msg.encode("ascii", "replace")
        lines = (
            b"HTTP/1.1 %s" % status,
            b"content-type: text/plain; charset=utf-8",
            b"content-length: %d" % len(body),
            b"x-content-type-options: nosniff",
            b"connection: close",
            b"",
            body,
        )
        self.transport.write(b"\r\n".join(lines))
        self.transport.close()

    def _unsupported_upgrade_warning(self) -> None:
        """Anybody may ask for another protocol; it is not worth a line in the log."""

    def cut_if_stuck(self, now: float) -> None:
        """Close a connection whose request does not end, or whose answer nobody takes."""
        answering = self.cycle is not None and not self.cycle.response_complete
        if self.transport.is_closing() or (answering and not self.cycle.more_body):
            if now - self._since > UNREAD:
                self.transport.abort()
        elif now - self._since > UNFINISHED:
            self.transport.close()


@lru_cache(maxsize=1)
def _lines(headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
    return b"".join(b"%s: %s\r\n" % pair for pair in headers)


def _size(url: bytes, headers: list[tuple[bytes, bytes]]) -> int:
    return len(url) + sum(len(name) + len(value) + 4 for name, value in headers)


def _names_us(url: bytes, headers: list[tuple[bytes, bytes]]) -> bool:
    """An absolute address must agree with the Host header, which is checked later; `*` is for OPTIONS (RFC 9112)."""
    hosts = [value for name, value in headers if name == b"host"]
    return url == b"*" or urlsplit(url).netloc in hosts
