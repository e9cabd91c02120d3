"""An alert as a notice, whom it would reach and what they would read. Issuing it is in alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from html import escape

from engage.channels.sms import STOP
from engage.domain import slots
from engage.domain.alerts import Alert, may_meet
from engage.domain.calendars import Office
from engage.domain.costs import Bill
from engage.domain.fragments import downgraded, fragments
from engage.domain.notices import Item, Notice, Reach, channels_for
from engage.prose import to_text
from engage.store.audience import Asked
from engage.store.phones import SMS
from engage.store.unit import Unit
from engage.work.costs import bill
from engage.work.kit import Kit, office_of
from engage.work.letters import facts_of
from engage.work.notices import question
from engage.work.reasons import because, follows

LATELY = timedelta(hours=24)
EVERYBODY = 2**62  # an id beyond all recipients'
REACH = {"issued": Reach.AUDIENCE, "corrected": Reach.BOTH, "withdrawn": Reach.TOLD}


def notice_id(alert_id: str) -> str:
    return f"alert:{alert_id}"


@dataclass(frozen=True, kw_only=True)
class Headcount:
    """Whom an alert would reach: people in all, by home area, and by channel.

    *told_lately* of them were told of a *similar* alert (ids of notices) within LATELY. *texts* says what its text
    messages would cost, and is None when nobody gets one.
    """

    people: int
    by_area: dict[str, int]
    by_channel: dict[str, int]
    texts: Bill | None = None
    told_lately: int = 0
    similar: tuple[str, ...] = ()


def headcount(kit: Kit, alert: Alert) -> Headcount:
    """Count without writing anything; a correction also goes to whoever was told before."""
    with kit.reading() as unit:
        office = office_of(unit)
        notice = notice_of(kit, alert, 1, "issued", unit)
        asked = question(notice, notice.items[0], office, at=unit.now, available=kit.channels)
        similar = _similar(unit, notice, office)
        return Headcount(
            people=unit.audience.people([asked], and_told=notice.id),
            by_area=unit.audience.by_area(asked),
            by_channel=unit.audience.by_channel(asked),
            texts=_texts(kit, unit, notice, office, asked),
            told_lately=unit.audience.told_of(asked, similar) if similar else 0,
            similar=similar,
        )


def _texts(kit: Kit, unit: Unit, notice: Notice, office: Office, asked: Asked) -> Bill | None:
    """What the texts would cost, those to people who had an earlier version included."""
    if SMS not in kit.channels:
        return None
    newest = unit.notices.latest(notice.id)
    told = {row.recipient_id for row in unit.audience.told_before(notice.id, newest + 1) if row.channel == SMS}
    if not asked.channels or SMS in asked.channels:
        told |= {r.recipient_id for r in unit.audience.page(replace(asked, channels=(SMS,)), after=0, upto=EVERYBODY)}
    return bill(kit, unit, notice, office, people=len(told)) if told else None


def _similar(unit: Unit, notice: Notice, office: Office) -> tuple[str, ...]:
    """Other alerts of late whose areas and topics meet these: a subscription would match both."""
    (item,) = notice.items
    found = [
        other.id
        for other in unit.notices.since(unit.now - LATELY, "alert")
        if other.id != notice.id
        for told in other.items
        if may_meet(office, item, told)
    ]
    return tuple(dict.fromkeys(found))


def preview(kit: Kit, alert: Alert, parts: Sequence[str] = ("subject.txt", "short.txt", "long.txt")) -> dict[str, str]:
    """What people would read, by part without `.txt`; in place of what differs per person stands an example."""
    with kit.reading() as unit:
        office = office_of(unit)
        notice = notice_of(kit, alert, 1, "issued", unit)
    facts = facts_of(kit, notice, office, None)
    examples = {name: f"({name.replace('_', ' ')})" for name in slots.IN_TEMPLATES}
    areas = alert.areas if set(alert.areas) - {office.root.id} else ()
    language = kit.language(office, office.languages[0])
    examples["why"] = because(follows(office, areas, alert.topics, language), language)
    markup = {name: escape(example) for name, example in examples.items()}
    texts = {part: kit.templates.render_notice("alert", part, language=language.tag, **facts) for part in parts}
    return {
        part.removesuffix(".txt"): slots.fill(text, markup if part.endswith(".html") else examples)
        for part, text in texts.items()
    }


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An alert as one channel shows it; *size* says how long that is, in the channel's own measure."""

    channel: str
    text: str
    size: str
    segments: int | None = None  # of a text message


def as_shown(kit: Kit, alert: Alert) -> tuple[Shown, ...]:
    """The text on each channel that this alert takes."""
    parts = preview(kit, alert)
    names = alert.channels or channels_for("alert", alert.severity.lane, kit.channels)
    return tuple(_shown(name, parts) for name in names)


def _shown(channel: str, parts: Mapping[str, str]) -> Shown:
    match channel:
        case "email":
            words = len(parts["long"].split())
            return Shown(channel="E-mail", text=f"{parts['subject']}\n\n{parts['long']}", size=f"{words} words")
        case "sms":
            text = f"{parts['short']} {STOP}"
            n = fragments(downgraded(text))
            size = f"{len(text)} characters, {n} {'segment' if n == 1 else 'segments'}"
            return Shown(channel="Text message", text=text, size=size, segments=n)
        case _:
            text = f"{parts['subject']}\n{parts['short']}"
            return Shown(channel="Notification in a browser", text=text, size=f"{len(parts['short'])} characters")


def notice_of(kit: Kit, alert: Alert, version: int, status: str, unit: Unit) -> Notice:
    """One version: *status* is a key of REACH."""
    office = office_of(unit)
    facts = {
        "title": alert.title,
        "text": alert.text,
        "short": to_text(alert.text).replace("\n", " ")[:300],
        "severity": alert.severity.value,
        "areas": list(office.names_of_areas(alert.areas or (office.root.id,))),
        "url": f"{kit.base_url}/alerts/{alert.id}",
        "status": status,
        "sender": _sender(alert, office),
        "until": alert.expires.astimezone(office.zone).isoformat(),
    }
    item = Item(
        id=alert.id,
        areas=alert.areas or (office.root.id,),
        topics=alert.topics,
        lane=alert.severity.lane,
        expires_at=alert.expires,
        facts=facts,
    )
    return Notice(
        id=notice_id(alert.id),
        version=version,
        kind="alert",
        items=(item,),
        reach=REACH[status],
        audience=alert.audience,
        exclude=alert.exclude,
        must=alert.must,
        channels=alert.channels,
        created_at=unit.now,
        expires_at=alert.expires,
    )


def _sender(alert: Alert, office: Office) -> str:
    names = [person.name for person in office.staff if person.id == alert.sender]
    return f"{names[0]}, {office.name}" if names else (alert.sender or office.name)
