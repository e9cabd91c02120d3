"""The mailbox that bounces return to, read over IMAP (RFC 3501). What a mail in it means is in reports.

imaplib speaks; sizes and time are bounded here, for imaplib reads whatever a server announces.
"""

from __future__ import annotations

import imaplib
import re
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from engage.channels.mime import LARGEST
from engage.channels.server import is_loopback
from engage.errors import NotNow, SettingsError

_MOST = LARGEST + 256 * 1024  # bytes of one answer
_CHUNK = 65_536
_WRITTEN = "ENGAGE_BOUNCE_IMAP_URL is written imaps://user:password@host/INBOX."


@dataclass(kw_only=True)
class ReturnMailbox:
    """Where it is. *last* are mails that broke a connection: the others come before them."""

    host: str
    port: int
    folder: str
    is_encrypted: bool
    user: str
    password: str = field(repr=False)
    seconds: float = 50  # for one look, all answers together
    context: ssl.SSLContext | None = None
    last: set[int] = field(default_factory=set)

    @classmethod
    def parse(cls, url: str) -> ReturnMailbox:
        """`imaps://user:pass@host:993/INBOX`; `imap://` on loopback only. Raises SettingsError."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise SettingsError(_WRITTEN) from None
        user, password, folder = unquote(parts.username or ""), unquote(parts.password or ""), unquote(parts.path[1:])
        plain = re.fullmatch(r"[ -~]*", user + password + folder)
        if parts.scheme not in {"imap", "imaps"} or not (parts.hostname and user and password and plain) or parts.query:
            raise SettingsError(_WRITTEN)
        if parts.scheme == "imap" and not is_loopback(parts.hostname):
            raise SettingsError("ENGAGE_BOUNCE_IMAP_URL would send the password unencrypted; use imaps://.")
        return cls(
            host=parts.hostname,
            port=port or (993 if parts.scheme == "imaps" else 143),
            folder=folder or "INBOX",
            is_encrypted=parts.scheme == "imaps",
            user=user,
            password=password,
        )

    @contextmanager
    def opened(self) -> Iterator[Session]:
        """A session that is logged in. It raises NotNow, in words without an address, for all that may go wrong."""
        with _told("does not speak IMAP"):
            client = self._connect()
        try:
            with _told("refused our user or password"):
                client.login(_quoted(self.user), self.password)
            with _told("has no folder of that name that we may change"):
                _expect(client.select(_quoted(self.folder)))
            yield Session(client, self.last)
        finally:
            client.leave()

    def _connect(self) -> _Bounded:
        until = time.monotonic() + self.seconds
        if not self.is_encrypted:
            return _Bounded(self.host, self.port, until=until)
        context = self.context or ssl.create_default_context()
        context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
        return _Encrypted(self.host, self.port, until=until, ssl_context=context)


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Turn whatever breaks into a sentence of ours: the server's own often quote an address."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise NotNow(f"The bounce mailbox's encryption cannot be trusted: {error.verify_message}.") from error
    except (imaplib.IMAP4.abort, OSError) as error:
        raise NotNow("The bounce mailbox cannot be reached, or its connection broke.") from error
    except (imaplib.IMAP4.error, ValueError, LookupError) as error:  # imaplib trips over some kinds of garbage
        raise NotNow(f"The bounce mailbox {what}.") from error


class Session:
    """One look into the mailbox; nothing is marked as read before it is said to be."""

    def __init__(self, client: _Bounded, last: set[int]) -> None:
        self._client, self._last = client, last

    def unread(self, most: int) -> list[int]:
        """Numbers of mails that nobody has read, oldest first."""
        return sorted(self._search("UNSEEN"), key=lambda uid: (uid in self._last, uid))[:most]

    def having(self, where: Literal["SUBJECT", "TO"], text: str) -> list[int]:
        """Numbers of mails with *text* in that header, read or not, oldest first; a server may find others too."""
        return sorted(self._search("UNDELETED", where, _quoted(text)))

    def read(self, uid: int) -> bytes:
        """The mail, cut off at LARGEST; nothing when it has gone meanwhile."""
        self._last.add(uid)
        answer = self._do("FETCH", str(uid), f"(BODY.PEEK[]<0.{LARGEST}>)")
        self._last.discard(uid)
        return next((bytes(part[1]) for part in answer if isinstance(part, tuple)), b"")

    def mark_read(self, uid: int) -> None:
        self._do("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")

    def delete(self, uid: int) -> None:
        """Delete this mail and no other; a server without UID EXPUNGE (RFC 4315) keeps it, marked as deleted."""
        self._do("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)")
        with suppress(NotNow):
            self._do("EXPUNGE", str(uid))

    def _search(self, *criteria: str) -> list[int]:
        found = self._do("SEARCH", *criteria)
        return [int(uid) for uid in b" ".join(filter(None, found)).split() if uid.isdigit() and len(uid) <= 10]

    def _do(self, *command: str) -> list[Any]:
        self._client.left = _MOST
        with _told("did not do what it was asked for"):
            return _expect(self._client.uid(*command))


def _expect(answer: tuple[str, list[Any]]) -> list[Any]:
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error
    return data


def _quoted(text: str) -> str:
    """A quoted string (RFC 3501 4.3); imaplib quotes the password only."""
    return '"{}"'.format(text.replace("\\", r"\\").replace('"', r"\""))


class _Bounded(imaplib.IMAP4):
    """Gives up after a time and after so many bytes of one answer, however they drip in."""

    left = _MOST

    def __init__(self, host: str, port: int, *, until: float, **more: Any) -> None:
        self._until, self._received = until, bytearray()
        super().__init__(host, port, timeout=max(1.0, until - time.monotonic()), **more)

    def leave(self) -> None:
        """Say goodbye if that is quick, then close."""
        self._until = min(self._until, time.monotonic() + 2)
        for step in (self.logout, self.shutdown):
            with suppress(imaplib.IMAP4.error, OSError, ValueError, LookupError):
                step()

    def read(self, size: int) -> bytes:
        while len(self._received) < size:
            self._receive(size)
        return self._taken(size)

    def readline(self) -> bytes:
        while (end := self._received.find(b"\n")) < 0:
            self._receive(len(self._received))
        return self._taken(end + 1)

    def _taken(self, size: int) -> bytes:
        piece = bytes(self._received[:size])
        del self._received[:size]
        self.left -= size
        return piece

    def _receive(self, size: int) -> None:
        seconds = self._until - time.monotonic()
        if seconds <= 0 or size > self.left:
            raise self.abort("The answer has no end.")
        self.sock.settimeout(seconds)
        data = self.sock.recv(_CHUNK)
        if not data:
            raise self.abort("The server hung up.")
        self._received += data


class _Encrypted(_Bounded, imaplib.IMAP4_SSL):
    """The same, encrypted from the first byte."""
