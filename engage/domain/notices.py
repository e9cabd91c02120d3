"""What we want to tell people, once: kinds of notice and their rules. Who they reach is in audience."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class Lane(StrEnum):
    """Which deliveries go first."""

    URGENT = "urgent"
    NORMAL = "normal"
    BULK = "bulk"


@dataclass(frozen=True, kw_only=True)
class NoticeKind:
    """The rules of one kind. *subscribed* is the subscription kind that asks for it; None for service mail.

    *quiet*: waits for the end of the quiet hours. *digestible*: people with a daily or weekly frequency get it in
    their digest. *rolls_over*: beyond the message budget it waits for a digest, one that comes at least *ahead* of its
    expiry.
    """

    lane: Lane
    subscribed: str | None
    quiet: bool = True
    digestible: bool = False
    rolls_over: bool = False
    ahead: timedelta = timedelta()
    expires_after: timedelta = timedelta(days=5)

    @property
    def is_service(self) -> bool:
        """Service mail goes to one recipient, exempt from audience and budget, not from the fence."""
        return self.subscribed is None


SUBSCRIPTION_KINDS = ("meetings", "alerts", "tips", "milestones")

KINDS: dict[str, NoticeKind] = {
    "confirm": NoticeKind(lane=Lane.URGENT, subscribed=None, quiet=False, expires_after=timedelta(hours=72)),
    "already": NoticeKind(lane=Lane.URGENT, subscribed=None, quiet=False, expires_after=timedelta(hours=72)),
    "follow": NoticeKind(lane=Lane.URGENT, subscribed=None, quiet=False, expires_after=timedelta(hours=72)),
    "manage": NoticeKind(lane=Lane.URGENT, subscribed=None, quiet=False, expires_after=timedelta(minutes=30)),
    "code": NoticeKind(lane=Lane.URGENT, subscribed=None, quiet=False, expires_after=timedelta(minutes=10)),
    "complaint": NoticeKind(lane=Lane.URGENT, subscribed=None, quiet=False),
    "approve": NoticeKind(lane=Lane.URGENT, subscribed=None, quiet=False, expires_after=timedelta(hours=72)),
    "test": NoticeKind(lane=Lane.URGENT, subscribed=None, quiet=False, expires_after=timedelta(hours=24)),
    "staff": NoticeKind(lane=Lane.URGENT, subscribed=None, quiet=False),
    "canary": NoticeKind(lane=Lane.URGENT, subscribed=None, quiet=False, expires_after=timedelta(hours=2)),
    # inside 48 hours a change is urgent; one that waits must not come later than that
    "change": NoticeKind(lane=Lane.NORMAL, subscribed="meetings", rolls_over=True, ahead=timedelta(hours=48)),
    "reminder": NoticeKind(lane=Lane.NORMAL, subscribed="meetings"),  # its moment is its use: it counts, it never waits
    "alert": NoticeKind(lane=Lane.NORMAL, subscribed="alerts", rolls_over=True),
    "milestone": NoticeKind(lane=Lane.BULK, subscribed="milestones", digestible=True, rolls_over=True),
    "approaching": NoticeKind(lane=Lane.BULK, subscribed="milestones", digestible=True, rolls_over=True),
    "tip": NoticeKind(
        lane=Lane.BULK, subscribed="tips", digestible=True, rolls_over=True, expires_after=timedelta(days=14)
    ),
    # its subscriptions name one concern each; nobody gets it for following everything else
    "outcome": NoticeKind(
        lane=Lane.BULK, subscribed="outcome", digestible=True, rolls_over=True, expires_after=timedelta(days=14)
    ),
    # an envelope around other notices, with no audience of its own
    "digest": NoticeKind(lane=Lane.BULK, subscribed=None, expires_after=timedelta(days=2)),
}


# What a channel carries, by kind and lane; one that is not named carries everything. An alert's severity is its lane:
# urgent, normal for a warning, bulk for advice. A change in the urgent lane is a late one.
CARRIES: Mapping[str, Mapping[str, tuple[Lane, ...]]] = {
    "webpush": {"alert": (Lane.URGENT, Lane.NORMAL), "change": (Lane.URGENT,)},
}


def channels_for(kind: str, severity: Lane, available: Iterable[str]) -> tuple[str, ...]:
    """Through which of the *available* channels a notice of this kind and severity goes."""
    return tuple(name for name in available if name not in CARRIES or severity in CARRIES[name].get(kind, ()))


class Reach(StrEnum):
    """Whom a version goes to."""

    AUDIENCE = "audience"  # everybody whose subscription matches
    TOLD = "told"  # exactly those who were told an earlier version
    BOTH = "both"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing a notice tells, with its own audience. *facts* are plain JSON; moments are local ISO strings.

    *told* names notices whose recipients are told this too, whatever they subscribe to now: those who were reminded
    of a meeting hear of its cancellation.
    """

    id: str
    areas: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    lane: Lane
    expires_at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    told: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One version of what we want to tell. (person, notice, version, channel) is told once.

    Service mail has one *recipient_id*; everything else finds its people by *items*. A person gets one message with
    the items that concern them, in the most urgent lane among these.
    """

    id: str
    version: int = 1
    kind: str
    items: tuple[Item, ...] = ()
    reach: Reach = Reach.AUDIENCE
    audience: tuple[str, ...] = ()  # resident, business, watch; empty means all
    exclude: tuple[str, ...] = ()  # areas in which nobody's home may lie
    must: tuple[str, ...] = ()  # areas in one of which everybody's home must lie
    channels: tuple[str, ...] = ()  # empty means every channel a person has
    recipient_id: int | None = None
    season: str | None = None  # a person gets only the first item they have not had in this season
    facts: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime
    expires_at: datetime

    @property
    def rules(self) -> NoticeKind:
        return KINDS[self.kind]


def service(
    kind: str,
    notice_id: str,
    *,
    recipient_id: int,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
    channels: tuple[str, ...] = (),
) -> Notice:
    """A notice with an audience of one, on the first of *channels*: e-mail unless said otherwise."""
    return Notice(
        id=notice_id,
        kind=kind,
        recipient_id=recipient_id,
        channels=channels,
        facts=facts or {},
        created_at=now,
        expires_at=now + KINDS[kind].expires_after,
    )


COSTLY = ("sms",)  # channels that cost the office money for every message


def spared(lane: Lane) -> tuple[str, ...]:
    """Channels that a message of this lane takes only to people who have no other."""
    return () if lane is Lane.URGENT else COSTLY


def order_of(lane: str) -> int:
    """0 for the most urgent lane."""
    return tuple(Lane).index(Lane(lane))
