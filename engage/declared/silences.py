"""Warnings that staff looked at and gave a reason for, and the reasons that no longer have a warning."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from engage.declared.entries import Placed
from engage.declared.findings import Findings, Where
from engage.declared.models import MeetingTable, SeriesTable, SilenceTable, VenueTable
from engage.declared.office_models import AreaTable
from engage.declared.tables import File
from engage.domain.advice import Diary, concerns
from engage.domain.calendars import Entry


class _Silence(NamedTuple):
    """One of them: its own place, what it stands for, and what it covers."""

    where: Where
    table: SilenceTable
    covers: tuple[Where, ...]
    noun: str
    id: str


def silence(files: Sequence[File], findings: Findings) -> list[_Silence]:
    """Drop the warnings that are silenced; the silences that dropped none."""
    return [one for one in _silences(files) if not findings.silence(one.covers, one.table.check)]


def report_unused(unused: Sequence[_Silence], placed: Sequence[Placed], diary: Diary, findings: Findings) -> None:
    """A reason for what is no longer so misleads. What lies in the past may keep its own: nothing looks at it."""
    if not unused:
        return
    entries: dict[Where, list[Entry]] = {}
    for entry, where in placed:
        entries.setdefault(where, []).append(entry)
    for one in unused:
        if _LOOKS[one.noun](one, entries, diary):
            message = f'There is no "{one.table.check}" here that this would silence. Take it out.'
            findings.warning(one.where, "silence-unused", message)


def _silences(files: Sequence[File]) -> Iterator[_Silence]:
    dates: dict[str, list[Where]] = {}  # of a series, those with a table of their own
    for row in (row for file in files for row in file.of(MeetingTable)):
        if row.table.series is not None:
            dates.setdefault(row.table.series, []).append(row.where)
        yield from _of(row.where, row.table.silence, (), "entry", row.table.id or "")
    for file in files:
        for series in file.of(SeriesTable):
            more = tuple(dates.get(series.table.id, ()))
            yield from _of(series.where, series.table.silence, more, "entry", series.table.id)
        for venue in file.of(VenueTable):
            yield from _of(venue.where, venue.table.silence, (), "venue", venue.table.id)
        for area in file.of(AreaTable):
            yield from _of(area.where, area.table.silence, (), "area", area.table.id)


def _of(
    where: Where, tables: Sequence[SilenceTable], more: tuple[Where, ...], noun: str, name: str
) -> Iterator[_Silence]:
    for number, table in enumerate(tables):
        yield _Silence(where.at("silence", number), table, (where, *more), noun, name)


_LOOKS: dict[str, Callable[[_Silence, dict[Where, list[Entry]], Diary], bool]] = {
    "entry": lambda one, entries, diary: any(
        concerns(one.table.check, entry, diary) for where in one.covers for entry in entries.get(where, ())
    ),
    "venue": lambda one, _, diary: any(entry.venue == one.id for entry in diary.coming),
    "area": lambda _, __, diary: not diary.visits,
}  # whether the check looks there today
