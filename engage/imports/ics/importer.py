"""The one module of the import that uses icalendar: a content line -> its parts, and Windows names of time zones.

Its whole-file parser is not used. It recurses into what is nested, takes 14 seconds for 100,000 entries, gives a naive
time for a TZID that it does not know, and forgets on which line anything stood (measured, icalendar 7.3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from icalendar.parser import Contentline
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PIECE = re.compile(r"(?:[^\\,]|\\.)*", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Property:
    """A line of a component: its name in capitals, its parameters and its value, still escaped."""

    line: int
    name: str
    value: str
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The value of a TEXT."""
        return unescaped(self.value)

    @property
    def texts(self) -> list[str]:
        """The values of a list of TEXT: a comma inside a value is escaped."""
        return [unescaped(piece) for piece in _PIECE.findall(self.value) if piece]


def parts(line: int, text: str) -> Property | None:
    """A content line apart; None when it is none."""
    try:
        name, parameters, value = Contentline(text).raw_parts()  # type: ignore[no-untyped-call]
    except ValueError:
        return None
    given = {str(key).upper(): _first(value) for key, value in parameters.items()}
    return Property(line=line, name=str(name).upper(), value=str(value), parameters=given)


def of_windows(zone: str) -> str | None:
    """`GMT Standard Time` -> Europe/London."""
    return WINDOWS_TO_OLSON.get(zone)


def unescaped(text: str) -> str:
    r"""RFC 5545 3.3.11 from left to right: a backslash before an n is a line break only when nothing escapes it."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], text)


def _first(value: object) -> str:
    return str(value[0]) if isinstance(value, list) and value else str(value)
