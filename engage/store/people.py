"""Recipients, their addresses, consent and suppression. What they follow is in subscriptions."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, false, func, insert, or_, select, update

from engage.domain.people import Wanted
from engage.store import complaints, devices, personal
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
from engage.store.subscriptions import Subscriptions

FORGOTTEN = "forgotten-"  # what stands, before the number, in the place of an address that is gone
_STRONGER = {"bounced": ("left",), "complaint": ("left", "bounced")}  # reason -> those it replaces


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
        Subscriptions(self._conn, self._clock).end(recipient_id)
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
        """Blank the addresses; the bare id stays in the ledger, the digest stays suppressed and may be known again.

        Sign-ups go: they hold a postcode, and a link mailed long ago must not bring anybody back. Complaints go blank.
        """
        self.leave(recipient_id, "forgotten")
        self._conn.execute(delete(signup).where(signup.c.recipient_id == recipient_id))
        codes = or_(phone_code.c.holder_id == recipient_id, phone_code.c.asker_id == recipient_id)
        self._conn.execute(delete(phone_code).where(codes))
        complaints.forget(self._conn, recipient_id, at=self._now)
        ended_at = func.coalesce(address.c.ended_at, self._now)
        blank = {"address": f"{FORGOTTEN}{recipient_id}", "ended_at": ended_at}
        self._conn.execute(update(address).where(address.c.recipient_id == recipient_id).values(**blank))
        nothing = {"area": None, "postcode": None, "left_how": "forgotten"}  # whatever it was that they left by
        self._conn.execute(update(recipient).where(recipient.c.id == recipient_id).values(**nothing))

    # what they want, and what they agreed to
    def change(self, recipient_id: int, wanted: Wanted) -> None:
        """Replace a person's preferences and subscription; the concerns that they follow stay."""
        self._conn.execute(update(recipient).where(recipient.c.id == recipient_id).values(**_profile(wanted)))
        subscriptions = Subscriptions(self._conn, self._clock)
        subscriptions.end(recipient_id, but_concerns=True)
        subscriptions.add([(recipient_id, wanted)])

    def have_come(self) -> None:
        """Call it when many were added at once, so that the next question about an audience is quick."""
        gather_statistics(self._conn, recipient, address, subscription, subscription_term)

    def record_consent(self, rows: Sequence[dict[str, Any]]) -> None:
        """Keep the evidence: who, when, through what, in which words. Rows are never changed."""
        if rows:
            hashed = [{**r, "wording_hash": hashlib.sha256(r["wording"].encode()).hexdigest()} for r in rows]
            self._conn.execute(insert(consent), hashed)


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
