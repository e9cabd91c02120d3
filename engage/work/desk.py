"""Staff's files as a command finds them: which meeting is meant, where it stands, and whether a change would check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path
from typing import Any

from engage.declared import folder, saving
from engage.declared.editing import Table
from engage.declared.findings import Findings
from engage.declared.read import read
from engage.declared.syntax import parse
from engage.domain import wording
from engage.domain.calendars import Entry, Kind, Schedule
from engage.domain.problems import Problem, did_you_mean
from engage.errors import NotFound, Refused
from engage.imports.texts import folded

SHOWN = 6  # meetings named when several are meant


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a meeting is written. *rule* is the series of a date; *own* its own table, which a date may not have."""

    own: tuple[str, Table] | None
    rule: tuple[str, Table] | None = None


@dataclass(frozen=True, kw_only=True)
class Edited:
    """A file as it would be, which checks; *warnings* are what the check says of it, *schedule* what it yields."""

    file: str
    was: bytes
    content: bytes
    schedule: Schedule
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The files of a folder, which have no problems."""

    folder: Path
    today: date
    sources: Mapping[str, bytes]
    schedule: Schedule
    warnings: tuple[Problem, ...]

    @cached_property
    def tables(self) -> dict[str, dict[str, Any]]:
        """What each file holds, as TOML."""
        return {name: parse(name, content, Findings()).tables or {} for name, content in self.sources.items()}

    @cached_property
    def meetings(self) -> list[Entry]:
        """Every meeting, by start."""
        found = (entry for entry in self.schedule.entries.values() if entry.kind is Kind.MEETING)
        return sorted(found, key=lambda entry: (entry.starts_at, entry.id))

    def place(self, entry: Entry) -> Place:
        """Where the meeting and its series are written."""
        if entry.rule is None:
            return Place(own=self._table("meeting", id=entry.id))
        day = date.fromisoformat(entry.id.removeprefix(f"{entry.rule}-"))
        own = self._table("meeting", series=entry.rule, date=day) or self._table(
            "meeting", series=entry.rule, date=f"{day}"
        )
        return Place(own=own, rule=self._table("series", id=entry.rule))

    def _table(self, noun: str, **wanted: object) -> tuple[str, Table] | None:
        for name, tables in self.tables.items():
            for number, table in enumerate(tables.get(noun, ())):
                if all(table.get(key) == value for key, value in wanted.items()):
                    return name, Table(noun, number)
        return None

    def table_of(self, at: tuple[str, Table]) -> Mapping[str, Any]:
        """The values that stand there."""
        name, (noun, number) = at
        values: Mapping[str, Any] = self.tables[name][noun][number]
        return values


def open_desk(path: Path, *, today: date) -> Desk:
    """Read the folder; Refused with the first problems when it has any: nothing would come of a change until then."""
    sources, found = folder.fetch(path)
    declared = read(sources, today=today, found=found)
    if declared.schedule is None:
        raise Refused(_refusal("The files have problems, so nothing was changed. Mend them first:", declared.problems))
    return Desk(folder=path, today=today, sources=sources, schedule=declared.schedule, warnings=declared.problems)


def find(desk: Desk, given: str, *, is_over: bool = False) -> Entry:
    """The one meeting that is meant by an id, the beginning of an id, or words of its title.

    Where several fit, the only one to come is meant, or with *is_over* the only one that is past.
    """
    wanted = given.strip().lower()
    for fits in (_is_named, _begins, _is_titled):
        found = [entry for entry in desk.meetings if fits(entry, wanted)]
        likely = [entry for entry in found if _is_likely(entry, desk.today, is_over=is_over)]
        for meant in (found, likely):
            if len(meant) == 1:
                return meant[0]
        if found:
            likely = likely or found
            raise Refused(_which(given, likely[::-1] if is_over else likely))
    titles = {folded(entry.title): entry.id for entry in desk.meetings}
    hint = did_you_mean(wanted, {entry.id for entry in desk.meetings})
    if not hint and (close := did_you_mean(folded(wanted), titles)):
        hint = f' Did you mean "{titles[close.split(chr(34))[1]]}"?'
    raise NotFound(f'There is no meeting "{given[:80]}".{hint} To see them: engage meeting list')


def _is_likely(entry: Entry, today: date, *, is_over: bool) -> bool:
    """Whether it lies on the side of today that is meant; one of today lies on both."""
    return entry.starts_local.date() <= today if is_over else entry.ends_local.date() >= today


def _is_named(entry: Entry, wanted: str) -> bool:
    return entry.id == wanted


def _begins(entry: Entry, wanted: str) -> bool:
    return bool(wanted) and entry.id.startswith(wanted)


def _is_titled(entry: Entry, wanted: str) -> bool:
    return bool(folded(wanted)) and folded(wanted) in folded(entry.title)


def _which(given: str, found: list[Entry]) -> str:
    lines = [f"  {entry.id}  {wording.moment(entry.starts_local)}  {entry.title}" for entry in found[:SHOWN]]
    more = [f"  and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return "\n".join([f'"{given[:80]}" may be any of {len(found)} meetings. Say more of its id:', *lines, *more])


def checked(desk: Desk, file: str, content: bytes) -> Edited:
    """The change, if the folder still checks with it; else Refused with the problems that it would make."""
    declared = read({**desk.sources, file: content}, today=desk.today)
    if declared.schedule is None:
        raise Refused(_refusal("That would not be right, so nothing was changed:", declared.problems))
    known = {(p.file, p.code, p.message) for p in desk.warnings}  # not its line: others may have moved down
    told = tuple(p for p in declared.problems if (p.file, p.code, p.message) not in known)
    return Edited(file=file, was=desk.sources[file], content=content, schedule=declared.schedule, warnings=told)


def save(desk: Desk, edited: Edited) -> None:
    """Write it, unless somebody saved the file meanwhile."""
    saving.replace(desk.folder / edited.file, was=edited.was, content=edited.content)


def changed_lines(edited: Edited) -> list[str]:
    """`file:12`, then - and + lines, as they stood and as they stand; a new table from its empty line on."""
    was, now = (content.decode("utf-8-sig").splitlines() for content in (edited.was, edited.content))
    ways = [_differences(edited.file, was, now, from_below=from_below) for from_below in (True, False)]
    return next((told for told in ways if told[1:2] == ["+ "]), ways[0])


def _differences(file: str, was: list[str], now: list[str], *, from_below: bool) -> list[str]:
    """Long files are not compared line by line with all others: first goes what both ends have in common."""
    below = _alike(was[::-1], now[::-1]) if from_below else 0
    was, now = was[: len(was) - below], now[: len(now) - below]
    same = _alike(was, now)
    was, now = was[same:], now[same:]
    below = _alike(was[::-1], now[::-1])
    was, now = was[: len(was) - below], now[: len(now) - below]
    told: list[str] = []
    for tag, a, b, c, d in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if tag != "equal":
            told.append(f"{file}:{same + c + 1}")
            told += [*(f"- {line}" for line in was[a:b]), *(f"+ {line}" for line in now[c:d])]
    return told


def _alike(some: list[str], others: list[str]) -> int:
    """How many lines they have in common before they differ."""
    pairs = enumerate(zip(some, others, strict=False))
    return next((n for n, (one, other) in pairs if one != other), min(len(some), len(others)))


def _refusal(head: str, problems: Iterable[Problem]) -> str:
    stopping = [str(problem) for problem in problems if problem.severity == "problem"]
    more = [f"and {len(stopping) - SHOWN} more: engage check"] if len(stopping) > SHOWN else []
    return "\n".join([head, *stopping[:SHOWN], *more])
