"""Whole walks from staff's file to the mail a resident reads, driven by hand on both databases."""

from __future__ import annotations

from engage.domain.people import Wanted
from tests.office import Clock, Office, add_people, apply, audit_holds, mails, meeting, settle


def test_a_meeting_moved_inside_48_hours_is_told_at_once_to_those_it_concerns(app, office: Office, clock: Clock):
    """Ada follows the meeting's area, Ben another borough; one message, urgent, to Ada only."""
    apply(app)
    add_people(app, ("ada", Wanted(areas=("mill-lane",))), ("ben", Wanted(areas=("harbour",))))
    settle(app)
    office.talks(
        meeting("winter-a", "2026-11-24T19:30:00"),
        meeting("winter-b", "2026-12-08T18:30:00"),
        meeting("harbour-a", "2026-12-15T18:30:00", venue="quay"),
    )
    apply(app)
    settle(app)
    assert len(mails(app, "ada")) == 1
    assert mails(app, "ben") == []
    audit_holds(app)
