"""What two independent readers, and the library's own, make of our feeds: vobject, PyPI ical, icalendar."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import icalendar
import pytest
import vobject
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from ical.calendar_stream import IcsCalendarStream

from engage.domain.calendars import Link
from engage.feeds.words import description, one_line
from tests.feeds.samples import BASE, OFFICE, golden, item, meeting, published, revision

HOSTILE = st.text(
    st.one_of(
        st.sampled_from(list("\r\n;,:\\\"'^nN \t\x00\x07\x0b\x0c\x1c\x7f\x85\xa0\u2028\u2029\ufeffŵŷôÂ<&>")),
        st.sampled_from(["\N{TEACUP WITHOUT HANDLE}", "\N{ZERO WIDTH JOINER}", "\N{COMBINING DIAERESIS}"]),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=300,
)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def by_vobject(body: bytes) -> list[Any]:
    calendar = vobject.readOne(body.decode())
    calendar.validate(raiseException=True)
    return list(getattr(calendar, "vevent_list", []))


def by_ical(body: bytes) -> list[Any]:
    return IcsCalendarStream.calendar_from_ics(body.decode()).events


def by_icalendar(body: bytes) -> list[Any]:
    calendar = icalendar.Calendar.from_ical(body)
    assert not [error for component in calendar.walk() for error in component.errors]
    return list(calendar.walk("VEVENT"))


@pytest.mark.parametrize("name", sorted(golden()))
def test_all_readers_accept_every_golden_feed(name: str) -> None:
    """C16, C20, C38, C45, C52: vobject validates, ical is the strictest on types."""
    body = golden()[name]
    assert len(by_vobject(body)) == len(by_ical(body)) == len(by_icalendar(body)) == (0 if "nothing" in name else 5)


def test_readers_agree_on_the_moments() -> None:
    """C34, C37: the feed's own VTIMEZONE gives the offsets, summer and winter."""
    expected = {
        "redcar-2026-10-06": "2026-10-06T18:30:00+01:00",
        "white-ribbon-2026": "2026-11-25",
        "hemlington-winter-2026": "2026-12-03T18:30:00+00:00",
        "brotton-2027-01-14": "2027-01-14T18:30:00+00:00",
        "eston-2027-06-08": "2027-06-08T18:30:00+01:00",
    }
    body = golden()["all.ics"]
    seen: list[dict[str, date | datetime]] = [
        {event.uid.value: event.dtstart.value for event in by_vobject(body)},
        {event.uid: event.dtstart for event in by_ical(body)},
        {str(event["UID"]): event.start for event in by_icalendar(body)},
    ]
    for moments in seen:
        assert {uid.partition("@")[0]: moment.isoformat() for uid, moment in moments.items()} == expected


@QUICK
@given(title=HOSTILE, note=HOSTILE)
@example(title=r"C:\News, \n; \\N \\, ^n ^'", note="\\" * 200 + "\n \n\tx")
@example(title=" \ufeff", note=" BEGIN:VEVENT\r\n END:VCALENDAR\r\n")
def test_any_text_comes_back_as_it_was_written(title: str, note: str) -> None:
    """C05, C06, C49, C61, C68: hostile titles and notes through three readers; each finds one entry and our text."""
    entry = meeting(title=title, note=note)
    body = published(item(entry))
    wanted = one_line(title) or entry.id
    told = description(revision(entry), OFFICE, base_url=BASE)
    (first,), (second,), (third,) = by_vobject(body), by_ical(body), by_icalendar(body)
    assert [first.summary.value, first.description.value] == [wanted, told]
    assert [second.summary, second.description] == [wanted, told]
    assert [str(third["SUMMARY"]), str(third["DESCRIPTION"])] == [wanted, told]


@pytest.mark.parametrize(
    "piece", ["Croeso i bawb: tŷ, ŵyr, bôn; ", "\N{TEACUP WITHOUT HANDLE}", "a\\n,;\r\n", "\\" * 7]
)
def test_two_thousand_characters_survive(piece: str) -> None:
    """C60, C61: the longest note there can be, cut at most at our own limit."""
    entry = meeting(note=(piece * 2_000)[:2_000])
    body = published(item(entry))
    told = description(revision(entry), OFFICE, base_url=BASE)
    assert by_vobject(body)[0].description.value == told
    assert by_ical(body)[0].description == told
    assert max(len(line) for line in body.split(b"\r\n")) <= 75


@QUICK
@given(name=HOSTILE)
@example(name="\\")
def test_any_name_of_a_paper_stays_in_its_parameter(name: str) -> None:
    """C69: quotes and breaks in a parameter cannot end it."""
    entry = meeting(papers=(Link(title=name, url="https://www.example.org/a.pdf"),))
    body = published(item(entry, variant="rich"), path="rich/your-force-your-voice")
    (event,) = by_icalendar(body)
    assert str(event["LINK"]) == "https://www.example.org/a.pdf"
    assert event["UID"] == by_vobject(body)[0].uid.value == by_ical(body)[0].uid
