"""What a foreign calendar says, as plain values between reading and writing. No file format lives here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from engage.domain.problems import Problem
from engage.domain.series import Rule

DEFAULT_LENGTH = timedelta(hours=2)  # FEEDS.md C47: a meeting that does not say when it ends
LONGEST_MEETING = timedelta(days=7)
LONGEST_CAMPAIGN = timedelta(days=366)
MOST_DRAFTS = 5000
SHOWN = 200  # sentences about the source; a wrong column would repeat itself for every row


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An entry before it knows our venues, areas and topics. *line* is where it stands in the source.

    *starts* and *ends* are wall times of the office's zone; of whole days they are dates, the last one included.
    With a *rule* it is a series (or a yearly campaign), and *changed* are those of its dates that differ.
    """

    line: int
    title: str
    starts: date | datetime
    ends: date | datetime
    status: str = "confirmed"
    note: str = ""
    place: str = ""
    postcode: str = ""
    area: str = ""
    topics: tuple[str, ...] = ()
    online: str | None = None
    url: str | None = None
    geo: tuple[float, float] | None = None
    uid: str = ""
    rule: Rule | None = None
    changed: Mapping[date, Draft] = field(default_factory=dict)

    @property
    def all_day(self) -> bool:
        return not isinstance(self.starts, datetime)

    @property
    def day(self) -> date:
        return self.starts.date() if isinstance(self.starts, datetime) else self.starts

    @property
    def length(self) -> timedelta:
        """From start to end on the wall; of whole days, how many nights lie between the first and the last."""
        if isinstance(self.starts, datetime) and isinstance(self.ends, datetime):
            return self.ends - self.starts
        return timedelta(days=self.ends.toordinal() - self.starts.toordinal())

    @property
    def order(self) -> tuple[str, int]:
        """Entries stand in the order of their start."""
        return self.starts.isoformat(), self.line


class Unreadable(Exception):
    """The source as a whole cannot be read; the text is the sentence for its *line*."""

    def __init__(self, code: str, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.code, self.line = code, line


class Bad(Exception):
    """One entry of the source cannot be taken; the text is the sentence."""

    def __init__(self, code: str, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.code, self.line = code, line


class Notes:
    """What a person must know about the source, each sentence at its line."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._problems: list[Problem] = []
        self._warnings: list[Problem] = []

    def bad(self, line: int, code: str, message: str) -> None:
        """An entry that cannot be taken."""
        self.add(Problem(file=self._file, line=line, column=1, code=code, message=message))

    def look(self, line: int, code: str, message: str) -> None:
        """Something that was taken and that a person should look at."""
        self.add(Problem(file=self._file, line=line, column=1, code=code, message=message, severity="warning"))

    def add(self, problem: Problem) -> None:
        (self._warnings if problem.severity == "warning" else self._problems).append(problem)

    @property
    def problems(self) -> tuple[Problem, ...]:
        return _shown(self._problems)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return _shown(self._warnings)


def _shown(found: list[Problem]) -> tuple[Problem, ...]:
    """In the source's order; past the two hundredth only that there are more."""
    told = sorted(set(found))
    if len(told) <= SHOWN:
        return tuple(told)
    last = told[SHOWN]
    more = Problem(
        file=last.file,
        line=last.line,
        column=1,
        code="too-many",
        message=f"{len(told) - SHOWN:,} more such sentences are not shown.",
        severity=last.severity,
    )
    return (*told[:SHOWN], more)


class Tally:
    """Counts what happens to many entries in the same way, so that it is said once, at the first of them."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], tuple[int, int]] = {}

    def count(self, line: int, code: str, name: str = "") -> None:
        if (code, name) not in self._seen and len(self._seen) > 10 * SHOWN:
            return  # nobody reads on, and a hostile file may go on for ever
        first, number = self._seen.get((code, name), (line, 0))
        self._seen[code, name] = first, number + 1

    def of(self, code: str) -> list[tuple[int, str, int]]:
        """(first line, name, how often) of everything counted under a code."""
        return [(line, name, number) for (was, name), (line, number) in self._seen.items() if was == code]
