"""Bytes of a foreign text file -> its text. Calendars are UTF-8; older Windows programs write Windows-1252."""

from __future__ import annotations

from engage.imports.drafts import Notes, Unreadable


def decoded(content: bytes, notes: Notes) -> str:
    """The text with plain line feeds and without a byte-order mark."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Unreadable("encoding", "The file is saved as UTF-16 (Excel calls it Unicode text). Save it as UTF-8.")
    if (place := content.find(b"\0")) >= 0:
        line = content.count(b"\n", 0, place) + 1
        raise Unreadable("encoding", "The file holds a NUL character: it is damaged, or no text at all.", line)
    text = _utf8(content) or _windows(content, notes)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _utf8(content: bytes) -> str | None:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _windows(content: bytes, notes: Notes) -> str:
    first = next((n for n, line in enumerate(content.split(b"\n"), start=1) if not line.isascii()), 1)
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable("encoding", "This letter is neither UTF-8 nor Windows-1252. Save it as UTF-8.", line) from None
    if text:
        notes.look(first, "encoding", "The file is not UTF-8; it was read as Windows-1252. Look at names with accents.")
    return text
