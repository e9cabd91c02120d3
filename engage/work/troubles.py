"""What stays wrong in staff's files and templates, told to the office once. Finding it is in declared and rendering.

Nobody is told of what they are about to mend: somebody who types saves many a half sentence.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from engage.domain.events import FilesBroken
from engage.domain.problems import Problem
from engage.errors import EngageError
from engage.sample_facts import SAMPLES
from engage.store.outbox import Due
from engage.store.unit import Unit
from engage.template_check import check_apart
from engage.work.kit import Kit
from engage.work.staff import tell_office

log = structlog.get_logger()

SAME_FOR = timedelta(minutes=2)  # then nobody is typing
BROKEN_FOR = timedelta(minutes=10)  # whoever still types then may not know that nothing is published
SHOWN = 20  # problems in one mail
CALENDARS, TEMPLATES = "calendars", "templates"
REST = {
    CALENDARS: "What was right before stays public, and nobody was told anything. As soon as a file is mended and "
    "saved, it is taken by itself. Every problem: engage check",
    TEMPLATES: "Messages of this kind wait, and none is lost. As soon as the file is mended and saved, they go by "
    "themselves. Deleting your copy brings ours back.",
}


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What is wrong now: *since* when anything, and *same_since* when exactly this; *told* of which sets already."""

    since: str
    same_since: str
    digest: str
    sentences: tuple[str, ...]
    told: tuple[str, ...] = ()


def note(unit: Unit, about: str, problems: Sequence[tuple[str, str]]) -> None:
    """Remember what a look found wrong: (what it is, whatever its line; the sentence that says it) of each.

    The same set is told once; a different one when it has stood as long.
    """
    if not problems:
        unit.house.drop(_key(about))
        return
    now, known = unit.now.isoformat(), of(unit, about)
    digest = hashlib.sha256("\n".join(sorted(what for what, _ in problems)).encode()).hexdigest()[:16]
    sentences = tuple(sentence for _, sentence in problems)
    if known is not None and known.digest == digest:
        _keep(unit, about, replace(known, sentences=sentences))
        return
    found = Trouble(since=now, same_since=now, digest=digest, sentences=sentences)
    if known is not None:
        found = replace(found, since=known.since, told=known.told)
    _keep(unit, about, found)
    if digest not in found.told:
        event = FilesBroken(about=about, digest=digest)
        key = f"trouble:{about}:{digest}:{now}"
        unit.dues.plan([Due(key=key, at=_when(found), event=event)])


def note_files(unit: Unit, problems: Iterable[Problem]) -> None:
    """Remember what stops the calendars."""
    stopping = [p for p in problems if p.severity == "problem"]
    note(unit, CALENDARS, [(f"{p.file} {p.code} {p.message}", _sentence(p)) for p in stopping])


def note_error(unit: Unit, error: EngageError) -> None:
    """Remember why the calendars as a whole cannot be taken."""
    note(unit, CALENDARS, [(str(error), str(error))])


def tell_trouble(_kit: Kit, unit: Unit, event: FilesBroken) -> None:
    """Write to the office, unless it was mended, changed since, or told already."""
    known, office = of(unit, event.about), unit.schedule.office()
    if known is None or office is None or known.digest != event.digest or event.digest in known.told:
        return
    if _when(known) > unit.now:
        return  # it was mended and broken the same way again; its own moment comes
    n = len(known.sentences)
    one_file = f"{'A problem' if n == 1 else f'{n} problems'} in the {event.about}: "
    heading = one_file + ("nothing new is published" if event.about == CALENDARS else "messages wait")
    lines = [*known.sentences[:SHOWN], *([f"And {n - SHOWN} more."] if n > SHOWN else []), REST[event.about]]
    tell_office(unit, office, f"trouble:{event.about}:{event.digest}:{known.since}", heading=heading, lines=lines)
    _keep(unit, event.about, replace(known, told=(*known.told, event.digest)))


def of(unit: Unit, about: str) -> Trouble | None:
    """What is wrong as far as the last look went."""
    text = unit.house.get(_key(about))
    if text is None:
        return None
    found = json.loads(text)
    return Trouble(**{**found, "sentences": tuple(found["sentences"]), "told": tuple(found["told"])})


def stamp(folder: Path) -> object:
    """What changes when any template of the folder does."""
    files = [path for path in folder.rglob("*") if path.suffix in {".txt", ".html"}]
    return sorted((str(path), found.st_mtime_ns, found.st_size) for path in files for found in [path.stat()])


def look_at_templates(kit: Kit, folder: Path) -> list[str]:
    """Try every template with invented facts, in a process of its own; returns and remembers what is wrong."""
    problems = check_apart(folder, SAMPLES)
    with kit.unit() as unit:
        note(unit, TEMPLATES, [(re.sub(r":\d+:", ":", problem), _located(problem)) for problem in problems])
    if problems:
        log.warning("templates have problems", problems=len(problems), first=problems[0])
    return problems


def _when(found: Trouble) -> datetime:
    """The moment from which it is told: when it stood for a while, or anything did for long and nobody knows."""
    settled = datetime.fromisoformat(found.same_since) + SAME_FOR
    return settled if found.told else min(settled, datetime.fromisoformat(found.since) + BROKEN_FOR)


def _sentence(problem: Problem) -> str:
    line = f'  The line reads: "{problem.text.strip()[:200]}"' if problem.text.strip() else ""
    return f"{problem.file}, line {problem.line}, column {problem.column}: {problem.message}{line}"


def _located(problem: str) -> str:
    """`notices/tip.long.txt, line 3: 'titel' is undefined`."""
    return re.sub(r":(\d+): ", r", line \1: ", problem, count=1)


def _key(about: str) -> str:
    return f"trouble:{about}"


def _keep(unit: Unit, about: str, found: Trouble) -> None:
    unit.house.put(_key(about), json.dumps(asdict(found)))
