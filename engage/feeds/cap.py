"""An alert as CAP 1.2 (OASIS Common Alerting Protocol), for other alert systems. Pages and mail tell it to people.

What staff did not say is not made up: certainty is Unknown, and areas have names but no outline. A correction and a
withdrawal are messages of their own that name those before them; all moments carry an offset, for CAP forbids `Z`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from engage.domain.alerts import PublicAlert, Severity
from engage.domain.calendars import Office
from engage.feeds.markup import element
from engage.feeds.words import one_line
from engage.prose import to_text

MEDIA_TYPE = "application/cap+xml; charset=utf-8"
SEVERITIES = {Severity.URGENT: "Severe", Severity.WARNING: "Moderate", Severity.ADVICE: "Minor"}
URGENCIES = {Severity.URGENT: "Immediate", Severity.WARNING: "Expected", Severity.ADVICE: "Unknown"}
REHEARSAL = "This is a rehearsal. Nothing in it is real."

_TO_DO = r"what (?:to|you can|you should|should you|should i|we ask you to) do\b"
_BEGINS = re.compile(  # as a heading, in bold, or as a line of its own
    rf"^ {{0,3}}(?:#{{1,6}} +{_TO_DO}.*"
    rf"|(?:\*\*|__){_TO_DO}[^*_\n]*(?:\*\*|__):?(.*)"
    rf"|{_TO_DO}(?: now)?(?:[?.]? *|:(.*)))$",
    re.IGNORECASE | re.MULTILINE,
)
_ENDS = re.compile(r"^ {0,3}(?:#{1,6} |\*\*[^*\n]+\*\* *$)", re.MULTILINE)


def cap(public: PublicAlert, office: Office, *, base_url: str, is_live: bool) -> bytes:
    """The message that holds now. Equal input gives equal bytes."""
    alert = public.alert
    kind = "Cancel" if public.withdrawn else "Update" if public.before else "Alert"
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">',
        element("identifier", _identifier(alert.id, public.version, office)),
        element("sender", office.uid_domain),
        element("sent", moment(public.issued_at, office)),
        element("status", "Actual" if is_live else "Exercise"),
        element("msgType", kind),
        element("scope", "Public"),
        *([] if is_live else [element("note", REHEARSAL)]),
        *([element("references", " ".join(_references(public, office)))] if public.before else []),
        *_info(public, office, base_url.rstrip("/")),
        "</alert>\n",
    ]
    return "\n".join(lines).encode()


def moment(when: datetime, office: Office) -> str:
    """With the offset of the office's zone, which for UTC is written `-00:00` (CAP 1.2, section 3.3.2)."""
    local = when.astimezone(office.zone)
    said = local.isoformat(timespec="seconds")
    return f"{said[:-6]}-00:00" if local.utcoffset() == timedelta() else said


def parts(text: str) -> tuple[str, str]:
    """What happened and what to do, each as plain text; the second is empty where no such section stands."""
    begins = _BEGINS.search(text)
    if begins is None:
        return to_text(text), ""
    ends = _ENDS.search(text, begins.end())
    until = ends.start() if ends else len(text)
    rest = next((part for part in begins.groups() if part), "")
    instruction = to_text(f"{rest.strip()}\n{text[begins.end() : until]}")
    return to_text(f"{text[: begins.start()]}\n\n{text[until:]}"), instruction


def _identifier(alert_id: str, version: int, office: Office) -> str:
    return f"{alert_id}.{version}@{office.uid_domain}"


def _references(public: PublicAlert, office: Office) -> Iterator[str]:
    """`sender,identifier,sent` of every message that this one replaces."""
    for issue in public.before:
        identifier = _identifier(public.alert.id, issue.version, office)
        yield f"{office.uid_domain},{identifier},{moment(issue.at, office)}"


def _info(public: PublicAlert, office: Office, base_url: str) -> list[str]:
    alert = public.alert
    description, instruction = parts(alert.text)
    contact = ", ".join(part for part in (office.short_name, office.email, office.phone) if part)
    return [
        "<info>",
        element("language", office.written_in),
        element("category", "Security"),
        element("event", ", ".join(map(one_line, office.names_of_topics(alert.topics))) or "Community safety"),
        element("urgency", _urgency(public)),
        element("severity", SEVERITIES[alert.severity]),
        element("certainty", "Unknown"),
        *([element("audience", ", ".join(alert.audience))] if alert.audience else []),
        element("effective", moment(public.heard_at, office)),
        *([element("onset", moment(alert.starts, office))] if alert.starts else []),
        element("expires", moment(alert.expires, office)),
        element("senderName", one_line(office.name)),
        element("headline", f"Withdrawn: {one_line(alert.title)}" if public.withdrawn else one_line(alert.title)),
        *([element("description", description)] if description else []),
        *([element("instruction", instruction)] if instruction and not public.withdrawn else []),
        element("web", f"{base_url}/alerts/{alert.id}"),
        element("contact", one_line(contact)),
        *(line for name in office.names_of_areas(alert.areas or (office.root.id,)) for line in _area(name)),
        "</info>",
    ]


def _area(name: str) -> tuple[str, ...]:
    return "<area>", element("areaDesc", one_line(name)), "</area>"


def _urgency(public: PublicAlert) -> str:
    """What staff's word for its severity says of the time to act, unless the times in it say more."""
    if public.withdrawn:
        return "Past"
    starts = public.alert.starts
    return "Future" if starts and starts > public.issued_at else URGENCIES[public.alert.severity]
