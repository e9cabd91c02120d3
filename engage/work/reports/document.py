"""A report before it is Markdown, HTML, CSV or PDF: numbered sections, and a table of rows for each figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from engage.domain import wording
from engage.domain.calendars import Office
from engage.domain.figures import Figure, Row
from engage.work.charts import Chart
from engage.work.reports.gathering import Gathered
from engage.work.reports.phrases import line


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """It gets the number of its section and its own: 2.1."""

    text: str
    bullets: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Section:
    """*counts*: the headline figures stand here, as a table."""

    heading: str
    paragraphs: tuple[Paragraph, ...]
    charts: tuple[Chart, ...] = ()
    counts: bool = False


@dataclass(frozen=True, kw_only=True)
class Headline:
    """A figure as readers see it; *value* is empty, and *unknown* says why, where there is none."""

    key: str
    what: str
    value: str
    unknown: str
    table: str
    link: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """The rows that one figure counts; *id* can be linked to."""

    id: str
    name: str
    key: str
    title: str
    total: str
    rows: tuple[tuple[str, str, str, str, str], ...]  # day, what, where, note, counts


HEAD = ("Day", "What", "Where", "Note", "Counts")


@dataclass(frozen=True, kw_only=True)
class Document:
    """*head* are the lines of the office, *to* to whom it goes; *made* says when and from what."""

    kind: str
    title: str
    head: tuple[str, ...]
    to: str
    day: str
    sections: tuple[Section, ...]
    signed: tuple[str, ...]
    headlines: tuple[Headline, ...]
    tables: tuple[Table, ...]
    made: str


class References:
    """Which table holds the rows of which figure; one without rows has none."""

    def __init__(self, figures: Sequence[Figure], office: Office) -> None:
        self._figures, self._office = figures, office

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return {figure.key: f"Table {n}" for n, figure in enumerate((f for f in self._figures if f.rows), 1)}

    def to(self, key: str) -> str:
        """` (Table 3)`, to stand behind a number."""
        return f" ({self._names[key]})" if key in self._names else ""

    def headlines(self) -> tuple[Headline, ...]:
        return tuple(
            Headline(
                key=figure.key,
                what=figure.what,
                value="" if figure.unknown else f"{figure.value:,}",
                unknown=figure.unknown,
                table=self._names.get(figure.key, ""),
                link=_link(self._names.get(figure.key, "")),
            )
            for figure in self._figures
        )

    def tables(self) -> tuple[Table, ...]:
        return tuple(
            Table(
                id=_link(self._names[figure.key]),
                name=self._names[figure.key],
                key=figure.key,
                title=figure.what,
                total=f"{figure.value:,}",
                rows=tuple(self._row(row) for row in figure.rows),
            )
            for figure in self._figures
            if figure.rows
        )

    def _row(self, row: Row) -> tuple[str, str, str, str, str]:
        where = ", ".join(self._office.names_of_areas(row.areas))
        return wording.date_of(row.day) if row.day else "", line(row.what), line(where), line(row.note), f"{row.n:,}"


def _link(name: str) -> str:
    return name.lower().replace(" ", "-")


def document(
    found: Gathered, refs: References, *, kind: str, title: str, to: str, day: str, sections: tuple[Section, ...]
) -> Document:
    """The sections between the office's lines and the tables of rows."""
    office = found.office
    reach = (f"E-mail: {office.email}", f"Website: {office.website}", f"Tel: {office.phone}")
    given = (office.email, office.website, office.phone)
    signature = (office.reports.signed, f"{office.reports.by} for {office.root.name}")
    return Document(
        kind=kind,
        title=title,
        head=(line(office.name), *(text for text, is_given in zip(reach, given, strict=True) if is_given)),
        to=to,
        day=day,
        sections=sections,
        signed=tuple(line(text) for text in signature if text),
        headlines=refs.headlines(),
        tables=refs.tables(),
        made=f"Drafted from the records of {line(office.short_name)} on {wording.date_of(found.today)}, for "
        f"{found.period.words}. Its figures are counts, and no row is about a person.",
    )
