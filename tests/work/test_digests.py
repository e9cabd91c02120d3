"""Digests: one letter a person at the hour they chose, never empty, never twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engage.app import App
from engage.domain.alerts import Severity
from engage.domain.deliveries import State
from engage.domain.people import Frequency, Wanted
from engage.work import alerts, days, people
from engage.work.deliveries import Drain
from tests.office import Clock, Office, add_people, apply, audit_holds, mails, settle
from tests.store.rows import found
from tests.work.notices import address_all, issue, letter, notices, states_of

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def ready(app: App, office: Office) -> App:
    """No meetings and no tips: nothing but digests is due."""
    office.talks()
    (office.folder / "tips.toml").unlink()
    apply(app)
    days.keep_day(app)
    settle(app)
    return app


def advise(app: App, id: str, *, hours: float = 200, **given: object) -> None:
    issue(app, id, severity=Severity.ADVICE, hours=hours, **given)


def daily(app: App, *names: str, **more: object) -> dict[str, int]:
    return add_people(app, *((n, Wanted(**{"frequency": Frequency.DAILY, **more})) for n in names))


def let(app: App, moment: datetime) -> None:
    for now in (max(app.now, moment - timedelta(hours=1)), moment):
        app.clock.move(now)
        days.keep_day(app)
        settle(app)


def test_a_daily_person_gets_one_letter_with_everything_in_it(ready: App):
    """At nine the next morning; each notice is counted as told."""
    ids = daily(ready, "ada")
    add_people(ready, ("ben", Wanted()))
    advise(ready, "one"), advise(ready, "two")
    settle(ready)
    assert (len(mails(ready, "ada")), len(mails(ready, "ben"))) == (0, 2)
    assert states_of(ready, ids["ada"]) == ["reserved", "reserved"]
    let(ready, NINE)
    ((_, subject),) = mails(ready, "ada")
    assert subject.startswith("Today from Westmark OCS")
    assert all(f"Alert {id}" in letter(ready, "ada") for id in ("one", "two"))
    assert states_of(ready, ids["ada"]) == ["sent", "sent"]
    let(ready, NINE + timedelta(hours=3))
    assert len(mails(ready, "ada")) == 1
    audit_holds(ready)


def test_each_person_has_their_own_day_and_hour(ready: App):
    """Ada at seven, Ben on Fridays at six in the evening."""
    daily(ready, "ada", digest_hour=7)
    daily(ready, "ben", frequency=Frequency.WEEKLY, digest_day=4, digest_hour=18)
    advise(ready, "one", hours=200)
    settle(ready)
    let(ready, NINE.replace(hour=7))
    assert [to for to, _ in mails(ready)] == ["ada@example.org"]
    let(ready, datetime(2026, 11, 27, 18, 0, tzinfo=UTC))
    assert mails(ready, "ben")[0][1].startswith("This week from")
    audit_holds(ready)


def test_urgent_news_does_not_wait_for_a_digest(ready: App):
    """Nor does a warning."""
    daily(ready, "ada")
    issue(ready, "now")
    settle(ready)
    assert len(mails(ready, "ada")) == 1


def test_nobody_gets_an_empty_digest(ready: App):
    """Nothing was reserved, or all of it has expired."""
    ids = daily(ready, "ada", "ben")
    advise(ready, "short", hours=2)
    settle(ready)
    let(ready, NINE)
    assert mails(ready) == []
    assert notices(ready, "digest") == []
    assert states_of(ready, ids["ada"]) == ["expired"]
    audit_holds(ready)


def test_what_was_withdrawn_is_left_out(ready: App):
    """Of two things one is told."""
    ids = daily(ready, "ada")
    advise(ready, "right"), advise(ready, "wrong")
    settle(ready)
    alerts.withdraw(ready, "wrong", who="editor")
    settle(ready)
    let(ready, NINE)
    text = letter(ready, "ada")
    assert "Alert right" in text
    assert "Alert wrong" not in text
    assert sorted(states_of(ready, ids["ada"])) == ["cancelled", "sent"]
    audit_holds(ready)


def test_a_newer_version_replaces_the_reserved_one(ready: App):
    """One digest tells one version."""
    daily(ready, "ada")
    advise(ready, "one")
    settle(ready)
    advise(ready, "one", title="Better")
    settle(ready)
    let(ready, NINE)
    text = letter(ready, "ada")
    assert "Better" in text
    assert "Alert one" not in text
    audit_holds(ready)


def bound(app: App, *names: str) -> dict[str, int]:
    """Two pieces of advice, enclosed in an envelope that is ready to go."""
    ids = daily(app, *(names or ("ada",)))
    advise(app, "right"), advise(app, "wrong")
    settle(app)
    app.clock.move(NINE)
    address_all(app)
    return ids


def test_what_is_withdrawn_when_the_envelope_is_bound_is_left_out_as_well(ready: App):
    """P6: nothing passes the fence after the withdrawal, inside a digest neither."""
    ids = bound(ready)
    alerts.withdraw(ready, "wrong", who="editor")
    settle(ready)
    assert "Alert wrong" not in letter(ready, "ada")
    assert sorted(states_of(ready, ids["ada"])) == ["cancelled", "sent"]
    audit_holds(ready)


def test_an_envelope_whose_things_are_all_withdrawn_is_not_sent(ready: App):
    """It is closed as cancelled, not as failed: nothing went wrong."""
    ids = bound(ready)
    for id in ("right", "wrong"):
        alerts.withdraw(ready, id, who="editor")
    settle(ready)
    assert mails(ready) == []
    (digest,) = notices(ready, "digest")
    assert states_of(ready, ids["ada"], digest) == ["cancelled"]
    audit_holds(ready)


def test_what_is_withdrawn_between_composing_and_the_fence_is_composed_anew(
    ready: App, monkeypatch: pytest.MonkeyPatch
):
    """The letter was built with it; it must not go."""
    ids = bound(ready)
    fence = Drain._fence

    def withdraw_first(self: Drain, *given: object) -> set[int]:
        monkeypatch.setattr(Drain, "_fence", fence)
        unit = given[0]
        unit.notices.supersede("alert:wrong", 2)
        unit.ledger.cancel_version("alert:wrong", 2)
        return fence(self, *given)

    monkeypatch.setattr(Drain, "_fence", withdraw_first)
    settle(ready)
    assert len(mails(ready, "ada")) == 1
    assert "Alert wrong" not in letter(ready, "ada")
    assert sorted(states_of(ready, ids["ada"])) == ["cancelled", "sent"]
    audit_holds(ready)


def test_what_expires_between_binding_and_sending_is_not_told_as_sent(ready: App):
    """The queue was long: what is over is left out and closed as expired."""
    ids = daily(ready, "ada")
    advise(ready, "long"), advise(ready, "short", hours=21.5)
    settle(ready)
    ready.clock.move(NINE)
    address_all(ready)
    ready.clock.move(hours=1)
    settle(ready)
    assert "Alert short" not in letter(ready, "ada")
    let(ready, NINE + timedelta(days=1))
    assert sorted(states_of(ready, ids["ada"])) == ["expired", "sent"]
    audit_holds(ready)


def test_leaving_stops_the_digest(ready: App):
    """Envelope and all."""
    ids = bound(ready)
    people.leave(ready, ids["ada"], how="link")
    settle(ready)
    assert mails(ready) == []
    assert states_of(ready, ids["ada"]) == ["suppressed", "suppressed"]
    audit_holds(ready)


def test_an_address_that_bounced_ends_what_its_digest_holds(ready: App):
    """Nothing stays pending for good."""
    ids = bound(ready)
    with ready.unit() as unit:
        unit.people.suppress(ids["ada"], "email", "bounced")
    settle(ready)
    assert states_of(ready, ids["ada"]) == ["suppressed", "suppressed"]
    audit_holds(ready)


def test_two_people_have_two_envelopes_of_one_notice(ready: App):
    """Planned is the number of envelopes."""
    bound(ready, "ada", "ben", "cy")
    settle(ready)
    assert sorted(to for to, _ in mails(ready)) == ["ada@example.org", "ben@example.org", "cy@example.org"]
    (digest,) = notices(ready, "digest")
    with ready.reading() as unit:
        assert unit.notices.row(digest, 1).planned == 3
    audit_holds(ready)


def test_a_digest_hour_missed_is_made_up_for_with_the_next(ready: App):
    """The relay was away from eight to one: what was due at nine comes at one, once."""
    ids = daily(ready, "ada")
    advise(ready, "one")
    settle(ready)
    ready.clock.move(NINE + timedelta(hours=4))
    settle(ready)
    assert len(mails(ready, "ada")) == 1
    assert states_of(ready, ids["ada"]) == ["sent"]
    audit_holds(ready)


def test_changing_to_immediate_while_the_envelope_is_on_its_way_sends_nothing_twice(ready: App):
    """Only what is loose is released."""
    ids = bound(ready)
    people.change(ready, ids["ada"], Wanted())
    settle(ready)
    assert len(mails(ready, "ada")) == 1
    audit_holds(ready)


def test_a_person_told_in_a_digest_is_told_of_its_correction(ready: App):
    """What was in it was told, like any other row."""
    bound(ready)
    settle(ready)
    alerts.withdraw(ready, "wrong", who="editor")
    settle(ready)
    let(ready, NINE + timedelta(days=1))
    assert "Withdrawn: Alert wrong" in letter(ready, "ada")
    audit_holds(ready)


def test_a_worker_that_dies_with_a_digest_past_the_fence_leaves_nothing_pending(ready: App, clock: Clock):
    """Ambiguous, all of it; retried by a person it goes whole."""
    ids = bound(ready)
    with ready.unit() as unit:
        (envelope,) = unit.ledger.claim(channel="email", lane="bulk", owner="gone/1", limit=10)
        assert unit.ledger.fence([envelope.id], "gone/1")
        unit.digests.move_enclosed([envelope.id], State.HANDOFF)
    with ready.unit() as unit:
        unit.ledger.release("gone/1", same_boot=True)
    assert states_of(ready, ids["ada"]) == ["ambiguous", "ambiguous"]
    audit_holds(ready)
    with ready.unit() as unit:
        unit.ledger.retry(delivery_id=envelope.id, notice_id=None)
    settle(ready)
    assert found(ready.database, envelope.id).state == "sent"
    assert states_of(ready, ids["ada"]) == ["sent", "sent"]
    assert all(f"Alert {id}" in letter(ready, "ada") for id in ("right", "wrong"))
    audit_holds(ready)
