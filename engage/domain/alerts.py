"""What staff issue about something now. Writing one down as a file is in declared; telling it is in notices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from engage.domain.calendars import Office
from engage.domain.notices import Lane


class Severity(StrEnum):
    """CAP severity Minor, Moderate, Severe."""

    ADVICE = "advice"
    WARNING = "warning"
    URGENT = "urgent"

    @property
    def lane(self) -> Lane:
        return {self.ADVICE: Lane.BULK, self.WARNING: Lane.NORMAL, self.URGENT: Lane.URGENT}[self]


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One version of an alert. *text* is Markdown; moments are UTC; empty areas mean the whole force."""

    id: str
    title: str
    text: str
    kind: str = "alert"
    areas: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    must: tuple[str, ...] = ()
    severity: Severity = Severity.WARNING
    starts: datetime | None = None
    expires: datetime
    send_at: datetime | None = None
    channels: tuple[str, ...] = ()
    sender: str | None = None


class Aimed(Protocol):
    """What goes to areas and topics; none of them means all."""

    @property
    def areas(self) -> tuple[str, ...]: ...
    @property
    def topics(self) -> tuple[str, ...]: ...


def may_meet(office: Office, one: Aimed, other: Aimed) -> bool:
    """Whether somebody may be told of both: an area of one is, covers or lies within one of the other's."""
    near = office.near(one.areas or (office.root.id,))
    topics_meet = not one.topics or not other.topics or not set(one.topics).isdisjoint(other.topics)
    return topics_meet and not near.isdisjoint(other.areas or (office.root.id,))


class Issue(NamedTuple):
    """One version of an alert, and when it went out."""

    version: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class PublicAlert:
    """The version of an alert that holds for the public. *before* tells of those that it replaces, oldest first."""

    alert: Alert
    version: int
    issued_at: datetime
    withdrawn: bool
    before: tuple[Issue, ...] = ()

    @property
    def heard_at(self) -> datetime:
        """When the public got this version: as it was issued, or at the later hour that a new alert names."""
        at = self.alert.send_at
        return self.issued_at if at is None or self.before else max(self.issued_at, at)

    @property
    def first_at(self) -> datetime:
        """When the public first heard of it."""
        return self.before[0].at if self.before else self.heard_at

    def is_out(self, now: datetime) -> bool:
        """Whether its hour has come. A correction is out at once, and what was withdrawn before its hour never is."""
        earlier = len(self.before) - 1 if self.withdrawn else len(self.before)
        at = self.alert.send_at
        return earlier > 0 or at is None or at <= (self.issued_at if self.withdrawn else now)

    def is_current(self, now: datetime) -> bool:
        return not self.withdrawn and self.alert.expires > now
