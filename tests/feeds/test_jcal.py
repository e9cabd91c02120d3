"""The feed as jCal (RFC 7265): the same data as the iCalendar feed, type by type."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from icalendar import Calendar, Component

from engage.domain.calendars import Entry
from engage.feeds.jcal import JCAL
from tests.feeds.samples import BASE, campaign, golden, golden_of, meeting, rendered, written


def properties(entry: Entry | None = None, **given: Any) -> dict[str, list[Any]]:
    """Name -> the property, of the one VEVENT."""
    name, found, inner = json.loads(rendered(JCAL, entry, **given).fragment)
    assert (name, inner) == ("vevent", [])
    return {one[0]: one for one in found}


@pytest.mark.parametrize("name", ["all", "nothing-near-north-ormesby"])
def test_read_back_it_is_the_icalendar_feed(name: str) -> None:
    """icalendar's own reader of jCal finds every property of the .ics, with its parameters; only SOURCE differs."""
    back = Component.from_jcal(golden_of(JCAL)[f"{name}.jcal"].decode())
    there = Calendar.from_ical(golden()[f"{name}.ics"])
    assert _told(back) == [line.removesuffix(".ics") + ".jcal" if " SOURCE " in line else line for line in _told(there)]
    assert [part.name for part in back.walk()] == [part.name for part in there.walk()]


def _told(component: Component) -> list[str]:
    """Every property as a line; VALUE is left out, which jCal tells as a type."""
    return [
        f"{part.name} {name} {sorted((k, v) for k, v in value.params.items() if k != 'VALUE')} {_value(value)}"
        for part in component.walk()
        for name, values in part.items()
        for value in (values if isinstance(values, list) else [values])
    ]


def _value(value: Any) -> str:
    told = value.to_ical()
    return str(told if isinstance(told, str) else told.decode())


def test_every_value_has_its_type_in_lower_case() -> None:
    """RFC 7265 3.4 and 3.6: dates with separators, numbers as numbers, several values side by side."""
    found = properties(meeting(online="https://meet.example.org/a;b,c"), sequence=3)
    assert found["dtstart"] == ["dtstart", {"tzid": "Europe/London"}, "date-time", "2026-12-03T18:30:00"]
    assert found["dtstamp"] == ["dtstamp", {}, "date-time", "2026-11-02T10:15:30Z"]
    assert found["sequence"] == ["sequence", {}, "integer", 3]
    assert found["geo"] == ["geo", {}, "float", [54.53, -1.26]]
    assert found["categories"] == ["categories", {}, "text", "Burglary, theft; and home security", "Community"]
    conference = {"feature": ["AUDIO", "VIDEO"], "label": "Join online"}
    assert found["conference"] == ["conference", conference, "uri", "https://meet.example.org/a;b,c"]
    assert found["url"] == ["url", {}, "uri", f"{BASE}/meetings/hemlington-winter-2026"]
    assert properties(campaign())["dtend"] == ["dtend", {}, "date", "2026-12-11"]
    assert properties(meeting(timezone="UTC"))["dtstart"] == ["dtstart", {}, "date-time", "2026-12-03T18:30:00Z"]


def test_texts_are_neither_escaped_nor_dirty() -> None:
    """RFC 7265 3.3: JSON has its own escapes; control characters have gone before."""
    found = properties(meeting(title="a\\n; b, \x07c", note="one\r\ntwo"))
    assert found["summary"][3] == "a\\n; b, c"
    assert "one\ntwo" in found["description"][3]


def test_the_head_and_its_zones() -> None:
    """C31 holds here too; a rule's single values stand alone (RFC 7265 3.6.10)."""
    lisbon = meeting(id="lisbon", timezone="Europe/Lisbon", starts_at=datetime(2026, 12, 4, 18, tzinfo=UTC))
    hostile = meeting(id="zone", title='["dtstart",{"tzid":"Mars/Base"},')
    name, head, parts = json.loads(written(JCAL, rendered(JCAL, lisbon), rendered(JCAL, hostile)))
    assert name == "vcalendar"
    assert ["refresh-interval", {}, "duration", "PT6H"] in head
    assert ["source", {}, "uri", f"{BASE}/feeds/your-force-your-voice.jcal"] in head
    assert [part[1][0][3] for part in parts if part[0] == "vtimezone"] == ["Europe/Lisbon", "Europe/London"]
    _, (_, (daylight, standard)) = parts[0][0], parts[1][1:]
    assert ["tzoffsetto", {}, "utc-offset", "+01:00"] in daylight[1]
    assert ["rrule", {}, "recur", {"freq": "YEARLY", "bymonth": 10, "byday": "-1SU"}] in standard[1]
