"""One page for whoever goes to a meeting: what was raised there, told there and who came before. Counts, no persons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from engage.domain import concerns, wording
from engage.domain.alerts import PublicAlert
from engage.domain.calendars import Entry, Kind, Office, Status, Tip
from engage.domain.concerns import Raised
from engage.domain.problems import did_you_mean
from engage.domain.tips import season_of
from engage.errors import NotFound
from engage.prose import literal, to_html
from engage.store.audience import Asked
from engage.store.unit import Unit
from engage.work.kit import Kit, office_of
from engage.work.pages import public_alerts
from engage.work.words import access_lines, where

CONCERNS, MEETINGS, ALERTS, TIPS = 10, 6, 8, 5  # what one page holds


@dataclass(frozen=True, kw_only=True)
class Brief:
    """What is known before a meeting. *visits* are the earlier meetings there, newest first; *followers* would be told
    of a change to this one.
    """

    entry: Entry
    office: Office
    at: datetime
    visits: tuple[Entry, ...]
    open: tuple[Raised, ...]
    answered: tuple[Raised, ...]
    alerts: tuple[PublicAlert, ...]
    tips: tuple[tuple[Tip, int], ...]
    followers: int

    @property
    def last_visit(self) -> Entry | None:
        return self.visits[0] if self.visits else None


def gather(kit: Kit, meeting_id: str) -> Brief:
    """Read everything about a meeting's area and venue. Raises NotFound."""
    with kit.reading() as unit:
        office = office_of(unit)
        entries = [revision.entry for revision in kit.shelf.refresh(unit).revisions.values()]
        entry = _meeting(entries, meeting_id)
        visits = _visits(entry, entries, office)
        since = visits[0].ends_at if visits else None
        heard = concerns.before(entry, concerns.raised(entries), office)
        return Brief(
            entry=entry,
            office=office,
            at=unit.now,
            visits=visits,
            open=tuple(one for one in heard if one.is_open),
            answered=tuple(one for one in heard if not one.is_open and (since is None or one.day >= since.date())),
            alerts=_alerts(unit, entry, office, since),
            tips=_tips(unit, entry, office),
            followers=_followers(unit, entry, office),
        )


def _meeting(entries: Iterable[Entry], meeting_id: str) -> Entry:
    meetings = {entry.id: entry for entry in entries if entry.kind is Kind.MEETING}
    if meeting_id not in meetings:
        hint = did_you_mean(meeting_id, meetings) or " See: engage meeting list"
        raise NotFound(f'There is no meeting "{meeting_id}" in the published schedule.{hint}')
    return meetings[meeting_id]


def _visits(entry: Entry, entries: Iterable[Entry], office: Office) -> tuple[Entry, ...]:
    """Meetings that took place before, at the same venue or within the same areas, newest first."""
    inside = office.inside(entry.areas)
    found = [
        other
        for other in entries
        if other.kind is Kind.MEETING
        and other.status is Status.CONFIRMED
        and other.ends_at <= entry.starts_at
        and ((entry.venue is not None and other.venue == entry.venue) or not inside.isdisjoint(other.areas))
    ]
    return tuple(sorted(found, key=lambda other: other.starts_at, reverse=True))


def _alerts(unit: Unit, entry: Entry, office: Office, since: datetime | None) -> tuple[PublicAlert, ...]:
    near = office.near(entry.areas)
    return tuple(
        one
        for one in public_alerts(unit)
        if not one.withdrawn
        and one.is_out(unit.now)
        and (since is None or one.heard_at > since)
        and not near.isdisjoint(one.alert.areas or (office.root.id,))
    )


def _tips(unit: Unit, entry: Entry, office: Office) -> tuple[tuple[Tip, int], ...]:
    """Which tips people who live there have had this season, most often first."""
    today = unit.now.astimezone(office.zone).date()
    had = unit.audience.tips_had(office.inside(entry.areas), season_of(today))
    found = [(tip, had[tip.id]) for tip in office.tips if tip.id in had]
    return tuple(sorted(found, key=lambda pair: -pair[1]))


def _followers(unit: Unit, entry: Entry, office: Office) -> int:
    asked = Asked(kind="meetings", near=office.near(entry.areas), topics=entry.topics, at=unit.now)
    return unit.audience.people([asked])


# --- in words -------------------------------------------------------------------------------------------------------


def as_markdown(brief: Brief) -> str:
    """The page; every section is there, so that nothing left out is taken for nothing known."""
    return "\n".join(_lines(brief)).strip() + "\n"


def as_html(kit: Kit, brief: Brief) -> str:
    """The same as a page to print, which needs nothing else."""
    _, _, body = as_markdown(brief).partition("\n")
    facts = {"title": brief.entry.title, "office": brief.office, "body": to_html(body)}
    return kit.templates.render_page("reports/brief.html", **facts) + "\n"


def _lines(brief: Brief) -> Iterator[str]:
    entry, office = brief.entry, brief.office
    yield f"# {literal(entry.title)}\n"
    yield f"**{wording.span(entry.starts_local, entry.ends_local)}**\n"
    yield from (f"{literal(line)}\n" for line in (where(entry, office), *access_lines(entry, office)) if line)
    follow = "person follows" if brief.followers == 1 else "people follow"
    yield f"{brief.followers:,} {follow} meetings here.\n"
    yield from _section("Open concerns", [_concern(one, office) for one in brief.open], CONCERNS, "None is open.")
    answered = [f"{_concern(one, office)} **{literal(one.concern.outcome or '')}**" for one in brief.answered]
    yield from _section("What came of concerns since the last visit", answered, CONCERNS, "Nothing new.")
    visits = [_visit(visit, office) for visit in brief.visits]
    yield from _section("Who came before", visits, MEETINGS, "This is the first meeting here.")
    since = wording.day(brief.last_visit.starts_local.date()) if brief.last_visit else None
    alerts = [_alert(one, office) for one in brief.alerts]
    yield from _section(f"Alerts since {since}" if since else "Alerts so far", alerts, ALERTS, "None.")
    tips = [f"{literal(tip.title)}: {n:,} {'person' if n == 1 else 'people'}" for tip, n in brief.tips]
    yield from _section("Tips that people here have had this season", tips, TIPS, "None yet.")
    yield f"*{literal(office.short_name)}, {wording.moment(brief.at.astimezone(office.zone))}*"


def _section(heading: str, lines: list[str], most: int, nothing: str) -> Iterator[str]:
    yield f"## {heading}\n"
    yield from (f"- {line}" for line in lines[:most])
    if len(lines) > most:
        yield f"- and {len(lines) - most} more"
    if not lines:
        yield nothing
    yield ""


def _concern(one: Raised, office: Office) -> str:
    topic = f" ({literal(office.names_of_topics([one.concern.topic])[0])})" if one.concern.topic else ""
    return f"{wording.short_day(one.entry.starts_local.date())}: {literal(one.concern.raised)}{topic}"


def _visit(visit: Entry, office: Office) -> str:
    came = "nobody counted" if visit.attendance is None else f"{visit.attendance:,} came"
    place = where(visit, office).partition(",")[0]
    return f"{wording.day(visit.starts_local.date())}, {literal(place or visit.title)}: {came}"


def _alert(one: PublicAlert, office: Office) -> str:
    day = wording.short_day(one.heard_at.astimezone(office.zone).date())
    return f"{day}: {literal(one.alert.title)} ({one.alert.severity})"
