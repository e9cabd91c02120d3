"""What staff do with one meeting in its file: add, move, cancel, say that it was held. Which is meant is in desk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from engage.declared.editing import NoPlace, Table, Text
from engage.declared.ids import stem
from engage.domain import wording
from engage.domain.calendars import Entry, Status
from engage.errors import Refused
from engage.imports.texts import slug
from engage.imports.toml import literal
from engage.work.desk import Desk, Edited, checked

ORDER = (
    "id", "series", "date", "title", "starts", "ends", "every", "on", "at", "rrule", "from", "until", "duration",
    "venue", "areas", "topics", "online", "attending", "contact", "counts", "reminders", "note", "status", "reason",
    "except", "move", "attendance", "minutes", "papers", "concerns", "silence",
)  # in which keys are written  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A new meeting as asked for; *id* is made of the title and the day when none is said."""

    calendar: str
    title: str
    starts: datetime
    id: str | None = None
    more: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Repeated:
    """A new series in the words of its file: every `month`, on `second Tuesday`."""

    calendar: str
    title: str
    every: str
    on: str | list[str] | None
    at: time
    first: date
    until: date | None = None
    id: str | None = None
    more: Mapping[str, object] = field(default_factory=dict)


def add(desk: Desk, wanted: Wanted) -> tuple[str, Edited]:
    """The id of the new meeting, and its calendar with it below the meeting before it."""
    file = _file_of(desk, wanted.calendar)
    entry_id = wanted.id or _free(desk, f"{slug(wanted.title, 60, 'meeting')}-{wanted.starts.date()}")
    values = {"id": entry_id, "title": wanted.title, "starts": wanted.starts, **wanted.more}
    return entry_id, _inserted(desk, file, _lines(values), _before(desk, file, "starts", wanted.starts))


def add_series(desk: Desk, wanted: Repeated) -> tuple[list[Entry], Edited]:
    """The dates of the new series as far as the schedule reaches, and its calendar with it below the other series."""
    file = _file_of(desk, wanted.calendar)
    series_id = wanted.id or _free(desk, slug(wanted.title, 60, "series"))
    values = {
        "id": series_id, "title": wanted.title, "every": wanted.every, "on": wanted.on, "at": wanted.at,
        "from": wanted.first, "until": wanted.until, **wanted.more,
    }  # fmt: skip
    told = {key: value for key, value in values.items() if value is not None}
    others = desk.tables[file].get("series", [])
    below = Table("series", len(others) - 1) if others else None
    edited = _inserted(desk, file, _lines(told, "series"), below)
    dates = [entry for entry in edited.schedule.entries.values() if entry.rule == series_id]
    return sorted(dates, key=lambda entry: entry.starts_at), edited


def move(desk: Desk, entry: Entry, *, day: date | None, hour: time | None) -> Edited:
    """The meeting at another time, as long as before; what is not said stays."""
    if entry.is_gone:
        raise Refused(f'"{entry.id}" is {_said(entry)}. To let it take place: engage meeting reinstate {entry.id}')
    was = entry.starts_local.replace(tzinfo=None)
    starts = datetime.combine(day or was.date(), hour or was.time())
    if starts == was:
        raise Refused(f'"{entry.id}" is on {wording.moment(was)} already. Nothing was changed.')
    place = desk.place(entry)
    if place.own is not None and (place.rule is None or {"starts", "ends"} & desk.table_of(place.own).keys()):
        values: dict[str, object] = {"starts": starts}
        if "ends" in desk.table_of(place.own):
            values["ends"] = entry.ends_local.replace(tzinfo=None) + (starts - was)
        return _changed(desk, place.own, values)
    assert place.rule is not None
    return _moved(desk, place.rule, entry, starts)


def _moved(desk: Desk, rule: tuple[str, Table], entry: Entry, starts: datetime) -> Edited:
    """One date of a series, in the series' own list `move`."""
    file, table = rule
    day, text = _date_of(entry), Text(desk.sources[file])
    moves = desk.table_of(rule).get("move", [])
    number = next((n for n, one in enumerate(moves) if f"{one['from']}" == f"{day}"), None)
    with _in_place(entry.id):
        if number is None:
            text.append(table, "move", literal({"from": day, "to": starts}), order=ORDER)
        else:
            text.set_within(table, "move", number, "to", literal(starts))
    return checked(desk, file, text.content)


def cancel(desk: Desk, entry: Entry, *, reason: str, now: datetime) -> Edited:
    """The meeting called off; its lines stay, so that everybody who knew of it is told."""
    if entry.ends_at <= now:
        message = f'"{entry.id}" is over. If it did not take place: engage meeting unheld {entry.id} --reason "..."'
        raise Refused(message)
    return _say(desk, entry, Status.CANCELLED, reason)


def unheld(desk: Desk, entry: Entry, *, reason: str, now: datetime) -> Edited:
    """The meeting did not take place after all: it stops counting."""
    if entry.starts_at > now:
        raise Refused(f'"{entry.id}" is still to come. To call it off: engage meeting cancel {entry.id} --reason "..."')
    return _say(desk, entry, Status.NOT_HELD, reason)


def held(desk: Desk, entry: Entry, *, now: datetime) -> Edited:
    """The meeting took place although the file says otherwise."""
    if entry.ends_at > now:
        again = f" To let it take place: engage meeting reinstate {entry.id}" if entry.is_gone else ""
        raise Refused(f'"{entry.id}" is not over yet. A meeting counts as held by itself.{again}')
    return _confirm(desk, entry, "counts as held")


def reinstate(desk: Desk, entry: Entry) -> Edited:
    """The meeting takes place after all."""
    return _confirm(desk, entry, "is to take place")


def attendance(desk: Desk, entry: Entry, *, number: int | None, minutes: str | None, now: datetime) -> Edited:
    """How many came, and where the minutes are."""
    if entry.starts_at > now:
        raise Refused(f'"{entry.id}" is still to come: nobody has attended it yet.')
    values = {"attendance": number, "minutes": minutes}
    return _changed(desk, _own(desk, entry), {key: value for key, value in values.items() if value is not None}, entry)


def _file_of(desk: Desk, calendar_id: str) -> str:
    return next(
        file
        for file, tables in desk.tables.items()
        if "calendar" in tables and calendar_id == tables["calendar"].get("id", stem(file))
    )


def _say(desk: Desk, entry: Entry, status: Status, reason: str) -> Edited:
    if entry.status is status and entry.reason == reason:
        raise Refused(f'"{entry.id}" is {_said(entry)} already, for that reason. Nothing was changed.')
    return _changed(desk, _own(desk, entry), {"status": status.value, "reason": reason}, entry)


def _confirm(desk: Desk, entry: Entry, says: str) -> Edited:
    """Status and reason of a single meeting go; a date says that it is confirmed, whatever its series is."""
    if entry.status is Status.CONFIRMED:
        raise Refused(f'"{entry.id}" {says} already. Nothing was changed.')
    own = _own(desk, entry)
    return _changed(desk, own, {"status": "confirmed" if entry.rule else None, "reason": None}, entry)


def _own(desk: Desk, entry: Entry) -> tuple[str, Table] | None:
    return desk.place(entry).own


def _changed(
    desk: Desk, own: tuple[str, Table] | None, values: Mapping[str, object], entry: Entry | None = None
) -> Edited:
    """The meeting's own table with these values, None taking a key out; a date of a series may need a table first."""
    if own is None:
        assert entry is not None
        return _overridden(desk, entry, values)
    file, table = own
    text = Text(desk.sources[file])
    with _in_place(desk.table_of(own).get("id", file)):
        for key, value in values.items():
            if value is None:
                text.drop(table, key)
            else:
                text.set(table, key, literal(value), order=ORDER)
    return checked(desk, file, text.content)


def _overridden(desk: Desk, entry: Entry, values: Mapping[str, object]) -> Edited:
    rule = desk.place(entry).rule
    assert rule is not None
    file, series = rule
    day = _date_of(entry)
    told = {"series": entry.rule, "date": day, **{key: value for key, value in values.items() if value is not None}}
    below = _before(desk, file, "date", day, series=entry.rule)
    return _inserted(desk, file, _lines(told), below if below is not None else series)


def _inserted(desk: Desk, file: str, lines: list[str], below: Table | None) -> Edited:
    text = Text(desk.sources[file])
    with _in_place(file):
        text.insert(lines, below=below)
    return checked(desk, file, text.content)


def _before(desk: Desk, file: str, key: str, moment: date, **wanted: object) -> Table | None:
    """The meeting of the file below which one of this moment belongs: the last before it.

    Where the next one stands above that one, as in a file with its history at the end, it belongs to the next.
    """
    meetings: list[dict[str, Any]] = desk.tables[file].get("meeting", [])
    there = [
        (f"{table[key]}", number)
        for number, table in enumerate(meetings)
        if key in table and all(table.get(k) == v for k, v in wanted.items())
    ]
    ahead = [one for one in there if one[0] <= f"{moment}"]
    if not ahead:
        return None
    _, below = max(ahead)
    _, following = min((one for one in there if one not in ahead), default=("", below))
    return Table("meeting", min(below, following))


def _lines(values: Mapping[str, object], noun: str = "meeting") -> list[str]:
    keys = sorted(values, key=ORDER.index)
    return [f"[[{noun}]]", *(f"{key} = {literal(values[key])}" for key in keys)]


def _free(desk: Desk, base: str) -> str:
    """The id, or with a number when it is taken."""
    rules = {entry.rule for entry in desk.schedule.entries.values()}
    taken, found, number = desk.schedule.entries.keys() | rules, base, 1
    while found in taken:
        number += 1
        found = f"{base}-{number}"
    return found


def _date_of(entry: Entry) -> date:
    """The date of the series that the entry is named after."""
    return date.fromisoformat(entry.id.removeprefix(f"{entry.rule}-"))


def _said(entry: Entry) -> str:
    return "recorded as not held" if entry.status is Status.NOT_HELD else entry.status.value


@contextmanager
def _in_place(name: object) -> Iterator[None]:
    """Turns a text that cannot be changed in place into the sentence for who wrote it."""
    try:
        yield
    except NoPlace:
        message = f'"{name}" is written in a form that only a person can change. Edit the file by hand.'
        raise Refused(message) from None
