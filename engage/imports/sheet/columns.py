"""What people call their columns -> what we call them. What stands in them is read in rows."""

from __future__ import annotations

from collections.abc import Sequence

from engage.domain.problems import did_you_mean
from engage.imports.drafts import Notes, Unreadable
from engage.imports.texts import folded, one_line

COLUMNS = {
    "title": ("title", "subject", "meeting", "event", "event name", "name", "summary", "what"),
    "date": ("date", "start date", "day", "date of meeting", "meeting date", "event date", "when"),
    "start": ("start", "start time", "time", "starts", "from", "begins", "time of meeting", "start date time"),
    "end_date": ("end date", "until date", "last day"),
    "end": ("end", "end time", "ends", "to", "until", "finish", "finish time", "finishes", "end date time"),
    "all_day": ("all day event", "all day", "allday"),
    "place": ("venue", "place", "location", "where", "venue name", "hall"),
    "address": ("address", "venue address", "street"),
    "postcode": ("postcode", "post code", "venue postcode"),
    "area": ("area", "borough", "neighbourhood", "ward", "district"),
    "topics": ("topics", "topic", "categories", "category", "theme", "themes"),
    "status": ("status", "state"),
    "note": ("notes", "note", "description", "details", "comments", "about"),
    "online": ("online", "link", "online link", "meeting link", "join", "teams link", "zoom link"),
    "url": ("url", "website", "web page", "web address", "more information"),
    "private": ("private",),
    "sensitivity": ("sensitivity",),
}
PERSONAL = frozenset({
    "meeting organizer", "meeting organiser", "organizer", "organiser", "required attendees", "optional attendees",
    "attendees", "meeting resources", "contact", "email", "e mail", "phone", "telephone", "mobile",
})  # fmt: skip
# Outlook's own, which say nothing to residents.
SILENT = frozenset({
    "reminder on off", "reminder date", "reminder time", "billing information", "mileage", "priority", "show time as",
})  # fmt: skip
_OURS = {name: column for column, names in COLUMNS.items() for name in names}


def columns_of(head: Sequence[str], line: int, notes: Notes) -> dict[int, str]:
    """Place in the row -> our column; Unreadable when no title or no date can be found."""
    found: dict[int, str] = {}
    strange = []
    for place, cell in enumerate(head):
        name = folded(cell)
        column = _OURS.get(name)
        if column is None:
            strange.append(cell)
        elif column in found.values():
            message = f'Two columns are called "{one_line(cell, 40)}" or mean the same. Keep one of them.'
            raise Unreadable("column-twice", message, line)
        else:
            found[place] = column
    _check(set(found.values()), head, line)
    _say(strange, line, notes)
    return found


def _check(found: set[str], head: Sequence[str], line: int) -> None:
    names = ", ".join(f'"{one_line(cell, 30)}"' for cell in head[:12] if cell.strip()) or "nothing"
    for column, words in (("title", '"Title" or "Subject"'), ("date", '"Date" or "Start date"')):
        if column not in found and not (column == "date" and "start" in found):
            message = f"The first line must name the columns, one of them {words}. It says {names}."
            raise Unreadable("no-column", message, line)


def _say(strange: Sequence[str], line: int, notes: Notes) -> None:
    people = [cell for cell in strange if folded(cell) in PERSONAL]
    if people:
        told = ", ".join(one_line(cell, 30) for cell in people[:12])
        notes.look(line, "personal", f"Columns about people were left out: {told}.")
    for cell in strange:
        if folded(cell) and folded(cell) not in PERSONAL | SILENT:
            hint = did_you_mean(folded(cell)[:40], _OURS)
            notes.look(line, "unknown-column", f'The column "{one_line(cell, 40)}" is not known and left out.{hint}')
