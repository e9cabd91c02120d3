"""Headers that every response carries (SECURITY S8, S10 to S12). A page that sets one itself keeps its own."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Facts for search engines stand in a <script type="application/ld+json">: a block of data, which browsers never run and
# to which the policy does not apply (HTML, "prepare the script element": an unknown type returns before the policy).
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
TOKEN_PATHS = (
    "/approve/",
    "/confirm/",
    "/unsubscribe/",
    "/preferences/",
    "/devices/",
    "/texts/",
    "/feeds/me/",
    "/feeds/plain/me/",
)

# A page whose address is a secret tells no referrer. Elsewhere a form must tell where it comes from: under
# `no-referrer` browsers send `Origin: null`, which nobody can tell from a stranger's form.
_OPEN = [(b"referrer-policy", b"same-origin")]
_SECRET = [(b"referrer-policy", b"no-referrer"), (b"x-robots-tag", b"noindex"), (b"cache-control", b"no-store")]


def always(base_url: str) -> list[tuple[bytes, bytes]]:
    """For responses of every kind, feeds included."""
    secure = [(b"strict-transport-security", b"max-age=31536000; includeSubDomains")]
    return [(b"x-content-type-options", b"nosniff"), *(secure if base_url.startswith("https:") else [])]


class SecureHeaders:
    """The middleware that adds them to pages."""

    def __init__(self, app: ASGIApp, *, base_url: str) -> None:
        self._app = app
        self._common = [*always(base_url), (b"content-security-policy", POLICY.encode())]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        added = [*self._common, *(_SECRET if scope["path"].startswith(TOKEN_PATHS) else _OPEN)]

        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message["headers"])
                names = {name.lower() for name, _ in given}
                message = {**message, "headers": given + [pair for pair in added if pair[0] not in names]}
            await send(message)

        await self._app(scope, receive, adding)
