"""A mail as bytes: built once per notice version, filled per person. Transport is in smtp.

A skeleton is constants and slots, already in their transfer encoding, so that a fill costs a few string operations and
a value can never become structure. `email.message` is not used to write: on Python 3.11 it lets an encoded word inject
a header (CVE-2024-6923) and encodes long List-Unsubscribe URLs, which costs the one-click button.
"""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.utils import format_datetime
from html import escape

import css_inline

from engage.channels.base import ADDRESS
from engage.domain import slots

LONGEST_LINE = 998  # RFC 5322 2.1.1, without CRLF
LONGEST_SUBJECT = 200
CLIPPED_ABOVE = 100 * 1024  # Gmail hides what follows

_IN_HEADER = {
    "to": ADDRESS,
    "message_id": re.compile(r"<[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9.-]+>"),
    "unsubscribe_url": re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'*+;=%\[\]-]{1,900}"),
}
_SAMPLE = {
    "to": "ada@example.org",
    "message_id": "<1@example.org>",
    "unsubscribe_url": "https://example.org/u",
}
_PLAIN = re.compile(r"[ -~]*")
_UNCHANGED = re.compile(r"[ -<>-~]*[!-<>-~]")  # by quoted-printable: no =, nothing beyond ASCII, no space at the end
_LIST_ID = re.compile(r"[a-z0-9.-]{1,200}")


@dataclass(frozen=True, kw_only=True)
class Headings:
    """What the headers say. With a *list_id* it is subscription mail with one-click unsubscribe (RFC 8058, 2919).

    *boundary* is letters, digits and hyphens, the same for the same notice version, so that retries are identical.
    *url* is where the notice leads, for channels that show it apart from the text; a mail has it in its text.
    """

    from_name: str
    from_address: str
    date: datetime
    boundary: str
    list_id: str | None = None
    url: str = ""


Encoder = Callable[[str, str], bytes]


@dataclass(frozen=True)
class Skeleton:
    """*constants* with empty gaps; *places* says which value goes into which gaps, and how it is encoded there.

    *last*, by place: the value of the mail before and its encoding, for what is the same in many of them.
    """

    constants: tuple[bytes, ...]
    places: tuple[tuple[str, Encoder, tuple[int, ...]], ...]
    last: dict[int, tuple[str, bytes]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def fill(self, values: Mapping[str, str]) -> bytes:
        """The mail of one person. Raises ValueError when a value may not stand in a header, KeyError when one lacks."""
        parts = list(self.constants)
        for place, (name, encode, gaps) in enumerate(self.places):
            value = values[name]
            known, encoded = self.last.get(place, (None, b""))
            if value != known:
                encoded = encode(name, value)
                self.last[place] = value, encoded
            for gap in gaps:
                parts[gap] = encoded
        return b"".join(parts)

    @property
    def needs(self) -> frozenset[str]:
        """The names `fill` must be given."""
        return frozenset(name for name, _, _ in self.places)

    @property
    def size(self) -> int:
        """Bytes before filling; above CLIPPED_ABOVE some readers hide the end."""
        return sum(map(len, self.constants))


def compose(render: Callable[[str], str], headings: Headings) -> Skeleton:
    """A notice as a mail; *render* yields its parts."""
    return build(render("subject.txt"), render("long.txt"), render("long.html"), headings)


def build(subject: str, text: str, html: str, headings: Headings) -> Skeleton:
    """A multipart/alternative mail; *text* and *html* are rendered templates with slot tokens.

    Raises ValueError when the result would have other headers than intended, or a line too long (SECURITY S26, S27).
    """
    if not re.fullmatch(r"[A-Za-z0-9-]{1,60}", headings.boundary):
        raise ValueError("A boundary is 1 to 60 letters, digits and hyphens.")
    if slots.split(subject)[1]:
        raise ValueError("A subject is the same for everybody and has no slots.")
    boundary = f"=_engage_{headings.boundary}".encode()  # "=_" cannot occur in quoted-printable
    draft = _Draft()
    names = _write_headers(draft, subject, headings)
    draft.add(b'Content-Type: multipart/alternative; boundary="%s"\r\n\r\n' % boundary)
    _write_part(draft, boundary, b"plain", text, _text_value)
    _write_part(draft, boundary, b"html", inlined(html), _html_value)
    draft.add(b"--%s--\r\n" % boundary)
    skeleton = draft.finish()
    _check(skeleton, [*names, "Content-Type"])
    return skeleton


def inlined(html: str) -> str:
    """The page with its rules as style attributes, which mail readers need; at-rules stay, for dark mode."""
    return css_inline.inline(html, keep_at_rules=True, load_remote_stylesheets=False)


class _Draft:
    """Collects constants and gaps; neighbouring constants become one."""

    def __init__(self) -> None:
        self._constants: list[bytes] = [b""]
        self._gaps: dict[tuple[str, Encoder], list[int]] = {}

    def add(self, constant: bytes) -> None:
        self._constants[-1] += constant

    def gap(self, name: str, encode: Encoder) -> None:
        self._gaps.setdefault((name, encode), []).append(len(self._constants))
        self._constants += [b"", b""]

    def finish(self) -> Skeleton:
        places = tuple((name, encode, tuple(gaps)) for (name, encode), gaps in self._gaps.items())
        return Skeleton(tuple(self._constants), places)


def _write_headers(draft: _Draft, subject: str, headings: Headings) -> list[str]:
    """Write them and return their names in order."""
    if not _fits(ADDRESS, headings.from_address):
        raise ValueError("The address messages come from (ENGAGE_MAIL_FROM) is not a plain e-mail address.")
    lines: list[tuple[str, bytes | str]] = [
        ("From", _phrase(headings.from_name) + b" <%s>" % headings.from_address.encode()),
        ("To", "to"),
        ("Subject", _unstructured(subject)),
        ("Date", format_datetime(headings.date).encode()),
        ("Message-ID", "message_id"),
        ("MIME-Version", b"1.0"),
        ("Auto-Submitted", b"auto-generated"),
    ]
    if headings.list_id is not None:
        if not _LIST_ID.fullmatch(headings.list_id):
            raise ValueError("A list id is written like a host name.")
        lines += [
            ("List-Id", b"<%s>" % headings.list_id.encode()),
            ("List-Unsubscribe", "unsubscribe_url"),
            ("List-Unsubscribe-Post", b"List-Unsubscribe=One-Click"),
        ]
    for name, value in lines:
        before, after = (b"<", b">") if value == "unsubscribe_url" else (b"", b"")
        draft.add(name.encode() + b": " + before)
        if isinstance(value, str):
            draft.gap(value, _header_value)
        else:
            draft.add(value)
        draft.add(after + b"\r\n")
    return [name for name, _ in lines]


def _write_part(draft: _Draft, boundary: bytes, subtype: bytes, content: str, encode: Encoder) -> None:
    """One body part; soft line breaks (`=` at the line's end) set slots apart from the words around them."""
    draft.add(b'--%s\r\nContent-Type: text/%s; charset="utf-8"\r\n' % (boundary, subtype))
    draft.add(b"Content-Transfer-Encoding: quoted-printable\r\n\r\n")
    constants, names = slots.split(content.replace("\r\n", "\n").replace("\r", "\n"))
    draft.add(_quoted_lines(constants[0]))
    at_start = not constants[0] or constants[0].endswith("\n")
    for name, after in zip(names, constants[1:], strict=True):
        draft.add(b"" if at_start else b"=\r\n")
        draft.gap(name, encode)
        draft.add((b"" if not after or after.startswith("\n") else b"=\r\n") + _quoted_lines(after))
        at_start = after.endswith("\n")
    draft.add(b"\r\n")


def _quoted_lines(text: str) -> bytes:
    return _closable(b2a_qp(text.encode(), istext=True).replace(b"\n", b"\r\n"))


def _quoted(text: str) -> bytes:
    """A value in quoted-printable, its own line ends encoded as what they are.

    Line by line, because b2a_qp lets a line grow to 77 before a line end even where it encodes that. What is the same
    in quoted-printable is only cut to length: nearly every value, and three times as fast.
    """
    if _UNCHANGED.fullmatch(text):
        plain = text.encode()
        return b"=\r\n".join([plain[i : i + 75] for i in range(0, len(plain), 75)]) if len(plain) > 75 else plain
    lines = [_closable(b2a_qp(line, istext=False).replace(b"\n", b"\r\n")) for line in text.encode().split(b"\n")]
    return b"=\r\n=0A=\r\n".join(lines)


def _closable(encoded: bytes) -> bytes:
    """b2a_qp fills its last line to 76 when nothing follows; here a soft break may (RFC 2045 6.7)."""
    if len(encoded) < 76 or len(encoded) - encoded.rfind(b"\n") - 1 < 76:
        return encoded
    return encoded[:-1] + b"=\r\n" + encoded[-1:]


def _text_value(_name: str, value: str) -> bytes:
    return _quoted(value)


def _html_value(_name: str, value: str) -> bytes:
    return _quoted(escape(value))


def _header_value(name: str, value: str) -> bytes:
    if not _fits(_IN_HEADER[name], value):
        raise ValueError(f"The value for {name} may not stand in a mail header.")
    return value.encode("ascii")


def _fits(pattern: re.Pattern[str], value: str) -> bool:
    return pattern.fullmatch(value) is not None and "=?" not in value and len(value) <= LONGEST_LINE - 80


def _unstructured(text: str) -> bytes:
    """A subject in one line; anything but plain ASCII, and anything that looks encoded, goes in encoded words."""
    line = " ".join(text.split())
    if len(line) > LONGEST_SUBJECT:
        line = line[: LONGEST_SUBJECT - 1].rstrip() + "…"
    return line.encode() if _PLAIN.fullmatch(line) and "=?" not in line else _encoded_words(line)


def _phrase(text: str) -> bytes:
    """A display name: quoted when plain ASCII, else in encoded words (RFC 2047 5.3)."""
    line = " ".join(text.split())
    if _PLAIN.fullmatch(line) and "=?" not in line:
        return b'"%s"' % re.sub(r'(["\\])', r"\\\1", line).encode()
    return _encoded_words(line)


def _encoded_words(line: str) -> bytes:
    """`=?utf-8?b?...?=` words of at most 64 characters, each of whole characters, one per folded line."""
    chunks: list[bytes] = [b""]
    for character in line:
        encoded = character.encode()
        if len(chunks[-1]) + len(encoded) > 39:
            chunks.append(b"")
        chunks[-1] += encoded
    return b"\r\n ".join(b"=?utf-8?b?%s?=" % b64encode(chunk) for chunk in chunks)


def _check(skeleton: Skeleton, names: list[str]) -> None:
    sample = skeleton.fill({name: _SAMPLE.get(name, "x") for name in skeleton.needs})
    if message_from_bytes(sample).keys() != names:
        raise ValueError("The mail would carry other headers than intended.")
    if re.search(rb"\r(?!\n)|(?<!\r)\n", sample) or any(len(line) > LONGEST_LINE for line in sample.split(b"\r\n")):
        raise ValueError("The mail would carry a bare line end or a line that is too long.")
