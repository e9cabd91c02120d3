"""The values of staff's files that are times: days, moments, lengths, zones, reminders. Words are in texts."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import AfterValidator, PlainValidator, WithJsonSchema

from engage.declared.texts import must
from engage.domain import clock, reminders
from engage.domain.calendars import Reminder
from engage.domain.problems import did_you_mean

YEARS = range(1990, 2101)
LONGEST = timedelta(days=7)


def _moment(value: object) -> datetime:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", value):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise must("bad-date", f"is {value}, which no calendar has.") from None
    if not isinstance(value, datetime):
        needs = " It has no time of day." if isinstance(value, date) else _as_excel_counts(value)
        raise must("bad-moment", f"must be a date and time such as 2026-12-03T18:30:00.{needs}")
    if value.tzinfo is not None:
        raise must("bad-moment", f"is wall time: leave out the zone at the end, as in {value:%Y-%m-%dT%H:%M:%S}.")
    _day_in_range(value.date())
    return value.replace(microsecond=0)


def _as_excel_counts(value: object) -> str:
    """A hint for a number that is a day in the way of spreadsheets: days since the end of 1899."""
    if not isinstance(value, int | float) or not 32_874 <= value < 73_416:
        return ""
    return f" The number is how Excel counts {date(1899, 12, 30) + timedelta(days=int(value))}."


def _day(value: object) -> date:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            raise must("bad-date", f"is {value}, which no calendar has.") from None
    if not isinstance(value, date) or isinstance(value, datetime):
        needs = " It has no time of day here." if isinstance(value, datetime) else _as_excel_counts(value)
        raise must("bad-date", f"must be a date such as 2026-12-03.{needs}")
    return _day_in_range(value)


def _day_in_range(day: date) -> date:
    if day.year not in YEARS:
        raise must("bad-date", f"is in the year {day.year}; it must be from {YEARS[0]} to {YEARS[-1]}.")
    return day


def _day_or_moment(value: object) -> date | datetime:
    has_time = isinstance(value, datetime) or (isinstance(value, str) and len(value) > len("2026-12-03"))
    return _moment(value) if has_time else _day(value)


def _time(value: object) -> time:
    read = clock.time_of_day(value) if isinstance(value, str) else value
    if not isinstance(read, time):
        meant = clock.time_of_day(f"{value:.2f}".replace(".", ":")) if isinstance(value, float) else None
        hint = f" Write {meant}." if meant else ""
        raise must("bad-time", f'must be a time of day such as 18:30:00 or "18:30".{hint}')
    return read.replace(microsecond=0)


def _length(value: object) -> timedelta:
    read = clock.duration(value) if isinstance(value, str) else None
    if read is None:
        bare = f"{value}".strip() if isinstance(value, str | int) else ""
        hint = f' Did you mean "{bare} min"?' if re.fullmatch(r"[1-9]\d{0,3}", bare) else ""
        raise must("bad-duration", f'must be a length such as "1h30m", "90 min" or "2 hours".{hint}')
    if not timedelta() < read <= LONGEST:
        raise must("bad-duration", f"must be longer than nothing and at most {LONGEST.days} days.")
    return read


_FAMILIAR = {"gmt standard time": "Europe/London", "bst": "Europe/London", "gmt": "Europe/London",
             "london": "Europe/London", "uk": "Europe/London", "gb": "Europe/London"}  # fmt: skip


def _zone(value: str) -> str:
    if value in zones():
        return value
    hint = did_you_mean(value[:60], zones())
    if close := _FAMILIAR.get(value.lower()):
        hint = f' Write "{close}": it knows when the clocks change.'
    elif "/" in value and (same := [name for name in zones() if name.lower() == value.lower()]):
        hint = f' Did you mean "{same[0]}"?'
    raise must("unknown-zone", f'must be the name of a time zone such as "Europe/London".{hint}')


@cache
def zones() -> frozenset[str]:
    """Names with a place in them, and UTC: GMT and EST never change their clocks, which is not what writers mean."""
    names = files("tzdata").joinpath("zones").read_text().split()
    return frozenset(name for name in names if "/" in name and not name.startswith("Etc/")) | {"UTC"}


def _reminder(value: object) -> Reminder:
    if not isinstance(value, dict):
        raise must("wrong-type", 'must hold reminders such as { before = "7 days" }.')
    try:
        return reminders.declare(value)
    except ValueError as error:
        raise must("bad-reminder", f"cannot be used: {error}") from None


def _either(*forms: dict[str, str]) -> dict[str, object]:
    """Texts of several forms; each says its type, for readers that tell dates and times from texts."""
    return {"anyOf": [{"type": "string", **form} for form in forms]}


_HOUR = _either({"format": "time-local"}, {"pattern": r"^\d{1,2}:\d\d(:\d\d)?$"})
_LENGTH = r"^\s*(\d+\s*[A-Za-z]+\s*(and\s+|,\s*)?)+$"
_PARAMETERS: dict[str, dict[str, object]] = {
    "before": {"type": "string", "pattern": _LENGTH, "description": 'How long before the start: "7 days", "2 hours"'},
    "at": {**_HOUR, "description": "At which hour of that day: 18:00:00"},
}
_REMINDER_SCHEMA = {
    "type": "object",
    "description": 'When people are reminded: { before = "7 days", at = 18:00:00 }',
    "properties": {
        "kind": {
            "enum": list(reminders.KINDS),
            "description": "before (it need not be said), or morning: on the day itself",
        }
    }
    | {name: _PARAMETERS[name] for kind in reminders.KINDS for name in reminders.parameters(kind)},
    "additionalProperties": False,
}

Moment = Annotated[datetime, PlainValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time-local"})]
Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
DayOrMoment = Annotated[
    date | datetime,
    PlainValidator(_day_or_moment),
    WithJsonSchema(_either({"format": "date"}, {"format": "date-time-local"})),
]
TimeOfDay = Annotated[
    time,
    PlainValidator(_time),
    WithJsonSchema(_HOUR),
]
Length = Annotated[
    timedelta,
    PlainValidator(_length),
    WithJsonSchema({"type": "string", "pattern": _LENGTH, "examples": ["1h30m", "90 min"]}),
]
Zone = Annotated[str, AfterValidator(_zone)]
Reminding = Annotated[Reminder, PlainValidator(_reminder), WithJsonSchema(_REMINDER_SCHEMA)]
