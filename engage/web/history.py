"""What has changed about an entry, in plain words, from its revisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo

from engage.domain import wording
from engage.domain.calendars import Entry, Office
from engage.web.views import when
from engage.work.pages import Past

UNSEEN = frozenset({"derived", "unseen", "added"})  # revisions that only re-rendered what follows from other entries


@dataclass(frozen=True, kw_only=True)
class Step:
    """One change: the day on which it was published, and what it was."""

    on: str
    said: tuple[str, ...]


def steps(pasts: Sequence[Past], office: Office) -> list[Step]:
    """Every visible change, newest first."""
    found = []
    for before, after in pairwise(pasts):
        said = [_sentence(word, before.entry, after.entry, office) for word in after.what if word not in UNSEEN]
        if said:
            found.append(Step(on=wording.day(after.at.astimezone(ZoneInfo(office.timezone))), said=tuple(said)))
    return found[::-1]


def _sentence(word: str, before: Entry, after: Entry, office: Office) -> str:
    match word:
        case "moved":
            return f"Moved from {when(before)} to {when(after)}."
        case "relocated":
            return f"The place changed from {_place(before, office)} to {_place(after, office)}."
        case "retitled":
            return f"Renamed from \N{LEFT DOUBLE QUOTATION MARK}{before.title}\N{RIGHT DOUBLE QUOTATION MARK}."
        case "cancelled":
            return f"Cancelled: {after.reason}" if after.reason else "Cancelled."
        case "not-held":
            return f"It did not take place: {after.reason}" if after.reason else "It did not take place."
        case _:
            return _PLAIN.get(word, "The details were updated.")


_PLAIN = {
    "renumbered": "Its number in our count of meetings changed.",
    "online": "The link to join online changed.",
    "removed": "Taken out of our programme.",
    "withdrawn": "Taken out of our programme.",
    "reinstated": "It is back on.",
    "confirmed": "The date is confirmed.",
    "tentative": "The date is not confirmed any more.",
    "held-after-all": "It did take place after all.",
}


def _place(entry: Entry, office: Office) -> str:
    venue = office.venue_by_id.get(entry.venue or "")
    return venue.name if venue else "online" if entry.online else "no place yet"
