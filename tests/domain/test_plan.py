"""The difference between files and database: its words, its revisions, its fingerprint, its guards."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from engage.domain.calendars import Entry, Guards, Reminder, Schedule, Status, Venue
from engage.domain.plan import Plan, Verb, compare, reasons_to_wait, revise, visible_digest
from engage.domain.revisions import Revision
from tests.domain.samples import NOW, OFFICE, meeting

HOUR = timedelta(hours=1)


def stored(*entries: Entry, expected: int | None = None) -> tuple[dict[str, Revision], dict[str, str]]:
    """Entries as published an hour ago, with their digests."""
    then = NOW - HOUR
    revisions = {
        e.id: Revision(entry=e, created_at=then, modified_at=then, expected_milestone=expected) for e in entries
    }
    return revisions, {e.id: visible_digest(e, OFFICE, expected) for e in entries}


def plan(declared: list[Entry], before: list[Entry], *, office=OFFICE, expected=None, base_id: int | None = 1) -> Plan:
    revisions, digests = stored(*before)
    schedule = Schedule(office=office, entries={e.id: e for e in declared})
    return compare(schedule, revisions, digests, expected=expected or {}, base_id=base_id, now=NOW)


def words(declared: list[Entry], before: list[Entry], **more: object) -> dict[str, tuple[str, ...]]:
    return {c.entry.id: c.what for c in plan(declared, before, **more).changes}


M = meeting()


@pytest.mark.parametrize(
    ("after", "what", "verb"),
    [
        (replace(M, starts_at=M.starts_at + HOUR, ends_at=M.ends_at + HOUR), ("moved",), Verb.CHANGED),
        (replace(M, ends_at=M.ends_at + HOUR), ("moved",), Verb.CHANGED),
        (replace(M, venue=None), ("relocated",), Verb.CHANGED),
        (replace(M, online="https://meet.example.org/a"), ("online",), Verb.CHANGED),
        (replace(M, title="New"), ("retitled",), Verb.CHANGED),
        (replace(M, note="Bring a friend."), ("edited",), Verb.CHANGED),
        (replace(M, status=Status.CANCELLED, reason="Snow"), ("cancelled",), Verb.CANCELLED),
        (replace(M, status=Status.NOT_HELD), ("not-held",), Verb.CHANGED),
        (replace(M, status=Status.TENTATIVE), ("tentative",), Verb.CHANGED),
        (replace(M, status=Status.CANCELLED, venue=None, title="New"), ("cancelled", "relocated", "retitled"), Verb.CANCELLED),
        (replace(M, reminders=(Reminder(params={"before": "1 day"}),)), ("unseen",), Verb.CHANGED),
        (replace(M, counts=False), ("unseen",), Verb.CHANGED),
    ],
)  # fmt: skip
def test_what_a_change_is_called(after: Entry, what: tuple[str, ...], verb: Verb):
    """The most important word first: it decides how people hear of it."""
    (change,) = plan([after], [M]).changes
    assert (change.what, change.verb, change.before) == (what, verb, M)


def test_equal_files_are_no_plan():
    """Saving without changing anything does nothing."""
    assert plan([M], [M]).changes == ()


def test_a_new_entry_is_added_and_nobody_is_told():
    """A meeting that nobody knew needs no correction; feeds show it."""
    (change,) = plan([M], []).changes
    assert (change.what, change.verb, change.is_told) == (("added",), Verb.ADDED, False)


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (Status.CANCELLED, Status.CONFIRMED, "reinstated"),
        (Status.REMOVED, Status.CONFIRMED, "reinstated"),
        (Status.REMOVED, Status.TENTATIVE, "reinstated"),
        (Status.NOT_HELD, Status.CONFIRMED, "held-after-all"),
        (Status.TENTATIVE, Status.CONFIRMED, "confirmed"),
        (Status.REMOVED, Status.CANCELLED, "cancelled"),
        (Status.CONFIRMED, Status.CANCELLED, "cancelled"),
    ],
)
def test_how_a_status_is_said_depends_on_what_it_was(before: Status, after: Status, what: str):
    """What comes back is reinstated; what was only tentative is confirmed."""
    assert words([replace(M, status=after)], [replace(M, status=before)]) == {"m": (what,)}


def test_an_entry_that_left_the_files_is_removed_while_it_lies_ahead():
    """It leaves a tombstone; what is past stays as it was, and a tombstone is not removed again."""
    gone, past, stone = meeting("gone"), meeting("past", days=-3), meeting("stone", status=Status.REMOVED)
    (change,) = plan([], [gone, past, stone]).changes
    assert (change.entry.id, change.entry.status, change.what, change.verb) == ("gone", Status.REMOVED, ("removed",), Verb.CANCELLED)  # fmt: skip


def test_a_cancelled_entry_that_leaves_the_files_is_not_told_again():
    """People heard of it when it was cancelled."""
    (change,) = plan([], [replace(M, status=Status.CANCELLED)]).changes
    assert (change.what, change.is_told) == (("withdrawn",), False)


def test_a_meeting_under_way_can_still_be_removed():
    """Until it has ended."""
    running = meeting(starts_at=NOW - HOUR)
    assert words([], [running]) == {"m": ("removed",)}
    assert words([], [replace(running, ends_at=NOW)]) == {}


def test_what_apps_show_beyond_the_entry_counts_as_a_change():
    """The name of a venue, an area or the office, and whom to ask."""
    renamed = replace(OFFICE, venues=(Venue(id="hall", name="Town Hall", area="north"),))
    assert words([M], [M], office=renamed) == {"m": ("edited",)}
    for field in ("name", "short_name", "email", "phone"):
        assert words([M], [M], office=replace(OFFICE, **{field: "New"})) == {"m": ("edited",)}
    assert words([M], [M], office=replace(OFFICE, colour="#000000")) == {}


def test_an_entry_that_becomes_a_milestone_is_renumbered_not_edited():
    """A meeting added before it did that; staff have not touched it, and must not wonder who has."""
    assert words([M], [M], expected={"m": 700}) == {"m": ("renumbered",)}
    after = replace(M, note="Bring a friend.")
    assert words([after], [M], expected={"m": 700}) == {"m": ("edited",)}


def test_changes_are_in_order_of_their_dates():
    """As a person reads them."""
    late, early = meeting("a", days=9), meeting("b", days=2)
    assert [c.entry.id for c in plan([late, early], []).changes] == ["b", "a"]


def test_a_vanished_title_and_start_under_a_new_id_is_asked_about():
    """Calendar apps would show both."""
    found = plan([replace(M, id="m-new")], [M])
    assert len(found.warnings) == 1
    assert '"m-new"' in found.warnings[0]
    assert "Did the id change?" in found.warnings[0]
    assert plan([replace(M, id="other", title="Other")], [M]).warnings == ()


# --- revisions ------------------------------------------------------------------------------------------------------


def revised(after: Entry, before: Entry = M, **known: object) -> Revision:
    (change,) = plan([after], [before]).changes
    was = Revision(**{"entry": before, "created_at": NOW - HOUR, "modified_at": NOW - HOUR, **known})
    return revise(change, was, NOW)


@pytest.mark.parametrize(
    ("after", "raises"),
    [
        (replace(M, starts_at=M.starts_at + HOUR, ends_at=M.ends_at + HOUR), True),
        (replace(M, venue=None), True),
        (replace(M, online="https://meet.example.org/a"), True),
        (replace(M, status=Status.CANCELLED), True),
        (replace(M, status=Status.NOT_HELD), True),
        (replace(M, status=Status.TENTATIVE), True),
        (replace(M, title="New"), False),
        (replace(M, note="n"), False),
    ],
)
def test_sequence_rises_with_time_place_and_status(after: Entry, raises: bool):
    """RFC 5545 3.8.7.4; LAST-MODIFIED and our own number rise with everything that is seen."""
    found = revised(after, sequence=3, number=5)
    assert (found.sequence, found.number, found.modified_at, found.created_at) == (3 + raises, 6, NOW, NOW - HOUR)


def test_a_change_nobody_sees_keeps_every_number():
    """Reminders and counting are the office's own; feeds stay byte for byte."""
    found = revised(replace(M, counts=False), sequence=3, number=5)
    assert (found.sequence, found.number, found.modified_at) == (3, 5, NOW - HOUR)
    assert not found.entry.counts


def test_an_entry_that_returns_is_reinstated_with_the_next_sequence():
    """Its UID is the old one: calendar apps take it back."""
    removed = replace(M, status=Status.REMOVED)
    assert revised(M, removed, sequence=4).sequence == 5


def test_a_moved_entry_remembers_where_it_was_before_the_last_move():
    """Another change keeps that; a second move replaces it."""
    there = replace(M, starts_at=M.starts_at + HOUR, ends_at=M.ends_at + HOUR)
    assert revised(there).moved_from == M.starts_at
    assert revised(replace(there, note="n"), there, moved_from=M.starts_at).moved_from == M.starts_at
    assert revised(M, there, moved_from=M.starts_at).moved_from == there.starts_at


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (NOW - HOUR, NOW),
        (NOW - timedelta(seconds=1), NOW),
        (NOW - timedelta(microseconds=1), NOW),
        (NOW, NOW + timedelta(seconds=1)),
        (NOW + timedelta(milliseconds=700), NOW + timedelta(seconds=1)),
        (NOW + HOUR, NOW + HOUR + timedelta(seconds=1)),
    ],
)
def test_last_modified_rises_by_a_whole_second(before: datetime, after: datetime):
    """As apps read it, without fractions: also when staff save twice within a second, or the clock stepped back."""
    assert revised(replace(M, note="n"), modified_at=before).modified_at == after


def test_a_first_revision_begins_at_nought():
    """Number one, sequence nought, created now."""
    (change,) = plan([M], [], expected={"m": 700}).changes
    assert revise(change, None, NOW) == Revision(entry=M, created_at=NOW, modified_at=NOW, expected_milestone=700)


# --- fingerprint and guards -----------------------------------------------------------------------------------------


def test_a_fingerprint_confirms_exactly_this_plan_on_exactly_this_base():
    """Any other change, value or base gives another."""
    moved, retitled = replace(M, starts_at=M.starts_at + HOUR), replace(M, title="New")
    plans = [
        plan([moved], [M]),
        plan([moved], [M], base_id=2),
        plan([replace(moved, starts_at=moved.starts_at + HOUR)], [M]),
        plan([retitled], [M]),
        plan([], [M]),
        plan([moved, meeting("n")], [M]),
    ]
    assert len({p.fingerprint for p in plans}) == len(plans)
    assert plan([moved], [M]).fingerprint == plans[0].fingerprint
    assert all(len(p.fingerprint) == 12 for p in plans)


def coming(n: int) -> list[Entry]:
    return [meeting(f"m{i:02}", days=1 + i) for i in range(n)]


def reasons(cancel: int, of: int, *, people: int = 0, removed: bool = False, base_id: int | None = 1) -> list[str]:
    before = coming(of)
    after = [replace(e, status=Status.CANCELLED) if i < cancel else e for i, e in enumerate(before)]
    made = plan(after[cancel:] if removed else after, before, base_id=base_id)
    return reasons_to_wait(made, before, OFFICE, now=NOW, would_tell=lambda: people)


@pytest.mark.parametrize(
    ("cancel", "of", "waits"),
    [
        (4, 10, False), (5, 10, True), (5, 500, True),  # five cancellations, whatever the share
        (2, 20, False), (3, 20, True),  # over 10 % of twenty or more
        (3, 19, False), (3, 30, False), (4, 30, True), (0, 30, False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("removed", [False, True])
def test_many_cancellations_wait_for_a_person(cancel: int, of: int, waits: bool, removed: bool):
    """Cancelled in the file or gone from it: the same slip of the hand."""
    assert bool(reasons(cancel, of, removed=removed)) == waits


@pytest.mark.parametrize(("people", "waits"), [(1000, False), (1001, True)])
def test_telling_more_than_a_thousand_waits_for_a_person(people: int, waits: bool):
    """The sentence says how many."""
    found = reasons(1, 10, people=people)
    assert bool(found) == waits
    assert not waits or "1,001 people" in found[0]


def test_nobody_is_counted_when_nobody_is_told():
    """Retitling a meeting asks the database nothing."""
    made = plan([replace(M, title="New")], [M])

    def never() -> int:
        raise AssertionError

    assert reasons_to_wait(made, [M], OFFICE, now=NOW, would_tell=never) == []


def test_the_first_plan_never_waits():
    """There is nothing yet that it could break."""
    assert reasons(9, 10, people=5000, base_id=None) == []


def test_past_and_gone_entries_weigh_nothing():
    """Noting that an old meeting was cancelled is no danger."""
    past = [meeting(f"p{i}", days=-9) for i in range(9)]
    made = plan([replace(e, status=Status.CANCELLED) for e in past], past)
    assert reasons_to_wait(made, past, OFFICE, now=NOW, would_tell=lambda: 0) == []


def test_an_office_can_set_its_own_limits():
    """`[guards]` in office.toml."""
    strict = replace(OFFICE, guards=Guards(cancel_at_most=0))
    made = plan([replace(M, status=Status.CANCELLED)], [M])
    assert reasons_to_wait(made, [M], strict, now=NOW, would_tell=lambda: 0) != []
