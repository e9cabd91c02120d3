"""What was applied and how to take it back: the source text of every plan is kept. Applying is in plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import unified_diff
from pathlib import Path
from typing import Any

from engage.declared import saving
from engage.declared.folder import fetch
from engage.errors import NotFound, Refused, Waiting
from engage.store.unit import Unit
from engage.work import plans
from engage.work.kit import Kit
from engage.work.plans import Applied, Proposal


@dataclass(frozen=True, kw_only=True)
class Past:
    """One plan as it was recorded; *difference* is from the files of the plan before it."""

    id: int
    who: str
    state: str
    at: datetime
    fingerprint: str
    changes: Sequence[Mapping[str, Any]]
    waits_for: Sequence[str]
    difference: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Undo:
    """The way back to a plan: what the files would say, and what applying them would do."""

    plan_id: int
    is_now: Mapping[str, bytes]
    sources: Mapping[str, str]
    proposal: Proposal
    difference: tuple[str, ...]


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """What differs between two sets of files, line by line, as `diff -u` shows it."""
    return tuple(
        line
        for name in sorted({*before, *after})
        for line in unified_diff(
            before.get(name, "").splitlines(), after.get(name, "").splitlines(), name, name, lineterm=""
        )
    )


def past(kit: Kit, plan_id: int) -> Past:
    """One plan with what it changed, in the schedule and in the files."""
    with kit.reading() as unit:
        found = unit.schedule.plan(plan_id)
        if found is None:
            raise NotFound(f"There is no plan {plan_id}. See: engage history")
        before = unit.schedule.before(plan_id)
    return Past(
        id=found.id,
        who=found.who,
        state=found.state,
        at=found.applied_at or found.created_at,
        fingerprint=found.fingerprint,
        changes=found.changes,
        waits_for=found.waits_for,
        difference=difference(before.sources if before else {}, found.sources),
    )


def prepare_undo(kit: Kit, folder: Path, *, to: int | None = None) -> Undo:
    """The way back to the plan before the last one, or *to* an earlier one; writes nothing.

    Refused while the files hold changes that no apply knows: they would be lost.
    """
    with kit.reading() as unit:
        applied = unit.schedule.sources()
        wanted = _target(unit, to)
    is_now, problems = fetch(folder)
    if problems:
        raise Refused(f"{problems[0].file} cannot be read. Nothing was undone.")
    texts = {name: plans.text_of(raw) for name, raw in is_now.items()}
    if unsaved := sorted(name for name in {*texts, *applied} if texts.get(name) != applied.get(name)):
        raise Refused(
            f"{', '.join(unsaved)}: there are changes that were never applied, and an undo would lose them. "
            "Apply them (engage apply), or put them back; then undo."
        )
    sources = dict(wanted.sources)
    return Undo(
        plan_id=wanted.id,
        is_now=is_now,
        sources=sources,
        proposal=plans.propose(kit, {name: text.encode() for name, text in sources.items()}),
        difference=difference(applied, sources),
    )


def _target(unit: Unit, to: int | None) -> Any:
    newest = unit.schedule.applied_id()
    found = None
    if to is not None:
        found = unit.schedule.plan(to)
        if found is None or found.state != "applied":
            raise NotFound(f"No plan {to} was applied. See: engage history")
    elif newest is not None:
        found = unit.schedule.before(newest)
    if found is None:
        raise NotFound("There is nothing to undo: no plan was applied before the one in force.")
    return found


def undo(kit: Kit, folder: Path, way: Undo, *, who: str, confirm: str | None = None) -> Applied:
    """Apply what the files said then, with the same guards, and write them so.

    The files come last: a relay that sees them finds nothing left to do. A file of which the plan knew nothing goes;
    its text stays with the plan that is undone.
    """
    plan = way.proposal.plan
    if plan is None:
        raise Refused("What the files said then has problems by now. Nothing was undone.")
    if way.proposal.waits_for and confirm is None:
        reasons = " ".join(way.proposal.waits_for)
        raise Waiting(f"{reasons} To do it all the same: engage undo --confirm {plan.fingerprint}")
    done = plans.apply(kit, way.proposal, who=who, confirm=confirm)
    for name in sorted({*way.is_now, *way.sources}):
        _write(folder / name, was=way.is_now.get(name), text=way.sources.get(name))
    return done


def _write(path: Path, *, was: bytes | None, text: str | None) -> None:
    """Make one file say *text*; None for a file that was not there."""
    if text is None:
        path.unlink()
    elif was is None:
        path.write_bytes(text.encode())
    elif plans.text_of(was) != text:
        saving.replace(path, was=was, content=text.encode())
