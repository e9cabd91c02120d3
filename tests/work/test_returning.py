"""Somebody who was forgotten comes back: who they were to us for thirteen months, somebody new from then on."""

from __future__ import annotations

from itertools import count as count_on

import pytest
from sqlalchemy import select

from engage.app import App
from engage.domain.people import Frequency, Wanted
from engage.store.holdings import held
from engage.store.schema import address, delivery, metadata, signup, suppression
from engage.work import inbox, people, texting
from tests import returned
from tests.notify_sink import NotifySink
from tests.office import Clock, audit_holds, mails, settle
from tests.work.coming_back import newest, path_of, suppressions
from tests.work.notices import address_all, issue, states_of
from tests.work.test_people import sizes
from tests.work.test_retention import clean, count
from tests.work.test_texting import add_phone, code, number_of
from tests.work.test_tips import TUESDAY, WEEK, let

NETWORKS = count_on()  # each form comes from another
ADA, PHONE = "ada@example.org", "+447700900001"
TIPS = Wanted(kinds=("tips",), topics=("fraud",))


def ask(app: App, address: str = ADA, wanted: Wanted = TIPS) -> str:
    """The form is sent; returns the id of the sign-up."""
    app.clock.move(minutes=1)
    assert people.sign_up(app, "email", address, wanted, network=f"192.0.2.{next(NETWORKS)}")
    with app.reading() as unit:
        return unit.conn.execute(select(signup.c.id).order_by(signup.c.created_at.desc())).scalars().first()


def join(app: App, address: str = ADA, wanted: Wanted = TIPS) -> int:
    """The form, the mail, the button."""
    signup_id = ask(app, address, wanted)
    settle(app)
    found = people.confirm(app, signup_id)
    assert found is not None
    assert people.confirm(app, signup_id) == found, "twice, in two tabs"
    settle(app)
    return found


def join_by_phone(app: App, sink: NotifySink) -> int:
    code_id = texting.sign_up(app, PHONE, TIPS, network=f"192.0.2.{next(NETWORKS)}")
    found = texting.confirm(app, code_id, code(app, sink))
    assert found is not None
    return found


def everything(app: App) -> str:
    with app.reading() as unit:
        return repr([unit.conn.execute(table.select()).all() for table in metadata.sorted_tables])


def digests(app: App) -> int:
    """How many addresses are known by their digest alone."""
    return count(app, address, address.c.ended_at.is_not(None))


def state(app: App, person: int) -> str:
    with app.reading() as unit:
        return unit.people.find(person).state


def test_what_they_were_told_once_is_not_told_again(applied: App):
    """Law 4 outlasts being forgotten: one tip is about fraud, she had it this winter, and none comes the week after."""
    ada = join(applied)
    let(applied, TUESDAY + WEEK)
    assert mails(applied, "ada")[1:] == [(ADA, "Hang up on a scam call")]
    people.forget(applied, ada)
    assert join(applied) == ada
    let(applied, TUESDAY + 2 * WEEK)
    assert [subject for _, subject in mails(applied, "ada")].count("Hang up on a scam call") == 1
    issue(applied, "after")
    assert people.change(applied, ada, Wanted())
    issue(applied, "later")
    settle(applied)
    assert states_of(applied, ada, "alert:later") == ["sent"], "and whatever is new does come"
    audit_holds(applied)


def test_they_start_with_what_they_chose_now(applied: App):
    """Nothing of the choices before comes back with the number."""
    ada = join(
        applied, wanted=Wanted(area="mill-lane", postcode="ZZ1 4AA", frequency=Frequency.WEEKLY, topics=("fraud",))
    )
    people.forget(applied, ada)
    assert join(applied, wanted=Wanted(topics=("burglary",))) == ada
    assert people.preferences(applied, ada).wanted == Wanted(topics=("burglary",))


@pytest.mark.parametrize(("days", "is_known"), [(395, True), (397, False)])
@pytest.mark.parametrize("swept", [True, False])
def test_after_thirteen_months_they_start_afresh(applied: App, clock: Clock, days: int, is_known: bool, swept: bool):
    """Whether or not the clean-up came that night; what bars the address stays until the button is pressed."""
    ada = join(applied)
    people.forget(applied, ada)
    people.forget(applied, ada)
    clock.move(days=days)
    if swept:
        clean(applied)
        assert digests(applied) == is_known
    assert count(applied, suppression) == 1
    assert (join(applied) == ada) is is_known
    assert count(applied, suppression) == 0
    audit_holds(applied)


def test_they_can_be_forgotten_as_often_as_they_like(applied: App, clock: Clock):
    """Each time counts anew, and nothing but one digest is left of them."""
    ada = join(applied)
    for _ in range(3):
        people.forget(applied, ada)
        people.forget(applied, ada)
        assert "ada@" not in everything(applied)
        assert digests(applied) == 1
        clock.move(days=300)
        clean(applied)
        assert join(applied) == ada
        assert digests(applied) == 0


def test_who_left_long_ago_is_known_again_too(applied: App, clock: Clock):
    """Their address went by itself after four weeks; thirteen months are from the day on which they left."""
    ada = join(applied)
    people.leave(applied, ada, how="link")
    clock.move(days=29)
    clean(applied)
    assert "ada@" not in everything(applied)
    clock.move(days=366)
    clean(applied)
    assert digests(applied) == 1
    assert join(applied) == ada
    people.leave(applied, ada, how="link")
    clock.move(days=29)
    clean(applied)
    clock.move(days=368)
    clean(applied)
    assert digests(applied) == 0


def test_an_address_does_not_go_while_its_confirmation_waits_for_the_button(applied: App, clock: Clock):
    """They left four weeks ago and signed up again last night."""
    ada = join(applied)
    people.leave(applied, ada, how="link")
    clock.move(days=27.9)
    asked = ask(applied)
    settle(applied)
    clock.move(days=1)
    clean(applied)
    assert people.confirm(applied, asked) == ada
    with applied.reading() as unit:
        assert unit.people.address_of(ada, "email") == ADA


def test_until_the_button_is_pressed_nobody_can_tell_who_was_forgotten(applied: App):
    """As many rows in the same tables and the same mail as for a stranger; and the number stays asleep."""
    ada = join(applied)
    people.forget(applied, ada)
    before, grown = len(mails(applied, "ada")), []
    for name in ("ada", "eve"):
        sizes_before = sizes(applied)
        ask(applied, f"{name}@example.org")
        grown.append({table: size - sizes_before[table] for table, size in sizes(applied).items()})
    assert grown[0] == grown[1]
    settle(applied)
    assert [subject for _, subject in mails(applied, "ada")[before:]] == [
        subject for _, subject in mails(applied, "eve")
    ]
    assert state(applied, ada) == "left"


def test_the_number_that_they_were_given_meanwhile_is_nobodys(applied: App):
    """A second form is of the old number too, its mail arrives, and a copy of what we hold has it all in one place."""
    ada = join(applied)
    people.forget(applied, ada)
    first, second = ask(applied), ask(applied, wanted=Wanted(topics=("burglary",)))
    with applied.reading() as unit:
        new = unit.people.by_address("email", ADA).id
    assert new != ada
    address_all(applied)
    assert people.confirm(applied, first) == ada
    settle(applied)
    assert len(mails(applied, "ada")) == 3
    assert people.confirm(applied, second) == ada
    assert people.preferences(applied, ada).wanted.topics == ("burglary",)
    with applied.reading() as unit:
        assert set(held(unit.conn, new)) == {"recipient"}
        assert unit.people.counts() == {"confirmed": 1, "left": 1}
    people.forget(applied, ada)
    assert people.confirm(applied, second) is None, "nor does an old link bring anybody back"
    audit_holds(applied)


def test_who_never_pressed_the_button_is_not_known_again(applied: App):
    """They were told nothing."""
    ask(applied)
    with applied.reading() as unit:
        first = unit.people.by_address("email", ADA).id
    people.forget(applied, first)
    assert join(applied) != first


def test_somebody_with_an_address_and_a_number_is_known_by_either(town: App, sink: NotifySink):
    """Here they come back with the phone; nothing goes to the address, which is blank."""
    ada = join(town)
    add_phone(town, sink, ada)
    people.forget(town, ada)
    assert "ada@" not in everything(town)
    assert PHONE not in everything(town)
    assert join_by_phone(town, sink) == ada
    with town.reading() as unit:
        assert unit.phones.of(ada) == PHONE
        assert "ada@" not in unit.people.address_of(ada, "email")
        assert unit.phones.is_only_way(ada)
    assert people.change(town, ada, Wanted())
    issue(town, "a")
    settle(town)
    with town.reading() as unit:
        (told,) = unit.conn.execute(select(delivery).where(delivery.c.notice_id == "alert:a")).all()
    assert (told.recipient_id, told.channel, told.state) == (ada, "sms", "sent")
    audit_holds(town)


def test_whoever_is_back_is_not_handed_over_to_who_has_their_other_address(town: App, sink: NotifySink):
    """The phone may be another's by now; Ada, who came back by e-mail, can add it to her choices as ever."""
    ada = join(town)
    add_phone(town, sink, ada)
    people.forget(town, ada)
    assert join(town) == ada
    other = join_by_phone(town, sink)
    assert other != ada
    assert number_of(town, ada) is None
    add_phone(town, sink, ada)
    assert (number_of(town, ada), state(town, other)) == (PHONE, "left")


def test_a_spam_report_that_comes_after_being_forgotten_still_bars_the_address(applied: App):
    """Its return path is proved by the digest."""
    ada = join(applied)
    path = path_of(applied, newest(applied))
    people.forget(applied, ada)
    taken = inbox.take_mail(applied, returned.complaint(path), recipient=path)
    assert (taken.kind, suppressions(applied)) == ("complaint", ["complaint"])
