"""The catalogue: stable names, ids only, and one table that says who reacts."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, fields

import pytest

from engage.domain import events
from engage.domain.events import CATALOGUE, ROUTES, Event, MeetingHeld

# Names are kept in old rows: adding is fine, renaming is not (DESIGN.md section 6).
PROMISED = [
    "calendar.applied",
    "entry.added",
    "entry.changed",
    "entry.cancelled",
    "meeting.held",
    "meeting.unheld",
    "milestone.approaching",
    "milestone.reached",
    "milestone.withdrawn",
    "reminder.due",
    "tip.due",
    "digest.due",
    "alert.issued",
    "alert.corrected",
    "alert.withdrawn",
    "notice.ready",
    "notice.addressed",
    "signup.requested",
    "subscriber.confirmed",
    "preferences.changed",
    "subscriber.left",
    "address.refused",
    "delivery.dead",
    "feed.published",
    "day.started",
]


def test_every_promised_event_is_in_the_catalogue():
    """Under its stable dotted name."""
    assert set(PROMISED) <= set(CATALOGUE)


def test_every_event_has_its_line_in_the_routes():
    """Even when nobody reacts: an event without a line is a forgotten one."""
    declared = {e for e in vars(events).values() if isinstance(e, type) and issubclass(e, Event) and e is not Event}
    assert declared == set(ROUTES)
    assert len(CATALOGUE) == len(ROUTES), "two events share a name"


@pytest.mark.parametrize("event", ROUTES, ids=lambda e: e.name)
def test_an_event_is_frozen_and_carries_ids_only(event: type[Event]):
    """Texts, numbers and tuples of texts: nothing that could be an address or a whole entry (S34)."""
    assert re.fullmatch(r"[a-z]+\.[a-z]+", event.name)
    assert {str(f.type) for f in fields(event)} <= {"str", "int", "tuple[str, ...]"}
    assert all(f.kw_only for f in fields(event))
    assert {f.name for f in fields(event)}.isdisjoint({"address", "email", "phone", "name", "token"})


def test_an_event_cannot_be_changed():
    """It happened."""
    with pytest.raises(FrozenInstanceError):
        MeetingHeld(entry_id="m").entry_id = "n"
