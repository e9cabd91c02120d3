"""What stands at the head of a feed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from engage.domain.feeds import Feed
from engage.feeds.colours import css_name
from engage.feeds.ics import ICS, render_entry, single
from tests.feeds.samples import BASE, OFFICE, campaign, feed, item, meeting, published, revision, unfolded, value


def head(body: bytes) -> list[str]:
    lines = unfolded(body)
    return lines[: lines.index("BEGIN:VTIMEZONE")]


def test_one_calendar_with_version_and_product() -> None:
    """C20, C21."""
    lines = unfolded(published(item()))
    assert lines.count("BEGIN:VCALENDAR") == lines.count("END:VCALENDAR") == 1
    assert value(lines, "VERSION") == "2.0"
    assert value(lines, "PRODID") == "-//pcc.example.org//engage//EN"
    assert value(lines, "CALSCALE") == "GREGORIAN"


def test_name_and_description_stand_in_both_spellings() -> None:
    """C24, C25, C26."""
    lines = head(published(item(), path="your-force-your-voice/area/hemlington"))
    assert value(lines, "NAME") == value(lines, "X-WR-CALNAME") == "Your Force Your Voice: Hemlington"
    assert value(lines, "DESCRIPTION") == value(lines, "X-WR-CALDESC")
    assert value(lines, "X-WR-TIMEZONE") == "Europe/London"


def test_both_refresh_hints_say_six_hours() -> None:
    """C27: the value type is demanded by RFC 7986."""
    lines = head(published())
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT6H" in lines
    assert "X-PUBLISHED-TTL:PT6H" in lines


def test_the_feed_tells_where_it_is_from_and_when_it_changed() -> None:
    """C28: LAST-MODIFIED is the newest revision's, and left out when there is none."""
    newest = datetime(2026, 12, 1, 8, 0, 5, tzinfo=UTC)
    body = published(item(), item(meeting(id="other"), modified_at=newest), path="plain/campaigns/area/hartlepool")
    lines = head(body)
    assert f"SOURCE;VALUE=URI:{BASE}/feeds/plain/campaigns/area/hartlepool.ics" in lines
    assert value(lines, "URL") == f"{BASE}/areas/hartlepool"
    assert value(lines, "LAST-MODIFIED") == "20261201T080005Z"
    assert not [line for line in head(published()) if line.startswith("LAST-MODIFIED")]


def test_an_empty_feed_is_a_calendar_with_its_time_zone() -> None:
    """C16: a VCALENDAR must hold a component."""
    lines = unfolded(published())
    assert lines.count("BEGIN:VTIMEZONE") == 1
    assert "BEGIN:VEVENT" not in lines


@pytest.mark.parametrize(("colour", "name"), [("#000080", "navy"), ("#FFA500", "orange"), ("#1d3f6e", None)])
def test_a_colour_is_named_or_left_out(colour: str, name: str | None) -> None:
    """C30: COLOR takes CSS3 names only."""
    assert css_name(colour) == name
    lines = head(published(office=replace(OFFICE, colour=colour)))
    assert [line for line in lines if line.startswith("COLOR")] == ([f"COLOR:{name}"] if name else [])


def test_each_zone_used_is_defined_once() -> None:
    """C31: two entries in one zone, one in another, one in UTC and one of whole days."""
    starts_at = datetime(2026, 12, 4, 18, tzinfo=UTC)
    others = [
        item(meeting(id="lisbon", timezone="Europe/Lisbon", starts_at=starts_at)),
        item(meeting(id="utc", timezone="UTC", starts_at=starts_at)),
        item(campaign()),
    ]
    lines = unfolded(published(item(), item(meeting(id="second")), *others))
    assert [line for line in lines if line.startswith("TZID:")] == ["TZID:Europe/Lisbon", "TZID:Europe/London"]


def test_a_title_cannot_pose_as_a_zone() -> None:
    """C31, C68: zones are found in the stored bytes by a line that no text can make."""
    hostile = meeting(title="\r\nDTSTART;TZID=Mars/Base:20260101T000000", note="x\nDTSTART;TZID=Mars/Base:2026")
    assert b"TZID:Mars" not in published(item(hostile))
    assert b"TZID:Mars" not in single(item(hostile).fragment, OFFICE)


def test_a_single_entry_is_the_same_vevent_in_a_plain_wrapper() -> None:
    """C41: the same UID and bytes; no name, source or refresh hint, because nobody subscribes to a download."""
    vevent = render_entry(revision(), OFFICE, base_url=BASE)
    body = single(vevent, OFFICE)
    assert vevent in body
    assert vevent in published(item())
    names = {line.split(":")[0] for line in head(body)}
    assert names == {"BEGIN", "VERSION", "PRODID", "CALSCALE"}
    assert b"BEGIN:VTIMEZONE" not in single(render_entry(revision(campaign()), OFFICE, base_url=BASE), OFFICE)


def test_a_trailing_slash_of_the_base_address_is_no_difference() -> None:
    """Settings hold it with one."""
    vevent = render_entry(revision(), OFFICE, base_url=f"{BASE}/")
    assert vevent == item().fragment
    wanted = published(item())
    assert ICS.join(feed(), [item()], office=OFFICE, base_url=f"{BASE}/") == wanted


def test_a_feed_may_be_made_for_one_purpose() -> None:
    """A personal selection is a Feed like any other, with areas of several branches."""
    own = Feed(path="me", name="Mine", description="What I follow", timezone="Europe/London", near=frozenset({"x"}))
    body = ICS.join(own, [item()], office=OFFICE, base_url=BASE)
    assert value(head(body), "NAME") == "Mine"
