"""Alerts as pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from engage.domain import wording
from engage.domain.alerts import PublicAlert, Severity
from engage.domain.calendars import Office
from engage.prose import to_html, to_text
from engage.web.views import Tag

SEVERITIES = {
    Severity.URGENT: Tag(text="Urgent", colour="red"),
    Severity.WARNING: Tag(text="Warning", colour="yellow"),
    Severity.ADVICE: Tag(text="Advice", colour="blue"),
}
_ORDER = {severity: n for n, severity in enumerate(SEVERITIES)}
SUMMARY = 200  # characters of the text in a list


@dataclass(frozen=True, kw_only=True)
class Told:
    """One alert; *state* is current, expired or withdrawn. *html* is sanitised Markdown."""

    id: str
    title: str
    tag: Tag
    state: str
    html: str
    summary: str
    issued: str
    expires: str
    starts: str
    areas: tuple[str, ...]
    topics: tuple[str, ...]
    corrected: bool


def told(public: PublicAlert, office: Office, now: datetime) -> Told:
    alert = public.alert
    text = " ".join(to_text(alert.text).split())
    return Told(
        id=alert.id,
        title=alert.title,
        tag=SEVERITIES[alert.severity],
        state="withdrawn" if public.withdrawn else "current" if public.is_current(now) else "expired",
        html=to_html(alert.text),
        summary=text if len(text) <= SUMMARY else f"{text[:SUMMARY].rsplit(' ', 1)[0]} \N{HORIZONTAL ELLIPSIS}",
        issued=wording.moment(public.issued_at.astimezone(office.zone)),
        expires=wording.moment(alert.expires.astimezone(office.zone)),
        starts=wording.moment(alert.starts.astimezone(office.zone)) if alert.starts and alert.starts > now else "",
        areas=office.names_of_areas(alert.areas or (office.root.id,)),
        topics=office.names_of_topics(alert.topics),
        corrected=public.version > 1 and not public.withdrawn,
    )


def current(
    alerts: Iterable[PublicAlert], office: Office, now: datetime, near: frozenset[str] | None = None
) -> list[Told]:
    """What applies now, urgent ones first, then as they came; with *near* only what concerns one of these areas."""
    found = [alert for alert in alerts if alert.is_current(now) and (near is None or _concerns(alert, office, near))]
    return [told(alert, office, now) for alert in sorted(found, key=lambda one: _ORDER[one.alert.severity])]


def _concerns(alert: PublicAlert, office: Office, near: frozenset[str]) -> bool:
    return not near.isdisjoint(alert.alert.areas or (office.root.id,))
