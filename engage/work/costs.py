"""Text messages against the month's cap: counted before each goes, given back when it did not go. Prices in domain."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from engage.channels.base import Letter
from engage.domain import slots
from engage.domain.calendars import Office
from engage.domain.costs import Bill, month
from engage.domain.deliveries import IN_DOUBT, Settlement, State
from engage.domain.fragments import fragments
from engage.domain.notices import Notice
from engage.store.phones import SMS
from engage.store.unit import Unit
from engage.work.kit import Kit
from engage.work.letters import form_of

_FILLED = dict.fromkeys(slots.IN_TEMPLATES, "x" * 100)  # a link's length, in case the office's template shows one


def bill(kit: Kit, unit: Unit, notice: Notice, office: Office, *, people: int) -> Bill:
    """What texting *notice* to so many people would cost, and what the cap leaves this month."""
    text = form_of(kit, SMS, notice, office, language=office.languages[0]).fill(_FILLED).decode()
    left = None if kit.sms_cap is None else max(0, kit.sms_cap - unit.house.counted(month(unit.now)))
    return Bill(people=people, each=fragments(text), pence_each=kit.sms_price, left=left)


class Meter:
    """Counts what one drain sends. A crash before it gives back leaves the count too high."""

    def __init__(self, kit: Kit, channel: str) -> None:
        self._cap = kit.sms_cap
        self._counts = channel == SMS
        self._charged: dict[int, int] = {}

    def beyond_cap(self, unit: Unit, fenced: Collection[int], letters: Mapping[int, Letter]) -> set[int]:
        """Count the letters that go, and return those for which the month has no room."""
        if not self._counts:
            return set()
        return {one for one in sorted(fenced) if not self._charge(unit, letters[one])}

    def _charge(self, unit: Unit, letter: Letter) -> bool:
        """What is in doubt was counted when it was first handed over."""
        size = fragments(letter.content.decode())
        if not letter.in_doubt and not unit.house.spend(month(unit.now), size, at_most=self._cap):
            return False
        self._charged[letter.delivery_id] = size
        return True

    def give_back(self, unit: Unit, settled: Iterable[tuple[int, Settlement]]) -> None:
        """What was not taken costs nothing."""
        for delivery_id, settlement in settled:
            size = self._charged.pop(delivery_id, 0)
            may_have_gone = settlement.state is State.SENT or settlement.error_class == IN_DOUBT or settlement.in_doubt
            if size and not may_have_gone:
                unit.house.spend(month(unit.now), -size)
