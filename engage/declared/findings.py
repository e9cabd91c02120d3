"""Collects what is wrong in all files while they are read; says where it stands only when somebody asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, TypeVar

from engage.declared.positions import Part, locate
from engage.domain.problems import Problem

T = TypeVar("T")
MOST = 1000  # problems shown
Severity = Literal["problem", "warning"]


class Where(NamedTuple):
    """A value in a file by its path of keys and numbers; *at_key* means the word left of the equals sign."""

    file: str
    path: tuple[Part, ...] = ()
    at_key: bool = False

    def at(self, *parts: Part) -> Where:
        """A place inside this one."""
        return Where(self.file, self.path + parts)

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

    def _add(self, finding: _Finding) -> None:
        """Keep it; past the thousandth only that there are more."""
        if len(self._found) < MOST:
            self._found.append(finding)
        elif len(self._found) == MOST:
            message = f"More than {MOST:,} problems were found; the rest is not shown."
            self._found.append(_Finding(Where(finding.where.file), "too-many", message, "problem", None, None))

    def problem(self, where: Where, code: str, message: str, *, other: Where | None = None) -> None:
        """Something that stops the plan; *other* is the second place, named at the end of the message."""
        self._add(_Finding(where, code, message, "problem", other, None))

    def warning(self, where: Where, code: str, message: str) -> None:
        """Something to look at that stops nothing."""
        self._add(_Finding(where, code, message, "warning", None, None))

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

    def silence(self, where: Where, code: str) -> None:
        """Drop warnings of this kind about this table; problems cannot be silenced."""
        self._found = [
            found
            for found in self._found
            if not (
                found.severity == "warning"
                and found.code == code
                and found.where.file == where.file
                and found.where.path[: len(where.path)] == where.path
            )
        ]

    def problems(self, texts: Mapping[str, str], repaired: Mapping[str, str]) -> tuple[Problem, ...]:
        """All of them with line and column, sorted; *texts* are shown, *repaired* are the same lines as they were read.

        A line that could not be read as TOML says only that: what its repair then meant is a guess.
        """
        points = _points(self._found, repaired)
        lines = {file: texts[file].split("\n") for file in {found.where.file for found in self._found} & texts.keys()}
        broken = {(found.where.file, found.point[0]) for found in self._found if found.point}
        located = {_located(found, points, lines): found for found in self._found}
        return tuple(sorted(p for p, found in located.items() if found.point or (p.file, p.line) not in broken))


def _points(found: Iterable[_Finding], texts: Mapping[str, str]) -> dict[Where, tuple[int, int]]:
    """One parse of each file in which something was found."""
    wanted: dict[str, set[Where]] = {}
    for finding in found:
        for where in (finding.where, finding.other):
            if where is not None and finding.point is None and where.path:
                wanted.setdefault(where.file, set()).add(where)
    points: dict[Where, tuple[int, int]] = {}
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
