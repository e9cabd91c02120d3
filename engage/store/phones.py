"""Codes that prove a phone number, and the number's way from one person to another. E-mail addresses are in people."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from engage.domain.people import CODE_TRIES, CODE_WITHIN
from engage.store.people import bar, digest_of
from engage.store.schema import address, phone_code, recipient, suppression

SMS = "sms"


class Phones:
    def __init__(self, conn: Connection, now: datetime, key: bytes) -> None:
        self._conn, self._now, self._key = conn, now, key

    # codes
    def add_code(self, code_id: str, number: str, *, holder_id: int, asker_id: int | None) -> None:
        """A code goes to whoever holds the number; it is *asker_id*'s to use, or a sign-up's of the same id."""
        row = {"id": code_id, "holder_id": holder_id, "asker_id": asker_id, "hmac": self.digest(number)}
        self._conn.execute(insert(phone_code), {**row, "created_at": self._now, "tries": 0})

    def recent_codes(self, number: str, asker_id: int | None, *, within: timedelta) -> int:
        """How many went to this number lately, or were asked for by this person, whichever numbers they gave."""
        whose = phone_code.c.hmac == self.digest(number)
        if asker_id is not None:
            whose = or_(whose, phone_code.c.asker_id == asker_id)
        counted = select(func.count()).where(whose, phone_code.c.created_at > self._now - within)
        return self._conn.execute(counted).scalar_one()

    def try_code(self, code_id: str) -> Row[Any] | None:
        """Count one try; None when the code is used, too old, unknown, or was tried too often."""
        return self._conn.execute(
            update(phone_code)
            .where(
                phone_code.c.id == code_id,
                phone_code.c.used_at.is_(None),
                phone_code.c.tries < CODE_TRIES,
                phone_code.c.created_at > self._now - CODE_WITHIN,
            )
            .values(tries=phone_code.c.tries + 1)
            .returning(phone_code.c.holder_id, phone_code.c.asker_id, phone_code.c.hmac)
        ).one_or_none()

    def use_code(self, code_id: str) -> None:
        self._conn.execute(update(phone_code).where(phone_code.c.id == code_id).values(used_at=self._now))

    # numbers
    def digest(self, number: str) -> str:
        return digest_of(self._key, SMS, number)

    def give(self, holder_id: int, to: int, *, as_proved: str) -> bool:
        """Let *to* have the number that *holder_id* has, if it still is the one proved; it is theirs alone then."""
        held = self._conn.execute(_of(holder_id)).one_or_none()
        if held is None or held.hmac != as_proved:
            return False
        if holder_id == to:
            return True
        self.clear(holder_id)
        given = {"address": held.address, "hmac": held.hmac, "ended_at": None}
        had = self._conn.execute(
            update(address).where(address.c.recipient_id == to, address.c.channel == SMS).values(**given)
        ).rowcount
        if not had:
            row = {"recipient_id": to, "channel": SMS, **given}
            self._conn.execute(insert(address), {**row, "verified_at": self._now})
        return True

    def clear(self, recipient_id: int) -> None:
        """Blank a person's number. The row stays, suppressed: a fan-out under way has counted it."""
        blank = f"cleared-{recipient_id}-{self._now:%Y%m%d%H%M%S%f}"
        self._conn.execute(
            update(address)
            .where(address.c.recipient_id == recipient_id, address.c.channel == SMS)
            .values(address=blank, hmac=self.digest(blank))
        )
        bar(self._conn, [(SMS, self.digest(blank))], "left", at=self._now)

    def of(self, recipient_id: int) -> str | None:
        """The number at which a person gets texts; None when they have none, or have stopped them."""
        barred = select(suppression.c.hmac).where(suppression.c.channel == SMS)
        return self._conn.execute(
            _of(recipient_id)
            .where(address.c.verified_at.is_not(None), address.c.hmac.not_in(barred))
            .with_only_columns(address.c.address)
        ).scalar()

    def is_only_way(self, recipient_id: int) -> bool:
        """Whether the person has no other address that was proved."""
        others = select(func.count()).where(
            address.c.recipient_id == recipient_id,
            address.c.channel != SMS,
            address.c.verified_at.is_not(None),
            address.c.ended_at.is_(None),
        )
        return self._conn.execute(others).scalar_one() == 0

    def end_pending(self, recipient_id: int) -> None:
        """Nobody is behind a row that was made to hold a number until it was proved."""
        self._conn.execute(
            update(recipient)
            .where(recipient.c.id == recipient_id, recipient.c.state == "pending")
            .values(state="left", left_at=self._now, left_how="moved")
        )


def _of(recipient_id: int) -> Any:
    return select(address.c.address, address.c.hmac).where(
        address.c.recipient_id == recipient_id, address.c.channel == SMS, address.c.ended_at.is_(None)
    )
