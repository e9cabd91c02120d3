"""One SMTP connection: open, greet, secure, log in, exchange lines. What a refusal means for a letter is in replies.

smtplib is not used: it neither pipelines nor checks certificates by default, and has one timeout for every phase.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass, field

from engage.channels.server import Security, Server
from engage.domain.outcomes import Halted, TryAgain

_CHUNK = 65_536
_MOST_REPLY = 64 * 1024
_REPLY_LINE = re.compile(rb"[2-5][0-9]{2}(?:[ -].*)?", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """Seconds per phase (RFC 5321 4.5.3.2); after the final dot ten minutes, for giving up early makes duplicates."""

    connect: float = 30
    command: float = 60
    block: float = 180
    final: float = 600
    quit: float = 2


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server said. *text* may hold an address and is never shown."""

    code: int
    text: str = field(repr=False)

    @property
    def status(self) -> str:
        """The enhanced status (RFC 3463) such as `5.1.1`, or nothing."""
        found = re.match(r"[245]\.\d{1,3}\.\d{1,3}\b", self.text)
        return found[0] if found else ""

    @property
    def shown(self) -> str:
        return f"{self.code} {self.status}".rstrip()


class Broken(Exception):
    """The connection is of no use any more. *dotted*: the server may hold the whole letter, its final dot included."""

    def __init__(self, why: str, *, slow: bool = False, dotted: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.slow = slow
        self.dotted = dotted


class Unopened(Exception):
    """No connection could be made; *outcome* is what that means for every letter."""

    def __init__(self, outcome: Halted | TryAgain) -> None:
        super().__init__(outcome.why)
        self.outcome = outcome


class Connection:
    """A socket that speaks lines. `open` returns it greeted, secured and logged in."""

    def __init__(self, sock: socket.socket, timeouts: Timeouts) -> None:
        self.sock = sock
        self.timeouts = timeouts
        self.features: dict[str, str] = {}
        self._buffer = bytearray()

    @classmethod
    def open(cls, server: Server, timeouts: Timeouts, context: ssl.SSLContext | None = None) -> Connection:
        """Raises Unopened; nothing was handed over, whatever happened."""
        try:
            sock = socket.create_connection((server.host, server.port), timeouts.connect)
        except OSError as error:
            raise Unopened(TryAgain(f"The mail server cannot be reached: {_cause(error)}.", "connection")) from error
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        line = cls(sock, timeouts)
        try:
            line._prepare(server, context)
        except (Broken, Unopened, OSError) as error:
            line.drop()
            if isinstance(error, Unopened):
                raise
            why = error.why if isinstance(error, Broken) else f"The connection failed: {_cause(error)}."
            raise Unopened(TryAgain(why, "connection")) from error
        return line

    def _prepare(self, server: Server, context: ssl.SSLContext | None) -> None:
        if server.security is Security.IMPLICIT:
            self._secure(server, context)
        self._expect(self.read(self.timeouts.connect), {220}, "The mail server did not greet us")
        self._ehlo(server)
        if server.security is Security.STARTTLS:
            if "STARTTLS" not in self.features:
                raise Unopened(Halted("The mail server offers no encryption (STARTTLS), which is required.", "tls"))
            self._expect(self.command(b"STARTTLS"), {220}, "The mail server did not start encryption", "tls")
            if self._buffer:  # what came before the handshake was not protected by it
                raise Unopened(Halted("The mail server, or somebody in between, spoke before encryption began.", "tls"))
            self._secure(server, context)
            self._ehlo(server)
        if server.user is not None:
            self._log_in(server)

    def _secure(self, server: Server, context: ssl.SSLContext | None) -> None:
        context = context or ssl.create_default_context()
        context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
        self.sock.settimeout(self.timeouts.connect)
        try:
            self.sock = context.wrap_socket(self.sock, server_hostname=server.host)
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            raise Broken("The mail server hung up while encryption was set up.") from error
        except ssl.SSLError as error:
            detail = getattr(error, "verify_message", "") or error.reason or "handshake failed"
            raise Unopened(Halted(f"The mail server's encryption cannot be trusted: {detail}.", "tls")) from error

    def _ehlo(self, server: Server) -> None:
        reply = self.command(b"EHLO " + (server.helo or self._literal()).encode("ascii"))
        self._expect(reply, {250}, "The mail server refused EHLO")
        lines = [line.partition(" ") for line in reply.text.split("\n")[1:]]
        self.features = {name.upper(): rest for name, _, rest in lines}

    def _literal(self) -> str:
        """Our address as a literal (RFC 5321 4.1.4): looking up a name may block and may be wrong."""
        host = self.sock.getsockname()[0].partition("%")[0]
        return f"[IPv6:{host}]" if ":" in host else f"[{host}]"

    def _log_in(self, server: Server) -> None:
        if not isinstance(self.sock, ssl.SSLSocket) and not server.is_loopback:
            raise Unopened(Halted("The password is not sent over an unencrypted connection.", "tls"))
        offered = self.features.get("AUTH", "").upper().split()
        user, password = (server.user or "").encode(), (server.password or "").encode()
        if "PLAIN" in offered:
            reply = self.command(b"AUTH PLAIN " + b64encode(b"\0" + user + b"\0" + password))
        elif "LOGIN" in offered:
            reply = self.command(b"AUTH LOGIN")
            for secret in (user, password):
                if reply.code == 334:
                    reply = self.command(b64encode(secret))
        else:
            raise Unopened(Halted("The mail server offers no way to log in that we know.", "authentication"))
        if reply.code >= 500:
            raise Unopened(Halted(f"The mail server refused our user or password ({reply.shown}).", "authentication"))
        self._expect(reply, {235}, "The mail server did not log us in")

    @staticmethod
    def _expect(reply: Reply, codes: set[int], complaint: str, error_class: str = "policy") -> None:
        if reply.code in codes:
            return
        why = f"{complaint} ({reply.shown})."
        raise Unopened(Halted(why, error_class) if reply.code >= 500 else TryAgain(why, "temporary"))

    @property
    def pipelines(self) -> bool:
        return "PIPELINING" in self.features

    @property
    def largest(self) -> int:
        """The largest message in bytes, 0 for no limit stated (RFC 1870)."""
        size = self.features.get("SIZE", "")
        return int(size) if size.isascii() and size.isdigit() else 0

    def command(self, line: bytes) -> Reply:
        """One command, one reply. A login attempt's line is never logged, nor is any other."""
        self.write(line + b"\r\n", self.timeouts.command)
        return self.read(self.timeouts.command)

    def write(self, data: bytes, timeout: float, dot_at: int | None = None) -> None:
        """Hand *data* to the network; *dot_at* is where a letter's final dot ends in it.

        Raises Broken, dotted when that dot may have left. A plain socket says what it took; an encrypted one that
        fails may have taken the whole piece.
        """
        self.sock.settimeout(timeout)
        view = memoryview(data)
        done = 0
        while done < len(data):
            piece = view[done : done + _CHUNK]
            try:
                done += self.sock.send(piece)
            except OSError as error:
                reached = done + len(piece) if isinstance(self.sock, ssl.SSLSocket) else done
                dotted = dot_at is not None and reached >= dot_at
                why = f"The connection broke while we wrote: {_cause(error)}."
                raise Broken(why, slow=isinstance(error, TimeoutError), dotted=dotted) from error

    def read(self, timeout: float) -> Reply:
        """The next reply, all its lines within *timeout* together, however slowly they drip."""
        until = time.monotonic() + timeout
        texts: list[str] = []
        while True:
            line = self._line(until)
            if not _REPLY_LINE.fullmatch(line):
                raise Broken("The mail server answered something that is not SMTP.")
            texts.append(line[4:].decode("utf-8", "replace"))
            if line[3:4] != b"-":
                return Reply(int(line[:3]), "\n".join(texts))
            if sum(map(len, texts)) > _MOST_REPLY:
                raise Broken("The mail server's answer has no end.")

    def _line(self, until: float) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > _MOST_REPLY:
                raise Broken("The mail server's answer has no end.")
            self._receive(until)
        line = bytes(self._buffer[:end]).rstrip(b"\r")
        del self._buffer[: end + 1]
        return line

    def _receive(self, until: float) -> None:
        left = until - time.monotonic()
        if left <= 0:
            raise Broken("The mail server did not answer in time.", slow=True)
        self.sock.settimeout(left)
        try:
            data = self.sock.recv(_CHUNK)
        except TimeoutError as error:
            raise Broken("The mail server did not answer in time.", slow=True) from error
        except OSError as error:
            raise Broken(f"The connection broke while we read: {_cause(error)}.") from error
        if not data:
            raise Broken("The mail server hung up.")
        self._buffer += data

    def close(self) -> None:
        """Say goodbye if that is quick, then close."""
        with suppress(Broken):
            self.write(b"QUIT\r\n", self.timeouts.quit)
            self.read(self.timeouts.quit)
        self.drop()

    def drop(self) -> None:
        with suppress(OSError):
            self.sock.close()


def _cause(error: OSError) -> str:
    """The system's words, without a host name or an address."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (error.strerror or type(error).__name__).rstrip(".").lower()
