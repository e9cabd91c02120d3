"""What the checks of a calendar are given: the parts of one feed, found once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from engage.feeds.lint.moments import Moment, when, zone_of, zoned
from engage.feeds.lint.reading import Component, Document, Line, read


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One body and what it holds; *calendar* is its first calendar."""

    body: bytes
    document: Document
    calendar: Component

    @cached_property
    def entries(self) -> list[Component]:
        return self.calendar.named("VEVENT")

    @cached_property
    def zones(self) -> list[Component]:
        return self.calendar.named("VTIMEZONE")

    @cached_property
    def zoned_lines(self) -> list[Line]:
        """Lines of entries that name a time zone."""
        return [*zoned([child for child in self.calendar.children if child.name != "VTIMEZONE"])]

    @cached_property
    def zone(self) -> ZoneInfo | None:
        """The zone in which days begin: the feed's own hint, or the first that is used."""
        names = [self.calendar.text("X-WR-TIMEZONE"), *(line.parameter("TZID") for line in self.zoned_lines[:1])]
        return next((zone for name in names if name and (zone := zone_of(name.strip()))), None)

    @cached_property
    def starts(self) -> list[Moment | None]:
        """The start of each entry; None where there is none that can be read."""
        return [when(entry, "DTSTART") for entry in self.entries]


def sheet_of(body: bytes) -> Sheet:
    """Read the body; without any calendar the sheet has an empty one."""
    document = read(body)
    calendar = document.calendars[0] if document.calendars else Component("VCALENDAR", 1)
    return Sheet(body=body, document=document, calendar=calendar)
