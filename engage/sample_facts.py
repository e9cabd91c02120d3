"""Facts of one invented notice per kind, to try templates with. Nobody is named."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

_BASE: Mapping[str, Any] = {
    "office": {
        "name": "Office of the Police and Crime Commissioner for Sampleshire",
        "short_name": "Sampleshire PCC",
        "email": "pcc@example.org",
        "phone": "01632 960000",
        "website": "https://www.example.org",
        "colour": "#1d3f6e",
    },
    "base_url": "https://engage.example.org",
}
_MEETING = "https://engage.example.org/meetings/sample-hall"
_ITEM: Mapping[str, Any] = {
    "what": "moved",
    "title": "Your questions answered",
    "reason": "The hall is being repaired",
    "old_when": "2026-12-03T18:30:00+00:00",
    "when": "2026-12-10T18:30:00+00:00",
    "old_where": "Sample Hall, 1 High Street",
    "where": "Sample Hub, 2 High Street",
    "online": "https://meet.example.org/sample",
    "url": _MEETING,
    "note": "Tea and coffee from six.",
    "many": 1,
    "urgent": False,
}
_CHANGES = ("added", "moved", "relocated", "cancelled", "reinstated", "online")

_ALERT: Mapping[str, Any] = {
    **_BASE,
    "title": "Thefts from vans",
    "paragraphs": ["Tools were taken from vans last night.", "Please take yours indoors."],
    "html": "<p>Tools were taken from vans last night.</p><p>Please take yours indoors.</p>",
    "short": "Thefts from vans in Sampleton: take tools indoors tonight.",
    "severity": "warning",
    "areas": ["Sampleton"],
    "url": "https://engage.example.org/alerts/1",
    "status": "issued",
    "sender": "Sampleton neighbourhood team",
    "until": "2026-12-03T18:00:00+00:00",
}

SAMPLES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "confirm": {**_BASE, "hours": 72, "minutes": 30},
        "already": {**_BASE, "hours": 72, "minutes": 30},
        "follow": {**_BASE, "hours": 72, "raised": "The crossing has no light."},
        "manage": {**_BASE, "hours": 72, "minutes": 30},
        "code": {**_BASE, "minutes": 10},
        "complaint": {**_BASE, "reference": "C-7K3M-Q9TD", "made_on": "2026-12-03", "due_on": "2027-01-02"},
        "approve": {
            **_BASE,
            "heading": "An alert waits for you: Thefts from vans",
            "lines": ["Sample Editor submitted it.", "1,204 people would get it."],
            "asked": "alert|vans|1|0123456789ab|approver",
            "hours": 72,
        },
        "staff": {
            **_BASE,
            "heading": "A plan waits for you",
            "lines": ["It cancels 6 meetings.", "It would tell 1,204 people."],
            "link": "https://engage.example.org/plans/1",
        },
        "canary": {**_BASE, "token": "0123456789abcdef", "day": "2026-12-03"},
        "change": {
            **_BASE,
            "items": [{**_ITEM, "what": what, "many": many} for what in _CHANGES for many in (1, 4)],
        },
        "alert": _ALERT,
        "test": _ALERT,
        "reminder": {
            **_BASE,
            "title": "Your questions answered",
            "when": "2026-12-03T18:30:00+00:00",
            "ends": "2026-12-03T20:00:00+00:00",
            "where": "Sample Hall, 1 High Street",
            "access": ["Step-free entrance", "Hearing loop"],
            "online": None,
            "url": _MEETING,
            "note": None,
        },
        "milestone": {
            **_BASE,
            "programme": "Sample Meetings",
            "number": 700,
            "status": "reached",
            "title": "Your questions answered",
            "when": "2026-12-03T18:30:00+00:00",
            "where": "Sample Hall, 1 High Street",
            "url": "https://engage.example.org/milestones",
        },
        "approaching": {
            **_BASE,
            "programme": "Sample Meetings",
            "number": 700,
            "remaining": 3,
            "projected": "2027-01-14",
            "next": [
                {
                    "title": "Your questions answered",
                    "when": "2026-12-03T18:30:00+00:00",
                    "where": "Sample Hall, 1 High Street",
                    "url": _MEETING,
                }
            ],
            "url": "https://engage.example.org/milestones",
        },
        "tip": {
            **_BASE,
            "title": "Leave a light on a timer",
            "text": "A lit window in the early evening tells a passer-by that somebody is in.",
            "html": "<p>A lit window in the early evening tells a passer-by that somebody is in.</p>",
            "short": "Dark evenings: leave a light on a timer.",
            "source": "https://www.example.org/advice",
        },
        "outcome": {
            **_BASE,
            "raised": "The crossing has no light.",
            "outcome": "The council put up two lamps.",
            "done_on": "2026-12-03",
            "title": "Your questions answered",
            "held_on": "2026-10-01",
            "areas": ["Sampleton"],
            "is_changed": False,
            "url": f"{_MEETING}#c-sample-hall-light",
        },
        "digest": {
            **_BASE,
            "period": "weekly",
            "items": [
                {
                    "subject": "Leave a light on a timer",
                    "short": "Dark evenings: use a timer.",
                    "url": None,
                    "why": "you follow Burglary in Sampleton",
                },
                {
                    "subject": "New meeting",
                    "short": "Your questions answered, Thu 3 Dec.",
                    "url": _MEETING,
                    "why": None,
                },
            ],
        },
    }
)
