"""What anybody may take away: everything published, in words that the page explains, unharmed by what staff typed."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime

import pytest

from engage.feeds import tables
from engage.web.pages.open_data import MEETINGS, MILESTONES
from tests.office import meeting, settle

FILES = ("meetings.json", "meetings.csv", "meetings.geojson", "milestones.json", "milestones.csv")
TYPES = {"json": "application/json; charset=utf-8", "geojson": "application/geo+json; charset=utf-8",
         "csv": "text/csv; charset=utf-8; header=present"}  # fmt: skip


def data(browser, name: str):
    answer = browser.get(f"/open-data/{name}")
    assert answer.status_code == 200
    if name.endswith(".csv"):
        return list(csv.DictReader(io.StringIO(answer.text, newline=""), strict=True))
    return json.loads(answer.content)


def by_id(rows: list[dict]) -> dict[str, dict]:
    return {row["id"]: row for row in rows}


def test_a_meeting_has_all_that_is_published_of_it(browser, office):
    """Times with an offset, the place, areas, links; unknown is null; the same values in CSV."""
    office.talks(
        meeting("summer", "2027-07-06T18:30:00", topics=["fraud"], online="https://meet.example.org/x"),
        meeting("off", "2026-12-08T18:30:00", status="cancelled", reason="Flood", venue="quay"),
    )
    browser.publish()
    whole = data(browser, "meetings.json")
    found = by_id(whole["meetings"])
    assert list(found) == ["winter-a", "off", "winter-b", "harbour-a", "summer"]
    one = found["summer"]
    assert list(one) == MEETINGS
    assert (one["start"], one["end"]) == ("2027-07-06T18:30:00+01:00", "2027-07-06T20:00:00+01:00")
    assert (one["venue"], one["postcode"], one["latitude"], one["longitude"]) == ("Village Hall", "ZZ1 4AA", 54.5, -1.2)
    assert (one["areas"], one["area_names"]) == (["eastfield"], ["Eastfield"])
    assert (one["topics"], one["topic_names"]) == (["community", "fraud"], ["Community", "Fraud"])
    assert (one["attendance"], one["counted"], one["number"]) == (None, False, None)
    assert one["url"] == "http://127.0.0.1:8000/meetings/summer"
    assert (found["off"]["status"], found["off"]["reason"], found["off"]["latitude"]) == ("cancelled", "Flood", None)
    assert found["winter-a"]["status"] == "removed"
    assert whole["publisher"] == "Office for Community Safety of Westmark"
    assert datetime.fromisoformat(whole["updated"]) == max(
        datetime.fromisoformat(row["modified"]) for row in found.values()
    )
    row = by_id(data(browser, "meetings.csv"))["summer"]
    assert list(row) == MEETINGS
    assert (row["areas"], row["topics"], row["longitude"], row["counted"]) == (
        "eastfield",
        "community; fraud",
        "-1.2",
        "false",
    )


def test_a_held_meeting_is_counted_and_numbered(anywhere):
    """What the milestone page counts, meeting by meeting; the files change with it, and so does their date."""
    before = anywhere.get("/open-data/meetings.json")
    anywhere.clock.move(days=2)
    settle(anywhere.app)
    anywhere.site.snapshot.refresh()
    found = by_id(data(anywhere, "meetings.json")["meetings"])
    assert (found["winter-a"]["counted"], found["winter-a"]["number"]) == (True, 696)
    assert (found["winter-b"]["counted"], found["winter-b"]["number"]) == (False, None)
    after = anywhere.get("/open-data/meetings.json", If_Modified_Since=before.headers["last-modified"])
    assert after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]


def test_milestones_reached_and_the_next_one(browser, office):
    """The one that five more meetings reach, first expected, then reached, with its meeting."""
    office.talks(*(meeting(f"m{n}", f"2026-12-0{n}T18:30:00") for n in range(1, 8)))
    browser.publish()
    (coming,) = data(browser, "milestones.json")["milestones"]
    assert list(coming) == MILESTONES
    assert (coming["number"], coming["status"], coming["date"]) == (700, "expected", "2026-12-05")
    browser.clock.move(days=14)
    settle(browser.app)
    browser.site.snapshot.refresh()
    reached, then = data(browser, "milestones.csv")
    assert (reached["number"], reached["status"], reached["meeting_id"], reached["held"]) == (
        "700",
        "reached",
        "m5",
        "701",
    )
    assert (then["number"], then["status"], then["date"], then["url"]) == ("750", "expected", "", "")


def test_meetings_on_a_map(browser):
    """Venues with coordinates are points, longitude first; the others are there without a place."""
    found = data(browser, "meetings.geojson")
    points = {feature["id"]: feature["geometry"] for feature in found["features"]}
    assert points["winter-a"] == {"type": "Point", "coordinates": [-1.2, 54.5]}
    assert points["harbour-a"] is None
    assert found["features"][0]["properties"]["title"] == "Talk winter-a"


@pytest.mark.parametrize("name", FILES)
def test_files_are_conditional_typed_and_open(browser, name):
    """S12, C07 to C12: media type with charset, ETag and 304, gzip, HEAD, a name to save under, CORS, no cookie."""
    path = f"/open-data/{name}"
    whole = browser.get(path, Accept_Encoding="identity")
    headers = whole.headers
    assert headers["content-type"] == TYPES[name.rpartition(".")[2]]
    assert headers["access-control-allow-origin"] == "*"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-disposition"] == f'inline; filename="{name}"'
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "set-cookie" not in headers
    assert browser.get(path, If_None_Match=headers["etag"], Accept_Encoding="identity").status_code == 304
    assert browser.get(path, If_Modified_Since=headers["last-modified"]).status_code == 304
    assert browser.get(path, Accept_Encoding="gzip").content == whole.content
    assert browser.client.head(path).content == b""


def test_a_query_makes_no_new_work(browser, monkeypatch):
    """Size: the file is made once for each state, whatever is written behind the question mark."""
    made, real = [], tables.as_json
    monkeypatch.setattr(tables, "as_json", lambda *given: made.append(given) or real(*given))
    before = browser.get("/open-data/meetings.json").content
    for n in range(5):
        assert browser.get(f"/open-data/meetings.json?x={n}").content == before
    assert len(made) == 1


def test_hostile_titles_stay_in_their_cells(browser, office):
    """B16 to B18, B46, S38: no formula, no further column or row, no markup that could act."""
    title = "=cmd|' /C calc'!A0,<script>alert(1)</script>"
    office.talks(meeting("nasty", "2026-12-08T18:30:00", title=title, note="x"))
    browser.publish()
    assert by_id(data(browser, "meetings.csv"))["nasty"]["title"] == f"'{title}"
    assert by_id(data(browser, "meetings.json")["meetings"])["nasty"]["title"] == title


def test_the_page_explains_every_column(browser):
    """A data dictionary, the licence, and when it last changed; the header row is what it says."""
    text = browser.text("/open-data")
    assert "Open Government Licence v3.0" in text
    assert "Last changed: Monday 23 November 2026 at midday" in text
    for name in {*MEETINGS, *MILESTONES}:
        assert name in text
    for name in FILES:
        assert browser.get(f"/open-data/{name}").status_code == 200
        assert f'href="/open-data/{name}"' in browser.get("/open-data").text
    assert "/open-data" in browser.get("/").text


def test_nothing_is_there_before_anything_was_published(empty):
    """A sentence and 503, not an empty file that a map would take for the truth."""
    for name in FILES:
        assert empty.get(f"/open-data/{name}").status_code == 503
