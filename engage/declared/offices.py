"""office.toml, tips.toml and every file's venues and [calendar] -> the office; and whether its areas are one tree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engage.declared.findings import Findings
from engage.declared.ids import stem
from engage.declared.models import CalendarTable, ProgrammeTable, Table, VenueTable
from engage.declared.office_models import (
    AreaTable,
    GuardsTable,
    OfficeTable,
    ReportsTable,
    StaffTable,
    TipTable,
    TopicTable,
    TravelTable,
)
from engage.declared.tables import File, T
from engage.domain.calendars import (
    Access,
    Area,
    Calendar,
    Guards,
    Licence,
    Office,
    Person,
    Programme,
    Reports,
    Tip,
    Topic,
    Travel,
    Venue,
)


def check_areas(office: File, findings: Findings) -> None:
    """One area stands at the top, and following `within` ends there."""
    areas = [(where, table) for where, table in office.raw_tables("area") if isinstance(table.get("id"), str)]
    roots = [where for where, table in areas if "within" not in table]
    if areas and not roots:
        findings.problem(
            areas[0][0], "no-root-area", "Every area has a `within`: the first, which covers all, has none."
        )
    for extra in roots[1:]:
        message = "Only one area, which covers all others, may be without `within`."
        findings.problem(extra, "second-root-area", message, other=roots[0])
    within = {table["id"]: table.get("within") for _, table in areas}
    told: set[str] = set()
    for where, table in areas:
        line = [table["id"]]
        while isinstance(above := within.get(line[-1]), str) and above not in line:
            line.append(above)
        if above == table["id"] and above not in told:
            told.update(line)
            circle = " > ".join([*line, above][:8])
            findings.problem(where.at("within"), "area-circle", f"These areas lie in each other: {circle}.")


def office_of(files: Iterable[File]) -> Office:
    """The office of files in which no problem was found."""
    files = list(files)
    (office,) = _all(files, OfficeTable)
    licence = Licence(**office.licence.model_dump()) if office.licence else Licence()
    given = _tupled(office) | {"website": office.website or "", "licence": licence}
    return Office(
        **given,
        areas=tuple(Area(**_tupled(table)) for table in _all(files, AreaTable)),
        topics=tuple(Topic(**_tupled(table)) for table in _all(files, TopicTable)),
        staff=tuple(Person(**_tupled(table)) for table in _all(files, StaffTable)),
        guards=next(map(_guards, _all(files, GuardsTable)), Guards()),
        reports=next((Reports(**_tupled(table)) for table in _all(files, ReportsTable)), Reports()),
        travel=tuple(_travel(table) for table in _all(files, TravelTable)),
        venues=tuple(_venue(table) for table in _all(files, VenueTable)),
        calendars=tuple(_calendar(file, office.timezone) for file in files if file.one(CalendarTable)),
        tips=tuple(Tip(**_tupled(table)) for table in _all(files, TipTable)),
    )


def _all(files: list[File], model: type[T]) -> list[T]:
    return [row.table for file in files for row in file.of(model)]


def _tupled(table: Table) -> dict[str, Any]:
    """A table's values for a domain dataclass of the same names, which holds tuples."""
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in table.model_dump(exclude={"silence"}).items()
    }


def _guards(table: GuardsTable) -> Guards:
    quiet_from, quiet_until = table.quiet_hours
    given = table.model_dump(exclude={"quiet_hours", "budget", "burst"})
    return Guards(
        **given,
        quiet_from=quiet_from,
        quiet_until=quiet_until,
        burst_alerts=table.burst.alerts,
        burst_minutes=table.burst.minutes,
        budget_messages=table.budget.messages,
        budget_days=table.budget.days,
    )


def _travel(table: TravelTable) -> Travel:
    one, other = table.between
    return Travel(between=(one, other), minutes=table.minutes)


def _venue(table: VenueTable) -> Venue:
    access = Access(**table.access.model_dump()) if table.access else None
    return Venue(**_tupled(table) | {"access": access})


def _calendar(file: File, timezone: str) -> Calendar:
    row, programme = file.one(CalendarTable), file.one(ProgrammeTable)
    assert row is not None
    return Calendar(
        id=row.table.id or stem(file.name),
        name=row.table.name,
        description=row.table.description,
        timezone=row.table.timezone or timezone,
        programme=_programme(programme.table) if programme else None,
    )


def _programme(table: ProgrammeTable) -> Programme:
    return Programme(
        opening_count=table.opening.count,
        opening_on=table.opening.on,
        every=table.milestones.every,
        also=tuple(sorted(set(table.milestones.also))),
        announce_ahead=table.announce_ahead,
    )
