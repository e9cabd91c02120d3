"""How a server hands out a feed: a visit of about ten requests, as calendar apps make them, and what it shows.

Imported only for URLs, because it brings an HTTP client with it. The checks are in answers and conditions.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from urllib.parse import urljoin

import httpx2

from engage.errors import NotNow
from engage.feeds.lint import answers, conditions, fetching
from engage.feeds.lint.fetching import Answer, address_of, ask
from engage.feeds.lint.findings import Finding
from engage.feeds.lint.visits import Visit

CHECKS = (*answers.CHECKS, *conditions.CHECKS)

THUNDERBIRD = "text/calendar,text/plain;q=0.8,*/*;q=0.5"
PLAIN = {"Accept_Encoding": "identity"}


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """The body of the first answer, and what the answers showed."""

    body: bytes
    findings: list[Finding] = field(default_factory=list)


def fetch(url: str) -> Fetched:
    """Visit the address. Raises NotNow when no feed can be had at all."""
    return asyncio.run(_fetch(url))


async def _fetch(url: str) -> Fetched:
    visit = await _visit(url)
    return Fetched(body=visit.first.body, findings=[finding for check in CHECKS for finding in check(visit)])


async def _visit(url: str) -> Visit:
    ends = asyncio.get_running_loop().time() + fetching.PATIENCE
    async with httpx2.AsyncClient(timeout=fetching.PATIENCE, follow_redirects=False) as client:
        try:
            async with asyncio.timeout_at(ends):
                first = await ask(client, address_of(url), **PLAIN)
        except TimeoutError as late:
            raise NotNow(f"The feed did not arrive within {fetching.PATIENCE:g} seconds.") from late
        if not 200 <= first.status < 300:
            raise NotNow(f"The server answered {first.status} instead of a feed. Look at the address.")
        visit = Visit(asked=url, first=first)
        if len(first.body) >= fetching.MOST_BYTES:
            return visit  # nothing is gained by fetching such a body ten times
        try:
            async with asyncio.timeout_at(ends):
                await _probe(client, visit)
        except TimeoutError:
            visit.is_late = True
    return visit


async def _probe(client: httpx2.AsyncClient, visit: Visit) -> None:
    """The requests of different apps, one after the other. What fails stays unanswered."""
    url, tag, modified = visit.first.url, visit.first.header("etag"), visit.first.header("last-modified")
    visit.again = await _try(client, visit, url, accept=None, **PLAIN)
    visit.zipped = await _try(client, visit, url, accept=THUNDERBIRD, Accept_Encoding="gzip")
    visit.head = await _try(client, visit, url, method="HEAD", **PLAIN)
    if tag:
        visit.known["its own tag"] = await _try(client, visit, url, If_None_Match=tag, **PLAIN)
        if visit.known["its own tag"] and visit.known["its own tag"].status == 304:
            bare = tag.removeprefix("W/")
            for what, form in (("a list", f'"other", {bare}'), ("a weak tag", f"W/{bare}"), ("a star", "*")):
                visit.known[what] = await _try(client, visit, url, If_None_Match=form, **PLAIN)
    if modified:
        visit.since = await _try(client, visit, url, If_Modified_Since=modified, **PLAIN)
    visit.robots = await _try(client, visit, urljoin(url, "/robots.txt"))


async def _try(
    client: httpx2.AsyncClient,
    visit: Visit,
    url: str,
    *,
    method: str = "GET",
    accept: str | None = "*/*",
    **headers: str,
) -> Answer | None:
    """None when nothing came back, or when the server asks us to slow down, which says nothing about the feed."""
    try:
        answer = await ask(client, url, method=method, accept=accept, **headers)
    except NotNow as broken:
        visit.broken.append(f"{method} {', '.join(headers)}: {broken}")
        return None
    return None if answer.status in (429, 503) else answer
