"""Whom an alert really reaches, walked to the trial mailbox, and why each of them is told they got it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engage.app import App
from engage.channels.mailbox import list_mail
from engage.domain.people import Frequency, Wanted
from engage.work import alerts, days, people
from engage.work.alert_notices import headcount, preview
from tests.office import Clock, add_people, audit_holds, mails, settle
from tests.work.notices import advise, alert, issue, letter

CAST = {
    "shop": Wanted(audience="business", area="mill-lane"),
    "watch": Wanted(audience="watch", area="eastfield"),
    "ada": Wanted(area="mill-lane"),
    "ben": Wanted(area="harbour"),
    "cy": Wanted(),  # never said where they live
    "dee": Wanted(area="mill-lane", areas=("harbour",)),  # lives in Mill Lane, follows the harbour
    "eve": Wanted(area="harbour", areas=("westmark",)),  # follows the whole force
}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "shop watch ada ben cy eve"),
        ({"areas": ("harbour",)}, "shop watch ada ben cy dee eve"),
        ({"areas": ("mill-lane",)}, "shop watch ada ben cy eve"),
        ({"areas": ("westmark",)}, "shop watch ada ben cy dee eve"),
        ({"audience": ("business",)}, "shop"),
        ({"audience": ("business", "watch")}, "shop watch"),
        ({"exclude": ("mill-lane",)}, "watch ben cy eve"),
        ({"exclude": ("eastfield",)}, "ben cy eve"),  # Mill Lane lies within it
        ({"exclude": ("westmark",)}, "cy"),
        ({"must": ("eastfield",)}, "shop watch ada"),
        ({"must": ("mill-lane",), "audience": ("resident",)}, "ada"),
        ({"must": ("westmark",), "exclude": ("mill-lane",)}, "watch ben eve"),
        ({"must": ("mill-lane",), "exclude": ("mill-lane",)}, ""),
    ],
)
def test_whom_an_alert_reaches(applied: App, given: dict[str, object], expected: str):
    """Include by what people follow, exclude and must by where they live, along the tree; as was counted before."""
    add_people(applied, *CAST.items())
    counted = headcount(applied, alert(applied, "a", **given)).people
    issue(applied, "a", **given)
    settle(applied)
    reached = {to.partition("@")[0] for to, _ in mails(applied)}
    assert reached == set(expected.split())
    assert counted == len(reached)
    audit_holds(applied)


# --- why me -----------------------------------------------------------------------------------------------------------


def both_parts(app: App, name: str) -> tuple[str, str]:
    """Text on one line, and HTML, of the newest mail."""
    mail = max((m for m in list_mail(app.settings.data / "trial-mail") if m.to == f"{name}@example.org"), key=lambda m: m.id)  # fmt: skip
    return " ".join(mail.text.split()), " ".join(mail.html.split())


def test_every_message_says_why(applied: App):
    """In text and in HTML, from the subscription as it was."""
    add_people(applied, ("ada", Wanted(topics=("burglary", "fraud"), areas=("mill-lane",))), ("ben", Wanted()))
    issue(applied, "a", topics=("burglary",))
    settle(applied)
    for part in both_parts(applied, "ada"):
        assert "You get this because you follow Burglary and Fraud in Mill Lane." in part
    for part in both_parts(applied, "ben"):
        assert "You get this because you follow all topics in Westmark." in part


def test_who_is_told_because_they_were_told_reads_that(applied: App, clock: Clock):
    """The withdrawal goes to them whatever they follow now."""
    ids = add_people(applied, ("ada", Wanted(areas=("eastfield",))))
    issue(applied, "a")
    settle(applied)
    clock.move(minutes=1)
    people.change(applied, ids["ada"], Wanted(kinds=("tips",)))
    alerts.withdraw(applied, "a", who="editor")
    settle(applied)
    for part in both_parts(applied, "ada"):
        assert "You get this because we told you about it before." in part


def test_each_item_of_a_digest_says_why(applied: App, clock: Clock):
    """Two subscriptions, two items, two reasons."""
    ids = add_people(applied, ("ada", Wanted(areas=("eastfield",), topics=("burglary",), frequency=Frequency.DAILY)))
    with applied.unit() as unit:
        unit.subscriptions.add([(ids["ada"], Wanted(areas=("harbour",), topics=("fraud",)))])
    days.keep_day(applied)
    advise(applied, "one", hours=100, topics=("burglary",))
    advise(applied, "two", hours=100, areas=("harbour",), topics=("fraud",))
    settle(applied)
    clock.move(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
    settle(applied)
    for part in both_parts(applied, "ada"):
        one, two = part.index("Because you follow Burglary in Eastfield."), part.index("Because you follow Fraud in Harbour.")  # fmt: skip
        assert part.index("Alert one") < one < part.rindex("Alert two") < two


# --- the overlap ------------------------------------------------------------------------------------------------------


def test_the_headcount_says_who_heard_of_something_like_it_today(applied: App, clock: Clock):
    """Two follow Eastfield, one both; an alert about burglaries there came an hour ago."""
    add_people(
        applied,
        ("ada", Wanted(areas=("eastfield",))),
        ("ben", Wanted(areas=("harbour",))),
        ("cy", Wanted(areas=("eastfield", "harbour"))),
    )
    issue(applied, "old", topics=("burglary",))
    settle(applied)

    def overlap(**given: object) -> tuple[int, int, tuple[str, ...]]:
        found = headcount(applied, alert(applied, "new", **given))
        return found.people, found.told_lately, found.similar

    assert overlap(topics=("burglary",)) == (2, 2, ("alert:old",))
    assert overlap(areas=("harbour",), topics=("burglary",)) == (2, 0, ()), "the harbour does not lie near it"
    assert overlap(areas=("westmark",)) == (3, 2, ("alert:old",))
    assert overlap(topics=("fraud",)) == (2, 0, ())
    assert headcount(applied, alert(applied, "old")).similar == (), "a correction is not like itself"
    clock.move(hours=24)
    assert overlap(topics=("burglary",)) == (2, 0, ())


def test_a_withdrawn_alert_is_like_nothing(applied: App):
    """Those who were told were told that it does not hold."""
    add_people(applied, ("ada", Wanted()))
    issue(applied, "old")
    settle(applied)
    alerts.withdraw(applied, "old", who="editor")
    assert headcount(applied, alert(applied, "new")).told_lately == 0


def test_a_preview_is_what_people_would_read(applied: App):
    """Word for word but for what differs per person."""
    add_people(applied, ("ada", Wanted(areas=("eastfield",))))
    shown = preview(applied, alert(applied, "a"))
    issue(applied, "a")
    settle(applied)
    ((_, subject),) = mails(applied, "ada")
    assert shown["subject"] == subject
    assert shown["long"].partition("You get this because")[0] == letter(applied, "ada").partition("You get this because")[0]  # fmt: skip
    assert "(unsubscribe url)" in shown["long"]


def test_submitting_waits_for_a_second_person_however_few_it_reaches(applied: App):
    """One person, and still nobody alone."""
    add_people(applied, ("ada", Wanted()))
    made = alert(applied, "a")
    assert alerts.send(applied, made, "source", who="editor", asks=True).waits
    settle(applied)
    assert [to for to, _ in mails(applied)] == ["approver@example.org"], "who is asked, and nobody else"
    alerts.approve(applied, "a", by="approver")
    settle(applied)
    assert len(mails(applied, "ada")) == 1
