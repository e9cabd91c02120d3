"""Telling people who fill a form from programs, without a puzzle (SECURITY S19): a hidden field and the time taken."""

from __future__ import annotations

from asyncio import sleep
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from engage.domain.wording import marked
from engage.web.site import site_of

OPEN_FOR = timedelta(hours=24)  # how long a form may lie on a screen
SHORTEST = 2.0  # seconds in which nobody fills the form; what comes sooner waits, which people never notice
TRAP = "website"  # a field that only programs fill
TOKEN = "{form token}"  # stands in a page that is kept, for the token of whoever asks  # noqa: S105
STALE = marked("This form was open for a long time. Check your answers and send it again.")


def form_token(request: Request) -> str:
    """Says when the form was shown; a program must at least have asked for it."""
    now = site_of(request).app.now
    return site_of(request).app.links.token("form", int(now.timestamp()), now)


def age(request: Request, token: str) -> float | None:
    """How many seconds ago the form was shown; None for a token that is old, missing or not ours."""
    app = site_of(request).app
    shown_at = app.links.subject("form", token, now=app.now, within=OPEN_FOR)
    return None if shown_at is None else app.now.timestamp() - int(shown_at)


async def later(response: Response, seconds: float | None) -> Response:
    """The answer to a form of that age; no thread is held meanwhile."""
    wait = SHORTEST - (seconds or 0.0)
    if wait > 0:
        await sleep(min(wait, SHORTEST))
    return response
