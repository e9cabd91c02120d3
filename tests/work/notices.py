"""Short ways to issue an alert and to look at what the ledger says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from engage.app import App
from engage.channels.mailbox import list_mail
from engage.domain.alerts import Alert, Severity
from engage.domain.deliveries import State
from engage.store.house import Process
from engage.store.schema import delivery, notice
from engage.work import alerts, relay
from engage.work.alerts import Issued


@dataclass(frozen=True)
class Toml:
    """A value that is TOML already: `tests.office.meeting` quotes texts."""

    text: str

    def __str__(self) -> str:
        return self.text


def alert(app: App, id: str, *, hours: float = 24, **given: object) -> Alert:
    """An alert about burglaries in Eastfield, a warning unless said otherwise."""
    usual: dict[str, object] = {"title": f"Alert {id}", "text": "Lock your back door tonight.", "areas": ("eastfield",)}
    return Alert(id=id, expires=app.now + timedelta(hours=hours), **{**usual, **given})


def issue(app: App, id: str, *, who: str = "editor", asks: bool = False, **given: object) -> Issued:
    """Send one; its source is what it says."""
    made = alert(app, id, **given)
    return alerts.send(app, made, f"{made}", who=who, asks=asks)


def advise(app: App, id: str, **given: object) -> Issued:
    """Advice goes in the bulk lane, and into digests."""
    return issue(app, id, severity=Severity.ADVICE, **given)


def states_of(app: App, recipient_id: int, notice_id: str | None = None) -> list[str]:
    """The states of one person's rows, oldest first; digests' envelopes left out unless named."""
    statement = select(delivery.c.state).where(delivery.c.recipient_id == recipient_id).order_by(delivery.c.id)
    wanted = delivery.c.notice_id == notice_id if notice_id else ~delivery.c.notice_id.startswith("digest:")
    with app.reading() as unit:
        return [State(state).value for state in unit.conn.execute(statement.where(wanted)).scalars()]


def address_all(app: App) -> None:
    """Do every task that is owed, but send nothing."""
    from actors.registry import REACTIONS

    _be_a_worker(app)
    relay.turn_dues(app)
    while tasks := relay.to_ring(app).tasks:
        for task_id, actor in tasks:
            REACTIONS[actor](task_id)


def _be_a_worker(app: App) -> None:
    from actors import boot

    process = Process(id="hand", role="worker", host="test", boot_id="test", pid=0, threads={})
    boot.remember(boot.Running(app=app, process=process))


def take_one(app: App, actor: str) -> None:
    """Do the one task that is owed by *actor*."""
    from actors.registry import REACTIONS

    _be_a_worker(app)
    with app.reading() as unit:
        (owed,) = [row.id for row in unit.tasks.ready(limit=1000) if row.actor == actor]
    REACTIONS[actor](owed)


def letter(app: App, name: str) -> str:
    """The text of the newest mail to a person, on one line per paragraph as far as wrapping allows."""
    found = [m for m in list_mail(app.settings.data / "trial-mail", 1000) if m.to == f"{name}@example.org"]
    assert found, f"{name} has no mail"
    return max(found, key=lambda m: m.id).text


def notices(app: App, kind: str) -> list[str]:
    """Ids of the notices of a kind, oldest first."""
    with app.reading() as unit:
        statement = select(notice.c.id).where(notice.c.kind == kind).order_by(notice.c.created_at, notice.c.id)
        return list(unit.conn.execute(statement).scalars())
