"""uvicorn's HTTP protocol with limits of size and time that it lacks: heads of 8 KiB, nothing unfinished for long.

Polls of public feeds, which is nearly all there is, and pages that are kept are answered right here: the ASGI round of
tasks, events and messages costs more than the answer. Measured in one run on two cores beside nginx serving the same
file: see `make bench ARGS=polls`. Whatever is not a plain request takes the usual way, so that nothing is done twice.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from urllib.parse import urlsplit

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from engage.web.gate import Gate

HEAD = 8 * 1024  # bytes of a request line with its headers
UNFINISHED = 35.0  # seconds for a head, or for a body; forms say so themselves after 30
IDLE = 15.0  # seconds until the next request of a connection; pages have a timer of uvicorn's for it
UNREAD = 120.0  # seconds in which a client must have taken our answer
BODY = frozenset({b"content-length", b"transfer-encoding", b"expect"})
POLLED = frozenset({b"GET", b"HEAD"})
LINES = {200: b"HTTP/1.1 200 OK\r\n", 304: b"HTTP/1.1 304 Not Modified\r\n"}
TOO_LARGE, BAD = b"431 Request Header Fields Too Large", b"400 Bad Request"


class Refusal(Exception):
    """Stops the parser, which passes it on as an error of its own; `_refusal` says what to answer."""


class GuardedProtocol(HttpToolsProtocol):
    """Slow senders cost a connection, never a thread or much memory, and only for a while (SECURITY B56, B65)."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._since, self._begun, self._head = monotonic(), False, 0
        self._refusal: bytes | None = None
        self._dated: list[tuple[bytes, bytes]] | None = None
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
        """A poll needs none of the scope that uvicorn makes here, so that waits until this is known to be none."""
        self._begun = True
        self.url, self.headers, self.expect_100_continue = b"", [], False

    def on_header(self, name: bytes, value: bytes) -> None:
        """What follows a chunked body is no header: a proxy has looked at none of it (RFC 9110 6.5.1)."""
        if self._begun:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._begun, self._since = False, monotonic()
        if self._head > HEAD and _size(self.url, self.headers) > HEAD:
            self._refusal = TOO_LARGE
            raise Refusal
        if not self.url.startswith(b"/") and not _names_us(self.url, self.headers):
            self._refusal = BAD
            raise Refusal
        if not self._is_polled():
            self._begin_scope()
            super().on_headers_complete()

    def _begin_scope(self) -> None:
        """What uvicorn does when a message begins, keeping what has been read since."""
        read = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.headers, self.expect_100_continue = read
        self.scope["headers"] = self.headers

    def _is_polled(self) -> bool:
        """Answer a poll at once: no other request of this connection may be under way, nor its answers pile up."""
        if self._gate is None or self.pipeline or self.flow.write_paused or not self._is_free():
            return False
        parser, headers = self.parser, dict(self.headers)
        method = parser.get_method()
        if method not in POLLED or parser.get_http_version() != "1.1" or not parser.should_keep_alive():
            return False
        if parser.should_upgrade() or len(headers) != len(self.headers) or not BODY.isdisjoint(headers):
            return False
        reply = self._gate.poll(self.url, headers, self.client, is_head=method == b"HEAD")
        if reply is None:
            return False
        head, body = reply
        self.transport.write(b"".join((LINES[head.status], self._date(), head.raw, b"\r\n", body)))
        self.server_state.total_requests += 1
        return True

    def _is_free(self) -> bool:
        idle = self.cycle is None or self.cycle.response_complete
        return idle and len(self.connections) < (self.limit_concurrency or len(self.connections) + 1)

    def _date(self) -> bytes:
        """The line that uvicorn writes anew each second, in a new list."""
        headers = self.server_state.default_headers
        if headers is not self._dated:
            self._dated, self._line = headers, b"".join(b"%s: %s\r\n" % pair for pair in headers)
        return self._line

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
        """Close a connection that is idle, whose request does not end, or whose answer nobody takes."""
        answering = self.cycle is not None and not self.cycle.response_complete
        if self.transport.is_closing() or (answering and not self.cycle.more_body):
            if now - self._since > UNREAD:
                self.transport.abort()
        elif now - self._since > (UNFINISHED if self._begun or answering else IDLE):
            self.transport.close()


def _size(url: bytes, headers: list[tuple[bytes, bytes]]) -> int:
    return len(url) + sum(len(name) + len(value) + 4 for name, value in headers)


def _names_us(url: bytes, headers: list[tuple[bytes, bytes]]) -> bool:
    """An absolute address must agree with the Host header, which is checked later; `*` is for OPTIONS (RFC 9112)."""
    hosts = [value for name, value in headers if name == b"host"]
    return url == b"*" or urlsplit(url).netloc in hosts
