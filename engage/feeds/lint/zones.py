"""Time zones: each VTIMEZONE's shape, its offsets against tzdata, and how entries name it (C31 to C36)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from engage.feeds.lint.findings import Finding, problem, warning
from engage.feeds.lint.moments import WINDOWS, moment, of, zone_of
from engage.feeds.lint.offsets import Observance, Span, changes, differences, observance, offset
from engage.feeds.lint.reading import Component, Line
from engage.feeds.lint.sheet import Sheet

# Bounds for hostile feeds; an honest one has a zone or two, of two rules, or a block for each change since 1970.
MOST_ZONES, MOST_BLOCKS, MOST_RULES = 20, 200, 10
MOST_YEARS = 20  # in which there are entries, the latest ones
YEARS = range(1900, 2200)  # for which the world's time zones mean something

UTC_ONLY = ("DTSTAMP", "CREATED", "LAST-MODIFIED", "COMPLETED")
MOMENTS = ("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE")


def definitions(sheet: Sheet) -> Iterator[Finding]:
    """C31."""
    defined = _by_name(sheet)
    for zone in sheet.zones:
        if not zone.text("TZID").strip():
            yield problem("C31", zone.number, "The VTIMEZONE has no TZID. Give it the name that the entries use.")
    for name, zones in defined.items():
        for second in zones[1:]:
            told = f'A second VTIMEZONE for "{name[:80]}". Keep one, or apps choose for themselves.'
            yield problem("C31", second.number, told)
    missing: dict[str, Line] = {}
    for line in sheet.zoned_lines:
        if line.parameter("TZID") not in defined:
            missing.setdefault(line.parameter("TZID"), line)
    for name, line in missing.items():
        told = f'No VTIMEZONE explains "{name[:80]}", so some apps show another hour. Add one with this TZID.'
        yield problem("C31", line.number, told)


def shapes(sheet: Sheet) -> Iterator[Finding]:
    """C32, C33."""
    for zone in sheet.zones:
        blocks = zone.named("STANDARD", "DAYLIGHT")
        if not blocks:
            told = "The VTIMEZONE is empty, and Outlook refuses such feeds. Give it a STANDARD block."
            yield problem("C32", zone.number, told)
            continue
        listed = next((line for b in blocks for line in b.all("RDATE") if "," in line.value), None)
        if listed is not None:
            told = "The VTIMEZONE lists its changes with commas in RDATE; Thunderbird reads the first"
            yield problem(
                "C33", listed.number, f"{told} only, Outlook none. Write DAYLIGHT and STANDARD with a yearly RRULE."
            )
        else:
            yield from _shape(zone, blocks)
        yield from (finding for block in blocks[:MOST_BLOCKS] for finding in _complete(block))


def offsets(sheet: Sheet) -> Iterator[Finding]:
    """C34: in every year in which entries use the zone."""
    for name, zones in [*_by_name(sheet).items()][:MOST_ZONES]:
        used = [line for line in sheet.zoned_lines if line.parameter("TZID") == name]
        zone = zone_of(name)
        if used and (zone is None or name in WINDOWS):
            better = f" Write {WINDOWS[name]}." if name in WINDOWS else ""
            told = (
                f'"{name[:80]}" is not the IANA name of a time zone, so apps must trust this VTIMEZONE alone.{better}'
            )
            yield warning("C34", zones[0].number, told)
        blocks = [observance(block) for block in zones[0].named("STANDARD", "DAYLIGHT")[:MOST_BLOCKS]]
        readable = [block for block in blocks if block is not None]
        is_plain = len(readable) == len(blocks) and sum(one.rule is not None for one in readable) <= MOST_RULES
        if zone is not None and readable and is_plain:
            yield from _compared(zones[0], name, readable, used)


def names(sheet: Sheet) -> Iterator[Finding]:
    """C35."""
    for line in sheet.zoned_lines:
        if '"' in line.parameters["TZID"]:
            yield problem(
                "C35", line.number, f"TZID stands in quotes, which Outlook does not know. Write {_plain(line)}."
            )
        if line.name in UTC_ONLY or any(value.strip().endswith("Z") for value in line.value[:2_000].split(",")):
            yield problem("C35", line.number, f"{line.name} is in UTC (Z) and has a TZID as well. Take one away.")
        elif line.parameter("VALUE").upper() == "DATE":
            yield problem("C35", line.number, f"{line.name} is a date, and a date has no time zone. Take TZID out.")


def floating(sheet: Sheet) -> Iterator[Finding]:
    """C36."""
    for entry in (sheet.calendar, *sheet.entries):
        for line in entry.all(*UTC_ONLY):
            found = of(line.value)
            if "TZID" not in line.parameters and not (found and found.is_utc):
                told = f"{line.name} must be a UTC time such as 20261203T183000Z (RFC 5545 section 3.8.7)."
                yield problem("C36", line.number, told)
        for line in entry.all(*MOMENTS):
            found = moment(line)
            if found and found.is_floating:
                told = f"{line.name} has no time zone, so each reader sees it in their own. Add TZID."
                yield problem("C36", line.number, told)


CHECKS: tuple[Callable[[Sheet], Iterator[Finding]], ...] = (definitions, shapes, offsets, names, floating)


def _by_name(sheet: Sheet) -> dict[str, list[Component]]:
    found: dict[str, list[Component]] = {}
    for zone in sheet.zones:
        if name := zone.text("TZID").strip():
            found.setdefault(name, []).append(zone)
    return found


def _shape(zone: Component, blocks: list[Component]) -> Iterator[Finding]:
    kinds = sorted(block.name for block in blocks)
    rules = [block.first("RRULE") for block in blocks]
    if kinds == ["STANDARD"] and not blocks[0].first("RDATE"):
        return
    if kinds == ["DAYLIGHT", "STANDARD"] and all(rules) and all(observance(block) for block in blocks):
        return
    told = "Outlook needs one DAYLIGHT and one STANDARD, each with a yearly RRULE (or one STANDARD for good)"
    yield warning("C32", zone.number, f"{told}; this VTIMEZONE has {len(kinds)} blocks or another rule.")


def _complete(block: Component) -> Iterator[Finding]:
    wrong = [name for name in ("TZOFFSETFROM", "TZOFFSETTO") if offset(block.text(name)) is None]
    wrong += [] if of(block.text("DTSTART")) else ["DTSTART"]
    if wrong:
        told = f"{block.name} has no {', '.join(wrong)} that can be read, which RFC 5545 demands"
        yield problem("C32", block.number, f"{told}. Add what is missing.")


def _compared(zone: Component, name: str, blocks: list[Observance], used: list[Line]) -> Iterator[Finding]:
    true = zone_of(name)
    moments = [found for line in used if (found := moment(line)) and found.clock.year in YEARS]
    years = sorted({found.clock.year for found in moments})[-MOST_YEARS:]
    if true is None or not years:
        return
    spans = [span for year in years for span in differences(changes(blocks, year), true, year)]
    if not spans:
        return
    instants = [int(at.timestamp()) for found in moments if (at := found.instant())]
    hit = sum(_is_hit(spans, at) for at in instants)
    told = f'The VTIMEZONE gives "{name[:80]}" a wrong offset for {_half_hours(spans):,} half-hours: {_first(spans[0])}'
    if hit:
        yield problem("C34", zone.number, f"{told}. {hit:,} times in the feed are shown wrong. Mend its rules.")
    else:
        yield warning("C34", zone.number, f"{told}. No time in the feed is hit yet. Mend its rules.")


def _is_hit(spans: list[Span], at: int) -> bool:
    before = bisect_right(spans, at, key=lambda span: span.begins)
    return before > 0 and at < spans[before - 1].ends


def _half_hours(spans: list[Span]) -> int:
    return sum(-(-(span.ends - span.begins) // 1800) for span in spans)


def _first(span: Span) -> str:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=span.begins)
    return f"from {at:%Y-%m-%d %H:%M} UTC it says {_hours(span.told)}, true is {_hours(span.true)}"


def _hours(seconds: int) -> str:
    return f"{'-' if seconds < 0 else '+'}{abs(seconds) // 3600:02}:{abs(seconds) % 3600 // 60:02}"


def _plain(line: Line) -> str:
    return f"TZID={line.parameter('TZID')[:80]}"
