"""The VEVENTs of one UID -> drafts: a series where our rules can say it, single entries where they cannot."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from engage.domain.rules import MOST
from engage.domain.series import Move, Rule, expand, horizon
from engage.imports.drafts import Bad, Draft, Tally
from engage.imports.ics.moments import Moment, Zones, moments
from engage.imports.ics.rules import rule_of
from engage.imports.ics.vevents import Told, local
from engage.imports.texts import is_place

MOST_DATES = 1000  # EXDATEs or RDATEs of one entry


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What all entries of a file share."""

    zones: Zones
    tally: Tally
    today: date


@dataclass(frozen=True, kw_only=True)
class _Pattern:
    """The dates of a recurring entry in its own zone: all of them, and those that EXDATE leaves out."""

    told: Told
    rule: Rule
    days: tuple[date, ...]
    left_out: frozenset[date]

    def when(self, day: date) -> Moment:
        """The moment it was first meant for on that date."""
        return on_day(self.told.starts, day)


def drafts_of(master: Told | None, overrides: list[Told], setting: Setting) -> Iterator[Draft]:
    """Everything that one UID yields; Bad when its rule cannot be taken."""
    repeats = master is not None and bool(master.component.all("RRULE") or master.component.all("RDATE"))
    if master is None or not repeats:
        if master is not None:
            yield master.draft
        for told in overrides:
            setting.tally.count(told.draft.line, "orphan")
            yield told.draft
        return
    if master.component.all("EXRULE") or len(master.component.all("RRULE")) > 1:
        raise Bad("bad-rule", "EXRULE, or more than one RRULE, is not understood. Write one rule, and EXDATE for gaps.")
    yield from _repeated(master, overrides, setting)


def _repeated(master: Told, overrides: list[Told], setting: Setting) -> Iterator[Draft]:
    left_out = _days(master, "EXDATE", setting)
    extra = _extra(master, setting)
    if not master.component.all("RRULE"):
        listed = {_day(master.starts): master.starts, **extra}
        extra = {day: when for day, when in listed.items() if day not in left_out}
        _check_any(extra, overrides)
        yield from _alone(master, extra, overrides, setting)
        return
    named = frozenset(_recurrence_day(told, master, setting) for told in overrides)
    pattern = _pattern(master, named, left_out, setting)
    if _day(master.starts) not in pattern.days:  # DTSTART counts, whatever the rule says (RFC 5545 3.8.5.3)
        extra = {_day(master.starts): master.starts, **extra}
        setting.tally.count(master.draft.line, "start-not-in-rule")
    extra = {day: when for day, when in extra.items() if day not in pattern.days and day not in left_out}
    instead = {_recurrence_day(told, master, setting): told for told in overrides}
    kept = set(pattern.days) - pattern.left_out
    _check_any({**extra, **dict.fromkeys(kept)}, overrides)
    changed = {day: told for day, told in instead.items() if day in kept}
    strays = [told for day, told in instead.items() if day not in kept]
    if kept:
        fits = _fits(pattern, changed, setting)
        yield from _series(pattern, changed) if fits else _expanded(pattern, changed, setting)
    yield from _alone(master, extra, strays, setting)


def _check_any(days: Collection[date], overrides: list[Told]) -> None:
    if not days and not overrides:
        raise Bad("never", "EXDATE leaves out every date of this entry: it never takes place.")


def _pattern(master: Told, named: frozenset[date], left_out: frozenset[date], setting: Setting) -> _Pattern:
    """The dates up to the horizon, and as far as any of them is named."""
    (read,) = master.component.all("RRULE")
    rule = rule_of(read, master.starts, setting.zones)
    expansion = expand(rule, today=max(setting.today, rule.first), named=named | left_out)
    if expansion.faults:
        says = expansion.faults[0].says
        raise Bad("bad-rule", f"RRULE {says.partition('. ')[0].rstrip('.')}.")
    days = expansion.days[:MOST]
    return _Pattern(told=master, rule=rule, days=days, left_out=left_out & set(days))


def _fits(pattern: _Pattern, changed: Mapping[date, Told], setting: Setting) -> bool:
    """Whether a series of ours has the same dates and, in the office's time, the same hour on each of them."""
    if pattern.told.draft.all_day:
        yearly = pattern.rule.every == "year" and not pattern.rule.on
        return yearly and not changed and not pattern.left_out
    if _zone(pattern.told, setting) == setting.zones.ours:
        return True
    shift = {_shift(pattern.when(day), setting) for day in pattern.days}
    return shift == {_shift(pattern.told.starts, setting)} and not next(iter(shift))[0]


def _shift(when: Moment, setting: Setting) -> tuple[int, object]:
    """Days by which the office's date differs, and the office's time of day."""
    wall = local(when, setting.zones.ours)
    return (_day(wall) - _day(when)).days, wall.time() if isinstance(wall, datetime) else None


def _series(pattern: _Pattern, changed: Mapping[date, Told]) -> Iterator[Draft]:
    """One draft with its rule; a date that lacks what the series has is taken out of it and stands alone."""
    master = pattern.told.draft
    apart = {day: told for day, told in changed.items() if _lacks(told.draft, master)}
    moves = {day: told for day, told in changed.items() if day not in apart and _only_moved(told.draft, master)}
    at = master.starts.time() if isinstance(master.starts, datetime) else pattern.rule.at
    yield replace(
        master,
        rule=replace(
            pattern.rule,
            at=at,
            excepted=tuple(sorted(pattern.left_out | apart.keys())),
            moves=tuple(_move(day, moves[day].draft.starts, master) for day in sorted(moves)),
        ),
        changed={day: told.draft for day, told in sorted(changed.items()) if day not in apart and day not in moves},
    )
    yield from (told.draft for told in apart.values())


def _lacks(draft: Draft, master: Draft) -> bool:
    """An override inherits what it does not say, and cannot say "nothing"."""
    if draft.all_day != master.all_day:
        return True
    leaves_hall = is_place(master.place) and not is_place(draft.place)
    silent = any(getattr(master, key) and not getattr(draft, key) for key in ("note", "online"))
    return draft.status != "cancelled" and (leaves_hall or silent)


def _only_moved(draft: Draft, master: Draft) -> bool:
    same = replace(draft, line=master.line, starts=master.starts, ends=master.ends, uid=master.uid)
    return same == replace(master, rule=None) and draft.length == master.length


def _move(day: date, to: Moment, master: Draft) -> Move:
    assert isinstance(to, datetime)
    same_hour = isinstance(master.starts, datetime) and to.time() == master.starts.time()
    return Move(day=day, to=to.date(), at=None if same_hour else to.time())


def _expanded(pattern: _Pattern, changed: Mapping[date, Told], setting: Setting) -> Iterator[Draft]:
    """Single entries, up to the horizon when the rule has no end."""
    end = pattern.rule.until or horizon(setting.today)
    code = "expanded" if pattern.rule.until else "expanded-endless"
    setting.tally.count(pattern.told.draft.line, code)
    for day in pattern.days:
        if day in pattern.left_out or (day > end and day not in changed):
            continue
        yield changed[day].draft if day in changed else _at(pattern.told, pattern.when(day), setting)


def _alone(master: Told, extra: Mapping[date, Moment], overrides: list[Told], setting: Setting) -> Iterator[Draft]:
    """Dates beside the rule, or the override that stands in for one."""
    instead = {_recurrence_day(told, master, setting): told for told in overrides}
    for day, when in sorted(extra.items()):
        yield instead[day].draft if day in instead else _at(master, when, setting)
    for day, told in instead.items():
        if day not in extra:
            setting.tally.count(told.draft.line, "orphan")
            yield told.draft


def _at(told: Told, when: Moment, setting: Setting) -> Draft:
    """The entry on another date; it keeps its length."""
    starts = local(when, setting.zones.ours)
    return replace(told.draft, starts=starts, ends=starts + told.draft.length)


def _days(master: Told, name: str, setting: Setting) -> frozenset[date]:
    zone = _zone(master, setting)
    return frozenset(_day_in(when, zone) for when in _listed(master, name, setting))


def _extra(master: Told, setting: Setting) -> dict[date, Moment]:
    """RDATEs by their date; one of a different kind than DTSTART takes its time of day."""
    zone = _zone(master, setting)
    found = {}
    for when in _listed(master, "RDATE", setting):
        same = isinstance(when, datetime) == isinstance(master.starts, datetime)
        found[_day_in(when, zone)] = when if same else on_day(master.starts, _day_in(when, zone))
    return found


def _listed(master: Told, name: str, setting: Setting) -> list[Moment]:
    """Counted before they are read: 60,000 of them cost dateutil five seconds (measured)."""
    reads = master.component.all(name)
    if sum(read.value.count(",") + 1 for read in reads) > MOST_DATES:
        raise Bad("too-many-dates", f"This entry has more than {MOST_DATES:,} dates in {name}.")
    return [when for read in reads for when in moments(read, setting.zones)]


def _recurrence_day(told: Told, master: Told, setting: Setting) -> date:
    assert told.recurrence is not None
    return _day_in(told.recurrence, _zone(master, setting))


def _zone(master: Told, setting: Setting) -> tzinfo:
    zone = master.starts.tzinfo if isinstance(master.starts, datetime) else None
    return zone or setting.zones.ours


def _day_in(when: Moment, zone: tzinfo) -> date:
    """The date of a moment where the series lives."""
    if isinstance(when, datetime) and when.tzinfo is not None:
        return when.astimezone(zone).date()
    return _day(when)


def _day(when: Moment) -> date:
    return when.date() if isinstance(when, datetime) else when


def on_day(when: Moment, day: date) -> Moment:
    """The same time of day, in the same zone, on another date."""
    if isinstance(when, datetime):
        return when + timedelta(days=(day - when.date()).days)
    return day
