"""The bytes and physical lines of a feed: encoding, line ends, folding, control characters (C03 to C06, C68).

Searches run over the whole body at once, so that neither a line of 5 MB nor a million lines are slow.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator

from engage.feeds.lint.findings import Finding, problem, warning

LONGEST = 75  # octets of a physical line, without its CRLF
MOST = 1_000  # hits of one search; more would only be counted

_FOLD = re.compile(rb"\r?\n[ \t]")
_BARE_LF = re.compile(rb"(?<!\r)\n")
_BARE_CR = re.compile(rb"\r(?!\n)")
_LONG = re.compile(rb"^[^\r\n]{%d,}" % (LONGEST + 1), re.MULTILINE)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HIGH_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")
_CUT_CHARACTER = re.compile(rb"[\x80-\xff]\r?\n[ \t][\x80-\xbf]")
_CUT_ESCAPE = re.compile(rb"\\\r?\n[ \t][\\;,nN]")
_BLANK = re.compile(rb"(?:(?<=\n)|\A)\r?\n(?=.)", re.DOTALL)


def check_lines(body: bytes) -> Iterator[Finding]:
    """Everything that is wrong with the bytes, whatever they say."""
    for check in CHECKS:
        yield from check(body)


def _mark(body: bytes) -> Iterator[Finding]:
    if body.startswith(codecs.BOM_UTF8):
        yield problem("C03", 1, "A byte-order mark stands before BEGIN:VCALENDAR. Save as UTF-8 without a mark (BOM).")


def _encoding(body: bytes) -> Iterator[Finding]:
    """A fold inside a character is C05 and leaves the encoding right, so folds are taken out first."""
    try:
        _FOLD.sub(b"", body).decode()
    except UnicodeDecodeError as error:
        told = "This byte is not UTF-8 (perhaps it is Latin-1 or Windows-1252): write the feed as UTF-8."
        yield problem("C03", _number(body, _with_folds(body, error.start)), told)


def _ends(body: bytes) -> Iterator[Finding]:
    if not body:
        return
    bare = _BARE_LF.search(body)
    if b"\n" not in body and b"\r" in body:
        yield problem("C04", 1, "Lines end in CR alone. End every line with CRLF.")
    elif bare is not None and b"\r\n" not in body:
        yield problem("C04", 1, "Lines end in LF alone. End every line with CRLF (\\r\\n), as RFC 5545 demands.")
    elif bare is not None:
        others = body.count(b"\n") - body.count(b"\r\n") - 1
        told = f" ({others:,} more lines do)" if others else ""
        yield problem(
            "C04", _number(body, bare.start()), f"This line ends in LF alone{told}. End every line with CRLF."
        )
    if not body.endswith((b"\n", b"\r")):
        yield problem("C04", body.count(b"\n") + 1, "The last line has no end. End it with CRLF too.")


def _long(body: bytes) -> Iterator[Finding]:
    for line, found in _hits(_LONG, body):
        told = f"The line is {found.end() - found.start():,} octets long: fold it after at most {LONGEST}, with CRLF"
        yield warning("C05", line, f"{told} and a space.")


def _cut_character(body: bytes) -> Iterator[Finding]:
    for line, _ in _hits(_CUT_CHARACTER, body):
        told = (
            "The fold cuts a character in two, which readers show as \ufffd. Count octets, but fold before a character."
        )
        yield problem("C05", line, told)


def _cut_escape(body: bytes) -> Iterator[Finding]:
    for line, found in _hits(_CUT_ESCAPE, body):
        before = body[body.rfind(b"\n", 0, found.start()) + 1 : found.start() + 1]
        if (len(before) - len(before.rstrip(b"\\"))) % 2 == 0:
            continue  # the backslash is itself escaped
        told = "The fold parts a backslash from what it escapes; some readers undo the escape first. Fold before it."
        yield warning("C05", line, told)


def _control(body: bytes) -> Iterator[Finding]:
    for pattern in (_CONTROL, _HIGH_CONTROL):
        for line, found in _hits(pattern, body):
            yield problem("C06", line, f"A control character (0x{found[0][-1]:02X}) stands in the text. Take it out.")


def _bare_return(body: bytes) -> Iterator[Finding]:
    if b"\n" in body:
        for line, _ in _hits(_BARE_CR, body):
            yield problem("C68", line, "A bare CR stands in the line. Write a line break in a text as \\n.")


def _blank(body: bytes) -> Iterator[Finding]:
    for line, _ in _hits(_BLANK, body):
        yield warning("C68", line, "An empty line: take it out, or write a line break in a text as \\n.")


CHECKS: tuple[Callable[[bytes], Iterator[Finding]], ...] = (
    _mark,
    _encoding,
    _ends,
    _long,
    _cut_character,
    _cut_escape,
    _control,
    _bare_return,
    _blank,
)


def _hits(pattern: re.Pattern[bytes], body: bytes) -> Iterator[tuple[int, re.Match[bytes]]]:
    """The first matches with the physical lines they begin in, counted on from one to the next."""
    line, at = 1, 0
    for count, found in enumerate(pattern.finditer(body)):
        if count == MOST:
            return
        line += body.count(b"\n", at, found.start())
        at = found.start()
        yield line, found


def _number(body: bytes, at: int) -> int:
    return body.count(b"\n", 0, max(at, 0)) + 1


def _with_folds(body: bytes, at: int) -> int:
    """Where a place in the body without its folds stands in the body."""
    removed = 0
    for fold in _FOLD.finditer(body):
        if fold.start() - removed > at:
            break
        removed += len(fold[0])
    return at + removed
