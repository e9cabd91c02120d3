"""`/alerts` and `/alerts/{id}`: what holds now first, then what has expired; what was withdrawn says so."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engage.web.alert_views import told
from engage.web.site import PUBLIC, render, site_of


def show_all(request: Request) -> Response:
    site = site_of(request)
    found = [told(alert, site.shown.office, site.app.now) for alert in site.snapshot.alerts]
    return render(
        request,
        "alerts.html",
        cache=PUBLIC,
        current=[alert for alert in found if alert.state == "current"],
        past=[alert for alert in found if alert.state != "current"],
    )


def show(request: Request) -> Response:
    site = site_of(request)
    wanted = request.path_params["alert_id"]
    found = next((alert for alert in site.snapshot.alerts if alert.alert.id == wanted), None)
    if found is None:
        raise HTTPException(404)
    return render(request, "alert.html", cache=PUBLIC, alert=told(found, site.shown.office, site.app.now))
