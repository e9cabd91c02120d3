"""Answers kept ready: composed once, so that serving one costs a few look-ups. Conditional requests, gzip, HEAD."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from typing import Protocol

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from engage.web.accepting import takes_gzip

RawHeaders = list[tuple[bytes, bytes]]
GZIP = (b"content-encoding", b"gzip")


class Head:
    """The start of a response, for ASGI and as it stands on the wire (RFC 9112), without its Date."""

    __slots__ = ("raw", "start", "status")

    def __init__(self, status: int, headers: RawHeaders) -> None:
        self.status = status
        self.start: Message = {"type": "http.response.start", "status": status, "headers": headers}
        self.raw = b"".join(b"%s: %s\r\n" % pair for pair in headers)


Reply = tuple[Head, bytes]


class Answering(Protocol):
    """What can be answered at once, whoever asks."""

    def choose(self, none_match: bytes, since: bytes, encoding: bytes, *, head: bool) -> Reply:
        """The head and the body of the response to these header values; empty ones were not sent."""


class Ready:
    """One representation with its responses; index 1 of each pair is the gzip coding, whose ETag carries `-gzip` (C11).

    *described* are headers of the content, *shared* stand in a 304 as well. Without *etag* nothing is conditional.
    """

    __slots__ = ("_gzipped", "_modified", "_modified_at", "_starts", "_unchanged", "tags")

    def __init__(
        self,
        gzipped: bytes,
        size: int,
        *,
        described: RawHeaders,
        shared: RawHeaders,
        etag: str | None = None,
        modified_at: datetime | None = None,
    ) -> None:
        self._gzipped = gzipped
        self.tags = (f'"{etag}"'.encode(), f'"{etag}-gzip"'.encode()) if etag else ()
        self._modified_at = modified_at.replace(microsecond=0) if modified_at else None
        self._modified = format_datetime(self._modified_at, usegmt=True).encode() if self._modified_at else b""
        shared = [*([(b"last-modified", self._modified)] if self._modified else []), *shared]
        self._unchanged = tuple(Head(304, [(b"etag", tag), *shared]) for tag in self.tags)
        self._starts = tuple(
            Head(
                200,
                [
                    *described,
                    *([GZIP] if coding else []),
                    (b"content-length", b"%d" % length),
                    *([(b"etag", self.tags[coding])] if self.tags else []),
                    *shared,
                ],
            )
            for coding, length in enumerate((size, len(gzipped)))
        )

    def choose(self, none_match: bytes, since: bytes, encoding: bytes, *, head: bool) -> Reply:
        coding = takes_gzip(encoding) if encoding else 0
        if self.tags and none_match:
            match = self._match(none_match, coding)
            if match is not None:
                return self._unchanged[match], b""
        elif self.tags and since and (since == self._modified or self._is_since(since)):
            return self._unchanged[coding], b""
        return self._starts[coding], b"" if head else self._body(coding)

    def _body(self, coding: int) -> bytes:
        """Nearly everybody takes gzip, so the plain bytes are not kept: that would cost ten times the memory."""
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
        if self._modified_at is None:
            return False
        try:
            given = parsedate_to_datetime(since.decode("ascii"))
        except (ValueError, TypeError, OverflowError):  # not a date: the header is ignored (RFC 9110 13.1.3)
            return False
        return given.tzinfo is not None and self._modified_at <= given


def described(name: str, media_type: str) -> RawHeaders:
    """What a file is, under the name by which it would be saved."""
    disposition = f'inline; filename="{name}"'
    return [(b"content-type", media_type.encode()), (b"content-disposition", disposition.encode())]


class Filled:
    """A page that differs from reader to reader by one word, which takes the place of *blank* as it is sent.

    The word is of the second, so that the page is packed once a second at most.
    """

    def __init__(self, body: bytes, headers: RawHeaders, *, blank: bytes, fill: Callable[[], bytes]) -> None:
        self._body, self._headers, self._blank, self._fill = body, headers, blank, fill
        self._last: tuple[bytes, Ready] | None = None

    def choose(self, none_match: bytes, since: bytes, encoding: bytes, *, head: bool) -> Reply:
        word, last = self._fill(), self._last
        if last is None or last[0] != word:
            body = self._body.replace(self._blank, word)
            last = self._last = word, Ready(packed(body), len(body), described=self._headers, shared=[])
        return last[1].choose(none_match, since, encoding, head=head)


class Chosen(Response):
    """An answer as a page of Starlette sends it."""

    def __init__(self, answer: Answering) -> None:
        super().__init__()
        self.answer = answer

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        head, body = reply_to(self.answer, joined(scope["headers"]), is_head=scope["method"] == "HEAD")
        await send(head.start)
        await send({"type": "http.response.body", "body": body})


def reply_to(answer: Answering, headers: Mapping[bytes, bytes], *, is_head: bool) -> Reply:
    """What these request headers, in small letters, are answered with."""
    given = headers.get
    return answer.choose(
        given(b"if-none-match", b""), given(b"if-modified-since", b""), given(b"accept-encoding", b""), head=is_head
    )


def joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers by name; one that comes several times is one list (RFC 9110 section 5.3)."""
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        found[name] = b"%s,%s" % (found[name], value) if name in found else value
    return found


def tag_of(body: bytes) -> str:
    """The ETag of these bytes, unquoted."""
    return sha256(body).hexdigest()[:32]


def packed(body: bytes) -> bytes:
    """Compressed while somebody waits: level 3 takes a third of the time of level 6 and a tenth more bytes."""
    return gzip.compress(body, 3, mtime=0)
