"""The calendar around the entries: size, version, names, hints (C15 to C30). No entry is judged here."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engage.feeds.colours import is_css_name
from engage.feeds.lint.findings import Finding, problem, warning
from engage.feeds.lint.moments import WINDOWS, duration, zone_of
from engage.feeds.lint.reading import Component, Line
from engage.feeds.lint.sheet import Sheet

# Google stops at 1 MB or about 1,111 entries; Outlook.com and others complain from about there.
MOST_BYTES, MOST_ENTRIES, NEAR = 1_000_000, 1_000, 0.8

ONCE = {"VERSION": "C20", "PRODID": "C20", "CALSCALE": "C21", "METHOD": "C22", "LAST-MODIFIED": "C28", "SOURCE": "C28"}


def size(sheet: Sheet) -> Iterator[Finding]:
    """C18."""
    entries, length = sheet.document.entries, len(sheet.body)
    told = f"The feed has {entries:,} entries and {length:,} bytes"
    if entries >= MOST_ENTRIES or length >= MOST_BYTES:
        yield problem("C18", None, f"{told}. Google reads less than 1 MB and about 1,000 entries: leave out old ones.")
    elif entries > NEAR * MOST_ENTRIES or length > NEAR * MOST_BYTES:
        yield warning("C18", None, f"{told}, over 80 % of what Google reads. Plan what to leave out.")


def contents(sheet: Sheet) -> Iterator[Finding]:
    """C16."""
    if not sheet.calendar.children:
        told = (
            "The calendar holds nothing at all, which RFC 5545 forbids. Keep the VTIMEZONE in a feed without entries."
        )
        yield problem("C16", sheet.calendar.number, told)


def identity(sheet: Sheet) -> Iterator[Finding]:
    """C20."""
    head = sheet.calendar
    for second in sheet.document.calendars[1:2]:
        yield warning("C20", second.number, "A second calendar begins here, and many apps read only the first.")
    if head.first("VERSION") is None:
        yield problem("C20", head.number, "VERSION is missing. Write VERSION:2.0 after BEGIN:VCALENDAR.")
    for line in head.all("VERSION"):
        if line.value.strip() != "2.0":
            yield problem("C20", line.number, "VERSION must be 2.0.")
    if not head.text("PRODID").strip():
        yield problem("C20", head.number, "PRODID is missing: say which program wrote the feed.")


def twice(sheet: Sheet) -> Iterator[Finding]:
    """C20, C21, C22, C28."""
    for name, item in ONCE.items():
        for line in [*sheet.calendar.all(name)][1:]:
            yield problem(item, line.number, f"{name} stands in the calendar a second time. Keep one.")


def scale(sheet: Sheet) -> Iterator[Finding]:
    """C21."""
    for line in sheet.calendar.all("CALSCALE"):
        if line.value.strip().upper() != "GREGORIAN":
            yield problem("C21", line.number, "CALSCALE must be GREGORIAN, or be left out.")


def method(sheet: Sheet) -> Iterator[Finding]:
    """C22: PUBLISH demands an ORGANIZER of every entry and forbids ATTENDEE (RFC 5546 section 3.2.1)."""
    line = sheet.calendar.first("METHOD")
    if line is None:
        return
    told = "METHOD belongs into invitations, not into a feed. Take it out"
    if line.value.strip().upper() == "PUBLISH":
        wrong = sum(not e.first("ORGANIZER") or e.first("ATTENDEE") is not None for e in sheet.entries)
        if wrong:
            asked = f"METHOD:PUBLISH demands ORGANIZER and forbids ATTENDEE ({wrong:,} entries differ)"
            yield problem("C22", line.number, f"{asked}. Take METHOD out of the feed.")
            return
    yield warning("C22", line.number, f"{told}; DTSTAMP can then stay the same while nothing changes.")


def method_within(sheet: Sheet) -> Iterator[Finding]:
    """C23."""
    for entry in sheet.entries:
        for line in entry.all("METHOD"):
            yield problem("C23", line.number, "METHOD must not stand inside VEVENT. Take it out.")


def names(sheet: Sheet) -> Iterator[Finding]:
    """C24, C25."""
    for item, ours, usual, what in (
        ("C24", "NAME", "X-WR-CALNAME", "name"),
        ("C25", "DESCRIPTION", "X-WR-CALDESC", "description"),
    ):
        given = [line for line in (sheet.calendar.first(ours), sheet.calendar.first(usual)) if line is not None]
        if len(given) == 1:
            missing = usual if given[0].name == ours else ours
            told = f"The calendar's {what} stands in {given[0].name} only: say the same in {missing}."
            yield warning(item, given[0].number, told)
        elif len(given) == 2 and given[0].value.strip() != given[1].value.strip():
            told = f"{ours} and {usual} differ, so the calendar's {what} depends on the app. Make them equal."
            yield warning(item, given[1].number, told)
        elif not given and item == "C24":
            yield warning(item, sheet.calendar.number, f"The calendar has no name: write {ours} and {usual}.")


def hint(sheet: Sheet) -> Iterator[Finding]:
    """C26."""
    for line in sheet.calendar.all("X-WR-TIMEZONE"):
        name = line.value.strip()
        if name in WINDOWS or zone_of(name) is None:
            better = f", as {WINDOWS[name]}" if name in WINDOWS else ""
            yield warning("C26", line.number, f"X-WR-TIMEZONE is not the IANA name of a time zone{better}.")


def refresh(sheet: Sheet) -> Iterator[Finding]:
    """C27."""
    head = sheet.calendar
    given = [line for line in (head.first("REFRESH-INTERVAL"), head.first("X-PUBLISHED-TTL")) if line is not None]
    for line in given:
        if line.name == "REFRESH-INTERVAL" and line.parameter("VALUE").upper() != "DURATION":
            told = "RFC 7986 demands REFRESH-INTERVAL;VALUE=DURATION:, with the value type said."
            yield problem("C27", line.number, told)
        length = duration(line.value)
        if length is None or length.total_seconds() <= 0:
            yield problem("C27", line.number, f"{line.name} must be a duration above zero, such as PT6H.")
    if len(given) < 2:
        told = "Say in REFRESH-INTERVAL;VALUE=DURATION:PT6H and in X-PUBLISHED-TTL:PT6H how often to look again."
        yield warning("C27", given[0].number if given else head.number, told)
    elif given[0].value.strip() != given[1].value.strip():
        yield warning("C27", given[1].number, "REFRESH-INTERVAL and X-PUBLISHED-TTL differ. Make them equal.")


def origin(sheet: Sheet) -> Iterator[Finding]:
    """C28."""
    head = sheet.calendar
    wanted = ["SOURCE", "URL", *(["LAST-MODIFIED"] if sheet.entries else [])]
    missing = [name for name in wanted if head.first(name) is None]
    if missing:
        told = f"The calendar has no {', '.join(missing)}: say where it comes from and when it changed."
        yield warning("C28", head.number, told)
    for line in head.all("SOURCE"):
        if line.parameter("VALUE").upper() != "URI":
            yield warning("C28", line.number, "Write SOURCE;VALUE=URI:, with the value type said.")


def own_uid(sheet: Sheet) -> Iterator[Finding]:
    """C29."""
    for line in sheet.calendar.all("UID"):
        told = "The calendar itself has a UID; vdirsyncer then stores the whole feed as one item. Take it out."
        yield warning("C29", line.number, told)


def colour(sheet: Sheet) -> Iterator[Finding]:
    """C30."""
    for component in (sheet.calendar, *sheet.entries):
        for line in component.all("COLOR"):
            if not is_css_name(line.value.strip()):
                yield problem("C30", line.number, "COLOR must be the name of a CSS3 colour, such as navy; no #123456.")


def robots(sheet: Sheet) -> Iterator[Finding]:
    """C14."""
    for line in _anywhere(sheet, "X-ROBOTS-TAG"):
        yield warning("C14", line.number, "X-Robots-Tag is a header of HTTP and means nothing here. Take it out.")


CHECKS: tuple[Callable[[Sheet], Iterator[Finding]], ...] = (
    size,
    contents,
    identity,
    twice,
    scale,
    method,
    method_within,
    names,
    hint,
    refresh,
    origin,
    own_uid,
    colour,
    robots,
)


def _anywhere(sheet: Sheet, name: str) -> Iterator[Line]:
    held: list[Component] = [sheet.calendar, *sheet.entries]
    for component in held:
        yield from component.all(name)
