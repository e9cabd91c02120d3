"""A person's device for web push: taking it, and stopping it. Pushing is in deliveries."""

from __future__ import annotations

from engage.domain.people import DEVICE_WORDING
from engage.languages import ENGLISH
from engage.store.devices import CHANNEL
from engage.work.kit import Kit, office_of


def add(kit: Kit, recipient_id: int, address: str, *, language: str = ENGLISH) -> bool:
    """Make the browser at *address* the person's device, as they agreed by pressing the button; False if they left.

    *language*: that of the page on which they agreed.
    """
    with kit.unit() as unit:
        before = unit.devices.of(recipient_id)
        if not unit.devices.put(recipient_id, address):
            return False
        if before != address:
            office = office_of(unit)
            wording = kit.language(office, language).say(DEVICE_WORDING, office=office.name)
            evidence = {"channel": CHANNEL, "given_at": unit.now, "source": "button on the page", "wording": wording}
            unit.people.record_consent([{"recipient_id": recipient_id, **evidence}])
        return True


def stop(kit: Kit, recipient_id: int) -> bool:
    """Nothing is handed over to the device after this commit; False when there was none."""
    with kit.unit() as unit:
        return unit.devices.end(recipient_id)


def has_one(kit: Kit, recipient_id: int) -> bool:
    with kit.reading() as unit:
        return unit.devices.of(recipient_id) is not None
