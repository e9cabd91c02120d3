"""Bringing a list of people in: the whole file in one unit, or nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from engage.app import App
from engage.domain.people import Frequency, Imported, Wanted
from engage.store.schema import consent, event
from engage.work import people
from engage.work.imports import ImportedCount, import_people
from tests.office import Clock, add_people, apply, mails, settle
from tests.work.notices import issue


def row(name: str, *, consent_at: str = "2024-05-31", **wanted: object) -> Imported:
    return Imported(
        channel="email",
        address=f"{name}@example.org",
        wanted=Wanted(**{"areas": ("eastfield",), **wanted}),
        consent_at=consent_at,
        consent_source="village fair",
        consent_wording="I agree.",
    )


def wanted_by(app: App, name: str) -> Wanted:
    with app.reading() as unit:
        return unit.subscriptions.wanted(unit.people.by_address("email", f"{name}@example.org"))


def test_imported_people_are_confirmed_on_the_evidence_given(app: App):
    """No mail asks them again; what they follow reaches them from now on."""
    apply(app)
    assert import_people(app, [row("ada"), row("ben", topics=("fraud",))]) == ImportedCount(
        added=2, merged=0, suppressed=0
    )
    settle(app)
    assert mails(app) == []
    assert wanted_by(app, "ben").topics == ("fraud",)
    issue(app, "a", topics=("burglary",))
    settle(app)
    assert [to for to, _ in mails(app)] == ["ada@example.org"]


def test_the_evidence_of_consent_is_kept_for_everybody(app: App):
    """When, through what, in which words; a moment without a zone is UTC."""
    add_people(app, ("ben", Wanted()))
    import_people(app, [row("ada"), row("ben", consent_at="2024-05-31T18:00:00+01:00")])
    with app.reading() as unit:
        kept = unit.conn.execute(select(consent).order_by(consent.c.given_at)).all()
    assert [k.given_at.isoformat() for k in kept] == ["2024-05-31T00:00:00+00:00", "2024-05-31T17:00:00+00:00"]
    assert {(k.source, k.wording, k.channel) for k in kept} == {("village fair", "I agree.", "email")}


def test_somebody_we_know_follows_more_and_keeps_their_habits(app: App):
    """Their frequency and language stay; their home as well."""
    habits = {"frequency": Frequency.WEEKLY, "language": "pl", "area": "harbour"}
    add_people(app, ("ada", Wanted(areas=("harbour",), topics=("fraud",), kinds=("tips",), **habits)))
    count = import_people(app, [row("ada", topics=("burglary",), kinds=("alerts",), area="eastfield")])
    assert count == ImportedCount(added=0, merged=1, suppressed=0)
    found = wanted_by(app, "ada")
    assert (found.areas, found.topics, found.kinds) == (("eastfield", "harbour"), ("burglary", "fraud"), ("alerts", "tips"))  # fmt: skip
    assert (found.frequency, found.language, found.area) == (Frequency.WEEKLY, "pl", "harbour")


def test_all_joined_with_some_is_all(app: App):
    """Somebody who follows everything must not be narrowed by a list."""
    add_people(app, ("ada", Wanted()), ("ben", Wanted(topics=("fraud",))))
    import_people(app, [row("ada", topics=("burglary",)), row("ben")])
    assert (wanted_by(app, "ada").areas, wanted_by(app, "ada").topics) == ((), ())
    assert wanted_by(app, "ben").topics == ()


def test_a_pending_person_is_confirmed_by_the_evidence(app: App):
    """They wanted it anyway."""
    with app.unit() as unit:
        unit.people.add([("email", "ben@example.org", Wanted())], state="pending")
    assert import_people(app, [row("ben", topics=("fraud",))]).merged == 1
    with app.reading() as unit:
        assert unit.people.by_address("email", "ben@example.org").state == "confirmed"
    assert wanted_by(app, "ben").topics == ("fraud",)


@pytest.mark.parametrize("how", ["link", "bounced", "complaint", "forgotten"])
def test_suppressed_addresses_stay_out(app: App, how: str):
    """A list from years ago must not bring back who has left since."""
    ids = add_people(app, ("cy", Wanted()))
    if how == "forgotten":
        people.forget(app, ids["cy"])
    elif how == "bounced":
        with app.unit() as unit:
            unit.people.suppress(ids["cy"], "email", "bounced")
    else:
        people.leave(app, ids["cy"], how=how)
    assert import_people(app, [row("cy"), row("ada")]) == ImportedCount(added=1, merged=0, suppressed=1)
    with app.reading() as unit:
        assert unit.people.counts().get("confirmed") == (2 if how == "bounced" else 1)


def test_a_file_that_cannot_be_written_whole_is_not_written_at_all(app: App):
    """One transaction: nobody is half imported."""
    with pytest.raises(IntegrityError):
        import_people(app, [row("ada"), row("ben"), row("ada")])
    with app.reading() as unit:
        assert unit.people.counts() == {}
        assert unit.conn.execute(select(consent)).all() == []


def test_importing_a_file_again_adds_nobody(app: App):
    """Somebody presses the button twice."""
    rows = [row("ada"), row("ben")]
    import_people(app, rows)
    assert import_people(app, rows) == ImportedCount(added=0, merged=2, suppressed=0)
    with app.reading() as unit:
        assert unit.people.counts() == {"confirmed": 2}


def test_a_large_file_is_imported_in_seconds(app: App):
    """Two thousand rows, one event each."""
    count = import_people(app, [row(f"p{n}") for n in range(2000)])
    assert count.added == 2000
    with app.reading() as unit:
        named = select(event.c.id).where(event.c.name == "subscriber.confirmed")
        assert len(unit.conn.execute(named).all()) == 2000


def test_who_is_imported_during_a_send_is_not_part_of_it(app: App, clock: Clock):
    """The audience is as of the moment of the notice."""
    apply(app)
    issue(app, "a")
    from tests.work.notices import take_one

    take_one(app, "announce_alert")
    clock.move(seconds=1)
    import_people(app, [row("ada")])
    settle(app)
    assert mails(app) == []


def test_a_phone_and_a_mailbox_of_the_same_file_are_two_people(app: App):
    """Each by its own channel; who answered STOP stays out."""
    apply(app)
    phones = [replace(row("x"), channel="sms", address=f"+44770090000{n}") for n in (1, 2)]
    with app.unit() as unit:
        unit.people.stop("sms", "+447700900002")
    assert import_people(app, [row("ada"), *phones]) == ImportedCount(added=2, merged=0, suppressed=1)
    assert import_people(app, [row("ada"), *phones]) == ImportedCount(added=0, merged=2, suppressed=1)
    with app.reading() as unit:
        assert unit.people.by_address("sms", "+447700900001").state == "confirmed"
        assert unit.people.by_address("sms", "+447700900002") is None
