"""Lines of an iCalendar file -> its VEVENTs as properties with line numbers. What they mean is in vevents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from engage.imports.drafts import Unreadable
from engage.imports.ics.importer import Property, parts

LARGEST = 2 * 1024 * 1024  # bytes of a file
MOST_VEVENTS = 5000
LONGEST_LINE = 100_000  # characters once unfolded
DEEPEST = 4  # VCALENDAR, VEVENT, VALARM and one more
CALENDAR_NAMES = frozenset({"METHOD", "NAME", "X-WR-CALNAME"})
ZONE_NAMES = frozenset({"TZID", "X-LIC-LOCATION"})
ENTRY_NAMES = frozenset({
    "UID", "RECURRENCE-ID", "SEQUENCE", "SUMMARY", "DESCRIPTION", "LOCATION", "GEO", "STATUS", "CATEGORIES", "CLASS",
    "DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "URL", "CONFERENCE", "X-GOOGLE-CONFERENCE",
    "X-MICROSOFT-SKYPETEAMSMEETINGURL", "X-MICROSOFT-CDO-ALLDAYEVENT",
})  # fmt: skip
PERSONAL = frozenset({"ATTENDEE", "ORGANIZER", "CONTACT"})  # only counted, never read
_NAME = re.compile(r"([A-Za-z0-9-]{1,100})[;:]")
_TAG = re.compile(r"(BEGIN|END):\s*([A-Za-z0-9-]{1,100})\s*", re.IGNORECASE)


@dataclass(kw_only=True)
class Component:
    """A VCALENDAR, VTIMEZONE or VEVENT. *unreadable* are lines that make no sense, with the name they begin with."""

    name: str
    line: int
    properties: dict[str, list[Property]] = field(default_factory=dict)
    unreadable: list[tuple[int, str]] = field(default_factory=list)
    personal: int = 0

    def first(self, name: str) -> Property | None:
        found = self.properties.get(name)
        return found[0] if found else None

    def all(self, name: str) -> list[Property]:
        return self.properties.get(name, [])

    def text(self, name: str) -> str:
        found = self.first(name)
        return found.text if found else ""


@dataclass(kw_only=True)
class Calendars:
    """Every VEVENT of a file beside the VCALENDAR around it, its zones, and what else stood there by name."""

    vevents: list[tuple[Component, Component]] = field(default_factory=list)
    zones: list[Component] = field(default_factory=list)
    others: dict[str, tuple[int, int]] = field(default_factory=dict)
    name: str = ""


_WANTED = {"VCALENDAR": CALENDAR_NAMES, "VTIMEZONE": ZONE_NAMES, "VEVENT": ENTRY_NAMES}
_INSIDE = {"VEVENT": {"VCALENDAR"}, "VTIMEZONE": {"VCALENDAR"}, "VCALENDAR": {""}}


def components(text: str) -> Calendars:
    """Walk the lines once. A file cut short or nested wrongly is refused whole: half a calendar is a wrong one."""
    found = Calendars()
    open_: list[Component] = []
    line = 1
    for line, content in _unfolded(text):
        tag = _TAG.fullmatch(content)
        if tag and tag[1].upper() == "BEGIN":
            _begin(found, open_, line, tag[2].upper())
        elif tag:
            _end(found, open_, line, tag[2].upper())
        elif open_:
            _read(open_[-1], line, content)
        elif content.strip():
            message = "This is no iCalendar file: it does not begin with BEGIN:VCALENDAR."
            web = " It is a web page: download the calendar itself." if content.lstrip().startswith("<") else ""
            raise Unreadable("not-ics", f"{message}{web}", line)
    if open_:
        message = f"The file ends before END:{open_[-1].name}: it was cut short. Download it again."
        raise Unreadable("cut-short", message, line)
    return found


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Logical lines with the number of their first physical one."""
    start, pieces, size = 1, list[str](), 0
    for number, physical in enumerate(text.split("\n"), start=1):
        if not physical:
            continue
        if physical[:1] in (" ", "\t") and pieces:
            pieces.append(physical[1:])
        else:
            if pieces:
                yield start, "".join(pieces)
            start, pieces, size = number, [physical], 0
        size += len(physical)
        if size > LONGEST_LINE:
            message = f"This line has more than {LONGEST_LINE:,} characters. Export the calendar without attachments."
            raise Unreadable("long-line", message, start)
    if pieces:
        yield start, "".join(pieces)


def _begin(found: Calendars, open_: list[Component], line: int, name: str) -> None:
    around = open_[-1].name if open_ else ""
    if around not in _INSIDE.get(name, {around}) or (not open_ and name != "VCALENDAR"):
        inside = f"in a {around}" if around else "outside of a VCALENDAR"
        raise Unreadable("nesting", f"A {name} stands {inside}: perhaps an END is missing before it.", line)
    if len(open_) == DEEPEST:
        raise Unreadable("nesting", "Components are nested too deeply here.", line)
    component = Component(name=name, line=line)
    open_.append(component)
    if name == "VEVENT":
        if len(found.vevents) == MOST_VEVENTS:
            raise Unreadable(
                "too-many", f"The file holds more than {MOST_VEVENTS:,} entries. Export a shorter time.", line
            )
        found.vevents.append((component, open_[0]))
    elif name == "VTIMEZONE":
        found.zones.append(component)
    elif around == "VCALENDAR":
        first, number = found.others.get(name, (line, 0))
        found.others[name] = first, number + 1


def _end(found: Calendars, open_: list[Component], line: int, name: str) -> None:
    if not open_ or open_[-1].name != name:
        wanted = f"END:{open_[-1].name} was to come first" if open_ else "nothing of that name was begun"
        raise Unreadable("nesting", f"END:{name} does not fit here: {wanted}.", line)
    closed = open_.pop()
    if name == "VCALENDAR":
        found.name = found.name or closed.text("X-WR-CALNAME") or closed.text("NAME")


def _read(component: Component, line: int, content: str) -> None:
    """Keep what is wanted of a component; other properties are not even parsed."""
    wanted = _WANTED.get(component.name)
    if wanted is None or not content.strip():
        return
    named = _NAME.match(content)
    name = named[1].upper() if named else ""
    if name in PERSONAL:
        component.personal += 1
    elif name in wanted or not name:
        read = parts(line, content) if name else None
        if read is None:
            component.unreadable.append((line, name))
        else:
            component.properties.setdefault(name, []).append(read)
