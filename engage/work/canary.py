"""The daily proof that a message sent arrives: one to ourselves per channel, read back where it ends."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta

from engage.domain.calendars import Office
from engage.domain.events import CanaryAwaited, CanaryDue
from engage.domain.notices import service
from engage.errors import NotNow
from engage.links import CANARY
from engage.store.outbox import Due
from engage.store.unit import Unit
from engage.work.kit import Kit
from engage.work.notices import announce

AT = time(8, 30)  # office time: staff find the answer when they come in
LOOKS = (timedelta(minutes=15), timedelta(hours=2))  # a server that greylists takes its time
STALE = timedelta(hours=26)


@dataclass(frozen=True, kw_only=True)
class Check:
    """The last check of one channel: waiting, arrived, missing, or unread when nobody could look."""

    channel: str
    token: str
    sent_at: str
    state: str = "waiting"
    looked_at: str | None = None
    why: str | None = None

    @property
    def is_wrong(self) -> bool:
        return self.state in ("missing", "unread")


def schedule_canary(unit: Unit, office: Office, today: date) -> None:
    """Plan the day's check and the looks after it."""
    at = datetime.combine(today, AT, office.zone)
    if at > unit.now:
        looks = [(f"canary:{today}:{n}", at + later, CanaryAwaited(day=f"{today}")) for n, later in enumerate(LOOKS, 1)]
        moments = [(f"canary:{today}", at, CanaryDue(day=f"{today}")), *looks]
        unit.dues.plan([Due(key=key, at=when, until=at + STALE, event=event) for key, when, event in moments])


def send_canary(kit: Kit, unit: Unit, event: CanaryDue) -> None:
    """Write to ourselves on every channel that can be read back. It is service mail to a person who counts nowhere."""
    for channel in kit.arrivals:
        token = secrets.token_hex(8)
        who = unit.people.canary(channel, f"{CANARY}@{kit.bounce_domain}")
        notice_id = f"canary:{channel}:{event.day}"
        made = service("canary", notice_id, recipient_id=who, now=unit.now, facts={"token": token, "day": event.day})
        if announce(unit, replace(made, channels=(channel,))):
            _keep(unit, Check(channel=channel, token=token, sent_at=unit.now.isoformat()))


def prepare(kit: Kit, _event: CanaryAwaited) -> list[Check]:
    """Look, while nobody is kept waiting: the mailbox may be far away."""
    return _look(kit)


def look_again(kit: Kit) -> None:
    """Look now for what had not arrived at the last look."""
    looked = _look(kit)
    with kit.unit() as unit:
        check_canary(kit, unit, looked)


def _look(kit: Kit) -> list[Check]:
    with kit.reading() as unit:
        open_ = [check for check in checks(kit, unit) if check.state != "arrived"]
    return [_looked(kit, check) for check in open_]


def check_canary(_kit: Kit, unit: Unit, looked: list[Check]) -> None:
    """Keep what was found, for `status` and `doctor`."""
    for check in looked:
        known = unit.house.get(f"canary:{check.channel}")
        if known is not None and json.loads(known)["token"] == check.token:  # else a newer one is on its way
            _keep(unit, check)


def checks(kit: Kit, unit: Unit) -> list[Check]:
    """The last check of each channel that can be read back; none for one that has not been checked yet."""
    found = (unit.house.get(f"canary:{channel}") for channel in kit.arrivals)
    return [Check(**json.loads(text)) for text in found if text is not None]


def _looked(kit: Kit, check: Check) -> Check:
    try:
        is_there = kit.arrivals[check.channel].arrived(check.token)
    except NotNow as error:
        return replace(check, state="unread", looked_at=kit.now.isoformat(), why=str(error))
    is_late = kit.now - datetime.fromisoformat(check.sent_at) >= LOOKS[-1]
    state = "arrived" if is_there else "missing" if is_late else "waiting"
    return replace(check, state=state, looked_at=kit.now.isoformat(), why=None)


def _keep(unit: Unit, check: Check) -> None:
    unit.house.put(f"canary:{check.channel}", json.dumps(asdict(check)))
