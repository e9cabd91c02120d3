"""The annual report: the year in figures, in charts and month by month."""

from __future__ import annotations

from collections.abc import Iterator

from engage.domain import coverage, matters, wording
from engage.domain.feeds import last_day
from engage.domain.figures import Figure
from engage.domain.periods import Period
from engage.feeds.words import ordinal
from engage.work.charts import Chart, chart
from engage.work.reports.answering import concerns, reach
from engage.work.reports.counting import meetings
from engage.work.reports.document import Document, Paragraph, References, Section, document
from engage.work.reports.gathering import Gathered, Programme
from engage.work.reports.phrases import begins, line, many


def annual(found: Gathered) -> Document:
    refs = References(found.figures, found.office)
    return document(
        found,
        refs,
        kind="annual",
        title=f"Annual Report {_years(found.period)}",
        to="",
        day=found.period.words,
        sections=(
            _headlines(found),
            *_charts(found),
            _timeline(found),
            *(meetings(programme, found, refs) for programme in found.programmes),
            concerns(found, refs),
            reach(found, refs),
        ),
    )


def _years(period: Period) -> str:
    """`2018/19` for a financial year, `2018` for a calendar year, else the years it touches."""
    first, last = period.first, period.last
    if first.year == last.year:
        return str(first.year)
    return f"{first.year}/{last.year % 100:02}" if period.is_year else f"{first.year} to {last.year}"


def _headlines(found: Gathered) -> Section:
    text = f"What was counted from {found.period.words}. The tables at the end hold every row behind a figure."
    return Section(heading="The year in figures", paragraphs=(Paragraph(text=text),), counts=True)


def _charts(found: Gathered) -> list[Section]:
    drawn = [one for programme in found.programmes for one in _of_programme(programme, found)]
    joined = {row.id: row.n for row in found.by_key["people.joined"].rows}
    if joined and found.begun:
        months = [month for month in found.period.months() if month.last >= found.begun]
        rows = [(month.name, joined.get(month.first.isoformat()[:7], 0), _is_over(month, found)) for month in months]
        drawn.append(chart("joined", "People who joined, by month", "Month", rows, counted="Subscribers"))
    made = tuple(one for one in drawn if one)
    text = "Each bar says its number. A meeting for two areas counts in both."
    return [Section(heading="The year in charts", paragraphs=(Paragraph(text=text),), charts=made)] if made else []


def _of_programme(programme: Programme, found: Gathered) -> Iterator[Chart | None]:
    """Meetings by month and by area, where any was held."""
    held, office, name = programme.met.held, found.office, programme.calendar.id
    if not programme.is_known or not held:
        return
    title = line(programme.calendar.name)
    months = [
        (month.name, sum(month.holds(last_day(entry)) for entry in held), _is_over(month, found))
        for month in found.period.months()
    ]
    yield chart(f"{name}-months", f"{title}: meetings by month", "Month", months)
    areas = coverage.by_area(held, office)
    whole = f"{office.root.name} as a whole"
    named = {area: whole if area == office.root.id else office.names_of_areas((area,))[0] for area in areas}
    if len(areas) > 1:
        rows = [(line(named[area]), n, True) for area, n in areas.items()]
        yield chart(f"{name}-areas", f"{title}: meetings by area", "Area", rows)


def _timeline(found: Gathered) -> Section:
    """Every month of the period; one of which nothing is known says so."""
    told = tuple(
        Paragraph(text=month.name, bullets=tuple(_of_month(month, found)) or ("Nothing is on record.",))
        for month in found.period.months()
    )
    return Section(heading="Timeline", paragraphs=told)


def _of_month(month: Period, found: Gathered) -> Iterator[str]:
    told = [entry for one in found.told.matters for entry in (one.head, *one.inside)]
    here = [e for e in (*told, *found.told.others) if month.holds(max(matters.first_day(e), found.period.first))]
    for entry in sorted(here, key=lambda e: (matters.first_day(e), e.id)):
        yield f"{matters.days(entry)}: {line(entry.title)}"
    for programme in found.programmes:
        yield from _met(month, programme)
    yield from _counted(month, found.by_key["alerts.issued"], "alert", "issued")
    yield from _counted(month, found.by_key["concerns.answered"], "concern", "answered")


def _met(month: Period, programme: Programme) -> Iterator[str]:
    name = line(programme.calendar.name)
    n = sum(month.holds(last_day(entry)) for entry in programme.met.held)
    if n and programme.is_known:
        yield f"{begins(many(n, 'community meeting'))} held: {name}"
    for number, entry in programme.reached.items():
        if month.holds(last_day(entry)):
            yield f"{wording.date_of(last_day(entry))}: the {ordinal(number)} meeting of {name}"


def _counted(month: Period, figure: Figure, noun: str, verb: str) -> Iterator[str]:
    n = sum(row.day is not None and month.holds(row.day) for row in figure.rows)
    if n:
        yield f"{begins(many(n, noun))} {verb}"


def _is_over(month: Period, found: Gathered) -> bool:
    """Whether its number cannot grow any more."""
    return month.last < found.today
