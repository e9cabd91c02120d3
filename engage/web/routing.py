"""How a page becomes a route: reading forms is asynchronous, pages are plain functions that run in a thread."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engage.web import forms
from engage.web.forms import Form
from engage.web.site import site_of

Show = Callable[[Request], Response]
Submit = Callable[[Request, Form], Response | Awaitable[Response]]


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


def _choices(request: Request) -> int:
    """How many boxes the office's forms offer: an honest person may tick them all."""
    shown = site_of(request).snapshot.shown
    return len(shown.office.areas) + len(shown.office.topics) if shown else 0
