"""What a careful colleague would point out in a schedule that is right as it stands. Mistakes are found elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import chain
from typing import Literal
from zoneinfo import ZoneInfo

from engage.domain import clock, wording
from engage.domain.calendars import Entry, Kind, Office, Schedule, Status

MINUTES_DUE = timedelta(days=14)
MINUTES_FORGOTTEN = timedelta(days=92)  # after a quarter nobody writes them any more
RUNS_OUT = timedelta(days=60)


@dataclass(frozen=True, kw_only=True)
class Remark:
    """One thing to look at. *about* is the id of an entry, venue or area; *other* a second entry that is part of it."""

    check: str
    noun: Literal["entry", "venue", "area"] = "entry"
    about: str
    key: str
    message: str
    other: str | None = None


@dataclass(frozen=True, kw_only=True)
class Diary:
    """The schedule and what it is held against. *ending* are series with a last date, *visits* months by calendar."""

    schedule: Schedule
    today: date
    holidays: Mapping[date, str] = field(default_factory=dict)
    ending: frozenset[str] = frozenset()
    visits: Mapping[str, int] = field(default_factory=dict)

    @property
    def office(self) -> Office:
        return self.schedule.office

    @cached_property
    def meetings(self) -> list[Entry]:
        """Those that take place or took place, by start."""
        found = (e for e in self.schedule.entries.values() if e.kind is Kind.MEETING and not e.is_gone)
        return sorted(found, key=lambda entry: (entry.starts_at, entry.id))

    @cached_property
    def coming(self) -> list[Entry]:
        """Those of today and later: nothing can be done about the others."""
        midnight = clock.midnight(self.today, self.office.zone)
        return [entry for entry in self.meetings if entry.ends_at >= midnight]

    def is_due(self, entry: Entry) -> bool:
        """Whether minutes should be there, and are not yet forgotten."""
        ago = self.today - entry.ends_local.date()
        return entry.counts and entry.status is Status.CONFIRMED and MINUTES_DUE <= ago <= MINUTES_FORGOTTEN


def advise(diary: Diary) -> list[Remark]:
    """Every remark, one for all dates of a series that have it."""
    return list(chain.from_iterable(find(diary) for find in CHECKS.values()))


def concerns(check: str, entry: Entry, diary: Diary) -> bool:
    """Whether the check looks at this entry today: what it does not look at it cannot find."""
    if check == "no-minutes":
        return diary.is_due(entry)
    if check == "series-ends":  # said when the end was written, long before it is near
        return entry.rule not in diary.ending
    return not entry.is_gone and entry.ends_local.date() >= diary.today


def _bank_holidays(diary: Diary) -> Iterator[Remark]:
    for entries in _by_rule(e for e in diary.coming if e.starts_local.date() in diary.holidays):
        days = [entry.starts_local.date() for entry in entries]
        message = f"{wording.day(days[0])} is a bank holiday ({diary.holidays[days[0]]}){_so_are(days[1:])}."
        yield Remark(check="bank-holiday", about=entries[0].id, key="starts", message=f"{message} Is the place open?")


def _clock_changes(diary: Diary) -> Iterator[Remark]:
    changing: dict[tuple[date, str], int] = {}
    for entry in diary.coming:
        key = entry.starts_local.date(), entry.timezone
        if key not in changing:
            changing[key] = _shift(*key)
        if changing[key]:
            way = "forward" if changing[key] > 0 else "back"
            message = f"The clocks go {way} on {wording.day(key[0])}, the day of this meeting. Remind people of it."
            yield Remark(check="clock-change", about=entry.id, key="starts", message=message)


def _shift(day: date, timezone: str) -> int:
    """By how many seconds the clocks go forward during a day."""
    zone = ZoneInfo(timezone)
    ends = [datetime.combine(day + timedelta(days=n), time(), zone).utcoffset() or timedelta() for n in (0, 1)]
    return int((ends[1] - ends[0]).total_seconds())


def _venue_clashes(diary: Diary) -> Iterator[Remark]:
    by_venue = _grouped(diary.coming, lambda entry: (entry.venue,) if entry.venue else ())
    for venue, entries in by_venue.items():
        name = diary.office.venue_by_id[venue].name if venue in diary.office.venue_by_id else venue
        clashes = [(one, other) for one, other in _neighbours(entries) if one.ends_at > other.starts_at]
        yield from _pairs("venue-clash", "venue", clashes, f"{name} is taken at that time by")


def _attendee_clashes(diary: Diary) -> Iterator[Remark]:
    for name, entries in _grouped(diary.coming, lambda entry: entry.attending).items():
        clashes = [
            (one, other)
            for one, other in _neighbours(entries)
            if one.ends_at > other.starts_at and (one.venue is None or one.venue != other.venue)
        ]
        yield from _pairs("attendee-clash", "attending", clashes, f'"{name}" is at another meeting then,')


def _travel_times(diary: Diary) -> Iterator[Remark]:
    for name, entries in _grouped(diary.coming, lambda entry: entry.attending).items():
        for one, other in _neighbours(entries):
            left, needed = other.starts_at - one.ends_at, _minutes(diary.office, one, other)
            if timedelta() <= left < timedelta(minutes=needed):
                says = f'"{name}" needs {needed} minutes to get here and has {left // timedelta(minutes=1)} after'
                yield from _pairs("travel-time", "attending", [(one, other)], says)


def _minutes(office: Office, one: Entry, other: Entry) -> int:
    """By road between two meetings, as the office says for their areas or for what covers them."""
    for there in office.line_of(_area(office, other)):
        for here in office.line_of(_area(office, one)):
            for travel in office.travel:
                if set(travel.between) == {here, there}:
                    return travel.minutes
    return 0


def _area(office: Office, entry: Entry) -> str:
    venue = office.venue_by_id.get(entry.venue or "")
    return venue.area if venue else entry.areas[0]


def _areas_not_met(diary: Diary) -> Iterator[Remark]:
    """Areas next below the root, since a force has three or four and each wants its turn."""
    for calendar_id, months in diary.visits.items():
        calendar = diary.office.calendar_by_id[calendar_id]
        for area in diary.office.areas:
            if area.within != diary.office.root.id:
                continue
            inside = diary.office.inside([area.id])
            days = [
                e.starts_local.date() for e in diary.meetings if e.calendar_id == calendar_id and inside & {*e.areas}
            ]
            last = max((day for day in days if day < diary.today), default=None)
            following = min((day for day in days if day >= diary.today), default=None)
            until = following or diary.today
            if last is not None and until - last <= timedelta(days=months * 30.44):
                continue
            if last is None and following is not None:
                continue
            since = f"was on {wording.day(last)}" if last else "is not in the files"
            then = f"the next is on {wording.day(following)}" if following else "none is planned"
            message = f"The last meeting of {calendar.name} in {area.name} {since}; {then}."
            yield Remark(check="area-not-met", noun="area", about=area.id, key="id", message=message)


def _no_access(diary: Diary) -> Iterator[Remark]:
    by_venue = _grouped(diary.coming, lambda entry: (entry.venue,) if entry.venue else ())
    for venue_id, entries in by_venue.items():
        venue = diary.office.venue_by_id.get(venue_id)
        if venue is not None and venue.access is None:
            planned = "1 meeting is" if len(entries) == 1 else f"{len(entries)} meetings are"
            message = f"{venue.name} has no access information, and {planned} planned there."
            example = 'Write what you know, as in access = { step_free = true, parking = "..." }'
            yield Remark(check="no-access", noun="venue", about=venue_id, key="id", message=f"{message} {example}")


def _no_minutes(diary: Diary) -> Iterator[Remark]:
    publishing = {entry.calendar_id for entry in diary.meetings if entry.minutes}  # others have none to forget
    due = (e for e in diary.meetings if e.minutes is None and e.calendar_id in publishing and diary.is_due(e))
    for entries in _by_rule(due):
        days = [entry.starts_local.date() for entry in entries]
        first, *others = entries
        more = f", nor {_more(len(others))}" if others else ""
        message = f"The meeting of {wording.day(days[0])} has no minutes yet{more}."
        remedy = f"Add them: engage meeting attendance {first.id} --minutes https://..."
        yield Remark(check="no-minutes", about=first.id, key="starts", message=f"{message} {remedy}")


def _series_end(diary: Diary) -> Iterator[Remark]:
    last = {entry.rule: entry for entry in diary.coming if entry.rule in diary.ending}
    for entry in last.values():
        day = entry.starts_local.date()
        if day - diary.today <= RUNS_OUT:
            message = f"This series runs out on {wording.day(day)}. Give it a later `until`, or plan what follows."
            yield Remark(check="series-ends", about=entry.id, key="until", message=message)


CHECKS: dict[str, Callable[[Diary], Iterator[Remark]]] = {
    "bank-holiday": _bank_holidays,
    "clock-change": _clock_changes,
    "venue-clash": _venue_clashes,
    "attendee-clash": _attendee_clashes,
    "travel-time": _travel_times,
    "area-not-met": _areas_not_met,
    "no-access": _no_access,
    "no-minutes": _no_minutes,
    "series-ends": _series_end,
}


def _pairs(check: str, key: str, clashes: Sequence[tuple[Entry, Entry]], says: str) -> Iterator[Remark]:
    """One remark for two series that clash again and again."""
    seen: dict[tuple[str, str], list[tuple[Entry, Entry]]] = {}
    for one, other in clashes:
        seen.setdefault((one.rule or one.id, other.rule or other.id), []).append((one, other))
    for (one, other), *others in seen.values():
        more = f", and again on {_more(len(others))}" if others else ""
        message = f'{wording.moment(other.starts_local)}: {says} "{one.title}" ({one.id}){more}.'
        yield Remark(check=check, about=other.id, key=key, message=message, other=one.id)


def _neighbours(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """Each meeting with that one before it which ends last."""
    last: Entry | None = None
    for entry in entries:
        if last is not None:
            yield last, entry
        if last is None or entry.ends_at > last.ends_at:
            last = entry


def _grouped(entries: Iterable[Entry], names: Callable[[Entry], Iterable[str]]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        for name in names(entry):
            found.setdefault(name, []).append(entry)
    return found


def _by_rule(entries: Iterable[Entry]) -> Iterable[list[Entry]]:
    return _grouped(entries, lambda entry: (entry.rule or entry.id,)).values()


def _so_are(days: Sequence[date]) -> str:
    if not days:
        return ""
    shown = ", ".join(wording.day(day) for day in days[:3])
    more = f" and {len(days) - 3} more" if len(days) > 3 else ""
    return f"; so {'are' if len(days) > 1 else 'is'} {shown}{more}"


def _more(number: int) -> str:
    return "1 other date" if number == 1 else f"{number} other dates"
