"""Feeds as they are found in the world: what the linter says helps, and valid foreign ones are not drowned in problems."""

from __future__ import annotations

import pytest

from engage.feeds.lint import lint_bytes
from tests.feeds.lint.faults import GOOD, ZONE

GOOGLE = """\
BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:PUBLISH
X-WR-CALNAME:Village hall
X-WR-TIMEZONE:Europe/London
BEGIN:VEVENT
DTSTART:20261203T183000Z
DTEND:20261203T200000Z
DTSTAMP:20261122T101112Z
UID:7kukuqrfedlm2f9t5k1v9bd3b4@google.com
CREATED:20260901T090000Z
LAST-MODIFIED:20261102T101530Z
SEQUENCE:0
STATUS:CONFIRMED
SUMMARY:Parish council
TRANSP:OPAQUE
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n").encode()

OUTLOOK = """\
BEGIN:VCALENDAR
METHOD:PUBLISH
PRODID:Microsoft Exchange Server 2010
VERSION:2.0
X-WR-CALNAME:Hall
BEGIN:VTIMEZONE
TZID:GMT Standard Time
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0000
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T010000
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
UID:040000008200E00074C5B7101A82E00800000000A0B1C2D3E4F50600000000000000001000
DTSTART;TZID=GMT Standard Time:20261203T183000
DTEND;TZID=GMT Standard Time:20261203T200000
DTSTAMP:20261122T101112Z
SUMMARY:Surgery
CLASS:PUBLIC
TRANSP:OPAQUE
STATUS:CONFIRMED
SEQUENCE:0
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n").encode()


def told(body: bytes, severity: str = "problem") -> dict[str, str]:
    """The first sentence of each item."""
    found: dict[str, str] = {}
    for finding in lint_bytes(body):
        if finding.severity == severity:
            found.setdefault(finding.item, finding.sentence)
    return found


@pytest.mark.parametrize(
    ("body", "item", "words"),
    [
        (b"", "C16", "A feed without entries is a VCALENDAR"),
        (b"\r\n \r\n", "C16", "empty"),
        (b"<!DOCTYPE html><html><body>Please log in</body></html>", "C17", "web page, not a calendar"),
        (b'{"error": "no such feed"}', "C17", "no BEGIN:VCALENDAR"),
        (GOOD.decode().encode("utf-16"), "C03", "UTF-16"),
        (GOOD.replace(b"\r\n", b"\n"), "C04", "LF alone"),
        (GOOD.replace(b"\r\n", b"\r"), "C04", "CR alone"),
        (GOOD.decode().replace("\N{TEACUP WITHOUT HANDLE}", "t").encode("cp1252", "replace"), "C03", "Latin-1"),
    ],
)
def test_what_is_wrong_with_the_whole_is_said_once(body: bytes, item: str, words: str) -> None:
    """One problem, not one for each line; nothing else is guessed from it."""
    found = told(body)
    assert [*found] == [item]
    assert words in found[item]


def test_a_google_export_is_valid_but_for_its_method() -> None:
    """METHOD:PUBLISH demands an ORGANIZER (RFC 5546); all else of Google's habits are warnings."""
    assert [*told(GOOGLE)] == ["C22"]
    assert {*told(GOOGLE, "warning")} >= {"C24", "C27", "C28", "C42", "C50", "C56"}


def test_an_outlook_export_is_told_the_name_of_its_zone() -> None:
    """Its rules are right, and its name is known only to Windows: a warning that names the remedy."""
    assert [*told(OUTLOOK)] == ["C22"]
    assert "Write Europe/London" in told(OUTLOOK, "warning")["C34"]


def test_an_outlook_zone_with_wrong_rules_is_compared_all_the_same() -> None:
    """A Windows name stands for one zone of the world."""
    wrong = OUTLOOK.replace(b"TZOFFSETTO:+0000", b"TZOFFSETTO:+0100")
    assert "2 times in the feed are shown wrong" in told(wrong)["C34"]
    assert "2026-01-01 00:00 UTC it says +01:00, true is +00:00" in told(wrong)["C34"]


def test_the_zone_that_icalendar_writes_is_caught_for_both_its_faults() -> None:
    """C33: commas in RDATE; C34: an onset an hour late, which hits no meeting yet."""
    late = ZONE.replace("DTSTART:19700329T010000", "DTSTART:19700329T020000")
    found = lint_bytes(GOOD.replace(ZONE.encode(), late.encode()))
    assert [(f.item, f.severity) for f in found] == [("C34", "warning")]
    assert "4 half-hours" in found[0].sentence


def test_a_feed_without_uids_says_who_refuses_it() -> None:
    """C38: Outlook.com does."""
    body = b"".join(line for line in GOOD.splitlines(keepends=True) if not line.startswith(b"UID:"))
    assert "Outlook.com refuses" in told(body)["C38"]


@pytest.mark.parametrize(
    ("uid", "is_suspect"),
    [
        ("eston-2026-10-06@pcc.example.org", False),  # a place in a series keeps its name when it moves
        ("2026-10-06T18:30:00-eston@x.example.org", True),
        ("20261006T173000Z-7@x.example.org", True),  # the same moment in UTC
        ("1791307800-7@x.example.org", True),  # and in seconds since 1970
        ("20261006@x.example.org", True),
    ],
)
def test_a_uid_made_from_the_start_is_suspected(uid: str, is_suspect: bool) -> None:
    """C39: TEC put start and end into it, and every move made another entry."""
    body = GOOD.replace(b"UID:redcar-2026-10-06@pcc.example.org", f"UID:{uid}".encode())
    assert ("C39" in told(body, "warning")) is is_suspect


def test_uids_that_count_up_are_suspected() -> None:
    """C39: adding a year renumbered GOV.UK's bank holidays, and Google dropped them."""
    body = GOOD.decode()
    for number, uid in enumerate(
        ("redcar-2026-10-06", "white-ribbon-2026", "hemlington-winter-2026", "brotton-2027-01-14", "eston-2027-06-08")
    ):
        body = body.replace(f"UID:{uid}@", f"UID:holiday-{number}@")
    assert [(f.item, f.severity) for f in lint_bytes(body.encode())] == [("C39", "warning")]


def test_half_a_feed_is_a_problem_wherever_it_breaks_off() -> None:
    """C17: a truncated file emptied Thunderbird's calendar."""
    for share in (0.3, 0.6, 0.99):
        assert "C17" in told(GOOD[: int(len(GOOD) * share)])
