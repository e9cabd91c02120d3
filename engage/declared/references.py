"""What names something in another table or file: areas, topics and venues. Series are looked up where they expand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from engage.declared.findings import Findings, Where
from engage.declared.models import (
    CalendarTable,
    CampaignTable,
    DeadlineTable,
    EntryTable,
    GatheringTable,
    MeetingTable,
    SeriesTable,
    VenueTable,
)
from engage.declared.office_models import AreaTable, TipTable, TravelTable
from engage.declared.tables import OFFICE, File
from engage.domain.problems import did_you_mean

MOST_HINTS = 50  # each is a search through all ids
ENTRIES: tuple[type[EntryTable], ...] = (MeetingTable, SeriesTable, CampaignTable, DeadlineTable)


@dataclass(frozen=True, kw_only=True)
class Known:
    """The ids there are, those of misspelt tables included. None: the file that says so cannot be read.

    *venues* gives the area of each; *root* is the area that covers all others. A folder that is not *whole* lacks a
    file, which may hold the venues and series that others name.
    """

    areas: frozenset[str] | None
    topics: frozenset[str] | None
    venues: Mapping[str, str | None] = field(hash=False)
    series: frozenset[str]
    root: str
    is_whole: bool


def known_ids(files: Iterable[File], *, is_whole: bool) -> Known:
    """Gather what may be referred to, over all files."""
    files = list(files)
    office = next((file for file in files if file.name == OFFICE), None)
    areas = [table for _, table in office.raw_tables("area")] if office else []
    venues = {
        table["id"]: table.get("area") for file in files for _, table in file.raw_tables("venue") if _has_id(table)
    }
    roots = [table["id"] for table in areas if _has_id(table) and "within" not in table]
    return Known(
        areas=frozenset(table["id"] for table in areas if _has_id(table)) if office else None,
        topics=frozenset(t["id"] for _, t in office.raw_tables("topic") if _has_id(t)) if office else None,
        venues={name: area if isinstance(area, str) else None for name, area in venues.items()},
        series=frozenset(table["id"] for file in files for _, table in file.raw_tables("series") if _has_id(table)),
        root=roots[0] if roots else "",
        is_whole=is_whole,
    )


def _has_id(table: Mapping[str, object]) -> bool:
    return isinstance(table.get("id"), str)


def check_references(files: Iterable[File], known: Known, findings: Findings) -> None:
    """Report every id that nothing has."""
    hints: dict[tuple[str, str], str] = {}
    for file in files:
        for where, noun, name in _referred(file):
            ids = {"area": known.areas, "topic": known.topics, "venue": known.venues if known.is_whole else None}[noun]
            if ids is not None and name not in ids:
                if (noun, name) not in hints:
                    hints[noun, name] = did_you_mean(name, ids) if len(hints) < MOST_HINTS else ""
                place = f" in {OFFICE}" if noun != "venue" else ""
                findings.problem(where, f"unknown-{noun}", f'There is no {noun} "{name}"{place}.{hints[noun, name]}')


def _referred(file: File) -> Iterator[tuple[Where, str, str]]:
    """(place, what it should be, the id given) of everything in a file that names something else."""
    for area in file.of(AreaTable):
        if area.table.within is not None:
            yield area.where.at("within"), "area", area.table.within
    for venue in file.of(VenueTable):
        yield venue.where.at("area"), "area", venue.table.area
    for travel in file.of(TravelTable):
        yield from _each(travel.where, "between", "area", travel.table.between)
    for calendar in file.of(CalendarTable):
        yield from _each(calendar.where, "topics", "topic", calendar.table.topics)
    for tip in file.of(TipTable):
        yield from _each(tip.where, "topics", "topic", tip.table.topics)
    for model in ENTRIES:
        for row in file.of(model):
            yield from _of_entry(row.where, row.table)


def _of_entry(where: Where, table: EntryTable) -> Iterator[tuple[Where, str, str]]:
    yield from _each(where, "areas", "area", table.areas)
    yield from _each(where, "topics", "topic", table.topics)
    if isinstance(table, GatheringTable) and table.venue is not None:
        yield where.at("venue"), "venue", table.venue
    if isinstance(table, MeetingTable):
        for index, concern in enumerate(table.concerns):
            if concern.topic is not None:
                yield where.at("concerns", index, "topic"), "topic", concern.topic


def _each(where: Where, key: str, noun: str, names: Iterable[str]) -> Iterator[tuple[Where, str, str]]:
    return ((where.at(key, index), noun, name) for index, name in enumerate(names))
