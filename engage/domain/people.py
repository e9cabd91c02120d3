"""Residents and businesses: what they ask for, how sign-up and leaving work. Whom a notice reaches is in audience."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from engage.domain.calendars import Area, Office
from engage.domain.problems import did_you_mean
from engage.domain.wording import marked

CONFIRM_WITHIN = timedelta(hours=72)
MANAGE_WITHIN = timedelta(minutes=30)
KNOWN_AGAIN_WITHIN = timedelta(days=396)  # who was forgotten and comes back is who they were; later they start afresh
CONFIRMATIONS_A_DAY = 3  # per mailbox: double opt-in alone is what mail bombers use
SIGNUPS_AN_HOUR = 10  # per network address
SIGNUPS_OF_ALL = 2_000  # in an hour, from everywhere: more than any broadcast brings; then a form is misused
CODE_WITHIN = timedelta(minutes=10)
CODE_TRIES = 5  # of a million possible ones
CODES_A_DAY = 3  # per phone, and per person who asks: texts cost the office money

CONSENT_WORDING = marked(
    "I agree: %(office)s may send me messages of the kinds I have chosen. I can stop them at any time with the "
    "link in every message."
)

FOLLOW_WORDING = marked(
    "I agree: %(office)s may tell me what comes of this concern. I can stop that at any time with the link in "
    "every message."
)

DEVICE_WORDING = marked(
    "%(office)s may show alerts, warnings and late changes to meetings on this device. I can stop them at any time on "
    "this page or in my browser."
)


class Audience(StrEnum):
    RESIDENT = "resident"
    BUSINESS = "business"
    WATCH = "watch"


class Frequency(StrEnum):
    """How often routine messages come; urgent ones always come at once."""

    IMMEDIATE = "immediate"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a person asks for. Empty kinds, areas or topics mean all; areas are those followed, *area* is home."""

    audience: Audience = Audience.RESIDENT
    area: str | None = None
    postcode: str | None = None
    kinds: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    frequency: Frequency = Frequency.IMMEDIATE
    digest_day: int = 0
    digest_hour: int = 9
    language: str = "en"
    concerns: tuple[str, ...] = ()  # followed besides: their outcomes are told, whatever else is wanted
    routine: bool = True  # False: nothing but those


@dataclass(frozen=True, kw_only=True)
class Imported:
    """One row of a people import, with the evidence of consent."""

    channel: str
    address: str
    wanted: Wanted
    consent_at: str
    consent_source: str
    consent_wording: str


def canonical_mailbox(address: str) -> str:
    """The mailbox behind an address, for counting only: no tag after a plus, no dots, lower case."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.split('+')[0].replace('.', '')}@{domain}"


def areas_of_postcode(office: Office, postcode: str) -> tuple[Area, ...]:
    """The areas whose district or sector matches longest; several mean that the person must be asked."""
    given = _district_and_sector(postcode)
    best: dict[str, int] = {}
    for area in office.areas:
        for code in area.postcodes:
            district, sector = _district_and_sector(code)
            if district == given[0] and sector in ("", given[1]):
                best[area.id] = max(best.get(area.id, 0), len(district + sector))
    longest = max(best.values(), default=0)
    return tuple(area for area in office.areas if best.get(area.id) == longest and longest)


def _district_and_sector(postcode: str) -> tuple[str, str]:
    """("TS1", "4") of "TS1 4AB" and "TS14AB", ("TS14", "") of "TS14": sector 4 of TS1 is not district TS14."""
    words = postcode.upper().split()
    compact = "".join(words)
    if len(words) == 2:
        return words[0], words[1][:1]
    return (compact[:-3], compact[-3]) if len(compact) > 4 else (compact, "")


def unknown_words(office: Office, kinds: Iterable[str], wanted: Wanted) -> list[str]:
    """A sentence for everything in *wanted* that does not exist in this office."""
    areas = (*wanted.areas, *filter(None, (wanted.area,)))
    asked = (
        ("kind", wanted.kinds, set(kinds), ""),
        ("area", areas, office.area_by_id.keys(), " in office.toml"),
        ("topic", wanted.topics, office.topic_by_id.keys(), " in office.toml"),
    )
    return [
        f'There is no {noun} "{one[:40]}"{where}.{did_you_mean(one, known)}'
        for noun, said, known, where in asked
        for one in said
        if one not in known
    ]
