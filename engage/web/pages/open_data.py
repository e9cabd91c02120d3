"""`/open-data`: everything published about meetings and milestones, to take away; the page says what it means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage.domain import wording
from engage.domain.revisions import Revision
from engage.feeds import open_data, tables
from engage.feeds.words import one_line
from engage.web.documents import Made
from engage.web.site import PUBLIC, render, site_of

MEETINGS = open_data.columns(open_data.MEETING_KEYS)
MILESTONES = open_data.columns(open_data.MILESTONE_KEYS)


def show(request: Request) -> Response:
    shown = site_of(request).shown
    return render(
        request,
        "open_data.html",
        cache=PUBLIC,
        updated=wording.moment(shown.changed_at.astimezone(shown.office.zone)),
        licence=shown.office.licence,
        tables=[("Meetings", open_data.MEETING_KEYS), ("Milestones", open_data.MILESTONE_KEYS)],
    )


def meetings_json(request: Request) -> Made:
    return _made(request, "meetings.json", tables.JSON, tables.as_json(head(request), "meetings", _every(request)))


def meetings_csv(request: Request) -> Made:
    return _made(request, "meetings.csv", tables.CSV, tables.as_csv(MEETINGS, _every(request)))


def meetings_geojson(request: Request) -> Made:
    body = tables.as_geojson(head(request), _every(request))
    return _made(request, "meetings.geojson", tables.GEOJSON, body)


def milestones_json(request: Request) -> Made:
    body = tables.as_json(head(request), "milestones", _milestones(request))
    return _made(request, "milestones.json", tables.JSON, body)


def milestones_csv(request: Request) -> Made:
    return _made(request, "milestones.csv", tables.CSV, tables.as_csv(MILESTONES, _milestones(request)))


def _made(request: Request, name: str, media_type: str, body: bytes) -> Made:
    return Made(name=name, media_type=media_type, body=body, modified_at=site_of(request).shown.changed_at)


def _every(request: Request) -> list[dict[str, Any]]:
    return records(request, site_of(request).shown.in_order)


def records(request: Request, revisions: Iterable[Revision]) -> list[dict[str, Any]]:
    """What is told of each of these entries that is a meeting."""
    site = site_of(request)
    numbers = {
        entry_id: number
        for standing in site.shown.standings
        for number, entry_id in enumerate(standing.counted, standing.opening_count + 1)
    }
    return open_data.meetings(revisions, site.shown.office, numbers=numbers, base_url=site.app.base_url)


def _milestones(request: Request) -> list[dict[str, Any]]:
    site = site_of(request)
    return [
        row
        for standing in site.shown.standings
        for row in open_data.milestones(
            standing.calendar,
            {m.number: m.entry_id for m in standing.milestones if m.reached},
            site.shown.revisions,
            held=standing.held,
            base_url=site.app.base_url,
        )
    ]


def head(request: Request) -> dict[str, str]:
    """What is said of the whole. The licence wants the publisher to be named."""
    site = site_of(request)
    office = site.shown.office
    return {
        "publisher": one_line(office.name),
        "licence": office.licence.name,
        "licence_url": office.licence.url,
        "documentation": f"{site.app.base_url}/open-data",
        "updated": site.shown.changed_at.astimezone(office.zone).isoformat(timespec="seconds"),
    }
