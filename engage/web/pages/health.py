"""`/healthz` and `/readyz`: for supervisors and load balancers. They touch neither threads nor the database."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from engage.web.site import site_of

_FRESH = {"Cache-Control": "no-store"}


async def lives(_request: Request) -> Response:
    """The process answers."""
    return PlainTextResponse("ok\n", headers=_FRESH)


async def is_ready(request: Request) -> Response:
    """200 once the schedule and its feeds are in memory, and from then on, whatever becomes of the database."""
    if site_of(request).snapshot.is_ready:
        return PlainTextResponse("ready\n", headers=_FRESH)
    return PlainTextResponse("not ready: nothing has been published yet\n", status_code=503, headers=_FRESH)
