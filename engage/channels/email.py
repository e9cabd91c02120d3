"""E-mail: which letters go over the connection, and what to do when it breaks. One exchange is in transaction."""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence

from engage.channels.addresses import parse_email
from engage.channels.base import ADDRESS, Letter
from engage.channels.message import Headings, Skeleton, compose
from engage.channels.server import Server
from engage.channels.smtp import Broken, Connection, Timeouts, Unopened
from engage.channels.transaction import Transactions
from engage.domain.outcomes import Halted, Outcome, Refused, TryAgain
from engage.domain.rates import Rate
from engage.errors import SettingsError
from engage.settings import Settings


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
    ) -> None:
        self.server = server
        self.rate = rate
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
        return cls(server, only=None if free else settings.trial_recipients, rate=rate)

    def connect(self) -> EmailSession:
        return EmailSession(self)

    def build(self, render: Callable[[str], str], headings: Headings) -> Skeleton:
        return compose(render, headings)

    def parse_address(self, text: str) -> str:
        return parse_email(text)


class EmailSession:
    """One thread's connection, kept between calls; a server that hung up meanwhile is called again without a word."""

    def __init__(self, channel: Email) -> None:
        self._channel = channel
        self._line: Transactions | None = None

    def send(self, letters: Sequence[Letter], following: Letter | None = None, /) -> Iterator[Outcome]:
        """See `Session.send`. A letter whose content never left is tried once more on a fresh connection.

        After a second break, or a server that does not answer in time, the rest is for later.
        """
        rest = deque(letters)
        may_reopen = True
        try:
            while rest:
                try:
                    yield from self._send_all(rest, following)
                except Unopened as unopened:
                    yield from _all(rest, unopened.outcome)
                except Broken as broken:
                    self._drop()
                    if broken.slow or not may_reopen:
                        yield from _all(rest, TryAgain(broken.why, "connection"))
                    may_reopen = False
        finally:
            if rest:  # the caller turned away while answers were under way
                self._drop()

    def _send_all(self, rest: deque[Letter], last: Letter | None) -> Iterator[Outcome]:
        """Take letters off *rest* with their outcomes; *last* may come after them.

        Raises Broken, leaving those whose content never left.
        """
        while rest:
            line = self._open(rest[0])
            after = rest[1] if len(rest) > 1 else last
            following = after if after is not None and self._unfit(after, line) is None else None
            outcome = self._unfit(rest[0], line) or line.deliver(rest[0], following)
            rest.popleft()
            if line.spent or line.broken is not None:
                self._drop()
            yield outcome
            if isinstance(outcome, Halted):
                self._drop()
                yield from _all(rest, outcome)
            if line.broken is not None:
                raise line.broken

    def _unfit(self, letter: Letter, line: Transactions) -> Refused | None:
        """Why this letter is not offered to the server at all."""
        if self._channel.only is not None and letter.to.lower() not in self._channel.only:
            return Refused("Trial mode sends to the addresses in ENGAGE_TRIAL_RECIPIENTS only.", "trial")
        if not ADDRESS.fullmatch(letter.to) or not (letter.sender == "" or ADDRESS.fullmatch(letter.sender)):
            return Refused("The address cannot be written in SMTP.", "address")
        if line.largest and len(letter.content) > line.largest:
            return Refused(f"The message is larger than the mail server takes ({line.largest} bytes).", "too-large")
        return None

    def _open(self, letter: Letter) -> Transactions:
        """The connection, unless it waits for the content of another letter, which did not come after all."""
        if self._line is not None and self._line.ahead not in (None, letter):
            self._drop()
        if self._line is None:
            channel = self._channel
            self._line = Transactions(Connection.open(channel.server, channel.timeouts, channel.context))
        return self._line

    def _drop(self) -> None:
        if self._line is not None:
            self._line.connection.drop()
            self._line = None

    def close(self) -> None:
        """Say QUIT, if there is anybody to say it to, and nobody who would take it for a letter's content."""
        if self._line is not None and self._line.ahead is None:
            self._line.connection.close()
        self._drop()


def _all(rest: deque[Letter], outcome: Outcome) -> Iterator[Outcome]:
    while rest:
        rest.popleft()
        yield outcome
