"""Whatever a file or a server throws at the linter: it ends soon, and in sentences."""

from __future__ import annotations

import asyncio
import random
import time

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engage.errors import NotNow
from engage.feeds.lint import fetching, lint_bytes, lint_url, look
from engage.feeds.lint.against import lint_against
from engage.feeds.lint.findings import SHOWN
from tests.feeds.lint.faults import ENTRIES, GOOD, ZONE
from tests.feeds.lint.server import PATH, serving
from tests.feeds.lint.test_items import NOW

BEFORE = GOOD[: GOOD.index(b"BEGIN:VEVENT")]
AFTER = b"END:VCALENDAR\r\n"
PIECES = st.sampled_from(
    [
        b"\r\n",
        b"\n",
        b"\r",
        b":",
        b";",
        b'"',
        b"\\",
        b",",
        b"=",
        b" ",
        b"\xff",
        b"\xc3",
        b"\x00",
        b"\xef\xbb\xbf",
        b"Z",
        b"-",
        b"BEGIN:VEVENT",
        b"END:VEVENT",
        b"BEGIN:VTIMEZONE",
        b"END:VCALENDAR",
        b"TZID=../../etc/passwd",
        b"VALUE=DATE",
        b"99999999T999999",
        b"00000101",
        b"99991231T235959Z",
        b"9" * 5000,
        b"RRULE:FREQ=YEARLY;BYDAY=-99SU",
        b"+9999",
    ]
)
QUICK = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(st.binary(max_size=2_000), st.booleans())
def test_no_bytes_raise(body: bytes, wrapped: bool) -> None:
    """With and without a calendar around them."""
    lint_bytes(BEFORE + b"BEGIN:VEVENT\r\n" + body + b"\r\nEND:VEVENT\r\n" + AFTER if wrapped else body)


@QUICK
@given(st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 60), PIECES), min_size=1, max_size=8))
def test_no_mutation_of_a_good_feed_raises(edits: list[tuple[int, int, bytes]]) -> None:
    """Pieces cut out and others put in, alone and against the good feed."""
    body = GOOD
    for at, cut, piece in edits:
        body = body[:at] + piece + body[at + cut :]
    assert all(finding.item.startswith("C") for finding in lint_bytes(body))
    lint_against(GOOD, body, NOW)
    lint_against(body, GOOD, NOW)


def many(count: int) -> bytes:
    one = ENTRIES.partition("END:VEVENT\r\n")[0].encode() + b"END:VEVENT\r\n"
    return BEFORE + one * count + AFTER


def hard_zones() -> bytes:
    """Twenty zones of ten rules each that fit hardly any day, used in every year."""
    names = ["Paris", "Berlin", "Rome", "Madrid", "Oslo", "Vienna", "Prague", "Dublin", "Lisbon", "Athens"]
    days = ",".join(map(str, range(1, 300)))
    rule = f"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYYEARDAY={days}"
    block = "BEGIN:STANDARD\r\nDTSTART:1970{:02}25T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n{}\r\nEND:STANDARD\r\n"
    zone = "BEGIN:VTIMEZONE\r\nTZID:Europe/{}\r\n{}END:VTIMEZONE\r\n"
    zones = [zone.format(name, "".join(block.format(n, rule) for n in range(1, 11))) for name in names]
    starts = [
        f"BEGIN:VEVENT\r\nDTSTART;TZID=Europe/{n}:{y}0101T000000\r\nEND:VEVENT\r\n"
        for n in names
        for y in range(1950, 2050)
    ]
    return BEFORE + "".join([*zones, *starts]).encode() + AFTER


HOSTILE = {
    "a line of 5 MB": BEFORE + b"X-A:" + b"x" * 5_000_000 + b"\r\n" + AFTER,
    "5 MB of backslashes": BEFORE + b"BEGIN:VEVENT\r\nDESCRIPTION:" + b"\\" * 5_000_000 + b"\r\nEND:VEVENT\r\n" + AFTER,
    "a million parameters": BEFORE + b"BEGIN:VEVENT\r\nX" + b";A=b" * 1_250_000 + b"\r\nEND:VEVENT\r\n" + AFTER,
    "a million folds": BEFORE + b"X-A:" + b"\r\n " * 1_600_000 + b"\r\n" + AFTER,
    "100,000 entries": BEFORE + b"BEGIN:VEVENT\r\nUID:a\r\nEND:VEVENT\r\n" * 100_000 + AFTER,
    "deep nesting": b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 400_000,
    "empty lines": b"BEGIN:VCALENDAR\n" + b"\n" * 5_000_000,
    "returns": b"BEGIN:VCALENDAR\r" + b"\r" * 5_000_000,
    "control characters": b"BEGIN:VCALENDAR\r\n" + b"\x01\r\n" * 1_500_000,
    "less-than signs": BEFORE + b"BEGIN:VEVENT\r\nSUMMARY:" + b"<a " * 1_500_000 + b"\r\nEND:VEVENT\r\n" + AFTER,
    "hard zones": hard_zones(),
    "many changes": BEFORE.replace(b"END:STANDARD", b"RDATE:" + b"20260101T000000," * 100_000 + b"\r\nEND:STANDARD")
    + AFTER,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_files_end_soon_and_in_few_words(what: str) -> None:
    """Most take a second; what grows with the square of its size takes hours."""
    began = time.thread_time()
    found = lint_bytes(HOSTILE[what])
    assert time.thread_time() - began < 60
    assert found
    assert len(found) < 150
    assert max(len(str(finding)) for finding in found) < 500


def test_a_habit_repeated_a_thousand_times_is_told_once() -> None:
    """Five are shown and the rest counted, at the line of the sixth."""
    found = [f for f in lint_bytes(many(900).replace(b"TRANSP:TRANSPARENT\r\n", b"")) if f.item == "C56"]
    assert len(found) == SHOWN + 1
    assert "895 more" in found[-1].sentence


def test_entries_beyond_what_is_read_are_counted_all_the_same() -> None:
    """The closing line tells the true number."""
    assert look(HOSTILE["100,000 entries"]).entries == 100_000


@pytest.mark.parametrize("fault", ["bomb", "endless"])
def test_a_body_is_read_to_its_limit_only(fault: str) -> None:
    """60 kB that unpack to 60 MB, and a stream without end."""
    with serving(GOOD, fault) as server:
        began = time.monotonic()
        fetched, linted = lint_url(server.base + PATH)
    assert len(fetched.body) == fetching.MOST_BYTES
    assert {f.item for f in linted.findings} >= {"C17"}
    assert time.monotonic() - began < 60


def test_bytes_that_trickle_do_not_move_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """One deadline for everything, here of one second."""
    monkeypatch.setattr(fetching, "PATIENCE", 1.0)
    with serving(GOOD, "trickle") as server:
        began = time.monotonic()
        with pytest.raises(NotNow, match=r"did not arrive within 1 seconds"):
            lint_url(server.base + PATH)
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/loop.ics", "redirects more than 5 times"),
        ("/file.ics", "begins with http://"),
        ("/gone.ics", "answered 404"),
    ],
)
def test_what_leads_to_no_feed_is_said(path: str, sentence: str) -> None:
    """A redirect goes to http and https only, five times at most."""
    with serving(GOOD) as server, pytest.raises(NotNow, match=sentence):
        lint_url(server.base + path)


@pytest.mark.parametrize(
    "url",
    ["ftp://www.example.org/a.ics", "http://", "http://[", "file:///etc/passwd", "https://a b/", "http://x:99999/"],
)
def test_what_is_no_address_is_said(url: str) -> None:
    """Never a traceback."""
    with pytest.raises(NotNow):
        lint_url(url)


def test_webcal_is_https() -> None:
    """As calendar apps take it."""
    assert fetching.address_of("webcal://www.example.org/a.ics") == "https://www.example.org/a.ics"


def test_random_cuts_of_a_zone_never_raise() -> None:
    """Half a rule, half an offset: the zone's reader has the most arithmetic in it."""
    chance = random.Random(7)
    for _ in range(300):
        at = chance.randrange(len(ZONE))
        cut = ZONE[:at] + ZONE[at + chance.randrange(12) :]
        lint_bytes(GOOD.replace(ZONE.encode(), cut.encode()))


def test_a_server_that_tires_is_judged_by_what_it_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first answer counts; what could not be asked in time is said once."""
    monkeypatch.setattr(fetching, "PATIENCE", 1.0)
    with serving(GOOD, "slow") as server:
        linted = lint_url(server.base + PATH)[1]
    assert linted.entries == 5
    assert [(f.item, f.severity) for f in linted.findings] == [("C02", "warning")]


@pytest.mark.parametrize(
    "inside", ["http://169.254.169.254/", "http://127.0.0.1:1/", "http://[::1]/", "http://10.0.0.1/"]
)
def test_a_public_address_leads_to_no_private_one(inside: str) -> None:
    """SECURITY B42, S23: no packet leaves; the public server is played by the client's own stand-in."""
    played = httpx2.MockTransport(lambda _: httpx2.Response(302, headers={"Location": inside}))

    async def follow() -> None:
        async with httpx2.AsyncClient(transport=played) as client:
            await fetching.ask(client, "http://1.1.1.1/a.ics")

    with pytest.raises(NotNow, match="into a private network"):
        asyncio.run(follow())


def test_a_strangers_words_cannot_steer_a_terminal() -> None:
    """Control characters of names and titles do not reach the sentence."""
    body = GOOD.replace(b"TZID=Europe/London", b"TZID=\x1b[2J\xe2\x80\xae")
    later = GOOD.replace(b"SUMMARY:Policing", b"SUMMARY:\x1b]0;x\x07Parking")
    told = [finding.sentence for finding in (*lint_bytes(body), *lint_against(GOOD, later, NOW))]
    assert any("[2J" in sentence for sentence in told)
    assert all(sentence.isprintable() for sentence in told)
