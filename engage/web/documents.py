"""What programs read of this site: public data as a file, conditional and compressed, for pages of any site (CORS)."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from engage.store.feeds import Published
from engage.web.feeds import Answer, joined
from engage.web.routing import SECONDS, kept
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


class Document(Response):
    """A file kept compressed, answered as feeds are: 304 for those who have it, gzip for those who take it."""

    def __init__(self, made: Made) -> None:
        super().__init__()
        self._answer = Answer(_published(made), OPEN, cached=CACHED)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        given = joined(scope["headers"]).get
        head, body = self._answer.choose(
            given(b"if-none-match", b""),
            given(b"if-modified-since", b""),
            given(b"accept-encoding", b""),
            head=scope["method"] == "HEAD",
        )
        await send(head.start)
        await send({"type": "http.response.body", "body": body})


def document(path: str, make: Callable[[Request], Made], *, timely: bool = False) -> Route:
    """Made once for each state in memory, whatever the query; a *timely* one tells what holds now."""

    async def answer(request: Request) -> Response:
        site = site_of(request)
        slot = int(site.app.now.timestamp()) // SECONDS if timely else None
        return await kept(site, (slot, request.url.path), lambda: Document(make(request)))

    return Route(path, answer, methods=["GET"])


def _published(made: Made) -> Published:
    return Published(
        path=made.name,
        media_type=made.media_type,
        gzipped=gzip.compress(made.body, 6, mtime=0),
        size=len(made.body),
        etag=hashlib.sha256(made.body).hexdigest()[:32],
        signature="",
        modified_at=made.modified_at,
        entries=0,
        left_out=0,
        version=0,
    )
