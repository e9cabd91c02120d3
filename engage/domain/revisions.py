"""An entry as it was published at one moment: what changed, and the numbers calendar apps decide by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engage.domain.calendars import Entry


@dataclass(frozen=True, kw_only=True)
class Revision:
    """*number* counts every revision of the entry from 1.

    *sequence* rises on time, place, status and online link (RFC 5545 3.8.7.4, RFC 5546 2.1.4); *modified_at* on any
    visible change, names of venue and topics included. *moved_from* is the start people were told before the last move.
    """

    entry: Entry
    number: int = 1
    sequence: int = 0
    created_at: datetime
    modified_at: datetime
    moved_from: datetime | None = None
    expected_milestone: int | None = None
