"""What staff schedule: the office, its areas and venues, calendars and their entries. How rules repeat is in series."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from engage.domain import wording


class Status(StrEnum):
    """What staff say of an entry. `removed` is ours: the file no longer holds it, its tombstone stays."""

    CONFIRMED = "confirmed"
    TENTATIVE = "tentative"
    CANCELLED = "cancelled"
    NOT_HELD = "not-held"
    REMOVED = "removed"


class Kind(StrEnum):
    """What an entry is."""

    MEETING = "meeting"
    CAMPAIGN = "campaign"
    DEADLINE = "deadline"


GONE = frozenset({Status.CANCELLED, Status.NOT_HELD, Status.REMOVED})


@dataclass(frozen=True, kw_only=True)
class Area:
    """A place in the tree force > borough > neighbourhood; the root has no *within*."""

    id: str
    name: str
    within: str | None = None
    postcodes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Topic:
    """What a meeting, tip or alert is about."""

    id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Access:
    """Access information of a venue, for people who must know before they come."""

    step_free: bool | None = None
    hearing_loop: bool | None = None
    quiet_space: bool | None = None
    accessible_toilet: bool | None = None
    parking: str | None = None
    bsl: str | None = None
    notes: str | None = None


@dataclass(frozen=True, kw_only=True)
class Venue:
    """Where a meeting takes place."""

    id: str
    name: str
    address: str = ""
    postcode: str = ""
    area: str
    geo: tuple[float, float] | None = None  # latitude, longitude in degrees
    access: Access | None = None

    @property
    def line(self) -> str:
        """One line: venue, street, town, postcode."""
        return ", ".join(part for part in (self.name, self.address, self.postcode) if part)


@dataclass(frozen=True, kw_only=True)
class Person:
    """A member of staff: *may* holds `write` and `approve`."""

    id: str
    name: str
    email: str
    may: tuple[str, ...] = ("write",)


@dataclass(frozen=True, kw_only=True)
class Guards:
    """Limits beyond which the system waits for a person (design section 10)."""

    approve_above: int = 500
    burst_alerts: int = 5
    burst_minutes: int = 60
    quiet_from: time = time(21)
    quiet_until: time = time(8)
    budget_messages: int = 5
    budget_days: int = 7
    cancel_at_most: int = 4
    cancel_share: float = 0.10
    cancel_share_from: int = 20
    tell_at_most: int = 1000


@dataclass(frozen=True, kw_only=True)
class Reports:
    """Whose reports those of the office are, to whom the update goes, and who signs it; nobody's name by default."""

    by: str = "Police and Crime Commissioner"
    to: str = "Chair and Members of the Police and Crime Panel"
    signed: str = ""


@dataclass(frozen=True, kw_only=True)
class Travel:
    """Minutes by road between two areas, for the clash check."""

    between: tuple[str, str]
    minutes: int


@dataclass(frozen=True, kw_only=True)
class Tip:
    """A piece of crime-prevention advice; without *months* it holds all year."""

    id: str
    title: str
    text: str
    short: str
    topics: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    months: tuple[int, ...] = ()
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """When people are reminded: a kind of `domain.reminders.KINDS` and its parameters as staff wrote them."""

    kind: str = "before"
    params: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class Programme:
    """What makes a calendar's held meetings count: *opening_count* meetings up to and including *opening_on*."""

    opening_count: int
    opening_on: date
    every: int | None = None
    also: tuple[int, ...] = ()
    announce_ahead: int = 5


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """One staff-edited file with dated entries."""

    id: str
    name: str
    description: str = ""
    timezone: str
    programme: Programme | None = None


@dataclass(frozen=True, kw_only=True)
class Link:
    """A paper of a meeting."""

    title: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Concern:
    """What residents raised at a meeting, and what came of it."""

    id: str
    raised: str
    topic: str | None = None
    outcome: str | None = None
    on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An item of a calendar with its moment in UTC; all-day entries run from local midnight to local midnight.

    `id` is permanent and becomes the UID. `first_day` and `last_day` (inclusive) are set for all-day entries only.
    `rule` names the series or yearly campaign that yielded the entry, `place` is the date it was first meant for.
    """

    id: str
    calendar_id: str
    kind: Kind
    title: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    areas: tuple[str, ...]
    status: Status = Status.CONFIRMED
    first_day: date | None = None
    last_day: date | None = None
    venue: str | None = None
    topics: tuple[str, ...] = ()
    online: str | None = None
    reason: str | None = None
    note: str | None = None
    url: str | None = None
    attending: tuple[str, ...] = ()
    contact: str | None = None
    counts: bool = False
    reminders: tuple[Reminder, ...] = ()
    attendance: int | None = None
    minutes: str | None = None
    papers: tuple[Link, ...] = ()
    concerns: tuple[Concern, ...] = ()
    rule: str | None = None

    @property
    def all_day(self) -> bool:
        return self.first_day is not None

    @property
    def is_gone(self) -> bool:
        """Whether it will not take place, or did not."""
        return self.status in GONE

    @cached_property
    def starts_local(self) -> datetime:
        """The start on the wall clock of the calendar's zone."""
        return self.starts_at.astimezone(ZoneInfo(self.timezone))

    @cached_property
    def ends_local(self) -> datetime:
        return self.ends_at.astimezone(ZoneInfo(self.timezone))

    @cached_property
    def begins_on(self) -> date:
        """The local day on which it begins."""
        return self.first_day or self.starts_local.date()

    @cached_property
    def ends_on(self) -> date:
        """The local day on which it ends."""
        return self.last_day or self.first_day or self.ends_local.date()

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at


@dataclass(frozen=True, kw_only=True)
class Licence:
    """Under which anybody may use the office's open data; that of the public sector unless told otherwise."""

    name: str = "Open Government Licence v3.0"
    url: str = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"


@dataclass(frozen=True, kw_only=True)
class Office:
    """Who we are and what entries refer to; the same for every calendar of the folder."""

    name: str
    short_name: str
    email: str
    phone: str = ""
    website: str = ""
    timezone: str
    country: str = "GB-ENG"
    uid_domain: str
    colour: str = "#1d3f6e"
    languages: tuple[str, ...] = ("en",)  # that residents can choose from; staff write in the first
    licence: Licence = Licence()
    areas: tuple[Area, ...] = ()
    topics: tuple[Topic, ...] = ()
    staff: tuple[Person, ...] = ()
    guards: Guards = Guards()
    reports: Reports = Reports()
    travel: tuple[Travel, ...] = ()
    venues: tuple[Venue, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    tips: tuple[Tip, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def written_in(self) -> str:
        """The language of what staff write, as machines are told it (BCP 47)."""
        return wording.tag_of(self.languages[0])

    @cached_property
    def area_by_id(self) -> dict[str, Area]:
        return {area.id: area for area in self.areas}

    @cached_property
    def topic_by_id(self) -> dict[str, Topic]:
        return {topic.id: topic for topic in self.topics}

    @cached_property
    def venue_by_id(self) -> dict[str, Venue]:
        return {venue.id: venue for venue in self.venues}

    @cached_property
    def calendar_by_id(self) -> dict[str, Calendar]:
        return {calendar.id: calendar for calendar in self.calendars}

    @cached_property
    def root(self) -> Area:
        """The area without *within*: the whole force."""
        return next(area for area in self.areas if area.within is None)

    def line_of(self, area_id: str) -> tuple[str, ...]:
        """The area and everything that covers it, nearest first. An unknown area is its own line."""
        return self._lines.get(area_id, (area_id,))

    @cached_property
    def _lines(self) -> dict[str, tuple[str, ...]]:
        lines = {}
        for area in self.areas:
            line = [area.id]
            while (above := self.area_by_id.get(line[-1])) and above.within and above.within not in line:
                line.append(above.within)
            lines[area.id] = tuple(line)
        return lines

    def near(self, areas: Iterable[str]) -> frozenset[str]:
        """Every area that is equal to, covers or lies within one of *areas*: who such news concerns."""
        wanted = set(areas)
        covering = {above for area_id in wanted for above in self.line_of(area_id)}
        return self.inside(wanted) | covering

    def inside(self, areas: Iterable[str]) -> frozenset[str]:
        """The areas and everything within them; none for none."""
        wanted = set(areas)
        return frozenset(wanted.union(area_id for area_id, line in self._lines.items() if not wanted.isdisjoint(line)))

    def names_of_areas(self, areas: Iterable[str]) -> tuple[str, ...]:
        """The names staff gave, in order; an id that has left the tree stands for itself."""
        return tuple(self.area_by_id[a].name if a in self.area_by_id else a for a in areas)

    def names_of_topics(self, topics: Iterable[str]) -> tuple[str, ...]:
        return tuple(self.topic_by_id[t].name if t in self.topic_by_id else t for t in topics)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Everything the files declare, or everything the database holds: the office and its entries by id."""

    office: Office
    entries: Mapping[str, Entry]
