"""What every channel promises: take letters over one session, say how each ended. The channels are beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from engage.domain.outcomes import Outcome
from engage.domain.rates import Rate

if TYPE_CHECKING:
    from engage.channels.message import Headings

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"

# An addr-spec in plain ASCII (RFC 5321 Mailbox without quoted strings and address literals).
ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class Letter:
    """One message for one person, ready to go: its repr tells the delivery and nothing else.

    *sender* is where failures return to (VERP for e-mail); *content* is in the channel's own form. *in_doubt*: an
    earlier try may have reached the other side, which is asked first where it can be.
    """

    delivery_id: int
    to: str = field(repr=False)
    sender: str = field(repr=False)
    content: bytes = field(repr=False)
    in_doubt: bool = field(default=False, repr=False)


class Form(Protocol):
    """A notice in a channel's own form, the same for everybody but for what `fill` puts in."""

    def fill(self, values: Mapping[str, str]) -> bytes: ...


class Session(Protocol):
    """What one thread has to the other side, opened when first needed and kept until `close`."""

    def send(self, letters: Sequence[Letter], following: Sequence[Letter] = (), /) -> Iterator[Outcome]:
        """One outcome per letter, in order, each as soon as it is known. Never raises for what the other side does.

        The letters must have been fenced before. Whoever stops iterating early has cut the connections. *following*
        will probably be sent next: nothing of their content goes, but the way for them may be prepared.
        """
        ...

    def close(self) -> None: ...


class Channel(Protocol):
    """A way to reach a person.

    *repeatable*: handing the same delivery over twice reaches the person once. *findable*: the other side can be asked
    whether it has a delivery. *rate*: how fast it may be written to, if that is limited. *connections*: how many a
    session keeps at most, so that as many letters are under way at once.
    """

    @property
    def name(self) -> str: ...
    @property
    def repeatable(self) -> bool: ...
    @property
    def findable(self) -> bool: ...
    @property
    def rate(self) -> Rate | None: ...
    @property
    def connections(self) -> int: ...

    def connect(self) -> Session:
        """A session for the calling thread; nothing is opened before its first `send`."""
        ...

    def build(self, render: Callable[[str], str], headings: Headings) -> Form:
        """A notice in the form it travels in; *render* yields a part of it, such as `short.txt`."""
        ...

    def parse_address(self, text: str) -> str:
        """The one spelling under which the ledger knows this address; raises `errors.Refused` with a sentence."""
        ...
