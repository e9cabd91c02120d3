"""Who is who: UIDs, and properties that may stand only once (C38 to C41)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from engage.feeds.lint.findings import Finding, problem, warning
from engage.feeds.lint.moments import moment, when
from engage.feeds.lint.reading import Component, Line
from engage.feeds.lint.sheet import Sheet

SHORT = 20  # characters; a longer UID without a domain is random enough, as RFC 7986 section 5.3 wants it
FEW = 3  # entries, below which counting up proves nothing

ONCE = {
    "UID": "C38",
    "DTSTAMP": "C42",
    "LAST-MODIFIED": "C43",
    "CREATED": "C42",
    "SEQUENCE": "C44",
    "DTSTART": "C45",
    "DTEND": "C45",
    "DURATION": "C45",
    "SUMMARY": "C48",
    "DESCRIPTION": "C60",
    "LOCATION": "C51",
    "GEO": "C51",
    "URL": "C50",
    "STATUS": "C52",
    "TRANSP": "C56",
    "CLASS": "C57",
    "ORGANIZER": "C70",
    "RECURRENCE-ID": "C65",
}


def once(entry: Component) -> Iterator[Finding]:
    """RFC 5545 section 3.6.1: these must not occur more than once."""
    for name, item in ONCE.items():
        for line in [*entry.all(name)][1:]:
            yield problem(item, line.number, f"{name} stands in the entry a second time. Keep one.")


def uid(entry: Component) -> Iterator[Finding]:
    """C38, C39, C41."""
    line = entry.first("UID")
    if line is None or not line.value.strip():
        told = "The entry has no UID. Give it one that never changes: Outlook.com refuses the feed without."
        yield problem("C38", line.number if line else entry.number, told)
        return
    value = line.value.strip()
    if _holds_start(value, entry):
        told = "The UID holds the start's date and time, so a moved entry becomes another one. Use a lasting id."
        yield warning("C39", line.number, told)
    if value.count("@") > 1 or value.lower().startswith("mailto:"):
        yield warning("C41", line.number, "The UID seems to hold an e-mail address. Use an id that tells of nobody.")
    elif "@" not in value and len(value) < SHORT:
        yield warning(
            "C41", line.number, "The UID has no domain, so another calendar may use the same. Write id@domain."
        )


def duplicates(sheet: Sheet) -> Iterator[Finding]:
    """C38."""
    seen: dict[tuple[str, object], Line] = {}
    for entry in sheet.entries:
        line = entry.first("UID")
        if line is None or not line.value.strip():
            continue
        key = line.value.strip(), when(entry, "RECURRENCE-ID") or entry.text("RECURRENCE-ID")
        first = seen.setdefault(key, line)
        if first is not line:
            told = f"The same UID as in line {first.number}: apps keep one of the two entries. Give each its own."
            yield problem("C38", line.number, told)


def positions(sheet: Sheet) -> Iterator[Finding]:
    """C39: UIDs that count up with the list, all else in them equal; adding one entry renumbers the rest."""
    lines = [line for entry in sheet.entries if (line := entry.first("UID")) is not None]
    if len(lines) < FEW:
        return
    found = [re.fullmatch(r"(.*?)(\d{1,6})(@.*|)", line.value.strip()[:300]) for line in lines]
    parts = [match.groups() for match in found if match]
    if len(parts) < len(lines) or len({(head, tail) for head, _, tail in parts}) > 1:
        return
    numbers = [int(number) for _, number, _ in parts]
    if numbers[0] in (0, 1) and numbers == [*range(numbers[0], numbers[0] + len(numbers))]:
        told = "UIDs count up with the place in the list, so adding an entry renumbers the rest. Use lasting ids."
        yield warning("C39", lines[0].number, told)


ENTRY_CHECKS: tuple[Callable[[Component], Iterator[Finding]], ...] = (once, uid)
CHECKS: tuple[Callable[[Sheet], Iterator[Finding]], ...] = (duplicates, positions)


def _holds_start(value: str, entry: Component) -> bool:
    """A date within it may be the lasting name of a place in a series; with the time of day it is the start."""
    line = entry.first("DTSTART")
    start = moment(line) if line else None
    if start is None:
        return False
    figures = re.sub(r"[^0-9a-z@]", "", value[:300].lower())
    local, day = figures.partition("@")[0], f"{start.clock:%Y%m%d}"
    if local == day or start.is_day:
        return local == day
    clocks = [start.clock, instant] if (instant := start.instant()) else [start.clock]
    dated = (f"{at:%Y%m%d}{t}{at:%H%M}" for at in clocks for t in ("", "t"))
    return any(told in local for told in dated) or (
        instant is not None and str(int(instant.timestamp())) in re.findall(r"\d+", value[:300])
    )
