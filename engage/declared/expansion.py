"""A [[series]] and the [[meeting]]s that override its dates -> one entry for each date. Its rule is domain.series'."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from engage.declared.entries import Placed, Setting, end, gathering, moment
from engage.declared.findings import Findings
from engage.declared.models import GatheringTable, MeetingTable, SeriesTable
from engage.declared.references import Known
from engage.declared.tables import File, Row
from engage.domain import clock
from engage.domain.calendars import Entry
from engage.domain.series import Expansion, Move, Occurrence, Rule, expand, nearest

Overrides = dict[date, Row[MeetingTable]]
RULE = frozenset({"every", "on", "at", "from", "until", "except", "move", "rrule"})  # keys that say on which dates


def overrides_of(files: Iterable[File], known: Known, findings: Findings) -> dict[str, Overrides]:
    """Series id -> its dates that differ, over all files; reports those that belong nowhere."""
    found: dict[str, Overrides] = {}
    for row in (row for file in files for row in file.of(MeetingTable)):
        table, where = row.table, row.where
        if table.series is None:
            if table.day is not None and "series" not in row.meant:
                findings.problem(where.key("date"), "date-alone", "`date` goes with `series`; a meeting has `starts`.")
            continue
        if table.id is not None:
            message = "One date of a series has no id of its own: it keeps the series' id and its date."
            findings.problem(where.key("id"), "override-id", message)
        if table.series not in known.series:
            continue  # which was reported with everything else that names nothing
        if table.day is None:
            if "date" not in row.meant:
                message = "[[meeting]] with `series` has no `date`: which date of the series is it?"
                findings.problem(where, "missing", message)
        elif (first := found.setdefault(table.series, {}).setdefault(table.day, row)) is not row:
            message = f'{table.day} of the series "{table.series}" is described twice.'
            findings.problem(where.at("date"), "duplicate-override", message, other=first.where.at("date"))
    return found


def occurrences(setting: Setting, row: Row[SeriesTable], overrides: Overrides, today: date) -> Iterator[Placed]:
    """Every date of a series that can be read; problems are reported and the other dates go on."""
    if row.meant & RULE:
        return  # without that key its dates are others, and whatever is wrong with them is not
    table, where = row.table, row.where
    rule = rule_of(table)
    expansion = expand(rule, today=today, named=overrides.keys())
    for fault in expansion.faults:
        path = (fault.key,) if fault.index is None else (fault.key, fault.index)
        setting.findings.problem(where.at(*path), "bad-series", f"`{fault.key}` {fault.says}")
    _check_dates(setting.findings, rule, expansion, overrides)
    warned = False
    for occurrence in expansion.occurrences:
        override = overrides.get(occurrence.day)
        if override is not None and override.table.starts is not None:
            starts_at = moment(setting, override.table.starts, override.where.at("starts"))
        else:
            starts_at = moment(setting, occurrence.starts, where.at("at"), warns=not warned)
            warned = warned or clock.is_ambiguous(occurrence.starts, setting.zone)
        if starts_at is not None and (entry := _entry(setting, table, override, occurrence, starts_at)):
            yield entry, (override or row).where


def rule_of(table: SeriesTable) -> Rule:
    """The table as the domain's rule."""
    return Rule(
        first=table.first,
        at=table.at,
        until=table.until,
        every=table.every,
        on=tuple(table.on),
        rrule=table.rrule,
        excepted=tuple(table.excepted),
        moves=tuple(_move(move.day, move.to) for move in table.move),
    )


def _move(day: date, to: date | datetime) -> Move:
    return Move(day=day, to=to.date(), at=to.time()) if isinstance(to, datetime) else Move(day=day, to=to)


def _check_dates(findings: Findings, rule: Rule, expansion: Expansion, overrides: Overrides) -> None:
    """An override of a date that the series does not have would vanish without a word."""
    if not expansion.days:
        return
    for day, row in overrides.items():
        if day in rule.excepted:
            findings.problem(row.where.at("date"), "not-in-series", f"The series leaves {day} out (`except`).")
        elif day not in expansion.days:
            findings.problem(row.where.at("date"), "not-in-series", nearest(expansion.days, day))


def _entry(
    setting: Setting,
    table: SeriesTable,
    override: Row[MeetingTable] | None,
    occurrence: Occurrence,
    starts_at: datetime,
) -> Entry | None:
    length = table.duration or setting.length
    entry_id = f"{table.id}-{occurrence.day}"
    if override is None:
        ends_at = starts_at + length
        return gathering(setting, table, entry_id=entry_id, starts_at=starts_at, ends_at=ends_at, rule=table.id)
    until = end(setting, override, starts_at, length)
    if until is None:
        return None
    return gathering(
        setting,
        inherit(table, override.table),
        entry_id=entry_id,
        starts_at=starts_at,
        ends_at=until,
        rule=table.id,
        single=override.table,
    )


def inherit(series: SeriesTable, override: MeetingTable) -> GatheringTable:
    """What an override says, and the series' word on everything else. A new venue brings its area."""
    said = override.model_fields_set
    values = {name: getattr(override if name in said else series, name) for name in GatheringTable.model_fields}
    return GatheringTable.model_construct(**values)
