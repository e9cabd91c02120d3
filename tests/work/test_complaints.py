"""A complaint's way through the office: kept, acknowledged, told to staff, closed, forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engage.app import App
from engage.channels.mailbox import list_mail
from engage.domain.complaints import AN_HOUR, KEPT, MAILED_A_DAY, STAFF_MAILED_A_DAY, Complaint
from engage.domain.people import Wanted
from engage.errors import NotFound, Refused
from engage.store.schema import event, metadata
from engage.work import complaints, people
from tests.office import Clock, add_people, audit_holds, mails, settle

TEXT = "You wrote to my late mother, Zebedina."


def complain(app: App, *, form: str = "form", network: str = "192.0.2.1", **given: str | None) -> str:
    made = Complaint(**{"about": "details", "text": TEXT, "email": "ada@example.org", "name": "Ada Zebedina", **given})
    reference = complaints.make(app, made, form=form, network=network)
    assert reference is not None
    return reference


def everything(app: App) -> str:
    """Every row of every table, as text."""
    with app.database.engine.connect() as conn:
        return "\n".join(str(row) for table in metadata.sorted_tables for row in conn.execute(select(table)))


def test_the_person_and_the_office_are_told_by_the_ledger(applied: App):
    """One mail each, both service notices: the person gets reference and date, the office no word of theirs (S49)."""
    reference = complain(applied)
    settle(applied)
    assert mails(applied, "ada") == [("ada@example.org", f"We have your complaint {reference}")]
    assert mails(applied, "ocs") == [("ocs@example.org", f"A complaint came in: {reference}")]
    texts = {mail.to: mail.text for mail in list_mail(applied.settings.data / "trial-mail", 100)}
    assert "Wednesday 23 December 2026" in texts["ada@example.org"]
    assert "https://ico.org.uk/" in texts["ada@example.org"]
    assert f"engage complaints show {reference}" in texts["ocs@example.org"]
    assert "Wednesday 23 December 2026" in texts["ocs@example.org"]
    assert not any("Zebedina" in text for text in texts.values()), (
        "nobody can send words of theirs to others through us"
    )
    assert "ada@" not in texts["ocs@example.org"]
    assert complaints.find(applied, reference).acknowledged_at == applied.now
    audit_holds(applied)


def test_a_complaint_without_an_address_is_told_to_the_office_only(applied: App):
    """The page has acknowledged it."""
    reference = complain(applied, email=None, reach="01632 960123")
    settle(applied)
    assert [to for to, _ in mails(applied)] == ["ocs@example.org"]
    assert complaints.find(applied, reference).answer_by == "by telephone or post"
    assert complaints.find(applied, complain(applied, email=None)).answer_by == "they want none"


def test_somebody_new_is_not_signed_up_by_complaining(applied: App):
    """They get the acknowledgement and nothing else; signing up later takes the usual road."""
    complain(applied)
    settle(applied)
    with applied.reading() as unit:
        person = unit.people.by_address("email", "ada@example.org")
    assert (person.role, person.state, person.verified_at) == ("subscriber", "pending", None)
    assert people.sign_up(applied, "email", "ada@example.org", Wanted(), network="192.0.2.1")


def test_somebody_who_left_still_hears_that_it_came(applied: App):
    """Service mail is not what they left; their choice stands."""
    ids = add_people(applied, ("ada", Wanted()))
    people.leave(applied, ids["ada"], how="link")
    complain(applied)
    settle(applied)
    assert len(mails(applied, "ada")) == 1
    with applied.reading() as unit:
        assert unit.people.find(ids["ada"]).state == "left"


def test_pressing_twice_is_one_complaint(applied: App):
    """The same words of the same form: one row, one reference, one mail. Another form is another complaint."""
    assert complain(applied) == complain(applied)
    settle(applied)
    assert len(mails(applied, "ada")) == 1
    assert complain(applied) != complain(applied, form="another")
    assert len(complaints.listed(applied)) == 2


def test_a_network_gets_ten_an_hour_and_then_is_told_so(applied: App, clock: Clock):
    """S16: the eleventh is not kept, and its sender learns it."""
    for n in range(AN_HOUR):
        complain(applied, text=f"{n}")
    more = Complaint(about="other", text="one more")
    assert complaints.make(applied, more, form="f", network="192.0.2.1") is None
    assert complaints.make(applied, more, form="f", network="192.0.2.2") is not None
    assert len(complaints.listed(applied)) == AN_HOUR + 1
    clock.move(hours=1)
    assert complaints.make(applied, more, form="g", network="192.0.2.1") is not None


def test_nobody_s_mailbox_can_be_flooded(applied: App):
    """S16, B55: a stranger's address, with tags and dots; every complaint is kept, three are acknowledged by mail."""
    spellings = ["ada@example.org", "a.da@example.org", "ada+x@example.org", "a.d.a@example.org", "ada+y@example.org"]
    for n, address in enumerate(spellings):
        complain(applied, email=address, network=f"192.0.2.{n}")
    settle(applied)
    assert sum(to != "ocs@example.org" for to, _ in mails(applied)) == MAILED_A_DAY
    assert len(complaints.listed(applied)) == len(spellings)


def test_the_office_can_still_read_its_mail_when_hundreds_come(sqlite_applied: App):
    """The last mail of the day says where the others are."""
    for n in range(STAFF_MAILED_A_DAY + 5):
        complain(sqlite_applied, email=None, text=f"{n}", network=f"192.0.2.{n}")
    settle(sqlite_applied, rounds=100)
    assert len(mails(sqlite_applied, "ocs")) == STAFF_MAILED_A_DAY
    found = [mail.text for mail in list_mail(sqlite_applied.settings.data / "trial-mail", 100)]
    assert sum("engage complaints list" in text for text in found) == 1
    assert len(complaints.listed(sqlite_applied)) == STAFF_MAILED_A_DAY + 5


def test_staff_see_what_is_open_and_how_many_days_are_left(applied: App, clock: Clock):
    """The oldest first; a reference may be typed in small letters; closing needs an outcome and happens once."""
    first = complain(applied)
    clock.move(days=3)
    second = complain(applied, form="later")
    assert [(one.reference, one.days_left) for one in complaints.listed(applied)] == [(first, 27), (second, 30)]
    with pytest.raises(Refused, match="--outcome"):
        complaints.close(applied, first, who="sam", outcome=" ")
    complaints.close(applied, first.lower(), who="sam", outcome="We stopped it and wrote to her.")
    with pytest.raises(Refused, match="closed already"):
        complaints.close(applied, first, who="sam", outcome="again")
    with pytest.raises(NotFound, match="C-NONE"):
        complaints.find(applied, "C-NONE")
    with pytest.raises(NotFound, match="C-NONE"):
        complaints.close(applied, "C-NONE", who="sam", outcome="x")
    assert [one.reference for one in complaints.listed(applied)] == [second]
    settled = complaints.listed(applied, closed=True)[0]
    assert (settled.state, settled.closed_by, settled.days_left) == ("closed", "sam", None)
    assert settled.outcome == "We stopped it and wrote to her."


def test_what_was_written_goes_a_year_after_it_was_settled(applied: App, clock: Clock):
    """S48: that there was a complaint, and when, stays; an open one is kept however old."""
    old, still_open = complain(applied), complain(applied, form="other")
    complaints.close(applied, old, who="sam", outcome="Zebedina was told.")
    for days, is_kept in ((KEPT.days - 1, True), (2, False)):
        clock.move(days=days)
        with applied.unit() as unit:
            unit.complaints.forget_closed(unit.now - KEPT)
        assert (complaints.find(applied, old).text is not None) is is_kept
    gone = complaints.find(applied, old)
    assert (gone.name, gone.email, gone.outcome, gone.about) == (None, None, None, "details")
    assert complaints.find(applied, still_open).text == TEXT


def test_a_new_day_forgets_what_is_due(sqlite_applied: App, clock: Clock):
    """Nobody must remember to."""
    reference = complain(sqlite_applied)
    complaints.close(sqlite_applied, reference, who="sam", outcome="done")
    clock.move(days=KEPT.days + 2)
    from engage.work import days

    days.keep_day(sqlite_applied)
    settle(sqlite_applied, rounds=400)
    assert complaints.find(sqlite_applied, reference).text is None


def test_forgetting_a_person_takes_their_complaints_along(applied: App):
    """S47: by their address, open and closed; what was open is closed, for nobody can be answered. Others' stay."""
    mine, done, others = complain(applied), complain(applied, form="2"), complain(applied, email="ben@example.org", text="x", name="Ben")  # fmt: skip
    complaints.close(applied, done, who="sam", outcome="Zebedina was told.")
    settle(applied)
    with applied.reading() as unit:
        who = unit.people.by_address("email", "ada@example.org").id
    assert [one.reference for one in complaints.of_person(applied, who)] == sorted([mine, done])
    people.forget(applied, who)
    assert "Zebedina" not in everything(applied)
    assert "ada@example.org" not in everything(applied)
    assert complaints.find(applied, mine).state == "closed"
    assert "forgotten" in complaints.find(applied, mine).outcome
    assert complaints.find(applied, others).text == "x"


def test_nothing_is_mailed_for_a_complaint_that_was_forgotten_meanwhile(applied: App):
    """The task comes after the row was blanked."""
    ids = add_people(applied, ("ada", Wanted()))
    complain(applied)
    people.forget(applied, ids["ada"])
    settle(applied)
    assert mails(applied) == []


def test_events_carry_the_reference_only(applied: App):
    """S33: what is passed around names a row and no person."""
    reference = complain(applied)
    with applied.database.engine.connect() as conn:
        bodies = [row.body for row in conn.execute(select(event)) if row.name == "complaint.made"]
    assert bodies == [{"reference": reference}]


def test_the_lists_of_staff_show_nobody(applied: App):
    """What people wrote is read one at a time."""
    complain(applied)
    (one,) = complaints.listed(applied)
    assert one.made_at == applied.now
    assert one.due_on - one.made_at.date() == timedelta(days=30)
