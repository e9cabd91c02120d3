"""The physical lines of iCalendar (RFC 5545 section 3.1): where a line that is too long goes on in the next."""

from __future__ import annotations

WIDTH = 75  # octets of a physical line, without its CRLF


def fold(line: bytes) -> bytes:
    """At most 75 octets a line, never cutting a character, nor a backslash from what it escapes."""
    if len(line) <= WIDTH:
        return line + b"\r\n"
    parts, start, room = [], 0, WIDTH
    while len(line) - start > room:
        end = start + room
        while line[end] & 0xC0 == 0x80:
            end -= 1
        end -= (end - len(line[start:end].rstrip(b"\\")) - start) % 2
        parts.append(line[start:end])
        start, room = end, WIDTH - 1
    return b"\r\n ".join([*parts, line[start:]]) + b"\r\n"
