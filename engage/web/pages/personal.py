"""Calendars joined when they are asked for; below `/feeds/plain` each keeps what is cancelled.

`/feeds/me/{token}.ics` is a person's own, `/feeds/all/{area}/{topics}.ics` is for everybody who picks the same.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from engage.domain.feeds import Variant
from engage.web.calendar_links import pick
from engage.web.feeds import Answer, Feeds
from engage.web.site import render, site_of
from engage.work import personal


class _Polled(Response):
    """An answer sent as those of public feeds are, and counted with them.

    Only its tag tells whether an app's copy is still good: when a person chooses otherwise, no entry changes its date.
    """

    def __init__(self, feeds: Feeds, answer: Answer) -> None:
        super().__init__()
        self._feeds, self._answer = feeds, answer

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(name, value) for name, value in scope["headers"] if name != b"if-modified-since"]
        await self._feeds.answer(self._answer, {**scope, "headers": headers}, send)


def show(request: Request, variant: Variant = "") -> Response:
    """Unknown, malformed and stopped addresses are answered alike, after the same look-up."""
    site = site_of(request)
    interests = personal.followed(site.app, request.path_params["token"])
    if interests is None:
        return render(request, "link_expired.html", status=404, kind="calendar")
    return _Polled(site.snapshot.feeds, site.personal.find(interests, variant))


def show_plain(request: Request) -> Response:
    return show(request, "plain")


def show_picked(request: Request, variant: Variant = "") -> Response:
    """One choice has one address: its topics in the office's order; any other spelling is not there."""
    site, asked = site_of(request), request.path_params
    topics = tuple(asked["topics"].split(".")) if "topics" in asked else ()
    interest = pick(site.shown.office, asked["area"], topics)
    if interest is None or interest.topics != topics:
        raise HTTPException(404)
    return _Polled(site.snapshot.feeds, site.picked.find((interest,), variant))


def show_picked_plain(request: Request) -> Response:
    return show_picked(request, "plain")
