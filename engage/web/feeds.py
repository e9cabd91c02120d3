"""Feeds on the wire, answered before any routing: conditional requests, gzip, HEAD, and jCal for those who prefer it.

Their bytes come from the store. Every response is composed once, when the feed changes; a poll costs a few look-ups.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from email.utils import format_datetime, parsedate_to_datetime

from starlette.types import Message, Scope, Send

from engage.store.feeds import Published
from engage.web.accepting import prefers_jcal, takes_gzip
from engage.web.polls import Polls

# Five minutes: calendar apps ask every few hours, and what must be told sooner is sent (C10).
CACHED = b"public, max-age=300, must-revalidate"
NEGOTIATED = (".ics", ".jcal")  # the address of the first answers with either
RawHeaders = list[tuple[bytes, bytes]]


class Head:
    """The start of a response, for ASGI and as it stands on the wire (RFC 9112), without its Date."""

    __slots__ = ("raw", "start", "status")

    def __init__(self, status: int, headers: RawHeaders) -> None:
        self.status = status
        self.start: Message = {"type": "http.response.start", "status": status, "headers": headers}
        self.raw = b"".join(b"%s: %s\r\n" % pair for pair in headers)


Reply = tuple[Head, bytes]


class Answer:
    """One feed with its responses ready; index 1 of each pair is the gzip coding, whose ETag carries `-gzip` (C11)."""

    __slots__ = (
        "_gzipped", "_modified", "_modified_at", "_starts", "_unchanged", "entries", "left_out", "path", "size", "tags"
    )  # fmt: skip

    def __init__(self, published: Published, common: RawHeaders, *, cached: bytes = CACHED) -> None:
        self.path, self.size = published.path, published.size
        self.entries, self.left_out = published.entries, published.left_out
        self.tags = (f'"{published.etag}"'.encode(), f'"{published.etag}-gzip"'.encode())
        self._modified_at = published.modified_at.replace(microsecond=0)
        self._modified = format_datetime(self._modified_at, usegmt=True).encode()
        self._gzipped = published.gzipped
        shared = [
            (b"last-modified", self._modified),
            (b"cache-control", cached),
            (b"vary", b"accept, accept-encoding" if self.path.endswith(NEGOTIATED) else b"accept-encoding"),
            (b"x-robots-tag", b"noindex"),
            *common,
        ]
        name = published.path.replace("/", "-")
        described = [
            (b"content-type", published.media_type.encode()),
            (b"content-disposition", f'inline; filename="{name}"'.encode()),
        ]
        self._unchanged = tuple(Head(304, [(b"etag", tag), *shared]) for tag in self.tags)
        self._starts = tuple(
            Head(200, [*described, *coding, (b"content-length", b"%d" % length), (b"etag", tag), *shared])
            for tag, length, coding in zip(
                self.tags,
                (published.size, len(published.gzipped)),
                ([], [(b"content-encoding", b"gzip")]),
                strict=True,
            )
        )

    def choose(self, none_match: bytes, since: bytes, encoding: bytes, *, head: bool) -> Reply:
        """The head and the body of the response to these header values; empty ones were not sent."""
        coding = takes_gzip(encoding) if encoding else 0
        if none_match:
            match = self._match(none_match, coding)
            if match is not None:
                return self._unchanged[match], b""
        elif since and (since == self._modified or self._is_since(since)):
            return self._unchanged[coding], b""
        return self._starts[coding], b"" if head else self._body(coding)

    def _body(self, coding: int) -> bytes:
        """Nearly every app takes gzip, so the plain bytes are not kept: that would cost ten times the memory."""
        return self._gzipped if coding else gzip.decompress(self._gzipped)

    def _match(self, none_match: bytes, coding: int) -> int | None:
        """Which of our two tags the client holds, the one it would get first; weak comparison (RFC 9110 13.1.2)."""
        if none_match == self.tags[coding]:
            return coding
        given = {part.strip().removeprefix(b"W/") for part in none_match.split(b",")}
        if b"*" in given:
            return coding
        return next((index for index in (coding, 1 - coding) if self.tags[index] in given), None)

    def _is_since(self, since: bytes) -> bool:
        try:
            given = parsedate_to_datetime(since.decode("ascii"))
        except (ValueError, TypeError, OverflowError):  # not a date: the header is ignored (RFC 9110 13.1.3)
            return False
        return given.tzinfo is not None and self._modified_at <= given


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
        given = headers.get
        accept = given(b"accept")
        if accept and prefers_jcal(accept):
            answer = self._as_jcal(answer)
        found = answer.choose(
            given(b"if-none-match", b""), given(b"if-modified-since", b""), given(b"accept-encoding", b""), head=is_head
        )
        self.polls.count(answer.path, given(b"user-agent", b""), found[0].status)
        return found


def joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers by name; one that comes several times is one list (RFC 9110 section 5.3)."""
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        found[name] = b"%s,%s" % (found[name], value) if name in found else value
    return found
