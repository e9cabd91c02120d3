"""Signing up, changing and leaving, and the service mails that go with them. The rules are in domain.people."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from engage.domain.deliveries import Habits
from engage.domain.events import (
    ManageRequested,
    PreferencesChanged,
    SignupRequested,
    SubscriberConfirmed,
    SubscriberLeft,
)
from engage.domain.notices import service
from engage.domain.people import (
    CONFIRM_WITHIN,
    CONFIRMATIONS_A_DAY,
    CONSENT_WORDING,
    FOLLOW_WORDING,
    MANAGE_WITHIN,
    SIGNUPS_AN_HOUR,
    SIGNUPS_OF_ALL,
    Wanted,
)
from engage.errors import NotNow
from engage.store.types import from_body
from engage.store.unit import Unit
from engage.work.following import concern_of
from engage.work.habits import follow_change
from engage.work.kit import Kit, office_of
from engage.work.notices import announce
from engage.work.staff import tell_office

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
FLOODED = (
    "Somebody may be using the form to fill strangers' mailboxes. Nobody got more than three messages of it.",
    "Whoever signs up now is asked to come back later.",
    "If many did come at once, after a broadcast perhaps, nothing is wrong.",
    "How many wait for their confirmation: engage status",
)
FULL = "Too many people are signing up within this hour. Please come back later."


def wording(kit: Kit, unit: Unit, wanted: Wanted) -> str:
    """The words a person agrees to, as shown beside the button in the language of the page."""
    office, words = office_of(unit), FOLLOW_WORDING if wanted.concerns else CONSENT_WORDING
    return kit.language(office, wanted.language).say(words, office=office.name)


def sign_up(kit: Kit, channel: str, address: str, wanted: Wanted, *, network: str) -> bool:
    """Note a sign-up and have its confirmation sent; the page says the same whatever happens here.

    Known, pending and unknown addresses take the same road. Beyond three a day for one mailbox, or ten an hour from
    one network, nothing is sent; False then, for the log only. Raises NotNow when too many sign up everywhere: that
    says nothing of anybody.
    """
    with kit.unit() as unit:
        unit.people.wait_for_address(channel, address)
        from_network = unit.house.count_in_slot("signup", network, slot=HOUR)
        from_mailbox = unit.signups.recent(address, within=DAY)
        known = unit.people.by_address(channel, address)
        if from_network > SIGNUPS_AN_HOUR or from_mailbox >= CONFIRMATIONS_A_DAY:
            return False
        if not are_too_many(unit):
            recipient_id = known.id if known else unit.people.add([(channel, address, wanted)], state="pending")[0]
            signup_id = secrets.token_urlsafe(16)
            unit.signups.add(signup_id, recipient_id, address, wanted, wording(kit, unit, wanted))
            unit.emit(SignupRequested(signup_id=signup_id))
            return True
    raise NotNow(FULL)  # after the commit: the office's mail is in it


def are_too_many(unit: Unit) -> bool:
    """Count one more sign-up that would write to somebody; True when the hour has had its fill, which the office reads.

    Many networks and many strangers' addresses pass every other limit: the letters would still all be ours.
    """
    if unit.house.count_in_slot("signup", "all", slot=HOUR) <= SIGNUPS_OF_ALL:
        return False
    heading = f"More than {SIGNUPS_OF_ALL:,} sign-ups within an hour: no more are taken until it is over"
    tell_office(unit, office_of(unit), f"sign-ups:{unit.now:%Y-%m-%dT%H}", heading=heading, lines=FLOODED)
    return True


def send_confirmation(_kit: Kit, unit: Unit, event: SignupRequested) -> None:
    """The mail with the button; to somebody who is confirmed it says so and lets them take over the new choices.

    Whoever only wants to follow a concern reads the same whether we know them or not.
    """
    found = unit.signups.find(event.signup_id)
    person = unit.people.find(found.recipient_id) if found else None
    if found is None or person is None or found.confirmed_at is not None:
        return
    kind = "already" if person.state == "confirmed" else "confirm"
    facts: dict[str, Any] = {"signup_id": found.id, "hours": int(CONFIRM_WITHIN / HOUR)}
    wanted = from_body(found.wanted, Wanted)
    if wanted.concerns:
        about = concern_of(unit, wanted.concerns[0])
        kind, facts = "follow", {**facts, "raised": about.concern.raised if about else ""}
    if kind != "already":  # who is known reads what they chose; who may not be, what the page was in
        facts["asked_in"] = wanted.language
    announce(unit, service(kind, f"{kind}:{found.id}", recipient_id=person.id, now=unit.now, facts=facts))


def confirm(kit: Kit, signup_id: str) -> int | None:
    """The person pressed the button: their choices hold from now on. None when there is nothing to confirm.

    Pressing twice, or in two tabs, is harmless and answers the same; after they have left it brings nobody back.
    """
    with kit.unit() as unit:
        found = unit.signups.take(signup_id)
        if found is None:
            return None
        if unit.signups.confirm(signup_id):
            recipient_id = take_choices(unit, found, channel="email", source="web form, confirmed by e-mail")
            unit.emit(SubscriberConfirmed(recipient_id=recipient_id))
            return recipient_id
        person = unit.people.find(found.recipient_id)
        return int(found.recipient_id) if person is not None and person.state == "confirmed" else None


def only_follows(kit: Kit, signup_id: str) -> bool:
    """Whether a sign-up asks for what comes of a concern, and for nothing else."""
    with kit.reading() as unit:
        found = unit.signups.find(signup_id)
        return found is not None and bool(from_body(found.wanted, Wanted).concerns)


def take_choices(unit: Unit, found: Any, *, channel: str, source: str) -> int:
    """What a sign-up asked for holds from now on: its address was proved. To follow a concern changes nothing else.

    Returns whose it is: somebody who was forgotten and comes back is who they were, and is told nothing again.
    """
    recipient_id = unit.returners.known_again(found.recipient_id, channel)
    wanted, before = from_body(found.wanted, Wanted), unit.people.find(recipient_id)
    unit.people.confirm(recipient_id, channel)
    for concern in wanted.concerns:
        unit.subscriptions.follow(recipient_id, concern)
    if not wanted.concerns:
        unit.people.change(recipient_id, wanted)
    evidence = {"recipient_id": recipient_id, "channel": channel, "given_at": unit.now, "source": source}
    unit.people.record_consent([{**evidence, "wording": found.wording}])
    if not wanted.concerns:
        _now_wants(unit, before, wanted)
    return recipient_id


def request_link(kit: Kit, channel: str, address: str, *, network: str) -> None:
    """Mail a fresh link to the preferences, if the address is a subscriber's; the page never says which.

    Nor does the time it takes: a stranger's request is written down as well, and comes to nothing later.
    """
    with kit.unit() as unit:
        from_network = unit.house.count_in_slot("manage", network, slot=HOUR)
        mailbox = unit.signups.mailbox_digest(address)
        from_mailbox = unit.house.count_in_slot("manage-mailbox", mailbox, slot=DAY)
        known = unit.people.by_address(channel, address)
        is_modest = from_network <= SIGNUPS_AN_HOUR and from_mailbox <= CONFIRMATIONS_A_DAY
        if is_modest:
            who = known.id if known is not None and known.state == "confirmed" else 0
            unit.emit(ManageRequested(recipient_id=who, channel=channel))


def send_manage_link(_kit: Kit, unit: Unit, event: ManageRequested) -> None:
    if not event.recipient_id:
        return
    facts = {"minutes": int(MANAGE_WITHIN.total_seconds() // 60)}
    notice_id = f"manage:{event.recipient_id}:{unit.cause_id}"
    channels, recipient_id = (event.channel,), event.recipient_id
    announce(
        unit, service("manage", notice_id, recipient_id=recipient_id, now=unit.now, facts=facts, channels=channels)
    )


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """What the page of one person shows."""

    recipient_id: int
    state: str
    wanted: Wanted


def preferences(kit: Kit, recipient_id: int) -> Preferences | None:
    with kit.reading() as unit:
        row = unit.people.find(recipient_id)
        if row is None:
            return None
        return Preferences(recipient_id=recipient_id, state=row.state, wanted=unit.subscriptions.wanted(row))


def change(kit: Kit, recipient_id: int, wanted: Wanted) -> bool:
    """Replace a person's choices; False for somebody who has left."""
    with kit.unit() as unit:
        row = unit.people.find(recipient_id)
        if row is None or row.state != "confirmed":
            return False
        unit.people.change(recipient_id, wanted)
        _now_wants(unit, row, wanted)
        unit.emit(PreferencesChanged(recipient_id=recipient_id))
        return True


def _now_wants(unit: Unit, before: Any, wanted: Wanted) -> None:
    follow_change(unit, before.id, _habits(before), _habits(wanted))


def _habits(of: Any) -> Habits:
    return Habits(frequency=of.frequency, digest_day=of.digest_day, digest_hour=of.digest_hour)


def leave(kit: Kit, recipient_id: int, *, how: str) -> None:
    """Stop everything to the person. Nothing passes the fence after this commit; doing it twice is harmless."""
    with kit.unit() as unit:
        if unit.people.find(recipient_id) is None:
            return
        if unit.people.leave(recipient_id, how):
            unit.emit(SubscriberLeft(recipient_id=recipient_id, how=how))
        unit.ledger.stop_for(recipient_id)


def forget(kit: Kit, recipient_id: int) -> None:
    """Leave, and remove what identifies the person; the bare id stays in the ledger, and for a while a digest of each
    address, by which they are known again if they come back.
    """
    leave(kit, recipient_id, how="forgotten")
    with kit.unit() as unit:
        unit.people.forget(recipient_id)
