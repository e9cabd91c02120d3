"""One entry as a VEVENT."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from engage.domain.calendars import Kind, Link, Status
from engage.feeds.ics import ICS, render_entry
from tests.feeds.samples import BASE, OFFICE, campaign, meeting, revision, said, value, vevent


def test_the_uid_is_the_id_and_nothing_else() -> None:
    """C38, C39, C40: date, title, place, order and host may change."""
    moved = meeting(title="Other", venue=None, areas=("hartlepool",), starts_at=datetime(2027, 1, 1, 9, tzinfo=UTC))
    for entry in (meeting(), moved):
        assert value(vevent(entry), "UID") == "hemlington-winter-2026@pcc.example.org"
    assert b"UID:hemlington-winter-2026@pcc.example.org\r\n" in render_entry(
        revision(), OFFICE, base_url="https://new-host.example.org"
    )


def test_times_of_the_revision_are_utc_and_dtstamp_is_the_last_one() -> None:
    """C36, C42: without METHOD, DTSTAMP means last revised."""
    lines = vevent()
    assert value(lines, "DTSTAMP") == value(lines, "LAST-MODIFIED") == "20261102T101530Z"
    assert value(lines, "CREATED") == "20260901T090000Z"


def test_a_revision_in_another_zone_is_written_in_utc() -> None:
    """C36."""
    summer = datetime(2026, 7, 1, 10, 0, tzinfo=OFFICE.zone)
    assert value(vevent(modified_at=summer), "DTSTAMP") == "20260701T090000Z"


def test_the_sequence_is_the_revisions() -> None:
    """C44."""
    assert value(vevent(), "SEQUENCE") == "0"
    assert value(vevent(sequence=12), "SEQUENCE") == "12"


def test_texts_may_change_without_a_new_sequence() -> None:
    """C43: a milestone moved to this meeting shows, under a new LAST-MODIFIED."""
    later = datetime(2026, 11, 20, tzinfo=UTC)
    lines = vevent(expected_milestone=700, modified_at=later)
    assert value(lines, "SEQUENCE") == "0"
    assert value(lines, "LAST-MODIFIED") == "20261120T000000Z"
    assert "Expected to be the 700th Your Force Your Voice meeting" in said(lines)


@pytest.mark.parametrize(
    ("starts_at", "local"),
    [
        (datetime(2026, 3, 26, 18, 30, tzinfo=UTC), "20260326T183000"),
        (datetime(2026, 4, 2, 17, 30, tzinfo=UTC), "20260402T183000"),
        (datetime(2026, 10, 22, 17, 30, tzinfo=UTC), "20261022T183000"),
        (datetime(2026, 10, 29, 18, 30, tzinfo=UTC), "20261029T183000"),
    ],
)
def test_half_past_six_stays_half_past_six(starts_at: datetime, local: str) -> None:
    """C35, C37, C45: wall clock with an unquoted zone, before and after both changes."""
    lines = vevent(meeting(starts_at=starts_at))
    assert f"DTSTART;TZID=Europe/London:{local}" in lines
    assert f"DTEND;TZID=Europe/London:{local[:9]}200000" in lines


def test_whole_days_end_on_the_day_after() -> None:
    """C35, C46: a DATE has no zone."""
    lines = vevent(campaign())
    assert "DTSTART;VALUE=DATE:20261125" in lines
    assert "DTEND;VALUE=DATE:20261211" in lines
    one = vevent(campaign(first_day=date(2026, 12, 31), last_day=None))
    assert "DTEND;VALUE=DATE:20270101" in one


def test_utc_calendars_name_no_zone() -> None:
    """C35: TZID never stands on a UTC value."""
    assert "DTSTART:20261203T183000Z" in vevent(meeting(timezone="UTC"))
    assert "DTSTART;TZID=Africa/Abidjan:20261203T183000" in vevent(meeting(timezone="Africa/Abidjan"))


@pytest.mark.parametrize(
    ("starts_at", "minutes", "told"),
    [
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 20, ("DTSTART:20261025T003000Z", "DTEND:20261025T005000Z")),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 60, ("DTSTART:20261025T003000Z", "DTEND:20261025T013000Z")),
        (datetime(2026, 10, 24, 23, 30, tzinfo=UTC), 60, ("DTSTART:20261024T233000Z", "DTEND:20261025T003000Z")),
        (
            datetime(2026, 10, 25, 2, 0, tzinfo=UTC),
            60,
            ("DTSTART;TZID=Europe/London:20261025T020000", "DTEND;TZID=Europe/London:20261025T030000"),
        ),
    ],
)
def test_an_hour_that_comes_twice_is_told_in_utc(starts_at: datetime, minutes: int, told: tuple[str, str]) -> None:
    """C45: Thunderbird and Evolution take the later 01:30 for the earlier, and 01:30 to 01:30 would end as it starts."""
    assert set(told) <= set(vevent(meeting(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes))))


def test_title_place_and_page() -> None:
    """C48, C50, C51: one line each; the link is repeated where apps show it."""
    lines = vevent(meeting(title="Policing:\n your questions"))
    assert said(lines, "SUMMARY") == "Policing: your questions"
    assert said(lines, "LOCATION") == "Community Hub, 1 Sample Street, Middlesbrough, TS8 0AA"
    assert value(lines, "GEO") == "54.530000;-1.260000"
    page = f"{BASE}/meetings/hemlington-winter-2026"
    assert value(lines, "URL") == page
    assert said(lines).split("\n")[-1] == page


def test_small_coordinates_are_written_out() -> None:
    """C51: a bare float would be 1e-05."""
    venue = replace(OFFICE.venues[0], geo=(0.00001, -180.0))
    assert value(vevent(office=replace(OFFICE, venues=(venue,))), "GEO") == "0.000010;-180.000000"


def test_an_online_meeting_says_so() -> None:
    """C62: in a property for apps that know it, in words for the rest."""
    lines = vevent(meeting(venue=None, online="https://meet.example.org/a;b,c"))
    assert value(lines, "LOCATION") == "Online"
    assert "CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL=Join online:https://meet.example.org/a;b,c" in lines
    assert "Join online:\nhttps://meet.example.org/a;b,c" in said(lines)


def test_categories_are_the_topics_by_name() -> None:
    """C59: a bare comma separates, an escaped one belongs to the name."""
    assert value(vevent(), "CATEGORIES") == r"Burglary\, theft\; and home security,Community"
    assert not [line for line in vevent(meeting(topics=())) if line.startswith("CATEGORIES")]


def test_nobody_is_shown_busy() -> None:
    """C56, C57."""
    lines = vevent()
    assert value(lines, "TRANSP") == "TRANSPARENT"
    assert value(lines, "CLASS") == "PUBLIC"


@pytest.mark.parametrize(
    ("status", "told", "plain"),
    [
        (Status.CONFIRMED, "CONFIRMED", "CONFIRMED"),
        (Status.TENTATIVE, "TENTATIVE", "TENTATIVE"),
        (Status.CANCELLED, "CANCELLED", "CONFIRMED"),
        (Status.NOT_HELD, "CANCELLED", "CONFIRMED"),
        (Status.REMOVED, "CANCELLED", "CONFIRMED"),
    ],
)
def test_status_is_one_of_three_words(status: Status, told: str, plain: str) -> None:
    """C52, C53, C54: the plain variant keeps for Google's readers what Google would hide."""
    entry = meeting(status=status)
    assert value(vevent(entry), "STATUS") == told
    assert value(vevent(entry, variant="plain"), "STATUS") == plain
    for variant in ("", "plain"):
        prefixed = value(vevent(entry, variant=variant), "SUMMARY").startswith("CANCELLED: ")
        assert prefixed is entry.is_gone


@pytest.mark.parametrize(
    ("status", "reason", "first"),
    [
        (Status.CANCELLED, "The hall is flooded", "Cancelled: The hall is flooded"),
        (Status.CANCELLED, None, "This meeting is cancelled."),
        (Status.NOT_HELD, "Nobody could come", "Did not take place: Nobody could come"),
        (Status.NOT_HELD, None, "This meeting did not take place."),
        (Status.REMOVED, None, "This meeting has been taken out of our programme."),
    ],
)
def test_what_is_gone_says_why_first(status: Status, reason: str | None, first: str) -> None:
    """C53, C54; where it was moved from and its number no longer matter."""
    entry = meeting(status=status, reason=reason, note="Tea from 18:00")
    told = said(vevent(entry, moved_from=datetime(2026, 12, 1, tzinfo=UTC), expected_milestone=700)).split("\n\n")
    assert told[:2] == [first, "Tea from 18:00"]
    assert "700th" not in "".join(told)


def test_a_moved_meeting_keeps_its_uid_and_says_from_when() -> None:
    """C55: the old start in the words of its own clock."""
    before = datetime(2026, 6, 9, 17, 30, tzinfo=UTC)
    lines = vevent(sequence=1, moved_from=before)
    assert said(lines).startswith("Moved from Tuesday 9 June 2026, 18:30\n\n")
    assert value(lines, "UID") == value(vevent(), "UID")
    days = vevent(campaign(), moved_from=datetime(2026, 11, 24, tzinfo=UTC))
    assert said(days).startswith("Moved from Tuesday 24 November 2026\n\n")


def test_the_rich_variant_adds_and_the_others_stay_clean() -> None:
    """C60, C64, C69: newer properties only for those who ask, parameters quoted and escaped."""
    entry = meeting(rule="hemlington", papers=(Link(title='Agenda: "A", B', url="https://www.example.org/a.pdf"),))
    newer = ("STYLED-DESCRIPTION", "LINK", "REFID", "BEGIN:VLOCATION")
    for variant in ("", "plain"):
        assert not [line for line in vevent(entry, variant=variant) if line.startswith(newer)]
    rich = vevent(entry, variant="rich")
    assert {name for name in newer if any(line.startswith(name) for line in rich)} == set(newer)
    assert 'LINK;VALUE=URI;LINKREL="related";LABEL="Agenda: ^\'A^\', B":https://www.example.org/a.pdf' in rich
    (styled,) = [line for line in rich if line.startswith("STYLED")]
    assert f'<a href="{BASE}/meetings/hemlington-winter-2026">' in styled


def test_markup_in_a_note_is_text_in_the_rich_variant() -> None:
    """SECURITY: a note is plain text wherever it is shown."""
    (styled,) = [
        line for line in vevent(meeting(note="<script>x</script>"), variant="rich") if line.startswith("STYLED")
    ]
    assert "<script" not in styled


def test_the_variants_of_a_revision_are_rendered_together() -> None:
    """Plain is the same bytes unless the entry is gone; then one line differs. Rich holds all of the usual lines."""
    standing = ICS.fragments(revision(), OFFICE, base_url=BASE)
    assert standing["plain"] == standing[""] != standing["rich"]
    assert standing["rich"].startswith(standing[""].removesuffix(b"END:VEVENT\r\n"))
    hostile = "x\nSTATUS:CANCELLED\r\nSTATUS:CANCELLED"
    gone = ICS.fragments(revision(meeting(status=Status.CANCELLED, note=hostile)), OFFICE, base_url=BASE)
    usual, plain = gone[""].split(b"\r\n"), gone["plain"].split(b"\r\n")
    differing = [pair for pair in zip(usual, plain, strict=True) if pair[0] != pair[1]]
    assert differing == [(b"STATUS:CANCELLED", b"STATUS:CONFIRMED")]


def test_a_deadline_is_a_day() -> None:
    """Its hour stands in its title."""
    deadline = campaign(kind=Kind.DEADLINE, title="Fund closes 12:00", url="https://www.example.org/fund")
    assert "See also:\nhttps://www.example.org/fund\n\nMore about this deadline:\n" in said(vevent(deadline))
