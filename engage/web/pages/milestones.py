"""`/milestones`: where each programme stands, what comes next and what was reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from engage.domain import milestones, wording
from engage.domain.milestones import Progress
from engage.feeds.words import ordinal
from engage.web.site import PUBLIC, render, site_of
from engage.web.views import Card, card
from engage.work.pages import Shown, Standing


@dataclass(frozen=True, kw_only=True)
class Reached:
    """A milestone that was passed; *on* is empty where only its passing is known."""

    number: str
    on: str
    entry_id: str | None
    title: str


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


def show(request: Request) -> Response:
    site = site_of(request)
    stages = [_stage(standing, site.shown, site.app.now) for standing in site.shown.standings]
    return render(request, "milestones.html", cache=PUBLIC, stages=stages)


def _stage(standing: Standing, shown: Shown, now: datetime) -> Stage:
    calendar, programme = standing.calendar, standing.calendar.programme
    assert programme is not None
    entries = [r.entry for r in shown.in_order if r.entry.calendar_id == calendar.id]
    now_at = milestones.progress(programme, entries, held=standing.held, now=now)
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
        ahead=sum(milestones.is_countable(entry, programme) and entry.ends_at > now for entry in entries),
        reached=_reached(standing, shown),
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
