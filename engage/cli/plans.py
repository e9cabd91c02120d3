"""How a plan reads, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from engage.cli.show import many
from engage.domain import wording
from engage.domain.feeds import CROWDED
from engage.domain.milestones import Progress
from engage.domain.plan import Change
from engage.work.health import Difference
from engage.work.looking import told
from engage.work.plans import Proposal

SHOWN = 40  # lines of one kind; a first apply has hundreds
FEEDS_SHOWN = 12
_LEAVES = "above 100% its oldest entries are left to the archive, then those furthest ahead are left out."
SIGNS = {"added": "+", "changed": "~", "cancelled": "-"}


def as_document(proposal: Proposal, feeds: Sequence[Difference] = ()) -> dict[str, Any]:
    """The plan as one JSON document."""
    return {
        "problems": [str(p) for p in proposal.problems if p.severity == "problem"],
        "warnings": [
            *(str(p) for p in proposal.problems if p.severity == "warning"),
            *(proposal.plan.warnings if proposal.plan else ()),
        ],
        "fingerprint": proposal.plan.fingerprint if proposal.plan else None,
        "changes": [
            {"entry": c.entry.id, "verb": c.verb.value, "what": list(c.what), "title": c.entry.title}
            for c in proposal.changes
        ],
        "feeds": [asdict(feed) for feed in feeds],
        "would_tell": proposal.would_tell,
        "waits_for": list(proposal.waits_for),
        "programmes": {
            calendar: {"before": told(before, held=0) if before else None, "after": told(after, held=0)}
            for calendar, (before, after) in (proposal.progress or {}).items()
        },
    }


def as_lines(proposal: Proposal, feeds: Sequence[Difference] = ()) -> list[str]:
    """The plan as a person reads it, most important first."""
    return list(_lines(proposal, feeds))


def _lines(proposal: Proposal, feeds: Sequence[Difference]) -> Iterator[str]:
    for problem in proposal.problems:
        yield str(problem)
    if proposal.plan is None:
        stopping = sum(p.severity == "problem" for p in proposal.problems)
        they_are = "it is" if stopping == 1 else "they are"
        yield f"{many(stopping, 'problem')}: nothing can be applied until {they_are} mended."
        return
    yield from (f"warning: {w}" for w in proposal.plan.warnings)
    if not proposal.changes:
        yield "No changes."
        return
    for verb in ("cancelled", "changed", "added"):
        yield from _of_verb([c for c in proposal.changes if c.verb == verb])
    yield from _feeds(feeds)
    yield f"People who would be told: {proposal.would_tell:,}"
    for calendar, (before, after) in (proposal.progress or {}).items():
        yield from _milestone(calendar, before, after)
    for reason in proposal.waits_for:
        yield f"Waits for a person: {reason}"
    yield f"Fingerprint: {proposal.plan.fingerprint}"


def _of_verb(changes: list[Change]) -> Iterator[str]:
    for change in changes[:SHOWN]:
        yield _change(change)
    if len(changes) > SHOWN:
        yield f"  … and {len(changes) - SHOWN} more {changes[0].verb.value}"


def _change(change: Change) -> str:
    entry, before = change.entry, change.before
    when = wording.short_day(entry.first_day) if entry.first_day else wording.short_moment(entry.starts_local)
    line = f'  {SIGNS[change.verb]} {when}  "{entry.title}"  ({entry.id})  {", ".join(change.what)}'
    if before is not None and "moved" in change.what:
        line += f"  from {wording.short_moment(before.starts_local)}"
    return line


def _feeds(feeds: Sequence[Difference]) -> Iterator[str]:
    for feed in feeds[:FEEDS_SHOWN]:
        signs = {"+": feed.added, "~": feed.changed, "-": feed.lost}
        told = " ".join(f"{sign}{n}" for sign, n in signs.items() if n)
        yield f"  feed {feed.path}: {told}, then {many(feed.entries, 'entry', 'entries')}"
    if len(feeds) > FEEDS_SHOWN:
        yield f"  … and {len(feeds) - FEEDS_SHOWN} more feeds"
    for feed in feeds:
        if feed.used > CROWDED:
            yield f"warning: {feed.path} would take up {feed.used:.0%} of what Google reads; {_LEAVES}"


def _milestone(calendar: str, before: Progress | None, after: Progress) -> Iterator[str]:
    if after.next_number is None:
        return
    day = wording.short_day(after.projected.starts_local.date()) if after.projected else "not in the schedule yet"
    line = f"{calendar}: {after.count} held; number {after.next_number} is expected on {day}"
    if before is not None and before.projected and after.projected != before.projected:
        line += f" (before: {wording.short_day(before.projected.starts_local.date())})"
    yield line
