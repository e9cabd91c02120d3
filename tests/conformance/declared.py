"""What a reader must find in a feed, from the domain's entries, and how what it found differs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engage.domain.calendars import Entry, Office, Status
from engage.domain.revisions import Revision
from engage.feeds.words import description, one_line, page_of, summary
from tests.conformance.cases import Case
from tests.conformance.known import as_read, is_known

WORDS = {Status.CONFIRMED: "CONFIRMED", Status.TENTATIVE: "TENTATIVE"}


def differences(consumer: str, case: Case, told: dict[str, Any]) -> Iterator[str]:
    """Everything that the consumer objects to or reads otherwise than declared, beyond what is known of it."""
    yield from (f"objects: {c}" for c in told["complaints"] if not is_known(consumer, case.variant, c))
    read = {entry["uid"]: entry for entry in told["entries"]}
    wanted = {entry["uid"]: entry for entry in (declared(case, r) for r in case.revisions)}
    if len(read) != len(told["entries"]) or set(read) != set(wanted):
        yield f"{len(told['entries'])} entries instead of {len(wanted)}; amiss: {list(set(read) ^ set(wanted))[:3]}"
    for uid in sorted(set(read) & set(wanted)):
        for field, value in wanted[uid].items():
            expected = as_read(consumer, field, value)
            if _rounded(read[uid][field]) != expected:
                yield f"{uid} {field}: {read[uid][field]!r} instead of {expected!r}"


def declared(case: Case, revision: Revision) -> dict[str, Any]:
    """One entry as every reader must show it."""
    entry, office = revision.entry, case.office
    venue = office.venue_by_id.get(entry.venue or "")
    starts, ends = _moments(entry)
    gone = "CONFIRMED" if case.variant == "plain" else "CANCELLED"
    return {
        "uid": f"{entry.id}@{office.uid_domain}",
        "recurrence_id": None,
        "start": starts,
        "end": ends,
        "summary": summary(entry),
        "description": description(revision, office, base_url=case.base_url),
        "location": one_line(venue.line) if venue else "Online" if entry.online else None,
        "status": WORDS.get(entry.status, gone),
        "categories": _categories(entry, office),
        "url": page_of(entry, case.base_url),
        "geo": list(venue.geo) if venue and venue.geo else None,
        "sequence": revision.sequence,
        "stamp": _stamp(revision.modified_at),
        "modified": _stamp(revision.modified_at),
        "created": _stamp(revision.created_at),
    }


def _moments(entry: Entry) -> tuple[dict[str, str], dict[str, str]]:
    """As instants, and as the clock on the wall shows them; in the night that doubles an hour, as UTC."""
    if entry.first_day is not None:
        after = (entry.last_day or entry.first_day) + timedelta(days=1)
        return {"date": entry.first_day.isoformat()}, {"date": after.isoformat()}
    zone = ZoneInfo(entry.timezone)
    if any(_is_doubled(moment.astimezone(zone)) for moment in (entry.starts_at, entry.ends_at)):
        zone = ZoneInfo("UTC")
    starts, ends = (
        {"instant": _stamp(moment), "wall": f"{moment.astimezone(zone):%Y-%m-%dT%H:%M:%S}"}
        for moment in (entry.starts_at, entry.ends_at)
    )
    return starts, ends


def _is_doubled(moment: datetime) -> bool:
    return moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()


def _categories(entry: Entry, office: Office) -> list[str]:
    return [one_line(name) for name in office.names_of_topics(entry.topics)]


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _rounded(value: Any) -> Any:
    """Readers keep GEO as binary fractions."""
    return [round(part, 6) if isinstance(part, float) else part for part in value] if isinstance(value, list) else value
