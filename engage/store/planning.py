"""The fan-out's way into the ledger: many people whose rows are alike. What becomes of a row is in ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from engage.store.dialect import insert_each
from engage.store.schema import delivery


def plan_alike(conn: Connection, common: Mapping[str, Any], people: Sequence[tuple[int, str, Sequence[int]]]) -> None:
    """Write a row for each (recipient, channel, reasons) unless it is known; all else is *common*.

    One person, notice version and channel has one row for ever.
    """
    insert_each(conn, delivery, common, ("recipient_id", "channel", "reasons"), people)
