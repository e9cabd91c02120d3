"""Collects what is wrong in all files while they are read; says where it stands only when somebody asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, TypeVar

from engage.domain.problems import Problem

Part = str | int
T = TypeVar("T")
MOST, MOST_WARNINGS = 1000, 200  # shown
Severity = Literal["problem", "warning"]


class Where(NamedTuple):
    """A value in a file by its path of keys and numbers; *at_key* means the word left of the equals sign."""

    file: str
    path: tuple[Part, ...] = ()
    at_key: bool = False

    def at(self, *parts: Part) -> Where:
        """A place inside this one."""
        return Where(self.file, self.path + parts)

    def covers(self, other: Where) -> bool:
        """Whether the other place lies within this one."""
        return other.file == self.file and other.path[: len(self.path)] == self.path

    def key(self, part: str) -> Where:
        """The key itself, not its value."""
        return Where(self.file, (*self.path, part), at_key=True)


class _Finding(NamedTuple):
    where: Where
    code: str
    message: str
    severity: Severity
    other: Where | None
    point: tuple[int, int] | None


class Findings:
    """Everything found so far. Finding goes on after a problem: staff see all of them at once."""

    def __init__(self) -> None:
        self._found: list[_Finding] = []
        self._problems = 0

    def _add(self, finding: _Finding) -> None:
        """Keep it; past the thousandth problem only that there are more."""
        if finding.severity == "warning" or self._problems < MOST:
            self._found.append(finding)
        elif self._problems == MOST:
            message = f"More than {MOST:,} problems were found; the rest is not shown."
            self._found.append(_Finding(Where(finding.where.file), "too-many", message, "problem", None, None))
        self._problems += finding.severity == "problem"

    def problem(self, where: Where, code: str, message: str, *, other: Where | None = None) -> None:
        """Something that stops the plan; *other* is the second place, named at the end of the message."""
        self._add(_Finding(where, code, message, "problem", other, None))

    def warning(self, where: Where, code: str, message: str, *, other: Where | None = None) -> None:
        """Something to look at that stops nothing."""
        self._found.append(_Finding(where, code, message, "warning", other, None))

    def problem_at(self, file: str, point: tuple[int, int], code: str, message: str) -> None:
        """A problem whose line and column are known: the file could not be read as TOML."""
        self._add(_Finding(Where(file), code, message, "problem", None, point))

    def take(self, found: tuple[T, Findings]) -> T:
        """What was read, after adding what was found in it."""
        thing, others = found
        for finding in others._found:  # noqa: SLF001 - another of our own
            self._add(finding)
        return thing

    @property
    def stops(self) -> bool:
        """Whether any of them is more than a warning."""
        return any(found.severity == "problem" for found in self._found)

    def silence(self, covers: Iterable[Where], code: str) -> bool:
        """Drop warnings of this kind about these tables, and whether there were any; problems cannot be silenced."""
        covers, before = list(covers), len(self._found)
        self._found = [
            found
            for found in self._found
            if found.severity != "warning"
            or found.code != code
            or not any(place.covers(found.where) or (found.other and place.covers(found.other)) for place in covers)
        ]
        return len(self._found) < before

    def problems(self, texts: Mapping[str, str], repaired: Mapping[str, str]) -> tuple[Problem, ...]:
        """All of them with line and column, sorted; *texts* are shown, *repaired* are the same lines as they were read.

        A line that could not be read as TOML says only that: what its repair then meant is a guess.
        """
        self._cut()
        points = _points(self._found, repaired)
        lines = {file: texts[file].split("\n") for file in {found.where.file for found in self._found} & texts.keys()}
        broken = {(found.where.file, found.point[0]) for found in self._found if found.point}
        located = {_located(found, points, lines): found for found in self._found}
        return tuple(sorted(p for p, found in located.items() if found.point or (p.file, p.line) not in broken))

    def _cut(self) -> None:
        """Past the two hundredth warning only that there are more: nobody reads on, and finding places takes time."""
        beyond = [found for found in self._found if found.severity == "warning"][MOST_WARNINGS:]
        if beyond:
            dropped = set(map(id, beyond))
            self._found = [found for found in self._found if id(found) not in dropped]
            message = f"{len(beyond):,} more warnings are not shown. Settle some of these first."
            self.warning(Where(beyond[0].where.file), "too-many", message)


def _points(found: Iterable[_Finding], texts: Mapping[str, str]) -> dict[Where, tuple[int, int]]:
    """One parse of each file in which something was found."""
    wanted: dict[str, set[Where]] = {}
    for finding in found:
        for where in (finding.where, finding.other):
            if where is not None and finding.point is None and where.path:
                wanted.setdefault(where.file, set()).add(where)
    points: dict[Where, tuple[int, int]] = {}
    if not wanted:
        return points
    from engage.declared.positions import locate  # its parser is loaded only where there is something to point at

    for file, places in wanted.items():
        ordered = list(places)
        at = locate(texts.get(file, ""), [(place.path, place.at_key) for place in ordered])
        points.update(zip(ordered, at, strict=True))
    return points


def _located(finding: _Finding, points: Mapping[Where, tuple[int, int]], lines: Mapping[str, list[str]]) -> Problem:
    file = finding.where.file
    line, column = finding.point or points.get(finding.where, (1, 1))
    text = lines[file][line - 1] if file in lines and line <= len(lines[file]) else ""
    message = finding.message
    if finding.other is not None:
        there = points.get(finding.other, (1, 1))[0]
        place = f"line {there}" if finding.other.file == file else f"{finding.other.file}, line {there}"
        message = f"{message} The other one is in {place}."
    return Problem(
        file=file,
        line=line,
        column=column,
        code=finding.code,
        message=message,
        severity=finding.severity,
        text="" if finding.code == "secret" else text,
    )
