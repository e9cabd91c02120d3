"""The feed as JSON Feed 1.1."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from engage.domain.calendars import Access, Link, Status
from engage.feeds.jsonfeed import JSON, KEYS
from tests.feeds.samples import BASE, OFFICE, campaign, golden_of, meeting, programme, rendered, revision, written


def one(entry: Any = None, **given: Any) -> dict[str, Any]:
    return json.loads(rendered(JSON, entry, **given).fragment)


def facts(entry: Any = None, **given: Any) -> dict[str, Any]:
    return one(entry, **given)["_engage"]


def test_the_head_is_what_the_specification_asks() -> None:
    """Version, title and items; where it is and who writes it; `language` as in our pages."""
    feed = json.loads(written(JSON, path="your-force-your-voice/area/hemlington"))
    assert feed == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Your Force Your Voice: Hemlington",
        "home_page_url": f"{BASE}/areas/hemlington",
        "feed_url": f"{BASE}/feeds/your-force-your-voice/area/hemlington.json",
        "description": "Community meetings with the Commissioner. What concerns Hemlington.",
        "language": "en-GB",
        "authors": [{"name": OFFICE.name}],
        "items": [],
    }


def test_an_item_is_the_entry() -> None:
    """The UID of every other format, its page, its words, its dates in UTC, its topics as tags."""
    item = one(meeting(note="Tea from 18:00"))
    assert item["id"] == "hemlington-winter-2026@pcc.example.org"
    assert item["url"] == f"{BASE}/meetings/hemlington-winter-2026"
    assert item["title"] == "Policing in Hemlington: your questions"
    assert item["content_text"].startswith("Tea from 18:00\n\nAccess: step-free")
    assert (item["date_published"], item["date_modified"]) == ("2026-09-01T09:00:00Z", "2026-11-02T10:15:30Z")
    assert item["tags"] == ["Burglary, theft; and home security", "Community"]
    assert one(campaign()).get("tags") is None


def test_times_carry_the_offset_of_the_zone_and_whole_days_are_dates() -> None:
    """The last day is included, as people say it."""
    winter, summer = facts(), facts(meeting(starts_at=datetime(2027, 6, 8, 17, 30, tzinfo=UTC)))
    assert (winter["start"], winter["end"]) == ("2026-12-03T18:30:00+00:00", "2026-12-03T20:00:00+00:00")
    assert (summer["start"], summer["end"]) == ("2027-06-08T18:30:00+01:00", "2027-06-08T20:00:00+01:00")
    assert (summer["timezone"], summer["all_day"]) == ("Europe/London", False)
    days = facts(campaign(), moved_from=datetime(2026, 11, 20, tzinfo=UTC))
    assert (days["start"], days["end"], days["all_day"]) == ("2026-11-25", "2026-12-10", True)
    assert days["moved_from"] == "2026-11-20"
    before = datetime(2026, 6, 9, 17, 30, tzinfo=UTC)
    assert facts(moved_from=before)["moved_from"] == "2026-06-09T18:30:00+01:00"


def test_the_venue_tells_all_of_its_access() -> None:
    """What is not there is false, what nobody said is absent."""
    access = Access(step_free=True, hearing_loop=False, accessible_toilet=True, parking="3 bays", bsl="On request", notes="Ring")  # fmt: skip
    office = replace(OFFICE, venues=(replace(OFFICE.venues[0], access=access),))
    told = json.loads(JSON.fragments(revision(), office, base_url=BASE)[""])
    assert told["_engage"]["venue"] == {
        "id": "hub",
        "name": "Community Hub",
        "address": "1 Sample Street, Middlesbrough",
        "postcode": "TS8 0AA",
        "geo": [54.53, -1.26],
        "access": {
            "step_free": True,
            "hearing_loop": False,
            "accessible_toilet": True,
            "parking": "3 bays",
            "bsl": "On request",
            "notes": "Ring",
        },
    }
    assert "venue" not in facts(meeting(venue=None, online="https://meet.example.org/x"))


def test_what_is_known_afterwards() -> None:
    """Minutes and papers as they come; how many came only once it was held."""
    after = {"modified_at": datetime(2026, 12, 4, 9, tzinfo=UTC)}
    held = meeting(
        attendance=0, minutes="https://www.example.org/m.pdf", papers=(Link(title="A", url="https://a.example.org"),)
    )
    assert facts(held, **after)["attendance"] == 0
    assert facts(held, **after)["minutes"] == "https://www.example.org/m.pdf"
    assert facts(held, **after)["papers"] == [{"title": "A", "url": "https://a.example.org"}]
    assert "attendance" not in facts(held)
    assert "attendance" not in facts(replace(held, status=Status.NOT_HELD), **after)


@pytest.mark.parametrize("status", Status)
def test_the_status_is_the_offices_own_word(status: Status) -> None:
    """And the reason stands beside it; a milestone that will not be is not told."""
    told = facts(meeting(status=status, reason="The hall is flooded"), expected_milestone=700)
    assert (told["status"], told["reason"]) == (status.value, "The hall is flooded")
    assert ("expected_milestone" in told) is (status in {Status.CONFIRMED, Status.TENTATIVE})


def test_every_key_is_explained() -> None:
    """On the page to which `about` leads; a key that exists and is not explained cannot be used."""
    explained = {key for keys in KEYS for key in keys.split(", ") if "." not in key}
    told = {key for entry, given in programme() for key in facts(entry, **given)}
    after = datetime(2026, 12, 4, tzinfo=UTC)
    told |= facts(meeting(attendance=3, url="https://www.example.org/x"), modified_at=after).keys()
    assert told == explained
    assert facts()["about"] == f"{BASE}/feeds#keys"


def test_items_stand_in_the_order_of_the_feed() -> None:
    """By start, as in a calendar; JSON Feed leaves it to us."""
    feed = json.loads(golden_of(JSON)["all.json"])
    starts = [item["_engage"]["start"][:10] for item in feed["items"]]
    assert starts == sorted(starts)
    assert len(starts) == 5
