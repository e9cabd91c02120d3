"""What the alert pages say: what holds, what no longer does, and what is nobody's business yet."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta

from lxml import etree

from engage.domain.alerts import Alert, Severity
from engage.domain.people import Wanted
from engage.store.notices import ALERTS
from engage.work import alerts
from tests.feeds.test_cap import NS as CAP
from tests.feeds.test_cap import SCHEMA
from tests.web.conftest import BASE

ATOM = {"a": "http://www.w3.org/2005/Atom"}


def issue(browser, alert_id, **more):
    alert = Alert(
        **{
            "id": alert_id,
            "title": f"Alert {alert_id}",
            "text": "**Lock** up. <script>x</script> [bad](javascript:x)",
            "expires": browser.clock.now + timedelta(days=2),
            "severity": Severity.URGENT,
            **more,
        }
    )
    alerts.send(browser.app, alert, f"source of {alert_id} {more}", who="editor")
    browser.site.snapshot.refresh()


def test_alerts_that_hold_come_first(browser):
    """Current ones on top; expired and withdrawn below, each saying so."""
    issue(browser, "old", expires=browser.clock.now + timedelta(hours=1))
    issue(browser, "gone")
    issue(browser, "now", areas=("harbour",))
    alerts.withdraw(browser.app, "gone", who="editor")
    browser.site.snapshot.refresh()
    browser.clock.move(hours=2)
    text = browser.text("/alerts")
    assert text.index("Alert now") < text.index("Earlier alerts") < text.index("Withdrawn Alert gone")
    assert "Expired Alert old" in text
    assert "This alert was withdrawn on Monday 23 November 2026" in browser.text("/alerts/gone")
    assert "This alert has expired" in browser.text("/alerts/old")
    html = browser.get("/alerts/now").text
    assert "<strong>Lock</strong>" in html
    assert "<script" not in html
    assert "javascript:" not in html.replace("[bad](javascript:x)", "")
    assert "Alert now" in browser.text("/areas/harbour")
    assert "Alert now" not in browser.text("/areas/eastfield")


def test_what_is_urgent_stands_above_advice_that_came_later(browser):
    """On the alerts' page and on the area's: somebody in a hurry reads the first line. Of one severity the newest first."""
    for name, severity in (("flood", "URGENT"), ("fire", "URGENT"), ("van", "WARNING"), ("locks", "ADVICE")):
        issue(browser, name, severity=Severity[severity])
        browser.clock.move(minutes=1)
    for path in ("/alerts", "/areas/harbour"):
        assert re.findall(r"Alert ([a-z]+)", browser.text(path)) == ["fire", "flood", "van", "locks"]


def test_a_corrected_alert_replaces_what_it_said(anywhere):
    """One page per alert: the newest version that was issued."""
    issue(anywhere, "fire", title="Fire")
    issue(anywhere, "fire", title="Fire is out")
    text = anywhere.text("/alerts/fire")
    assert "This is a correction" in text
    assert "Fire is out" in text


def test_an_alert_that_waits_or_was_never_issued_is_nobodys_business(browser, office):
    """What still needs a second person is not public, nor when it is withdrawn before."""
    text = (office.folder / "office.toml").read_text()
    office.write("office.toml", text + "\n[guards]\napprove_above = 0\n")
    browser.publish()
    with browser.app.unit() as unit:
        ids = unit.people.add([("email", "ada@example.org", Wanted())], state="confirmed")
        unit.subscriptions.add([(ids[0], Wanted())])
    issue(browser, "secret")
    assert browser.get("/alerts/secret").status_code == 404
    alerts.withdraw(browser.app, "secret", who="editor")
    browser.site.snapshot.refresh()
    assert browser.get("/alerts/secret").status_code == 404
    assert "secret" not in browser.get("/alerts").text


def test_alerts_count_up_whenever_one_changes(browser):
    """Issued, corrected, withdrawn: each is seen by web processes."""

    def counted():
        with browser.app.reading() as unit:
            return unit.house.counted(ALERTS)

    seen = [counted()]
    expires = datetime(2026, 12, 1, tzinfo=UTC)
    for title in ("One", "Two"):
        alerts.send(browser.app, Alert(id="a", title=title, text="x", expires=expires), title, who="editor")
        seen.append(counted())
    alerts.withdraw(browser.app, "a", who="editor")
    seen.append(counted())
    assert seen == sorted(set(seen))


def atom(browser) -> ET.Element:
    answer = browser.get("/alerts.atom")
    assert answer.status_code == 200
    return ET.fromstring(answer.content)


def titles(browser) -> list[str | None]:
    return [entry.findtext("a:title", None, ATOM) for entry in atom(browser).findall("a:entry", ATOM)]


def test_alerts_can_be_followed_in_a_feed_reader(browser):
    """RFC 4287: ids and moments everywhere, current ones first, and what became of the others in their titles."""
    issue(browser, "old", expires=browser.clock.now + timedelta(hours=1))
    browser.clock.move(minutes=1)
    issue(browser, "gone")
    browser.clock.move(minutes=1)
    issue(browser, "now", areas=("harbour",), topics=("fraud",))
    alerts.withdraw(browser.app, "gone", who="editor")
    browser.site.snapshot.refresh()
    browser.clock.move(hours=2)
    assert titles(browser) == ["Alert now", "Withdrawn: Alert gone", "Expired: Alert old"]
    feed = atom(browser)
    for element in (feed, *feed.findall("a:entry", ATOM)):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"a:{name}", ATOM)) == 1
        assert element.findtext("a:updated", "", ATOM).endswith("Z")
    assert feed.findtext("a:author/a:name", "", ATOM) == "Office for Community Safety of Westmark"
    found = {link.get("rel"): link.get("href") for link in feed.findall("a:entry", ATOM)[0].findall("a:link", ATOM)}
    assert found == {"alternate": f"{BASE}/alerts/now", "related": f"{BASE}/alerts/now.cap.xml"}
    content = feed.findtext("a:entry/a:content", "", ATOM)
    assert "<strong>Lock</strong>" in content
    assert "<script" not in content
    for page in ("/alerts", "/alerts/now"):
        assert 'rel="alternate"' in browser.get(page).text


def test_an_alert_keeps_its_id_and_is_updated_when_it_changes(browser):
    """A reader shows a correction and a withdrawal as the same alert, anew."""
    seen = []
    for step in ("a", "b", None):
        if step:
            issue(browser, "fire", title=step)
        else:
            alerts.withdraw(browser.app, "fire", who="editor")
            browser.site.snapshot.refresh()
        entry = atom(browser).find("a:entry", ATOM)
        seen.append([entry.findtext(f"a:{name}", None, ATOM) for name in ("id", "published", "title", "updated")])
        browser.clock.move(minutes=10)
    assert len({tuple(found[:2]) for found in seen}) == 1
    assert [found[2] for found in seen] == ["a", "Corrected: b", "Withdrawn: b"]
    assert len({found[3] for found in seen}) == 3


def test_an_office_without_alerts_has_a_valid_feed(browser):
    """Readers that subscribe on a quiet day."""
    assert titles(browser) == []
    assert atom(browser).findtext("a:updated", "", ATOM) == "2015-01-01T00:00:00Z"


def test_an_alert_as_cap_over_the_wire(browser):
    """Its own media type, valid, an exercise in a rehearsal; withdrawn and corrected ones name what they replace."""
    issue(browser, "fire", title="Fire")
    answer = browser.get("/alerts/fire.cap.xml")
    assert answer.headers["content-type"] == "application/cap+xml; charset=utf-8"
    first = etree.fromstring(answer.content)
    SCHEMA.assertValid(first)
    assert [first.findtext(f"{CAP}{name}") for name in ("status", "msgType", "references")] == [
        "Exercise",
        "Alert",
        None,
    ]
    browser.clock.move(minutes=5)
    issue(browser, "fire", title="Fire is out")
    browser.clock.move(minutes=5)
    alerts.withdraw(browser.app, "fire", who="editor")
    browser.site.snapshot.refresh()
    last = etree.fromstring(browser.get("/alerts/fire.cap.xml").content)
    SCHEMA.assertValid(last)
    assert last.findtext(f"{CAP}msgType") == "Cancel"
    assert [one.split(",")[1:] for one in last.findtext(f"{CAP}references").split()] == [
        ["fire.1@westmark.example.org", "2026-11-23T12:00:00-00:00"],
        ["fire.2@westmark.example.org", "2026-11-23T12:05:00-00:00"],
    ]
    assert browser.get("/alerts/none.cap.xml").status_code == 404


def test_a_withdrawn_draft_shows_in_no_format(browser, office):
    """What was never issued is nobody's business (S15): not found, and in no feed."""
    text = (office.folder / "office.toml").read_text()
    office.write("office.toml", text + "\n[guards]\napprove_above = 0\n")
    browser.publish()
    with browser.app.unit() as unit:
        ids = unit.people.add([("email", "ada@example.org", Wanted())], state="confirmed")
        unit.subscriptions.add([(ids[0], Wanted())])
    issue(browser, "secret")
    assert browser.get("/alerts/secret.cap.xml").status_code == 404
    assert b"secret" not in browser.get("/alerts.atom").content


def test_what_programs_read_is_conditional_and_open_to_any_site(browser):
    """S12, C07, C08, C11, C12: a type, ETag and 304, Last-Modified, gzip, HEAD; any site's page may read it (CORS)."""
    issue(browser, "fire")
    for path in ("/alerts.atom", "/alerts/fire.cap.xml"):
        whole = browser.get(path, Accept_Encoding="identity")
        headers = whole.headers
        assert "charset=utf-8" in headers["content-type"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["access-control-allow-origin"] == "*"
        assert headers["cache-control"] == "public, max-age=60, must-revalidate"
        assert "set-cookie" not in headers
        same = browser.get(path, Accept_Encoding="identity", If_None_Match=headers["etag"])
        assert (same.status_code, same.content) == (304, b"")
        assert browser.get(path, If_Modified_Since=headers["last-modified"]).status_code == 304
        zipped = browser.get(path, Accept_Encoding="gzip")
        assert (zipped.headers["content-encoding"], zipped.content) == ("gzip", whole.content)
        bare = browser.client.head(path)
        assert bare.content == b""
        assert browser.get(f"{path}?x=1").content == whole.content


def test_a_feed_that_says_expired_is_not_the_one_that_did_not(browser):
    """Its date moves with the expiry, for readers that ask by date only."""
    issue(browser, "fire", expires=browser.clock.now + timedelta(hours=1))
    before = browser.get("/alerts.atom").headers["last-modified"]
    browser.clock.move(hours=1, seconds=1)
    assert browser.get("/alerts.atom", If_Modified_Since=before).status_code == 200


def test_an_alert_is_public_at_the_hour_that_its_file_names(browser):
    """Not before, in no format; one withdrawn before its hour was never public."""
    issue(browser, "later", send_at=browser.clock.now + timedelta(hours=2))
    issue(browser, "never", send_at=browser.clock.now + timedelta(hours=2))
    alerts.withdraw(browser.app, "never", who="editor")
    browser.site.snapshot.refresh()
    for hours, found in ((0, 404), (3, 200)):
        browser.clock.move(hours=hours)
        assert browser.get("/alerts/later").status_code == browser.get("/alerts/later.cap.xml").status_code == found
        assert browser.get("/alerts/never").status_code == browser.get("/alerts/never.cap.xml").status_code == 404
        for path in ("/alerts", "/alerts.atom", "/areas/eastfield"):
            assert ("Alert later" in browser.get(path).text) is (found == 200)
            assert "Alert never" not in browser.get(path).text
    assert atom(browser).findtext("a:entry/a:published", None, ATOM) == "2026-11-23T14:00:00Z"


def test_a_correction_that_goes_later_replaces_the_text_at_once(browser):
    """What is known to be wrong must not stand there for hours."""
    issue(browser, "fire", title="Fire")
    issue(browser, "fire", title="Fire is out", send_at=browser.clock.now + timedelta(hours=2))
    assert "Fire is out" in browser.text("/alerts/fire")
    assert atom(browser).findtext("a:updated", None, ATOM) == "2026-11-23T12:00:00Z"
    alerts.withdraw(browser.app, "fire", who="editor")
    browser.site.snapshot.refresh()
    assert "was withdrawn" in browser.text("/alerts/fire")
