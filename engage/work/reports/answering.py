"""Concerns, alerts and the people there are to tell, in sentences. Nothing in them is about one person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from engage.domain import wording
from engage.domain.calendars import Office
from engage.domain.figures import Figure
from engage.work.reports.document import Paragraph, References, Section
from engage.work.reports.gathering import Gathered
from engage.work.reports.phrases import begins, ended, line, many, were


def concerns(found: Gathered, refs: References) -> Section:
    """What residents raised at meetings, and what came of it."""
    raised = found.by_key["concerns.raised"]
    told = [Paragraph(text=raised.unknown)] if raised.unknown else _concerns(found, refs)
    return Section(heading="Concerns raised at meetings", paragraphs=tuple(told))


def _concerns(found: Gathered, refs: References) -> Iterator[Paragraph]:
    raised, answered, left = (found.by_key[f"concerns.{name}"] for name in ("raised", "answered", "open"))
    yield Paragraph(
        text=f"{were(raised.value, 'concern')} raised at meetings of the period{refs.to(raised.key)}. "
        f"{were(left.value, 'concern')} open at its end{refs.to(left.key)}."
    )
    if answered.rows:
        answers = tuple(f"{ended(line(row.what))} {ended(line(row.note))}" for row in answered.rows)
        yield Paragraph(
            text=f"Something came of {many(answered.value, 'concern')} in the period{refs.to(answered.key)}:",
            bullets=answers,
        )


def reach(found: Gathered, refs: References) -> Section:
    """Alerts, and how many people there were to tell."""
    unknown = found.by_key["alerts.issued"].unknown
    told: list[Paragraph] = []
    if unknown:
        told.append(Paragraph(text=f"{unknown} No figures are given for this period."))
    else:
        if found.begun and found.period.first < found.begun:
            text = f"Alerts, messages and subscribers are on record from {wording.date_of(found.begun)} on, not before."
            told.append(Paragraph(text=text))
        told += [*_alerts(found, refs), *_people(found, refs)]
    return Section(heading="Alerts and messages", paragraphs=tuple(told))


def _alerts(found: Gathered, refs: References) -> Iterator[Paragraph]:
    issued, told = found.by_key["alerts.issued"], found.by_key["alerts.told"]
    if not issued.rows:
        yield Paragraph(text="No alerts were issued in the period.")
        return
    by_severity = Counter(row.note for row in issued.rows)
    kinds = ", ".join(f"{by_severity[name]} {name}" for name in ("urgent", "warning", "advice") if by_severity[name])
    yield Paragraph(
        text=f"{were(issued.value, 'alert')} issued in the period{refs.to(issued.key)}, by severity: {kinds}. "
        f"Counting each person once for each alert, {many(told.value, 'person', 'people')} got one{refs.to(told.key)}. "
        "By area, an alert for two areas counting in both:",
        bullets=tuple(_by_area(issued, found.office)),
    )


def _by_area(issued: Figure, office: Office) -> Iterator[str]:
    counted = Counter(area for row in issued.rows for area in row.areas)
    for area, n in counted.most_common():
        yield f"{line(office.names_of_areas((area,))[0])}: {many(n, 'alert')}"


def _people(found: Gathered, refs: References) -> Iterator[Paragraph]:
    start, joined, left, end = (found.by_key[f"people.{name}"] for name in ("start", "joined", "left", "end"))
    kinds = f": {', '.join(f'{row.n:,} {row.what.lower()}' for row in end.rows)}" if end.rows else ""
    yield Paragraph(
        text=f"On {wording.date_of(found.until)} there were {many(end.value, 'subscriber')}{refs.to(end.key)}{kinds}. "
        f"{_change(start, end)}{begins(many(joined.value, 'person', 'people'))} joined{refs.to(joined.key)} and "
        f"{many(left.value, 'person', 'people')} left{refs.to(left.key)} in the period."
    )
    sent = found.by_key["messages.sent"]
    yield Paragraph(text=f"{were(sent.value, 'message')} sent in the period{refs.to(sent.key)}.")


def _change(start: Figure, end: Figure) -> str:
    """Nothing where it is not known how many there were before."""
    change = end.value - start.value
    if start.unknown:
        return ""
    return f"That is {abs(change):,} {'more' if change > 0 else 'fewer'} than before. " if change else "As before. "
