"""What a programme of meetings did, in sentences. Every number names the table of the rows that it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engage.domain import wording
from engage.domain.feeds import last_day
from engage.domain.figures import Figure
from engage.feeds.words import ordinal
from engage.work.reports.document import Paragraph, References, Section
from engage.work.reports.gathering import Gathered, Programme
from engage.work.reports.phrases import begins, line, many, were

Find = Callable[[str], Figure]


def meetings(programme: Programme, found: Gathered, refs: References) -> Section:
    """The section of one programme, which may say why nothing can be said."""

    def find(name: str) -> Figure:
        return found.by_key[f"{programme.calendar.id}.{name}"]

    heading = f"Community meetings: {line(programme.calendar.name)}"
    texts = (
        [*_how_often(find, refs), *_since(programme, found), *_who(find, refs), *_where(find, refs)]
        if programme.is_known
        else [f"{find('held').unknown} No figures are given for this period."]
    )
    texts += [*_milestones(programme, find, refs), *_ahead(programme, found)]
    return Section(heading=heading, paragraphs=tuple(Paragraph(text=text) for text in texts))


def _how_often(find: Find, refs: References) -> Iterator[str]:
    held, cancelled, not_held, planned = (find(name) for name in ("held", "cancelled", "not-held", "planned"))
    facts = [f"{were(held.value, 'community meeting')} held in the period{refs.to(held.key)}."]
    if cancelled.value:
        facts.append(f"{were(cancelled.value, 'meeting')} cancelled{refs.to(cancelled.key)}.")
    if not_held.value:
        facts.append(f"{begins(many(not_held.value, 'meeting'))} did not take place{refs.to(not_held.key)}.")
    if planned.value:
        are = "is" if planned.value == 1 else "are"
        facts.append(
            f"{begins(many(planned.value, 'meeting'))} {are} still to come in the period{refs.to(planned.key)}."
        )
    yield " ".join(facts)


def _since(programme: Programme, found: Gathered) -> Iterator[str]:
    """Where a count begins inside the period, its figures are not of the whole."""
    rules = programme.calendar.programme
    if rules and found.period.first <= rules.opening_on:
        yield (
            f"These figures are of the meetings after {wording.date_of(rules.opening_on)}. The {rules.opening_count:,} "
            "up to that day are on record as one number and not one by one."
        )


def _who(find: Find, refs: References) -> Iterator[str]:
    seats, came = find("counted"), find("attendance")
    people = begins(many(came.value, "person", "people"))
    if seats.value:
        at = many(seats.value, "meeting")
        yield f"{people} came to the {at} at which somebody counted{refs.to(came.key)}."
    elif find("held").value:
        yield "At none of them did anybody count the people who came."


def _where(find: Find, refs: References) -> Iterator[str]:
    visited, missed = find("visited"), find("missed")
    if find("held").value and visited.value + missed.value:
        none = f" None was held in the other {missed.value}{refs.to(missed.key)}." if missed.value else ""
        total = many(visited.value + missed.value, "area")
        yield f"Meetings were held in {visited.value} of {total}{refs.to(visited.key)}.{none}"


def _milestones(programme: Programme, find: Find, refs: References) -> Iterator[str]:
    for number, entry in programme.reached.items():
        on = wording.day(last_day(entry))
        yield f"The {ordinal(number)} meeting of the programme was held on {on}{refs.to(find('milestones').key)}."


def _ahead(programme: Programme, found: Gathered) -> Iterator[str]:
    """Where the programme stands on the day of writing."""
    ahead = programme.ahead
    if ahead is None or ahead.next_number is None:
        return
    on = f", expected on {wording.day(ahead.projected.starts_local.date())}" if ahead.projected else ""
    yield (
        f"By {wording.date_of(found.today)} the programme had held {many(ahead.count, 'meeting')}. "
        f"The next milestone is the {ordinal(ahead.next_number)}{on}."
    )
