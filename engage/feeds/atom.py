"""Atom (`.atom`, RFC 4287): what has changed lately, newest first. What a calendar holds is told by the other formats.

Each entry stands once, as its last revision. The number of the revision is part of its id, so that feed readers show
every change as something new. What changed is told from the revision alone, by what is so since then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import NAMESPACE_DNS, uuid5

from engage.domain import wording
from engage.domain.calendars import Entry, Office, Status
from engage.domain.feeds import Feed, Item, Variant, in_order
from engage.domain.revisions import Revision
from engage.feeds.markup import author, categories, element, text, utc
from engage.feeds.words import description, html, one_line, page_of, title

NEWEST = 50  # changes; a reader that has been away for longer asks the calendar
NEVER = datetime(2015, 1, 1, tzinfo=UTC)  # when a feed last changed that never held anything; Atom demands a moment
GONE = {Status.CANCELLED: "Cancelled", Status.NOT_HELD: "Did not take place", Status.REMOVED: "Withdrawn"}


class AtomFormat:
    """The `.atom` format of FORMATS."""

    suffix = "atom"
    media_type = "application/atom+xml; charset=utf-8"
    variants: tuple[Variant, ...] = ("",)

    def fragments(self, revision: Revision, office: Office, *, base_url: str) -> dict[Variant, bytes]:
        entry = revision.entry
        lines = [
            "<entry>",
            element("id", _id_of(revision, office)),
            element("title", headline(revision)),
            element("published", utc(revision.created_at)),
            element("updated", utc(revision.modified_at)),
            f'<link rel="alternate" type="text/html" href="{text(page_of(entry, base_url))}"/>',
            *categories(entry.topics, office.names_of_topics(entry.topics)),
            f'<content type="html">{text(html(description(revision, office, base_url=base_url)))}</content>',
            "</entry>\n",
        ]
        return {"": "\n".join(lines).encode()}

    def join(self, feed: Feed, items: Sequence[Item], *, office: Office, base_url: str) -> bytes:
        newest = sorted(in_order(items), key=lambda item: item.revision.modified_at, reverse=True)[:NEWEST]
        updated = newest[0].revision.modified_at if newest else NEVER
        head = "\n".join(_head(feed, office, base_url.rstrip("/"), updated)).encode()
        return b"%s\n%s</feed>\n" % (head, b"".join(item.fragment for item in newest))


ATOM = AtomFormat()


def headline(revision: Revision) -> str:
    """What has changed, in plain words, and the title."""
    return f"{_news(revision)}: {title(revision.entry)}"


def _news(revision: Revision) -> str:
    """A move is news until the entry begins: what is published later is about something else."""
    entry = revision.entry
    if entry.status in GONE:
        return GONE[entry.status]
    if revision.number == 1:
        return "New"
    if revision.moved_from is not None and revision.modified_at < entry.starts_at:
        return f"Moved to {_when(entry)}"
    return "Updated"


def _when(entry: Entry) -> str:
    return wording.day(entry.first_day) if entry.first_day else wording.moment(entry.starts_local)


def _id_of(revision: Revision, office: Office) -> str:
    """A tag (RFC 4151) of the day on which the office published the revision."""
    day = revision.modified_at.astimezone(UTC).date()
    return f"tag:{office.uid_domain},{day}:{revision.entry.id}/{revision.number}"


def _head(feed: Feed, office: Office, base_url: str, updated: datetime) -> list[str]:
    page = f"{base_url}/areas/{feed.area}" if feed.area else f"{base_url}/"
    return [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{text(office.written_in)}">',
        element("id", uuid5(NAMESPACE_DNS, f"{office.uid_domain}/{feed.path}").urn),
        f"<title>{text(one_line(feed.name))}: what has changed</title>",
        element("subtitle", one_line(feed.description)),
        element("updated", utc(updated)),
        author(office),
        f'<link rel="self" type="application/atom+xml" href="{text(base_url)}/feeds/{text(feed.path)}.{ATOM.suffix}"/>',
        f'<link rel="alternate" type="text/html" href="{text(page)}"/>',
    ]
