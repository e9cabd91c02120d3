"""Style sheets and scripts. Their addresses carry a digest, so browsers may keep them; an old address gets the new."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from engage.web.site import site_of
from engage.web.styles import digest

KEPT = "public, max-age=31536000, immutable"
BRIEFLY = "public, max-age=300"
SCRIPT = "text/javascript"


def sheet(request: Request) -> Response:
    return _kept(request, site_of(request).styles.sheet)


def office(request: Request) -> Response:
    site = site_of(request)
    shown = site.snapshot.shown
    return _kept(request, site.styles.office_sheet(shown.office if shown else None))


def push(request: Request) -> Response:
    return _kept(request, site_of(request).styles.push, SCRIPT)


def push_worker(request: Request) -> Response:
    """A service worker: its place is its scope, browsers ask for it anew by themselves, and it may load nothing."""
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
    return Response(site_of(request).styles.push_worker, media_type=SCRIPT, headers=headers)


def _kept(request: Request, content: bytes, media_type: str = "text/css") -> Response:
    is_current = request.query_params.get("v") == digest(content)
    return Response(content, media_type=media_type, headers={"Cache-Control": KEPT if is_current else BRIEFLY})
