"""What the alert pages say: what holds, what no longer does, and what is nobody's business yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from engage.domain.alerts import Alert, Severity
from engage.domain.people import Wanted
from engage.store.notices import ALERTS
from engage.work import alerts


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
        unit.people.subscribe([(ids[0], Wanted())])
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
