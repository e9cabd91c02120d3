"""The weekly tip: each person gets the first in season for their topics that they have not had this season."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from engage.domain.calendars import Office, Tip
from engage.domain.events import TipDue
from engage.domain.notices import KINDS, Item, Notice
from engage.domain.tips import of_the_week, season_of
from engage.store.outbox import Due
from engage.store.unit import Unit
from engage.work.kit import Kit, office_of
from engage.work.notices import announce

WEEKDAY, HOUR = 1, time(10)  # Tuesdays at ten, office time
USE = timedelta(days=2)


def schedule_tips(unit: Unit, office: Office, today: date) -> None:
    """Plan the next weekly moment; a week that has its moment keeps it."""
    day = today + timedelta(days=(WEEKDAY - today.weekday()) % 7)
    at = datetime.combine(day, HOUR, office.zone)
    if office.tips and at > unit.now:
        unit.dues.plan([Due(key=f"tip:{day}", at=at, until=at + USE, event=TipDue(day=day.isoformat()))])


def send_tips(_kit: Kit, unit: Unit, event: TipDue) -> None:
    """Offer the tips of the week; the fan-out finds each person's."""
    office, day = office_of(unit), date.fromisoformat(event.day)
    expires_at = unit.now + KINDS["tip"].expires_after
    items = tuple(_item(tip, expires_at) for tip in of_the_week(office.tips, day))
    if items:
        announce(
            unit,
            Notice(
                id=f"tip:{event.day}",
                kind="tip",
                items=items,
                season=season_of(day),
                created_at=unit.now,
                expires_at=expires_at,
            ),
        )


def _item(tip: Tip, expires_at: datetime) -> Item:
    facts = {
        "title": tip.title,
        "text": tip.text,
        "short": tip.short,
        "source": tip.source,
    }
    return Item(
        id=tip.id, areas=tip.areas, topics=tip.topics, lane=KINDS["tip"].lane, expires_at=expires_at, facts=facts
    )
