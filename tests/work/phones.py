"""People who have a phone and nothing else, and a drain of what waits for them."""

from __future__ import annotations

from engage.app import App
from engage.channels.base import Session
from engage.domain.people import Wanted
from engage.work.deliveries import Drain, Drained
from tests.work.notices import address_all, issue

ME = "worker-1/1"


def phones(app: App, n: int) -> list[int]:
    """Confirmed subscribers to alerts, at +44 7700 900 000 and so on."""
    with app.unit() as unit:
        wanted = Wanted(kinds=("alerts",))
        ids = unit.people.add([("sms", f"+4477009{i:05}", wanted) for i in range(n)], state="confirmed")
        unit.subscriptions.add([(i, wanted) for i in ids])
    return ids


def ready(app: App, n: int, **given: object) -> None:
    """So many people with one alert each, ready to go."""
    phones(app, n)
    issue(app, "a", **given)
    address_all(app)


def drain(app: App, session: Session | None = None, lane: str = "normal") -> Drained:
    opened = session or app.channels["sms"].connect()
    try:
        return Drain(app, "sms", lane, ME, opened).run()
    finally:
        opened.close()


def counts(app: App) -> dict[str, int]:
    """Rows of the alert by state."""
    with app.reading() as unit:
        return unit.audits.by_state("alert:a")
