"""How one attempt at a delivery ended, as values. What the ledger does about each is in deliveries.

`why` is a sentence for the office and never holds an address; `error_class` is a short word that back-off, counters and
reports go by: connection, temporary, greylisted, no-such-address, policy, too-large, authentication, tls, quota,
configuration, rate-limit, daily-limit, late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Sent:
    """The other side took responsibility; *reference* is the name it gave the message, if any."""

    reference: str = ""


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Nothing was delivered and a later attempt may succeed, not before *after* where the other side said so."""

    why: str
    error_class: str = "temporary"
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never be taken; *suppress* when the address itself is dead, so that nothing is sent there again."""

    why: str
    error_class: str
    suppress: bool = False


@dataclass(frozen=True, slots=True)
class Halted:
    """Our account, certificate or quota is at fault: the channel stops for everybody and no delivery is charged.

    *after* is for how long, where the other side said so.
    """

    why: str
    error_class: str
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """The connection broke after the irrevocable step: the person may or may not have it (RFC 1047)."""

    why: str


Outcome = Sent | TryAgain | Refused | Halted | Unknown
