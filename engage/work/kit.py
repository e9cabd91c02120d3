"""What every decision needs at hand, built once by app.build and passed in.

Its only memory is the shelf of feeds, which can be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from engage.channels.arrivals import Arrivals
from engage.channels.base import Channel
from engage.domain.calendars import Office
from engage.errors import NotNow
from engage.languages import Language
from engage.links import Links
from engage.rendering import Templates
from engage.store.unit import Database, Unit
from engage.work.shelf import Shelf


@dataclass(frozen=True, kw_only=True)
class Kit:
    """*now* is the only clock below the edges; *settle_window* letters at most are past the fence per connection."""

    database: Database
    templates: Templates
    channels: Mapping[str, Channel]
    links: Links
    base_url: str
    mail_from: str
    bounce_domain: str
    is_live: bool
    settle_windows: Mapping[str, int]  # by lane
    arrivals: Mapping[str, Arrivals] = field(default_factory=dict)  # channels whose far end we can read
    sms_cap: int | None = None  # fragments in a calendar month
    sms_price: float | None = None  # pence for a fragment
    shelf: Shelf = field(default_factory=Shelf)

    @property
    def findable(self) -> frozenset[str]:
        """Channels whose other side can be asked what became of a hand-off."""
        return frozenset(name for name, channel in self.channels.items() if channel.findable)

    @property
    def now(self) -> datetime:
        return self.database.clock()

    @property
    def clock(self) -> Callable[[], datetime]:
        return self.database.clock

    def language(self, office: Office, tag: str) -> Language:
        """The language of somebody who chose *tag*; the office's own where it no longer offers that."""
        return self.templates.languages.spoken(tag, office.languages)

    def unit(self, *, cause_id: int | None = None) -> AbstractContextManager[Unit]:
        return self.database.unit(cause_id=cause_id)

    def reading(self) -> AbstractContextManager[Unit]:
        return self.database.reading()


def office_of(unit: Unit) -> Office:
    """The office in force; raises NotNow before the first apply."""
    office = unit.schedule.office()
    if office is None:
        raise NotNow("No calendar has been applied yet. Run: engage apply")
    return office
