"""A meeting of a calendar file -> its entry: times in UTC, areas and topics resolved. Series are in expansion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from engage.declared.findings import Findings, Where
from engage.declared.ids import stem
from engage.declared.models import (
    CalendarTable,
    EntryTable,
    GatheringTable,
    MeetingTable,
    ProgrammeTable,
)
from engage.declared.references import Known
from engage.declared.tables import File, Row
from engage.declared.times import LONGEST
from engage.domain import clock, wording
from engage.domain.calendars import Concern, Entry, Kind, Link, Reminder, Status

DEFAULT_LENGTH = timedelta(hours=2)
Placed = tuple[Entry, Where]  # an entry and the table that says it


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a file says for all its entries."""

    calendar_id: str
    timezone: str
    topics: tuple[str, ...]
    reminders: tuple[Reminder, ...]
    length: timedelta
    is_programme: bool
    known: Known
    findings: Findings

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def setting_of(file: File, timezone: str, known: Known, findings: Findings) -> Setting:
    """A file whose [calendar] cannot be read still has its entries checked, with the office's zone."""
    row = file.one(CalendarTable)
    table = row.table if row else CalendarTable(name=file.name)
    return Setting(
        calendar_id=table.id or stem(file.name),
        timezone=table.timezone or timezone,
        topics=tuple(table.topics),
        reminders=tuple(table.reminders),
        length=table.duration or DEFAULT_LENGTH,
        is_programme=file.one(ProgrammeTable) is not None,
        known=known,
        findings=findings,
    )


def meeting(setting: Setting, row: Row[MeetingTable]) -> Entry | None:
    """A single meeting; None after reporting why not."""
    table = row.table
    if missing := [key for key in ("id", "title", "starts") if getattr(table, key) is None]:
        for key in missing:
            if key not in row.meant:
                setting.findings.problem(row.where, "missing", f"[[meeting]] has no `{key}`.")
        return None
    assert table.id is not None
    assert table.title is not None
    assert table.starts is not None
    starts_at = moment(setting, table.starts, row.where.at("starts"))
    if starts_at is None:
        return None
    ends_at = end(setting, row, starts_at, setting.length)
    if ends_at is None:
        return None
    return gathering(setting, table, entry_id=table.id, starts_at=starts_at, ends_at=ends_at, single=table)


def moment(setting: Setting, wall: datetime, where: Where, *, warns: bool = True) -> datetime | None:
    """UTC of a wall time; reports one that no clock shows and warns of one that clocks show twice."""
    zone = setting.zone
    found = clock.to_utc(wall, zone)
    if found is None:
        message = f"There is no {_shown(wall)}: the clocks go forward over it. Write another time."
        setting.findings.problem(where, "time-does-not-exist", message)
    elif warns and clock.is_ambiguous(wall, zone):
        message = f"{_shown(wall)} happens twice, because the clocks go back. The first is meant: {found:%H:%M} UTC."
        setting.findings.warning(where, "time-happens-twice", message)
    return found


def _shown(wall: datetime) -> str:
    return f"{wall:%H:%M} on {wording.day(wall)}"


def end(setting: Setting, row: Row[MeetingTable], starts_at: datetime, length: timedelta) -> datetime | None:
    """The end a meeting says, as wall time or as elapsed time from its start; else after *length*."""
    table, where = row.table, row.where.at("ends")
    if table.ends is None:
        return starts_at + (table.duration or length)
    if table.duration is not None:
        setting.findings.problem(where, "two-ends", "`ends` and `duration` say the same thing. Keep one of them.")
        return None
    ends_at = moment(setting, table.ends, where)
    if ends_at is None:
        return None
    if ends_at <= starts_at:
        swapped = " Are the two swapped?" if ends_at < starts_at else ""
        setting.findings.problem(where, "end-before-start", f"`ends` must be after the start.{swapped}")
        return None
    if ends_at - starts_at > LONGEST:
        setting.findings.problem(where, "too-long", f"A meeting takes at most {LONGEST.days} days.")
        return None
    return ends_at


def gathering(
    setting: Setting,
    table: GatheringTable,
    *,
    entry_id: str,
    starts_at: datetime,
    ends_at: datetime,
    rule: str | None = None,
    single: MeetingTable | None = None,
) -> Entry:
    """A meeting, or one of a series; *single* holds what only one date can have."""
    area = setting.known.venues.get(table.venue) if table.venue else None
    return Entry(
        id=entry_id,
        calendar_id=setting.calendar_id,
        kind=Kind.MEETING,
        title=table.title or "",
        starts_at=starts_at,
        ends_at=ends_at,
        timezone=setting.timezone,
        areas=once(table.areas) or (area or setting.known.root,),
        status=Status(table.status),
        venue=table.venue,
        topics=once((*setting.topics, *table.topics)),
        online=table.online,
        reason=table.reason,
        note=table.note,
        attending=tuple(table.attending),
        contact=table.contact,
        counts=setting.is_programme and table.counts,
        reminders=reminders_of(setting, table),
        attendance=single.attendance if single else None,
        minutes=single.minutes if single else None,
        papers=tuple(Link(title=paper.title, url=paper.url) for paper in single.papers) if single else (),
        concerns=tuple(Concern(**concern.model_dump()) for concern in single.concerns) if single else (),
        rule=rule,
    )


def reminders_of(setting: Setting, table: EntryTable) -> tuple[Reminder, ...]:
    """Its own, else the calendar's."""
    return setting.reminders if table.reminders is None else tuple(table.reminders)


def once(names: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Each name once, in the order in which it was first said."""
    return tuple(dict.fromkeys(names))
