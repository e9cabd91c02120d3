"""What every format of XML needs: text that it can hold. Which elements there are is decided by each format."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape

from engage.domain.calendars import Office
from engage.feeds.words import clean, one_line


def text(value: str) -> str:
    """For an element or an attribute: nothing that XML forbids, and nothing that it would read as its own."""
    return escape(clean(value))


def element(name: str, value: str) -> str:
    """`<name>value</name>`."""
    return f"<{name}>{text(value)}</{name}>"


def categories(terms: Iterable[str], names: Iterable[str]) -> list[str]:
    """An Atom category for each term, labelled with its name."""
    return [
        f'<category term="{text(term)}" label="{text(one_line(name))}"/>'
        for term, name in zip(terms, names, strict=True)
    ]


def author(office: Office) -> str:
    """The Atom element that every feed must have."""
    return f"<author>{element('name', one_line(office.name))}{element('email', office.email)}</author>"


def utc(moment: datetime) -> str:
    """RFC 3339, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
