"""`/devices/{token}`: alerts on the browser somebody sits before. The only page of this site that runs a script.

Its token comes from the page of choices or from confirming, and can do nothing else.
"""

from __future__ import annotations

import json

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engage.channels.push_device import LONGEST as LONGEST_ENDPOINT
from engage.channels.webpush import WebPush
from engage.domain.people import DEVICE_WORDING, MANAGE_WITHIN
from engage.errors import Refused
from engage.web.forms import Form
from engage.web.site import language_of, render, site_of
from engage.work import devices, people

LONGEST = LONGEST_ENDPOINT + 1  # characters of a field: one that is too long is refused, not cut
POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
FIELDS = ("endpoint", "p256dh", "auth", "key")


def show(request: Request) -> Response:
    channel, recipient_id = _channel(request), _recipient(request)
    return _page(request, channel, recipient_id) if recipient_id is not None else _expired(request)


def submit(request: Request, form: Form) -> Response:
    """Take the device whose browser sent the form, or stop the one there is."""
    channel, recipient_id = _channel(request), _recipient(request)
    if recipient_id is None:
        return _expired(request)
    app = site_of(request).app
    if form.one("stop"):
        devices.stop(app, recipient_id)
        return _page(request, channel, recipient_id, said="stopped")
    try:
        address = channel.parse_address(json.dumps({name: form.one(name) for name in FIELDS}))
    except Refused as refused:
        return _page(request, channel, recipient_id, mistake=str(refused), status=400)
    if not devices.add(app, recipient_id, address, language=language_of(request).tag):
        return _expired(request)
    return _page(request, channel, recipient_id, said="added")


def _channel(request: Request) -> WebPush:
    """404 where web push is not configured."""
    channel = site_of(request).app.channels.get("webpush")
    if not isinstance(channel, WebPush):
        raise HTTPException(404)
    return channel


def _recipient(request: Request) -> int | None:
    """The person the link speaks for, while it is fresh and they have not left."""
    app = site_of(request).app
    subject = app.links.subject("device", request.path_params["token"], now=app.now, within=MANAGE_WITHIN)
    found = people.preferences(app, int(subject)) if subject is not None else None
    return found.recipient_id if found is not None and found.state == "confirmed" else None


def _page(
    request: Request, channel: WebPush, recipient_id: int, *, said: str = "", mistake: str = "", status: int = 200
) -> Response:
    site = site_of(request)
    return render(
        request,
        "device.html",
        status=status,
        headers={"Content-Security-Policy": POLICY},
        key=channel.public_key,
        has_one=devices.has_one(site.app, recipient_id),
        said=said,
        mistake=mistake,
        consent=language_of(request).say(DEVICE_WORDING, office=site.shown.office.name),
        minutes=int(MANAGE_WITHIN.total_seconds() // 60),
    )


def _expired(request: Request) -> Response:
    return render(request, "link_expired.html", status=400, kind="preferences")
