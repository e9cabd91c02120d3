"""Asking a server, bounded in time, size and where it may lead. What the answers mean is in transport.

httpx2's own timeouts begin anew with every byte that trickles in, so one deadline stands around everything.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx2

from engage.errors import NotNow
from engage.networks import is_public

PATIENCE = 20.0  # seconds for all requests together
MOST_BYTES = 20_000_000  # of a body, after decompression
MOST_HOPS = 5
AGENT = "engage-feed-lint/1"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back after redirects; *hops* are the statuses of these. A body may have broken off."""

    url: str
    status: int
    headers: httpx2.Headers
    body: bytes
    is_whole: bool = True
    hops: tuple[int, ...] = ()

    def header(self, name: str) -> str:
        return str(self.headers.get(name, "")).strip()


def address_of(url: str, relative_to: str = "") -> str:
    """The http address of what a person copied or a server sent; NotNow for what cannot be fetched."""
    try:
        parts = urlsplit(urljoin(relative_to, url.strip()))
        scheme = {"webcal": "https", "webcals": "https"}.get(parts.scheme, parts.scheme)
        if scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts._replace(scheme=scheme).geturl()
    except ValueError:  # half an IPv6 address, a port beyond all ports
        pass
    raise NotNow(f"{url[:200]!r} cannot be fetched: an address begins with http://, https:// or webcal:// and a host.")


async def ask(
    client: httpx2.AsyncClient, url: str, *, method: str = "GET", accept: str | None = "*/*", **headers: str
) -> Answer:
    """Follow redirects by hand; a public address never leads to a private one. Raises NotNow in a sentence."""
    hops: list[int] = []
    began_private = not await _is_public(url)
    while True:
        answer = await _once(client, url, method, accept, {n.replace("_", "-"): v for n, v in headers.items()})
        location = answer.header("location")
        if answer.status not in (301, 302, 303, 307, 308) or not location:
            return Answer(**{**vars(answer), "hops": tuple(hops)})
        hops.append(answer.status)
        url = address_of(location, url)
        if len(hops) > MOST_HOPS:
            raise NotNow(f"The address redirects more than {MOST_HOPS} times. Look at where it leads.")
        if not began_private and not await _is_public(url):
            raise NotNow(
                "The address redirects from the public internet into a private network, so it was not followed."
            )


async def _once(
    client: httpx2.AsyncClient, url: str, method: str, accept: str | None, headers: dict[str, str]
) -> Answer:
    try:
        request = client.build_request(method, url, headers={"User-Agent": AGENT, **headers})
        if accept is None:
            request.headers.pop("accept", None)
        else:
            request.headers["accept"] = accept
        response = await client.send(request, stream=True)
        try:
            body, is_whole = await _body(response)
        finally:
            await response.aclose()
    except httpx2.HTTPError as error:
        raise NotNow(f"{urlsplit(url).hostname} could not be asked: {_reason(error)}.") from error
    except (httpx2.InvalidURL, UnicodeError, ValueError) as error:
        raise NotNow(f"{url[:200]} is not an address that can be fetched ({error}).") from error
    return Answer(url=url, status=response.status_code, headers=response.headers, body=body, is_whole=is_whole)


async def _body(response: httpx2.Response) -> tuple[bytes, bool]:
    """Decompressed in steps of at most 1 MiB, so that a small bomb stays small."""
    parts, size = [], 0
    try:
        async for part in response.aiter_bytes():
            parts.append(part[: MOST_BYTES - size])
            size += len(part)
            if size >= MOST_BYTES:
                break
    except (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.DecodingError):
        return b"".join(parts), False
    return b"".join(parts), True


async def _is_public(url: str) -> bool:
    """Whether every address of the host is one of the public internet; a host without one is asked all the same."""
    try:
        parts = urlsplit(url)
        return await asyncio.to_thread(is_public, parts.hostname, parts.port or 443)
    except (OSError, UnicodeError, ValueError):
        return True


def _reason(error: httpx2.HTTPError) -> str:
    match error:
        case httpx2.TimeoutException():
            return "it did not answer in time"
        case httpx2.ConnectError():
            return f"no connection ({error or 'refused'})"
        case _:
            return str(error) or "it broke off the connection"
