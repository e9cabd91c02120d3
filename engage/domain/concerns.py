"""What residents raised at meetings and what came of it, over all entries. What one meeting holds is in calendars."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from engage.domain.calendars import Concern, Entry, Office, Status
from engage.domain.feeds import last_day


@dataclass(frozen=True, kw_only=True)
class Raised:
    """A concern with the meeting at which it was raised."""

    entry: Entry
    concern: Concern

    @property
    def key(self) -> str:
        """What names it for good, as people follow it: a concern's id is permanent within its meeting."""
        return key_of(self.entry.id, self.concern.id)

    @property
    def is_open(self) -> bool:
        """Whether nothing has come of it yet."""
        return not self.concern.outcome

    @property
    def day(self) -> date:
        """The day of its outcome, else that on which it was raised."""
        return (self.concern.on if self.concern.outcome else None) or last_day(self.entry)


def key_of(entry_id: str, concern_id: str) -> str:
    return f"{entry_id}/{concern_id}"


def raised(entries: Iterable[Entry]) -> list[Raised]:
    """Every concern: the newest outcome first, then those still open, of which the one open longest is first."""
    found = [
        Raised(entry=entry, concern=concern)
        for entry in entries
        if entry.status is not Status.REMOVED
        for concern in entry.concerns
    ]
    done = sorted((one for one in found if not one.is_open), key=lambda one: one.day, reverse=True)
    return [*done, *sorted((one for one in found if one.is_open), key=lambda one: one.day)]


def about(found: Iterable[Raised], *, area: str | None, topic: str | None, office: Office) -> list[Raised]:
    """Those raised in the area or within it, and of the topic; None asks for all."""
    inside = office.inside((area,)) if area else None
    return [
        one
        for one in found
        if (inside is None or not inside.isdisjoint(one.entry.areas)) and (topic is None or topic == one.concern.topic)
    ]


def before(entry: Entry, found: Iterable[Raised], office: Office) -> list[Raised]:
    """What earlier meetings at the same venue, or in the entry's areas and what lies within them, heard."""
    inside = office.inside(entry.areas)
    return [
        one
        for one in found
        if one.entry.ends_at <= entry.starts_at
        and ((entry.venue is not None and one.entry.venue == entry.venue) or not inside.isdisjoint(one.entry.areas))
    ]
