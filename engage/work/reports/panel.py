"""The update for the panel, in the form of those that commissioners write: purpose, then numbered sections."""

from __future__ import annotations

from collections.abc import Iterator

from engage.domain import wording
from engage.work.reports.answering import concerns, reach
from engage.work.reports.counting import meetings
from engage.work.reports.document import Document, Paragraph, References, Section, document
from engage.work.reports.events import matter, others
from engage.work.reports.gathering import Gathered
from engage.work.reports.phrases import line, many


def panel(found: Gathered) -> Document:
    """The update, dated with the last day of its period."""
    refs, words = References(found.figures, found.office), found.office.reports
    sections = (*_matters(found), *others(found), *_sections(found, refs))
    commissioner = words.by.rsplit(maxsplit=1)[-1]
    return document(
        found,
        refs,
        kind="panel",
        title=f"{commissioner}\N{RIGHT SINGLE QUOTATION MARK}s Update",
        to=f"Report of the {line(words.by)} to the {line(words.to)}",
        day=wording.date_of(found.period.last),
        sections=(_purpose(found, refs, sections), *sections),
    )


def _purpose(found: Gathered, refs: References, sections: tuple[Section, ...]) -> Section:
    first, last = wording.date_of(found.period.first), wording.date_of(found.period.last)
    text = (
        "The purpose of this report is to provide Members with an update in relation to key matters "
        f"between {first} and {last}, including:"
    )
    events = found.by_key["events"]
    number = many(events.value, "event, campaign or closing date", "events, campaigns and closing dates")
    listed = Paragraph(text=f"In all it tells of {number} of the period{refs.to(events.key)}.")
    named = Paragraph(text=text, bullets=tuple(section.heading for section in sections))
    return Section(heading="Purpose of Report", paragraphs=(named, listed))


def _matters(found: Gathered) -> Iterator[Section]:
    return (matter(one, found) for one in found.told.matters)


def _sections(found: Gathered, refs: References) -> Iterator[Section]:
    yield from (meetings(programme, found, refs) for programme in found.programmes)
    yield concerns(found, refs)
    yield reach(found, refs)
