"""The forms in which a report is handed over, one function each, in FORMS. Templates lay it out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from engage.domain.figures import Figure
from engage.feeds.tables import as_csv
from engage.prose import literal
from engage.rendering import cleaned
from engage.work.kit import Kit
from engage.work.reports.document import HEAD, Document
from engage.work.reports.gathering import Gathered
from engage.work.typesetting import typeset

COLUMNS = ("part", "figure", "what", "value", "row", "day", "areas", "note")
CHART = (
    "text {{ font: 16px Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif; fill: #0b0c0c }} "
    ".value {{ font-weight: bold }} .track {{ fill: #d6d8da }} .done {{ fill: {colour} }} "
    ".going {{ fill: #fff; stroke: {colour}; stroke-width: 2; stroke-dasharray: 6 3 }}"
)


def markdown(kit: Kit, found: Gathered, report: Document) -> bytes:
    """To be edited in any editor, or pasted into one."""
    return _rendered(kit, found, report, "reports/report.md.txt")


def html(kit: Kit, found: Gathered, report: Document) -> bytes:
    """A page that needs nothing else."""
    return _rendered(kit, found, report, "reports/report.html")


def csv(_kit: Kit, found: Gathered, _report: Document) -> bytes:
    """A line for each figure, and behind it a line for each row that it counts: the rows add up to it."""
    return as_csv(COLUMNS, (record for figure in found.figures for record in _records(figure)))


def pdf(kit: Kit, found: Gathered, report: Document) -> bytes:
    """What HTML shows, on A4. Raises NotNow without typst."""
    style = CHART.format(colour=found.office.colour)
    facts = _facts(found, report)
    for section in facts["sections"]:
        for chart in section["charts"]:
            chart["picture"] = kit.templates.render_page("reports/chart.html", chart=chart, style=style)
    return typeset(kit.templates, "reports/report.typ", facts)


FORMS: Mapping[str, Callable[[Kit, Gathered, Document], bytes]] = {
    "md": markdown,
    "html": html,
    "csv": csv,
    "pdf": pdf,
}


def _rendered(kit: Kit, found: Gathered, report: Document, name: str) -> bytes:
    facts = {**_facts(found, report), "literal": literal, "chart_style": CHART.format(colour=found.office.colour)}
    return kit.templates.render_page(name, **facts).strip().encode() + b"\n"


def _facts(found: Gathered, report: Document) -> dict[str, Any]:
    facts = {**asdict(report), "office": found.office.short_name, "colour": found.office.colour, "columns": HEAD}
    return {key: cleaned(value) for key, value in facts.items()}


def _records(figure: Figure) -> Iterator[dict[str, Any]]:
    empty = dict.fromkeys(COLUMNS)
    value = None if figure.unknown else figure.value
    yield {**empty, "part": "figure", "figure": figure.key, "what": figure.what, "value": value, "note": figure.unknown}
    for row in figure.rows:
        yield {
            **empty,
            "part": "row",
            "figure": figure.key,
            "what": row.what,
            "value": row.n,
            "row": row.id,
            "day": row.day and row.day.isoformat(),
            "areas": list(row.areas),
            "note": row.note,
        }
