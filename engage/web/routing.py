"""How a page becomes a route: reading forms is asynchronous, pages are plain functions that run in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Container, Hashable, Iterable
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engage.web import forms
from engage.web.forms import Form
from engage.web.robots import TOKEN, form_token
from engage.web.site import Site, is_at_hand, language_of, site_of
from engage.web.tongues import PARAMETER

Show = Callable[[Request], Response]
Submit = Callable[[Request, Form], Response | Awaitable[Response]]

SECONDS = 10  # for which a public page is kept: everybody who gets an alert opens the same one at once
MOST = 256  # pages kept


def page(
    path: str,
    show: Show,
    submit: Submit | None = None,
    *,
    reads_form: bool = True,
    longest: int = forms.LONGEST,
    lines: tuple[str, ...] = (),
) -> Route:
    """GET and HEAD show and never change anything; POST submits. Without *reads_form* a body is left unread."""

    async def answer(request: Request) -> Response:
        if request.method != "POST" or submit is None:
            return await run_in_threadpool(show, request)
        form = Form()
        if reads_form:
            form = await forms.read(request, choices=_choices(request), longest=longest, lines=lines)
        response = await run_in_threadpool(submit, request, form)
        return response if isinstance(response, Response) else await response

    methods = ["GET"] if submit is None else ["GET", "POST"]
    return Route(path, answer, methods=methods)


def public(path: str, show: Show, *, asks: Iterable[str] = ()) -> Route:
    """A page that is the same for everybody until the state in memory changes: rendered once in a few seconds.

    It sees the fields of its address that it *asks* for, and no others: what newsletters and social media append to
    links would otherwise make a page of its own for each reader.
    """
    names = frozenset({*asks, PARAMETER})

    async def answer(request: Request) -> Response:
        return await _shown(_asking(request, names), show)

    return Route(path, answer, methods=["GET"])


def form(path: str, show: Show, submit: Submit, *, asks: Iterable[str] = (), **limits: Any) -> Route:
    """A public page with a form, which differs from one reader to the next by its token alone."""
    names, posted = frozenset({*asks, PARAMETER}), page(path, show, submit, **limits)

    async def answer(request: Request) -> Response:
        if request.method == "POST":
            answered: Response = await posted.endpoint(request)
            return answered
        found = await _shown(_asking(request, names), show)
        body = bytes(found.body).replace(TOKEN.encode(), form_token(request).encode())
        headers = {name: value for name, value in found.headers.items() if name != "content-length"}
        return Response(body, status_code=found.status_code, headers=headers)

    return Route(path, answer, methods=["GET", "POST"])


def _asking(request: Request, names: Container[str]) -> Request:
    """The request with these fields only, in one order."""
    if not request.url.query:
        return request
    fields = sorted((pair for pair in request.query_params.multi_items() if pair[0] in names), key=itemgetter(0))
    return Request({**request.scope, "query_string": urlencode(fields).encode()}, request.receive)


async def _shown(request: Request, show: Show) -> Response:
    site = site_of(request)
    slot = int(site.app.now.timestamp()) // SECONDS
    asked = request.url.path, request.url.query, language_of(request).tag
    return await kept(site, (slot, asked, is_at_hand(request)), lambda: show(request))


async def kept(site: Site, key: Hashable, make: Callable[[], Response]) -> Response:
    """What was made under this *key* of the state in memory, or is made now, once; the oldest give way."""
    whole = (site.snapshot.generation, key)
    if (known := site.kept.get(whole)) is not None:
        return known
    if (making := site.making.get(whole)) is None:
        making = site.making[whole] = asyncio.ensure_future(_made(site, whole, make))
        making.add_done_callback(lambda _: site.making.pop(whole, None))
    return await asyncio.shield(making)  # whoever asked first may be gone before it is there


async def _made(site: Site, whole: Hashable, make: Callable[[], Response]) -> Response:
    response = await asyncio.get_running_loop().run_in_executor(site.makers, make)
    while len(site.kept) >= MOST:
        site.kept.pop(next(iter(site.kept)))
    site.kept[whole] = response
    return response


def _choices(request: Request) -> int:
    """How many boxes the office's forms offer: an honest person may tick them all."""
    shown = site_of(request).snapshot.shown
    return len(shown.office.areas) + len(shown.office.topics) if shown else 0
