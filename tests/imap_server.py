"""A small IMAP server on loopback (RFC 3501) that keeps one folder and misbehaves on command."""

from __future__ import annotations

import email
import re
import socket
import ssl
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

USER, PASSWORD = "bounces@example.org", 'se cr"et\\'


class ImapServer:
    """*mails* are uid -> content, *seen* and *deleted* what was marked so.

    *trouble* may be: `hang up NAME` (cut the connection when that command comes), `refuse NAME` (answer NO), `garbage`
    (answer no IMAP at all), `endless` (a literal of 50 MB instead of what was asked for), `drip` (one byte at a time),
    `numbers` (a literal's size that is no number), `flood` (lines without end), `silent`.
    """

    def __init__(self, certificate: Path | None = None) -> None:
        self.mails: dict[int, bytes] = {}
        self.seen: set[int] = set()
        self.deleted: set[int] = set()
        self.trouble = ""
        self.for_uid = 0  # the trouble comes with this mail only
        self.commands: list[str] = []
        self.connections = 0
        self.context: ssl.SSLContext | None = None
        if certificate is not None:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate)
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"imap{'s' if self.context else ''}://bounces%40example.org:se%20cr%22et%5C@127.0.0.1:{self.port}/INBOX"

    def __enter__(self) -> Self:
        self._start(self._listen)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _start(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self.connections += 1
                self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        with suppress(OSError, ConnectionError, ValueError):
            if self.context is not None:
                sock = self.context.wrap_socket(sock, server_side=True)
            sock.settimeout(10)
            with sock, sock.makefile("rwb") as file:
                self._talk(file)
        sock.close()

    def _talk(self, file) -> None:
        file.write(b"HTTP/1.1 400 Bad Request\r\n" if self.trouble == "garbage" else b"* OK ready\r\n")
        file.flush()
        while line := file.readline():
            tag, _, rest = line.decode().rstrip("\r\n").partition(" ")
            name = rest.removeprefix("UID ").partition(" ")[0].upper()
            self.commands.append(rest)
            found = re.search(r"\d+", rest)
            about_it = not self.for_uid or (found is not None and int(found[0]) == self.for_uid)
            if self.trouble == f"hang up {name}" and about_it:
                return
            if self.trouble == "silent" and name == "SELECT":
                self._stopping.wait(10)
                return
            if self.trouble == f"refuse {name}" and about_it:
                file.write(f"{tag} NO {USER} may not\r\n".encode())
            else:
                getattr(self, f"_{name.lower()}")(file, rest, about_it)
                file.write(f"{tag} OK done\r\n".encode())
            file.flush()
            if name == "LOGOUT":
                return

    def _capability(self, file, _rest: str, _about_it: bool) -> None:
        file.write(b"* CAPABILITY IMAP4rev1\r\n")

    def _login(self, _file, rest: str, _about_it: bool) -> None:
        given = re.fullmatch(r'LOGIN "((?:\\.|[^"\\])*)" "((?:\\.|[^"\\])*)"', rest)
        assert given is not None
        assert [re.sub(r"\\(.)", r"\1", text) for text in given.groups()] == [USER, PASSWORD]

    def _select(self, file, _rest: str, _about_it: bool) -> None:
        file.write(f"* {len(self.mails)} EXISTS\r\n* FLAGS (\\Seen)\r\n".encode())

    def _search(self, file, rest: str, _about_it: bool) -> None:
        if self.trouble == "flood":
            while not self._stopping.is_set():
                file.write(b"* SEARCH 1" + b" x" * 30_000 + b"\r\n")
        found = " ".join(str(uid) for uid in self.mails if self._matches(uid, rest))
        file.write(f"* SEARCH {found}\r\n".encode())

    def _matches(self, uid: int, rest: str) -> bool:
        """The criteria that are used; a header is searched as RFC 3501 6.4.4 says, for a part of it in any case."""
        if rest == "UID SEARCH UNSEEN":
            return uid not in self.seen
        asked = re.fullmatch(r'UID SEARCH UNDELETED (SUBJECT|TO) "([^"\\]+)"', rest)
        assert asked is not None
        value = str(email.message_from_bytes(self.mails[uid])[asked[1]] or "")
        return uid not in self.deleted and asked[2].lower() in value.lower()

    def _fetch(self, file, rest: str, about_it: bool) -> None:
        asked = re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", rest)
        assert asked is not None
        uid = int(asked[1])
        content = self.mails.get(uid, b"")[: int(asked[2])]
        if self.trouble == "endless" and about_it:
            file.write(b"* 1 FETCH (UID 1 BODY[]<0> {50000000}\r\n")
            for _ in range(500):
                file.write(b"x" * 100_000)
            return
        if self.trouble == "numbers" and about_it:
            file.write(b"* 1 FETCH (UID 1 BODY[]<0> {" + b"9" * 5000 + b"}\r\n")
            return
        if uid in self.mails:
            file.write(f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(content)}}}\r\n".encode())
            for n in range(len(content)) if self.trouble == "drip" else ():
                file.write(content[n : n + 1])
                file.flush()
                time.sleep(0.05)
            file.write((b"" if self.trouble == "drip" else content) + b")\r\n")

    def _store(self, _file, rest: str, _about_it: bool) -> None:
        asked = re.fullmatch(r"UID STORE (\d+) \+FLAGS\.SILENT \(\\(Seen|Deleted)\)", rest)
        assert asked is not None
        (self.seen if asked[2] == "Seen" else self.deleted).add(int(asked[1]))

    def _expunge(self, _file, rest: str, _about_it: bool) -> None:
        asked = re.fullmatch(r"UID EXPUNGE (\d+)", rest)
        assert asked is not None
        if int(asked[1]) in self.deleted:
            del self.mails[int(asked[1])]

    def _logout(self, file, _rest: str, _about_it: bool) -> None:
        file.write(b"* BYE\r\n")
