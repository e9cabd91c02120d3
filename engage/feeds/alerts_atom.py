"""Alerts as Atom (RFC 4287): those that hold first, then what is past. One alert as data is in engage.feeds.cap.

An alert keeps its id for good. A correction and a withdrawal change `updated`, so that feed readers show it anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import NAMESPACE_DNS, uuid5

from engage.domain.alerts import PublicAlert
from engage.domain.calendars import Office
from engage.feeds.atom import NEVER
from engage.feeds.cap import SEVERITIES
from engage.feeds.markup import author, categories, element, text, utc
from engage.feeds.words import one_line
from engage.prose import to_html

MEDIA_TYPE = "application/atom+xml; charset=utf-8"
PATH = "/alerts.atom"
MOST = 50  # alerts; what is older stays on its page


def alerts_atom(alerts: Iterable[PublicAlert], office: Office, *, base_url: str, now: datetime) -> bytes:
    """The whole feed; *now* decides only what comes first and says that it has expired."""
    newest = sorted(alerts, key=lambda alert: (not alert.is_current(now), -alert.heard_at.timestamp(), alert.alert.id))
    kept = newest[:MOST]
    updated = max((alert.heard_at for alert in kept), default=NEVER)
    base_url = base_url.rstrip("/")
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{text(office.written_in)}">',
        element("id", uuid5(NAMESPACE_DNS, f"{office.uid_domain}/alerts").urn),
        f"<title>Alerts of {text(one_line(office.short_name))}</title>",
        element("updated", utc(updated)),
        author(office),
        f'<link rel="self" type="application/atom+xml" href="{text(base_url)}{PATH}"/>',
        f'<link rel="alternate" type="text/html" href="{text(base_url)}/alerts"/>',
        *(line for alert in kept for line in _entry(alert, office, base_url, now)),
        "</feed>\n",
    ]
    return "\n".join(lines).encode()


def _entry(public: PublicAlert, office: Office, base_url: str, now: datetime) -> list[str]:
    alert, page = public.alert, f"{base_url}/alerts/{public.alert.id}"
    areas = alert.areas or (office.root.id,)
    return [
        "<entry>",
        element("id", f"tag:{office.uid_domain},{public.first_at.date()}:alert/{alert.id}"),
        element("title", headline(public, now)),
        element("published", utc(public.first_at)),
        element("updated", utc(public.heard_at)),
        f'<link rel="alternate" type="text/html" href="{text(page)}"/>',
        f'<link rel="related" type="application/cap+xml" href="{text(page)}.cap.xml"/>',
        f'<category term="{alert.severity.value}" label="{SEVERITIES[alert.severity]}"/>',
        *categories(areas, office.names_of_areas(areas)),
        *categories(alert.topics, office.names_of_topics(alert.topics)),
        f'<content type="html">{text(_body(public))}</content>',
        "</entry>",
    ]


def headline(public: PublicAlert, now: datetime) -> str:
    """The title, after a word for what became of it."""
    title = one_line(public.alert.title)
    if public.withdrawn:
        return f"Withdrawn: {title}"
    if not public.is_current(now):
        return f"Expired: {title}"
    return f"Corrected: {title}" if public.before else title


def _body(public: PublicAlert) -> str:
    said = to_html(public.alert.text)
    return f"<p>This alert was withdrawn. It no longer applies. What it said:</p>\n{said}" if public.withdrawn else said
