"""What people follow: kinds, areas and topics, and single concerns. Whom a notice reaches is in audience."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, insert, select, update

from engage.domain.people import Wanted
from engage.store.audience import CHANGING
from engage.store.dialect import hold_lock, insert_ids
from engage.store.schema import recipient, subscription, subscription_term

CONCERN = "concern"  # the sort of term that names what a person follows


class Subscriptions:
    def __init__(self, conn: Connection, clock: Callable[[], datetime]) -> None:
        self._conn, self._clock = conn, clock

    def wait_for_changes(self) -> None:
        """Until nobody else is changing subscriptions: what is counted now stays what it was at this moment."""
        hold_lock(self._conn, CHANGING)

    def add(self, wanted: Sequence[tuple[int, Wanted]]) -> None:
        """Add one subscription per person. Empty kinds, areas or topics are kept as `any`."""
        hold_lock(self._conn, CHANGING, shared=True)
        rows = [
            {
                "recipient_id": recipient_id,
                "audience": str(w.audience),
                "area": w.area,
                "any_kind": not w.kinds,
                "any_area": not w.areas,
                "any_topic": not w.topics,
                "since": self._clock(),  # after the lock: no count that came before may find it
            }
            for recipient_id, w in wanted
        ]
        ids = insert_ids(self._conn, subscription, rows)
        terms = [
            {"subscription_id": subscription_id, "sort": sort, "value": value}
            for subscription_id, (_, w) in zip(ids, wanted, strict=True)
            for sort, values in (("kind", w.kinds), ("area", w.areas), ("topic", w.topics))
            for value in dict.fromkeys(values)
        ]
        if terms:
            self._conn.execute(insert(subscription_term), terms)

    def end(self, recipient_id: int, *, but_concerns: bool = False) -> None:
        """All of a person's, or all but the concerns that they follow."""
        self._end(recipient_id, *([~_FOLLOWS] if but_concerns else []))

    def _end(self, recipient_id: int, *which: ColumnElement[bool]) -> None:
        hold_lock(self._conn, CHANGING, shared=True)
        mine = (subscription.c.recipient_id == recipient_id, subscription.c.ended_at.is_(None), *which)
        self._conn.execute(update(subscription).where(*mine).values(ended_at=self._clock()))

    def follow(self, recipient_id: int, concern: str) -> bool:
        """A subscription to what comes of one concern, beside whatever else is wanted; False when there is one."""
        hold_lock(self._conn, CHANGING, shared=True)
        self._conn.execute(select(recipient.c.id).where(recipient.c.id == recipient_id).with_for_update())
        mine = (subscription.c.recipient_id == recipient_id, subscription.c.ended_at.is_(None))
        if self._conn.execute(select(subscription.c.id).where(*mine, _follows(concern))).first() is not None:
            return False
        row = {"recipient_id": recipient_id, "audience": str(Wanted().audience), "since": self._clock()}
        any_of = {"any_kind": False, "any_area": True, "any_topic": True}
        found = insert_ids(self._conn, subscription, [{**row, **any_of}])[0]
        terms = [
            {"subscription_id": found, "sort": s, "value": v} for s, v in (("kind", "outcome"), (CONCERN, concern))
        ]
        self._conn.execute(insert(subscription_term), terms)
        return True

    def unfollow(self, recipient_id: int, concern: str) -> None:
        self._end(recipient_id, _follows(concern))

    def wanted(self, row: Row[Any]) -> Wanted:
        """The preferences of a recipient's row, its running subscriptions joined into one, and the concerns besides."""
        terms: dict[str, set[str]] = {"kind": set(), "area": set(), "topic": set()}
        is_mine = (subscription.c.recipient_id == row.id, subscription.c.ended_at.is_(None))
        any_of = {"kind": False, "area": False, "topic": False}
        running = self._conn.execute(select(subscription).where(*is_mine, ~_FOLLOWS)).all()
        followed = self._conn.execute(
            select(subscription_term.c.value)
            .join(subscription, subscription.c.id == subscription_term.c.subscription_id)
            .where(*is_mine, subscription_term.c.sort == CONCERN)
            .order_by(subscription_term.c.value)
        ).scalars()
        for found in running:
            any_of = {sort: any_of[sort] or getattr(found, f"any_{sort}") for sort in any_of}
        for term in self.terms([found.id for found in running]):
            terms[term.sort].add(term.value)
        chosen = {sort: () if any_of[sort] else tuple(sorted(values)) for sort, values in terms.items()}
        return Wanted(
            audience=row.audience,
            area=row.area,
            postcode=row.postcode,
            kinds=chosen["kind"],
            areas=chosen["area"],
            topics=chosen["topic"],
            frequency=row.frequency,
            digest_day=row.digest_day,
            digest_hour=row.digest_hour,
            language=row.language,
            concerns=tuple(followed),
            routine=bool(running),
        )

    def terms(self, subscription_ids: Iterable[int]) -> list[Row[Any]]:
        return list(
            self._conn.execute(
                select(subscription_term)
                .where(subscription_term.c.subscription_id.in_(list(subscription_ids)))
                .order_by(subscription_term.c.subscription_id, subscription_term.c.sort, subscription_term.c.value)
            )
        )


def _follows(concern: str | None = None) -> ColumnElement[bool]:
    """Whether a subscription is to a concern, or to this one."""
    named = exists().where(
        subscription_term.c.subscription_id == subscription.c.id, subscription_term.c.sort == CONCERN
    )
    return named if concern is None else named.where(subscription_term.c.value == concern)


_FOLLOWS = _follows()
