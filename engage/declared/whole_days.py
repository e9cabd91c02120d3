"""A campaign or a deadline -> its entry, which lasts whole days of the calendar's zone. Meetings are in entries."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterator
from datetime import date, timedelta

from engage.declared.entries import Setting, moment, once, reminders_of
from engage.declared.models import CampaignTable, DeadlineTable
from engage.declared.tables import Row
from engage.domain import clock
from engage.domain.calendars import Entry, Kind, Status
from engage.domain.series import horizon

LONGEST_CAMPAIGN = 366  # days


def campaign(setting: Setting, row: Row[CampaignTable], today: date) -> Iterator[Entry]:
    """A campaign, or each year's of one that returns; one that begins on 29 February returns in leap years."""
    table, where = row.table, row.where
    last = table.to or table.first
    if last < table.first:
        setting.findings.problem(where.at("to"), "end-before-start", "`to` must not be before `from`.")
    elif last - table.first >= timedelta(days=LONGEST_CAMPAIGN - (table.every is not None)):
        setting.findings.problem(where.at("to"), "too-long", "A campaign takes at most a year.")
    elif table.until is not None and table.until < table.first:
        setting.findings.problem(where.at("until"), "end-before-start", "`until` must not be before `from`.")
    elif table.every is None:
        yield _whole_days(setting, table, table.id, table.title, table.first, last)
    else:
        end_of_rule = min(horizon(today), table.until or date.max)
        for first, to in _years(table.first, last, end_of_rule):
            yield _whole_days(setting, table, f"{table.id}-{first.year}", table.title, first, to, rule=table.id)


def _years(first: date, last: date, until: date) -> Iterator[tuple[date, date]]:
    """The same days in every year; the last day of February stays the last one."""
    for year in range(first.year, until.year + 1):
        if (first.month, first.day) == (2, 29) and not isleap(year):
            continue
        begins, ends_in = first.replace(year=year), last.year - first.year + year
        to = (
            date(ends_in, 2, 28)
            if (last.month, last.day) == (2, 29) and not isleap(ends_in)
            else last.replace(year=ends_in)
        )
        if begins <= until:
            yield begins, to


def deadline(setting: Setting, row: Row[DeadlineTable]) -> Entry | None:
    """The whole closing day, with the hour in the title: no calendar app shows a moment without a length well."""
    table = row.table
    if moment(setting, table.closes, row.where.at("closes")) is None:
        return None
    hour = f"{table.closes:%H:%M}"
    says_so = table.title.lower().rstrip(" .:").endswith((" close", " closes"))
    title = f"{table.title.rstrip(' .:')} {hour}" if says_so else f"{table.title} closes {hour}"
    day = table.closes.date()
    return _whole_days(setting, table, table.id, title, day, day)


def _whole_days(
    setting: Setting,
    table: CampaignTable | DeadlineTable,
    entry_id: str,
    title: str,
    first: date,
    last: date,
    *,
    rule: str | None = None,
) -> Entry:
    return Entry(
        id=entry_id,
        calendar_id=setting.calendar_id,
        kind=Kind.DEADLINE if isinstance(table, DeadlineTable) else Kind.CAMPAIGN,
        title=title,
        starts_at=clock.midnight(first, setting.zone),
        ends_at=clock.midnight(last + timedelta(days=1), setting.zone),
        first_day=first,
        last_day=last,
        timezone=setting.timezone,
        areas=once(table.areas) or (setting.known.root,),
        status=Status(table.status),
        topics=once((*setting.topics, *table.topics)),
        reason=table.reason,
        note=table.note,
        url=table.url,
        contact=table.contact,
        reminders=reminders_of(setting, table),
        rule=rule,
    )
