"""When entries are: start, end, revision, recurrence, order (C42 to C47, C65, C66). Zones are in zones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from engage.feeds.lint.findings import Finding, problem, warning
from engage.feeds.lint.moments import Moment, duration, moment, of
from engage.feeds.lint.reading import Component, Line
from engage.feeds.lint.sheet import Sheet

HIGHEST = 2**31 - 1


def stamps(entry: Component) -> Iterator[Finding]:
    """C42, C43: without METHOD, DTSTAMP is the time of the last revision (RFC 5545 section 3.8.7.2)."""
    stamp, changed = entry.first("DTSTAMP"), entry.first("LAST-MODIFIED")
    if stamp is None:
        yield problem("C42", entry.number, "The entry has no DTSTAMP. Write when it was last changed, in UTC.")
    if changed is None:
        told = "The entry has no LAST-MODIFIED, by which ICSx5 sees a change. Write when it was last changed, in UTC."
        yield warning("C43", entry.number, told)
    elif stamp is not None and stamp.value.strip() != changed.value.strip():
        told = "DTSTAMP and LAST-MODIFIED differ. Write the last change in both, never the time of the request."
        yield warning("C42", stamp.number, told)


def sequence(entry: Component) -> Iterator[Finding]:
    """C44."""
    line = entry.first("SEQUENCE")
    if line is None:
        told = (
            "The entry has no SEQUENCE; Google keeps an old date until it rises. Count it up when time or place change."
        )
        yield warning("C44", entry.number, told)
    elif not re.fullmatch(r"\d{1,10}", line.value.strip()) or int(line.value) > HIGHEST:
        yield problem("C44", line.number, f"SEQUENCE must be a whole number from 0 to {HIGHEST:,}.")


def start_and_end(entry: Component) -> Iterator[Finding]:
    """C45, C46, C47."""
    for name in ("DTSTART", "DTEND"):
        for line in entry.all(name):
            yield from _readable(line)
    start, end, length = entry.first("DTSTART"), entry.first("DTEND"), entry.first("DURATION")
    if start is None:
        yield problem("C45", entry.number, "The entry has no DTSTART. Say when it starts.")
        return
    if end is not None and length is not None:
        yield problem("C45", length.number, "The entry has both DTEND and DURATION. Keep one.")
    begins = moment(start)
    if begins is None:
        return
    if end is not None:
        yield from _ends(begins, end)
    elif length is not None:
        yield from _lasts(length)
    elif not begins.is_day:
        yield warning("C47", start.number, "No end is given, so apps show a moment without length. Add DTEND.")


def recurrence(entry: Component) -> Iterator[Finding]:
    """C65."""
    start = entry.first("DTSTART")
    begins = moment(start) if start else None
    for line in [*entry.all("RRULE")][1:]:
        yield warning(
            "C65", line.number, "A second RRULE: apps read one of them. Write the dates as entries of their own."
        )
    for line in entry.all("RRULE"):
        yield from _rule(line, begins)
    if start is None or begins is None:
        return
    for line in entry.all("EXDATE", "RDATE"):
        values = [of(value, line.parameter("TZID")) for value in line.value.split(",")[:1_000]]
        if any(found is None or (found.kind, found.zone) != (begins.kind, begins.zone) for found in values):
            if line.parameter("VALUE").upper() == "PERIOD":
                continue
            told = (
                f"{line.name} must be of the same kind and time zone as DTSTART ({begins.kind}), or it meets nothing."
            )
            yield problem("C65", line.number, told)


def overrides(sheet: Sheet) -> Iterator[Finding]:
    """C65."""
    masters = {e.text("UID").strip() for e in sheet.entries if e.first("RRULE") or e.first("RDATE")}
    for entry in sheet.entries:
        line = entry.first("RECURRENCE-ID")
        if line is not None and entry.text("UID").strip() not in masters:
            yield warning(
                "C65", line.number, "RECURRENCE-ID, but no recurring entry has this UID. Take it out or add it."
            )


def order(sheet: Sheet) -> Iterator[Finding]:
    """C66: the first entry that stands too late; a date begins with its day in the feed's zone."""
    keyed = [(_key(sheet, start), entry) for start, entry in zip(sheet.starts, sheet.entries, strict=True)]
    known = [(key, entry) for key, entry in keyed if key is not None]
    wrong = [(one, other) for (a, one), (b, other) in pairwise(known) if b < a]
    for _, entry in wrong[:1]:
        told = f"Entries are not in the order of DTSTART, then UID ({len(wrong):,} steps back)"
        yield warning("C66", entry.number, f"{told}. A fixed order keeps the bytes the same.")


ENTRY_CHECKS: tuple[Callable[[Component], Iterator[Finding]], ...] = (stamps, sequence, start_and_end, recurrence)
CHECKS: tuple[Callable[[Sheet], Iterator[Finding]], ...] = (overrides, order)


def _readable(line: Line) -> Iterator[Finding]:
    found = moment(line)
    if found is None:
        yield problem("C45", line.number, f"{line.name} is no date and no time that there is. Mend it.")
    elif found.is_day and line.parameter("VALUE").upper() != "DATE":
        yield problem("C46", line.number, f"{line.name} is a whole day: write {line.name};VALUE=DATE:.")
    elif not found.is_day and line.parameter("VALUE").upper() == "DATE":
        yield problem("C46", line.number, f"{line.name} says VALUE=DATE and has a time. Take one away.")


def _ends(begins: Moment, line: Line) -> Iterator[Finding]:
    ends = moment(line)
    if ends is None:
        return
    if ends.is_day != begins.is_day:
        yield problem("C45", line.number, "DTEND and DTSTART must both be dates or both be times.")
        return
    if ends.zone == begins.zone and ends.is_utc == begins.is_utc:
        gap: timedelta | None = ends.clock - begins.clock
    else:
        first, last = begins.instant(), ends.instant()
        gap = last - first if first and last else None
    if gap == timedelta() and begins.is_day:
        yield problem("C46", line.number, "DTEND of a whole day is the day after it. Write the next day.")
    elif gap is not None and gap <= timedelta():
        yield problem("C45", line.number, "DTEND must be later than DTSTART.")


def _lasts(line: Line) -> Iterator[Finding]:
    length = duration(line.value)
    if length is None or length <= timedelta():
        yield problem("C45", line.number, "DURATION must be a length above zero, such as PT90M.")


def _rule(line: Line, begins: Moment | None) -> Iterator[Finding]:
    parts = dict(part.partition("=")[::2] for part in line.value.strip().upper().split(";")[:50])
    if parts.get("FREQ") not in ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"):
        yield problem("C65", line.number, "RRULE has no FREQ that RFC 5545 knows, such as FREQ=WEEKLY.")
    if "UNTIL" in parts and "COUNT" in parts:
        yield problem("C65", line.number, "RRULE has both UNTIL and COUNT. Keep one.")
    if begins is None:
        return
    until = of(parts["UNTIL"]) if "UNTIL" in parts else None
    wanted = "a date" if begins.is_day else "a local time" if begins.is_floating else "a UTC time"
    if "UNTIL" in parts and (until is None or until.kind != wanted):
        yield problem("C65", line.number, f"UNTIL must be {wanted}, because DTSTART is {begins.kind}.")
    if begins.is_utc:
        told = "The entry recurs at a UTC time, so it moves by an hour when the clocks change. Give DTSTART a TZID."
        yield warning("C65", line.number, told)


def _key(sheet: Sheet, start: Moment | None) -> datetime | None:
    return None if start is None else start.instant(sheet.zone) or start.clock.replace(tzinfo=UTC)
