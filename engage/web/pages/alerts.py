"""`/alerts`, `/alerts/{id}`, and the same for programs: what applies now first, then what is past, saying so."""

from __future__ import annotations

from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engage.domain.alerts import PublicAlert
from engage.feeds import alerts_atom, cap
from engage.web.alert_views import current, told
from engage.web.documents import Made
from engage.web.site import PUBLIC, Site, render, site_of


def show_all(request: Request) -> Response:
    site = site_of(request)
    office, now = site.shown.office, site.app.now
    return render(
        request,
        "alerts.html",
        cache=PUBLIC,
        current=current(site.alerts, office, now),
        past=[told(alert, office, now) for alert in site.alerts if not alert.is_current(now)],
    )


def show(request: Request) -> Response:
    site = site_of(request)
    found = _found(request, site)
    return render(request, "alert.html", cache=PUBLIC, alert=told(found, site.shown.office, site.app.now))


def atom(request: Request) -> Made:
    site = site_of(request)
    office, alerts, now = site.shown.office, site.alerts, site.app.now
    return Made(
        name="alerts.atom",
        media_type=alerts_atom.MEDIA_TYPE,
        body=alerts_atom.alerts_atom(alerts, office, base_url=site.app.base_url, now=now),
        modified_at=max([site.shown.changed_at, *(moment for alert in alerts for moment in _moments(alert, now))]),
    )


def as_cap(request: Request) -> Made:
    site = site_of(request)
    found = _found(request, site)
    return Made(
        name=f"{found.alert.id}.cap.xml",
        media_type=cap.MEDIA_TYPE,
        body=cap.cap(found, site.shown.office, base_url=site.app.base_url, is_live=site.app.is_live),
        modified_at=max(site.shown.changed_at, found.heard_at),
    )


def _moments(alert: PublicAlert, now: datetime) -> list[datetime]:
    """When what the feed says of an alert changed: as it went out, and as it expired."""
    return [alert.heard_at, *([alert.alert.expires] if alert.alert.expires <= now else [])]


def _found(request: Request, site: Site) -> PublicAlert:
    wanted = request.path_params["alert_id"]
    found = next((alert for alert in site.alerts if alert.alert.id == wanted), None)
    if found is None:
        raise HTTPException(404)
    return found
