"""How a public feed should treat its readers: status, privacy, alarms, old apps (C52 to C58, C64, C70)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from engage.feeds.lint.findings import Finding, problem, warning
from engage.feeds.lint.reading import Component
from engage.feeds.lint.sheet import Sheet

NEWER = ("VLOCATION", "PARTICIPANT", "VRESOURCE")
NOBODY = re.compile(r"@(?:[\w.-]+\.)?(?:example\.(?:com|net|org)|localhost|invalid)\b|\bno-?reply@", re.IGNORECASE)

# Ofcom's numbers for films and tests (07700 900...) are nobody's.
_MOBILE = re.compile(r"(?<!\d)(?:\+44 ?\(?0?\)?|0)7(?!700 ?900)\d{3} ?\d{3} ?\d{3}(?!\d)")
_OFF = re.compile(r"cancel|^\W*[A-ZÄÖÜÉÈÊÀÇÑ]{4,}\b")


def status(entry: Component) -> Iterator[Finding]:
    """C52."""
    for line in entry.all("STATUS"):
        if line.value.strip().upper() not in ("TENTATIVE", "CONFIRMED", "CANCELLED"):
            told = "STATUS must be TENTATIVE, CONFIRMED or CANCELLED (with two L). Say anything else in SUMMARY."
            yield problem("C52", line.number, told)


def cancelled(entry: Component) -> Iterator[Finding]:
    """C53: in any language a first word in capitals will do."""
    line = entry.first("STATUS")
    if line is not None and line.value.strip().upper() == "CANCELLED":
        said = entry.text("SUMMARY")[:1_000]
        if not _OFF.search(said) and "cancel" not in said.lower():
            told = "Cancelled, but Outlook ignores STATUS: begin SUMMARY with CANCELLED: so that everybody sees it."
            yield warning("C53", line.number, told)


def busy(entry: Component) -> Iterator[Finding]:
    """C56."""
    line = entry.first("TRANSP")
    value = line.value.strip().upper() if line else "OPAQUE"
    if line is not None and value not in ("OPAQUE", "TRANSPARENT"):
        yield problem("C56", line.number, "TRANSP must be TRANSPARENT or OPAQUE.")
    elif value == "OPAQUE":
        told = "Subscribers are shown as busy. Write TRANSP:TRANSPARENT in a public feed."
        yield warning("C56", line.number if line else entry.number, told)


def privacy(entry: Component) -> Iterator[Finding]:
    """C57."""
    for line in entry.all("CLASS"):
        if line.value.strip().upper() != "PUBLIC":
            yield warning("C57", line.number, "An entry that is not PUBLIC stands in the feed, and some apps hide it.")
    for line in entry.all("ATTENDEE"):
        yield warning("C57", line.number, "ATTENDEE tells who comes, to everybody. Take it out of a public feed.")
    for line in entry.all("DESCRIPTION", "CONTACT", "COMMENT"):
        if _MOBILE.search(line.value):
            yield warning("C57", line.number, f"{line.name} holds a mobile number. Give the office's number instead.")


def alarms(entry: Component) -> Iterator[Finding]:
    """C58."""
    for alarm in entry.named("VALARM"):
        yield warning("C58", alarm.number, "A public feed should not ring on readers' phones. Take the VALARM out.")


def organiser(entry: Component) -> Iterator[Finding]:
    """C70."""
    for line in entry.all("ORGANIZER"):
        value = line.value.strip()
        if not re.match(r"[A-Za-z][A-Za-z0-9+.-]{1,20}:\S", value):
            yield problem(
                "C70", line.number, "ORGANIZER must be a link such as mailto:office@...; put the name into CN."
            )
        elif NOBODY.search(value[:1_000]):
            yield warning(
                "C70", line.number, "ORGANIZER is an address that nobody reads. Name a real mailbox, or none."
            )
        elif not line.parameter("CN"):
            yield warning("C70", line.number, "ORGANIZER has no name: write ORGANIZER;CN=... with the office's.")


def newer_parts(sheet: Sheet) -> Iterator[Finding]:
    """C64: a feed whose own address says it is the rich one was asked for."""
    if "/rich/" in sheet.calendar.text("SOURCE"):
        return
    for entry in sheet.entries:
        for part in entry.named(*NEWER):
            told = f"calcurse drops an entry that holds {part.name} (RFC 9073). Offer it in a feed of its own (/rich/)."
            yield warning("C64", part.number, told)


ENTRY_CHECKS: tuple[Callable[[Component], Iterator[Finding]], ...] = (
    status,
    cancelled,
    busy,
    privacy,
    alarms,
    organiser,
)
CHECKS: tuple[Callable[[Sheet], Iterator[Finding]], ...] = (newer_parts,)
