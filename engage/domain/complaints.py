"""Complaints to the office: what they are about, what we promise and for how long they are kept. Rows are in store.

The Data (Use and Access) Act 2025, section 103, in force since 19 June 2026: a complaint about personal data can be
made by electronic form, is acknowledged within 30 days, looked into without undue delay, and its outcome is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

ACKNOWLEDGED_WITHIN = timedelta(days=30)
KEPT = timedelta(days=365)  # after it was closed; then only that there was one
AN_HOUR = 10  # per network address
MAILED_A_DAY = 3  # acknowledgements to one mailbox: a form must not be a way to flood it
STAFF_MAILED_A_DAY = 25  # whatever comes, the office can still read its mail; the list holds every one

ABOUT = {
    "details": "How you use my personal details",
    "messages": "The messages you send",
    "website": "This website or a calendar",
    "meeting": "A meeting",
    "other": "Something else",
}
LONGEST = {"text": 4_000, "name": 200, "reach": 300}  # characters
_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that are taken for one another when read aloud or copied by hand


@dataclass(frozen=True, kw_only=True)
class Complaint:
    """What somebody wrote. *reach* is a telephone number or postal address in their words; without any, no answer."""

    about: str
    text: str
    name: str | None = None
    email: str | None = None
    reach: str | None = None


def reference(number: int) -> str:
    """`C-7K3M-Q9TD`, for a number that nobody can guess."""
    signs = ""
    for _ in range(8):
        number, at = divmod(number, len(_SIGNS))
        signs += _SIGNS[at]
    return f"C-{signs[:4]}-{signs[4:]}"


def due_on(made_at: datetime, zone: ZoneInfo) -> date:
    """The last day on which the person must have heard from us."""
    return (made_at.astimezone(zone) + ACKNOWLEDGED_WITHIN).date()


def days_left(made_at: datetime, now: datetime, zone: ZoneInfo) -> int:
    """Below zero when it is late."""
    return (due_on(made_at, zone) - now.astimezone(zone).date()).days
