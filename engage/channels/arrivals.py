"""Reading back what was sent to ourselves: has a message with this token arrived? Deciding what to send is in work."""

from __future__ import annotations

import heapq
import os
from pathlib import Path
from typing import Protocol

from engage.channels.base import Channel
from engage.channels.email import Email
from engage.channels.smtp import Connection, Unopened
from engage.settings import Settings

NEWEST = 1000
HEAD = 64 * 1024  # the subject carries the token


class Arrivals(Protocol):
    """The far end of a channel, as its addressee sees it."""

    def arrived(self, token: str) -> bool:
        """Whether a message whose subject holds *token* is there; raises OSError when nobody can look."""
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
        except FileNotFoundError:
            return False
        return any(token.encode() in _head(path) for _, path in heapq.nlargest(NEWEST, files))


def _head(path: str) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(HEAD)


def arrivals(settings: Settings) -> dict[str, Arrivals]:
    """How to read back each channel of `serving`; a channel that cannot be read back is left out."""
    if settings.is_live or settings.smtp_url is not None:
        return {}
    return {"email": TrialArrivals(settings.data / "trial-mail")}


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
