"""`/areas/{area}`: what is coming in an area, in what covers it and in what lies within it."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engage.domain.finding import Search, find
from engage.web.alert_views import current
from engage.web.site import PUBLIC, render, site_of
from engage.web.views import months

MOST = 120  # entries; whoever needs more reads the whole programme


def show(request: Request) -> Response:
    site = site_of(request)
    office, now = site.shown.office, site.app.now
    area = office.area_by_id.get(request.path_params["area_id"])
    if area is None:
        raise HTTPException(404)
    found = find(site.shown.timeline, Search(areas=(area.id,)), office=office, now=now)
    return render(
        request,
        "area.html",
        cache=PUBLIC,
        area=area,
        covering=[office.area_by_id[above] for above in reversed(office.line_of(area.id)[1:])],
        within=sorted((other for other in office.areas if other.within == area.id), key=lambda other: other.name),
        months=months(site.cards_of(found[:MOST]), site.cards.drawing("card")),
        left_out=max(0, len(found) - MOST),
        alerts=current(site.alerts, office, now, office.near((area.id,))),
    )
