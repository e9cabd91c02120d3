"""A resident's whole journey through real processes: page, confirmation, what they get and what they do not, leaving."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from ical.calendar_stream import IcsCalendarStream

from engage.domain.alerts import Alert, Severity
from engage.work.alerts import send
from engage.work.looking import audit
from tests.conftest import fresh_database
from tests.flows.system import System, running_system
from tests.office import meeting


@pytest.fixture(params=["sqlite", "postgresql"])
def system(request: pytest.FixtureRequest, tmp_path: Path):
    url = fresh_database(request, request.param, tmp_path)
    with running_system(tmp_path, url) as found:
        yield found


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def link_in(mail: EmailMessage, path: str) -> str:
    found = re.search(rf"https?://\S+{path}/\S+", text_of(mail))
    assert found is not None, text_of(mail)
    return found[0]


def local(moment: datetime) -> str:
    """As staff write it; the sample office's zone is London's, which is on UTC at noon in winter or an hour off."""
    from zoneinfo import ZoneInfo

    return moment.astimezone(ZoneInfo("Europe/London")).strftime("%Y-%m-%dT%H:%M:%S")


def filled(system: System, name: str, area: str) -> dict[str, object]:
    """The form as a browser shows it, with somebody's answers."""
    _, page = system.request("GET", "/subscribe")
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token is not None
    return {
        "token": token[1],
        "email": f"{name}@example.org",
        "area": area,
        "audience": "resident",
        "kinds": ["meetings", "alerts", "tips", "milestones"],
        "frequency": "immediate",
        "day": "0",
        "hour": "9",
        "consent": "yes",
    }


def sign_up(system: System, name: str, area: str) -> None:
    status, answer = system.request("POST", "/subscribe", filled(system, name, area))
    assert status == 200, answer
    confirmation = system.wait_for_mail(name, 1)[0]
    url = link_in(confirmation, "/confirm")
    assert system.request("GET", url)[0] == 200
    assert system.request("POST", url, {})[0] == 200


def issue(system: System, name: str, area: str) -> None:
    app = system.app()
    alert = Alert(
        id=name,
        title=f"Burglaries: {name}",
        text="Lock your back door tonight.",
        areas=(area,),
        severity=Severity.WARNING,
        expires=system.now + timedelta(days=1),
    )
    send(app, alert, name, who="editor")
    app.database.close()


def test_a_resident_signs_up_is_told_what_concerns_them_and_leaves(system: System):
    """Confirmation, a move inside 48 hours, a reminder, an alert for their area, none for another, and then nothing."""
    soon = (system.now + timedelta(hours=30)).replace(second=0, microsecond=0)
    office = system.office
    office.talks(meeting("talk", local(soon), reminders=[]), meeting("later", local(soon + timedelta(days=9))))
    system.start("redis", "relay", "worker", "urgent", "web")
    system.wait_for(lambda: is_ready(system), "readiness", within=60)

    sign_up(system, "ada", "mill-lane")

    moved = soon + timedelta(hours=1)
    office.talks(meeting("talk", local(moved), reminders=[]), meeting("later", local(soon + timedelta(days=9))))
    change = system.wait_for_mail("ada", 2)[1]
    assert "Talk talk" in text_of(change)
    assert change["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert change["Auto-Submitted"] == "auto-generated"

    due = (system.now + timedelta(hours=2, seconds=4)).replace(microsecond=0)
    reminded = 'reminders = [{ before = "2 hours" }]\n'
    office.talks(
        meeting("talk", local(moved), reminders=[]),
        meeting("later", local(soon + timedelta(days=9))),
        meeting("tonight", local(due), title="Tonight in the hall") + reminded,
    )
    reminder = system.wait_for_mail("ada", 3)[2]
    assert reminder["Subject"].startswith("Reminder: Tonight in the hall")

    issue(system, "eastfield-alert", "eastfield")
    alert = system.wait_for_mail("ada", 4)[3]
    assert "Burglaries: eastfield-alert" in alert["Subject"]
    issue(system, "harbour-alert", "harbour")
    system.wait_for_rest()
    assert len(system.messages("ada")) == 4, "the alert of another borough is not for her"

    one_click = alert["List-Unsubscribe"].strip("<>")
    assert system.request("GET", one_click)[0] == 200
    assert system.request("POST", one_click, None)[0] == 200
    issue(system, "second-alert", "eastfield")
    system.wait_for_rest()
    assert len(system.messages("ada")) == 4
    assert Counter(m.to for m in system.sink.accepted) == {"ada@example.org": 4}

    app = system.app()
    assert [r for r in audit(app) if not r.is_equal] == []
    app.database.close()


def is_ready(system: System) -> bool:
    try:
        return (
            system.request("GET", "/readyz")[0] == 200 and system.request("GET", "/feeds/village-talks.ics")[0] == 200
        )
    except OSError:
        return False


def test_a_saved_file_reaches_the_feed_and_a_broken_one_does_not(system: System):
    """Saved, served within seconds, polled again as 304; broken, the last good bytes stay and the page lives on."""
    system.start("relay", "worker", "web")
    system.wait_for(lambda: is_ready(system), "readiness", within=60)
    status, body, headers = system.fetch("/feeds/village-talks.ics")
    assert status == 200
    assert {e.uid for e in IcsCalendarStream.calendar_from_ics(body.decode()).events} == {
        f"{i}@westmark.example.org" for i in ("winter-a", "winter-b", "harbour-a")
    }
    assert system.fetch("/feeds/village-talks.ics", **{"If-None-Match": headers["etag"]})[0] == 304

    system.office.talks(meeting("new-one", local(system.now + timedelta(days=3))), "[[meeting]\nbroken")
    system.wait_for(lambda: "files have problems" in system.logs(), "the complaint")
    assert system.fetch("/feeds/village-talks.ics")[1] == body

    system.office.talks(
        meeting("winter-a", "2026-11-24T18:30:00"),
        meeting("winter-b", "2026-12-08T18:30:00"),
        meeting("harbour-a", "2026-12-15T18:30:00", venue="quay"),
        meeting("new-one", local(system.now + timedelta(days=3))),
    )
    system.wait_for(lambda: b"new-one@" in system.fetch("/feeds/village-talks.ics")[1], "the new meeting in the feed")
