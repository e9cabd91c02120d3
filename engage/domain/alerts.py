"""What staff issue about something now. Writing one down as a file is in declared; telling it is in notices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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
