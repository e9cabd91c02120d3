"""The style sheets. Their addresses carry a digest, so browsers may keep them; an old address gets the new sheet."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from engage.web.site import site_of
from engage.web.styles import digest

KEPT = "public, max-age=31536000, immutable"
BRIEFLY = "public, max-age=300"


def sheet(request: Request) -> Response:
    return _sheet(request, site_of(request).styles.sheet)


def office(request: Request) -> Response:
    site = site_of(request)
    shown = site.snapshot.shown
    return _sheet(request, site.styles.office_sheet(shown.office if shown else None))


def _sheet(request: Request, content: bytes) -> Response:
    is_current = request.query_params.get("v") == digest(content)
    return Response(content, media_type="text/css", headers={"Cache-Control": KEPT if is_current else BRIEFLY})
