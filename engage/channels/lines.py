"""The connections of one session: one a letter at a time, as many as the server lets us have."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import replace

import structlog

from engage.channels.base import Letter
from engage.channels.server import Server
from engage.channels.smtp import Connection, Timeouts, Unopened
from engage.channels.transaction import Transactions

log = structlog.get_logger()

FOR_ANOTHER = 5.0  # seconds to wait for a further connection: a server may serve one after the other


class Lines:
    """Opened when they are needed, and kept. Not shared between threads."""

    def __init__(self, server: Server, timeouts: Timeouts, context: ssl.SSLContext | None, most: int) -> None:
        self._server, self._timeouts, self._context = server, timeouts, context
        self._lines: list[Transactions] = []
        self.most = most

    def for_each(self, letters: Sequence[Letter]) -> list[Transactions]:
        """A connection for each letter: the one that waits for its content, an idle one or another.

        Fewer, but one at least, where the server would not have so many; raises Unopened when there is none at all.
        """
        waiting: dict[int, Transactions | None] = {}
        for kept in [*self._lines]:
            if any(kept.ahead is letter for letter in letters):
                waiting[id(kept.ahead)] = kept
            elif kept.ahead is not None:
                self.drop(kept)  # it waits for the content of somebody whose letter did not come after all
        idle = [kept for kept in self._lines if kept.ahead is None]
        chosen: list[Transactions] = []
        for letter in letters:
            line = waiting.get(id(letter)) or (idle.pop(0) if idle else self._another(is_first=not chosen))
            if line is None:
                break
            chosen.append(line)
        return chosen

    def _another(self, *, is_first: bool) -> Transactions | None:
        if is_first:
            return self.open()
        hasty = replace(self._timeouts, connect=min(self._timeouts.connect, FOR_ANOTHER))
        try:
            return self.open(hasty)
        except Unopened as unopened:
            self.most = max(1, len(self._lines))
            log.info("the mail server takes no more connections", connections=self.most, why=unopened.outcome.why)
            return None

    def open(self, timeouts: Timeouts | None = None) -> Transactions:
        """One more. Raises Unopened."""
        line = Transactions(Connection.open(self._server, timeouts or self._timeouts, self._context))
        self._lines.append(line)
        return line

    def drop(self, line: Transactions) -> None:
        line.connection.drop()
        if line in self._lines:
            self._lines.remove(line)

    def drop_all(self) -> None:
        for line in [*self._lines]:
            self.drop(line)

    def close(self) -> None:
        """Say QUIT where there is anybody to say it to, and nobody who would take it for a letter's content."""
        for line in self._lines:
            if line.ahead is None:
                line.connection.close()
        self.drop_all()
