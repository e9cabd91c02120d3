"""`/unsubscribe/{token}`: GET shows a button, POST acts: from the button, or from a mail program in one click.

RFC 8058: the POST carries no cookie and any body or none, is answered 200 without a redirect, and may come again.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from engage.web.forms import Form
from engage.web.site import render, site_of
from engage.work import people


def show(request: Request) -> Response:
    if _recipient(request) is None:
        return _unknown(request)
    return render(request, "unsubscribe.html")


def submit(request: Request, _form: Form) -> Response:
    recipient_id = _recipient(request)
    if recipient_id is None:
        return _unknown(request)
    people.leave(site_of(request).app, recipient_id, how="unsubscribed")
    return render(request, "unsubscribed.html")


def _recipient(request: Request) -> int | None:
    """The link never expires, and can do nothing else."""
    app = site_of(request).app
    subject = app.links.subject("unsubscribe", request.path_params["token"], now=app.now, within=None)
    return int(subject) if subject is not None else None


def _unknown(request: Request) -> Response:
    return render(request, "link_expired.html", status=400, kind="unsubscribe")
