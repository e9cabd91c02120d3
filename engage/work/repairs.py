"""What a person decides about deliveries that did not arrive: send again, or close for good."""

from __future__ import annotations

from engage.errors import Refused
from engage.work.kit import Kit

FAILED = ("failed", "dead")  # what certainly did not arrive


def retry(kit: Kit, delivery_id: int | None, notice_id: str | None, *, only_failed: bool = False) -> int:
    """Make failed, dead, parked and ambiguous rows ready again; returns how many. Delivered ones are never touched.

    *only_failed* leaves out what may have arrived, and what was put aside on purpose.
    """
    _one_of(delivery_id, notice_id)
    with kit.unit() as unit:
        if only_failed:
            ids = unit.audits.ids(FAILED, delivery_id=delivery_id, notice_id=notice_id)
            return sum(unit.ledger.retry(delivery_id=one, notice_id=None) for one in ids)
        return unit.ledger.retry(delivery_id=delivery_id, notice_id=notice_id)


def discard(kit: Kit, delivery_id: int | None, notice_id: str | None) -> int:
    """Cancel dead, parked and ambiguous rows; returns how many."""
    _one_of(delivery_id, notice_id)
    with kit.unit() as unit:
        return unit.ledger.discard(delivery_id=delivery_id, notice_id=notice_id)


def _one_of(delivery_id: int | None, notice_id: str | None) -> None:
    if (delivery_id is None) == (notice_id is None):
        raise Refused("Name a delivery's id, or a notice with --notice.")
