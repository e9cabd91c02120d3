"""Writing an alert: forms to begin with, what a colleague would say, a test to oneself. Sending it is in alerts."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import tomli

from engage.domain.alert_advice import Advice, PlainWords, advise
from engage.domain.alerts import Alert
from engage.domain.calendars import Tip
from engage.domain.notices import KINDS
from engage.domain.problems import did_you_mean
from engage.domain.readability import reading_age
from engage.domain.tips import fitting
from engage.errors import NotFound, Refused
from engage.prose import to_html, to_text
from engage.work.alert_notices import Shown, as_shown, notice_of, preview
from engage.work.kit import Kit, office_of
from engage.work.notices import announce
from engage.work.staff import person_of

WORDS = "alerts/plain-words.toml"  # the one file of words; an office may have its own


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How an alert reads: years of age, what to mend, its length on each channel, and a tip that fits its topics."""

    age: float | None
    advice: list[Advice]
    shown: tuple[Shown, ...]
    tip: Tip | None


def form(kit: Kit, kind: str) -> str:
    """The empty form of a kind of alert. Raises NotFound."""
    if kind not in (known := kit.templates.alert_kinds()):
        raise NotFound(f'There is no form for "{kind}": {", ".join(known)}.{did_you_mean(kind, known)}')
    return kit.templates.source(f"alerts/{kind}.md")


def draft(kit: Kit, kind: str, *, title: str, areas: Sequence[str], expires: datetime, what: str | None = None) -> str:
    """The form of a kind, filled in as far as it was said; *expires* is on the office's clock. Raises NotFound."""
    text = form(kit, kind)
    with kit.reading() as unit:
        topics = office_of(unit).topic_by_id
    front = tomli.loads(text.split("+++")[1])
    fits = [topic for topic in front.get("topics", []) if topic in topics]
    values = {"title": title, "areas": list(areas), "topics": fits}
    for key, value in values.items():
        text = _with(text, key, json.dumps(value, ensure_ascii=False))
    text = _with(text, "expires", f"{expires:%Y-%m-%dT%H:%M:%S}")
    return re.sub(r"<<[^<>]*>>", lambda _: str(what), text, count=1) if what else text


def _with(text: str, key: str, value: str) -> str:
    """The front matter with another value; what is noted behind it keeps its place if there is room."""
    line = re.search(rf"^{key} = .*?(?=\s*(?:#|$))(?P<rest>.*)$", text, re.MULTILINE)
    if line is None:
        raise Refused(f"The form has no line `{key} = `. Put our form back, or add the line.")
    rest = line["rest"].strip()
    filled = f"{key} = {value}"
    return text[: line.start()] + (f"{filled:<26} {rest}" if rest else filled) + text[line.end() :]


def reading(kit: Kit, alert: Alert) -> Reading:
    """Judge a text without sending anything."""
    with kit.reading() as unit:
        office = office_of(unit)
    text = to_text(alert.text)
    shown = as_shown(kit, alert)
    segments = next((one.segments for one in shown if one.segments is not None), None)
    return Reading(
        age=reading_age(text),
        advice=advise(alert, text, _words(kit), segments=segments, root=office.root.name, now=kit.now),
        shown=shown,
        tip=fitting(office.tips, alert.topics, kit.now.astimezone(office.zone).date()),
    )


def as_page(kit: Kit, alert: Alert) -> str:
    """What people would see on each channel and on our website, as one page that needs nothing else."""
    with kit.reading() as unit:
        office = office_of(unit)
    template = kit.templates.environment.get_template("reports/preview.html")
    mail = preview(kit, alert, parts=("long.html",))["long.html"]
    areas = office.names_of_areas(alert.areas or (office.root.id,))
    told = {"alert": alert, "areas": areas, "body": to_html(alert.text), "mail": mail, "shown": as_shown(kit, alert)}
    return template.render(office=office, **told) + "\n"


def _words(kit: Kit) -> PlainWords:
    try:
        found = tomli.loads(kit.templates.source(WORDS))
        jargon = {str(word): str(instead) for word, instead in found["jargon"].items()}
        return PlainWords(jargon=jargon, verbs={str(verb).lower() for verb in found["actions"]["verbs"]})
    except (tomli.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise Refused(f"templates/{WORDS} cannot be read: {error}. It has [jargon] and, in [actions], verbs.") from None


def send_test(kit: Kit, alert: Alert, *, to: str) -> str:
    """Mail the alert to one member of staff, marked as a test; returns the notice's id. Nobody else hears of it."""
    with kit.unit() as unit:
        office = office_of(unit)
        person = person_of(office, to)
        if person is None:
            hint = did_you_mean(to, [p.id for p in office.staff])
            raise Refused(f'"{to}" is not in [[staff]] of office.toml.{hint}')
        notice_id = f"test:{alert.id}:{to}"
        made = replace(
            notice_of(kit, alert, unit.notices.latest(notice_id) + 1, "issued", unit),
            id=notice_id,
            kind="test",
            recipient_id=unit.people.staff(person.id, person.email),
            channels=("email",),
            expires_at=unit.now + KINDS["test"].expires_after,
        )
        announce(unit, made)
        return notice_id
