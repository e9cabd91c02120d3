"""What a new day brings: series reach further, feeds drop what is past, tips and digests are due."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from engage.domain.calendars import Office
from engage.domain.events import DayStarted, DigestDue, ScheduleRefreshed
from engage.store.outbox import Due
from engage.store.unit import Unit
from engage.work.canary import schedule_canary
from engage.work.extending import Extension, extend, prepare_extension
from engage.work.kit import Kit, office_of
from engage.work.tips import schedule_tips

DAY = "day"  # the key of `meta` that holds the office's date
DIGEST_HOURS = range(6, 22)


def keep_day(kit: Kit) -> bool:
    """Emit `day.started` when the office's date has changed; True when it had."""
    with kit.unit() as unit:
        office = unit.schedule.office()
        if office is None:
            return False
        today = unit.now.astimezone(office.zone).date().isoformat()
        known = unit.house.get(DAY)
        tomorrow = (unit.now.astimezone(office.zone).date() + timedelta(days=1)).isoformat()
        if known is not None and today <= known <= tomorrow:  # a clock that steps back a little starts no day twice
            return False
        unit.house.put(DAY, today)
        unit.emit(DayStarted(day=today))
        return True


def prepare(kit: Kit, event: DayStarted) -> tuple[DayStarted, Extension | None]:
    """Everything that takes long, before anybody is kept waiting."""
    return event, prepare_extension(kit, date.fromisoformat(event.day))


def start_day(_kit: Kit, unit: Unit, given: tuple[DayStarted, Extension | None]) -> None:
    """Extend the schedule and plan the day's moments, in one unit; people are told nothing."""
    event, extension = given
    today = date.fromisoformat(event.day)
    office = office_of(unit)
    if extension is not None:
        extend(unit, extension)
    schedule_tips(unit, office, today)
    schedule_digests(unit, office, today)
    schedule_canary(unit, office, today)
    unit.emit(ScheduleRefreshed())


def schedule_digests(unit: Unit, office: Office, today: date) -> None:
    """The hours of today and tomorrow at which somebody may want a digest; hours nobody wants cost one query each."""
    for day in (today, today + timedelta(days=1)):
        for hour in DIGEST_HOURS:
            local = datetime.combine(day, time(hour), office.zone)
            if local > unit.now:
                text = f"{day}T{hour:02}"
                event = DigestDue(hour=text)
                unit.dues.plan([Due(key=f"digest:{text}", at=local, until=local + timedelta(hours=20), event=event)])
