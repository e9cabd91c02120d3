"""Digests: one envelope per person that owns the reserved rows whose moment has come. Composing it is in letters."""

from __future__ import annotations

from datetime import datetime, timedelta

from engage.domain.events import DigestDue, NoticeAddressed
from engage.domain.notices import Lane, Notice
from engage.store.unit import Unit
from engage.work.kit import Kit

USE = timedelta(days=2)


def send_digests(_kit: Kit, unit: Unit, event: DigestDue) -> None:
    """Bind each person's due reserved rows to one envelope; nobody gets an empty one."""
    owed = unit.digests.due_reserved()
    if not owed:
        return
    notice_id = f"digest:{event.hour}"
    expires_at = unit.now + USE
    notice = Notice(id=notice_id, kind="digest", created_at=unit.now, expires_at=expires_at)
    if not unit.notices.add(notice, event_id=unit.cause_id):
        return
    people = sorted({(row.recipient_id, row.channel) for row in owed})
    unit.notices.plan(notice_id, 1, len(people))
    unit.emit(NoticeAddressed(notice_id=notice_id, version=1, planned=len(people)))
    unit.ledger.plan([_envelope(notice, recipient_id, channel, unit.now) for recipient_id, channel in people])
    unit.digests.bind_digest(notice_id)
    unit.notices.addressed(notice_id, 1)


def _envelope(notice: Notice, recipient_id: int, channel: str, now: datetime) -> dict[str, object]:
    return {
        "notice_id": notice.id,
        "version": notice.version,
        "recipient_id": recipient_id,
        "channel": channel,
        "lane": Lane.BULK.value,
        "service": False,
        "state": "ready",
        "next_at": now,
        "expires_at": notice.expires_at,
        "items": None,
        "reasons": None,
        "attempts": 0,
        "crashes": 0,
    }
