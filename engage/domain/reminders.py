"""When people are reminded of an entry: one pure function per kind. Who is reminded and of what is in audience.

A kind's keyword-only arguments ARE its TOML parameters: their names are its keys, their annotations how the texts are
read, their defaults what may be left out. It is given the entry's start in local time and returns a moment in UTC.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo

from engage.domain import clock
from engage.domain.calendars import Entry, Reminder
from engage.domain.clock import Span
from engage.domain.problems import did_you_mean

MOST = 10  # reminders of one entry
FARTHEST = timedelta(days=366)
DEFAULT = "before"


def before(start: datetime, *, before: Span, at: time | None = None) -> datetime:
    """Days and weeks step back on the wall calendar (*at* names another hour of that day), hours are elapsed time."""
    if at is None:
        return before.before(start)
    if before.elapsed or not before.days:
        raise ValueError("`at` goes with days or weeks only: hours and minutes before the start leave no choice.")
    return clock.resolve(datetime.combine(start.date() - timedelta(days=before.days), at), clock.zone_of(start))


def morning(start: datetime, *, at: time) -> datetime:
    """On the day itself."""
    return clock.resolve(datetime.combine(start.date(), at), clock.zone_of(start))


Kind = Callable[..., datetime]
KINDS: dict[str, Kind] = {"before": before, "morning": morning}


def _span(text: str) -> Span:
    read = clock.span(text)
    if read is None:
        raise ValueError('`before` must be a time such as "7 days", "2 hours" or "90 min".')
    if not timedelta() < read.total <= FARTHEST:
        raise ValueError(f"a reminder comes before the start, by at most {FARTHEST.days} days.")
    return read


def _time(text: str) -> time:
    read = clock.time_of_day(text)
    if read is None:
        raise ValueError('`at` must be a time of day such as 18:00:00 or "18:00".')
    return read


READERS: dict[Any, Callable[[str], Any]] = {Span: _span, time: _time, time | None: _time, str: str}
_SAMPLE = datetime(2030, 6, 14, 23, 59, tzinfo=ZoneInfo("Europe/London"))


@cache
def parameters(kind: str) -> Mapping[str, tuple[Any, bool]]:
    """The TOML keys of a kind: name -> (how its text is read, whether it must be there)."""
    function = KINDS[kind]
    hints = get_type_hints(function)
    named = [p for p in inspect.signature(function).parameters.values() if p.kind is p.KEYWORD_ONLY]
    return {p.name: (READERS[hints[p.name]], p.default is p.empty) for p in named}


def declare(given: Mapping[str, object]) -> Reminder:
    """The reminder that staff wrote; ValueError says in a sentence what is wrong with it."""
    kind = given.get("kind", DEFAULT)
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"its `kind` is one of {', '.join(KINDS)}.{did_you_mean(str(kind)[:40], KINDS)}")
    known = parameters(kind)
    if strange := [key for key in given if key not in known and key != "kind"]:
        hint = did_you_mean(strange[0], known)
        raise ValueError(f'`{strange[0][:40]}` is not a key of a "{kind}" reminder, which has {_names(known)}.{hint}')
    if missing := [key for key, (_, needed) in known.items() if needed and key not in given]:
        raise ValueError(f'a "{kind}" reminder needs {_names(missing)}.')
    reminder = Reminder(kind=kind, params={key: _text(given[key]) for key in known if key in given})
    when(reminder, _SAMPLE)
    return reminder


def when(reminder: Reminder, start: datetime) -> datetime:
    """The moment in UTC for an entry that begins at *start*, local time."""
    known = parameters(reminder.kind)
    read = {name: known[name][0](text) for name, text in reminder.params.items()}
    return KINDS[reminder.kind](start, **read).astimezone(UTC)


def key_of(reminder: Reminder) -> str:
    """What names a reminder among those of its entry, for good: `7 days@18:00`, `morning@08:00`."""
    named = [reminder.params[name] for name in parameters(reminder.kind) if name in reminder.params]
    return "@".join(named if reminder.kind == DEFAULT else [reminder.kind, *named])


def moments(entry: Entry) -> tuple[tuple[str, datetime], ...]:
    """Key and moment of each reminder of an entry, in order of time; those at or after its start fall away."""
    start = entry.starts_local
    found = {key_of(reminder): when(reminder, start) for reminder in entry.reminders}
    return tuple(sorted((pair for pair in found.items() if pair[1] < entry.starts_at), key=lambda pair: pair[::-1]))


def _text(value: object) -> str:
    """A TOML value as its parameter's text; 18:00:00 and "18:00" are one: the key stays when staff retype it."""
    if isinstance(value, str):
        value = clock.time_of_day(value) or value
    if isinstance(value, time):
        return value.isoformat("seconds" if value.second else "minutes")
    return " ".join(str(value).lower().split())[:80]


def _names(keys: Iterable[str]) -> str:
    return " and ".join(f"`{key}`" for key in keys)
