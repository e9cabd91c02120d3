"""How a plan reads, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from engage.cli.show import many, when
from engage.domain import wording
from engage.domain.calendars import Entry
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


def as_lines(proposal: Proposal, feeds: Sequence[Difference] = (), *, now: datetime) -> list[str]:
    """The plan as a person reads it, most important first."""
    return list(_lines(proposal, feeds, now))


def _lines(proposal: Proposal, feeds: Sequence[Difference], now: datetime) -> Iterator[str]:
    if proposal.plan is None:
        yield from (str(problem) for problem in proposal.problems)
        stopping = sum(p.severity == "problem" for p in proposal.problems)
        they_are = "it is" if stopping == 1 else "they are"
        yield f"{many(stopping, 'problem')}: nothing can be applied until {they_are} mended."
        return
    if proposal.problems:  # nothing stops the plan, and each is about something that may be years old
        yield f"{many(len(proposal.problems), 'warning')} in the files. To read them: engage check"
    yield from (f"warning: {w}" for w in proposal.plan.warnings)
    if not proposal.changes:
        yield "No changes."
        return
    for verb in ("cancelled", "changed", "added"):
        yield from _of_verb([c for c in proposal.changes if c.verb == verb], now)
    yield from _feeds(feeds)
    first = " (nothing was applied before, so nobody expects anything else)" if proposal.plan.is_first else ""
    yield f"People who would be told: {proposal.would_tell:,}{first}"
    for calendar, (before, after) in (proposal.progress or {}).items():
        yield from _milestone(calendar, before, after)
    for reason in proposal.waits_for:
        yield f"Waits for a person: {reason}"
    yield f"Fingerprint: {proposal.plan.fingerprint}"


def _of_verb(changes: list[Change], now: datetime) -> Iterator[str]:
    """By date; where there are too many, what is to come goes first."""
    if len(changes) > SHOWN:
        changes = sorted(changes, key=lambda change: change.entry.ends_at <= now)
    for change in changes[:SHOWN]:
        yield _change(change)
    if len(changes) > SHOWN:
        yield f"  … and {len(changes) - SHOWN} more {changes[0].verb.value}"


def _change(change: Change) -> str:
    entry, before = change.entry, change.before
    line = f'  {SIGNS[change.verb]} {when(entry)}  "{entry.title}"  ({entry.id})  {", ".join(change.what)}'
    if before is not None and "moved" in change.what:
        line += f"  from {when(before)}"
    if "renumbered" in change.what:
        line += f": number {change.expected} now" if change.expected else ": no milestone any more"
    return line


def _feeds(feeds: Sequence[Difference]) -> Iterator[str]:
    if feeds and not any(feed.is_published for feed in feeds):
        yield "  No feed is published yet. The running system (engage up) makes them of what is applied."
        return
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
    falls = f"is expected on {_day(after.projected)}" if after.projected else "comes after the last one in the files"
    line = f"{calendar}: {after.count} held; number {after.next_number} {falls}"
    if before is not None and before.projected and after.projected != before.projected:
        line += f" (before: {_day(before.projected)})"
    yield line


def _day(entry: Entry) -> str:
    return f"{wording.short_day(entry.starts_local)} {entry.starts_local.year}"
