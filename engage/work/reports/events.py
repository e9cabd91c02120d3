"""Events and campaigns in sentences: what is told at length, and what in a line."""

from __future__ import annotations

from engage.domain import matters, wording
from engage.domain.calendars import Entry, Kind
from engage.domain.feeds import last_day
from engage.domain.matters import Matter
from engage.work.reports.document import Paragraph, Section
from engage.work.reports.gathering import Gathered
from engage.work.reports.phrases import begins, ended, line, many
from engage.work.words import where


def matter(one: Matter, found: Gathered) -> Section:
    """A campaign with what took place in it, or one event."""
    told = tuple(_told(entry, found) for entry in (one.head, *one.inside))
    return Section(heading=f"{line(one.head.title)} \N{EN DASH} {matters.days(one.head)}", paragraphs=told)


def others(found: Gathered) -> list[Section]:
    """What is told of in a line each, if there is any."""
    told = tuple(Paragraph(text=ended(f"{matters.days(e)}: {line(e.title)}")) for e in found.told.others)
    return [Section(heading="Other events and campaigns", paragraphs=told)] if told else []


def _told(entry: Entry, found: Gathered) -> Paragraph:
    facts = [_campaign(entry, found) if entry.kind is Kind.CAMPAIGN else _event(entry, found)]
    if entry.attendance is not None:
        facts.append(f"{begins(many(entry.attendance, 'person', 'people'))} came.")
    return Paragraph(text=" ".join([*facts, line(entry.note or "")]).strip())


def _campaign(entry: Entry, found: Gathered) -> str:
    verb = "ran" if entry.ends_at <= found.now else "runs"
    title = f"\N{LEFT DOUBLE QUOTATION MARK}{line(entry.title)}\N{RIGHT DOUBLE QUOTATION MARK}"
    return f"The campaign {title} {verb} {_when(entry)}."


def _event(entry: Entry, found: Gathered) -> str:
    place = where(entry, found.office).partition(",")[0]
    at = f" at {place}" if entry.venue else f" {place.lower()}" if place else ""
    planned = "" if entry.ends_at <= found.now else " (planned)"
    return ended(f"{begins(_when(entry))}{at}{planned}: {line(entry.title)}")


def _when(entry: Entry) -> str:
    first, last = matters.first_day(entry), last_day(entry)
    return f"on {wording.day(first)}" if first == last else f"from {wording.day(first)} to {wording.day(last)}"
