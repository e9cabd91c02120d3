"""A linter for any iCalendar feed, ours or not: bytes, structure and, for a URL, transport (FEEDS C01 to C72).

It reads with its own tolerant reader and raises nothing, whatever it is given. Fetching is in transport, which only
`lint_url` imports; what two copies tell that one cannot is in against.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engage.feeds.lint import habits, heads, identities, texts, times, zones
from engage.feeds.lint.findings import Finding, condensed, problem
from engage.feeds.lint.lines import check_lines
from engage.feeds.lint.reading import Component
from engage.feeds.lint.sheet import Sheet, sheet_of

if TYPE_CHECKING:
    from engage.feeds.lint.transport import Fetched

MOST_BYTES = 20_000_000  # of a body; the rest is not looked at (and C18 says that the feed is too long)

CHECKS: tuple[Callable[[Sheet], Iterator[Finding]], ...] = (
    *heads.CHECKS,
    *zones.CHECKS,
    *identities.CHECKS,
    *times.CHECKS,
    *texts.CHECKS,
    *habits.CHECKS,
)
ENTRY_CHECKS: tuple[Callable[[Component], Iterator[Finding]], ...] = (
    *identities.ENTRY_CHECKS,
    *times.ENTRY_CHECKS,
    *texts.ENTRY_CHECKS,
    *habits.ENTRY_CHECKS,
)
_PAGE = re.compile(rb"\s*(?:<!doctype\s+html|<html|<head|<body|<\?xml|<!--)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Linted:
    """What a person is told about one feed."""

    bytes: int
    entries: int
    findings: list[Finding]


def lint_bytes(body: bytes) -> list[Finding]:
    """Everything that can be seen in the bytes alone, in the order of lines."""
    return look(body).findings


def lint_url(url: str) -> tuple[Fetched, Linted]:
    """The same for what a server answers, and how it answers. Raises NotNow when nothing can be fetched."""
    from engage.feeds.lint.transport import fetch

    fetched = fetch(url)
    return fetched, look(fetched.body, fetched.findings)


def look(body: bytes, more: list[Finding] | None = None) -> Linted:
    """The findings in the bytes with *more* that are known already."""
    cut = body[:MOST_BYTES]
    foreign = _no_calendar(cut)
    if foreign is not None:
        return Linted(bytes=len(body), entries=0, findings=condensed([*(more or []), foreign]))
    sheet = sheet_of(cut)
    found = [*(more or []), *check_lines(cut), *sheet.document.findings]
    found += (finding for check in CHECKS for finding in check(sheet))
    found += _of_components(sheet)
    return Linted(bytes=len(body), entries=sheet.document.entries, findings=condensed(found))


def _of_components(sheet: Sheet) -> Iterator[Finding]:
    for entry in sheet.entries:
        for check in ENTRY_CHECKS:
            yield from check(entry)
    for component in (sheet.calendar, *sheet.entries):
        for check in texts.COMPONENT_CHECKS:
            yield from check(component)


def _no_calendar(body: bytes) -> Finding | None:
    """What makes every other check pointless."""
    if not body.strip():
        told = "The body is empty, and apps may empty their calendar. A feed without entries is a VCALENDAR"
        return problem("C16", None, f"{told} with a VTIMEZONE.")
    if _PAGE.match(body):
        told = (
            "This is a web page, not a calendar. Perhaps the address needs a login, or it is the page about the feed."
        )
        return problem("C17", 1, told)
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return problem("C03", 1, "The file is UTF-16. Calendar apps read UTF-8 only: save it as UTF-8.")
    if b"BEGIN:VCALENDAR" not in body.upper():
        return problem("C17", 1, "There is no BEGIN:VCALENDAR in it, so this is no calendar. Look at what is sent.")
    return None
