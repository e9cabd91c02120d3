"""Where a mail came from, and what the system made of what came back."""

from __future__ import annotations

from sqlalchemy import select

from engage.app import App
from engage.domain.people import Wanted
from engage.store.schema import delivery, event, suppression
from engage.work import looking

ADA = Wanted(kinds=("alerts",))


def newest(app: App, name: str = "ada") -> int:
    """The id of the newest delivery to a person."""
    with app.reading() as unit:
        person = unit.people.by_address("email", f"{name}@example.org")
        of = select(delivery.c.id).where(delivery.c.recipient_id == person.id).order_by(delivery.c.id.desc())
        return int(unit.conn.execute(of).scalars().first())


def path_of(app: App, delivery_id: int) -> str:
    """Where this delivery's mail came from."""
    with app.reading() as unit:
        row = unit.audits.find(delivery_id)
        digest = unit.ledger.addresses([row.recipient_id])[row.recipient_id, row.channel].hmac
    return f"{app.links.return_path(delivery_id, digest)}@{app.bounce_domain}"


def suppressions(app: App) -> list[str]:
    with app.reading() as unit:
        return list(unit.conn.execute(select(suppression.c.reason)).scalars())


def refusals(app: App) -> int:
    """How many events say that an address was refused."""
    with app.reading() as unit:
        return len(unit.conn.execute(select(event.c.id).where(event.c.name == "address.refused")).all())


def counts(app: App) -> dict[str, int]:
    return looking.status(app)["came_back"]
