"""Staff's files in, a schedule or every problem out: the only door of this package besides the folder's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Any

from engage.declared import entries, expansion, whole_days
from engage.declared.advising import remark
from engage.declared.entries import Placed, Setting, setting_of
from engage.declared.findings import Findings, Where
from engage.declared.ids import check_ids
from engage.declared.models import (
    CalendarFile,
    CampaignTable,
    DeadlineTable,
    MeetingTable,
    SeriesTable,
)
from engage.declared.office_models import OfficeTable
from engage.declared.offices import check_areas, office_of
from engage.declared.references import Known, check_references, known_ids
from engage.declared.silences import report_unused, silence
from engage.declared.syntax import Source, parse
from engage.declared.tables import OFFICE, File, model_of, read_tables
from engage.domain.calendars import Schedule
from engage.domain.problems import Problem

LIMITS = {
    "meeting": 5000, "series": 500, "campaign": 1000, "deadline": 1000, "venue": 2000, "tip": 2000,
    "area": 2000, "topic": 500, "staff": 500, "travel": 2000,
}  # tables of a folder  # fmt: skip
MOST_ENTRIES = 20_000


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What a folder says. *schedule* is None when anything but a warning was found."""

    schedule: Schedule | None
    problems: tuple[Problem, ...]


@lru_cache(maxsize=64)
def _parsed(name: str, content: bytes) -> tuple[Source, Findings]:
    """One file by itself. Kept, because an edit changes one file of many."""
    findings = Findings()
    return parse(name, content, findings), findings


@lru_cache(maxsize=64)
def _read_one(name: str, content: bytes) -> tuple[File, Findings]:
    findings = Findings()
    return read_tables(name, _parsed(name, content)[0].tables or {}, findings), findings


@lru_cache(maxsize=64)
def _singles_of(name: str, content: bytes, timezone: str, known: Known) -> tuple[list[Placed], Findings]:
    """The entries of one file that stand by themselves."""
    file, findings = _read_one(name, content)[0], Findings()
    return list(_singles(setting_of(file, timezone, known, findings), file)), findings


def read(sources: Mapping[str, bytes], *, today: date, found: Iterable[Problem] = ()) -> Declared:
    """Read the files of a folder by name; *found* are problems met while fetching them, which count like others.

    Nothing that a file holds raises: every problem of every file is in the answer, sorted by place.
    """
    findings, missing = Findings(), tuple(found)
    parsed = {name: findings.take(_parsed(name, sources[name])) for name in sorted(sources)}
    files = []
    if _is_within_limits({name: source.tables for name, source in parsed.items() if source.tables}, findings):
        files = [findings.take(_read_one(name, sources[name])) for name, source in parsed.items() if source.tables]
    _check_presence(parsed, findings)
    is_whole = (
        not missing and len(files) == len(parsed) and all(source.tables is not None for source in parsed.values())
    )
    known = known_ids(files, is_whole=is_whole)
    placed = _entries(files, known, today, sources, findings)
    schedule = None
    if not findings.stops and all(problem.severity == "warning" for problem in missing):
        schedule = Schedule(office=office_of(files), entries={entry.id: entry for entry, _ in placed})
    _advise(files, schedule, placed, today, findings)
    texts = {name: source.text for name, source in parsed.items()}
    problems = findings.problems(texts, {name: source.repaired for name, source in parsed.items()})
    return Declared(schedule=schedule, problems=tuple(sorted({*problems, *missing})))


def _advise(
    files: list[File], schedule: Schedule | None, placed: list[Placed], today: date, findings: Findings
) -> None:
    """What might be better in files that are right, less what somebody has looked at."""
    diary = remark(files, schedule, placed, today, findings) if schedule else None
    unused = silence(files, findings)
    if diary is not None:
        report_unused(unused, placed, diary, findings)


def _check_presence(parsed: Mapping[str, Source], findings: Findings) -> None:
    """A file that is there says something, and one of them says who we are."""
    for name, source in parsed.items():
        if source.tables == {}:
            message = "This file is empty. Move it out of the folder if it is no longer wanted."
            findings.problem(Where(name), "empty-file", message)
    if OFFICE not in parsed:
        message = "There is no office.toml in this folder: it says who we are, our areas and our topics."
        findings.problem(Where(OFFICE), "no-office", message)


def _is_within_limits(raw: Mapping[str, dict[str, Any]], findings: Findings) -> bool:
    """Whether the files hold no more tables than a folder may."""
    within = True
    for noun, most in LIMITS.items():
        named = [(name, tables[noun]) for name, tables in raw.items() if isinstance(tables.get(noun), list)]
        places = (Where(name, (noun, index)) for name, tables in named for index in range(len(tables)))
        if beyond := next(islice(places, most, None), None):
            findings.problem(beyond, "too-many", f"This is more than {most:,} [[{noun}]] in one folder.")
            within = False
    return within


def _entries(
    files: list[File], known: Known, today: date, sources: Mapping[str, bytes], findings: Findings
) -> list[Placed]:
    """Every entry that can be read, after all checks that need more than one table."""
    reported = check_ids(files, findings)
    check_references(files, known, findings)
    office = next((file for file in files if file.name == OFFICE), None)
    if office is not None:
        check_areas(office, findings)
    row = office.one(OfficeTable) if office else None
    placed: list[Placed] = []
    seen: dict[str, Where] = {}
    for entry, where in _built(files, row.table.timezone if row else "UTC", known, today, sources, findings):
        before = seen.setdefault(entry.id, where)
        if before is not where and entry.id not in reported:
            message = f'The id "{entry.id}" is made twice: a series or campaign makes ids of its own id and its dates.'
            single, rule = (before, where) if entry.rule else (where, before)
            findings.problem(single.at("id"), "duplicate-id", message, other=rule.at("id"))
        placed.append((entry, where))
        if len(placed) > MOST_ENTRIES:
            findings.problem(where, "too-many", f"The files yield more than {MOST_ENTRIES:,} entries.")
            break
    return placed


def _built(
    files: list[File], timezone: str, known: Known, today: date, sources: Mapping[str, bytes], findings: Findings
) -> Iterator[Placed]:
    overrides = expansion.overrides_of(files, known, findings)
    for file in files:
        if model_of(file.name) is not CalendarFile:
            continue
        setting = setting_of(file, timezone, known, findings)
        yield from findings.take(_singles_of(file.name, sources[file.name], timezone, known))
        for series in file.of(SeriesTable):
            dates = overrides.get(series.table.id, {})
            yield from expansion.occurrences(setting, series, dates, today)
        for campaign in file.of(CampaignTable):
            for entry in whole_days.campaign(setting, campaign, today):
                yield entry, campaign.where


def _singles(setting: Setting, file: File) -> Iterator[Placed]:
    for meeting in file.of(MeetingTable):
        is_single = meeting.table.series is None and "series" not in meeting.meant
        if is_single and (entry := entries.meeting(setting, meeting)):
            yield entry, meeting.where
    for deadline in file.of(DeadlineTable):
        if entry := whole_days.deadline(setting, deadline):
            yield entry, deadline.where
