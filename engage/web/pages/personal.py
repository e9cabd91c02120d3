"""`/feeds/me/{token}.ics`, a person's own calendar; `/feeds/plain/me/{token}.ics` keeps what is cancelled."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from engage.domain.feeds import Variant
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
