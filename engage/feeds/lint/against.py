"""What two copies of one feed tell that one cannot: C40, C42 to C44, C54, C55, C67.

Lines are those of the later copy.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from engage.feeds.lint.findings import Finding, condensed, problem, warning
from engage.feeds.lint.moments import when
from engage.feeds.lint.reading import Component
from engage.feeds.lint.sheet import Sheet, sheet_of

STAMPS = ("DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE")
TOLD = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "STATUS", "LOCATION")
MONTHS_KEPT = 13

Key = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One entry in both copies."""

    before: Component
    after: Component

    def differs(self, names: set[str]) -> list[str]:
        return sorted(name for name in names if _said(self.before, name) != _said(self.after, name))


def lint_against(earlier: bytes, later: bytes, now: datetime) -> list[Finding]:
    """What happened between the copies that subscribers would not see, or see wrong."""
    before, after = _by_key(sheet_of(earlier)), _by_key(sheet_of(later))
    found: list[Finding] = []
    for key in after.keys() & before.keys():
        found += _changed(Pair(before=before[key], after=after[key]))
    gone = {key: before[key] for key in before.keys() - after.keys()}
    new = {key: after[key] for key in after.keys() - before.keys()}
    found += _vanished(gone, new, now)
    return condensed(sorted(found, key=lambda finding: (finding.line or 0, finding.item)))


def _by_key(sheet: Sheet) -> dict[Key, Component]:
    return {(e.text("UID").strip(), e.text("RECURRENCE-ID").strip()): e for e in sheet.entries if e.text("UID").strip()}


def _changed(pair: Pair) -> Iterator[Finding]:
    names = {*pair.before.lines, *pair.after.lines} - {*STAMPS, "BEGIN", "END"}
    changed = pair.differs(names)
    title = pair.after.text("SUMMARY")[:60]
    if not changed:
        if pair.differs({"DTSTAMP", "LAST-MODIFIED"}):
            line = pair.after.first("DTSTAMP")
            told = f'"{title}" did not change, and its DTSTAMP did. Stamp it when it changes, not when it is asked for.'
            yield warning("C42", line.number if line else pair.after.number, told)
    elif not _has_risen(pair):
        line = pair.after.first("LAST-MODIFIED")
        told = f'"{title}" changed ({", ".join(changed)[:80]}), and LAST-MODIFIED did not rise: ICSx5 skips the change.'
        yield problem("C43", line.number if line else pair.after.number, told)
    yield from _counted(pair, title)


def _counted(pair: Pair, title: str) -> Iterator[Finding]:
    before, after = _number(pair.before), _number(pair.after)
    line = pair.after.first("SEQUENCE")
    at = line.number if line else pair.after.number
    told = pair.differs({*TOLD})
    if after < before:
        yield problem("C44", at, f'SEQUENCE of "{title}" fell from {before} to {after}: apps keep what they have.')
    elif told and after == before:
        what = f'"{title}" changed in {", ".join(told)}, and SEQUENCE stayed {before}'
        yield problem("C44", at, f"{what}: Google keeps the old one. Count it up.")


def _vanished(gone: dict[Key, Component], new: dict[Key, Component], now: datetime) -> Iterator[Finding]:
    """Another UID for the same title and start is a new name; for the same title alone, a move done wrong."""
    anew = {(e.text("SUMMARY"), e.text("DTSTART")): e for e in new.values()}
    titles = Counter(e.text("SUMMARY") for e in new.values())
    lost = Counter(e.text("SUMMARY") for e in gone.values())
    for (uid, _), entry in gone.items():
        title = entry.text("SUMMARY")
        if same := anew.get((title, entry.text("DTSTART"))):
            told = f'"{title[:60]}" had the UID {uid[:80]!r} and has another one now. Keep UIDs for ever.'
            yield problem("C40", same.number, told)
        elif titles[title] == lost[title] == 1:
            moved = next(e for e in new.values() if e.text("SUMMARY") == title)
            told = f'"{title[:60]}" seems to have moved and got a new UID. Keep the UID and count SEQUENCE up.'
            yield warning("C55", moved.number, told)
        else:
            yield from _left(entry, title, now)


def _left(entry: Component, title: str, now: datetime) -> Iterator[Finding]:
    start = when(entry, "DTEND") or when(entry, "DTSTART")
    ends = None if start is None else start.instant() or start.clock.replace(tzinfo=UTC)
    if ends is None:
        return
    if ends >= now:
        told = f'"{title[:60]}" ({ends:%Y-%m-%d}) has left the feed. Keep it as STATUS:CANCELLED until then.'
        yield warning("C54", None, told)
    elif ends >= _months_before(now) and entry.text("STATUS").strip().upper() != "CANCELLED":
        told = f'"{title[:60]}" ({ends:%Y-%m-%d}) has left the feed, and with it the calendars of readers.'
        yield warning("C67", None, f"{told} Keep the past for 13 months.")


def _has_risen(pair: Pair) -> bool:
    before, after = when(pair.before, "LAST-MODIFIED"), when(pair.after, "LAST-MODIFIED")
    return before is None or (after is not None and after.clock > before.clock)


def _said(entry: Component, name: str) -> list[tuple[str, str]]:
    return [(line.parameter("TZID"), line.value) for line in entry.all(name)]


def _number(entry: Component) -> int:
    told = entry.text("SEQUENCE").strip()[:10]
    return int(told) if told.isdecimal() else 0


def _months_before(now: datetime) -> datetime:
    year, month = divmod(now.year * 12 + now.month - 1 - MONTHS_KEPT, 12)
    return now.replace(year=year, month=month + 1, day=min(now.day, monthrange(year, month + 1)[1]))
