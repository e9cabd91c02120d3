"""People's own calendars: they hold what messages would tell, follow every edit, and say nothing of anybody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engage.app import App
from engage.domain.notices import Item, Lane, Notice
from engage.domain.people import Wanted
from engage.errors import NotNow
from engage.store.schema import fragment
from engage.work import pages, people, personal
from engage.work.notices import question
from tests.office import Office, add_people, apply, meeting

SEVERAL = {
    "all": Wanted(),
    "force": Wanted(areas=("westmark",)),
    "mill": Wanted(areas=("mill-lane",), kinds=("meetings",)),
    "harbour": Wanted(areas=("harbour",), topics=("community", "fraud")),
    "fraud": Wanted(topics=("fraud",)),
    "burglary": Wanted(areas=("eastfield",), topics=("burglary",)),
    "tips": Wanted(kinds=("tips",)),
}


def held(app: App, token: str, variant: str = "") -> set[str]:
    """Ids of the entries in the calendar at an address."""
    interests = personal.followed(app, token)
    assert interests is not None
    with app.reading() as unit:
        shown = pages.shown(unit, None)
    published = personal.prepare(app, shown, interests, variant, app.now.date())
    lines = published.body.decode().split("\r\n")
    return {line.removeprefix("UID:").partition("@")[0] for line in lines if line.startswith("UID:")}


def audience(app: App, entry_id: str) -> set[int]:
    """Whom a message about an entry would reach."""
    with app.reading() as unit:
        office, entry = unit.schedule.office(), unit.schedule.find(entry_id).entry
        about = Item(id="i", lane=Lane.NORMAL, expires_at=unit.now, areas=entry.areas, topics=entry.topics)
        told = Notice(id="n", kind="change", items=(about,), created_at=unit.now, expires_at=unit.now)
        found = unit.audience.page(
            question(told, about, office, at=unit.now, available=("email",)), after=0, upto=10_000
        )
        return {row.recipient_id for row in found}


def test_it_holds_exactly_what_messages_would_tell(applied: App, office: Office):
    """The rule in SQL and the rule for calendars agree on every entry, for every choice."""
    office.talks(
        meeting("eastfield-a", "2026-12-01T18:30:00"),
        meeting("harbour-a", "2026-12-02T18:30:00", venue="quay"),
        meeting("mill-a", "2026-12-03T18:30:00", areas=["mill-lane"], topics=["burglary", "fraud"]),
        meeting("force-a", "2026-12-04T18:30:00", areas=["westmark"], topics=["burglary"]),
    )
    apply(applied)
    ids = add_people(applied, *SEVERAL.items())
    entries = {"eastfield-a", "harbour-a", "mill-a", "force-a"}
    told = {entry_id: audience(applied, entry_id) for entry_id in entries}
    found = {name: held(applied, personal.make(applied, person)) & entries for name, person in ids.items()}
    assert found == {name: {e for e in entries if ids[name] in told[e]} for name in ids}
    assert found["all"] == entries
    assert found["mill"] == {"eastfield-a", "mill-a", "force-a"}
    assert found["tips"] == set()


def test_it_follows_its_owners_choices(applied: App):
    """From the next look on, at the same address."""
    ids = add_people(applied, ("ada", Wanted(areas=("eastfield",))))
    token = personal.make(applied, ids["ada"])
    assert held(applied, token) == {"winter-a", "winter-b"}
    people.change(applied, ids["ada"], Wanted(areas=("harbour",)))
    assert held(applied, token) == {"harbour-a"}


def test_an_address_stops_when_it_is_stopped_replaced_or_left(applied: App):
    """Nothing of the old address works again, whatever the person does next."""
    ids = add_people(applied, ("ada", Wanted()), ("cy", Wanted()))
    first = personal.make(applied, ids["ada"])
    second = personal.make(applied, ids["ada"])
    assert len(first) == len(second) == 40
    assert personal.followed(applied, first) is None
    assert personal.followed(applied, second) is not None
    assert personal.since(applied, ids["ada"]) == applied.now
    assert personal.stop(applied, ids["ada"])
    assert not personal.stop(applied, ids["ada"])
    assert personal.followed(applied, second) is personal.since(applied, ids["ada"]) is None
    token = personal.make(applied, ids["cy"])
    people.leave(applied, ids["cy"], how="unsubscribed")
    assert personal.followed(applied, token) is personal.make(applied, ids["cy"]) is None


def test_people_who_follow_the_same_get_the_same_bytes(applied: App):
    """Nobody's address, name or secret is in them, and so no SOURCE."""
    wanted = Wanted(areas=("eastfield", "harbour"), topics=("community",), postcode="ZZ2 9XX")
    ids = add_people(applied, ("ada", wanted), ("ben", replace(wanted, areas=("harbour", "eastfield"))))
    tokens = [personal.make(applied, person) for person in ids.values()]
    ada, ben = (personal.followed(applied, token) for token in tokens)
    assert ada == ben
    with applied.reading() as unit:
        shown = pages.shown(unit, None)
    one, other = (personal.prepare(applied, shown, interests, "", applied.now.date()) for interests in (ada, ben))
    assert one == other
    body = one.body.decode()
    for secret in (*tokens, "ada", "ben@", "ZZ2 9XX", "SOURCE", "feeds/me"):
        assert secret not in body
    assert "X-WR-CALNAME:Your meetings: Eastfield\\, Harbour\\, Community" in body.replace("\r\n ", "")


def test_plain_keeps_what_is_cancelled(applied: App, office: Office):
    """As the public variant does."""
    office.talks(meeting("winter-a", "2026-11-24T18:30:00", status="cancelled", reason="Snow"))
    apply(applied)
    (token,) = (personal.make(applied, person) for person in add_people(applied, ("ada", Wanted())).values())
    interests = personal.followed(applied, token)
    with applied.reading() as unit:
        shown = pages.shown(unit, None)
    usual, plain = (personal.prepare(applied, shown, interests, v, applied.now.date()).body for v in ("", "plain"))
    assert b"STATUS:CANCELLED" in usual
    assert b"STATUS:CANCELLED" not in plain
    assert b"SUMMARY:CANCELLED: Talk winter-a" in plain


def test_a_state_that_was_overtaken_makes_no_calendar(applied: App, office: Office):
    """Old revisions around new bytes would be kept under the wrong tag."""
    with applied.reading() as unit:
        shown = pages.shown(unit, None)
    office.talks(meeting("winter-a", "2026-11-24T19:30:00"))
    apply(applied)
    assert personal.prepare(applied, shown, (), "", applied.now.date()) is None


def test_bytes_that_are_not_rendered_yet_are_not_left_out(applied: App):
    """C17: an app that is told to come back keeps what it has."""
    with applied.unit() as unit:
        unit.conn.execute(fragment.delete().where(fragment.c.entry_id == "winter-a"))
    with applied.reading() as unit:
        shown = pages.shown(unit, None)
    ids = add_people(applied, ("ada", Wanted()))
    interests = personal.followed(applied, personal.make(applied, ids["ada"]))
    with pytest.raises(NotNow):
        personal.prepare(applied, shown, interests, "", applied.now.date())
