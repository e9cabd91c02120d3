"""One letter's exchange over an open SMTP connection: envelope, content, answer. Which connection is in email.

Where the server pipelines (RFC 2920), MAIL, RCPT and DATA go in one write, and behind a letter's final dot goes the
envelope of the next: one round trip per letter. Content is only ever written after its own 354, so at most one letter
can be in doubt when a connection breaks.
"""

from __future__ import annotations

import re
from time import monotonic

from engage.channels.base import Letter
from engage.channels.replies import Step, refusal
from engage.channels.smtp import Broken, Connection, Reply
from engage.domain.outcomes import Outcome, Sent, TryAgain, Unknown

_POSITIVE: dict[Step, frozenset[int]] = {
    "RSET": frozenset({250}),
    "MAIL": frozenset({250}),
    "RCPT": frozenset({250, 251, 252}),
    "DATA": frozenset({354}),
}
_A_LOOK = 1.0  # seconds: an answer may lie here already when the time for it is over
_REFERENCE = re.compile(  # the name under which the server's own log knows the message
    r"(?:queued as |\bid=|^(?:2\.\d+\.\d+ )?ok:? (?!queued))([A-Za-z0-9][A-Za-z0-9._-]{3,79})(?![^\s;,)\]])",
    re.IGNORECASE,
)


class Transactions:
    """*spent*: use another connection for the next letter. *broken*: so, because this one failed in mid-letter.

    *answered*: it has answered for a letter before.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.spent = False
        self.broken: Broken | None = None
        self.answered = False
        self.ahead: Letter | None = None  # its envelope is already written: the server waits for its content
        self._open = False  # a refused transaction must be reset before the next
        self._until = 0.0  # when the wait for the answer ends

    @property
    def largest(self) -> int:
        return self.connection.largest

    def begin(self, letter: Letter, following: Letter | None = None) -> Outcome | None:
        """Offer the envelope and write the content, behind it the envelope of the letter *following*.

        None: `finish` tells how it ended. Raises Broken when the connection failed before any of the content was
        written.
        """
        refused = self._envelope(letter)
        if refused is not None:
            self.answered = True
            return refused
        return self._content(letter, following)

    def finish(self) -> Outcome:
        """What the server answers to the content, within its time since that was written."""
        try:
            reply = self.connection.read(max(_A_LOOK, self._until - monotonic()))
        except Broken as broken:
            self.broken = broken
            return Unknown(broken.why)
        self.answered = True
        return self._answer(reply)

    def _envelope(self, letter: Letter) -> Outcome | None:
        commands = self._commands(letter)
        refused: Outcome | None = None
        reply: Reply | None = None
        for step, reply in self._replies(letter, commands):
            if reply.code == 421:  # the server is closing: it may have said so while we were idle
                raise Broken(f"The mail server closed the connection ({reply.shown}).")
            if refused is None and reply.code >= 400:
                refused = refusal(reply, step)
            elif refused is None and reply.code not in _POSITIVE[step]:
                raise Broken("The mail server answered out of turn.")
        self._open = refused is not None
        if refused is not None and reply is not None and reply.code == 354:
            # It wants content for nobody. RFC 2920 3.1 would send a lone dot; hanging up cannot deliver even that.
            self.spent = True
        return refused

    def _replies(self, letter: Letter, commands: dict[Step, bytes]) -> list[tuple[Step, Reply]]:
        """The reply to each command; without pipelining, up to and including the first refusal."""
        connection = self.connection
        wait = connection.timeouts.command
        if connection.pipelines:
            if self.ahead is not letter:
                connection.write(b"".join(commands.values()), wait)
            self.ahead = None
            return [(step, connection.read(wait)) for step in commands]
        replies: list[tuple[Step, Reply]] = []
        for step, command in commands.items():
            connection.write(command, wait)
            replies.append((step, connection.read(wait)))
            if replies[-1][1].code >= 400:
                break
        return replies

    def _commands(self, letter: Letter) -> dict[Step, bytes]:
        size = b" SIZE=%d" % len(letter.content) if "SIZE" in self.connection.features else b""
        commands: dict[Step, bytes] = {
            "MAIL": b"MAIL FROM:<%s>%s\r\n" % (letter.sender.encode("ascii"), size),
            "RCPT": b"RCPT TO:<%s>\r\n" % letter.to.encode("ascii"),
            "DATA": b"DATA\r\n",
        }
        return {"RSET": b"RSET\r\n", **commands} if self._open else commands

    def _content(self, letter: Letter, following: Letter | None) -> Outcome | None:
        connection = self.connection
        data = stuffed(letter.content)
        dot_at = len(data)
        if following is not None and connection.pipelines:
            data += b"".join(self._commands(following).values())
            self.ahead = following
        try:
            connection.write(data, connection.timeouts.block, dot_at)
        except Broken as broken:
            self.broken = broken
            return Unknown(broken.why) if broken.dotted else TryAgain(broken.why, "connection")
        self._until = monotonic() + connection.timeouts.final
        return None

    def _answer(self, reply: Reply) -> Outcome:
        if 200 <= reply.code < 300:
            found = _REFERENCE.search(reply.text)
            return Sent(found[1] if found else "")
        if reply.code < 400:
            self.broken = Broken("The mail server answered out of turn.")
            return Unknown(self.broken.why)
        self.spent = reply.code == 421
        return refusal(reply, "the message")


def stuffed(content: bytes) -> bytes:
    """The content as it travels: leading dots doubled, the final dot behind it (RFC 5321 4.5.2)."""
    if content.startswith(b"."):
        content = b"." + content
    end = b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n"
    return content.replace(b"\r\n.", b"\r\n..") + end
