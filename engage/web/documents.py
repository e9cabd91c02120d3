"""What programs read of this site: public data as a file, conditional and compressed, for pages of any site (CORS)."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engage.web.answers import Chosen, Ready, described, tag_of
from engage.web.site import site_of

CACHED = b"public, max-age=60, must-revalidate"
OPEN = [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", b"etag, last-modified")]


@dataclass(frozen=True, kw_only=True)
class Made:
    """A file. *modified_at* is never earlier than the last change of its bytes."""

    name: str
    media_type: str
    body: bytes
    modified_at: datetime


def document(path: str, make: Callable[[Request], Made], *, timely: bool = False) -> Route:
    """Made once for each state in memory, whatever the query; a *timely* one tells what holds now."""

    async def answer(request: Request) -> Response:
        memory, key = site_of(request).memory, request.url.path
        return Chosen(await memory.fetch(key, lambda: _ready(make(request)), is_slow=True, is_timely=timely))

    return Route(path, answer, methods=["GET"])


def _ready(made: Made) -> Ready:
    return Ready(
        gzip.compress(made.body, 6, mtime=0),
        len(made.body),
        etag=tag_of(made.body),
        modified_at=made.modified_at,
        described=described(made.name, made.media_type),
        shared=[(b"cache-control", CACHED), (b"vary", b"accept-encoding"), (b"x-robots-tag", b"noindex"), *OPEN],
    )
