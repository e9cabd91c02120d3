"""Facts about entries as notices tell them: plain values, moments as local ISO texts. Templates make the sentences."""

from __future__ import annotations

from engage.domain.calendars import Entry, Office
from engage.feeds.words import access_words


def where(entry: Entry, office: Office) -> str:
    """One line for the place; online only says so."""
    venue = office.venue_by_id.get(entry.venue or "")
    if venue is not None:
        return venue.line
    return "Online" if entry.online else ""


def page(base_url: str, entry_id: str) -> str:
    return f"{base_url}/meetings/{entry_id}"


def access_lines(entry: Entry, office: Office) -> list[str]:
    """Access information of the venue, a line each, for people who must know before they come."""
    venue = office.venue_by_id.get(entry.venue or "")
    return access_words(venue.access).splitlines() if venue and venue.access else []
