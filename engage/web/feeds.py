"""Feeds on the wire, answered before any routing: conditional requests, gzip, HEAD, and jCal for those who prefer it.

Their bytes come from the store. Every response is composed once, when the feed changes; a poll costs a few look-ups.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.types import Scope, Send

from engage.store.feeds import Published
from engage.web.accepting import prefers_jcal
from engage.web.answers import RawHeaders, Ready, Reply, described, joined, reply_to
from engage.web.polls import Polls

# Five minutes: calendar apps ask every few hours, and what must be told sooner is sent (C10).
CACHED = b"public, max-age=300, must-revalidate"
NEGOTIATED = (".ics", ".jcal")  # the address of the first answers with either


class Answer(Ready):
    """A feed as it is served."""

    __slots__ = ("entries", "left_out", "path", "size")

    def __init__(self, published: Published, common: RawHeaders, *, cached: bytes = CACHED) -> None:
        self.path, self.size = published.path, published.size
        self.entries, self.left_out = published.entries, published.left_out
        super().__init__(
            published.gzipped,
            published.size,
            etag=published.etag,
            modified_at=published.modified_at,
            described=described(published.path.replace("/", "-"), published.media_type),
            shared=[
                (b"cache-control", cached),
                (b"vary", b"accept, accept-encoding" if self.path.endswith(NEGOTIATED) else b"accept-encoding"),
                (b"x-robots-tag", b"noindex"),
                *common,
            ],
        )


class Feeds:
    """Every feed by the path of its address. Swapped as a whole, so that a poll sees one state."""

    def __init__(self, common: RawHeaders) -> None:
        self._common = common
        self.answers: Mapping[str, Answer] = {}
        self.by_target: Mapping[bytes, Answer] = {}  # by the path as it stands in a request
        self.polls = Polls()

    def update(self, changed: Iterable[Published], paths: set[str]) -> None:
        """Take in feeds that changed and drop those whose path has vanished; the rest keep their last good bytes."""
        fresh = {f"/feeds/{feed.path}": Answer(feed, self._common) for feed in changed}
        kept = {f"/feeds/{path}" for path in paths}
        self.answers = {path: answer for path, answer in {**self.answers, **fresh}.items() if path in kept}
        self.by_target = {path.encode(): answer for path, answer in self.answers.items()}

    def find(self, path: str) -> Answer | None:
        """The answer for a feed's path as the store writes it ("all.ics")."""
        return self.answers.get(f"/feeds/{path}")

    def _as_jcal(self, answer: Answer) -> Answer:
        """The same feed as jCal where it is published so; asked for under the address that everybody knows (C73)."""
        return (answer.path.endswith(".ics") and self.find(f"{answer.path[:-4]}.jcal")) or answer

    async def answer(self, answer: Answer, scope: Scope, send: Send) -> int:
        """Send the response and return its status."""
        head, body = self.reply(answer, joined(scope["headers"]), is_head=scope["method"] == "HEAD")
        await send(head.start)
        await send({"type": "http.response.body", "body": body})
        return head.status

    def reply(self, answer: Answer, headers: Mapping[bytes, bytes], *, is_head: bool) -> Reply:
        """What these request headers, in small letters, are answered with; counts the poll."""
        accept = headers.get(b"accept")
        if accept and prefers_jcal(accept):
            answer = self._as_jcal(answer)
        found = reply_to(answer, headers, is_head=is_head)
        self.polls.count(answer.path, headers.get(b"user-agent", b""), found[0].status)
        return found
