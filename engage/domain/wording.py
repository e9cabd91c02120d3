"""How days and times are said to residents, in plain English. Which zone they are in was decided before.

How other languages say them is in engage.languages.
"""

from __future__ import annotations

from datetime import date, datetime, time

# Not strftime: its names follow the machine's locale.
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def day(when: date) -> str:
    """`Thursday 3 December 2026`."""
    return f"{DAYS[when.weekday()]} {when.day} {MONTHS[when.month - 1]} {when.year}"


def date_of(when: date) -> str:
    """`3 December 2026`, for headings and tables."""
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def short_day(when: date) -> str:
    """`Thu 3 Dec`, for texts of 160 characters."""
    return f"{DAYS[when.weekday()][:3]} {when.day} {MONTHS[when.month - 1][:3]}"


def clock(when: datetime | time) -> str:
    """`6:30pm`, `6pm`, `midday`, `midnight`: 12am and 12pm are misread."""
    if when.minute == 0 and when.hour in {0, 12}:
        return "midday" if when.hour else "midnight"
    minutes = f":{when.minute:02}" if when.minute else ""
    return f"{when.hour % 12 or 12}{minutes}{'am' if when.hour < 12 else 'pm'}"


def moment(when: datetime) -> str:
    """`Thursday 3 December 2026 at 6:30pm`."""
    return f"{day(when)} at {clock(when)}"


def short_moment(when: datetime) -> str:
    """`Thu 3 Dec 6:30pm`."""
    return f"{short_day(when)} {clock(when)}"


def span(starts: datetime, ends: datetime | None) -> str:
    """`Thursday 3 December 2026, 6:30pm to 8pm`; an end on another day is given in full."""
    if ends is None or ends <= starts:
        return moment(starts)
    if ends.date() == starts.date():
        return f"{day(starts)}, {clock(starts)} to {clock(ends)}"
    return f"{moment(starts)} to {moment(ends)}"


def tag_of(language: str) -> str:
    """How files for machines and browsers name a language (BCP 47): ours is the English of Britain."""
    return "en-GB" if language == "en" else language


def marked(sentence: str) -> str:
    """The sentence itself. The mark brings it into the catalogues: it is translated where it is shown."""
    return sentence
