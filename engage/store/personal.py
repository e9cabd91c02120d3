"""The secret addresses of people's own calendars, of which only keyed digests are kept. What they hold is in domain."""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, and_, delete, select

from engage.domain.personal import Interest, Interests
from engage.store.dialect import upsert
from engage.store.schema import personal_feed, recipient, subscription, subscription_term


def end(conn: Connection, recipient_id: int) -> bool:
    """Stop a person's address; False when there was none. Nothing of it stays, so nothing can bring it back."""
    return conn.execute(delete(personal_feed).where(personal_feed.c.recipient_id == recipient_id)).rowcount == 1


class PersonalFeeds:
    """A person has at most one address: a new one takes the place of the old."""

    def __init__(self, conn: Connection, now: datetime, key: bytes) -> None:
        self._conn, self._now, self._key = conn, now, key

    def put(self, recipient_id: int, token: str) -> bool:
        """Make *token* the person's; False for somebody who is not confirmed, or is leaving at this moment."""
        state = select(recipient.c.state).where(recipient.c.id == recipient_id).with_for_update()
        if self._conn.execute(state).scalar() != "confirmed":
            return False
        row = {"recipient_id": recipient_id, "token_hash": self._digest(token), "created_at": self._now}
        upsert(self._conn, personal_feed, [row])
        return True

    def end(self, recipient_id: int) -> bool:
        return end(self._conn, recipient_id)

    def since(self, recipient_id: int) -> datetime | None:
        """When the person's address was made."""
        made = select(personal_feed.c.created_at).where(personal_feed.c.recipient_id == recipient_id)
        return self._conn.execute(made).scalar()

    def interests(self, token: str, kind: str) -> Interests | None:
        """What the running subscriptions to this *kind* ask for; None when the token is nobody's."""
        mine = subscription.c.recipient_id == personal_feed.c.recipient_id
        found = self._conn.execute(
            select(subscription.c.id, subscription.c.any_kind, subscription_term.c.sort, subscription_term.c.value)
            .select_from(personal_feed)
            .join(recipient, recipient.c.id == personal_feed.c.recipient_id)
            .outerjoin(subscription, and_(mine, subscription.c.ended_at.is_(None)))
            .outerjoin(subscription_term, subscription_term.c.subscription_id == subscription.c.id)
            .where(personal_feed.c.token_hash == self._digest(token), recipient.c.state == "confirmed")
        ).all()
        if not found:
            return None
        terms: dict[int, set[tuple[str, str]]] = defaultdict(set)
        for row in found:
            terms[row.id].add((row.sort, row.value))
        running = {row.id for row in found if row.any_kind or ("kind", kind) in terms[row.id]}
        return tuple(sorted({_interest(terms[subscription_id]) for subscription_id in running}))

    def _digest(self, token: str) -> str:
        return hmac.new(self._key, b"calendar:" + token.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _interest(terms: Iterable[tuple[str, str]]) -> Interest:
    """A subscription to any area or topic has no terms of that sort."""
    areas, topics = (tuple(sorted(v for of, v in terms if of == sort)) for sort in ("area", "topic"))
    return Interest(areas=areas, topics=topics)
