"""An entry as search engines and assistants read it: schema.org's Event in JSON-LD. Words are in engage.feeds.words."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from engage.domain.calendars import Access, Entry, Kind, Office, Venue
from engage.domain.revisions import Revision
from engage.feeds.compact import known
from engage.feeds.words import description, one_line, page_of, title, web_address

AMENITIES = {
    "step_free": "Step-free access",
    "hearing_loop": "Hearing loop",
    "quiet_space": "Quiet space",
    "accessible_toilet": "Accessible toilet",
    "parking": "Parking",
    "bsl": "British Sign Language",
    "notes": "Access notes",
}


def event(revision: Revision, office: Office, base_url: str) -> dict[str, Any] | None:
    """None for a deadline, which nobody attends. The title has no prefix here: the status says that it is off."""
    entry = revision.entry
    if entry.kind is Kind.DEADLINE:
        return None
    facts = {
        "@context": "https://schema.org",
        "@type": "Event",
        "identifier": f"{entry.id}@{office.uid_domain}",
        "name": title(entry),
        "url": page_of(entry, base_url),
        "description": description(revision, office, base_url=base_url),
        "inLanguage": office.written_in,
        **_moments(entry),
        **_status(revision),
        "eventAttendanceMode": _mode(entry),
        "location": _location(entry, office),
        "organizer": _organizer(office, base_url),
        "isAccessibleForFree": True,
    }
    return known(facts)


def _moments(entry: Entry) -> dict[str, str]:
    """With the offset of the zone; of whole days the first and the last."""
    if entry.first_day is not None:
        return {"startDate": str(entry.first_day), "endDate": str(entry.last_day or entry.first_day)}
    return {"startDate": entry.starts_local.isoformat(), "endDate": entry.ends_local.isoformat()}


def _status(revision: Revision) -> dict[str, str]:
    entry, before = revision.entry, revision.moved_from
    if entry.is_gone:
        return {"eventStatus": "https://schema.org/EventCancelled"}
    if before is None:
        return {"eventStatus": "https://schema.org/EventScheduled"}
    was = before.astimezone(ZoneInfo(entry.timezone))
    previous = str(was.date()) if entry.all_day else was.isoformat()
    return {"eventStatus": "https://schema.org/EventRescheduled", "previousStartDate": previous}


def _mode(entry: Entry) -> str:
    mode = ("Mixed" if entry.venue else "Online") if entry.online else "Offline"
    return f"https://schema.org/{mode}EventAttendanceMode"


def _location(entry: Entry, office: Office) -> list[dict[str, Any]]:
    """The venue and the address to join at; what has neither, such as a campaign, is in its areas."""
    venue = office.venue_by_id.get(entry.venue or "")
    places = [_place(venue, office)] if venue else []
    if entry.online:
        places.append({"@type": "VirtualLocation", "url": web_address(entry.online)})
    return places or [{"@type": "AdministrativeArea", "name": name} for name in office.names_of_areas(entry.areas)]


def _place(venue: Venue, office: Office) -> dict[str, Any]:
    address = {
        "@type": "PostalAddress",
        "streetAddress": venue.address,
        "postalCode": venue.postcode,
        "addressCountry": office.country[:2],
    }
    place = {"@type": "Place", "name": one_line(venue.name), "address": known(address)}
    if venue.geo is not None:
        latitude, longitude = venue.geo
        place["geo"] = {"@type": "GeoCoordinates", "latitude": latitude, "longitude": longitude}
    return known({**place, "amenityFeature": _amenities(venue.access) if venue.access else []})


def _amenities(access: Access) -> list[dict[str, Any]]:
    """What is there, and what is said not to be."""
    told = known(vars(access))
    return [
        {"@type": "LocationFeatureSpecification", "name": name, "value": told[key]}
        for key, name in AMENITIES.items()
        if key in told
    ]


def _organizer(office: Office, base_url: str) -> dict[str, Any]:
    url = office.website or f"{base_url.rstrip('/')}/"
    return {"@type": "Organization", "name": one_line(office.name), "url": url, "email": office.email}
