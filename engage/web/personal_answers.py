"""The answers of people's own calendars, kept in memory: one for everybody who follows the same, not one a person.

13,000 stored copies could not follow an edit within a second, and most of them are asked for twice a day.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from engage.domain.feeds import Variant
from engage.domain.personal import Interests
from engage.errors import NotNow
from engage.web.feeds import Answer
from engage.web.snapshot import Snapshot
from engage.work import personal
from engage.work.kit import Kit

SETS = 256  # answers kept, compressed; those asked for longest ago go first
TRIES = 3
CACHED = b"private, no-cache"  # a copy may be kept, but an address that was stopped must stop at once


class PersonalAnswers:
    """`kept` is asked with the state in memory and the date, so that neither can outlive an edit or a midnight."""

    def __init__(self, kit: Kit, snapshot: Snapshot, *, cached: bytes = CACHED) -> None:
        self._kit, self._snapshot, self._cached = kit, snapshot, cached
        self.kept = lru_cache(maxsize=SETS)(self._joined)

    def find(self, interests: Interests, variant: Variant) -> Answer:
        """The answer for what a person follows now. Raises NotNow before anything was published."""
        generation, shown = self._snapshot.generation, self._snapshot.shown
        if shown is None:
            raise NotNow("Nothing has been published yet. Please come back in a few minutes.")
        return self.kept(generation, self._kit.now.astimezone(shown.office.zone).date(), interests, variant)

    def _joined(self, _generation: int, today: date, interests: Interests, variant: Variant) -> Answer:
        for _ in range(TRIES):
            assert self._snapshot.shown is not None
            published = personal.prepare(self._kit, self._snapshot.shown, interests, variant, today)
            if published is not None:
                return Answer(published, [], cached=self._cached)
            self._snapshot.refresh()
        raise NotNow("Meetings are being changed right now. Please try again in a minute.")
