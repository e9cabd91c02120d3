"""What search engines and assistants read of an entry, and the formats to which pages lead."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from engage.domain.calendars import Access, Kind, Status
from engage.feeds import FORMATS
from engage.web.structured import event
from tests.feeds.samples import BASE, OFFICE, campaign, meeting, revision
from tests.office import meeting as meeting_table

ONLINE = "https://meet.example.org/hemlington"
SCHEMA = "https://schema.org"


def told(entry: Any = None, *, office: Any = OFFICE, **given: Any) -> dict[str, Any]:
    found = event(revision(entry, **given), office, BASE)
    assert found is not None
    return found


def test_a_meeting_is_an_event() -> None:
    """Its name, moments with their offset, its page, who holds it, and that it costs nothing."""
    found = told(meeting(starts_at=datetime(2027, 6, 8, 17, 30, tzinfo=UTC)))
    assert (found["@context"], found["@type"]) == (SCHEMA, "Event")
    assert found["name"] == "Policing in Hemlington: your questions"
    assert (found["startDate"], found["endDate"]) == ("2027-06-08T18:30:00+01:00", "2027-06-08T20:00:00+01:00")
    assert found["url"] == f"{BASE}/meetings/hemlington-winter-2026"
    assert found["organizer"] == {
        "@type": "Organization",
        "name": OFFICE.name,
        "url": f"{BASE}/",
        "email": "pcc@example.org",
    }
    assert found["isAccessibleForFree"] is True
    assert "Access: step-free" in found["description"]


@pytest.mark.parametrize(
    ("entry", "moved", "status"),
    [
        (meeting(), None, "EventScheduled"),
        (meeting(status=Status.TENTATIVE), None, "EventScheduled"),
        (meeting(), datetime(2026, 6, 9, 17, 30, tzinfo=UTC), "EventRescheduled"),
        (meeting(status=Status.CANCELLED), datetime(2026, 6, 9, 17, 30, tzinfo=UTC), "EventCancelled"),
        (meeting(status=Status.NOT_HELD), None, "EventCancelled"),
        (meeting(status=Status.REMOVED), None, "EventCancelled"),
    ],
)
def test_the_status_is_schema_orgs(entry: Any, moved: datetime | None, status: str) -> None:
    """What has moved says from when, in its own offset; what is off says no more."""
    found = told(entry, moved_from=moved)
    assert found["eventStatus"] == f"{SCHEMA}/{status}"
    assert found.get("previousStartDate") == ("2026-06-09T18:30:00+01:00" if status == "EventRescheduled" else None)
    assert "CANCELLED" not in found["name"]


def test_where_it_is_attended() -> None:
    """In a place, online, or both."""
    place, online, both = told(), told(meeting(venue=None, online=ONLINE)), told(meeting(online=ONLINE))
    modes = [found["eventAttendanceMode"].removeprefix(f"{SCHEMA}/") for found in (place, online, both)]
    assert modes == ["OfflineEventAttendanceMode", "OnlineEventAttendanceMode", "MixedEventAttendanceMode"]
    assert online["location"] == [{"@type": "VirtualLocation", "url": ONLINE}]
    assert both["location"] == [*place["location"], *online["location"]]


def test_the_place_says_how_to_get_there_and_in() -> None:
    """Address, position, and everything known about access, also what is missing."""
    access = Access(step_free=True, hearing_loop=False, quiet_space=True, accessible_toilet=True, parking="3 bays", bsl="Booked", notes="Ring")  # fmt: skip
    office = replace(OFFICE, venues=(replace(OFFICE.venues[0], access=access),))
    (place,) = told(office=office)["location"]
    assert place["address"] == {
        "@type": "PostalAddress",
        "streetAddress": "1 Sample Street, Middlesbrough",
        "postalCode": "TS8 0AA",
        "addressCountry": "GB",
    }
    assert place["geo"] == {"@type": "GeoCoordinates", "latitude": 54.53, "longitude": -1.26}
    assert {one["name"]: one["value"] for one in place["amenityFeature"]} == {
        "Step-free access": True,
        "Hearing loop": False,
        "Quiet space": True,
        "Accessible toilet": True,
        "Parking": "3 bays",
        "British Sign Language": "Booked",
        "Access notes": "Ring",
    }
    silent = replace(OFFICE, venues=(replace(OFFICE.venues[0], access=None),))
    assert "amenityFeature" not in told(office=silent)["location"][0]


def test_a_campaign_is_days_in_its_areas_and_a_deadline_is_no_event() -> None:
    """Nobody attends a deadline."""
    found = told(campaign(), moved_from=datetime(2026, 11, 20, tzinfo=UTC))
    assert (found["startDate"], found["endDate"]) == ("2026-11-25", "2026-12-10")
    assert found["previousStartDate"] == "2026-11-20"
    assert found["location"] == [{"@type": "AdministrativeArea", "name": "Cleveland"}]
    assert event(revision(campaign(kind=Kind.DEADLINE)), OFFICE, BASE) is None


class Data(HTMLParser):
    """The blocks of data in a page, and every tag, as a browser finds them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self.links: list[dict[str, str | None]] = []
        self._is_data = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self._is_data = tag == "script"
        if tag == "script":
            assert found == {"type": "application/ld+json"}
        if tag == "link" and found.get("rel") == "alternate":
            self.links.append(found)

    def handle_data(self, data: str) -> None:
        if self._is_data:
            self.blocks.append(data)

    def handle_endtag(self, _tag: str) -> None:
        self._is_data = False


def test_a_page_holds_the_data_and_no_title_breaks_out(browser, office):
    """B64: `</script>` in staff's words ends nothing, and is read back as it was written."""
    title = "</script><script>alert(1)</script><!-- & 'x' \N{TEACUP WITHOUT HANDLE}"
    office.talks(meeting_table("winter-a", "2026-11-24T18:30:00", title=title))
    browser.publish()
    page = browser.get("/meetings/winter-a")
    (block,) = Data(page.text).blocks
    assert json.loads(block)["name"] == title
    assert not re.search("[<>&']", block)
    assert "script-src" not in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/meetings/winter-a", ["/meetings/winter-a.ics", *(f"/feeds/village-talks.{suffix}" for suffix in FORMATS)]),
        (
            "/feeds?calendar=village-talks&part=all",
            [f"/feeds/village-talks.{suffix}" for suffix in FORMATS],
        ),
        ("/feeds?calendar=village-talks&part=area/harbour", ["/feeds/village-talks/area/harbour.ics"]),
    ],
)
def test_pages_lead_to_every_format(browser, path, wanted):
    """In the head for programs and in a line for people; each answers with the type that is promised."""
    html = browser.get(path).text
    links = Data(html).links
    assert [link["href"] for link in links] == wanted
    for link in links:
        answer = browser.get(link["href"])
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == link["type"]
        assert f'<a href="{link["href"]}"' in html or f'href="{link["href"]}">Add to your calendar' in html


def test_every_key_of_the_json_feed_is_explained_where_it_says(browser):
    """The `about` of its items leads to a heading of the chooser, and the table there names what items hold."""
    item = browser.get("/feeds/village-talks.json").json()["items"][0]["_engage"]
    path, _, anchor = item["about"].removeprefix(browser.app.base_url.rstrip("/")).partition("#")
    html = browser.get(path).text
    assert f'id="{anchor}"' in html
    named = {key for keys in re.findall(r'<th scope="row">([a-z_., ]+)</th>', html) for key in keys.split(", ")}
    assert item.keys() <= named


def test_what_comes_after_a_meeting_reaches_its_entry_everywhere(browser, office):
    """The milestone it is expected to be, then its minutes and papers: the same entry on its page and in every format."""
    ahead = [meeting_table(f"week-{n}", f"2026-12-{n:02}T18:30:00") for n in range(1, 6)]
    office.talks(*ahead)
    browser.publish()
    for told in everywhere(browser, "week-5"):
        assert "700th Village Talks meeting" in told
    browser.clock.move(days=20)
    papers = '[{ title = "Agenda", url = "https://www.example.org/a.pdf" }]'
    minutes = 'minutes = "https://www.example.org/m.pdf"'
    office.talks(*ahead[:-1], f"{ahead[-1]}{minutes}\npapers = {papers}\nattendance = 41\n")
    browser.publish()
    for told in everywhere(browser, "week-5"):
        assert "https://www.example.org/m.pdf" in told
        assert "https://www.example.org/a.pdf" in told
    items = {item["id"]: item["_engage"] for item in browser.get("/feeds/all.json").json()["items"]}
    assert items["week-5@westmark.example.org"]["attendance"] == 41
    assert "41 people" in browser.text("/meetings/week-5")


def everywhere(browser, entry_id: str) -> list[str]:
    """The entry's page, and every feed that holds it, with its lines unfolded."""
    bodies = [browser.get(f"/feeds/village-talks.{suffix}").content.replace(b"\r\n ", b"") for suffix in FORMATS]
    assert all(entry_id.encode() in body for body in bodies)
    return [browser.get(f"/meetings/{entry_id}").text, *(body.decode() for body in bodies)]
