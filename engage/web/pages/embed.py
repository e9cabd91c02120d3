"""`/embed`: the next meetings of an area for other websites, as a small page in a frame, as JSON, and how to do it.

The small page is the only one of this site that may be framed: there is nothing on it that a visitor could be tricked
into pressing.
"""

from __future__ import annotations

from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engage.domain.calendars import Area, Kind, Office
from engage.domain.finding import Search, find
from engage.domain.revisions import Revision
from engage.feeds import open_data, tables
from engage.feeds.words import one_line
from engage.web.documents import Made
from engage.web.pages.open_data import head, records
from engage.web.places import options
from engage.web.site import PUBLIC, Site, render, site_of
from engage.web.views import card

FRAMED = 6  # meetings in the small page
TOLD = 50  # meetings in JSON
POLICY = "default-src 'none'; style-src 'self'; img-src data:; form-action 'none'; frame-ancestors *; base-uri 'none'"


def show(request: Request) -> Response:
    """The small page. Its links leave the frame."""
    site = site_of(request)
    area = _area(request, site.shown.office)
    found = _meetings(site, area)
    return render(
        request,
        "embedded.html",
        cache=PUBLIC,
        headers={"Content-Security-Policy": POLICY, "X-Robots-Tag": "noindex"},
        area=area,
        cards=[card(revision, site.shown.office, site.app.now) for revision in found[:FRAMED]],
    )


def as_json(request: Request) -> Made:
    site = site_of(request)
    area, now = _area(request, site.shown.office), site.app.now
    told = {"id": area.id, "name": one_line(area.name), "url": f"{site.app.base_url}/areas/{area.id}"}
    body = tables.as_json({**head(request), "area": told}, "meetings", records(request, _meetings(site, area)[:TOLD]))
    return Made(name=f"{area.id}.json", media_type=tables.JSON, body=body, modified_at=_changed_at(site, now))


def explain(request: Request) -> Response:
    """`?area=...` chooses; what does not exist falls back on the whole."""
    site = site_of(request)
    office = site.shown.office
    area = office.area_by_id.get(request.query_params.get("area", ""), office.root)
    return render(
        request,
        "embed.html",
        cache=PUBLIC,
        area=area,
        areas=options(office),
        keys=open_data.MEETING_KEYS,
        most=FRAMED,
        told=TOLD,
    )


def _area(request: Request, office: Office) -> Area:
    area = office.area_by_id.get(request.path_params["area_id"])
    if area is None:
        raise HTTPException(404)
    return area


def _meetings(site: Site, area: Area) -> list[Revision]:
    """What is not over yet in the area, in what covers it and in what lies within it; first what comes first."""
    ahead = find(site.shown.timeline, Search(areas=(area.id,)), office=site.shown.office, now=site.app.now)
    return [r for r in ahead if r.entry.kind is Kind.MEETING]


def _changed_at(site: Site, now: datetime) -> datetime:
    """A meeting leaves the list when it ends."""
    over = (r.entry.ends_at for r in site.shown.in_order if r.entry.ends_at <= now)
    return max(site.shown.changed_at, max(over, default=site.shown.changed_at))
