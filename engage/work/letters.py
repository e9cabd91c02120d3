"""Composing: claimed deliveries become letters. A notice version is built once per form, then filled per person."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import structlog

from engage.channels.base import Form, Letter
from engage.channels.message import Headings
from engage.domain.calendars import Office
from engage.domain.deliveries import IN_DOUBT
from engage.domain.notices import Notice
from engage.errors import EngageError
from engage.languages import Language
from engage.prose import to_html, to_text
from engage.sample_facts import SAMPLES
from engage.store.handover import Claimed
from engage.store.unit import Unit
from engage.work.changes import overtaken
from engage.work.kit import Kit, office_of
from engage.work.reasons import Why, reasons_of, sentence, told_before

log = structlog.get_logger()

DATES = ("projected",)
MOMENTS = ("when", "old_when", "ends")
CACHE = 200  # skeletons kept by one drain


@dataclass
class Composed:
    """What became of a batch: letters by delivery id, and deliveries that cannot be composed.

    *enclosed* says which rows each digest's letter holds; a digest in *empty* has nothing left to say. Those in
    *waiting* need a template that somebody is editing, those in *broken* have facts that no template can tell.
    """

    letters: dict[int, Letter] = field(default_factory=dict)
    enclosed: dict[int, tuple[int, ...]] = field(default_factory=dict)
    broken: list[int] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    tried: dict[str, bool] = field(default_factory=dict)  # kind -> whether its templates are broken
    unreachable: list[int] = field(default_factory=list)
    empty: list[int] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Enclosed:
    """A row that travels in a digest."""

    id: int
    items: Sequence[str] | None
    reasons: tuple[int, ...]
    notice: Notice


class Composer:
    """Keeps built notices while a drain runs; holds nothing about people."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._built: dict[tuple[Any, ...], Form] = {}

    def compose(self, claimed: Sequence[Claimed]) -> Composed:
        """Read everything a batch needs in one reading unit, then build and fill without one."""
        with self._kit.reading() as unit:
            office = office_of(unit)
            people = unit.ledger.addresses([c.recipient_id for c in claimed])
            notices = {key: unit.notices.find(*key) for key in {(c.notice_id, c.version) for c in claimed}}
            enclosed = _enclosed(unit, [c.id for c in claimed if c.notice_id.startswith("digest:")])
            reasons = reasons_of(unit, office, [*claimed, *(row for rows in enclosed.values() for row in rows)])
            outdated = {key: overtaken(unit, found) for key, found in notices.items() if found is not None}
        done = Composed()
        for one in (_without(c, notices[c.notice_id, c.version], outdated) for c in claimed):
            address = people.get((one.recipient_id, one.channel))
            notice = notices[one.notice_id, one.version]
            if address is None or notice is None:
                done.unreachable.append(one.id)
                continue
            inside = enclosed.get(one.id, [])
            if (notice.kind == "digest" and not inside) or one.items == ():
                done.empty.append(one.id)
                continue
            done.enclosed[one.id] = tuple(row.id for row in inside)
            try:
                language = self._kit.language(office, str(notice.facts.get("asked_in", address.language)))
                form = self._form(one, notice, office, inside, address.frequency, reasons, language)
                content = form.fill(self._values(one, notice, office, address.address, reasons, language))
            except (EngageError, ValueError, KeyError):
                if self._is_template_broken([notice.kind, *(row.notice.kind for row in inside)], done):
                    log.warning("letter waits for its template", delivery_id=one.id, kind=notice.kind)
                    done.waiting.append(one.id)
                    continue
                log.exception("letter not composed", delivery_id=one.id, notice_id=one.notice_id)
                done.broken.append(one.id)
                continue
            sender = self._return_path(one, address.hmac)
            done.letters[one.id] = Letter(
                delivery_id=one.id,
                to=address.address,
                sender=sender,
                content=content,
                in_doubt=one.last_class == IN_DOUBT,
            )
        return done

    def _is_template_broken(self, kinds: Sequence[str], done: Composed) -> bool:
        """Whether invented facts fail as these did; a batch asks once for each kind."""
        for kind in kinds:
            if kind not in done.tried:
                done.tried[kind] = bool(self._kit.templates.check(kind, SAMPLES[kind]))
        return any(done.tried[kind] for kind in kinds)

    def _form(
        self,
        one: Claimed,
        notice: Notice,
        office: Office,
        inside: Sequence[Enclosed],
        frequency: str,
        reasons: Mapping[int, Why],
        language: Language,
    ) -> Form:
        """Equal bytes for everybody who gets the same items in the same language; a digest is one person's own."""
        key = (one.channel, notice.id, notice.version, one.items, tuple(row.id for row in inside), language.tag)
        if key not in self._built:
            if len(self._built) >= CACHE:
                self._built.clear()
            more: dict[str, Any] = {}
            if notice.kind == "digest":
                more = {"items": [self._summary(row, office, reasons, language) for row in inside], "period": frequency}
            self._built[key] = form_of(self._kit, one.channel, notice, office, one.items, language=language.tag, **more)
        return self._built[key]

    def _summary(self, row: Enclosed, office: Office, reasons: Mapping[int, Why], language: Language) -> dict[str, Any]:
        """A notice as one item of a digest."""
        notice = row.notice
        facts = facts_of(self._kit, notice, office, row.items)
        render = self._kit.templates.render_notice
        return {
            "subject": render(notice.kind, "subject.txt", language=language.tag, **facts),
            "short": render(notice.kind, "short.txt", language=language.tag, **facts),
            "url": next((item.facts.get("url") for item in notice.items), None),
            "why": reasons.get(row.id, told_before)(language),
        }

    def _values(
        self,
        one: Claimed,
        notice: Notice,
        office: Office,
        address: str,
        reasons: Mapping[int, Why],
        language: Language,
    ) -> dict[str, str]:
        links, tongue = self._kit.links, f"?lang={language.tag}" if len(office.languages) > 1 else ""
        action = ""
        if notice.kind in ("confirm", "already", "follow"):
            action = links.confirm(str(notice.facts["signup_id"]), notice.created_at)
        elif notice.kind == "manage":
            action = links.preferences(one.recipient_id, notice.created_at)
        elif notice.kind == "approve":
            action = links.approve(str(notice.facts["asked"]), notice.created_at)
        code = links.code(str(notice.facts["code_id"])) if notice.kind == "code" else ""
        return {
            "code": code,
            "to": address,
            "message_id": message_id(one, office),
            "notice_id": one.notice_id,
            "lane": one.lane,
            "seconds": str(int((one.expires_at - self._kit.now).total_seconds())),
            "unsubscribe_url": f"{links.unsubscribe(one.recipient_id)}{tongue}",
            "manage_url": f"{self._kit.base_url}/preferences{tongue}",
            "why": sentence(notice, reasons.get(one.id, told_before), language),
            "action_url": action and f"{action}{tongue}",
        }

    def _return_path(self, one: Claimed, digest: str) -> str:
        return f"{self._kit.links.return_path(one.id, digest)}@{self._kit.bounce_domain}"


def form_of(
    kit: Kit,
    channel: str,
    notice: Notice,
    office: Office,
    chosen: Sequence[str] | None = None,
    *,
    language: str,
    **more: Any,
) -> Form:
    """The items *chosen* of a notice, or all of them, as the channel carries them; *more* facts for its template."""
    facts = {**facts_of(kit, notice, office, chosen), **more}
    identity = hashlib.sha256(repr((notice.id, notice.version, chosen)).encode()).hexdigest()[:24]
    return kit.channels[channel].build(
        lambda part: kit.templates.render_notice(notice.kind, part, language=language, **facts),
        Headings(
            from_name=office.short_name,
            from_address=kit.mail_from,
            date=notice.created_at,
            boundary=identity,
            list_id=None if notice.rules.is_service else f"{notice.kind}.{office.uid_domain}",
            url=leads_to(facts),
        ),
    )


def _without(one: Claimed, notice: Notice | None, outdated: Mapping[tuple[str, int], frozenset[str]]) -> Claimed:
    """The delivery without items that a later apply has overtaken: nobody is told what is no longer so."""
    gone = outdated.get((one.notice_id, one.version), frozenset())
    if notice is None or not gone:
        return one
    chosen = one.items if one.items is not None else tuple(item.id for item in notice.items)
    return replace(one, items=tuple(item_id for item_id in chosen if item_id not in gone))


def message_id(one: Claimed, office: Office) -> str:
    """A function of the delivery, equal over all attempts."""
    name = hashlib.sha256(f"{one.notice_id}|{one.version}|{one.recipient_id}|{one.channel}".encode()).hexdigest()
    return f"<{one.id}.{name[:20]}@{office.uid_domain}>"


def facts_of(kit: Kit, notice: Notice, office: Office, chosen: Sequence[str] | None) -> dict[str, Any]:
    """What a template is told: the office, the notice's own facts and those of the items that concern the person."""
    names = ("name", "short_name", "email", "phone", "website", "colour")
    facts = {"office": {name: getattr(office, name) for name in names}, "base_url": kit.base_url, **notice.facts}
    told = [_typed(item.facts) for item in notice.items if chosen is None or item.id in chosen]
    if notice.kind == "change":
        return {**facts, "items": told}
    return {**facts, **(told[0] if told else {})}


def leads_to(facts: Mapping[str, Any]) -> str:
    """The notice's own page, that of the only thing it tells, or the site."""
    items: Sequence[Mapping[str, Any]] = facts.get("items") or ()
    alone = items[0].get("url") if len(items) == 1 else None
    return str(facts.get("url") or alone or facts["base_url"])


def _typed(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as templates want them: moments as local datetimes, Markdown as text and as HTML."""
    typed = dict(facts)
    for name in MOMENTS:
        if isinstance(typed.get(name), str):
            typed[name] = datetime.fromisoformat(typed[name])
    for name in DATES:
        if isinstance(typed.get(name), str):
            typed[name] = date.fromisoformat(typed[name])
    if "next" in typed:
        typed["next"] = [_typed(item) for item in typed["next"]]
    if isinstance(typed.get("text"), str):
        plain = to_text(typed["text"])
        typed |= {"html": to_html(typed["text"]), "paragraphs": plain.split("\n\n"), "text": plain}
    return typed


def _enclosed(unit: Unit, envelope_ids: Sequence[int]) -> dict[int, list[Enclosed]]:
    """The rows that each digest owns, with their notices."""
    rows: dict[int, list[Enclosed]] = defaultdict(list)
    if not envelope_ids:
        return rows
    for row in unit.digests.enclosed(envelope_ids):
        notice = unit.notices.find(row.notice_id, row.version)
        if notice is not None:
            reasons = tuple(row.reasons or ())
            rows[row.digest_id].append(Enclosed(id=row.id, items=row.items, reasons=reasons, notice=notice))
    return rows
