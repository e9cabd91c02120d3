"""A mail taken apart, within limits: headers, the first parts, their text. What it means is in reports.

The standard library's parser goes down into every part: 1,000 nested ones end in RecursionError, and 300 around a
long text take seconds (measured). Reports need two levels, so this reads no more, in time linear in the mail.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field
from itertools import islice

LARGEST = 1024 * 1024  # bytes of a mail that are read: reports stand before the letter they return
_MOST_PARTS = 20
_LONGEST_HEAD = 128 * 1024
_LONGEST_TEXT = 64 * 1024
_BOUNDARY = re.compile(r'boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n")


@dataclass(frozen=True)
class Part:
    """Headers with their names in lower case, and the bytes below them."""

    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.headers if known == name]

    def one(self, name: str) -> str:
        """The first of that name; nothing when it lacks."""
        return next(iter(self.all(name)), "")

    @property
    def kind(self) -> str:
        """`text/plain`, also where nothing is said."""
        return self.one("content-type").partition(";")[0].strip().lower() or "text/plain"

    @property
    def text(self) -> str:
        """What stands in it, decoded as far as it can be."""
        encoding = self.one("content-transfer-encoding").strip().lower()
        return _decoded(self.body[:_LONGEST_TEXT], encoding).decode("utf-8", "replace")

    @property
    def parts(self) -> list[Part]:
        """The first parts of a multipart; the last may be cut off."""
        named = _BOUNDARY.search(self.one("content-type"))
        if not self.kind.startswith("multipart/") or named is None:
            return []
        boundary = re.escape((named[1] or named[2]).encode())
        lines = re.finditer(rb"^--" + boundary + rb"(--)?[ \t]*\r?$\n?", self.body, re.MULTILINE)
        found = list(islice(lines, _MOST_PARTS + 1))
        ends = [*(line.start() for line in found[1:]), len(self.body)]
        return [
            read(self.body[line.end() : end])
            for line, end in zip(found[:_MOST_PARTS], ends, strict=False)
            if line[1] is None
        ]


def read(content: bytes) -> Part:
    """Anything at all is some mail. A line `From ...` on top, as mail servers give it to a pipe, is left out."""
    if content.startswith(b"From "):
        content = content.partition(b"\n")[2]
    if content.startswith((b"\n", b"\r\n")):
        return Part((), content.lstrip(b"\r\n"))
    blank = _BLANK.search(content)
    head, body = (content[: blank.start()], content[blank.end() :]) if blank else (content, b"")
    return Part(fields(head.decode("utf-8", "replace")), body)


def fields(text: str) -> tuple[tuple[str, str], ...]:
    """`Name: value` lines, folded ones joined; what is none is left out."""
    unfolded = re.sub(r"\r?\n[ \t]+", " ", text[:_LONGEST_HEAD])
    pairs = (line.partition(":") for line in unfolded.splitlines())
    return tuple((name.strip().lower(), value.strip()) for name, colon, value in pairs if colon)


def _decoded(body: bytes, encoding: str) -> bytes:
    try:
        if encoding == "base64":
            return binascii.a2b_base64(body)
        if encoding == "quoted-printable":
            return binascii.a2b_qp(body)
    except binascii.Error:
        pass
    return body
