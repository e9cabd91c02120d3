"""An iCalendar file -> its drafts, and a sentence for every VEVENT that cannot be taken: the door of this folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from engage.imports.decoding import decoded
from engage.imports.drafts import MOST_DRAFTS, Bad, Draft, Notes, Tally, Unreadable
from engage.imports.ics.components import LARGEST, Calendars, Component, components
from engage.imports.ics.moments import Moment, zones_of
from engage.imports.ics.repeating import Setting, drafts_of
from engage.imports.ics.vevents import Told, told_of

MOST_RULES = 500  # as many as a folder may hold series
MOST_REFUSED = 50  # rules; finding out that one never has a date takes up to 30 ms
_DECISIVE = frozenset({
    "DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "STATUS", "CLASS",
})  # fmt: skip
Group = dict[Moment | None, Told]


def read_ics(content: bytes, *, ours: ZoneInfo, today: date, notes: Notes) -> tuple[str, list[Draft]]:
    """The calendar's own name and its drafts; Unreadable when nothing of it can be trusted."""
    if len(content) > LARGEST:
        raise Unreadable("too-large", "The file is larger than 2 MiB. Export a shorter time, without attachments.")
    found = components(decoded(content, notes))
    tally = Tally()
    setting = Setting(zones=zones_of(ours, found.zones), tally=tally, today=today)
    if sum(bool(vevent.all("RRULE")) for vevent, _ in found.vevents) > MOST_RULES:
        raise Unreadable("too-many", f"The file holds more than {MOST_RULES} rules (RRULE). Export a shorter time.")
    drafts: list[Draft] = []
    for draft in _drafts(found, setting, notes):
        drafts.append(draft)
        if len(drafts) > MOST_DRAFTS:
            message = f"The file yields more than {MOST_DRAFTS:,} entries. Export a shorter time."
            raise Unreadable("too-many", message, draft.line)
    _say(tally, found, notes)
    return found.name, drafts


def _drafts(found: Calendars, setting: Setting, notes: Notes) -> Iterator[Draft]:
    refused = 0
    for group in _groups(found, setting, notes):
        overrides = [told for when, told in group.items() if when is not None]
        master = group.get(None)
        try:
            yield from list(drafts_of(master, overrides, setting))
        except Bad as bad:
            line = (master or overrides[0]).draft.line
            notes.bad(line, bad.code, str(bad))
            refused += 1
            if refused == MOST_REFUSED:
                message = f"{MOST_REFUSED} rules up to here cannot be taken; the rest was not tried."
                raise Unreadable("too-many", message, line) from None


def _groups(found: Calendars, setting: Setting, notes: Notes) -> list[Group]:
    """The VEVENTs of each UID by the date they change; of two that are the same, the highest SEQUENCE."""
    groups: dict[str, Group] = defaultdict(dict)
    for vevent, calendar in found.vevents:
        told = _told(vevent, calendar, setting, notes)
        if told is None:
            continue
        group = groups[told.draft.uid or f"line {told.draft.line}"]
        before = group.get(told.recurrence)
        if before is not None:
            setting.tally.count(told.draft.line, "twice")
        if before is None or told.sequence >= before.sequence:
            group[told.recurrence] = told
    return list(groups.values())


def _told(vevent: Component, calendar: Component, setting: Setting, notes: Notes) -> Told | None:
    for line, name in vevent.unreadable:
        if name in _DECISIVE:
            notes.bad(line, "no-ics-line", f"This {name} cannot be read: look for a stray quotation mark or comma.")
            return None
        notes.look(
            line, "no-ics-line", "This line cannot be read and is left out. (Perhaps it belongs to the one before.)"
        )
    try:
        return told_of(vevent, calendar, setting.zones, setting.tally)
    except Bad as bad:
        notes.bad(vevent.line, bad.code, str(bad))
    return None


_SAYINGS = {
    "floating": "{n} without a time zone: taken as the time on the office's clocks.",
    "no-end": "{n} without an end: taken as two hours.",
    "orphan": "{n} changing a date that its series does not have: kept as single entries.",
    "twice": "{n} with the UID of another: the highest SEQUENCE was taken.",
    "start-not-in-rule": "{n} beginning on a day that the rule does not have: that day is a single entry.",
    "expanded": "{n} repeating in a way that a series of ours cannot say: written as single entries.",
    "expanded-endless": "{n} repeating without end, in a way that a series of ours cannot say: written as single "
    "entries for the next 13 months. Add the others when they come near.",
}


def _say(tally: Tally, found: Calendars, notes: Notes) -> None:
    for code, saying in _SAYINGS.items():
        for line, _, number in tally.of(code):
            notes.look(line, code, saying.format(n=_entries(number)))
    for line, name, _ in tally.of("status"):
        notes.look(line, "status", f'STATUS is "{name}", which is none of iCalendar\'s: taken as confirmed.')
    people = [vevent for vevent, _ in found.vevents if vevent.personal]
    if people:
        message = f"{_entries(len(people))} naming people (ORGANIZER, ATTENDEE, CONTACT): these lines were left out."
        notes.look(people[0].line, "personal", message)
    for name, (line, number) in found.others.items():
        if name in {"VTODO", "VJOURNAL"}:
            notes.look(line, "left-out", f"{number:,} {name} left out: only entries of a calendar (VEVENT) are taken.")


def _entries(number: int) -> str:
    return "1 entry" if number == 1 else f"{number:,} entries"
