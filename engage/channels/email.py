"""E-mail: which letters go over which connection, and what to do when one breaks. One exchange is in transaction.

Over several connections more letters are under way at once, and each has but one whose end can be in doubt.
"""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice

from engage.channels.addresses import parse_email
from engage.channels.base import ADDRESS, Letter
from engage.channels.lines import Lines
from engage.channels.message import Headings, Skeleton, compose
from engage.channels.server import Server
from engage.channels.smtp import Broken, Timeouts, Unopened
from engage.channels.transaction import Transactions
from engage.domain.outcomes import Halted, Outcome, Refused, TryAgain
from engage.domain.rates import Rate
from engage.errors import SettingsError
from engage.settings import Settings

CONNECTIONS = 4  # at once, to a server that limits no rate


class Email:
    """The channel. With *only*, letters to anybody else are refused: trial mode must not mail residents."""

    name = "email"
    repeatable = False
    findable = False

    def __init__(
        self,
        server: Server,
        *,
        only: Collection[str] | None = None,
        timeouts: Timeouts | None = None,
        context: ssl.SSLContext | None = None,
        rate: Rate | None = None,
        connections: int = 1,
    ) -> None:
        self.server = server
        self.rate = rate
        self.connections = connections
        self.only = None if only is None else frozenset(address.lower() for address in only)
        self.timeouts = timeouts or Timeouts()
        self.context = context

    @classmethod
    def from_settings(cls, settings: Settings) -> Email:
        """In trial mode, a server off loopback may reach nobody but ENGAGE_TRIAL_RECIPIENTS."""
        if settings.smtp_url is None:
            raise SettingsError("ENGAGE_SMTP_URL is not set: without it, no e-mail can be sent.")
        server = Server.parse(settings.smtp_url.get_secret_value())
        free = settings.is_live or server.is_loopback
        rate = Rate(bucket="smtp", per_minute=settings.smtp_rate) if settings.smtp_rate else None
        connections = settings.smtp_connections or (CONNECTIONS if rate is None else 1)
        return cls(server, only=None if free else settings.trial_recipients, rate=rate, connections=connections)

    def connect(self) -> EmailSession:
        return EmailSession(self)

    def build(self, render: Callable[[str], str], headings: Headings) -> Skeleton:
        return compose(render, headings)

    def parse_address(self, text: str) -> str:
        return parse_email(text)


class EmailSession:
    """One thread's connections, kept between calls; a server that hung up meanwhile is called again without a word."""

    def __init__(self, channel: Email) -> None:
        self._only = channel.only
        self._lines = Lines(channel.server, channel.timeouts, channel.context, channel.connections)
        self._breaks = 0

    def send(self, letters: Sequence[Letter], following: Sequence[Letter] = (), /) -> Iterator[Outcome]:
        """See `Session.send`. A letter whose content never left is tried again on another connection.

        After a second break, or a server that does not answer in time, the rest is for later. To hang up between
        letters is no break.
        """
        rest = deque(letters)
        self._breaks = 0
        try:
            while rest:
                try:
                    yield from self._send_round(rest, following)
                except Unopened as unopened:
                    yield from _all(rest, unopened.outcome)
                except Broken as broken:
                    yield from _all(rest, TryAgain(broken.why, "connection"))
        finally:
            if rest:  # the caller turned away while answers were under way
                self._lines.drop_all()

    def _send_round(self, rest: deque[Letter], following: Sequence[Letter]) -> Iterator[Outcome]:
        """A letter over each connection, all begun before the first is answered for; takes them off *rest*.

        Raises Broken or Unopened, once they are answered for, when it is of no use to go on with what is left.
        """
        batch = list(islice(rest, self._lines.most))
        lines = self._lines.for_each(batch)
        coming = list(islice(rest, len(lines), len(lines) + self._lines.most)) or following
        begun: list[tuple[Transactions, Outcome | None]] = []
        stop: Broken | Unopened | None = None
        halted: Halted | None = None
        try:
            for number, line in enumerate(lines):
                begun.append(self._begin(batch[number], line, coming[number] if number < len(coming) else None))
        except (Broken, Unopened) as error:
            stop = error
        for line, known in begun:
            outcome = known or line.finish()
            rest.popleft()
            stop = self._end(line) or stop
            halted = outcome if isinstance(outcome, Halted) else halted
            yield outcome
        if halted is not None:
            self._lines.drop_all()
            yield from _all(rest, halted)
        if stop is not None:
            raise stop

    def _begin(self, letter: Letter, line: Transactions, after: Letter | None) -> tuple[Transactions, Outcome | None]:
        """The connection it went over in the end, and how it ended where that is known at once."""
        while True:
            try:
                following = None if after is None or self._unfit(after, line) else after
                return line, self._unfit(letter, line) or line.begin(letter, following)
            except Broken as broken:
                self._lines.drop(line)
                self._breaks += not line.answered
                if broken.slow or self._breaks > 1:
                    raise
                line = self._lines.open()

    def _end(self, line: Transactions) -> Broken | None:
        """Give up a connection that is of no more use; returns what makes the rest wait."""
        if line.spent or line.broken is not None:
            self._lines.drop(line)
        self._breaks += line.broken is not None
        return line.broken if line.broken is not None and (line.broken.slow or self._breaks > 1) else None

    def _unfit(self, letter: Letter, line: Transactions) -> Refused | None:
        """Why this letter is not offered to the server at all."""
        if line.ahead is letter:
            return None  # it has been
        if self._only is not None and letter.to.lower() not in self._only:
            return Refused("Trial mode sends to the addresses in ENGAGE_TRIAL_RECIPIENTS only.", "trial")
        if not ADDRESS.fullmatch(letter.to) or not (letter.sender == "" or ADDRESS.fullmatch(letter.sender)):
            return Refused("The address cannot be written in SMTP.", "address")
        if line.largest and len(letter.content) > line.largest:
            return Refused(f"The message is larger than the mail server takes ({line.largest} bytes).", "too-large")
        return None

    def close(self) -> None:
        self._lines.close()


def _all(rest: deque[Letter], outcome: Outcome) -> Iterator[Outcome]:
    while rest:
        rest.popleft()
        yield outcome
