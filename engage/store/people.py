"""Recipients, their addresses, subscriptions, consent and suppression. Whom a notice reaches is in audience."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, exists, false, func, insert, or_, select, update

from engage.domain.people import Wanted, canonical_mailbox
from engage.store import complaints, devices, personal
from engage.store.audience import CHANGING
from engage.store.dialect import gather_statistics, hold_lock, insert_ids, upsert
from engage.store.schema import (
    address,
    consent,
    phone_code,
    recipient,
    signup,
    subscription,
    subscription_term,
    suppression,
)
from engage.store.types import to_body

FORGOTTEN = "forgotten-"  # what stands, before the number, in the place of an address that is gone
CONCERN = "concern"  # the sort of term that names what a person follows
_STRONGER = {"bounced": ("left",), "complaint": ("left", "bounced")}  # reason -> those it replaces


@dataclass(frozen=True, kw_only=True)
class Person:
    """A recipient as the work layer needs it; never printed with an address."""

    id: int
    role: str
    state: str
    wanted: Wanted


def digest_of(key: bytes, channel: str, text: str) -> str:
    """The keyed digest that stands for an address wherever the address itself must not be kept."""
    return hmac.new(key, f"{channel}:{text}".encode(), hashlib.sha256).hexdigest()


def bar(conn: Connection, digests: Sequence[tuple[str, str]], reason: str, *, at: datetime) -> None:
    """Suppress addresses, each as (channel, digest); a weaker reason never replaces a stronger one."""
    rows = [{"channel": channel, "hmac": digest, "reason": reason, "at": at} for channel, digest in digests]
    weaker = or_(false(), *(suppression.c.reason == one for one in _STRONGER.get(reason, ())))  # IN takes one row only
    upsert(conn, suppression, rows, only=weaker)


class People:
    def __init__(self, conn: Connection, now: datetime, key: bytes, clock: Callable[[], datetime]) -> None:
        self._conn, self._now, self._key, self._clock = conn, now, key, clock

    # finding
    def by_address(self, channel: str, text: str) -> Row[Any] | None:
        """The recipient with this address, verified or not."""
        return self._conn.execute(
            select(recipient, address.c.verified_at)
            .join(address, address.c.recipient_id == recipient.c.id)
            .where(address.c.channel == channel, address.c.address == text)
        ).one_or_none()

    def find(self, recipient_id: int) -> Row[Any] | None:
        return self._conn.execute(select(recipient).where(recipient.c.id == recipient_id)).one_or_none()

    def address_of(self, recipient_id: int, channel: str) -> str | None:
        return self._conn.execute(
            select(address.c.address).where(address.c.recipient_id == recipient_id, address.c.channel == channel)
        ).scalar()

    def known_addresses(self, channel: str) -> dict[str, int]:
        return {
            row.address: row.recipient_id
            for row in self._conn.execute(
                select(address.c.address, address.c.recipient_id).where(address.c.channel == channel)
            )
        }

    def counts(self) -> dict[str, int]:
        """Subscribers by state."""
        rows = self._conn.execute(
            select(recipient.c.state, func.count()).where(recipient.c.role == "subscriber").group_by(recipient.c.state)
        )
        return {row[0]: row[1] for row in rows}

    def counts_by(self, column: str) -> dict[str, int]:
        """Confirmed subscribers by home `area`, `audience`, `frequency` or `language`."""
        by = recipient.c[column]
        rows = self._conn.execute(
            select(by, func.count())
            .where(recipient.c.role == "subscriber", recipient.c.state == "confirmed")
            .group_by(by)
        )
        return {str(value): n for value, n in rows}

    # coming and going
    def wait_for_address(self, channel: str, text: str) -> None:
        """Until nobody else is signing this address up: two clicks on one button are one person."""
        hold_lock(self._conn, digest_of(self._key, channel, text))

    def add(self, people: Sequence[tuple[str, str, Wanted]], *, state: str, role: str = "subscriber") -> list[int]:
        """(channel, address, wanted) -> new recipient ids, in order. A confirmed person's address is verified."""
        confirmed_at = self._now if state == "confirmed" else None
        rows = [
            {**_profile(w), "role": role, "state": state, "created_at": self._now, "confirmed_at": confirmed_at}
            for _, _, w in people
        ]
        ids = insert_ids(self._conn, recipient, rows)
        addresses = [
            {
                "recipient_id": recipient_id,
                "channel": channel,
                "address": text,
                "hmac": digest_of(self._key, channel, text),
                "verified_at": confirmed_at,
            }
            for recipient_id, (channel, text, _) in zip(ids, people, strict=True)
        ]
        if addresses:
            self._conn.execute(insert(address), addresses)
        return ids

    def staff(self, staff_id: str, email: str) -> int:
        """The recipient row of a member of staff, made on first use and kept in step with office.toml."""
        found = self._conn.execute(select(recipient.c.id).where(recipient.c.staff_id == staff_id)).scalar()
        if found is None:
            row = {**_profile(Wanted()), "role": "staff", "state": "confirmed", "created_at": self._now}
            found = insert_ids(self._conn, recipient, [{**row, "staff_id": staff_id, "confirmed_at": self._now}])[0]
        held = self.by_address("email", email)
        if held is None or held.id == found:
            self._conn.execute(delete(address).where(address.c.recipient_id == found))
            self._conn.execute(
                insert(address),
                {
                    "recipient_id": found,
                    "channel": "email",
                    "address": email,
                    "hmac": digest_of(self._key, "email", email),
                    "verified_at": self._now,
                },
            )
            return found
        return int(held.id)  # the same mailbox is a subscriber's: one row an address

    def canary(self, channel: str, text: str) -> int:
        """The recipient row of our own mailbox on a channel, made on first use; it is nobody's subscriber."""
        found = self._conn.execute(
            select(address.c.recipient_id)
            .join(recipient, recipient.c.id == address.c.recipient_id)
            .where(recipient.c.role == "canary", address.c.channel == channel)
        ).scalar()
        if found is None:
            return self.add([(channel, text, Wanted())], state="confirmed", role="canary")[0]
        moved = update(address).where(address.c.recipient_id == found, address.c.channel == channel)
        self._conn.execute(moved.values(address=text, hmac=digest_of(self._key, channel, text)))
        self.confirm(int(found), channel)  # a refusal yesterday must not end the asking
        return int(found)

    def confirm(self, recipient_id: int, channel: str) -> None:
        """The address is proved: it may be written to, whatever stopped it before, short of a complaint."""
        self._conn.execute(
            update(recipient)
            .where(recipient.c.id == recipient_id)
            .values(
                state="confirmed",
                confirmed_at=func.coalesce(recipient.c.confirmed_at, self._now),
                left_at=None,
                left_how=None,
            )
        )
        self._conn.execute(
            update(address)
            .where(address.c.recipient_id == recipient_id, address.c.channel == channel)
            .values(verified_at=func.coalesce(address.c.verified_at, self._now))
        )
        digests = select(address.c.hmac).where(address.c.recipient_id == recipient_id, address.c.channel == channel)
        self._conn.execute(
            delete(suppression).where(
                suppression.c.channel == channel,
                suppression.c.hmac.in_(digests),
                suppression.c.reason != "complaint",
            )
        )

    def leave(self, recipient_id: int, how: str) -> bool:
        """Stop everything to the person and suppress their addresses; False when they had left already."""
        changed = self._conn.execute(
            update(recipient)
            .where(recipient.c.id == recipient_id, recipient.c.state != "left")
            .values(state="left", left_at=self._now, left_how=how)
        ).rowcount
        personal.end(self._conn, recipient_id)
        self.end_subscriptions(recipient_id)
        devices.end(self._conn, self._clock(), address.c.recipient_id == recipient_id)
        rows = self._conn.execute(
            select(address.c.channel, address.c.hmac).where(
                address.c.recipient_id == recipient_id, address.c.ended_at.is_(None)
            )
        ).all()
        bar(self._conn, [(row.channel, row.hmac) for row in rows], how if how in _STRONGER else "left", at=self._now)
        return changed == 1

    def suppress(self, recipient_id: int, channel: str, reason: str) -> None:
        """Never write to this address again: it bounced, or its owner complained. Their own calendar ends with it."""
        personal.end(self._conn, recipient_id)
        found = self._conn.execute(
            select(address.c.hmac).where(address.c.recipient_id == recipient_id, address.c.channel == channel)
        ).scalar()
        if found is not None:
            bar(self._conn, [(channel, found)], reason, at=self._now)

    def stop(self, channel: str, text: str) -> None:
        """No more to this address, known or not; its owner may ask for messages again."""
        bar(self._conn, [(channel, digest_of(self._key, channel, text))], "left", at=self._now)

    def suppressed(self, channel: str) -> set[str]:
        """Digests of the addresses of *channel* that must not be written to."""
        return set(self._conn.execute(select(suppression.c.hmac).where(suppression.c.channel == channel)).scalars())

    def forget(self, recipient_id: int) -> None:
        """Blank the addresses; the bare id stays in the ledger, the digest stays suppressed.

        Sign-ups go: they hold a postcode, and a link mailed long ago must not bring anybody back. Complaints go blank.
        """
        self.leave(recipient_id, "forgotten")
        self._conn.execute(delete(signup).where(signup.c.recipient_id == recipient_id))
        codes = or_(phone_code.c.holder_id == recipient_id, phone_code.c.asker_id == recipient_id)
        self._conn.execute(delete(phone_code).where(codes))
        complaints.forget(self._conn, recipient_id, at=self._now)
        self._conn.execute(
            update(address).where(address.c.recipient_id == recipient_id).values(address=f"{FORGOTTEN}{recipient_id}")
        )
        self._conn.execute(update(recipient).where(recipient.c.id == recipient_id).values(area=None, postcode=None))

    # what they want
    def change(self, recipient_id: int, wanted: Wanted) -> None:
        """Replace a person's preferences and subscription; the concerns that they follow stay."""
        self._conn.execute(update(recipient).where(recipient.c.id == recipient_id).values(**_profile(wanted)))
        self._end_subscriptions(recipient_id, ~_FOLLOWS)
        self.subscribe([(recipient_id, wanted)])

    def wait_for_changes(self) -> None:
        """Until nobody else is changing subscriptions: what is counted now stays what it was at this moment."""
        hold_lock(self._conn, CHANGING)

    def subscribe(self, wanted: Sequence[tuple[int, Wanted]]) -> None:
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

    def end_subscriptions(self, recipient_id: int) -> None:
        """All of them, the concerns that they follow included."""
        self._end_subscriptions(recipient_id)

    def _end_subscriptions(self, recipient_id: int, *which: ColumnElement[bool]) -> None:
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
        self._end_subscriptions(recipient_id, _follows(concern))

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

    # evidence and sign-ups
    def have_come(self) -> None:
        """Call it when many were added at once, so that the next question about an audience is quick."""
        gather_statistics(self._conn, recipient, address, subscription, subscription_term)

    def record_consent(self, rows: Sequence[dict[str, Any]]) -> None:
        """Keep the evidence: who, when, through what, in which words. Rows are never changed."""
        if rows:
            hashed = [{**r, "wording_hash": hashlib.sha256(r["wording"].encode()).hexdigest()} for r in rows]
            self._conn.execute(insert(consent), hashed)

    def recent_signups(self, text: str, *, within: timedelta) -> int:
        """How often this mailbox was signed up lately, whatever tags and dots were used."""
        return self._conn.execute(
            select(func.count()).where(
                signup.c.hmac == self.mailbox_digest(text), signup.c.created_at > self._now - within
            )
        ).scalar_one()

    def mailbox_digest(self, text: str) -> str:
        return digest_of(self._key, "mailbox", canonical_mailbox(text))

    def add_signup(self, signup_id: str, recipient_id: int, text: str, wanted: Wanted, wording: str) -> None:
        self._conn.execute(
            insert(signup),
            {
                "id": signup_id,
                "recipient_id": recipient_id,
                "hmac": self.mailbox_digest(text),
                "wanted": to_body(wanted),
                "wording": wording,
                "created_at": self._now,
            },
        )

    def find_signup(self, signup_id: str) -> Row[Any] | None:
        return self._conn.execute(select(signup).where(signup.c.id == signup_id)).one_or_none()

    def confirm_signup(self, signup_id: str) -> bool:
        """Use the sign-up up; False when it was confirmed before."""
        return (
            self._conn.execute(
                update(signup)
                .where(signup.c.id == signup_id, signup.c.confirmed_at.is_(None))
                .values(confirmed_at=self._now)
            ).rowcount
            == 1
        )


def _follows(concern: str | None = None) -> ColumnElement[bool]:
    """Whether a subscription is to a concern, or to this one."""
    named = exists().where(
        subscription_term.c.subscription_id == subscription.c.id, subscription_term.c.sort == CONCERN
    )
    return named if concern is None else named.where(subscription_term.c.value == concern)


_FOLLOWS = _follows()


def _profile(wanted: Wanted) -> dict[str, Any]:
    return {
        "audience": str(wanted.audience),
        "frequency": str(wanted.frequency),
        "digest_day": wanted.digest_day,
        "digest_hour": wanted.digest_hour,
        "language": wanted.language,
        "area": wanted.area,
        "postcode": wanted.postcode,
    }
