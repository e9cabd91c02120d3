"""The daily clean-up, and whether it came: what is deleted when is the table in domain.retention."""

from __future__ import annotations

from engage.domain.events import DayStarted
from engage.domain.retention import RULES, Rule
from engage.store.unit import Unit
from engage.work.kit import Kit

PAGE = 500  # rows in one transaction: nobody who signs up waits for it
LAST = "retention"  # the key of `meta` with the day of the last complete clean-up
TIMED = tuple(rule for rule in RULES if rule.kept is not None)


def forget_old(_kit: Kit, unit: Unit, given: tuple[DayStarted, dict[str, int] | None]) -> dict[str, int] | None:
    """One page of what is old enough; a crash resumes at the rule it was at."""
    event, watermark = given
    at = watermark["rule"] if watermark is not None else 0
    if at >= len(TIMED):
        unit.house.put(LAST, event.day)
        return None
    is_full = _purge(unit, TIMED[at]) >= PAGE
    return {"rule": at if is_full else at + 1}


def _purge(unit: Unit, rule: Rule) -> int:
    assert rule.kept is not None
    return unit.retention.purge(rule.key, unit.now - rule.kept, PAGE)


def last(unit: Unit) -> str | None:
    """The day of the last complete clean-up."""
    return unit.house.get(LAST)
