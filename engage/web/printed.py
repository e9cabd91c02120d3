"""A meeting as a poster of one A4 page: what stands on it, and its PDF where the extra `posters` is installed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from engage.domain.calendars import Office
from engage.domain.revisions import Revision
from engage.feeds.words import access_words, contact, page_of
from engage.rendering import Templates
from engage.web.qr import qr
from engage.web.views import card
from engage.work.typesetting import typeset

TEMPLATE = "web/poster.typ"
MOST_TOPICS = 6
LONGEST_NOTE = 300  # characters; a longer one is for the page, not for a wall


@dataclass(frozen=True, kw_only=True)
class Poster:
    """Every word of a poster. *size* is that of its title: `large`, `middle` or `small`, so that it stays on a page."""

    office: str
    colour: str
    title: str
    size: str
    tags: tuple[str, ...]
    when: str
    place: tuple[str, ...]
    access: tuple[str, ...]
    online: bool
    note: str
    topics: tuple[str, ...]
    contact: str
    address: str
    shown_address: str
    code: str


def poster(revision: Revision, office: Office, *, now: datetime, base_url: str) -> Poster:
    """The poster of an entry."""
    entry, shown, address = revision.entry, card(revision, office, now), page_of(revision.entry, base_url)
    venue = office.venue_by_id.get(entry.venue or "")
    return Poster(
        office=office.name,
        colour=office.colour,
        title=entry.title,
        size="large" if len(entry.title) <= 45 else "middle" if len(entry.title) <= 90 else "small",
        tags=tuple(tag.text for tag in shown.tags),
        when=shown.when,
        place=tuple(part for part in (venue.name, venue.address, venue.postcode) if part) if venue else (),
        access=tuple(access_words(venue.access).splitlines()) if venue and venue.access else (),
        online=entry.online is not None,
        note=entry.note if entry.note and len(entry.note) <= LONGEST_NOTE else "",
        topics=office.names_of_topics(entry.topics)[:MOST_TOPICS],
        contact=contact(entry, office),
        address=address,
        shown_address=address.partition("://")[2],
        code=qr(address, f"QR code that leads to {address}"),
    )


def pdf(templates: Templates, shown: Poster) -> bytes:
    """The poster as PDF; kept, for its address is public."""
    return typeset(templates, TEMPLATE, asdict(shown))
