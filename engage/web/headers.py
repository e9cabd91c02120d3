"""Headers that every response carries (SECURITY S8, S10 to S12). A page that sets one itself keeps its own."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Facts for search engines stand in a <script type="application/ld+json">: a block of data, which browsers never run and
# to which the policy does not apply (HTML, "prepare the script element": an unknown type returns before the policy).
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
# Where an address is a secret. Robots are asked to keep away from the pages; feeds they must be let read (FEEDS C14).
TOKEN_PAGES = ("/approve/", "/confirm/", "/unsubscribe/", "/preferences/", "/devices/", "/texts/")
TOKEN_PATHS = (*TOKEN_PAGES, "/feeds/me/", "/feeds/plain/me/")

# A page whose address is a secret tells no referrer. Elsewhere a form must tell where it comes from: under
# `no-referrer` browsers send `Origin: null`, which nobody can tell from a stranger's form.
_POLICY = (b"content-security-policy", POLICY.encode())
_OPEN = [(b"referrer-policy", b"same-origin")]
_SECRET = [(b"referrer-policy", b"no-referrer"), (b"x-robots-tag", b"noindex"), (b"cache-control", b"no-store")]


def always(base_url: str) -> list[tuple[bytes, bytes]]:
    """For responses of every kind, feeds included."""
    secure = [(b"strict-transport-security", b"max-age=31536000; includeSubDomains")]
    return [(b"x-content-type-options", b"nosniff"), *(secure if base_url.startswith("https:") else [])]


def secured(given: Iterable[tuple[bytes, bytes]], path: str, base_url: str) -> list[tuple[bytes, bytes]]:
    """A response's headers with ours; a page that sets one itself keeps its own."""
    given = list(given)
    names = {name.lower() for name, _ in given}
    ours = [*always(base_url), _POLICY, *(_SECRET if path.startswith(TOKEN_PATHS) else _OPEN)]
    return given + [pair for pair in ours if pair[0] not in names]


class SecureHeaders:
    """The middleware that adds them to pages."""

    def __init__(self, app: ASGIApp, *, base_url: str) -> None:
        self._app, self._base_url = app, base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": secured(message["headers"], scope["path"], self._base_url)}
            await send(message)

        await self._app(scope, receive, adding)
