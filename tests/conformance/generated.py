"""Offices, entries and texts made up by chance from a fixed seed: what no person would think of writing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from engage.domain.calendars import Access, Area, Calendar, Entry, Kind, Link, Office, Status, Topic, Venue
from engage.domain.feeds import VARIANTS, Item, feeds_of, holds
from engage.domain.revisions import Revision
from engage.feeds import FORMATS
from engage.feeds.ics import render_entry
from tests.conformance.cases import Case
from tests.conformance.known import CATEGORIES
from tests.feeds.samples import BASE, OFFICE, meeting, published, revision

SEEDS = range(1, 13)
ZONES = ("Europe/London", "Atlantic/Azores", "America/New_York", "Asia/Kathmandu", "Europe/Dublin", "UTC")
ENTRIES = 40
PIECES = (
    "Croeso i bawb",
    "tŷ",
    "ŵyr",
    "Siân",
    "bôn",
    "\N{TEACUP WITHOUT HANDLE}",
    "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}",
    "\N{REGIONAL INDICATOR SYMBOL LETTER G}\N{REGIONAL INDICATOR SYMBOL LETTER B}",
    r"C:\News",
    r"\n",
    "\\",
    "\\\\",
    ";",
    ",",
    ":",
    '"',
    "'",
    "^n",
    "%0A",
    "<b>&amp;</b>",
    "BEGIN:VEVENT",
    "END:VCALENDAR",
    "police",
    "community",
    "18:30",
    "x" * 80,
    "ŷ" * 60,
    "\N{NO-BREAK SPACE}",
)
BREAKS = ("\n", "\r\n", "\t", "\x07", "\u2028", " ", "  ")


def generated() -> Iterator[Case]:
    """The feed of everything, in each variant, of an office for each seed."""
    for seed in SEEDS:
        chance = Random(seed)
        office = make_office(chance)
        revisions = [make_revision(chance, office, number) for number in range(ENTRIES)]
        for feed in feeds_of(office):
            if feed.path.rpartition("/")[2] in {"all", "second"}:
                held = [r for r in revisions if holds(feed, r.entry)]
                items = [
                    Item(revision=r, fragment=render_entry(r, office, base_url=BASE, variant=feed.variant))
                    for r in held
                ]
                body = FORMATS["ics"].join(feed, items, office=office, base_url=BASE)
                yield Case(
                    name=f"generated/{seed}/{feed.path}.ics",
                    body=body,
                    revisions=held,
                    office=office,
                    variant=feed.variant,
                )
    assert set(VARIANTS) == {"", "plain", "rich"}


def misread() -> Iterator[Case]:
    """One entry for each pair of topics that some reader confuses: a fault that has gone must leave the table."""
    for names in sorted({names for _, names in CATEGORIES}):
        topics = tuple(Topic(id=f"topic-{n}", name=name) for n, name in enumerate(names))
        office = replace(OFFICE, topics=topics)
        told = revision(meeting(topics=tuple(topic.id for topic in topics)))
        body = published(Item(revision=told, fragment=render_entry(told, office, base_url=BASE)), office=office)
        yield Case(name=f"misread/{names[0]}", body=body, revisions=[told], office=office)


def text(chance: Random, longest: int, *, breaks: bool = False) -> str:
    joints = BREAKS if breaks else (" ", "")
    told = "".join(chance.choice(PIECES) + chance.choice(joints) for _ in range(chance.randint(1, longest)))
    return told.strip() or "x"


def readable(name: str) -> str:
    """A topic's name without what readers are known to misread in CATEGORIES."""
    return name.replace('"', "").replace("\\", "/") + " matters"


def make_office(chance: Random) -> Office:
    areas = (
        Area(id="root", name=text(chance, 4)),
        *(Area(id=f"area-{n}", name=text(chance, 4), within="root") for n in range(3)),
    )
    return replace(
        OFFICE,
        short_name=text(chance, 3),
        phone=chance.choice(["", "01632 960000"]),
        areas=areas,
        topics=tuple(Topic(id=f"topic-{n}", name=readable(text(chance, 5))) for n in range(4)),
        venues=tuple(make_venue(chance, n) for n in range(4)),
        calendars=tuple(
            Calendar(id=name, name=text(chance, 4), timezone=chance.choice(ZONES)) for name in ("first", "second")
        ),
    )


def make_venue(chance: Random, number: int) -> Venue:
    return Venue(
        id=f"venue-{number}",
        name=text(chance, 4),
        address=chance.choice(["", text(chance, 6)]),
        postcode=chance.choice(["", "ZZ1 1AA"]),
        area=f"area-{number % 3}",
        geo=chance.choice(
            [None, (round(chance.uniform(-90, 90), 6), round(chance.uniform(-180, 180), 6)), (0.0, 1e-5)]
        ),
        access=chance.choice([None, Access(step_free=chance.random() < 0.5, notes=text(chance, 5))]),
    )


def make_revision(chance: Random, office: Office, number: int) -> Revision:
    created_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(20_000_000), milliseconds=250)
    entry = make_entry(chance, office, number)
    return Revision(
        entry=entry,
        sequence=chance.choice([0, 0, 1, 7, 2_000_000]),
        created_at=created_at,
        modified_at=created_at + timedelta(seconds=chance.randrange(1_000_000)),
        moved_from=chance.choice([None, entry.starts_at - timedelta(days=7)]),
        expected_milestone=chance.choice([None, None, 650, 1000]),
    )


def make_entry(chance: Random, office: Office, number: int) -> Entry:
    calendar = chance.choice(office.calendars)
    venue = chance.choice([None, *office.venues])
    status = chance.choice(list(Status))
    entry = Entry(
        id=f"entry-{number}",
        calendar_id=calendar.id,
        kind=chance.choice(list(Kind)),
        title=text(chance, 8, breaks=True),
        starts_at=(starts_at := _start(chance, calendar.timezone)),
        ends_at=starts_at + timedelta(minutes=chance.choice([15, 60, 90, 24 * 60])),
        timezone=calendar.timezone,
        areas=tuple(chance.sample([area.id for area in office.areas], 1)),
        status=status,
        venue=venue.id if venue else None,
        topics=tuple(chance.sample([topic.id for topic in office.topics], chance.randint(0, 3))),
        online=chance.choice([None, "https://meet.example.org/a;b,c?d=%20&e=ŵ f"]),
        reason=text(chance, 8, breaks=True) if status in {Status.CANCELLED, Status.NOT_HELD} else None,
        note=chance.choice([None, text(chance, 12, breaks=True), text(chance, 400, breaks=True)]),
        url=chance.choice([None, "https://www.example.org/?q=a,b;c"]),
        attending=chance.choice([(), ("commissioner", "chief-constable")]),
        minutes=chance.choice([None, "https://www.example.org/minutes.pdf"]),
        papers=chance.choice([(), (Link(title=text(chance, 5), url="https://www.example.org/a,b.pdf"),)]),
        rule=chance.choice([None, "a-series"]),
    )
    return _whole_days(chance, entry) if chance.random() < 0.2 else entry


def _start(chance: Random, timezone: str) -> datetime:
    """Any half-hour of three years, or of the nights in which British and American clocks change."""
    nights = (date(2026, 3, 29), date(2026, 10, 25), date(2026, 3, 8), date(2026, 11, 1))
    day = chance.choice([*nights, *(date(2026, 1, 1) + timedelta(days=chance.randrange(1096)) for _ in range(8))])
    hour = chance.randrange(5) if day in nights else chance.randrange(24)
    wall = datetime(day.year, day.month, day.day, hour, chance.choice([0, 30]), tzinfo=ZoneInfo(timezone))
    return wall.replace(fold=chance.randint(0, 1)).astimezone(UTC)


def _whole_days(chance: Random, entry: Entry) -> Entry:
    first = entry.starts_local.date()
    last = first + timedelta(days=chance.choice([0, 1, 15]))
    midnight = datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(entry.timezone))
    ends_at = (midnight + timedelta(days=(last - first).days + 1)).astimezone(UTC)
    return replace(entry, starts_at=midnight.astimezone(UTC), ends_at=ends_at, first_day=first, last_day=last)
