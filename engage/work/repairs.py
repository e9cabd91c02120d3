"""What a person decides about deliveries that did not arrive: send again, or close for good."""

from __future__ import annotations

from engage.errors import Refused
from engage.work.kit import Kit


def retry(kit: Kit, delivery_id: int | None, notice_id: str | None) -> int:
    """Make failed, dead, parked and ambiguous rows ready again; returns how many. Delivered ones are never touched."""
    _one_of(delivery_id, notice_id)
    with kit.unit() as unit:
        return unit.ledger.retry(delivery_id=delivery_id, notice_id=notice_id)


def discard(kit: Kit, delivery_id: int | None, notice_id: str | None) -> int:
    """Cancel dead, parked and ambiguous rows; returns how many."""
    _one_of(delivery_id, notice_id)
    with kit.unit() as unit:
        return unit.ledger.discard(delivery_id=delivery_id, notice_id=notice_id)


def _one_of(delivery_id: int | None, notice_id: str | None) -> None:
    if (delivery_id is None) == (notice_id is None):
        raise Refused("Name a delivery's id, or a notice with --notice.")
