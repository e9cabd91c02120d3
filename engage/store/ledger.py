"""The ledger: deliveries and their attempts. Claims and fences are conditional updates whose row count decides."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, exists, func, or_, select, true, update

from engage.domain.deliveries import CRASHES, IN_DOUBT, LOOK_AFTER, REPLACES, Settlement, State
from engage.domain.notices import Lane
from engage.store import handover
from engage.store.dialect import insert_each, insert_new
from engage.store.handover import HOLD, HOLD_ROUTINE, Claimed
from engage.store.schema import address, delivery, meta, notice, recipient

_UNSETTLED = (State.RESERVED, State.HANDOFF)
_AGAIN = (State.FAILED, State.DEAD, State.AMBIGUOUS, State.PARKED)


class Ledger:
    def __init__(self, conn: Connection, now: datetime) -> None:
        self._conn, self._now = conn, now

    def plan(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows that are not known yet: one person, notice version and channel has one row for ever."""
        insert_new(self._conn, delivery, rows)

    def plan_alike(self, common: Mapping[str, Any], people: Sequence[tuple[int, str, Sequence[int]]]) -> None:
        """As `plan`, a row for each (recipient, channel, reasons) of *people*: all else is *common*."""
        insert_each(self._conn, delivery, common, ("recipient_id", "channel", "reasons"), people)

    # the drain
    def claim(self, *, channel: str, lane: str, owner: str, limit: int, held: bool = False) -> list[Claimed]:
        """Make up to *limit* due rows ours with one atomic statement, oldest first.

        A row that was with a process when it crashed comes alone and after the others: if it was the reason, nobody
        else pays for it. While everything is *held*, only the mail that says so is claimed.
        """
        given = {"_channel": channel, "_lane": lane, "_owner": owner, "_now": self._now}
        rows = self._conn.execute(handover.CLAIM_HELD if held else handover.CLAIM, {**given, "_limit": limit}).all()
        if not rows and not held:
            rows = self._conn.execute(handover.CLAIM_SUSPECT, {**given, "_limit": 1}).all()
        return [handover.claimed(*row[1:]) for row in sorted(rows, key=lambda row: (row[0], row[1]))]

    def fence(self, ids: Collection[int], owner: str) -> set[int]:
        """Pass the point of no return for those rows that may still go; returns which these are.

        A row may go while it is ours, has not expired, its notice stands, its person has not left, its address is
        not suppressed and the system is not on hold. Whoever committed first wins.
        """
        given = {"_owner": owner, "_now": self._now, **{f"_id{n}": one for n, one in enumerate(ids)}}
        return {one for (one,) in handover.fence(len(ids)).fetch(self._conn, given)} if ids else set()

    def still_ours(self, ids: Collection[int], owner: str) -> set[int]:
        """Which fenced rows nobody has taken over."""
        return set(
            self._conn.execute(
                select(delivery.c.id).where(
                    delivery.c.id.in_(list(ids)), delivery.c.owner == owner, delivery.c.state == State.HANDOFF
                )
            ).scalars()
        )

    def turn_away(self, ids: Collection[int], owner: str) -> None:
        """Say why claimed rows did not pass the fence: expired, cancelled, suppressed, or back to wait."""
        if not ids:
            return
        ours = and_(delivery.c.id.in_(list(ids)), delivery.c.owner == owner, delivery.c.state == State.CLAIMED)
        found = exists().where(notice.c.id == delivery.c.notice_id, notice.c.version == delivery.c.version)
        waits = or_(
            exists().where(meta.c.key.in_((HOLD, HOLD_ROUTINE))),
            found.where(notice.c.state == "paused"),
        )
        self._close(and_(ours, delivery.c.expires_at <= self._now), State.EXPIRED)
        self._close(and_(ours, found.where(notice.c.state == "withdrawn")), State.CANCELLED)
        self._conn.execute(update(delivery).where(ours, waits).values(state=State.READY, owner=None))
        self._close(ours, State.SUPPRESSED)

    def settle(self, settled: Sequence[tuple[Claimed, Settlement]], owner: str) -> None:
        """Write what became of handed-over rows, one evidence row each. Rows no longer ours stay as they are."""
        if not settled:
            return
        handover.SETTLE.run(
            self._conn,
            [
                {
                    "_id": claimed.id,
                    "_owner": owner,
                    "_state": s.state.value,
                    "_next_at": s.next_at,
                    "_charged": int(s.charged),
                    "_reference": s.reference,
                    "_class": IN_DOUBT if s.in_doubt else s.error_class,
                    "_settled_at": None if s.state is State.READY else self._now,
                }
                for claimed, s in settled
            ],
        )
        handover.EVIDENCE.run(
            self._conn,
            [
                {
                    "delivery_id": claimed.id,
                    "n": claimed.attempts + 1,
                    "owner": owner,
                    "at": self._now,
                    "outcome": s.state.value,
                    "error_class": s.error_class,
                    "why": s.why,
                }
                for claimed, s in settled
            ],
        )

    def put_back(self, ids: Collection[int], owner: str) -> None:
        """Return claimed rows that were not handed over: the time slice ended, or the process is stopping."""
        if ids:
            self._conn.execute(
                update(delivery)
                .where(delivery.c.id.in_(list(ids)), delivery.c.owner == owner, delivery.c.state == State.CLAIMED)
                .values(state=State.READY, owner=None)
            )

    def put_off(self, ids: Collection[int], owner: str, *, until: datetime) -> None:
        """Return claimed rows to be tried again later; it charges them no attempt."""
        if ids:
            self._conn.execute(
                update(delivery)
                .where(delivery.c.id.in_(list(ids)), delivery.c.owner == owner, delivery.c.state == State.CLAIMED)
                .values(state=State.READY, owner=None, next_at=until)
            )

    def fail(self, ids: Collection[int], owner: str, error_class: str) -> None:
        """Close claimed rows that can never be composed."""
        if ids:
            ours = and_(delivery.c.id.in_(list(ids)), delivery.c.owner == owner, delivery.c.state == State.CLAIMED)
            self._inside(ours, State.FAILED)
            self._conn.execute(
                update(delivery)
                .where(ours)
                .values(state=State.FAILED, owner=None, last_class=error_class, settled_at=self._now)
            )

    def park(self, ids: Collection[int], owner: str, error_class: str) -> None:
        """Let fenced rows that were not handed over wait for a person's decision."""
        if ids:
            ours = and_(delivery.c.id.in_(list(ids)), delivery.c.owner == owner, delivery.c.state == State.HANDOFF)
            self._inside(ours, State.PARKED)
            self._conn.execute(
                update(delivery)
                .where(ours)
                .values(state=State.PARKED, owner=None, last_class=error_class, settled_at=self._now)
            )

    def cancel(self, ids: Collection[int], owner: str) -> None:
        """Close claimed rows that have nothing left to say."""
        if ids:
            ours = and_(delivery.c.id.in_(list(ids)), delivery.c.owner == owner, delivery.c.state == State.CLAIMED)
            self._close(ours, State.CANCELLED)

    # recovery
    def owners(self, process_id: str) -> set[str]:
        """Every thread of a process that still owns rows."""
        mine = or_(delivery.c.owner == process_id, delivery.c.owner.startswith(f"{process_id}/", autoescape=True))
        return set(self._conn.execute(select(delivery.c.owner).where(mine).distinct()).scalars())

    def release(
        self, owner: str, *, same_boot: bool, crashed: bool = True, findable: Collection[str] = ()
    ) -> dict[str, int]:
        """Sort out what an owner left behind: claimed rows go again, handed-over ones are ambiguous.

        On *findable* channels the other side is asked for the latter, when it has had time to know. Where a second
        hand-over replaces the first, nothing is left in doubt. After a reboot a claim may hide a hand-off whose fence
        was not flushed to disk, so it counts as one. The third crash makes a row dead. An owner that merely stopped or
        failed is not *crashed* and charges nothing.
        """
        if not handover.OWNED.fetch(self._conn, {"_owner": owner}):
            return {}
        ours = and_(delivery.c.owner == owner, delivery.c.state.in_((State.CLAIMED, State.HANDOFF)))
        fenced = delivery.c.state == State.HANDOFF
        if not same_boot:
            fenced = delivery.c.state.in_((State.HANDOFF, State.CLAIMED))
        once_more = and_(delivery.c.lane == Lane.URGENT, func.coalesce(delivery.c.last_class, "") != IN_DOUBT)
        asked = delivery.c.channel.in_(list(findable))
        again = and_(fenced, or_(asked, once_more, delivery.c.channel.in_(REPLACES)))
        look_at = case((and_(fenced, asked), self._now + LOOK_AFTER), else_=delivery.c.next_at)
        crashes = delivery.c.crashes + int(crashed)
        done: dict[str, int] = {}
        for state, condition, last_class in (
            (State.AMBIGUOUS, and_(fenced, ~again), IN_DOUBT),
            (State.DEAD, crashes >= CRASHES, "crashed"),
            (State.READY, again, IN_DOUBT),
            (State.READY, delivery.c.state == State.CLAIMED, delivery.c.last_class),
        ):
            left = and_(ours, condition)
            final: dict[str, Any] = {} if state is State.READY else {"settled_at": self._now}
            self._inside(left, State.RESERVED if state is State.READY else state)
            moved = update(delivery).where(left)
            values = {"state": state, "crashes": crashes, "owner": None, "last_class": last_class, **final}
            values |= {"next_at": look_at} if state is State.READY else {}
            done[state] = done.get(state, 0) + self._conn.execute(moved.values(**values)).rowcount
        return done

    def addresses(self, recipient_ids: Collection[int], *, ended: bool = False) -> dict[tuple[int, str], Any]:
        """(recipient, channel) -> address, its digest, how often the person wants messages, and in which language.

        *ended*: those as well to which nothing goes any more.
        """
        rows = self._conn.execute(
            select(
                address.c.recipient_id,
                address.c.channel,
                address.c.address,
                address.c.hmac,
                recipient.c.frequency,
                recipient.c.language,
            )
            .join(recipient, recipient.c.id == address.c.recipient_id)
            .where(address.c.recipient_id.in_(list(recipient_ids)), true() if ended else address.c.ended_at.is_(None))
        )
        return {(row.recipient_id, row.channel): row for row in rows}

    # decisions of people
    def cancel_version(self, notice_id: str, before: int) -> int:
        """Cancel what of earlier versions has not gone yet: it is replaced or withdrawn."""
        return self._close(
            and_(
                delivery.c.notice_id == notice_id,
                delivery.c.version < before,
                delivery.c.state.in_((State.READY, State.RESERVED, State.CLAIMED)),
            ),
            State.CANCELLED,
        )

    def stop_for(self, recipient_id: int, *, channel: str | None = None) -> int:
        """The person has left (*channel*): what waits for them is suppressed. What is past the fence may arrive."""
        return self._close(
            and_(
                delivery.c.recipient_id == recipient_id,
                delivery.c.channel == channel if channel is not None else true(),
                ~delivery.c.service,
                delivery.c.state.in_((State.READY, State.RESERVED, State.CLAIMED)),
            ),
            State.SUPPRESSED,
        )

    def retry(self, *, delivery_id: int | None, notice_id: str | None) -> int:
        """Send again what failed, is dead, parked or ambiguous and has not expired.

        A digest takes what is in it along; one thing of a digest leaves it and goes by itself.
        """
        wanted = and_(_named(delivery_id, notice_id), delivery.c.state.in_(_AGAIN), delivery.c.expires_at > self._now)
        self._inside(wanted, State.RESERVED, before=_AGAIN)
        return self._conn.execute(
            update(delivery)
            .where(wanted)
            .values(state=State.READY, next_at=self._now, crashes=0, attempts=0, settled_at=None, digest_id=None)
        ).rowcount

    def discard(self, *, delivery_id: int | None, notice_id: str | None) -> int:
        """Close for good what is dead, parked or ambiguous."""
        open_ = (State.DEAD, State.AMBIGUOUS, State.PARKED)
        wanted = and_(_named(delivery_id, notice_id), delivery.c.state.in_(open_))
        self._inside(wanted, State.CANCELLED, before=open_)
        return self._close(wanted, State.CANCELLED)

    def set_aside(self, why: str) -> int:
        """Let everything that is due wait for a person's decision; returns how many rows."""
        wanted = and_(delivery.c.state == State.READY, delivery.c.next_at <= self._now, ~handover.TELLS_OF_HOLD)
        self._conn.execute(update(delivery).where(wanted).values(last_class=why))
        return self._close(wanted, State.PARKED)

    # looking
    def ready(self, channels: Iterable[str], *, held: bool = False) -> list[tuple[str, str]]:
        """(channel, lane) in which a drain would find something now; while all is *held*, something that goes even so.

        It is asked ten times a second and must not count: a large send has a hundred thousand rows ready.
        """
        pairs = [(channel, lane.value) for channel in channels for lane in Lane]
        if not pairs:
            return []
        which = handover.TELLS_OF_HOLD if held else true()
        due = and_(delivery.c.state == State.READY, delivery.c.next_at <= self._now, which)
        found = [
            exists().where(due, delivery.c.channel == channel, delivery.c.lane == lane).label(f"found{n}")
            for n, (channel, lane) in enumerate(pairs)
        ]
        row = self._conn.execute(select(*found)).one()
        return [pair for pair, is_found in zip(pairs, row, strict=True) if is_found]

    def _close(self, condition: Any, state: State) -> int:
        self._inside(condition, state)
        return self._conn.execute(
            update(delivery).where(condition).values(state=state, owner=None, settled_at=self._now)
        ).rowcount

    def _inside(self, envelopes: Any, state: State, *, before: Collection[State] = _UNSETTLED) -> None:
        """What a digest holds shares the fate of its envelope: call it before the envelopes themselves move."""
        owners = select(delivery.c.id).where(envelopes).correlate(None)
        self._conn.execute(
            update(delivery)
            .where(delivery.c.digest_id.in_(owners), delivery.c.state.in_(before))
            .values(state=state, settled_at=None if state is State.RESERVED else self._now)
        )


def _named(delivery_id: int | None, notice_id: str | None) -> Any:
    return delivery.c.id == delivery_id if notice_id is None else delivery.c.notice_id == notice_id
