"""What every format of XML needs: text that it can hold. Which elements there are is decided by each format."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from engage.feeds.words import clean


def text(value: str) -> str:
    """For an element or an attribute: nothing that XML forbids, and nothing that it would read as its own."""
    return escape(clean(value))


def element(name: str, value: str) -> str:
    """`<name>value</name>`."""
    return f"<{name}>{text(value)}</{name}>"


def utc(moment: datetime) -> str:
    """RFC 3339, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
