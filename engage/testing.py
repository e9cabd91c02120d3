"""Fakes that behave: real servers on loopback that log what they accepted and misbehave on command."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import threading
import time
from base64 import b64decode
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Accepted:
    """One message the sink took responsibility for, as it arrived, dots unstuffed; *at* is monotonic seconds."""

    to: str
    sender: str
    message_id: str
    content: bytes
    at: float


class SmtpSink:
    """An SMTP server that is the judge of loss and duplicates. It announces PIPELINING and honours it.

    These may be changed while it runs: *refuse* and *refuse_content* (pattern of the recipient -> reply to RCPT, or to
    the final dot), *refuse_sender*, *greeting*, *most* (connections at a time; more are turned away with 421), *delay*
    (seconds before each answer), *data_anyway* (354 although the recipient was refused) and *hang_up*: each point in it
    cuts one connection when reached: `greeting`, `EHLO`, `MAIL`, `DATA`, `content` (before the final dot), `dot`
    (accepted, never answered: then the recipient is *unanswered*) or `after` (answered, then closed). *violations*
    counts what RFC 5321 and 2920 forbid a client.
    """

    def __init__(
        self,
        *,
        pipelining: bool = True,
        certificate: Path | None = None,
        implicit: bool = False,
        login: tuple[str, str] | None = None,
        mechanisms: str = "PLAIN LOGIN",
        largest: int = 0,
    ) -> None:
        self.pipelining, self.implicit, self.login = pipelining, implicit, login
        self.mechanisms, self.largest = mechanisms, largest
        self.context: ssl.SSLContext | None = None
        if certificate is not None:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate)
        self.accepted: list[Accepted] = []
        self.refuse: dict[str, str] = {}
        self.refuse_content: dict[str, str] = {}
        self.refuse_sender = ""
        self.greeting = "220 sink.example.org ESMTP"
        self.most: int | None = None
        self.delay = 0.0
        self.data_anyway = False
        self.hang_up: deque[str] = deque()
        self.unanswered: list[str] = []
        self.connections = 0
        self.violations = 0
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._turn = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        """The value for ENGAGE_SMTP_URL."""
        return f"smtp{'s' if self.implicit else ''}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._start(self._listen)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Cut every connection and wait for the threads."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.disconnect()
        for thread in self._threads:
            thread.join(5)

    def disconnect(self) -> None:
        """Hang up on everybody, as a server does with idle connections."""
        for sock in tuple(self._open):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _start(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                self._open.add(sock)
                self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        conversation = _Conversation(self, sock)
        try:
            conversation.run()
        except (OSError, _HungUp):  # the client left, or was left
            pass
        finally:
            self._open.discard(sock)
            conversation.sock.close()


class _HungUp(Exception):
    """The conversation is over."""


class _Conversation:
    def __init__(self, sink: SmtpSink, sock: socket.socket) -> None:
        self.sink, self.sock = sink, sock
        self._in, self._out = bytearray(), bytearray()
        self._sender: str | None = None
        self._to: str | None = None

    def run(self) -> None:
        if self.sink.implicit:
            self._secure()
        self._point("greeting")
        is_full = self.sink.most is not None and len(self.sink._open) > self.sink.most  # noqa: SLF001
        greeting = "421 4.7.0 Too many connections" if is_full else self.sink.greeting
        self._say(greeting)
        if not greeting.startswith("220"):
            self._flush()
            return
        while True:
            line = self._line()
            word, _, rest = line.partition(" ")
            word = word.upper()
            if self._in and (word == "DATA" or not self.sink.pipelining):
                self.sink.violations += 1
            self._point(word)
            handle = getattr(self, f"_{word.lower()}", None) if word in _COMMANDS else None
            if handle is None:
                self._say("502 5.5.1 Unknown command")
            else:
                handle(rest)

    def _ehlo(self, _rest: str) -> None:
        sink = self.sink
        offers = ["sink.example.org", "8BITMIME", f"SIZE {sink.largest}"]
        offers += ["PIPELINING"] if sink.pipelining else []
        offers += ["STARTTLS"] if sink.context and not isinstance(self.sock, ssl.SSLSocket) else []
        offers += [f"AUTH {sink.mechanisms}"] if sink.login else []
        self._say("\r\n".join(f"250{'-' if offer != offers[-1] else ' '}{offer}" for offer in offers))

    def _starttls(self, _rest: str) -> None:
        self._say("220 2.0.0 Go ahead")
        self._flush()
        self._secure()

    def _auth(self, rest: str) -> None:
        mechanism, _, first = rest.partition(" ")
        if mechanism == "PLAIN":
            given = tuple(b64decode(first).decode().split("\0")[1:])
        else:
            given = (self._asked("VXNlcm5hbWU6"), self._asked("UGFzc3dvcmQ6"))
        self._say("235 2.7.0 Welcome" if given == self.sink.login else "535 5.7.8 Wrong user or password")

    def _asked(self, question: str) -> str:
        self._say(f"334 {question}")
        return b64decode(self._line()).decode()

    def _mail(self, rest: str) -> None:
        if self._sender is not None:
            self._say("503 5.5.1 Nested MAIL")
        elif self.sink.refuse_sender:
            self._say(self.sink.refuse_sender)
        else:
            self._sender = _path(rest)
            self._say("250 2.1.0 Ok")

    def _rcpt(self, rest: str) -> None:
        to = _path(rest)
        refusal = _answer(self.sink.refuse, to)
        if self._sender is None:
            self._say("503 5.5.1 MAIL first")
        elif refusal:
            self._say(refusal)
        else:
            self._to = to
            self._say("250 2.1.5 Ok")

    def _data(self, _rest: str) -> None:
        if self._to is None and not self.sink.data_anyway:
            self._say("554 5.5.1 No valid recipients")
            return
        self._say("354 End data with <CR><LF>.<CR><LF>")
        content = self._content()
        sender, to = self._sender or "", self._to
        self._rset("", quiet=True)
        refusal = _answer(self.sink.refuse_content, to or "")
        if to is None or refusal:
            self._say(refusal or "554 5.5.1 No valid recipients")
            return
        found = re.search(rb"^message-id:\s*(\S+)", content[:8192], re.IGNORECASE | re.MULTILINE)
        message_id = found[1].decode() if found else ""
        self.sink.accepted.append(Accepted(to, sender, message_id, content, time.monotonic()))
        try:
            self._point("dot")
        except _HungUp:
            self.sink.unanswered.append(to)
            raise
        self._say(f"250 2.0.0 Ok: queued as {len(self.sink.accepted):06X}")
        if "after" in self.sink.hang_up:
            self._flush()
            self._point("after")

    def _rset(self, _rest: str, *, quiet: bool = False) -> None:
        self._sender = self._to = None
        if not quiet:
            self._say("250 2.0.0 Ok")

    def _quit(self, _rest: str) -> None:
        self._say("221 2.0.0 Bye")
        self._flush()
        raise _HungUp

    def _content(self) -> bytes:
        self._in[:0] = b"\r\n"  # so that the final dot is found even when nothing stands before it
        while (end := self._in.find(b"\r\n.\r\n")) < 0:
            self._receive()
            self._point("content")
        content = bytes(self._in[2 : end + 2])
        del self._in[: end + 5]
        return (b"\r\n" + content).replace(b"\r\n..", b"\r\n.")[2:]

    def _line(self) -> str:
        while (end := self._in.find(b"\r\n")) < 0:
            self._receive()
        line = bytes(self._in[:end]).decode("utf-8", "replace")
        del self._in[: end + 2]
        return line

    def _receive(self) -> None:
        self._flush()
        data = self.sock.recv(65_536)
        if not data:
            raise _HungUp
        self._in += data

    def _say(self, reply: str) -> None:
        """Answers to one group of commands leave together, as RFC 2920 4.2 asks."""
        if self.sink.delay:
            time.sleep(self.sink.delay)
        self._out += reply.encode() + b"\r\n"

    def _flush(self) -> None:
        if self._out:
            self.sock.sendall(self._out)
            self._out.clear()

    def _point(self, name: str) -> None:
        with self.sink._turn:  # noqa: SLF001
            if not self.sink.hang_up or self.sink.hang_up[0] != name:
                return
            self.sink.hang_up.popleft()
        raise _HungUp

    def _secure(self) -> None:
        assert self.sink.context is not None
        self.sink._open.discard(self.sock)  # noqa: SLF001 - one class in two parts
        self.sock = self.sink.context.wrap_socket(self.sock, server_side=True)
        self.sink._open.add(self.sock)  # noqa: SLF001


_COMMANDS = frozenset({"EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "RSET", "QUIT"})


def _path(rest: str) -> str:
    return rest[rest.index("<") + 1 : rest.index(">")]


def _answer(replies: dict[str, str], to: str) -> str | None:
    return next((reply for pattern, reply in replies.items() if re.search(pattern, to)), None)


def self_made_certificate(folder: Path) -> Path:
    """Key and certificate for 127.0.0.1 in one file, trusted by nobody. Needs the openssl command."""
    path = folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out", "-"]
    made = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - fixed words
    path.write_bytes(path.read_bytes() + made.stdout)
    return path
