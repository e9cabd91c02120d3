"""What people read in their calendar."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engage.domain.calendars import Access, Status
from engage.feeds.words import LONGEST, access_words, clean, description, one_line, ordinal, summary, web_address
from tests.feeds.samples import BASE, OFFICE, meeting, revision

LINK = f"More about this meeting:\n{BASE}/meetings/hemlington-winter-2026"


def told(**given: object) -> str:
    return description(revision(meeting(**given)), OFFICE, base_url=BASE)


def test_the_description_tells_in_this_order() -> None:
    """What changes plans first, the link to the page last."""
    text = told(
        status=Status.TENTATIVE,
        note="Tea from 18:00",
        online="https://meet.example.org/h",
        attending=("commissioner", "chief-constable"),
        contact="engagement@example.org",
        minutes="https://www.example.org/m.pdf",
    )
    assert text.split("\n\n") == [
        "Not confirmed yet: the date, the time or the place may change.",
        "Tea from 18:00",
        "Access: step-free, no hearing loop\nParking: Free, 20 spaces\nBritish Sign Language: On request",
        "Join online:\nhttps://meet.example.org/h",
        "With: Commissioner, Chief constable",
        "Contact: engagement@example.org",
        "Minutes:\nhttps://www.example.org/m.pdf",
        LINK,
    ]


def test_a_long_note_gives_way_to_what_people_need() -> None:
    """C60: 2,000 characters in all; the page has the rest."""
    text = told(note="word " * 400)
    assert len(text) <= LONGEST
    assert "\N{HORIZONTAL ELLIPSIS}\n\nAccess: step-free" in text
    assert text.endswith(LINK)


def test_a_long_reason_never_hides_the_link() -> None:
    """C50, C60: not even a single word of 3,000 letters does."""
    for reason in ("word " * 600, "w" * 3_000):
        text = told(status=Status.CANCELLED, reason=reason, note="Tea")
        assert len(text) <= LONGEST
        assert text.startswith("Cancelled: w")
        assert text.endswith(LINK)


def test_without_a_contact_the_office_is_asked() -> None:
    """C57: a role mailbox and a switchboard, never a member of staff."""
    assert "Contact: Cleveland PCC, pcc@example.org, 01632 960000" in told()


@pytest.mark.parametrize(
    ("access", "words"),
    [
        (Access(), ""),
        (Access(step_free=False, quiet_space=True, accessible_toilet=False),
         "Access: not step-free, quiet space, no accessible toilet"),
        (Access(hearing_loop=True, notes="Ring at the\nside door"), "Access: hearing loop\nRing at the side door"),
    ],
)  # fmt: skip
def test_access_is_told_both_ways(access: Access, words: str) -> None:
    """Who must know before they come must also be told what is missing."""
    assert access_words(access) == words


def test_a_gone_title_is_marked() -> None:
    """Outlook ignores STATUS."""
    assert summary(meeting(status=Status.NOT_HELD, title=" A\r\nB ")) == "CANCELLED: A B"
    assert summary(meeting(title="\x00")) == "hemlington-winter-2026"


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (112, "112th"), (650, "650th"), (701, "701st")],
)
def test_ordinals(number: int, words: str) -> None:
    """Of milestones."""
    assert ordinal(number) == words


def test_controls_go_and_line_ends_become_one_kind() -> None:
    """C06: tabs stay; separators that Python's readers break at become line feeds; half a pair becomes a mark."""
    assert clean("a\r\nb\rc\x0bd\x85e\u2028f\tg\x00\x1b\x7f\x9f\ud800\ufeff\u202e\uffff") == "a\nb\nc\nd\ne\nf\tg\ufffd"
    assert one_line(" a \r\n b ") == "a b"


def test_links_keep_their_meaning() -> None:
    """C49: what is encoded already is not encoded again."""
    assert web_address("https://www.example.org/a%20b?c=d;e,f#g") == "https://www.example.org/a%20b?c=d;e,f#g"
    assert web_address('https://www.example.org/ŵ "<x>\r\nY') == "https://www.example.org/%C5%B5%20%22%3Cx%3E%20Y"


def test_an_unknown_calendar_or_venue_leaves_its_words_out() -> None:
    """A venue taken from the files stays in history by its id only."""
    office = replace(OFFICE, venues=(), calendars=())
    text = description(revision(expected_milestone=700), office, base_url=BASE)
    assert "Access" not in text
    assert "Expected to be the 700th meeting" in text
