"""The trial mailbox: every message as one `.eml` file in a folder, for the page /trial/mail. Nothing is mailed."""

from __future__ import annotations

import heapq
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from engage.channels.addresses import parse_email
from engage.channels.base import Letter
from engage.channels.message import Headings, Skeleton, compose
from engage.domain.outcomes import Outcome, Sent, TryAgain
from engage.settings import Settings

SHOWN = 200
_LARGEST = 1024 * 1024


class Mailbox:
    """The channel that stands in for e-mail. The same delivery twice is the same file twice."""

    name = "mailbox"
    repeatable = True
    findable = False
    rate = None
    connections = 1

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def from_settings(cls, settings: Settings) -> Mailbox:
        return cls(settings.data / "trial-mail")

    def connect(self) -> MailboxSession:
        return MailboxSession(self.folder)

    def build(self, render: Callable[[str], str], headings: Headings) -> Skeleton:
        return compose(render, headings)

    def parse_address(self, text: str) -> str:
        return parse_email(text)


class MailboxSession:
    """Writes each letter whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, letters: Sequence[Letter], _following: Sequence[Letter] = (), /) -> Iterator[Outcome]:
        """See `Session.send`; a full disk is for later."""
        for letter in letters:
            try:
                yield self._write(letter)
            except OSError as error:
                yield TryAgain(f"The trial mailbox cannot be written: {error.strerror}.", "connection")

    def _write(self, letter: Letter) -> Sent:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{letter.delivery_id}.eml"
        unfinished = path.with_suffix(f".{os.getpid()}.tmp")
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(letter.content)
        unfinished.replace(path)
        return Sent(path.name)

    def close(self) -> None:
        """Nothing is kept open."""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A message as the person would get it."""

    id: int
    written_at: datetime
    to: str
    subject: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]


def read_mail(folder: Path, delivery_id: int) -> Mail | None:
    """One message, or None when there is none by this id."""
    path = folder / f"{delivery_id:d}.eml"
    try:
        with path.open("rb") as file:
            message = message_from_bytes(file.read(_LARGEST), policy=default)
        written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None
    return Mail(
        id=delivery_id,
        written_at=written_at,
        to=str(message.get("To", "")),
        subject=str(message.get("Subject", "")),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        headers=tuple((name, str(value)) for name, value in message.items()),
    )


def list_mail(folder: Path, limit: int = SHOWN) -> list[Mail]:
    """The newest *limit* messages, newest first; none when nothing was ever sent."""
    try:
        with os.scandir(folder) as found:
            files = [(file.stat().st_mtime_ns, _id(file.name)) for file in found if _id(file.name)]
    except FileNotFoundError:
        return []
    newest = heapq.nlargest(limit, files)
    return [mail for _, delivery_id in newest if (mail := read_mail(folder, delivery_id)) is not None]


def _id(name: str) -> int:
    stem, _, suffix = name.partition(".")
    return int(stem) if suffix == "eml" and stem.isascii() and stem.isdigit() else 0


def _body(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""
