"""One thing wrong in a file of staff's, with where it stands and what to do. Finding them is in declared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal


@dataclass(frozen=True, kw_only=True, order=True)
class Problem:
    """*line* and *column* count from 1, columns in characters; *text* is the line itself.

    A `problem` stops the plan, a `warning` is shown and does not.
    """

    file: str
    line: int
    column: int
    code: str
    message: str
    severity: Literal["problem", "warning"] = "problem"
    text: str = ""

    def __str__(self) -> str:
        """`file:line:col: sentence`, the line and a caret under the place."""
        head = (
            f"{self.file}:{self.line}:{self.column}: {'warning: ' if self.severity == 'warning' else ''}{self.message}"
        )
        if not self.text.strip():
            return head
        shown = self.text.expandtabs(1)[:200]
        return f"{head}\n    {shown}\n    {' ' * (min(self.column, 200) - 1)}^"


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    return next(iter(get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)), None)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean "burglary"?`, or nothing when no known word is close."""
    close = closest(word, known)
    return f' Did you mean "{close}"?' if close else ""
