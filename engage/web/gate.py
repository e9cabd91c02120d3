"""The outermost ASGI function: feeds before everything else, then pages; what is made for a request is in the log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from time import perf_counter

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engage.web import public
from engage.web.answers import Reply, reply_to
from engage.web.hosts import Hosts
from engage.web.site import Site

SAMPLED = 100  # one line for so many feed polls and pages from memory; all of them are counted in /metrics
LONGEST = 200  # characters of a path in the log
SECRET = re.compile(
    r"(/+(?:approve|confirm|unsubscribe|preferences|texts|devices|feeds/+(?:\w+/+)?me)/+).*", re.IGNORECASE | re.DOTALL
)

log = structlog.get_logger("engage.web")


class Gate:
    """*snapshot* is started and stopped by the pages' lifespan."""

    def __init__(self, pages: ASGIApp, *, site: Site, hosts: Hosts) -> None:
        self.site, self.snapshot = site, site.snapshot
        self._pages, self._feeds, self._hosts = pages, site.snapshot.feeds, hosts
        self._polls = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._pages(scope, receive, send)
            return
        started = perf_counter()
        found = self._feeds.answers.get(scope["path"])
        if found is not None and scope["method"] in {"GET", "HEAD"} and self._hosts.is_ours(scope):
            status = await self._feeds.answer(found, scope, send)
            if self._is_sampled():
                _said(scope["method"], scope["path"], status, started, sampled=SAMPLED)
            return
        await self._page(scope, receive, send, started)

    def poll(
        self, target: bytes, headers: Mapping[bytes, bytes], client: tuple[str, int] | None, *, is_head: bool
    ) -> Reply | None:
        """The reply to a GET or HEAD of a public feed or of a page that is kept; None for all else.

        It is for a server that writes it itself. *target* is the path as requested, *headers* are by name in small
        letters, none of them sent twice.
        """
        if not self._hosts.names_us(headers.get(b"host", b""), client):
            return None
        started = perf_counter()
        if (feed := self._feeds.by_target.get(target)) is not None:
            reply = self._feeds.reply(feed, headers, is_head=is_head)
        elif (page := public.find(self.site, target, headers, client)) is not None:
            reply = reply_to(page, headers, is_head=is_head)
            self.site.memory.answered[reply[0].status] += 1
        else:
            return None
        if self._is_sampled():
            path = target.partition(b"?")[0].decode("latin-1")
            _said("HEAD" if is_head else "GET", path, reply[0].status, started, sampled=SAMPLED)
        return reply

    def _is_sampled(self) -> bool:
        """Counts what costs less than its line, and says whether it is one for the log."""
        self._polls += 1
        return self._polls % SAMPLED == 1

    async def _page(self, scope: Scope, receive: Receive, send: Send, started: float) -> None:
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._pages(scope, receive, noting)
        finally:
            _said(scope["method"], scope["path"], status, started)


def _said(method: str, path: str, status: int, started: float, **more: int) -> None:
    ms = round((perf_counter() - started) * 1000, 1)
    log.info("request answered", method=method, path=masked(path), status=status, ms=ms, **more)


def masked(path: str) -> str:
    """The path as the log may hold it: `[token]` for what follows a token's place (SECURITY S9), no controls (S35)."""
    shown = SECRET.sub(lambda found: f"{found[1].lower()}[token]", path[:LONGEST])
    return "".join(c if c.isprintable() else "?" for c in shown)
