"""A foreign file and our folder in, one TOML calendar or every reason why not out: the door of this package.

What is handed out has passed the same check as staff's own files, beside all the others of the folder.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePath

from engage.declared.ids import stem
from engage.declared.read import read
from engage.domain.calendars import Schedule
from engage.domain.problems import Problem
from engage.imports.blocks import Writer, venue_block
from engage.imports.drafts import Draft, Notes, Unreadable
from engage.imports.formats import FORMATS
from engage.imports.naming import Ids
from engage.imports.texts import folded, one_line
from engage.imports.toml import Block, joined, literal

_ROUNDS = 5  # of taking out what our own check refuses


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is asked for: the source, the file it becomes, and what that calendar is called."""

    source: str
    content: bytes
    target: str
    calendar_id: str | None = None
    name: str | None = None
    skip_bad: bool = False


@dataclass(frozen=True, kw_only=True)
class Imported:
    """The finished file. *text* is None when it must not be written; *problems* are then the reasons.

    With `skip_bad` there may be both: problems are then the entries that were left out.
    """

    text: str | None
    counts: Mapping[str, int]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def bring_in(order: Order, sources: Mapping[str, bytes], *, today: date, found: Iterable[Problem] = ()) -> Imported:
    """Turn the source into a calendar that belongs beside *sources*, the files of the folder.

    *found* are files of the folder that could not be had; with them, or with any other problem of the folder, nobody
    can say which venues, areas and ids there are.
    """
    before = read(sources, today=today, found=found)
    if before.schedule is None:
        wrong = tuple(p for p in before.problems if p.severity == "problem")
        return Imported(text=None, counts={}, problems=wrong, warnings=())
    notes = Notes(order.source)
    try:
        found_name, drafts = _read(order, before.schedule, today, notes)
    except Unreadable as reason:
        notes.bad(reason.line, reason.code, str(reason))
        return _refused(notes)
    if not drafts and not notes.problems:
        notes.bad(1, "empty", "There is no entry in this file.")
    if not drafts or (notes.problems and not order.skip_bad):
        return _refused(notes)
    return _written(replace(order, name=order.name or found_name), drafts, before.schedule, sources, today, notes)


def _read(order: Order, schedule: Schedule, today: date, notes: Notes) -> tuple[str, list[Draft]]:
    suffix = PurePath(order.source).suffix.lower()
    return FORMATS[suffix](order.content, ours=schedule.office.zone, today=today, notes=notes)


def _refused(notes: Notes) -> Imported:
    return Imported(text=None, counts={}, problems=notes.problems, warnings=notes.warnings)


def _written(
    order: Order, drafts: list[Draft], schedule: Schedule, sources: Mapping[str, bytes], today: date, notes: Notes
) -> Imported:
    """Write, check, and with `skip_bad` leave out what the check refuses, until nothing is refused."""
    for _ in range(_ROUNDS):
        said = Notes(order.source)
        blocks, venues = _blocks(drafts, schedule, said)
        text, lines = _text(order, schedule, venues, blocks)
        after = read({**sources, order.target: text.encode()}, today=today)
        problems = [_at_source(order, p, lines) for p in after.problems]
        wrong = [p for p in problems if p.severity == "problem"]
        if not wrong:
            warnings = [p for p in problems if p.file == order.source]
            _known_already(drafts, schedule, said)
            told = (*notes.warnings, *said.warnings, *warnings)
            return _done(text, blocks, venues, notes.problems, told)
        for problem in wrong:
            notes.add(problem)
        bad = {problem.line for problem in wrong if problem.file == order.source}
        left = [draft for draft in drafts if not bad & {draft.line, *(d.line for d in draft.changed.values())}]
        beyond = any(problem.code == "too-many" for problem in wrong)
        if not order.skip_bad or beyond or len(left) == len(drafts) or not left:
            break
        drafts = left
    return _refused(notes)


def _done(
    text: str, blocks: list[Block], venues: list[Block], problems: tuple[Problem, ...], warnings: Iterable[Problem]
) -> Imported:
    nouns = {"[[meeting]]": "meetings", "[[series]]": "series", "[[campaign]]": "campaigns"}
    counts = dict.fromkeys(nouns.values(), 0)
    for block in blocks:
        counts[nouns[block.header]] += not any(key == "series" for key, _, _ in block.pairs)
    found = {**counts, "venues": len(venues), "left_out": len({p.line for p in problems})}
    return Imported(text=text, counts=found, problems=problems, warnings=tuple(sorted(set(warnings))))


def _blocks(drafts: list[Draft], schedule: Schedule, notes: Notes) -> tuple[list[Block], list[Block]]:
    series = {entry.rule for entry in schedule.entries.values() if entry.rule}
    venues = {venue.id for venue in schedule.office.venues}
    writer = Writer(schedule.office, Ids({*schedule.entries, *venues}, series), notes)
    blocks = list(writer.blocks(drafts))
    return blocks, [venue_block(new.venue, new.line) for new in writer.places.new]


def _text(
    order: Order, schedule: Schedule, venues: list[Block], blocks: list[Block]
) -> tuple[str, list[tuple[int, int]]]:
    """The file, and at which of its lines each block of which line of the source begins."""
    parts = [_head(order), _calendar(order, schedule)]
    parts += [["# " + "=" * 90 + " venues"]] * bool(venues) + [block.lines() for block in venues]
    starts = [*(block.line for block in venues), *(block.line for block in blocks)]
    ahead = [["# " + "=" * 90 + " entries"]] * bool(venues)
    parts += ahead + [block.lines() for block in blocks]
    owners = [1, 1, *[1] * bool(venues), *starts[: len(venues)], *[1] * len(ahead), *starts[len(venues) :]]
    at, lines = 1, []
    for owner, part in zip(owners, parts, strict=True):
        lines.append((at, owner))
        at += len(part) + 1
    return joined(parts), lines


def _head(order: Order) -> list[str]:
    name = _name(order)
    return [
        f"# {name.upper()}: brought in from {one_line(order.source, 100)}.",
        "#",
        f"# From now on this file is the one to change; {one_line(order.source, 100)} is not read again.",
        "#   * `id` is the permanent short name of an entry: people's calendars know it by that. Never change it.",
        "#   * UID behind an id is what the other calendar called it. It is only a note.",
        '#   * To cancel an entry do not delete it: add status = "cancelled" and reason = "...".',
    ]


def _calendar(order: Order, schedule: Schedule) -> list[str]:
    lines = ["[calendar]", f"name = {literal(_name(order))}", f"timezone = {literal(schedule.office.timezone)}"]
    if order.calendar_id and order.calendar_id != stem(order.target):
        lines.insert(1, f"id = {literal(order.calendar_id)}")
    return lines


def _name(order: Order) -> str:
    """As asked, as the source says, or after its file."""
    words = " ".join(stem(order.source).replace("-", " ").replace("_", " ").split())
    return one_line(order.name or "") or one_line(words[:1].upper() + words[1:]) or "Calendar"


def _at_source(order: Order, problem: Problem, lines: list[tuple[int, int]]) -> Problem:
    """A problem of the written file where its entry stands in the source."""
    if problem.file != order.target:
        return problem
    place = bisect_right(lines, (problem.line, 1 << 60)) - 1
    return replace(problem, file=order.source, line=lines[place][1], column=1, text="")


def _known_already(drafts: Iterable[Draft], schedule: Schedule, notes: Notes) -> None:
    """The same title on the same day in another file is most likely the same meeting, and would count twice."""
    known = {(folded(e.title), e.first_day or e.starts_local.date()): e for e in schedule.entries.values()}
    for draft in drafts:
        if entry := known.get((folded(draft.title), draft.day)):
            message = f'"{draft.title[:60]}" is already in {entry.calendar_id} on that day, as "{entry.id}".'
            notes.look(draft.line, "known-already", f"{message} Keep one of them.")
