"""What the Python drivers share: which files to read, and one JSON document of what was read. No reader is known here.

Standard library only, because the libical driver runs under the system's Python.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import groupby
from pathlib import Path

Told = dict[str, object]
STEP = timedelta(minutes=30)


def drive(read: Callable[[bytes], Told], zone_of: Callable[[bytes], Callable[[datetime], tuple[int, int]]]) -> None:
    """`entries FOLDER`, or `offsets FOLDER FROM COUNT`: every feed of the folder, read or asked for its clock."""
    mode, folder, *rest = sys.argv[1:]
    feeds = {path.name: path.read_bytes() for path in sorted(Path(folder).glob("*.ics"))}
    if mode == "entries":
        told = {name: attempt(read, body) for name, body in feeds.items()}
    else:
        moments = [datetime.fromisoformat(rest[0]) + STEP * n for n in range(int(rest[1]))]
        told = {name: offsets(zone_of(body), moments) for name, body in feeds.items()}
    json.dump(told, sys.stdout)


def attempt(read: Callable[[bytes], Told], body: bytes) -> Told:
    """What was read, or why nothing was."""
    try:
        return read(body)
    except Exception as error:  # noqa: BLE001 - whatever a reader throws is its answer
        return {"entries": [], "complaints": [f"{type(error).__name__}: {error}"]}


def offsets(ask: Callable[[datetime], tuple[int, int]], moments: Iterable[datetime]) -> Told:
    """Seconds ahead of UTC at each naive moment, taken as UTC and taken as wall clock, as runs of [seconds, count]."""
    asked = [ask(moment) for moment in moments]
    return {"as_utc": _runs(pair[0] for pair in asked), "as_wall": _runs(pair[1] for pair in asked)}


def ask_tzinfo(zone: tzinfo) -> Callable[[datetime], tuple[int, int]]:
    """The question of `offsets`, put to a tzinfo."""

    def ask(moment: datetime) -> tuple[int, int]:
        shown = moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
        meant = moment.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
        return round((shown - moment).total_seconds()), round((moment - meant).total_seconds())

    return ask


def moment(value: date | datetime) -> Told:
    """A DTSTART or DTEND as the instant it means, and as the wall clock shows that instant in its zone."""
    if not isinstance(value, datetime):
        return {"date": value.isoformat()}
    if value.tzinfo is None:
        return {"floating": value.isoformat()}
    instant = value.astimezone(UTC)
    return {"instant": stamp(instant), "wall": f"{instant.astimezone(value.tzinfo):%Y-%m-%dT%H:%M:%S}"}


def stamp(value: datetime) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _runs(values: Iterable[int]) -> list[tuple[int, int]]:
    return [(value, sum(1 for _ in same)) for value, same in groupby(values)]
