"""plan and apply: staff's files become the stored schedule, or wait for a person. Reading files is in declared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from engage.declared.read import read
from engage.domain import milestones
from engage.domain.calendars import Entry, Office, Schedule
from engage.domain.events import CalendarApplied, EntryAdded, EntryCancelled, EntryChanged, Event, PlanWaited
from engage.domain.milestones import Progress
from engage.domain.plan import Change, Plan, Verb, compare, reasons_to_wait, revise
from engage.domain.problems import Problem
from engage.errors import Refused, StalePlan
from engage.store.audience import Asked
from engage.store.feeds import Fragment
from engage.store.outbox import Due
from engage.store.schedule import TURN, VERSION, Saved
from engage.store.unit import Unit
from engage.work import feeds
from engage.work.changes import recorded
from engage.work.derived import expected_of
from engage.work.holds import files_to_look_at, files_were_seen
from engage.work.kit import Kit
from engage.work.milestones import entries_of, schedule_counting
from engage.work.reminders import schedule_reminders
from engage.work.tips import schedule_tips

STILL_TYPING = timedelta(minutes=2)  # after which a plan that waits is somebody's business


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A plan with what it would do. *problems* stop it; then there is no plan."""

    sources: Mapping[str, str]
    problems: tuple[Problem, ...] = ()
    schedule: Schedule | None = None
    plan: Plan | None = None
    waits_for: tuple[str, ...] = ()
    would_tell: int = 0
    progress: Mapping[str, tuple[Progress | None, Progress]] | None = None  # calendar -> before, after

    @property
    def is_sound(self) -> bool:
        return self.plan is not None

    @property
    def changes(self) -> tuple[Change, ...]:
        return self.plan.changes if self.plan else ()


def today_of(kit: Kit, office: Office | None) -> date:
    """The office's date; before the first apply, the date in UTC."""
    return kit.now.astimezone(office.zone if office else UTC).date()


def text_of(raw: bytes) -> str:
    """A file's text as it is kept with a plan."""
    return raw.decode("utf-8-sig", errors="replace")


def propose(kit: Kit, sources: Mapping[str, bytes], found: tuple[Problem, ...] = ()) -> Proposal:
    """Compare the files with what is stored; *found* are files that could not be had. Writes nothing."""
    with kit.reading() as unit:
        before = unit.schedule.office()
        texts = {name: text_of(raw) for name, raw in sources.items()}
        declared = read(sources, today=today_of(kit, before), found=found)
        if declared.schedule is None:
            return Proposal(sources=texts, problems=declared.problems)
        if before is not None and before.uid_domain != declared.schedule.office.uid_domain:
            raise Refused(
                f'office.toml: uid_domain was published as "{before.uid_domain}" and cannot change: every calendar '
                "app would show every meeting twice. Put it back."
            )
        return compare_stored(kit, unit, declared.schedule, texts, declared.problems)


def compare_stored(
    kit: Kit, unit: Unit, schedule: Schedule, texts: Mapping[str, str], problems: tuple[Problem, ...]
) -> Proposal:
    """What would make the stored schedule the one declared."""
    stock = kit.shelf.refresh(unit)
    stored = [revision.entry for revision in stock.revisions.values()]
    plan = compare(
        schedule,
        stock.revisions,
        stock.digests,
        expected=expected_of(schedule),
        base_id=unit.schedule.applied_id(),
        now=unit.now,
        address=kit.base_url,
    )
    told = would_tell(unit, plan, schedule.office)
    waits = reasons_to_wait(plan, stored, schedule.office, now=unit.now, would_tell=lambda: told)
    waits += files_to_look_at(unit) if plan.changes else []
    return Proposal(
        sources=texts,
        problems=problems,
        schedule=schedule,
        plan=plan,
        waits_for=tuple(waits),
        would_tell=told,
        progress=_progress(unit, schedule, stored),
    )


def would_tell(unit: Unit, plan: Plan, office: Office) -> int:
    """How many people the plan's changes would be told to."""
    ahead = [c for c in plan.told if c.entry.starts_at > unit.now or (c.before and c.before.starts_at > unit.now)]
    concerned = {(_both(c, "areas"), _both(c, "topics")) for c in ahead}
    return unit.audience.people(
        Asked(kind="meetings", near=office.near(areas), topics=topics, at=unit.now) for areas, topics in concerned
    )


def _both(change: Change, name: str) -> tuple[str, ...]:
    """Areas or topics of an entry, as it will be and as it was; none means all."""
    sides = [getattr(entry, name) for entry in (change.entry, change.before) if entry is not None]
    return tuple(sorted({value for side in sides for value in side})) if all(sides) else ()


def _progress(unit: Unit, schedule: Schedule, stored: list[Entry]) -> dict[str, tuple[Progress | None, Progress]]:
    """Each programme's count and next milestone, as stored and as the plan would leave it."""
    told = {}
    for calendar in schedule.office.calendars:
        if (programme := calendar.programme) is None:
            continue
        sides = []
        for entries in (stored, schedule.entries.values()):
            line = milestones.line(programme, (e for e in entries if e.calendar_id == calendar.id), unit.now)
            sides.append(milestones.progress(programme, line, held=len(line.held)))
        told[calendar.id] = (sides[0] if stored else None, sides[1])
    return told


@dataclass(frozen=True, kw_only=True)
class Applied:
    """A plan that was made true, or that waits: then *plan_id* names the waiting one."""

    plan_id: int | None
    changes: int
    waits_for: tuple[str, ...] = ()
    fingerprint: str = ""


def apply(kit: Kit, proposal: Proposal, *, who: str, confirm: str | None = None) -> Applied:
    """Make the proposal true in one unit, or keep it waiting for `apply --confirm FINGERPRINT`.

    Raises StalePlan when another plan was applied since, or when *confirm* names another plan.
    """
    plan, schedule = proposal.plan, proposal.schedule
    if plan is None or schedule is None:
        raise Refused("The files have problems; nothing was applied.")
    if confirm is not None and confirm != plan.fingerprint:
        raise StalePlan(f"The plan is now {plan.fingerprint}, not {confirm}: something changed. Plan again.")
    if proposal.waits_for and confirm is None:
        return _wait(kit, proposal, plan, schedule, who)
    saved = _saved(kit, plan)
    fragments = feeds.render((s.revision for s in saved if s.what != ("unseen",)), schedule.office, kit.base_url)
    with kit.unit() as unit:
        unit.house.take_turn(TURN)
        if unit.schedule.applied_id() != plan.base_id:
            raise StalePlan("Somebody applied another plan meanwhile. Plan again.")
        before = unit.schedule.office()
        files_were_seen(unit)
        if not plan.changes and unit.schedule.sources() == dict(proposal.sources):
            unit.schedule.supersede()
            return Applied(plan_id=plan.base_id, changes=0, fingerprint=plan.fingerprint)
        plan_id = unit.schedule.record(
            base_id=plan.base_id,
            who=who,
            state="applied",
            fingerprint=plan.fingerprint,
            sources=proposal.sources,
            office=schedule.office,
            changes=[recorded(change, schedule.office) for change in plan.changes],
        )
        store(unit, plan, schedule.office, saved, fragments, plan_id=plan_id, before=before)
        unit.emit(CalendarApplied(plan_id=plan_id), *_events(plan, plan_id))
        return Applied(plan_id=plan_id, changes=len(plan.changes), fingerprint=plan.fingerprint)


def _saved(kit: Kit, plan: Plan) -> list[Saved]:
    with kit.reading() as unit:
        known = {r.entry.id: r for r in unit.schedule.revisions(change.entry.id for change in plan.changes)}
        now = unit.now
    return [
        Saved(revision=revise(change, known.get(change.entry.id), now), digest=change.digest, what=change.what)
        for change in plan.changes
    ]


def _wait(kit: Kit, proposal: Proposal, plan: Plan, schedule: Schedule, who: str) -> Applied:
    with kit.unit() as unit:
        known = unit.schedule.waiting()
        is_known = known is not None and known.fingerprint == plan.fingerprint
        plan_id = known.id if known is not None and is_known else unit.schedule.declined(plan.fingerprint)
        if plan_id is None:
            plan_id = unit.schedule.record(
                base_id=plan.base_id,
                who=who,
                state="waiting",
                fingerprint=plan.fingerprint,
                sources=proposal.sources,
                office=schedule.office,
                changes=[recorded(change, schedule.office) for change in plan.changes],
                waits_for=proposal.waits_for,
            )
            asked_at = unit.now + STILL_TYPING
            unit.dues.plan([Due(key=f"plan:{plan_id}:waited", at=asked_at, event=PlanWaited(plan_id=plan_id))])
    return Applied(
        plan_id=plan_id, changes=len(plan.changes), waits_for=proposal.waits_for, fingerprint=plan.fingerprint
    )


def store(
    unit: Unit,
    plan: Plan,
    office: Office,
    saved: list[Saved],
    fragments: list[Fragment],
    *,
    plan_id: int,
    before: Office | None,
) -> None:
    """Entries, bytes, and every moment that follows from them."""
    filled = unit.schedule.calendars()
    counted = {c.id: c.programme for c in (before.calendars if before else ()) if c.programme and c.id in filled}
    unit.schedule.save(saved, plan_id=plan_id)
    unit.feeds.save_fragments(fragments)
    changed = [change.entry for change in plan.changes]
    schedule_reminders(unit, changed)
    by_calendar: dict[str, list[Entry]] = defaultdict(list)
    for entry in changed:
        by_calendar[entry.calendar_id].append(entry)
    for calendar in office.calendars:
        is_same = counted.get(calendar.id) == calendar.programme
        mine = by_calendar[calendar.id] if is_same else entries_of(unit, calendar.id)
        schedule_counting(unit, calendar, mine, first=calendar.id not in counted)
    schedule_tips(unit, office, unit.now.astimezone(office.zone).date())
    unit.house.count_up(VERSION)


def _events(plan: Plan, plan_id: int) -> Iterable[Event]:
    for change in plan.changes:
        match change.verb:
            case Verb.ADDED:
                yield EntryAdded(entry_id=change.entry.id, plan_id=plan_id)
            case Verb.CANCELLED:
                yield EntryCancelled(entry_id=change.entry.id, plan_id=plan_id)
            case Verb.CHANGED:
                yield EntryChanged(entry_id=change.entry.id, plan_id=plan_id, what=change.what)
