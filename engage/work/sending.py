"""How far a send has come, for people who watch it. Nothing is changed here; showing it is in cli.progress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from engage.domain.deliveries import PENDING, State
from engage.store.handover import HOLD
from engage.store.unit import Unit
from engage.work.kit import Kit

SOON = timedelta(minutes=2)  # what is tried again within this is waited for
ALIVE = timedelta(seconds=60)  # since a worker's last beat


@dataclass(frozen=True, kw_only=True)
class Sending:
    """One notice version on its way. *later* rows wait past SOON: for the morning, or for another try.

    *stalled* says in a sentence why nothing goes at the moment.
    """

    notice_id: str
    version: int
    planned: int = 0
    states: Mapping[str, int]
    is_addressed: bool = False
    later: int = 0
    later_at: datetime | None = None
    stalled: str | None = None

    @property
    def pending(self) -> int:
        return sum(self.states.get(state, 0) for state in PENDING)

    @property
    def settled(self) -> int:
        return sum(self.states.values()) - self.pending

    @property
    def in_digests(self) -> int:
        return self.states.get(State.RESERVED, 0)

    @property
    def going(self) -> int:
        """Rows that are handed over now, or within SOON."""
        return self.pending - self.in_digests - self.later

    @property
    def is_over(self) -> bool:
        """Whether watching any longer shows nothing new."""
        return self.is_addressed and self.going == 0


def look(kit: Kit, notice_id: str, version: int) -> Sending:
    """How far it is; before the fan-out has begun nothing is planned yet."""
    with kit.reading() as unit:
        row = unit.notices.row(notice_id, version)
        states = unit.audits.by_state_of(notice_id, version)
        later, later_at = unit.audits.waiting(notice_id, version, beyond=unit.now + SOON)
        return Sending(
            notice_id=notice_id,
            version=version,
            planned=(row.planned or 0) if row is not None else 0,
            states=states,
            is_addressed=row is not None and row.addressed_at is not None,
            later=later,
            later_at=later_at,
            stalled=_stalled(kit, unit, "" if row is None else row.state),
        )


def _stalled(kit: Kit, unit: Unit, state: str) -> str | None:
    if (why := unit.house.get(HOLD)) is not None:
        return f"Everything is on hold ({why}). It goes after: engage release"
    if state == "paused":
        return "It is paused. It goes on after: engage alert resume"
    beats = [row.beat_at for row in unit.house.processes() if "deliver" in row.threads]
    if not any(beat > unit.now - ALIVE for beat in beats):
        return "No worker is running. It goes as soon as one does: engage up"
    halted = [h for name in kit.channels if (h := unit.house.halted(name)) is not None and h.until > unit.now]
    if halted and len(halted) == len(kit.channels):
        return f"The mail server does not take messages ({halted[0].why}) It is tried again by itself."
    return None
