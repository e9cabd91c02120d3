"""What a benchmark measured, and how it reads: medians, the peer or limit of the same run, ratio and target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

Rates = Mapping[str, Sequence[float]]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line. *is_met* is None where there is no target: a peer, or a figure to know."""

    what: str
    value: float
    unit: str
    beside: str = ""
    target: str = ""
    is_met: bool | None = None

    def __str__(self) -> str:
        mark = {True: "met", False: "MISSED", None: ""}[self.is_met]
        return f"{self.what:<58} {_shown(self.value):>12} {self.unit:<8} {self.beside:<28} {self.target:<22} {mark}".rstrip()


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """*needs* says what is missing on this machine; then it is not run and named at the end."""

    name: str
    run: Callable[[], Sequence[Row]]
    needs: Callable[[], Sequence[str]] = tuple


def at_least(what: str, values: Sequence[float], unit: str, least: float, beside: str = "") -> Row:
    value = median(values)
    return Row(what=what, value=value, unit=unit, beside=beside, target=f">= {_shown(least)}", is_met=value >= least)


def at_most(what: str, values: Sequence[float], unit: str, most: float, beside: str = "") -> Row:
    value = median(values)
    return Row(what=what, value=value, unit=unit, beside=beside, target=f"<= {_shown(most)}", is_met=value <= most)


def known(what: str, values: Sequence[float], unit: str, beside: str = "") -> Row:
    return Row(what=what, value=median(values), unit=unit, beside=beside)


def alternately(ways: Mapping[str, Callable[[], float]], rounds: int) -> Rates:
    """Each way once a round, so that whatever else the machine does falls on all of them."""
    measured: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            measured[name].append(way())
    return measured


def ratios(ours: Sequence[float], others: Sequence[float]) -> list[float]:
    """Within each round."""
    return [mine / its for mine, its in zip(ours, others, strict=True)]


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share of them does not exceed."""
    return sorted(values)[ceil(len(values) * share) - 1]


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
