"""Public pages, which are the same for everybody: made once, then answered from memory until what they show changes."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from operator import itemgetter
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engage.web.answers import Answering, Chosen, Filled, RawHeaders, Ready, packed, tag_of
from engage.web.headers import secured
from engage.web.robots import TOKEN, form_token
from engage.web.routing import Show, Submit, page
from engage.web.site import PRIVATE, Site, is_at_hand, language_of, site_of
from engage.web.tongues import PARAMETER, preferred

LONGEST = 300  # bytes of an address that is remembered: more is nobody's search


class Reader(NamedTuple):
    """All that a public page takes from whoever asks, besides the address; *is_at_hand* only tells in trial mode."""

    language: str
    is_at_hand: bool


def public(path: str, show: Show, *, asks: Iterable[str] = (), slow: bool = False) -> Route:
    """A page that sees the fields of its address that it *asks* for, and no others.

    What newsletters and social media append to links would otherwise make a page of its own for each reader. A *slow*
    one takes more than some milliseconds to make.
    """
    names = frozenset({*asks, PARAMETER})

    async def answer(request: Request) -> Response:
        return await _kept(request, names, lambda asked: _ready(asked, show(asked)), is_slow=slow)

    return Route(path, answer, methods=["GET"])


def form(path: str, show: Show, submit: Submit, *, asks: Iterable[str] = (), **limits: Any) -> Route:
    """A public page with a form, which differs from one reader to the next by its token alone."""
    names, posted = frozenset({*asks, PARAMETER}), page(path, show, submit, **limits)

    async def answer(request: Request) -> Response:
        if request.method == "POST":
            answered: Response = await posted.endpoint(request)
            return answered
        return await _kept(request, names, lambda asked: _blank(asked, show(asked)), is_slow=False)

    return Route(path, answer, methods=["GET", "POST"])


def find(site: Site, target: bytes, headers: Mapping[bytes, bytes], client: tuple[str, int] | None) -> Answering | None:
    """The answer to a GET of *target*, as the request has it, if the same was asked before and still holds."""
    request = Request({"type": "http", "headers": [*headers.items()], "client": client})
    return site.memory.find((target, _reader(site, request)))


async def _kept(
    request: Request, names: Container[str], make: Callable[[Request], Answering], *, is_slow: bool
) -> Response:
    site, scope, asked = site_of(request), request.scope, _asking(request, names)
    reader, target = _reader(site, request), b"?".join(filter(None, (scope["raw_path"], scope["query_string"])))
    key = asked.url.path, asked.url.query, language_of(asked).tag, reader.is_at_hand
    words = (target, reader) if len(target) <= LONGEST else None
    is_apart = is_slow or site.app.templates.has_own_pages
    return Chosen(await site.memory.fetch(key, lambda: make(asked), asked=words, is_slow=is_apart))


def _reader(site: Site, request: Request) -> Reader:
    """The language is left open where there is one, and one named by the address goes before."""
    offered = site.languages
    spoken = preferred(request.headers.get("accept-language", ""), offered) if len(offered) > 1 else ""
    return Reader(spoken, not site.app.is_live and is_at_hand(request))


def _asking(request: Request, names: Container[str]) -> Request:
    """The request with these fields only, in one order."""
    if not request.url.query:
        return request
    fields = sorted((pair for pair in request.query_params.multi_items() if pair[0] in names), key=itemgetter(0))
    return Request({**request.scope, "query_string": urlencode(fields).encode()}, request.receive)


def _ready(request: Request, response: Response) -> Answering:
    """A page with its headers, compressed; by its tag a browser asks whether its copy still holds."""
    body = bytes(response.body)
    is_kept_by_browsers = response.headers["cache-control"] != PRIVATE
    return Ready(
        packed(body),
        len(body),
        described=[(b"content-type", response.headers["content-type"].encode())],
        shared=[pair for pair in _headers(request, response) if pair[0] != b"content-type"],
        etag=tag_of(body) if is_kept_by_browsers else None,
    )


def _blank(request: Request, response: Response) -> Answering:
    return Filled(
        bytes(response.body),
        _headers(request, response),
        blank=TOKEN.encode(),
        fill=lambda: form_token(request).encode(),
    )


def _headers(request: Request, response: Response) -> RawHeaders:
    """All that it is sent with, but for its length and coding. What is not there is an HTTPException, never kept."""
    assert response.status_code == 200
    headers = MutableHeaders(raw=[pair for pair in response.raw_headers if pair[0] != b"content-length"])
    headers.add_vary_header("Accept-Encoding")
    return secured(headers.raw, request.url.path, site_of(request).app.base_url)
