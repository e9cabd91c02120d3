"""Applying a folder of staff's files, one host at a time, and what was wrong with it the last time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import structlog

from engage.declared.folder import fetch
from engage.errors import NotFound, Refused
from engage.work import plans, troubles
from engage.work.kit import Kit
from engage.work.plans import Applied, Proposal

log = structlog.get_logger()

LEASE = "calendars"
PROBLEMS = "problems"  # the key of `meta` with what is wrong in the files as they stand


def stamp(folder: Path) -> object:
    """What changes when any file of the folder does."""
    if not folder.is_dir():
        return None
    files = [path for path in folder.iterdir() if path.suffix == ".toml" and path.exists()]
    return sorted((p.name, s.st_mtime_ns, s.st_size) for p in files for s in [p.stat()])


@contextmanager
def turn(kit: Kit, host: str, *, for_: timedelta) -> Iterator[bool]:
    """Whether this host may apply the calendars now: only one host reads the files, its command line included."""
    with kit.unit() as unit:
        ours = unit.house.hold_lease(LEASE, host, for_=for_)
    yield ours


def propose_folder(kit: Kit, folder: Path) -> Proposal:
    """The plan that the files as they stand amount to."""
    sources, found = fetch(folder)
    return plans.propose(kit, sources, found)


def apply_folder(kit: Kit, folder: Path, *, who: str) -> Applied | None:
    """Apply what staff saved; with problems the last good state stays and the sentences are kept for `status`."""
    try:
        proposal = propose_folder(kit, folder)
    except (NotFound, Refused) as error:
        with kit.unit() as unit:
            troubles.note_error(unit, error)
        raise
    stopping = [str(p) for p in proposal.problems if p.severity == "problem"]
    with kit.unit() as unit:
        unit.house.put(PROBLEMS, json.dumps(stopping))
        troubles.note_files(unit, proposal.problems)
        if not proposal.is_sound:
            unit.schedule.supersede()
    if not proposal.is_sound:
        log.warning(
            "files have problems", problems=len(stopping), first=stopping[0].splitlines()[0] if stopping else ""
        )
        return None
    done = plans.apply(kit, proposal, who=who)
    if done.waits_for:
        log.warning("plan waits for a person", fingerprint=done.fingerprint, reasons=list(done.waits_for))
    elif done.changes:
        log.info("plan applied", plan_id=done.plan_id, changes=done.changes)
    return done
