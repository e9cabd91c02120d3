"""A chart of bars as templates draw it: every number worked out, none of them told by colour alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

ROW = 50  # pixels from one bar to the next: its words, and the bar below them
WORDS, BAR = 18, 25  # where in a row they stand


@dataclass(frozen=True, kw_only=True)
class Bar:
    """*width* is in percent of the chart, *words_at* and *bar_at* in pixels from its top; one not *is_whole* grows."""

    label: str
    value: int
    width: float
    words_at: int
    bar_at: int
    is_whole: bool


@dataclass(frozen=True, kw_only=True)
class Chart:
    """*id* is the page's own; *said* sums the chart up for who cannot see it; *head* and *counted* name its columns."""

    id: str
    title: str
    said: str
    head: str
    counted: str
    height: int
    bars: tuple[Bar, ...]


def chart(
    id_: str, title: str, head: str, rows: Iterable[tuple[str, int, bool]], *, counted: str = "Meetings held"
) -> Chart | None:
    """Rows of label, value and whether its time is over. None without any."""
    rows = list(rows)
    if not rows:
        return None
    most = max(value for _, value, _ in rows)
    bars = tuple(
        Bar(
            label=label,
            value=value,
            width=round(100 * value / most, 1) if most else 0.0,
            words_at=ROW * at + WORDS,
            bar_at=ROW * at + BAR,
            is_whole=is_whole,
        )
        for at, (label, value, is_whole) in enumerate(rows)
    )
    said = "; ".join(f"{bar.label}: {bar.value}{'' if bar.is_whole else ' so far'}" for bar in bars)
    return Chart(id=id_, title=title, said=f"{said}.", head=head, counted=counted, height=ROW * len(bars), bars=bars)
