"""Reading back what was sent to ourselves: has a message with this token arrived? Deciding what to send is in work."""

from __future__ import annotations

import heapq
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from engage.channels import reports
from engage.channels.base import Channel
from engage.channels.email import Email
from engage.channels.imap import ReturnMailbox, Session
from engage.channels.smtp import Connection, Unopened
from engage.domain.inbox import Kind
from engage.errors import EngageError, NotNow
from engage.links import CANARY
from engage.settings import Settings

NEWEST = 1000
KEPT = 7  # canaries that stay in the mailbox, for whoever wants to see them
MOST = 50  # canaries that one look reads
HEAD = 64 * 1024  # the subject carries the token


class Arrivals(Protocol):
    """The far end of a channel, as its addressee sees it."""

    def arrived(self, token: str) -> bool:
        """Whether a message whose subject holds *token* is there; raises NotNow when nobody can look."""
        ...


class TrialArrivals:
    """The trial mailbox's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def arrived(self, token: str) -> bool:
        """See `Arrivals`; among the newest thousand messages."""
        try:
            with os.scandir(self._folder) as found:
                files = [(file.stat().st_mtime_ns, file.path) for file in found if file.name.endswith(".eml")]
            return any(token.encode() in _head(path) for _, path in heapq.nlargest(NEWEST, files))
        except FileNotFoundError:
            return False
        except OSError as error:
            raise NotNow(f"The trial mailbox cannot be read: {error.strerror}.") from error


class MailboxArrivals:
    """The mailbox that bounces return to: messages to ourselves end there too, among what others send.

    Collecting bounces marks them as read and counts them as nothing; only the look here deletes any.
    """

    def __init__(self, mailbox: ReturnMailbox) -> None:
        self.mailbox = mailbox

    def arrived(self, token: str) -> bool:
        """See `Arrivals`. Of older canaries the newest seven stay."""
        with self.mailbox.opened() as session:
            is_there = any(_is_canary(session, uid) for uid in session.having("SUBJECT", token)[:MOST])
            with suppress(NotNow):  # whether it arrived is known by now
                _tidy(session)
        return is_there


def _is_canary(session: Session, uid: int) -> bool:
    """A bounce of the canary may have its subject, and proves the contrary."""
    return reports.read(session.read(uid)).kind is Kind.CANARY


def _tidy(session: Session) -> None:
    for uid in session.having("TO", f"{CANARY}@")[:-KEPT][:MOST]:
        if _is_canary(session, uid):
            session.delete(uid)


def _head(path: str) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(HEAD)


def arrivals(settings: Settings) -> dict[str, Arrivals]:
    """How to read back each channel of `serving`; a channel that cannot be read back is left out."""
    if not settings.is_live and settings.smtp_url is None:
        return {"email": TrialArrivals(settings.data / "trial-mail")}
    url = settings.bounce_imap_url
    return {"email": MailboxArrivals(ReturnMailbox.parse(url.get_secret_value()))} if url is not None else {}


def reach(channel: Channel) -> str | None:
    """Connect, greet and hang up; None when the other side is ready for messages, else why not in a sentence."""
    if not isinstance(channel, Email):
        return None
    try:
        line = Connection.open(channel.server, channel.timeouts, channel.context)
    except Unopened as error:
        return error.outcome.why
    line.close()
    return None


def reach_mailbox(url: str) -> str | None:
    """Log in to the mailbox that bounces return to and leave; None when it can be read, else why not in a sentence."""
    try:
        with replace(ReturnMailbox.parse(url), seconds=10).opened():
            return None
    except EngageError as error:
        return str(error)
