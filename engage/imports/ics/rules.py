"""An RRULE -> a rule of ours, in staff's words where they can say it. Which dates it has is in domain.series."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import islice

from engage.domain import wording
from engage.domain.recurrence import Recurrence, dates
from engage.domain.rules import MOST, Fault, from_rrule
from engage.domain.series import Rule
from engage.imports.drafts import Bad
from engage.imports.ics.importer import Property
from engage.imports.ics.moments import Moment, Zones, one

LONGEST = 300  # characters of a rule
_REACH = timedelta(days=366 * 30)  # in which COUNT must be used up
_PLACES = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}
_UNITS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
Words = tuple[str, tuple[str, ...]]


def rule_of(read: Property, starts: Moment, zones: Zones) -> Rule:
    """The rule from DTSTART on, in the zone of DTSTART. COUNT becomes the day on which it is used up."""
    if len(read.value) > LONGEST:
        raise Bad("bad-rule", f"RRULE has more than {LONGEST} characters.")
    given = [part for part in read.value.strip().upper().rstrip(";").split(";") if part]
    bare = ";".join(part for part in given if not part.startswith(("UNTIL=", "COUNT=")))
    counted = ";".join(part for part in given if not part.startswith("UNTIL="))
    recurrence = from_rrule(counted)
    if isinstance(recurrence, Fault):
        raise Bad("bad-rule", f"RRULE {recurrence.says}")
    first = _day(starts)
    until = _until([part[6:] for part in given if part.startswith("UNTIL=")], read, starts, zones)
    if until is not None and until < first:
        raise Bad("bad-rule", "RRULE ends (UNTIL) before the entry begins: delete one of them.")
    if recurrence.count is not None:
        until = _used_up(recurrence, first, until)
    at = starts.time() if isinstance(starts, datetime) else time()
    words = words_of(recurrence, first)
    if words is None:
        return Rule(first=first, at=at, until=until, rrule=bare)
    return Rule(first=first, at=at, until=until, every=words[0], on=words[1])


def words_of(rule: Recurrence, first: date) -> Words | None:
    """`every` and `on` that mean the same; None when only the RRULE itself can say it."""
    steps = rule.interval > 1
    if steps and next(dates(rule, first=first, last=first), None) is None:
        return None  # ours counts from the first date, an RRULE from DTSTART
    unit = _UNITS[rule.frequency]
    every = f"{rule.interval} {unit}s" if steps else unit
    on = _on(rule, first)
    return None if on is None else (every, on)


def _on(rule: Recurrence, first: date) -> tuple[str, ...] | None:
    match rule.frequency:
        case "DAILY":
            return None if rule.by_day or rule.by_month or rule.by_month_day else ()
        case "WEEKLY":
            if rule.by_month or (rule.interval > 1 and rule.week_start and len(rule.by_day) > 1):
                return None
            weekdays = {weekday for _, weekday in rule.by_day} or {first.weekday()}
            return tuple(wording.DAYS[weekday] for weekday in sorted(weekdays))
        case "MONTHLY":
            return None if rule.by_month else _in_month(rule, first)
        case "YEARLY":
            return _in_year(rule, first)


def _in_month(rule: Recurrence, first: date) -> tuple[str, ...] | None:
    """The places in a month: "second Tuesday", "15th", "last day"."""
    if rule.by_day:
        places = _places(rule)
        if places is None or rule.by_month_day:
            return None
        return tuple(f"{_PLACES[place]} {wording.DAYS[weekday]}" for place, weekday in places)
    days = rule.by_month_day or (first.day,)
    if rule.by_set_pos or any(day < -1 for day in days):
        return None
    return tuple("last day" if day == -1 else _ordinal(day) for day in dict.fromkeys(days))


def _places(rule: Recurrence) -> list[tuple[int, int]] | None:
    """BYDAY=2TU, which Outlook writes BYDAY=TU;BYSETPOS=2."""
    places = list(dict.fromkeys(rule.by_day))
    if rule.by_set_pos:
        if len(rule.by_set_pos) != 1 or len(places) != 1 or places[0][0]:
            return None
        places = [(rule.by_set_pos[0], places[0][1])]
    return places if all(place in _PLACES for place, _ in places) else None


def _in_year(rule: Recurrence, first: date) -> tuple[str, ...] | None:
    if not (rule.by_day or rule.by_month or rule.by_month_day or rule.by_set_pos):
        return ()
    if len(rule.by_month) != 1:
        return None
    month = wording.MONTHS[rule.by_month[0] - 1]
    on = _in_month(rule, first)
    return None if on is None else tuple(f"{place} of {month}" for place in on)


def _until(texts: list[str], read: Property, starts: Moment, zones: Zones) -> date | None:
    """The last day, in the zone of DTSTART: an UNTIL before the hour of the meeting leaves its own day out."""
    if not texts:
        return None
    if len(texts) > 1:
        raise Bad("bad-rule", "RRULE names a part twice.")
    until = one(texts[0], Property(line=read.line, name="UNTIL", value=texts[0]), zones)
    if not isinstance(until, datetime):
        return until
    if not isinstance(starts, datetime):
        return until.date()
    if until.tzinfo is not None:
        until = until.astimezone(starts.tzinfo or zones.ours).replace(tzinfo=None)
    return until.date() if until.time() >= starts.time() else until.date() - timedelta(days=1)


def _used_up(rule: Recurrence, first: date, until: date | None) -> date:
    reach = min(first + _REACH, until or date.max)
    days = list(islice(dates(rule, first=first, last=reach), MOST))
    if len(days) < (rule.count or 0) and until is None:
        if not days:
            raise Bad("bad-rule", f"RRULE never falls on any date between {first} and {reach}.")
        raise Bad("bad-rule", f"RRULE has not used up its COUNT in 30 years; its last date until then is {days[-1]}.")
    return days[-1] if days else reach


def _day(when: Moment) -> date:
    return when.date() if isinstance(when, datetime) else when


def _ordinal(day: int) -> str:
    ending = "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"
