"""What text messages cost the office, and what a month's cap leaves. Counting fragments is in fragments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


def month(now: datetime) -> str:
    """The counter of a calendar month in UTC."""
    return f"sms:{now:%Y-%m}"


@dataclass(frozen=True, kw_only=True)
class Bill:
    """What a notice would cost: *each* fragments for every one of *people*. *pence* and *left* are None without a
    price and a cap.
    """

    people: int
    each: int
    pence_each: float | None = None
    left: int | None = None

    @property
    def fragments(self) -> int:
        return self.people * self.each

    @property
    def pence(self) -> float | None:
        return None if self.pence_each is None else self.fragments * self.pence_each

    @property
    def is_over(self) -> bool:
        return self.left is not None and self.fragments > self.left

    def __str__(self) -> str:
        """`120 texts of 2 fragments: 240, about £5.76. This month's cap leaves 1,760.`"""
        many = "text" if self.people == 1 else "texts"
        parts = "1 fragment" if self.each == 1 else f"{self.each} fragments"
        price = "" if self.pence is None else f", about £{self.pence / 100:,.2f}"
        left = "" if self.left is None else f" This month's cap leaves {self.left:,}."
        return f"{self.people:,} {many} of {parts}: {self.fragments:,}{price}.{left}"
