"""Every failure as a page for the person who asked: what happened, what to do, a reference, never a traceback."""

from __future__ import annotations

import re
import secrets

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engage.domain.wording import marked
from engage.errors import NotNow
from engage.log import where
from engage.store.dialect import is_passing
from engage.web.site import render

_SLASHED = re.compile(r"/[a-z0-9][a-z0-9/.-]*/")

SAID = {
    400: (
        marked("We could not read this request"),
        marked("The address or the request is not one that this site understands."),
    ),
    403: (
        marked("This form was sent from another website"),
        marked("Open the page on this site and send the form from here."),
    ),
    404: (
        marked("Page not found"),
        marked("If you typed the address, check that it is right. If you followed a link, it may be old."),
    ),
    405: (marked("This page cannot do that"), marked("Go back to the page and use the button on it.")),
    408: (
        marked("This took too long"),
        marked("The form did not arrive completely. Please go back and send it again."),
    ),
    413: (marked("This is too much"), marked("What was sent is larger than any form on this site.")),
    415: (marked("We could not read this form"), marked("It was sent in a way that this site does not understand.")),
    500: (
        marked("Sorry, there is a problem with this page"),
        marked("It is our fault, not yours. Please try again later."),
    ),
    503: (marked("Sorry, this is not available right now"), marked("Please try again in a few minutes.")),
}

log = structlog.get_logger("engage.web")


def http_page(request: Request, error: Exception) -> Response:
    """The page for a refusal; an OPTIONS request is told what it may do, an address with a slash too many is mended."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 405 and request.method == "OPTIONS":
        return Response(headers={"Cache-Control": "no-store", **headers})
    path = request.url.path
    if error.status_code == 404 and request.method in {"GET", "HEAD"} and _SLASHED.fullmatch(path):
        return RedirectResponse(path.rstrip("/"), status_code=301)
    return _page(request, error.status_code, headers=headers)


class Rescue:
    """The middleware around all pages: whatever was not expected is logged with the reference that the page shows."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except ClientDisconnect:
            return  # nobody is there to read an answer
        except Exception as error:
            if started:
                raise
            response = _answer(Request(scope, receive), error)
            await response(scope, receive, send)


def _answer(request: Request, error: Exception) -> Response:
    """The last resort says so in plain text: the template itself may be what is broken."""
    try:
        if isinstance(error, HTTPException):
            return http_page(request, error)
        if isinstance(error, NotNow):
            return _page(request, 503, headers={"Retry-After": "5"})
        return _failed(request, error)
    except Exception as failed:  # noqa: BLE001 - the outermost edge
        log.error("error page failed", exception=where(failed))  # noqa: TRY400 - without its words
        return PlainTextResponse("Sorry, there is a problem. Please try again later.", status_code=500)


def _failed(request: Request, error: Exception) -> Response:
    reference = secrets.token_hex(4)
    if is_passing(error):
        log.warning("database away", reference=reference, error=type(error).__name__)
        return _page(request, 503, reference=reference, headers={"Retry-After": "30"})
    log.error("page failed", reference=reference, exception=where(error))
    return _page(request, 500, reference=reference)


def _page(
    request: Request, status: int, *, reference: str | None = None, headers: dict[str, str] | None = None
) -> Response:
    title, text = SAID.get(status, SAID[400])
    return render(request, "error.html", status=status, headers=headers, title=title, text=text, reference=reference)
