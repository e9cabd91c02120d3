"""Starting and ending a hold: staff are told by mail, and what may have been sent already is not sent again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from engage.store.handover import HOLD_MAIL
from engage.store.unit import Unit
from engage.work.kit import Kit
from engage.work.relay import ALIVE, is_on_hold, put_on_hold, release
from engage.work.staff import tell_person

RESTORED = "restored"  # the key of `meta` with the moment of the backup that was restored, until the release
UNSEEN = "restored-files"  # the key of `meta` that makes the first plan after a restore wait for a person
IN_DOUBT = "restored"  # the last class of a message that may have been sent after the backup
LONG_SILENCE = timedelta(hours=24)


def start(unit: Unit, reason: str) -> str:
    """Put everything on hold and write to all staff: this mail alone passes a hold."""
    if is_on_hold(unit):
        return reason
    put_on_hold(unit, reason)
    office = unit.schedule.office()
    lines = (
        f"Why: {reason}.",
        "Messages to residents wait. Pages and calendars are still there.",
        "Look at it with: engage status",
        "When all is well, whoever runs engage ends it with: engage release",
    )
    for person in office.staff if office else ():
        notice_id = f"{HOLD_MAIL}{unit.now:%Y%m%dT%H%M%S}:{person.id}"
        tell_person(unit, person, notice_id, heading="Nothing is being sent: engage is on hold", lines=lines)
    return reason


def guard_start(kit: Kit) -> str | None:
    """After a long silence or a clock that stepped back, start on hold; returns the reason."""
    with kit.unit() as unit:
        known = unit.house.get(ALIVE)
        if known is None:
            return None
        silence = unit.now - datetime.fromisoformat(known)
        if silence < -timedelta(minutes=1):
            return start(unit, f"the clock stepped back by {-silence}")
        if silence > LONG_SILENCE and unit.audits.oldest_pending() is not None:
            return start(unit, f"nothing ran for {silence} and messages are overdue")
        return None


@dataclass(frozen=True, kw_only=True)
class Ended:
    """*was* says whether anything was on hold, *aside* how many messages wait for a person's decision."""

    was: bool
    aside: int = 0


def end(kit: Kit, *, send_overdue: bool = False) -> Ended:
    """End the hold. After a restore, what was due by now may have been sent after the backup: it is put aside.

    With *send_overdue* it goes all the same, and whoever got it before gets it twice.
    """
    with kit.unit() as unit:
        was_restored = unit.house.drop(RESTORED)
        aside = unit.ledger.set_aside(IN_DOUBT) if was_restored and not send_overdue else 0
        return Ended(was=release(unit), aside=aside)


def files_to_look_at(unit: Unit) -> list[str]:
    """Why a plan waits although no guard stops it: after a restore nobody has said yet that the files are right."""
    if unit.house.get(UNSEEN) is None:
        return []
    return ["A backup was restored: look whether these files are the ones that should be public."]


def files_were_seen(unit: Unit) -> None:
    """A person confirmed a plan, or the files say what is stored."""
    unit.house.drop(UNSEEN)
