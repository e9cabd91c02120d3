"""A small office and its entries, for every test of feeds. `python -m tests.feeds.samples` rewrites the golden files."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from engage.domain.calendars import Access, Area, Calendar, Entry, Kind, Link, Office, Status, Topic, Venue
from engage.domain.feeds import Feed, Item, Variant, feeds_of, holds
from engage.domain.revisions import Revision
from engage.feeds import FORMATS
from engage.feeds.base import Format
from engage.feeds.ics import render_entry

BASE = "https://engage.example.org"
GOLDEN = Path(__file__).parent / "golden"

OFFICE = Office(
    name="Office of the Police and Crime Commissioner for Cleveland",
    short_name="Cleveland PCC",
    email="pcc@example.org",
    phone="01632 960000",
    timezone="Europe/London",
    uid_domain="pcc.example.org",
    areas=(
        Area(id="cleveland", name="Cleveland"),
        Area(id="middlesbrough", name="Middlesbrough", within="cleveland"),
        Area(id="hemlington", name="Hemlington", within="middlesbrough"),
        Area(id="north-ormesby", name="North Ormesby", within="middlesbrough"),
        Area(id="hartlepool", name="Hartlepool", within="cleveland"),
    ),
    topics=(
        Topic(id="burglary", name="Burglary, theft; and home security"),
        Topic(id="community", name="Community"),
    ),
    venues=(
        Venue(
            id="hub",
            name="Community Hub",
            address="1 Sample Street, Middlesbrough",
            postcode="TS8 0AA",
            area="hemlington",
            geo=(54.53, -1.26),
            access=Access(step_free=True, hearing_loop=False, parking="Free, 20 spaces", bsl="On request"),
        ),
    ),
    calendars=(
        Calendar(
            id="your-force-your-voice",
            name="Your Force Your Voice",
            description="Community meetings with the Commissioner",
            timezone="Europe/London",
        ),
        Calendar(id="campaigns", name="Campaigns", timezone="Europe/London"),
    ),
)


def meeting(**given: Any) -> Entry:
    """A meeting at 18:30 GMT on Thursday 3 December 2026; 90 minutes unless said otherwise."""
    starts_at = given.get("starts_at", datetime(2026, 12, 3, 18, 30, tzinfo=UTC))
    usual: dict[str, Any] = {
        "id": "hemlington-winter-2026",
        "calendar_id": "your-force-your-voice",
        "kind": Kind.MEETING,
        "title": "Policing in Hemlington: your questions",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=90),
        "timezone": "Europe/London",
        "areas": ("hemlington",),
        "venue": "hub",
        "topics": ("burglary", "community"),
    }
    return Entry(**{**usual, **given})


def campaign(**given: Any) -> Entry:
    """Sixteen whole days from 25 November to 10 December 2026."""
    usual: dict[str, Any] = {
        "id": "white-ribbon-2026",
        "calendar_id": "campaigns",
        "kind": Kind.CAMPAIGN,
        "title": "White Ribbon Day and 16 Days of Action",
        "starts_at": datetime(2026, 11, 25, tzinfo=UTC),
        "ends_at": datetime(2026, 12, 11, tzinfo=UTC),
        "first_day": date(2026, 11, 25),
        "last_day": date(2026, 12, 10),
        "timezone": "Europe/London",
        "areas": ("cleveland",),
    }
    return Entry(**{**usual, **given})


def revision(entry: Entry | None = None, **given: Any) -> Revision:
    usual: dict[str, Any] = {
        "created_at": datetime(2026, 9, 1, 9, 0, tzinfo=UTC),
        "modified_at": datetime(2026, 11, 2, 10, 15, 30, 250_000, tzinfo=UTC),
    }
    return Revision(entry=entry or meeting(), **{**usual, **given})


def item(entry: Entry | None = None, *, variant: Variant = "", **given: Any) -> Item:
    told = revision(entry, **given)
    return Item(revision=told, fragment=render_entry(told, OFFICE, base_url=BASE, variant=variant))


def feed(path: str = "your-force-your-voice") -> Feed:
    return next(feed for feed in feeds_of(OFFICE) if feed.path == path)


def vevent(entry: Entry | None = None, *, office: Office = OFFICE, variant: Variant = "", **given: Any) -> list[str]:
    """The unfolded lines of the one VEVENT."""
    return unfolded(render_entry(revision(entry, **given), office, base_url=BASE, variant=variant))


def published(*items: Item, path: str = "your-force-your-voice", office: Office = OFFICE) -> bytes:
    return FORMATS["ics"].join(feed(path), items, office=office, base_url=BASE)


def unfolded(body: bytes) -> list[str]:
    return body.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]


def value(lines: list[str], name: str) -> str:
    """What stands after the colon of the only line of that name; parameters may be part of the name."""
    (found,) = [line for line in lines if line.startswith((f"{name}:", f"{name};"))]
    return found.partition(":")[2]


def said(lines: list[str], name: str = "DESCRIPTION") -> str:
    r"""The text with \n, \, and \; undone."""
    return value(lines, name).replace(r"\n", "\n").replace(r"\,", ",").replace(r"\;", ";")


def programme() -> tuple[tuple[Entry, dict[str, Any]], ...]:
    """One entry for each thing that can happen to one."""
    summer = datetime(2027, 6, 8, 17, 30, tzinfo=UTC)
    return (
        (
            meeting(
                note="Tea from 18:00. Croeso i bawb: tŷ, ŵyr, bôn \N{TEACUP WITHOUT HANDLE}",
                online="https://meet.example.org/hemlington",
                attending=("commissioner", "chief-constable"),
                contact="engagement@example.org",
            ),
            {"moved_from": datetime(2026, 12, 1, 18, 30, tzinfo=UTC), "sequence": 1, "expected_milestone": 700},
        ),
        (meeting(id="eston-2027-06-08", starts_at=summer, rule="eston", status=Status.TENTATIVE), {}),
        (
            meeting(
                id="brotton-2027-01-14",
                starts_at=datetime(2027, 1, 14, 18, 30, tzinfo=UTC),
                status=Status.CANCELLED,
                reason="The hall is flooded",
            ),
            {"sequence": 1},
        ),
        (
            meeting(
                id="redcar-2026-10-06",
                starts_at=datetime(2026, 10, 6, 17, 30, tzinfo=UTC),
                minutes="https://www.example.org/minutes/1.pdf",
                papers=(Link(title="Agenda", url="https://www.example.org/agenda.pdf"),),
            ),
            {},
        ),
        (campaign(), {}),
    )


def golden() -> dict[str, bytes]:
    """File name -> the bytes it must hold."""
    made = {}
    for variant, path in (("", "all"), ("plain", "plain/all"), ("rich", "rich/all")):
        items = [item(entry, variant=variant, **given) for entry, given in programme()]
        made[f"{path.replace('/', '-')}.ics"] = published(*items, path=path)
    one = feed("your-force-your-voice/area/north-ormesby")
    near = [item(entry, **given) for entry, given in programme() if holds(one, entry)]
    return {**made, "nothing-near-north-ormesby.ics": published(*near, path=one.path)}


def rendered(form: Format, entry: Entry | None = None, **given: Any) -> Item:
    """An entry as a format stores it."""
    told = revision(entry, **given)
    return Item(revision=told, fragment=form.fragments(told, OFFICE, base_url=BASE)[""])


def written(form: Format, *items: Item, path: str = "your-force-your-voice") -> bytes:
    return form.join(feed(path), items, office=OFFICE, base_url=BASE)


def golden_of(form: Format) -> dict[str, bytes]:
    """The same for any format, in its usual variant."""
    items = [rendered(form, entry, **given) for entry, given in programme()]
    nowhere = "your-force-your-voice/area/north-ormesby"
    return {
        f"all.{form.suffix}": written(form, *items, path="all"),
        f"nothing-near-north-ormesby.{form.suffix}": written(form, path=nowhere),
    }


def moved(entry: Entry, days: int) -> Entry:
    shift = timedelta(days=days)
    return replace(entry, starts_at=entry.starts_at + shift, ends_at=entry.ends_at + shift)


if __name__ == "__main__":
    every = [golden(), *(golden_of(form) for form in FORMATS.values())]
    for name, content in (found for files in every for found in files.items()):
        (GOLDEN / name).write_bytes(content)
