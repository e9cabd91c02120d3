"""Every route with an address that leads somewhere, asked in every way but POST: nothing in the database changes (S1, B51).

tests/web/test_safety.py asks them all with addresses that lead nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from engage.app import build
from engage.channels.mailbox import list_mail
from engage.domain.people import Wanted
from engage.web import ROUTES
from engage.work import people, personal
from tests.conftest import settings_for
from tests.notify_sink import NotifySink
from tests.office import OFFICE_TOML, add_people, meeting, settle
from tests.web.conftest import Browser, visiting
from tests.web.test_devices import with_push
from tests.work.notices import Toml, issue

METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH")
CONCERN = Toml('[{ id = "lamps", raised = "The lamps are out." }]')


@pytest.fixture
def lively(browser: Browser, clock, tmp_path, office) -> Iterator[Browser]:
    """Text messages and devices are offered, somebody is confirmed, somebody pending, an alert waits for a second yes."""
    office.talks(meeting("winter-a", "2026-11-24T18:30:00", concerns=CONCERN))
    with NotifySink() as sink:
        given = {**sink.settings, "notify_email_template_id": None}
        app = build(settings_for(browser.app.settings.database, tmp_path, office.folder, **given), clock=clock)
        with visiting(with_push(app), clock) as found:
            found.publish()
            issue(found.app, "public")
            office.write("office.toml", f"{OFFICE_TOML}\n[guards]\napprove_above = 0\n")
            found.publish()
            add_people(found.app, ("ada", Wanted(areas=("eastfield",))))
            issue(found.app, "waits")
            people.sign_up(found.app, "email", "ben@example.org", Wanted(areas=("harbour",)), network="n")
            people.request_link(found.app, "email", "ada@example.org", network="n")
            settle(found.app)
            yield found
        app.database.close()


def addresses(lively: Browser) -> dict[str, str]:
    """Route -> an address of it that is there."""
    app, person = lively.app, lively.person("ada@example.org").id
    choices = lively.link("preferences")
    page = lively.client.post(f"{choices}/texts", data={"phone": "07700 900001"}).text
    asked = re.search(r'name="asked"\s+value="([^"]+)"', page)
    assert asked
    settle(app)
    mail = list_mail(app.settings.data / "trial-mail")[0].id
    own = personal.make(app, person)
    known = {
        "/approve/{token}": lively.link("approve"),
        "/confirm/{token}": lively.link("confirm"),
        "/preferences/{token}": choices,
        "/preferences/{token}/texts": f"{choices}/texts",
        "/texts/{token}": f"/texts/{app.links.token('text', asked[1], app.now)}",
        "/devices/{token}": app.links.device(person, app.now).removeprefix(app.base_url),
        "/unsubscribe/{token}": app.links.unsubscribe(person).removeprefix(app.base_url),
        "/feeds/me/{token}.ics": f"/feeds/me/{own}.ics",
        "/feeds/plain/me/{token}.ics": f"/feeds/plain/me/{own}.ics",
    }
    parts = {"entry_id": "winter-a", "concern_id": "lamps", "area_id": "eastfield", "area": "eastfield",
             "topics": "fraud", "alert_id": "public", "mail_id": str(mail)}  # fmt: skip
    filled = {route.path: re.sub(r"{(\w+)}", lambda hole: parts.get(hole[1], "none"), route.path) for route in ROUTES}
    return {**filled, **known}


def test_no_link_that_works_changes_anything_before_a_button_is_pressed(lively: Browser) -> None:
    """Scanners open every link of a mail, robots every page. A new route is walked too, or this fails for want of a page."""
    walked = addresses(lively)
    absent = {"/hooks/notify", *(["/meetings/{entry_id}/poster.pdf"] if find_spec("typst") is None else [])}
    before = lively.rows()
    for path, address in walked.items():
        answers = {method: lively.client.request(method, address) for method in METHODS}
        assert answers["GET"].status_code == (404 if path in absent else 200), address
        assert answers["HEAD"].status_code == answers["GET"].status_code, address
        assert not answers["HEAD"].content
        assert {answers[method].status_code for method in METHODS[3:]} == {405}, address
        assert lively.rows() == before, address
    for method in METHODS:
        lively.client.request(method, "/feeds/all.ics")
    assert lively.rows() == before
