"""What follows from what comes back: who is believed, whose address is given up. Reading mail is in channels.

A report is believed when it names a delivery and proves that it was sent there (the return path's HMAC), or comes
from GOV.UK Notify with its token. A `sent` delivery stays `sent`: what came back is kept beside it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from engage.channels import reports
from engage.channels.imap import ReturnMailbox
from engage.domain.events import AddressRefused
from engage.domain.inbox import ANYBODY, RECEIPTS, Incoming, Kind, international, is_worn_out, wants_stop
from engage.errors import NotNow, Refused
from engage.store.phones import SMS
from engage.store.unit import Unit
from engage.work import texting
from engage.work.kit import Kit

log = structlog.get_logger()

MAILBOX = "bounce-mailbox"  # the key of `meta` that says why the mailbox cannot be read; the name of its lease
TURN = timedelta(minutes=2)
MOST = 200  # mails of one look
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What became of one thing that came in; *is_new* is False when it had come before."""

    kind: Kind
    status: str = ""
    delivery_id: int | None = None
    is_new: bool = True


def take_mail(kit: Kit, content: bytes, *, recipient: str = "") -> Taken:
    """Take in one mail to the return path. Mail that proves nothing is counted, whatever it says."""
    incoming = reports.read(content, recipient=recipient)
    if incoming.kind is Kind.CANARY:  # engage.work.canary looks for it
        return Taken(kind=Kind.CANARY, is_new=False)
    return _take(kit, incoming)


def _take(kit: Kit, incoming: Incoming) -> Taken:
    with kit.unit() as unit:
        row = _proven(kit, unit, incoming)
        if row is None or incoming.kind in ANYBODY:
            kind = incoming.kind if incoming.kind in ANYBODY else Kind.UNPROVEN
            return _note(unit, f"mail:{incoming.identity}", kind, row=row)
        return _report(unit, row, incoming.kind, incoming.status)


def _proven(kit: Kit, unit: Unit, incoming: Incoming) -> Any | None:
    """The delivery that the mail was sent back from."""
    for delivery_id, proof in incoming.named:
        row = unit.audits.find(delivery_id)
        address = row and unit.ledger.addresses([row.recipient_id], ended=True).get((row.recipient_id, row.channel))
        if address and kit.links.is_return_path(delivery_id, address.hmac, proof):
            return row
    return None


def _report(unit: Unit, row: Any, kind: Kind, status: str) -> Taken:
    """Note what a believed report says of a delivery, once, and do what follows."""
    taken = _note(unit, f"{row.id}:{kind}:{status}", kind, status=status, row=row)
    if taken.is_new:
        _follow(unit, row, kind)
    return taken


def _note(unit: Unit, identity: str, kind: Kind, *, status: str = "", row: Any = None) -> Taken:
    delivery_id = row.id if row is not None else None
    is_new = unit.inbox.add(identity, kind, status=status, delivery_id=delivery_id)
    log.info("reply taken in", kind=kind.value, status=status, delivery_id=delivery_id, is_new=is_new)
    return Taken(kind=kind, status=status, delivery_id=delivery_id, is_new=is_new)


def _follow(unit: Unit, row: Any, kind: Kind) -> None:
    if kind is Kind.COMPLAINT:
        unit.people.suppress(row.recipient_id, row.channel, "complaint")
    elif kind is Kind.HARD or (
        kind is Kind.SOFT and is_worn_out(unit.inbox.run(row.recipient_id, row.channel, until=row.id))
    ):
        unit.people.suppress(row.recipient_id, row.channel, "bounced")
        unit.emit(AddressRefused(recipient_id=row.recipient_id, channel=row.channel))


# GOV.UK Notify
def take_receipt(kit: Kit, *, reference: str, status: str, to: str) -> Taken | None:
    """Take in what became of a message; None for a status that is not the last.

    A number or address that the person no longer has is noted and not given up: *to* must be what we know.
    """
    kind = RECEIPTS.get(status)
    if kind is None:
        return None
    with kit.unit() as unit:
        row = unit.audits.find(int(reference)) if _NUMBER.fullmatch(reference) else None
        if row is None:
            return _note(unit, f"notify:{reference}:{status}", Kind.UNPROVEN)
        known = unit.people.address_of(row.recipient_id, row.channel)
        if kind is Kind.HARD and known != spelled(kit, row.channel, to):
            kind = Kind.REFUSED
        return _report(unit, row, kind, "")


def take_text(kit: Kit, *, text_id: str, number: str, text: str) -> Taken:
    """Take in a text message: STOP ends text messages to that number, known or not. What it says is not kept."""
    kind = Kind.STOP if wants_stop(text) else Kind.REPLY
    with kit.unit() as unit:
        taken = _note(unit, f"text:{text_id}", kind)
        if taken.is_new and kind is Kind.STOP:
            texting.stopped(unit, spelled(kit, SMS, number))
        return taken


def spelled(kit: Kit, channel: str, text: str) -> str:
    """The address as the ledger knows it."""
    given = international(text) if channel == SMS else text
    try:
        return kit.channels[channel].parse_address(given) if channel in kit.channels else given
    except Refused:
        return given


# the mailbox
def collect(kit: Kit, mailbox: ReturnMailbox, host: str) -> int:
    """Take in what is unread in the mailbox; returns how many mails. One host at a time, nothing inside a unit.

    A mail is marked as read after it was taken in: whatever breaks in between, it comes again and counts once.
    """
    with kit.unit() as unit:
        if not unit.house.hold_lease(MAILBOX, host, for_=TURN):
            return 0
    taken = 0
    try:
        with mailbox.opened() as session:
            for uid in session.unread(MOST):
                if content := session.read(uid):  # else it has gone meanwhile
                    take_mail(kit, content)
                session.mark_read(uid)
                taken += 1
    except NotNow as error:
        _fails(kit, str(error))
    else:
        _fails(kit, None)
    return taken


def _fails(kit: Kit, why: str | None) -> None:
    """Remember why the mailbox cannot be read, for `engage status`; logged when it begins and when it is over."""
    with kit.unit() as unit:
        known = trouble(unit)
        if why is None:
            unit.house.drop(MAILBOX)
        elif known is None or known["why"] != why:
            since = known["since"] if known else unit.now.isoformat()
            unit.house.put(MAILBOX, json.dumps({"why": why, "since": since}))
    if known is None and why is not None:
        log.warning("bounce mailbox failed", why=why)
    elif known is not None and why is None:
        log.info("bounce mailbox works again")


def trouble(unit: Unit) -> dict[str, str] | None:
    """Why the mailbox cannot be read and since when; None while it can, or is not used."""
    found = unit.house.get(MAILBOX)
    return json.loads(found) if found else None
