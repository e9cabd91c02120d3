"""What a linter has to say, and how much of it a person is shown. Finding it is in the files beside this one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["problem", "warning"]

SHOWN = 5  # of one item and severity: a feed of a thousand entries repeats its habit a thousand times


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong: the *item* of the checklist ("C33"), the physical *line* it is seen at, what to do.

    A `problem` breaks an RFC or, measured, a calendar app; a `warning` is a habit that costs readers something.
    """

    item: str
    severity: Severity
    line: int | None
    sentence: str

    def __str__(self) -> str:
        """`line 12  C33  problem: sentence`."""
        where = "feed" if self.line is None else f"line {self.line}"
        return f"{where:<9} {self.item}  {self.severity}: {self.sentence}"


def problem(item: str, line: int | None, sentence: str) -> Finding:
    return Finding(item=item, severity="problem", line=line, sentence=_harmless(sentence))


def warning(item: str, line: int | None, sentence: str) -> Finding:
    return Finding(item=item, severity="warning", line=line, sentence=_harmless(sentence))


def condensed(findings: Iterable[Finding]) -> list[Finding]:
    """In the order of lines; of many of one kind the first ones, and one that counts the rest."""
    seen: Counter[tuple[str, Severity]] = Counter()
    shown: list[Finding] = []
    rest: dict[tuple[str, Severity], Finding] = {}
    for finding in findings:
        kind = finding.item, finding.severity
        seen[kind] += 1
        if seen[kind] <= SHOWN:
            shown.append(finding)
        else:
            rest.setdefault(kind, finding)
    for kind, first in rest.items():
        more = f"{seen[kind] - SHOWN:,} more like these, the first of them here: {first.sentence}"
        shown.append(replace(first, sentence=more))
    return sorted(shown, key=lambda finding: (finding.line or 0, finding.item))


def _harmless(sentence: str) -> str:
    """Names and titles are a stranger's: nothing of them may steer a terminal."""
    return "".join(character if character.isprintable() else "\ufffd" for character in sentence)
