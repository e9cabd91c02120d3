"""Puts the remarks of domain.advice where they belong in the files. Which of them staff silenced is in silences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from engage.declared.bank_holidays import bank_holidays
from engage.declared.entries import Placed
from engage.declared.findings import Findings
from engage.declared.ids import stem
from engage.declared.models import CalendarTable, ProgrammeTable, SeriesTable, VenueTable
from engage.declared.office_models import AreaTable
from engage.declared.tables import File
from engage.domain.advice import Diary, advise
from engage.domain.calendars import Schedule


def remark(
    files: Sequence[File], schedule: Schedule, placed: Sequence[Placed], today: date, findings: Findings
) -> Diary:
    """Add a warning for each remark about files that have no problems; what they were held against."""
    diary = _diary(files, schedule, today)
    places = {("entry", entry.id): where for entry, where in placed}
    for file in files:
        places.update({("venue", row.table.id): row.where for row in file.of(VenueTable)})
        places.update({("area", row.table.id): row.where for row in file.of(AreaTable)})
    for told in advise(diary):
        other = places["entry", told.other] if told.other else None
        findings.warning(places[told.noun, told.about].at(told.key), told.check, told.message, other=other)
    return diary


def _diary(files: Sequence[File], schedule: Schedule, today: date) -> Diary:
    bare = Diary(schedule=schedule, today=today)
    years = frozenset(entry.starts_local.year for entry in bare.coming)
    return Diary(
        schedule=schedule,
        today=today,
        holidays=bank_holidays(schedule.office.country, years) if years else {},
        ending=frozenset(row.table.id for file in files for row in file.of(SeriesTable) if _has_end(row.table)),
        visits=dict(_visits(files)),
    )


def _has_end(series: SeriesTable) -> bool:
    rule = (series.rrule or "").upper()
    return series.until is not None or "COUNT=" in rule or "UNTIL=" in rule


def _visits(files: Sequence[File]) -> Iterator[tuple[str, int]]:
    for file in files:
        calendar, programme = file.one(CalendarTable), file.one(ProgrammeTable)
        if calendar and programme and programme.table.visit_months:
            yield calendar.table.id or stem(file.name), programme.table.visit_months
