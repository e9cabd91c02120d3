"""`/meetings/{id}` and `/meetings/{id}.ics`: all there is to know about one entry."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engage.domain import wording
from engage.domain.calendars import Office, Venue
from engage.domain.revisions import Revision
from engage.feeds.ics import ICS, render_entry, single
from engage.feeds.words import access_words, contact, ordinal
from engage.web.calendar_links import alternates, holding
from engage.web.history import steps
from engage.web.site import PUBLIC, Site, render, site_of
from engage.web.structured import event
from engage.web.views import card


def show(request: Request) -> Response:
    site = site_of(request)
    revision = _found(request, site)
    office, entry = site.shown.office, revision.entry
    venue = office.venue_by_id.get(entry.venue or "")
    feeds = [feed for feed in holding(site.shown.feeds, entry) if site.snapshot.feeds.find(f"{feed.path}.ics")]
    return render(
        request,
        "meeting.html",
        cache=PUBLIC,
        entry=entry,
        card=card(revision, office, site.app.now),
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
        history=steps(site.shown.histories.get(entry.id, ()), office),
        feeds=feeds,
        alternates=[
            found for feed in feeds if feed.path == entry.calendar_id for found in alternates(feed, site.snapshot)
        ],
        structured=event(revision, office, site.app.base_url),
    )


def download(request: Request) -> Response:
    """The entry as a file, with the UID that it has in every feed."""
    site = site_of(request)
    revision = _found(request, site)
    vevent = render_entry(revision, site.shown.office, base_url=site.app.base_url)
    headers = {
        "Content-Disposition": f'attachment; filename="{revision.entry.id}.ics"',
        "Cache-Control": PUBLIC,
        "X-Robots-Tag": "noindex",
    }
    return Response(single(vevent, site.shown.office), media_type=ICS.media_type, headers=headers)


def _found(request: Request, site: Site) -> Revision:
    revision = site.shown.revisions.get(request.path_params["entry_id"])
    if revision is None:
        raise HTTPException(404)
    return revision


def _map(venue: Venue | None) -> str | None:
    if venue is None or venue.geo is None:
        return None
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
