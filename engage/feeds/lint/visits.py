"""The answers to one visitor of a feed, side by side. Judging them is in answers and conditions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from engage.feeds.lint.fetching import Answer


@dataclass(kw_only=True)
class Visit:
    """Every answer to one visitor; None where none came."""

    asked: str
    first: Answer
    again: Answer | None = None  # asked as Google does, without Accept
    zipped: Answer | None = None  # asked as Thunderbird does, with gzip
    head: Answer | None = None
    known: dict[str, Answer | None] = field(default_factory=dict)  # by the form of If-None-Match
    since: Answer | None = None
    robots: Answer | None = None
    broken: list[str] = field(default_factory=list)  # what was asked and never answered
    is_late: bool = False

    @property
    def is_personal(self) -> bool:
        """Whether the address holds a secret: a long part of letters and figures that nobody would type."""
        parts = re.split(r"[/.?=&]", self.first.url.partition("://")[2])
        return any(
            re.fullmatch(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_-]{20,500}", part) and _is_mixed(part) for part in parts
        )


def _is_mixed(part: str) -> bool:
    """Random rather than words with hyphens: figures and letters change places often."""
    kinds = ["9" if c.isdigit() else "A" if c.isupper() else "a" for c in part if c.isalnum()]
    return sum(a != b for a, b in pairwise(kinds)) >= 6
