"""The drain: claim, compose, fence, hand over, settle. How letters travel is in channels, outcomes are in domain."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

import structlog

from engage import faults
from engage.channels.base import Letter, Session
from engage.domain.breaker import FAILURES, PROBE, Circuit, Halt, after_failure, circuit, may_claim
from engage.domain.deliveries import FENCE_FRESH, IN_DOUBT, Settlement, State, asked_to_wait, settle
from engage.domain.events import AddressRefused
from engage.domain.notices import Lane
from engage.domain.outcomes import Outcome, Unknown
from engage.store.devices import CHANNEL as DEVICE
from engage.store.handover import Claimed
from engage.store.unit import Unit
from engage.work.costs import Meter
from engage.work.kit import Kit
from engage.work.letters import Composed, Composer
from engage.work.relay import is_on_hold

log = structlog.get_logger()

BATCH = 100  # rows claimed at once
SLICE = 5.0  # seconds a drain runs before others get the thread
TOGETHER = 12  # letters in a window where doubt is settled by asking: nobody can get one twice
MENDING = timedelta(minutes=1)  # until a letter whose template is broken is tried again
SERVERS_FAULT = frozenset({"connection", "tls", "authentication", "quota", IN_DOUBT})

Settled = tuple[Claimed, Settlement]
Units = Callable[[], AbstractContextManager[Unit]]


@dataclass
class Drained:
    """What one drain did."""

    sent: int = 0
    other: int = 0
    halted: bool = False

    @property
    def total(self) -> int:
        return self.sent + self.other


class Drain:
    """Sends what is due on one channel and lane over one session. Not shared between threads."""

    def __init__(self, kit: Kit, channel: str, lane: str, owner: str, session: Session) -> None:
        self._kit, self._channel, self._lane, self._owner, self._session = kit, channel, lane, owner, session
        self._way = kit.channels[channel]
        self._window = max(kit.settle_windows[lane], self._way.connections, TOGETHER if self._way.findable else 1)
        self._composer = Composer(kit)
        self._meter = Meter(kit, channel)
        self._failures, self._was_answered = 0, False
        self._probed: Halt | None = None

    def run(self, *, stop: Callable[[], bool] = lambda: False, seconds: float = SLICE) -> Drained:
        """Drain until the lane is empty, the slice is over, the channel halts or *stop* says so."""
        done, until = Drained(), monotonic() + seconds
        while not stop() and not done.halted and monotonic() < until:
            claimed = self._claim()
            if not claimed:
                break
            faults.point("claimed")
            self._send(claimed, done, stop)
        return done

    def _claim(self) -> list[Claimed]:
        with self._kit.database.fast_units() as unit_of, unit_of() as unit:
            # Left from a failure whose end could not be written: this thread hands nothing over at the moment.
            unit.ledger.release(self._owner, same_boot=True, crashed=False, findable=self._kit.findable)
            return self._claim_held(unit) if is_on_hold(unit) else self._claim_unless_halted(unit)

    def _claim_held(self, unit: Unit) -> list[Claimed]:
        """While everything is on hold, only the mail that says so goes."""
        if self._channel != "email" or self._lane != Lane.URGENT or unit.house.halted(self._channel):
            return []
        return unit.ledger.claim(channel=self._channel, lane=self._lane, owner=self._owner, limit=BATCH, held=True)

    def _claim_unless_halted(self, unit: Unit) -> list[Claimed]:
        """A batch; after a halt one row alone, by one of all drains, to see whether the server is back."""
        halt = unit.house.halted(self._channel)
        state = circuit(halt, unit.now)
        claimed = self._claim_allowed(unit, may_claim(state, BATCH))
        self._probed = halt if claimed and state is Circuit.HALF_OPEN else None
        if self._probed and not unit.house.take_probe(self._channel, until=unit.now + PROBE):
            unit.ledger.put_back([one.id for one in claimed], self._owner)
            return []
        return claimed

    def _claim_allowed(self, unit: Unit, limit: int) -> list[Claimed]:
        """No more than the provider's rate allows all of us together."""
        rate = self._way.rate
        if limit and rate is not None:
            limit = unit.rates.allowed(rate, limit, is_urgent=self._lane == Lane.URGENT)
        if not limit:
            return []
        claimed = unit.ledger.claim(channel=self._channel, lane=self._lane, owner=self._owner, limit=limit)
        if rate is not None:
            unit.rates.spend(rate, len(claimed))
        return claimed

    def _send(self, claimed: Sequence[Claimed], done: Drained, stop: Callable[[], bool]) -> None:
        composed = self._composer.compose(claimed)
        ready = [one for one in claimed if one.id in composed.letters]
        known: list[Settled] = []
        with self._kit.database.fast_units() as unit_of:
            for start in range(0, len(ready), self._window):
                if stop() or done.halted:
                    break
                window = ready[start : start + self._window + self._way.connections]
                known = self._send_window(window, composed, done, known, unit_of)
        self._finish(claimed, composed, done, known)

    def _send_window(
        self, window: Sequence[Claimed], composed: Composed, done: Drained, known: list[Settled], unit_of: Units
    ) -> list[Settled]:
        """Settle what is *known* and pass the fence in one commit, then hand over; returns what is known now.

        Where there are more rows than a window holds, those are the first of the next.
        """
        window, coming = window[: self._window], window[self._window :]
        began = monotonic()  # before the fence: a freeze on either side of its commit counts
        with unit_of() as unit:
            self._settle(unit, known, composed)
            fenced = self._fence(unit, window, composed)
        faults.point("fenced")
        going = [one for one in window if one.id in fenced]
        if monotonic() - began > FENCE_FRESH.total_seconds():
            going = self._renew(going)
        letters, following = ([composed.letters[one.id] for one in rows] for rows in (going, coming))
        settled = self._hand_over(going, letters, following, done)
        faults.point("accepted")
        return settled

    def _finish(self, claimed: Sequence[Claimed], composed: Composed, done: Drained, known: list[Settled]) -> None:
        """Settle the last window and give back, or close with a reason, what was claimed and did not go."""
        with self._kit.unit() as unit:
            self._settle(unit, known, composed)
            unit.ledger.fail(composed.broken, self._owner, "not-composed")
            unit.ledger.put_off(composed.waiting, self._owner, until=unit.now + MENDING)
            unit.ledger.turn_away(composed.unreachable, self._owner)
            unit.ledger.cancel(composed.empty, self._owner)
            unit.ledger.put_back([one.id for one in claimed], self._owner)
            if self._was_answered and not done.halted:
                unit.house.resume_channel(self._channel)
        faults.point("settled")

    def _fence(self, unit: Unit, window: Sequence[Claimed], composed: Composed) -> set[int]:
        stale = self._stale(unit, window, composed)
        ids = [one.id for one in window if one.id not in stale]
        fenced = unit.ledger.fence(ids, self._owner)
        if len(fenced) < len(ids):
            unit.ledger.turn_away([i for i in ids if i not in fenced], self._owner)
        if beyond := self._meter.beyond_cap(unit, fenced, composed.letters):
            unit.ledger.park(beyond, self._owner, "sms-cap")
            fenced -= beyond
            log.warning("texts parked: the month's cap is reached", channel=self._channel, parked=len(beyond))
        unit.digests.move_enclosed([i.id for i in window if i.id in fenced and _is_digest(i)], State.HANDOFF)
        return fenced

    def _stale(self, unit: Unit, window: Sequence[Claimed], composed: Composed) -> set[int]:
        """Digests that hold something else than their letter says: it was withdrawn since. They are composed anew."""
        envelopes = [one.id for one in window if _is_digest(one)]
        if not envelopes:
            return set()
        inside: dict[int, list[int]] = {envelope: [] for envelope in envelopes}
        for row in unit.digests.enclosed(envelopes):
            inside[row.digest_id].append(row.id)
        return {envelope for envelope, rows in inside.items() if tuple(rows) != composed.enclosed[envelope]}

    def _renew(self, going: Sequence[Claimed]) -> list[Claimed]:
        """We were frozen after the fence: only rows that are still ours may go."""
        with self._kit.unit() as unit:
            still = unit.ledger.still_ours([one.id for one in going], self._owner)
        return [one for one in going if one.id in still]

    def _hand_over(
        self, going: Sequence[Claimed], letters: Sequence[Letter], following: Sequence[Letter], done: Drained
    ) -> list[Settled]:
        """Send a window; whatever the session did not answer for may have gone."""
        outcomes: list[Outcome] = []
        try:
            outcomes.extend(self._session.send(letters, following))
        except Exception:
            log.exception("session broke", channel=self._channel)
            self._session.close()
        missing = [Unknown("The connection broke while the message was being handed over.")] * (
            len(going) - len(outcomes)
        )
        settled = [(one, self._decide(one, outcome)) for one, outcome in zip(going, [*outcomes, *missing], strict=True)]
        for one, settlement in settled:
            self._note(one, settlement, done)
        return settled

    def _decide(self, one: Claimed, outcome: Outcome) -> Settlement:
        return settle(
            outcome,
            lane=one.lane,
            attempts=one.attempts,
            last_class=one.last_class,
            now=self._kit.now,
            expires_at=one.expires_at,
            channel=one.channel,
            chance=random.random(),  # noqa: S311 - it spreads retries, and guards nothing
            findable=self._way.findable,
        )

    def _note(self, one: Claimed, settlement: Settlement, done: Drained) -> None:
        is_servers_fault = settlement.halts or settlement.error_class in SERVERS_FAULT
        self._was_answered = self._was_answered or not is_servers_fault
        if settlement.state is State.SENT:
            done.sent += 1
            self._failures = 0
            return
        done.other += 1
        log.info(
            "delivery not sent",
            delivery_id=one.id,
            channel=one.channel,
            state=settlement.state.value,
            error_class=settlement.error_class,
        )
        if is_servers_fault:
            self._failures += 1
            done.halted = done.halted or settlement.halts or self._failures >= FAILURES or self._probed is not None

    def _settle(self, unit: Unit, known: list[Settled], composed: Composed) -> None:
        """Write what became of a window, and what follows for addresses and the channel."""
        if not known:
            return
        unit.ledger.settle(known, self._owner)
        self._meter.give_back(unit, ((one.id, settlement) for one, settlement in known))
        for one, settlement in known:
            if _is_digest(one):
                state = State.RESERVED if settlement.state is State.READY else settlement.state
                unit.digests.move_enclosed([one.id], state)
            if settlement.suppress:
                if one.channel == DEVICE:  # another browser of the same person is another address
                    unit.devices.gone(one.recipient_id, composed.letters[one.id].to)
                else:
                    unit.people.suppress(one.recipient_id, one.channel, "bounced")
                unit.emit(AddressRefused(recipient_id=one.recipient_id, channel=one.channel))
        self._halt(unit, (s for _, s in known))
        known.clear()

    def _halt(self, unit: Unit, settled: Iterable[Settlement]) -> None:
        """The server's fault stops the channel for a while, longer each time; an answer to any letter ends that."""
        ours = [s for s in settled if s.halts or s.error_class in SERVERS_FAULT]
        if not ours:
            return
        before = self._probed or unit.house.halted(self._channel)
        halt = after_failure(
            before,
            failures=self._failures,
            is_certain=any(s.halts for s in ours),
            why=ours[-1].why or "The server did not answer.",
            now=unit.now,
            asked=asked_to_wait(unit.now, ours[-1]),
        )
        if halt is not None and halt is not before:
            unit.house.halt_channel(self._channel, until=halt.until, why=halt.why, failures=halt.failures)
            minutes = (halt.until - unit.now).total_seconds() / 60
            log.warning("channel halted", channel=self._channel, minutes=minutes, why=halt.why)


def _is_digest(one: Claimed) -> bool:
    return one.notice_id.startswith("digest:")
