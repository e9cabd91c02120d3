"""Phone numbers of people: asking for one, proving it with a code, giving it up. Choices are in people.

No answer tells whether a number is known here: a code goes to the phone whoever asks, up to the limits, and only who
holds the phone can say it. Proving a number that was another person's takes it from them: the phone has changed hands.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta

from engage.domain.events import PreferencesChanged, SubscriberConfirmed, SubscriberLeft
from engage.domain.notices import service
from engage.domain.people import CODE_WITHIN, CODES_A_DAY, SIGNUPS_AN_HOUR, Wanted
from engage.errors import NotNow
from engage.languages import ENGLISH
from engage.store.phones import SMS
from engage.store.unit import Unit
from engage.work.kit import Kit
from engage.work.notices import announce
from engage.work.people import FULL, are_too_many, take_choices, wording

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PROVED = "web form, confirmed by a code in a text message"


def is_offered(kit: Kit) -> bool:
    """A channel that is not configured is not offered."""
    return SMS in kit.channels


def sign_up(kit: Kit, number: str, wanted: Wanted, *, network: str) -> str:
    """Note a sign-up by phone; returns the id under which its code is awaited, whether or not one was sent."""
    return _send_code(kit, number, network=network, asker_id=None, wanted=wanted, language=wanted.language)


def ask_code(kit: Kit, recipient_id: int, number: str, *, network: str, language: str = ENGLISH) -> str:
    """As `sign_up`, for a person who adds a number or changes it, on a page in *language*."""
    return _send_code(kit, number, network=network, asker_id=recipient_id, wanted=None, language=language)


def _send_code(
    kit: Kit, number: str, *, network: str, asker_id: int | None, wanted: Wanted | None, language: str
) -> str:
    code_id = secrets.token_urlsafe(16)
    with kit.unit() as unit:
        unit.people.wait_for_address(SMS, number)
        from_network = unit.house.count_in_slot("phone", network, slot=HOUR)
        if from_network > SIGNUPS_AN_HOUR or unit.phones.recent_codes(number, asker_id, within=DAY) >= CODES_A_DAY:
            return code_id
        if wanted is None or not are_too_many(unit):
            _write_code(kit, unit, code_id, number, asker_id=asker_id, wanted=wanted, language=language)
            return code_id
    raise NotNow(FULL)


def _write_code(
    kit: Kit, unit: Unit, code_id: str, number: str, *, asker_id: int | None, wanted: Wanted | None, language: str
) -> None:
    known = unit.people.by_address(SMS, number)
    new = [(SMS, number, wanted or Wanted())]
    holder_id = int(known.id) if known else unit.people.add(new, state="pending")[0]
    unit.phones.add_code(code_id, number, holder_id=holder_id, asker_id=asker_id)
    if wanted is not None:
        unit.signups.add(code_id, holder_id, number, wanted, wording(kit, unit, wanted))
    facts = {"code_id": code_id, "minutes": int(CODE_WITHIN.total_seconds() // 60), "asked_in": language}
    announce(
        unit,
        service("code", f"code:{code_id}", recipient_id=holder_id, now=unit.now, facts=facts, channels=(SMS,)),
    )


def confirm(kit: Kit, code_id: str, guess: str, *, language: str = ENGLISH) -> int | None:
    """The person typed the code: the number is theirs. None when it is wrong, old, used, or was tried too often.

    *language*: that of the page on which they agreed.
    """
    with kit.unit() as unit:
        found = unit.phones.try_code(code_id)
        digits = "".join(filter(str.isdigit, guess)).encode()
        if found is None or not hmac.compare_digest(digits, kit.links.code(code_id).encode()):
            return None
        unit.phones.use_code(code_id)
        if found.asker_id is None:
            return _signed_up(unit, code_id)
        words = wording(kit, unit, Wanted(language=language))
        return _added(unit, found.holder_id, found.asker_id, as_proved=found.hmac, words=words)


def _signed_up(unit: Unit, signup_id: str) -> int | None:
    found = unit.signups.take(signup_id)
    if found is None:  # the number's owner was forgotten meanwhile
        return None
    if not unit.signups.confirm(signup_id):
        return int(found.recipient_id)
    recipient_id = take_choices(unit, found, channel=SMS, source=PROVED)
    unit.emit(SubscriberConfirmed(recipient_id=recipient_id))
    return recipient_id


def _added(unit: Unit, holder_id: int, asker_id: int, *, as_proved: str, words: str) -> int | None:
    asker = unit.people.find(asker_id)
    if asker is None or asker.state != "confirmed" or not unit.phones.give(holder_id, asker_id, as_proved=as_proved):
        return None
    if holder_id != asker_id:
        _left_behind(unit, holder_id)
    unit.people.confirm(asker_id, SMS)
    evidence = {"recipient_id": asker_id, "channel": SMS, "given_at": unit.now, "source": PROVED}
    unit.people.record_consent([{**evidence, "wording": words}])
    unit.emit(PreferencesChanged(recipient_id=asker_id))
    return asker_id


def _left_behind(unit: Unit, holder_id: int) -> None:
    """Who had the number before: a row made to hold it, or somebody who may have no other address now."""
    unit.phones.end_pending(holder_id)
    unit.ledger.stop_for(holder_id, channel=SMS)
    _leave_if_unreachable(unit, holder_id, how="moved")


def drop(kit: Kit, recipient_id: int) -> None:
    """The person wants no texts any more; whatever else they have goes on."""
    with kit.unit() as unit:
        unit.phones.clear(recipient_id)
        unit.ledger.stop_for(recipient_id, channel=SMS)
        _leave_if_unreachable(unit, recipient_id, how="unsubscribed")
        unit.emit(PreferencesChanged(recipient_id=recipient_id))


def stopped(unit: Unit, number: str) -> bool:
    """Somebody answered STOP: nothing passes the fence to this number after the commit. False when nobody has it.

    The number, spelled as the ledger knows it, stays barred as a keyed digest until somebody proves it with a new code.
    """
    unit.people.wait_for_address(SMS, number)
    unit.people.stop(SMS, number)
    known = unit.people.by_address(SMS, number)
    if known is None:
        return False
    unit.ledger.stop_for(known.id, channel=SMS)
    _leave_if_unreachable(unit, known.id, how="stop")
    return True


def _leave_if_unreachable(unit: Unit, recipient_id: int, *, how: str) -> None:
    if unit.phones.is_only_way(recipient_id) and unit.people.leave(recipient_id, how):
        unit.ledger.stop_for(recipient_id)
        unit.emit(SubscriberLeft(recipient_id=recipient_id, how=how))


def is_only_way(kit: Kit, recipient_id: int) -> bool:
    """Whether a text is all that can reach the person."""
    with kit.reading() as unit:
        return unit.phones.is_only_way(recipient_id)


def number_ending(kit: Kit, recipient_id: int) -> str | None:
    """The last digits of the person's number; None when they get no texts."""
    with kit.reading() as unit:
        number = unit.phones.of(recipient_id)
    return number[-3:] if number else None
