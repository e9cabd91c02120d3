"""`/milestones`: where each programme stands, what comes next, what was reached, where it met and where it did not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from engage.domain import coverage, milestones, wording
from engage.domain.calendars import Entry, Office
from engage.domain.coverage import Missed
from engage.domain.milestones import Progress
from engage.feeds.words import ordinal
from engage.web.site import PUBLIC, render, site_of
from engage.web.views import Card, card
from engage.work.charts import Chart, chart
from engage.work.pages import Shown, Standing


@dataclass(frozen=True, kw_only=True)
class Reached:
    """A milestone that was passed; *on* is empty where only its passing is known."""

    number: str
    on: str
    entry_id: str | None
    title: str


@dataclass(frozen=True, kw_only=True)
class Lately:
    """An area that waits for a meeting; *last* and *following* are days in words, empty where there is none."""

    area_id: str
    name: str
    last: str
    following: str
    following_id: str


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A programme as the page shows it. The bar runs from *begun*, the last milestone or the opening, to *goal*."""

    name: str
    description: str
    path: str
    count: int
    opening_count: int
    opening_on: str
    begun: int
    goal: int | None
    goal_words: str
    remaining: int | None
    percent: int
    projected: Card | None
    ahead: int
    reached: tuple[Reached, ...]
    charts: tuple[Chart, ...]
    missed: tuple[Lately, ...]


def show(request: Request) -> Response:
    site = site_of(request)
    stages = [
        _stage(standing, site.shown, site.app.now, number) for number, standing in enumerate(site.shown.standings, 1)
    ]
    return render(request, "milestones.html", cache=PUBLIC, stages=stages)


def _stage(standing: Standing, shown: Shown, now: datetime, number: int) -> Stage:
    calendar, programme = standing.calendar, standing.calendar.programme
    assert programme is not None
    entries = (r.entry for r in shown.in_order if r.entry.calendar_id == calendar.id)
    line = milestones.line(programme, entries, now)
    now_at = milestones.progress(programme, line, held=standing.held)
    begun = _begun(standing, now_at)
    span = (now_at.next_number or now_at.count) - begun
    projected = now_at.projected
    return Stage(
        name=calendar.name,
        description=calendar.description,
        path=calendar.id,
        count=now_at.count,
        opening_count=programme.opening_count,
        opening_on=wording.day(programme.opening_on),
        begun=begun,
        goal=now_at.next_number,
        goal_words=ordinal(now_at.next_number) if now_at.next_number else "",
        remaining=now_at.remaining,
        percent=round(100 * (now_at.count - begun) / span) if span else 100,
        projected=card(shown.revisions[projected.id], shown.office, now) if projected else None,
        ahead=len(line.ahead),
        reached=_reached(standing, shown),
        charts=_charts(line.held, shown.office, now, number),
        missed=tuple(_lately(one) for one in coverage.missed(line, shown.office, now)),
    )


def _charts(met: Sequence[Entry], office: Office, now: datetime, number: int) -> tuple[Chart, ...]:
    """By year and by area; an office of one area needs no second one."""
    today = now.astimezone(office.zone).date()
    years = [(str(year), count, year < today.year) for year, count in coverage.by_year(met, today).items()]
    counted = coverage.by_area(met, office)
    whole = f"{office.root.name} as a whole"
    names = {area_id: whole if area_id == office.root.id else office.area_by_id[area_id].name for area_id in counted}
    areas = [(names[area_id], count, True) for area_id, count in counted.items()]
    found = (
        chart(f"years{number}", "Meetings per year", "Year", years),
        chart(f"areas{number}", "Meetings per area", "Area", areas if met and len(areas) > 1 else ()),
    )
    return tuple(one for one in found if one)


def _lately(one: Missed) -> Lately:
    return Lately(
        area_id=one.area.id,
        name=one.area.name,
        last=wording.day(one.last.ends_local) if one.last else "",
        following=wording.day(one.following.starts_local) if one.following else "",
        following_id=one.following.id if one.following else "",
    )


def _begun(standing: Standing, progress: Progress) -> int:
    """The milestone before the next one, whether it was counted here or before the opening."""
    programme = standing.calendar.programme
    assert programme is not None
    passed = [number for number in programme.also if number <= progress.count]
    if programme.every:
        passed.append(progress.count // programme.every * programme.every)
    return max(passed, default=0)


def _reached(standing: Standing, shown: Shown) -> tuple[Reached, ...]:
    """Newest first."""
    found = []
    for milestone in sorted(standing.milestones, key=lambda m: m.number, reverse=True):
        if milestone.reached:
            revision = shown.revisions.get(milestone.entry_id or "")
            on = wording.day(revision.entry.ends_local) if revision else ""
            title = revision.entry.title if revision else ""
            number = ordinal(milestone.number)
            found.append(Reached(number=number, on=on, entry_id=milestone.entry_id, title=title))
    return tuple(found)
