"""Entries of an invented programme, as values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from engage.domain.calendars import Area, Calendar, Entry, Kind, Office, Programme, Topic, Venue

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PROGRAMME = Programme(opening_count=695, opening_on=date(2026, 10, 31), every=50, announce_ahead=2)
OFFICE = Office(
    name="Office for Community Safety",
    short_name="OCS",
    email="ocs@example.org",
    timezone="Europe/London",
    uid_domain="ocs.example.org",
    areas=(
        Area(id="force", name="Force"),
        Area(id="north", name="North", within="force", postcodes=("ZZ1", "ZZ2")),
        Area(id="mill", name="Mill Lane", within="north", postcodes=("ZZ1 4",)),
        Area(id="south", name="South", within="force", postcodes=("ZZ2", "ZZ3")),
    ),
    topics=(Topic(id="burglary", name="Burglary"), Topic(id="fraud", name="Fraud")),
    venues=(Venue(id="hall", name="Hall", area="north"),),
    calendars=(Calendar(id="talks", name="Talks", timezone="Europe/London", programme=PROGRAMME),),
)


def meeting(id: str = "m", *, days: float = 1, **given: Any) -> Entry:
    """A counting meeting of 90 minutes, *days* after NOW."""
    starts_at = given.pop("starts_at", NOW + timedelta(days=days))
    usual: dict[str, Any] = {
        "calendar_id": "talks",
        "kind": Kind.MEETING,
        "title": f"Talk {id}",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=90),
        "timezone": "Europe/London",
        "areas": ("north",),
        "venue": "hall",
        "counts": True,
    }
    return Entry(id=id, **{**usual, **given})
