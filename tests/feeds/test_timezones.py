"""VTIMEZONE blocks, judged by dateutil's reader and by tzdata itself."""

from __future__ import annotations

import io
import struct
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import pytest
from dateutil.tz import tzical

from engage.feeds.timezones import vtimezone

LONDON = (
    "BEGIN:VTIMEZONE / TZID:Europe/London / BEGIN:DAYLIGHT / TZNAME:BST / TZOFFSETFROM:+0000 / TZOFFSETTO:+0100 / "
    "DTSTART:19700329T010000 / RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU / END:DAYLIGHT / BEGIN:STANDARD / TZNAME:GMT / "
    "TZOFFSETFROM:+0100 / TZOFFSETTO:+0000 / DTSTART:19701025T020000 / RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU / "
    "END:STANDARD / END:VTIMEZONE"
)
FROM, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)


def tzfile(key: str) -> bytes:
    return files("tzdata").joinpath("zoneinfo", *key.split("/")).read_bytes()


def settled(content: bytes) -> datetime:
    """The last transition a zone's file lists one by one (RFC 8536 section 3.2); its yearly rule holds after it."""
    is_ut, is_std, leaps, times, types, chars = struct.unpack(">6l", content[20:44])
    second = content[44 + times * 5 + types * 6 + chars + leaps * 8 + is_std + is_ut :]
    (times,) = struct.unpack(">l", second[32:36])
    listed = struct.unpack(f">{times}q", second[44 : 44 + 8 * times])
    return datetime.fromtimestamp(listed[-1], UTC) if listed else FROM


def read(key: str) -> object:
    return tzical(io.StringIO(vtimezone(key).decode().replace("\r\n", "\n"))).get()


def test_london_is_the_block_that_thunderbird_outlook_and_libical_read_right() -> None:
    """C32, C33: byte for byte."""
    assert vtimezone("Europe/London") == (LONDON.replace(" / ", "\r\n") + "\r\n").encode()


def test_london_equals_tzdata_at_every_half_hour() -> None:
    """C34: around each change of the clocks, and every half-hour of a year."""
    zone, ours = ZoneInfo("Europe/London"), read("Europe/London")
    wall = datetime(2026, 1, 1)
    while wall < datetime(2027, 1, 1):
        exists = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall
        assert not exists or ours.utcoffset(wall) == zone.utcoffset(wall), wall
        wall += timedelta(minutes=30)


def test_every_zone_equals_tzdata_once_its_law_is_settled() -> None:
    """C34: sample instants of 2026 to 2029, from the last change that tzdata lists outside the yearly rule."""
    compared = 0
    for key in sorted(available_timezones() - {"localtime"}):
        content = tzfile(key)
        zone = ZoneInfo.from_file(io.BytesIO(content))
        ours = read(key)
        at = max(FROM, settled(content) + timedelta(days=2))
        while at < UNTIL:
            wall = at.astimezone(zone).replace(tzinfo=None)
            assert ours.utcoffset(wall) == zone.utcoffset(wall), (key, wall)
            compared += 1
            at += timedelta(days=37, hours=5)
    assert compared > 20_000


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("Europe/Dublin", "BEGIN:DAYLIGHT\r\nTZNAME:IST\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0100"),
        ("America/Nuuk", "RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=24,25,26,27,28,29,30;BYDAY=SA"),
        ("America/Santiago", "RRULE:FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=2,3,4,5,6,7,8;BYDAY=SU"),
        ("Africa/Cairo", "RRULE:FREQ=YEARLY;BYYEARDAY=-67,-66,-65,-64,-63,-62,-61;BYDAY=FR"),
        ("Asia/Kathmandu", "TZOFFSETFROM:+0545"),
        ("Antarctica/Troll", "TZNAME:+02"),
    ],
)
def test_unusual_rules_are_told_in_words_calendar_apps_know(key: str, line: str) -> None:
    """C32: one DAYLIGHT and one STANDARD, or one STANDARD; hours before or after the day move it."""
    block = vtimezone(key).decode()
    assert line in block
    assert block.count("BEGIN:STANDARD") == 1
    assert block.count("RRULE") in {0, 2}


def test_a_zone_without_a_yearly_rule_has_one_standard_time() -> None:
    """Outlook fails on an empty VTIMEZONE."""
    assert vtimezone("Asia/Tokyo").decode().split("\r\n")[2:-2] == [
        "BEGIN:STANDARD",
        "TZNAME:JST",
        "TZOFFSETFROM:+0900",
        "TZOFFSETTO:+0900",
        "DTSTART:19700101T000000",
        "END:STANDARD",
    ]


@pytest.mark.parametrize("key", ["Europe/Middlesbrough", "../../etc/passwd", "/etc/passwd", "", "Europe", "tzdata.zi"])
def test_what_is_no_zone_is_refused(key: str) -> None:
    """A name is never a path out of the folder, nor a file that is no zone."""
    with pytest.raises(ZoneInfoNotFoundError):
        vtimezone(key)
