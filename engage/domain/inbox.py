"""What comes back after a message has gone: kinds, what a failure says of an address, when to give an address up.

Reading mail is in channels; who may say something of which delivery is decided in work.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

SOFT_DELIVERIES = 5  # so many messages in a row came back, ...
SOFT_DAYS = timedelta(days=7)  # ... over so long: nobody empties this mailbox any more
ABOUT_THE_SENDER = frozenset({"5.1.7", "5.1.8"})  # RFC 3463 3.2: 5.1.x, but the fault is ours


class Kind(StrEnum):
    """As counted in `engage status`. Only HARD, COMPLAINT, STOP and a long run of SOFT end anything."""

    HARD = "hard"  # there is no such address
    SOFT = "soft"  # full, disabled, not reached for days: the address may be right
    REFUSED = "refused"  # this message or this sender was not wanted: says nothing of the address
    DELAYED = "delayed"
    DELIVERED = "delivered"
    COMPLAINT = "complaint"
    STOP = "stop"
    AUTO_REPLY = "auto-reply"
    REPLY = "reply"
    CANARY = "canary"  # our own message to ourselves: proves that mail arrives, and is not counted
    UNPROVEN = "unproven"  # names no delivery of ours, or cannot prove that it was sent to it


MILDEST = (Kind.DELIVERED, Kind.DELAYED, Kind.REFUSED, Kind.SOFT, Kind.HARD)
ANYBODY = (Kind.AUTO_REPLY, Kind.REPLY)  # counted whoever sent it

_MOST_WORDS = 5000
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_CODE = re.compile(r"(?<![\d.])([45])\d\d[ -]")
_NOBODY = re.compile(
    r"(user|recipient|address|mailbox|account)[a-z<>@._ -]{0,80} (unknown|not found|does not exist|doesn't exist)"
    r"|(unknown|no such|invalid) (local )?(user|recipient|address|mailbox|account)"
    r"|no mailbox here by that name|doesn't have an? [a-z.]{1,30} account",
    re.IGNORECASE,
)
_STOP_FIRST = frozenset({"stop", "stopall", "end", "quit", "cancel"})
_STOP_ANYWHERE = re.compile(
    r"\b(unsubscribe|opt[ -]?out|stop ?all|remove me"
    r"|stop (sending|texting|messag\w*|contacting|these|this|all|texts?))\b"
)


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """One mail as it was read. *named* are the deliveries it speaks of, each with its proof; *identity* tells mails
    apart. Nothing of what it says is kept.
    """

    kind: Kind
    status: str = ""
    named: tuple[tuple[int, str], ...] = field(default=(), repr=False)
    identity: str = field(default="", repr=False)


def failure(action: str, status: str, words: str) -> tuple[Kind, str]:
    """What a delivery report says: its kind and the status it stands on. *words* are the other server's.

    A status that ends in 0 means "other": what the server itself said is better (an Exim says 5.0.0 where the server
    said 5.1.1, an IronPort 5.1.0 where it said 5.7.1).
    """
    match action.lower():
        case "delayed":
            return Kind.DELAYED, status_in(status)
        case "delivered" | "relayed" | "expanded":
            return Kind.DELIVERED, status_in(status)
    words = words[:_MOST_WORDS]
    told = [status_in(status), *_STATUS.findall(words)]
    found = next((s for s in told if s and not s.endswith(".0")), "") or next(filter(None, told), _class_of(words))
    return _kind_of(found, words), found


def _kind_of(status: str, words: str) -> Kind:
    subject = status[2:].partition(".")[0]
    if subject in {"5", "6", "7"} or status in ABOUT_THE_SENDER or status in {"5.2.3", "5.3.4"}:
        return Kind.REFUSED
    if status.startswith("5.1.") or (not status.startswith("4.") and subject in {"", "0"} and _NOBODY.search(words)):
        return Kind.HARD
    return Kind.SOFT


def status_in(text: str) -> str:
    """The first enhanced status (RFC 3463) such as `5.1.1`, or nothing; network addresses are none."""
    found = _STATUS.search(text)
    return found[1] if found else ""


def _class_of(words: str) -> str:
    found = _CODE.search(words)
    return f"{found[1]}.0.0" if found else ""


def says_nobody(words: str) -> bool:
    """Whether a server says in words that the address does not exist."""
    return _NOBODY.search(words) is not None


def mildest(found: Iterable[tuple[Kind, str]]) -> tuple[Kind, str]:
    """Of a report about several recipients: an alias with one dead mailbox behind it is not dead."""
    return min(found, key=lambda one: MILDEST.index(one[0]), default=(Kind.SOFT, ""))


def is_worn_out(run: Sequence[datetime | None]) -> bool:
    """Whether an address is given up: *run* is when each message to it came back softly, newest first.

    None is a message that did not come back: whatever was wrong before it was over then.
    """
    back: list[datetime] = []
    for moment in run:
        if moment is None:
            break
        back.append(moment)
    return len(back) >= SOFT_DELIVERIES and max(back) - min(back) >= SOFT_DAYS


RECEIPTS = {
    "delivered": Kind.DELIVERED,
    "permanent-failure": Kind.HARD,
    "temporary-failure": Kind.SOFT,
    "technical-failure": Kind.REFUSED,  # GOV.UK Notify's own trouble
}


def wants_stop(text: str) -> bool:
    """Whether a text message ends messages: STOP in any spelling, also with polite words around it.

    In doubt it does: somebody who meant something else can sign up again, somebody ignored has a right broken.
    """
    plain = re.sub(r"[^a-z -]+", " ", text[:1000].lower())
    return bool(_STOP_FIRST & set(plain.split()[:3])) or _STOP_ANYWHERE.search(plain) is not None


def international(number: str) -> str:
    """`07700 900123`, `447700900123` and `0044 7700 900123` are `+447700900123`."""
    digits = re.sub(r"[^0-9]", "", number[:40])
    if number.lstrip().startswith("+"):
        return f"+{digits}"
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    return f"+44{digits[1:]}" if digits.startswith("0") else f"+{digits}"
