"""Faults of readers, each with its measured effect: vobject 0.9.9, PyPI ical 14.3.1, libical 3.0.16, ical.js 2.2.1.

What is not here fails the run; so does a fault of the clock that has gone, which then leaves this table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

# libical 3 knows neither RFC 9073 nor RFC 9253 and drops those lines; that is why the rich variant is asked for.
COMPLAINTS = {
    ("libical", "rich"): re.compile(
        r"(vevent|x|vlocation)_component: Parse error in (property|component) name: "
        r"(STYLED-DESCRIPTION|LINK|REFID|VLOCATION|LOCATION-TYPE|NAME)"
    ),
}


def is_known(consumer: str, variant: str, complaint: str) -> bool:
    """Whether the complaint is one that we accept from this consumer about this variant."""
    pattern = COMPLAINTS.get((consumer, variant))
    return pattern is not None and pattern.fullmatch(complaint) is not None


def _split_at_every_comma(names: list[str]) -> list[str]:
    r"""PyPI ical divides CATEGORIES before it undoes `\,`: "Burglary, theft" becomes two, the first with a backslash."""
    return [_undone(part) for part in _written(names).split(",")] if names else []


def _written(names: list[str]) -> str:
    return ",".join(name.replace("\\", "\\\\").replace(";", r"\;").replace(",", r"\,") for name in names)


def _undone(text: str) -> str:
    return re.sub(r"\\([\\;,Nn])", lambda found: "\n" if found[1] in "Nn" else found[1], text)


# (consumer, names of topics) -> the CATEGORIES it makes of them. Each is read in a feed of its own. libical looks for a
# backslash one and three characters before a comma, and takes a quotation mark for the start of a string.
CATEGORIES: dict[tuple[str, tuple[str, ...]], list[str]] = {
    ("libical", ("Stop \\", "Search")): ["Stop \\,Search"],
    ("ical.js", ("Stop \\", "Search")): ["Stop \\,Search"],
    ("libical", ("Plans A,B", "Search")): ["Plans A,B,Search"],
    ("libical", ('6" knives', "Search")): ['6" knives,Search'],
}


def as_read(consumer: str, field: str, value: Any) -> Any:
    """What the consumer makes of what is declared."""
    if field != "categories":
        return value
    return _split_at_every_comma(value) if consumer == "ical" else CATEGORIES.get((consumer, tuple(value)), value)


@dataclass(frozen=True, kw_only=True)
class Slow:
    """Half-hours at which a consumer's clock is wrong: when it shows a UTC instant, and when it reads a wall clock."""

    as_utc: int
    as_wall: int


RIGHT = Slow(as_utc=0, as_wall=0)

# (consumer, zone) -> half-hours of the probe's years that are wrong. Our entries are read by the wall clock, but for
# the night that doubles an hour, which is written in UTC.
CLOCKS: dict[tuple[str, str], Slow] = {
    # PyPI ical shows the second pass of a doubled hour one hour ahead: it looks up the offset by the wall clock.
    ("ical", "Europe/London"): Slow(as_utc=6, as_wall=0),
    ("ical", "America/New_York"): Slow(as_utc=2, as_wall=0),
    ("ical", "America/Nuuk"): Slow(as_utc=2, as_wall=0),
    ("ical", "Africa/Cairo"): Slow(as_utc=2, as_wall=0),
    ("ical", "Atlantic/Azores"): Slow(as_utc=2, as_wall=0),
    ("ical", "Australia/Lord_Howe"): Slow(as_utc=1, as_wall=0),
    # It takes a zone without a yearly rule for UTC. It has data of its own for every real name, so that nobody notices.
    ("ical", "Asia/Kathmandu"): Slow(as_utc=17_520, as_wall=17_520),
    # ical.js compares a UTC time with the zone's wall clock: it changes the clocks early or late by the zone's offset.
    ("ical.js", "America/New_York"): Slow(as_utc=20, as_wall=0),
    ("ical.js", "America/Nuuk"): Slow(as_utc=8, as_wall=0),
    ("ical.js", "Africa/Cairo"): Slow(as_utc=8, as_wall=0),
    ("ical.js", "Atlantic/Azores"): Slow(as_utc=4, as_wall=0),
    ("ical.js", "Australia/Lord_Howe"): Slow(as_utc=42, as_wall=0),
}
