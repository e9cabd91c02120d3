"""Which people a notice's items concern, as of one moment. Where a row goes from there is in domain.deliveries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    and_,
    distinct,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from engage.domain.notices import Item
from engage.store.dialect import insert_new
from engage.store.schema import address, delivery, recipient, subscription, subscription_term, suppression, tip_told

CHANGING = "people"  # the lock between counting an audience and changing it
WAS_TOLD = ("handoff", "sent", "ambiguous")  # or may have been


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Who is asked for: the item's areas widened to all they concern, its topics, the kind, and *at*.

    Subscriptions are never rewritten, only ended, so the same question gets the same answer however long the
    fan-out takes and whoever leaves meanwhile.
    """

    kind: str
    near: Collection[str]
    topics: Collection[str]
    at: datetime
    audience: Collection[str] = ()
    exclude: Collection[str] = ()
    must: Collection[str] = ()  # areas in one of which a person's home must lie
    channels: Collection[str] = ()
    sparing: Collection[str] = ()  # channels for those only who have none of *rather*
    rather: Collection[str] = ()
    unless_had: tuple[str, str] | None = None  # (item, season)
    concern: str | None = None  # a subscription must name it: one to every kind does not


_FOUND = (
    subscription.c.recipient_id,
    address.c.channel,
    subscription.c.id.label("subscription_id"),
    recipient.c.frequency,
    recipient.c.digest_day,
    recipient.c.digest_hour,
)


class Audiences:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def page(self, asked: Asked, *, after: int, upto: int) -> list[Row[Any]]:
        """(recipient, channel, subscription, when they want messages) for recipients above *after* up to *upto*."""
        found = _matching(asked, _FOUND, seen=self._seen)
        for id_ in (recipient.c.id, subscription.c.recipient_id, address.c.recipient_id):
            found = found.where(id_ > after, id_ <= upto)
        return list(self._conn.execute(found).all())

    def among(self, asked: Asked, recipient_ids: Sequence[int]) -> list[Row[Any]]:
        """As `page`, of these recipients only."""
        batches = (recipient_ids[i : i + 500] for i in range(0, len(recipient_ids), 500))
        found = _matching(asked, _FOUND, seen=self._seen)
        return [
            row for batch in batches for row in self._conn.execute(found.where(subscription.c.recipient_id.in_(batch)))
        ]

    def of_told(self, asked: Asked, notice_ids: Collection[str]) -> list[Row[Any]]:
        """(recipient, channel, subscription) of those found who were told one of these notices."""
        columns = (subscription.c.recipient_id, address.c.channel, subscription.c.id.label("subscription_id"))
        were = select(delivery.c.recipient_id).where(
            delivery.c.notice_id.in_(list(notice_ids)), delivery.c.state.in_(WAS_TOLD)
        )
        return list(self._conn.execute(_matching(asked, columns).where(subscription.c.recipient_id.in_(were))))

    def _seen(self, column: Column[str]) -> ColumnElement[str]:
        """A column by which SQLite is not to search: without statistics it takes one value for rare, and walks over
        everybody who has an e-mail address for each page (measured: 2.5 s for 1,000 among 100,000).
        """
        is_sqlite = self._conn.dialect.name == "sqlite"
        return literal_column(f"+{column.table.name}.{column.name}", Text) if is_sqlite else column

    def tips_had(self, areas: Collection[str], season: str) -> dict[str, int]:
        """Tip -> how many people who live in one of these areas have had it in a season."""
        had = (
            select(tip_told.c.tip_id, func.count())
            .join(recipient, recipient.c.id == tip_told.c.recipient_id)
            .where(recipient.c.area.in_(list(areas)), tip_told.c.season == season)
        )
        return {row[0]: row[1] for row in self._conn.execute(had.group_by(tip_told.c.tip_id))}

    def next_bound(self, after: int, size: int) -> int | None:
        """The recipient id that closes a page of *size* after *after*; None when nobody is left."""
        ids = select(recipient.c.id).where(recipient.c.id > after).order_by(recipient.c.id).limit(size).subquery()
        return self._conn.execute(select(func.max(ids.c.id))).scalar()

    def count(self, asked: Iterable[Asked], notice_id: str | None = None, version: int = 0) -> int:
        """(person, channel) pairs that any of the questions finds and the notice has no row for yet."""
        parts = [_matching(a, (subscription.c.recipient_id, address.c.channel)).distinct() for a in asked]
        if not parts:
            return 0
        found = parts[0].union(*parts[1:]).subquery()
        statement = select(func.count()).select_from(found)
        if notice_id is not None:
            known = exists().where(
                delivery.c.notice_id == notice_id,
                delivery.c.version == version,
                delivery.c.recipient_id == found.c.recipient_id,
                delivery.c.channel == found.c.channel,
            )
            statement = statement.where(~known)
        return self._conn.execute(statement).scalar_one()

    def people(self, asked: Iterable[Asked], *, and_told: str | None = None) -> int:
        """How many people any of the questions finds, with those who were told the notice *and_told*."""
        parts = [_matching(a, (subscription.c.recipient_id,)) for a in asked]
        if and_told is not None:
            had = (delivery.c.notice_id == and_told, delivery.c.state.in_(WAS_TOLD))
            parts.append(select(delivery.c.recipient_id).where(*had))
        if not parts:
            return 0
        found = parts[0].union(*parts[1:]).subquery()
        return self._conn.execute(select(func.count(distinct(found.c.recipient_id)))).scalar_one()

    def by_area(self, asked: Asked) -> dict[str, int]:
        """People found, by the area they live in."""
        found = _matching(asked, (subscription.c.recipient_id, recipient.c.area)).distinct().subquery()
        rows = self._conn.execute(select(found.c.area, func.count()).group_by(found.c.area))
        return {str(area or ""): n for area, n in rows}

    def by_channel(self, asked: Asked) -> dict[str, int]:
        """Messages by channel."""
        found = _matching(asked, (subscription.c.recipient_id, address.c.channel)).distinct().subquery()
        rows = self._conn.execute(select(found.c.channel, func.count()).group_by(found.c.channel))
        return {row[0]: row[1] for row in rows}

    def told_of(self, asked: Asked, notice_ids: Collection[str]) -> int:
        """How many of the people found were told, or will be, of one of these notices."""
        gone = ("cancelled", "suppressed", "expired", "failed")
        were = select(delivery.c.recipient_id).where(
            delivery.c.notice_id.in_(list(notice_ids)), delivery.c.state.not_in(gone)
        )
        found = _matching(asked, (subscription.c.recipient_id,)).where(subscription.c.recipient_id.in_(were)).subquery()
        return self._conn.execute(select(func.count(distinct(found.c.recipient_id)))).scalar_one()

    def told(self, item: Item) -> list[Row[Any]]:
        """(recipient, channel) of everybody who was told one of the notices that *item* names."""
        return [row for notice_id in item.told for row in self._told(notice_id, None)]

    def told_before(self, notice_id: str, version: int) -> list[Row[Any]]:
        """(recipient, channel, items) of everybody who was told an earlier version."""
        return self._told(notice_id, version)

    def note_had(self, had: Iterable[tuple[int, str]], season: str) -> None:
        """(recipient, item): nobody gets these again within the season."""
        rows = [{"recipient_id": r, "tip_id": item_id, "season": season} for r, item_id in had]
        insert_new(self._conn, tip_told, rows)

    def _told(self, notice_id: str, before: int | None) -> list[Row[Any]]:
        statement = (
            select(
                delivery.c.recipient_id,
                delivery.c.channel,
                recipient.c.frequency,
                recipient.c.digest_day,
                recipient.c.digest_hour,
            )
            .join(recipient, recipient.c.id == delivery.c.recipient_id)
            .where(delivery.c.notice_id == notice_id, delivery.c.state.in_(WAS_TOLD))
            .distinct()
        )
        if before is not None:
            statement = statement.where(delivery.c.version < before)
        return list(self._conn.execute(statement))


def _matching(
    asked: Asked, columns: tuple[Any, ...], *, seen: Callable[[Column[str]], ColumnElement[str]] = lambda column: column
) -> Select[Any]:
    """A subscription matches when kind, area and topic each are among its terms or it takes any."""
    channel = seen(address.c.channel)
    statement = (
        select(*columns)
        .select_from(subscription)
        .join(recipient, recipient.c.id == subscription.c.recipient_id)
        .join(address, and_(address.c.recipient_id == recipient.c.id, address.c.verified_at <= asked.at))
        .where(or_(address.c.ended_at.is_(None), address.c.ended_at > asked.at))
        .where(
            seen(recipient.c.role) == "subscriber",
            subscription.c.since <= asked.at,
            or_(subscription.c.ended_at.is_(None), subscription.c.ended_at > asked.at),
            or_(subscription.c.any_kind, _has_term("kind", [asked.kind])),
        )
    )
    if asked.concern is not None:
        statement = statement.where(_has_term("concern", [asked.concern]))
    if asked.near:
        statement = statement.where(or_(subscription.c.any_area, _has_term("area", asked.near)))
    if asked.topics:
        statement = statement.where(or_(subscription.c.any_topic, _has_term("topic", asked.topics)))
    if asked.audience:
        statement = statement.where(subscription.c.audience.in_(list(asked.audience)))
    if asked.exclude:
        statement = statement.where(or_(subscription.c.area.is_(None), subscription.c.area.not_in(list(asked.exclude))))
    if asked.must:
        statement = statement.where(subscription.c.area.in_(list(asked.must)))
    if asked.unless_had:
        item_id, season = asked.unless_had
        statement = statement.where(
            ~exists().where(
                tip_told.c.recipient_id == recipient.c.id, tip_told.c.tip_id == item_id, tip_told.c.season == season
            )
        )
    if asked.channels:
        statement = statement.where(channel.in_(list(asked.channels)))
    if asked.sparing:
        statement = statement.where(or_(channel.not_in(list(asked.sparing)), ~_has_other(asked)))
    return statement


def _has_other(asked: Asked) -> Any:
    """Whether one of the channels that are preferred led to the person at the moment that is asked about."""
    other = address.alias()
    dead = exists().where(
        suppression.c.channel == other.c.channel, suppression.c.hmac == other.c.hmac, suppression.c.at <= asked.at
    )
    return exists().where(
        other.c.recipient_id == recipient.c.id,
        other.c.channel.in_(list(asked.rather)),
        other.c.verified_at <= asked.at,
        or_(other.c.ended_at.is_(None), other.c.ended_at > asked.at),
        ~dead,
    )


def _has_term(sort: str, values: Collection[str]) -> Any:
    return exists().where(
        subscription_term.c.subscription_id == subscription.c.id,
        subscription_term.c.sort == sort,
        subscription_term.c.value.in_(sorted(values)),
    )
