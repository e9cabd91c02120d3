"""Telling people that staff moved or cancelled something: once each, and only whom it concerns."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engage.app import App
from engage.domain.people import Frequency, Wanted
from engage.work import people
from tests.office import Clock, Office, add_people, apply, audit_holds, mails, meeting, settle
from tests.work.notices import address_all, letter, notices, states_of, take_one

SERIES = """\
[[series]]
id = "mill-lane-weekly"
title = "Weekly in Mill Lane"
every = "week"
on = "Wednesday"
at = {at}
from = 2026-11-25
until = 2026-12-31
venue = "hall"
areas = ["mill-lane"]
"""


def talks(office: Office, **given: dict[str, object] | None) -> None:
    """The three meetings, each with its changes; None leaves one out. *a* is inside 48 hours."""
    usual = {
        "a": {"starts": "2026-11-24T18:30:00"},
        "b": {"starts": "2026-12-08T18:30:00"},
        "h": {"starts": "2026-12-15T18:30:00", "venue": "quay"},
    }
    ids = {"a": "winter-a", "b": "winter-b", "h": "harbour-a"}
    changed = {name: given.get(name, {}) for name in usual}
    office.talks(*(meeting(ids[n], **{**usual[n], **c}) for n, c in changed.items() if c is not None))


@pytest.fixture
def cast(applied: App) -> dict[str, int]:
    """Ada follows Eastfield, Ben the harbour, Cy the whole force, Dee only tips."""
    return add_people(
        applied,
        ("ada", Wanted(areas=("eastfield",))),
        ("ben", Wanted(areas=("harbour",))),
        ("cy", Wanted(areas=("westmark",))),
        ("dee", Wanted(kinds=("tips",))),
    )


def told(app: App) -> set[str]:
    """Who has got a mail, by the name before the @."""
    return {to.partition("@")[0] for to, _ in mails(app)}


def test_whom_a_change_concerns_is_told(applied: App, office: Office, cast: dict[str, int]):
    """Followers of the area, of what covers it and of what lies within it."""
    talks(office, a={"starts": "2026-11-24T19:30:00"})
    apply(applied)
    settle(applied)
    assert told(applied) == {"ada", "cy"}
    audit_holds(applied)


@pytest.mark.parametrize(
    ("change", "lane"),
    [
        ({"a": {"starts": "2026-11-24T19:30:00"}}, "urgent"),
        ({"a": {"venue": "quay"}}, "urgent"),
        ({"a": {"online": "https://meet.example.org/a"}}, "urgent"),
        ({"a": {"status": "cancelled", "reason": "Snow"}}, "urgent"),
        ({"a": None}, "urgent"),
        ({"b": {"starts": "2026-12-08T19:30:00"}}, "normal"),
        ({"b": {"starts": "2026-11-25T11:00:00"}}, "urgent"),  # moved to within 48 hours
        ({"a": {"starts": "2026-12-24T18:30:00"}}, "urgent"),  # moved away from tomorrow
        ({"b": {"status": "cancelled"}}, "normal"),
    ],
)
def test_inside_48_hours_it_is_urgent(sqlite_applied: App, office: Office, change: dict, lane: str):
    """Google Calendar may lag by a day; whoever sets out tomorrow must know today."""
    ids = add_people(sqlite_applied, ("cy", Wanted()))
    talks(office, **change)
    apply(sqlite_applied)
    address_all(sqlite_applied)
    assert lanes_of(sqlite_applied, ids["cy"]) == [lane]


def lanes_of(app: App, recipient_id: int) -> list[str]:
    with app.reading() as unit:
        return [r.lane for r in unit.audits.rows(limit=1000) if r.recipient_id == recipient_id]


@pytest.mark.parametrize(
    "change",
    [{"a": {"title": "New title"}}, {"a": {"note": "Bring a chair."}}, {"a": {"reminders": []}}, {"a": {"status": "tentative"}}],
)  # fmt: skip
def test_what_changes_no_plans_of_anybodys_is_not_told(sqlite_applied: App, office: Office, change: dict):
    """Feeds and pages show it."""
    add_people(sqlite_applied, ("cy", Wanted()))
    talks(office, **change)
    apply(sqlite_applied)
    settle(sqlite_applied)
    assert mails(sqlite_applied) == []


def test_a_meeting_of_the_past_is_corrected_silently(applied: App, office: Office, cast: dict[str, int], clock: Clock):
    """It is over: nobody can come later or earlier."""
    clock.move(days=3)
    settle(applied)
    before = len(mails(applied))
    talks(office, a={"starts": "2026-11-24T19:30:00"})
    apply(applied)
    settle(applied)
    assert len(mails(applied)) == before


def test_several_changes_are_one_message_with_what_concerns_the_person(
    applied: App, office: Office, cast: dict[str, int]
):
    """Ada reads of two, Ben of one, Cy of all three."""
    talks(office, a={"starts": "2026-11-24T19:30:00"}, b={"status": "cancelled"}, h={"starts": "2026-12-15T20:00:00"})
    apply(applied)
    settle(applied)
    assert sorted(to.partition("@")[0] for to, _ in mails(applied)) == ["ada", "ben", "cy"]
    texts = {name: letter(applied, name) for name in ("ada", "ben", "cy")}
    found = {
        name: {id for id in ("winter-a", "winter-b", "harbour-a") if f"Talk {id}" in t} for name, t in texts.items()
    }
    assert found == {"ada": {"winter-a", "winter-b"}, "ben": {"harbour-a"}, "cy": {"winter-a", "winter-b", "harbour-a"}}
    audit_holds(applied)


def test_the_most_urgent_of_its_changes_decides_when_a_message_goes(applied: App, office: Office, cast: dict[str, int]):
    """At night: Ada's holds a meeting of tomorrow and goes at once, Ben's waits for the morning."""
    applied.clock.move(datetime(2026, 11, 23, 22, 0, tzinfo=UTC))
    talks(office, a={"starts": "2026-11-24T19:30:00"}, h={"starts": "2026-12-15T20:00:00"})
    apply(applied)
    settle(applied)
    assert told(applied) == {"ada", "cy"}
    applied.clock.move(datetime(2026, 11, 24, 8, 0, tzinfo=UTC))
    settle(applied)
    assert told(applied) == {"ada", "ben", "cy"}
    audit_holds(applied)


def test_a_changed_rule_is_one_thing_to_tell(applied: App, office: Office, cast: dict[str, int]):
    """Six dates move; the message says so once and says how many."""
    talks(office)
    head = (office.folder / "village-talks.toml").read_text()
    office.write("village-talks.toml", head + SERIES.format(at="18:30:00"))
    apply(applied)
    settle(applied)
    office.write("village-talks.toml", head + SERIES.format(at="19:30:00"))
    apply(applied)
    settle(applied)
    assert told(applied) == {"ada", "cy"}
    text = letter(applied, "ada")
    assert text.count("Weekly in Mill Lane") == 1
    assert "6 meetings of the series" in text


def test_a_relocated_meeting_is_told_at_its_old_place_and_its_new_one(
    applied: App, office: Office, cast: dict[str, int]
):
    """Ada, who follows Eastfield, would stand before a locked hall."""
    talks(office, b={"venue": "quay"})
    apply(applied)
    settle(applied)
    assert told(applied) == {"ada", "ben", "cy"}
    assert "Village Hall" in letter(applied, "ada")
    assert "Quay House" in letter(applied, "ada")


def test_whoever_was_reminded_hears_of_the_cancellation_whatever_they_follow_now(
    applied: App, office: Office, cast: dict[str, int], clock: Clock
):
    """Ada was reminded, then turned to tips; Dee never followed meetings."""
    clock.move(datetime(2026, 11, 23, 18, 30, tzinfo=UTC))
    settle(applied)
    assert told(applied) == {"ada", "cy"}
    people.change(applied, cast["ada"], Wanted(kinds=("tips",)))
    clock.move(minutes=10)
    talks(office, a={"status": "cancelled", "reason": "Snow"})
    apply(applied)
    settle(applied)
    assert [len(mails(applied, n)) for n in ("ada", "ben", "cy", "dee")] == [2, 0, 2, 0]
    assert "Snow" in letter(applied, "ada")
    audit_holds(applied)


def test_whoever_was_reminded_of_one_thing_reads_of_the_others_in_the_same_message(
    applied: App, office: Office, cast: dict[str, int], clock: Clock
):
    """Cy was reminded of the first meeting and follows all of them."""
    clock.move(datetime(2026, 11, 23, 18, 30, tzinfo=UTC))
    settle(applied)
    clock.move(minutes=10)
    talks(office, a={"status": "cancelled"}, b={"status": "cancelled"}, h={"status": "cancelled"})
    apply(applied)
    settle(applied)
    assert len(mails(applied, "cy")) == 2
    assert all(f"Talk {id}" in letter(applied, "cy") for id in ("winter-a", "winter-b", "harbour-a"))
    audit_holds(applied)


def test_a_reminder_that_has_not_gone_is_cancelled_with_its_meeting(
    applied: App, office: Office, cast: dict[str, int], clock: Clock
):
    """It was due in the quiet hours and waits for the morning: nobody is reminded of what is off."""
    talks(office, a={"starts": "2026-11-24T22:30:00"})
    apply(applied)
    settle(applied)
    before = len(mails(applied, "ada"))
    clock.move(datetime(2026, 11, 23, 22, 30, tzinfo=UTC))
    settle(applied)
    (reminder,) = notices(applied, "reminder")
    assert states_of(applied, cast["ada"], reminder) == ["ready"]
    talks(office, a={"starts": "2026-11-24T22:30:00", "status": "cancelled"})
    apply(applied)
    settle(applied)
    assert states_of(applied, cast["ada"], reminder) == ["cancelled"]
    clock.move(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
    settle(applied)
    assert len(mails(applied, "ada")) == before + 1, "one message: that it is off"
    audit_holds(applied)


def test_a_reminder_that_was_not_yet_addressed_goes_to_nobody(
    applied: App, office: Office, cast: dict[str, int], clock: Clock
):
    """The meeting was cancelled between the moment and the fan-out."""
    clock.move(datetime(2026, 11, 23, 18, 30, tzinfo=UTC))
    from engage.work import relay

    relay.turn_dues(applied)
    take_one(applied, "remind")
    talks(office, a={"status": "cancelled"})
    apply(applied)
    settle(applied)
    assert [len(mails(applied, n)) for n in ("ada", "cy")] == [1, 1]
    assert all("ancelled" in subject for _, subject in mails(applied))
    audit_holds(applied)


def test_one_apply_is_told_once_whatever_repeats(applied: App, office: Office, cast: dict[str, int]):
    """The task is run twice, the files are applied again: the notice has one id."""
    talks(office, a={"starts": "2026-11-24T19:30:00"})
    apply(applied)
    settle(applied)
    apply(applied)
    settle(applied)
    assert len(mails(applied, "ada")) == 1


def test_a_daily_person_is_told_of_changes_at_once(applied: App, office: Office):
    """A change in a digest would come too late."""
    apply(applied)
    add_people(applied, ("eve", Wanted(frequency=Frequency.WEEKLY)))
    talks(office, b={"starts": "2026-12-08T19:30:00"})
    apply(applied)
    settle(applied)
    assert len(mails(applied, "eve")) == 1


def test_a_cancelled_meeting_that_is_on_again_is_told_as_well(applied: App, office: Office, cast: dict[str, int]):
    """Three messages: it moves nobody twice by silence."""
    for status in ("cancelled", "confirmed"):
        talks(office, b={"status": status})
        apply(applied)
        settle(applied)
    subjects = [subject for _, subject in mails(applied, "ada")]
    assert len(subjects) == 2
    assert "On again" in subjects[1]
