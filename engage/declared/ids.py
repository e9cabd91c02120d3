"""Whether an id is used once. Ids become links and UIDs: two things of one id would be one thing to a calendar app."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePath

from engage.declared.findings import Findings, Where
from engage.declared.models import CalendarTable, MeetingTable
from engage.declared.office_models import OfficeFile, TipsFile
from engage.declared.tables import File, Row, model_of

_ENTRIES = ("meeting", "series", "campaign", "deadline")
_NOUNS = ("area", "topic", "staff", "tip", "venue")


def check_ids(files: Iterable[File], findings: Findings) -> frozenset[str]:
    """Report every id used twice over the folder, also when only capitals differ; the ids of entries so reported."""
    files = list(files)
    for noun in _NOUNS:
        _report((place for file in files for place in _ids(file, noun)), noun, findings)
    _report((place for file in files for place in _calendar_id(file, findings)), "calendar", findings)
    for file in files:
        for row in file.of(MeetingTable):
            _report(_concerns(row), "concern", findings)
    entries = (place for file in files for noun in _ENTRIES for place in _ids(file, noun))
    return _report(entries, "entry", findings)


def stem(file: str) -> str:
    """A calendar's id, unless it says another: the file's name without .toml."""
    return PurePath(file).stem


def _ids(file: File, noun: str) -> Iterator[tuple[Where, str]]:
    """Every id of a noun as written, from unreadable tables too; [[series]] and [[area]] live in separate rooms."""
    for where, table in file.raw_tables(noun):
        if isinstance(table.get("id"), str):
            yield where.at("id"), table["id"]


def _concerns(row: Row[MeetingTable]) -> Iterator[tuple[Where, str]]:
    """Those of one meeting: people follow a concern by its id, and two of one id would take turns."""
    return ((row.where.at("concerns", index, "id"), one.id) for index, one in enumerate(row.table.concerns))


def _calendar_id(file: File, findings: Findings) -> Iterator[tuple[Where, str]]:
    if model_of(file.name) in {OfficeFile, TipsFile}:
        return
    calendar = file.one(CalendarTable)
    if calendar is not None and calendar.table.id is not None:
        yield calendar.where.at("id"), calendar.table.id
    elif fault := name_fault(file.name):
        findings.problem(Where(file.name), "bad-file-name", fault)
    elif calendar is not None:
        yield calendar.where, stem(file.name)


def name_fault(file: str) -> str | None:
    """Why a file's name cannot be its calendar's id."""
    name = stem(file)
    if name in {"all", "me", "plain", "rich"}:
        return f'The system uses the word "{name}" itself. Rename the file, or say another id in [calendar].'
    if not name or len(name) > 80 or set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789-"):
        return (
            "A calendar is called after its file, so the name has small letters, digits and hyphens only. "
            "If this is a copy, move it out of the folder; else rename it, or say an id in [calendar]."
        )
    return None


def _report(places: Iterable[tuple[Where, str]], noun: str, findings: Findings) -> frozenset[str]:
    seen: dict[str, tuple[Where, str]] = {}
    twice = set()
    for where, name in places:
        before, spelt = seen.setdefault(name.casefold(), (where, name))
        if before is not where:
            twice.add(name)
            differs = "" if spelt == name else f' ("{spelt}" differs in capitals only)'
            message = f'The id "{name[:80]}" is used by two {_PLURALS[noun]}{differs}.'
            findings.problem(where, "duplicate-id", message, other=before)
    return frozenset(twice)


_PLURALS = {
    "area": "areas", "topic": "topics", "staff": "persons", "tip": "tips", "venue": "venues",
    "calendar": "calendars", "entry": "entries", "concern": "concerns of one meeting",
}  # fmt: skip
