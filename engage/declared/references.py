"""What names something in another table or file: areas, topics, venues and series, in unreadable tables too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import PydanticCustomError

from engage.declared.findings import Findings, Where
from engage.declared.tables import OFFICE, File, model_of
from engage.declared.texts import REF
from engage.domain.problems import did_you_mean

MOST_HINTS = 50  # each is a search through all ids
_ENTRY = {"areas": "area", "topics": "topic"}
# Table -> its keys that name something else -> what they name.
NAMING: Mapping[str, Mapping[str, str]] = {
    "area": {"within": "area"},
    "venue": {"area": "area"},
    "travel": {"between": "area"},
    "calendar": {"topics": "topic"},
    "tip": {"topics": "topic"},
    "meeting": {**_ENTRY, "venue": "venue", "series": "series"},
    "concerns": {"topic": "topic"},  # of a meeting
    "series": {**_ENTRY, "venue": "venue"},
    "campaign": _ENTRY,
    "deadline": _ENTRY,
}
_LISTS = frozenset({"areas", "topics", "between"})


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
    """Report every id that nothing has; what is no id at all was reported when its table was read."""
    ids = {
        "area": known.areas,
        "topic": known.topics,
        "venue": known.venues if known.is_whole else None,
        "series": known.series if known.is_whole else None,
    }
    hints: dict[tuple[str, str], str] = {}
    for file in files:
        for where, noun, name in _referred(file):
            there = ids[noun]
            if there is not None and name not in there:
                if (noun, name) not in hints:
                    hints[noun, name] = did_you_mean(name, there) if len(hints) < MOST_HINTS else ""
                place = f" in {OFFICE}" if noun in {"area", "topic"} else ""
                findings.problem(where, f"unknown-{noun}", f'There is no {noun} "{name}"{place}.{hints[noun, name]}')


def _referred(file: File) -> Iterator[tuple[Where, str, str]]:
    """(place, what it should be, the id given) of everything in a file that names something else."""
    for name in model_of(file.name).model_fields:
        for where, table in file.raw_tables(name) if name in NAMING else ():
            yield from _named(where, name, table)
            if name == "meeting":
                for place, concern in _each(where.at("concerns"), table.get("concerns")):
                    if isinstance(concern, dict):
                        yield from _named(place, "concerns", concern)


def _named(where: Where, table: str, given: Mapping[str, Any]) -> Iterator[tuple[Where, str, str]]:
    for key, noun in NAMING[table].items():
        place, value = where.at(key), given.get(key)
        for here, one in _each(place, value) if key in _LISTS else ((place, value),):
            if (name := _read(one)) is not None:
                yield here, noun, name


def _each(where: Where, value: object) -> Iterator[tuple[Where, object]]:
    listed = value if isinstance(value, list) else []
    return ((where.at(index), one) for index, one in enumerate(listed))


def _read(value: object) -> str | None:
    try:
        return REF.read(value) if isinstance(value, str) else None
    except PydanticCustomError:
        return None
