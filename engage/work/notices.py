"""Announcing and addressing: a notice becomes one ledger row per person and channel. Sending is in deliveries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from operator import itemgetter
from typing import Any

from engage import faults
from engage.domain.calendars import Office
from engage.domain.deliveries import Habits, State, place
from engage.domain.events import NoticeAddressed, NoticeReady
from engage.domain.notices import Item, Lane, Notice, Reach, channels_for, order_of, spared
from engage.store.audience import Asked
from engage.store.unit import Unit
from engage.work.kit import Kit, office_of

PAGE = 5_000  # recipients per transaction


def announce(unit: Unit, notice: Notice) -> bool:
    """Write a notice and have it addressed; False when this version was announced before.

    Earlier versions are superseded: what of them has not gone yet will not go.
    """
    if unit.notices.latest(notice.id) > notice.version or not unit.notices.add(notice, event_id=unit.cause_id):
        return False  # tasks have no order: what came later has been announced already
    if notice.version > 1:
        unit.notices.supersede(notice.id, notice.version)
        unit.ledger.cancel_version(notice.id, notice.version)
        unit.waits.cancel_parked(notice.id, notice.version)
    if notice.recipient_id is not None:
        _address_one(unit, notice)
    else:
        unit.emit(NoticeReady(notice_id=notice.id, version=notice.version))
    return True


def withdraw(unit: Unit, notice_id: str) -> int:
    """Stop a notice that no longer holds, telling nobody; returns how many deliveries were cancelled."""
    newest = unit.notices.latest(notice_id)
    unit.notices.supersede(notice_id, newest + 1)
    return unit.ledger.cancel_version(notice_id, newest + 1) + unit.waits.cancel_parked(notice_id, newest + 1)


def address(kit: Kit, unit: Unit, given: tuple[NoticeReady, dict[str, int] | None]) -> dict[str, int] | None:
    """One page of the fan-out. The first writes the headcount and whoever follows from the ledger.

    A notice withdrawn on the way is addressed to its end, as cancelled rows: the count must come out.
    """
    event, watermark = given
    notice = unit.notices.find(event.notice_id, event.version)
    row = unit.notices.row(event.notice_id, event.version)
    if notice is None or row is None or (row.state == "withdrawn" and watermark is None):
        return None
    office = office_of(unit)
    questions = [
        (item, question(notice, item, office, at=row.created_at, available=kit.channels)) for item in notice.items
    ]
    if watermark is None:
        return _first(unit, notice, office, questions)
    after = watermark["after"]
    upto = unit.audience.next_bound(after, PAGE)
    if upto is None:
        unit.notices.addressed(notice.id, notice.version)
        return None
    found = _page(unit, questions, after=after, upto=upto)
    if notice.season:
        _keep_first(found)
        unit.audience.note_had({(person_id, i) for (person_id, _), p in found.items() for i in p.items}, notice.season)
    spent = _spent(unit, notice, office, after=after, upto=upto)
    _write(unit, notice, office, found, spent=spent, is_withdrawn=row.state == "withdrawn")
    return {"after": upto}


def _spent(unit: Unit, notice: Notice, office: Office, *, after: int, upto: int) -> set[int]:
    """Who has had as many routine messages as the budget allows. Whoever follows from the ledger is told anyway."""
    guards = office.guards
    if not notice.rules.rolls_over or all(item.lane is Lane.URGENT for item in notice.items):
        return set()
    return unit.budgets.spent(
        after=after,
        upto=upto,
        since=unit.now - timedelta(days=guards.budget_days),
        most=guards.budget_messages,
        but=(notice.id, notice.version),
    )


def _first(unit: Unit, notice: Notice, office: Office, questions: Questions) -> dict[str, int] | None:
    unit.subscriptions.wait_for_changes()
    told = _follow(unit, notice, questions)
    _write(unit, notice, office, told)
    fresh = 0
    if notice.reach is not Reach.TOLD:
        fresh = unit.audience.count((asked for _, asked in questions), notice.id, notice.version)
    planned = len(told) + fresh
    unit.notices.plan(notice.id, notice.version, planned)
    unit.emit(NoticeAddressed(notice_id=notice.id, version=notice.version, planned=planned))
    faults.point("fanout-planned")
    if notice.reach is Reach.TOLD:
        unit.notices.addressed(notice.id, notice.version)
        return None
    return {"after": 0}


def question(notice: Notice, item: Item, office: Office, *, at: datetime, available: Iterable[str]) -> Asked:
    """Who an item concerns, as a question to the store. Channels that staff named go before the rule."""
    assert notice.rules.subscribed is not None, "service mail has a recipient, not an audience"
    channels = notice.channels or channels_for(notice.kind, item.lane, available)
    spare = spared(item.lane)
    return Asked(
        kind=notice.rules.subscribed,
        near=office.near(item.areas) if item.areas else (),
        topics=item.topics,
        at=at,
        audience=notice.audience,
        exclude=office.inside(notice.exclude),
        must=office.inside(notice.must),
        channels=channels,
        sparing=spare,
        rather=tuple(name for name in channels if name not in spare),
        unless_had=(item.id, notice.season) if notice.season else None,
        concern=item.id if notice.kind == "outcome" else None,
    )


@dataclass(slots=True)
class _Found:
    """One person on one channel: which items concern them, through which subscriptions."""

    habits: Habits
    items: dict[str, Item] = field(default_factory=dict)
    reasons: list[int] = field(default_factory=list)


Found = dict[tuple[int, str], _Found]
Questions = Sequence[tuple[Item, Asked]]


def _page(unit: Unit, questions: Questions, *, after: int, upto: int) -> Found:
    found: Found = {}
    for item, asked in questions:
        for row in unit.audience.page(asked, after=after, upto=upto):
            person = _person(found, row)
            person.items[item.id] = item
            person.reasons.append(row.subscription_id)
    return found


def _keep_first(found: Found) -> None:
    """One item a person, the same on every channel."""
    chosen: dict[int, str] = {}
    for (recipient_id, _), person in found.items():
        first = chosen.setdefault(recipient_id, next(iter(person.items)))
        person.items = {first: person.items[first]} if first in person.items else person.items


def _follow(unit: Unit, notice: Notice, questions: Questions) -> Found:
    """Whoever was told before: earlier versions of this notice, or notices that an item names.

    What they subscribe to is told them in the same message, so their row holds that too.
    """
    found: Found = {}
    for item in notice.items:
        rows = unit.audience.told(item)
        if notice.reach is not Reach.AUDIENCE:
            rows += unit.audience.told_before(notice.id, notice.version)
        for row in rows:
            _person(found, row).items[item.id] = item
    if found and len(notice.items) > 1:
        named = [notice_id for item in notice.items for notice_id in item.told]
        for item, asked in questions:
            for row in unit.audience.of_told(asked, named):
                if (person := found.get((row.recipient_id, row.channel))) is not None:
                    person.items[item.id] = item
                    person.reasons.append(row.subscription_id)
    return found


def _person(found: Found, row: Any) -> _Found:
    key = (row.recipient_id, row.channel)
    if key not in found:
        found[key] = _Found(habits=_habits(row.frequency, row.digest_day, row.digest_hour))
    return found[key]


@cache
def _habits(frequency: str, day: int, hour: int) -> Habits:
    """There are few, and a hundred thousand people share them."""
    return Habits(frequency=frequency, digest_day=day, digest_hour=hour)


def _write(
    unit: Unit,
    notice: Notice,
    office: Office,
    found: Found,
    *,
    spent: Collection[int] = frozenset(),
    is_withdrawn: bool = False,
) -> None:
    alike: dict[tuple[tuple[str, ...], Habits, bool], list[tuple[int, str, list[int]]]] = defaultdict(list)
    for (recipient_id, channel), person in sorted(found.items(), key=itemgetter(0)):
        where = (tuple(person.items), person.habits, recipient_id in spent)
        alike[where].append((recipient_id, channel, sorted({*person.reasons})))
    for (chosen, habits, is_spent), people in alike.items():
        common = _row(unit, notice, office, chosen, habits, is_spent=is_spent)
        if is_withdrawn:
            common |= {"state": State.CANCELLED.value, "next_at": unit.now}
        unit.ledger.plan_alike(common, people)


def _row(
    unit: Unit, notice: Notice, office: Office, chosen: Sequence[str], habits: Habits, *, is_spent: bool
) -> dict[str, Any]:
    """What the rows of people have in common whom the same items concern and who want messages at the same time."""
    items = [item for item in notice.items if item.id in chosen]
    lane = min((item.lane for item in items), key=order_of)
    expires_at = max(item.expires_at for item in items)
    state, next_at = _place(unit, notice, office, lane, habits, expires_at, is_spent=is_spent)
    return {
        "notice_id": notice.id,
        "version": notice.version,
        "lane": lane.value,
        "service": False,
        "state": state.value,
        "next_at": next_at,
        "expires_at": expires_at,
        "items": None if len(chosen) == len(notice.items) else list(chosen),
        "attempts": 0,
        "crashes": 0,
    }


def _place(
    unit: Unit, notice: Notice, office: Office, lane: Lane, habits: Habits, expires_at: datetime, *, is_spent: bool
) -> tuple[State, datetime]:
    guards = office.guards
    return place(
        notice.rules,
        lane,
        habits,
        now=unit.now,
        expires_at=expires_at,
        quiet_from=guards.quiet_from,
        quiet_until=guards.quiet_until,
        zone=office.zone,
        is_spent=is_spent,
    )


def _address_one(unit: Unit, notice: Notice) -> None:
    """Service mail: its one row is written with it, in the same transaction."""
    unit.notices.plan(notice.id, notice.version, 1)
    unit.ledger.plan(
        [
            {
                "notice_id": notice.id,
                "version": notice.version,
                "recipient_id": notice.recipient_id,
                "channel": (notice.channels or ("email",))[0],
                "lane": notice.rules.lane.value,
                "service": True,
                "state": State.READY.value,
                "next_at": unit.now,
                "expires_at": notice.expires_at,
                "items": None,
                "reasons": None,
                "attempts": 0,
                "crashes": 0,
            }
        ]
    )
    unit.notices.addressed(notice.id, notice.version)
    unit.emit(NoticeAddressed(notice_id=notice.id, version=notice.version, planned=1))
