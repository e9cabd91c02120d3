"""`/meetings/{id}` and `/meetings/{id}.ics`: all there is to know about one entry."""

from __future__ import annotations

from urllib.parse import quote
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engage.domain import concerns, wording
from engage.domain.calendars import Entry, Office, Venue
from engage.domain.revisions import Revision
from engage.feeds.ics import ICS, render_entry, single
from engage.feeds.words import access_words, contact, ordinal, page_of
from engage.web.calendar_links import alternates, holding
from engage.web.concern_views import told
from engage.web.history import steps
from engage.web.site import PUBLIC, render, site_of
from engage.web.structured import event
from engage.web.views import card

EARLIER = 5  # concerns of earlier meetings; all of them are on a page of their own


def show(request: Request) -> Response:
    site, revision = site_of(request), found(request)
    office, entry = site.shown.office, revision.entry
    venue = office.venue_by_id.get(entry.venue or "")
    feeds = [feed for feed in holding(site.shown.feeds, entry) if site.snapshot.feeds.find(f"{feed.path}.ics")]
    shown = card(revision, office, site.app.now)
    address = page_of(entry, site.app.base_url)
    heard = site.shown.concerns
    earlier = concerns.before(entry, heard, office)
    return render(
        request,
        "meeting.html",
        cache=PUBLIC,
        entry=entry,
        card=shown,
        venue=venue,
        access=access_words(venue.access).splitlines() if venue and venue.access else [],
        map_url=_map(venue),
        is_over=entry.ends_at <= site.app.now,
        moved_from=_moved_from(revision),
        note=[part for part in (entry.note or "").split("\n") if part.strip()],
        contact=contact(entry, office),
        attending=[_role(role) for role in entry.attending],
        areas=[office.area_by_id[a] for a in entry.areas if a in office.area_by_id],
        topics=office.names_of_topics(entry.topics),
        milestone=_milestone(revision, office),
        concerns=[told(one, office) for one in heard if one.entry.id == entry.id],
        earlier=[told(one, office) for one in earlier[:EARLIER]],
        earlier_left_out=max(0, len(earlier) - EARLIER),
        address=address,
        share=_share(entry, shown.when, address),
        history=steps(site.shown.histories.get(entry.id, ()), office),
        feeds=feeds,
        alternates=[
            found for feed in feeds if feed.path == entry.calendar_id for found in alternates(feed, site.snapshot)
        ],
        structured=event(revision, office, site.app.base_url),
    )


def download(request: Request) -> Response:
    """The entry as a file, with the UID that it has in every feed."""
    site, revision = site_of(request), found(request)
    vevent = render_entry(revision, site.shown.office, base_url=site.app.base_url)
    headers = {
        "Content-Disposition": f'attachment; filename="{revision.entry.id}.ics"',
        "Cache-Control": PUBLIC,
        "X-Robots-Tag": "noindex",
    }
    return Response(single(vevent, site.shown.office), media_type=ICS.media_type, headers=headers)


def found(request: Request) -> Revision:
    """The entry that the address names; a 404 for none."""
    revision = site_of(request).shown.revisions.get(request.path_params["entry_id"])
    if revision is None:
        raise HTTPException(404)
    return revision


def _share(entry: Entry, when: str, address: str) -> str:
    """A mail to a friend, begun: the person's own program sends it, and we learn nothing of it."""
    subject, body = f"{entry.title}, {when}", f"{entry.title}\r\n{when}\r\n\r\n{address}"
    return f"mailto:?subject={quote(subject)}&body={quote(body)}"


def _map(venue: Venue | None) -> str | None:
    """OpenStreetMap at the coordinates, or searching for the address; nothing is asked there until somebody follows."""
    if venue is None:
        return None
    if venue.geo is None:
        where = ", ".join(part for part in (venue.address, venue.postcode) if part)
        return f"https://www.openstreetmap.org/search?query={quote(where)}" if where else None
    latitude, longitude = (f"{degrees:.5f}" for degrees in venue.geo)
    return f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=17/{latitude}/{longitude}"


def _moved_from(revision: Revision) -> str | None:
    """What people were told before the last move, in the words of a moment."""
    entry = revision.entry
    if revision.moved_from is None or entry.is_gone:
        return None
    before = revision.moved_from.astimezone(ZoneInfo(entry.timezone))
    return wording.day(before) if entry.all_day else wording.moment(before)


def _milestone(revision: Revision, office: Office) -> str | None:
    number, calendar = revision.expected_milestone, office.calendar_by_id.get(revision.entry.calendar_id)
    if number is None or calendar is None or revision.entry.is_gone:
        return None
    return f"{ordinal(number)} {calendar.name} meeting"


def _role(role: str) -> str:
    """`chief-constable` is the Chief constable: a role, never a person."""
    words = role.replace("-", " ")
    return words[:1].upper() + words[1:]
