"""`/confirm/{token}`: a page with a button. Only pressing it signs anybody up: mail scanners open links (B51)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from engage.domain.people import CONFIRM_WITHIN
from engage.web.forms import Form
from engage.web.site import render, site_of
from engage.work import people


def show(request: Request) -> Response:
    signup_id = _signup(request)
    if signup_id is None:
        return _expired(request)
    return render(request, "confirm.html", follows=people.only_follows(site_of(request).app, signup_id))


def submit(request: Request, _form: Form) -> Response:
    """Pressing twice, or in two tabs, answers the same."""
    signup_id = _signup(request)
    app = site_of(request).app
    recipient_id = people.confirm(app, signup_id) if signup_id is not None else None
    if recipient_id is None:
        return _expired(request)
    follows = people.only_follows(app, signup_id) if signup_id is not None else False
    return render(request, "confirmed.html", device=app.links.device(recipient_id, app.now), follows=follows)


def _signup(request: Request) -> str | None:
    app = site_of(request).app
    return app.links.subject("confirm", request.path_params["token"], now=app.now, within=CONFIRM_WITHIN)


def _expired(request: Request) -> Response:
    return render(request, "link_expired.html", status=400, kind="confirm")
