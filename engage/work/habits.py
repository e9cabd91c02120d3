"""What a change of rhythm does to messages that are kept for a digest. The rules are in domain.deliveries."""

from __future__ import annotations

from datetime import datetime, timedelta

from engage.domain.deliveries import Habits, after_quiet_hours, replanned
from engage.domain.notices import KINDS
from engage.domain.people import Frequency
from engage.store.unit import Unit
from engage.work.kit import office_of


def follow_change(unit: Unit, recipient_id: int, before: Habits, after: Habits) -> None:
    """Move what waits to the digest they want now. Who turns to immediate gets it at once, as far as the budget goes.

    Rows move, none is made: nothing is told twice, and nothing is left behind in a digest that never comes.
    """
    if before == after:
        return
    zone = office_of(unit).zone
    turns = after.frequency == Frequency.IMMEDIATE and before.frequency != Frequency.IMMEDIATE
    for row in unit.digests.loose(recipient_id):
        rules = KINDS[row.kind]
        if turns and not (rules.rolls_over and _is_spent(unit, recipient_id)):
            unit.digests.replan(row.id, _awake(unit, row.expires_at), by_itself=True)
            continue
        at = replanned(rules, after, at=row.next_at, now=unit.now, before=row.expires_at, zone=zone)
        unit.digests.replan(row.id, at)


def _is_spent(unit: Unit, recipient_id: int) -> bool:
    guards = office_of(unit).guards
    since = unit.now - timedelta(days=guards.budget_days)
    return bool(unit.budgets.spent(after=recipient_id - 1, upto=recipient_id, since=since, most=guards.budget_messages))


def _awake(unit: Unit, expires_at: datetime) -> datetime:
    """Now, or in the morning, unless it is of no use then."""
    office = office_of(unit)
    guards = office.guards
    at = after_quiet_hours(unit.now, quiet_from=guards.quiet_from, quiet_until=guards.quiet_until, zone=office.zone)
    return at if at < expires_at else unit.now
