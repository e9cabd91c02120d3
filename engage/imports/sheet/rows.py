"""A row with its cells by column -> a draft. How columns are found is in columns, how cells are read in cells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from engage.declared.weblinks import fault_of
from engage.domain.problems import did_you_mean
from engage.imports.drafts import DEFAULT_LENGTH, LONGEST_CAMPAIGN, LONGEST_MEETING, Bad, Draft, Tally
from engage.imports.sheet.cells import Cell, day_and_time, is_yes, text_of, time_of
from engage.imports.texts import note, one_line

LONGEST_CELL = 20_000
Row = Mapping[str, Cell]

_STATUS = {
    "confirmed": "confirmed", "": "confirmed", "yes": "confirmed", "booked": "confirmed", "definite": "confirmed",
    "tentative": "tentative", "provisional": "tentative", "tbc": "tentative", "to be confirmed": "tentative",
    "cancelled": "cancelled", "canceled": "cancelled", "off": "cancelled",
    "not held": "not-held", "not-held": "not-held", "did not take place": "not-held",
}  # fmt: skip
_OFF = re.compile(r"\s*cancell?ed\s*[:\N{EN DASH}-]\s*", re.IGNORECASE)


def draft_of(row: Row, line: int, tally: Tally) -> Draft:
    """Read one row; Bad says why it cannot be taken."""
    if any(len(cell) > LONGEST_CELL for cell in row.values() if isinstance(cell, str)):
        raise Bad("cell", f"A cell has more than {LONGEST_CELL:,} characters.")
    if (_has(row, "private") and is_yes(row["private"])) or text_of(row.get("sensitivity", "")).lower() == "private":
        raise Bad("private", "This entry is marked private, and what is imported is published.")
    title = one_line(text_of(row.get("title", "")))
    if not title:
        raise Bad("no-title", "This row has no title.")
    off = _OFF.match(title)
    cut = title[off.end() :] if off else ""
    starts, ends = _times(row, line, tally)
    return Draft(
        line=line,
        title=cut or title,
        starts=starts,
        ends=ends,
        status="cancelled" if cut else _status(row),
        note=note(text_of(row.get("note", ""))),
        place=one_line(", ".join(filter(None, (text_of(row.get(k, "")) for k in ("place", "address")))), 500),
        postcode=one_line(text_of(row.get("postcode", "")), 12),
        area=one_line(text_of(row.get("area", "")), 80),
        topics=tuple(filter(None, (one_line(name) for name in re.split(r"[;,\n]", text_of(row.get("topics", "")))))),
        online=_link(row, "online", line, tally),
        url=_link(row, "url", line, tally),
    )


def _times(row: Row, line: int, tally: Tally) -> tuple[date | datetime, date | datetime]:
    day, at = _start(row)
    last, until = _end(row, day)
    if is_yes(row.get("all_day", "")) or at is None:
        if not is_yes(row.get("all_day", "")):
            if until is not None:
                raise Bad("no-start", "This row says when the meeting ends, but not when it begins.")
            tally.count(line, "no-time")
        elif until == time() and last > day:  # Outlook ends a whole day at the next midnight
            last -= timedelta(days=1)
        return _whole_days(day, last)
    starts = datetime.combine(day, at)
    if until is None:
        tally.count(line, "no-end")
        return starts, starts + DEFAULT_LENGTH
    ends = datetime.combine(last, until)
    if ends <= starts:
        raise Bad("end-before-start", f"This row ends ({ends:%H:%M}) before it begins ({starts:%H:%M}).")
    if ends - starts > LONGEST_MEETING:
        raise Bad("too-long", f"This row lasts longer than {LONGEST_MEETING.days} days. Write each day as a row.")
    return starts, ends


def _start(row: Row) -> tuple[date, time | None]:
    """The day and the time of day, which may both stand in either column."""
    if not _has(row, "date"):
        if not _has(row, "start"):
            raise Bad("no-date", "This row has no date.")
        return day_and_time(row["start"])
    day, at = day_and_time(row["date"])
    return day, _time(row, "start") if _has(row, "start") else at


def _end(row: Row, day: date) -> tuple[date, time | None]:
    last, at = day_and_time(row["end_date"]) if _has(row, "end_date") else (day, None)
    if not _has(row, "end"):
        return last, at
    cell = row["end"]
    if isinstance(cell, (datetime, date)) or (
        isinstance(cell, str) and re.search(r"\d[/.-]\d{1,2}[/.-]\d|\d{4}-", cell)
    ):
        return _day_in(cell, last)
    return last, _time(row, "end")


def _day_in(cell: Cell, last: date) -> tuple[date, time | None]:
    """An end with its own date; Excel gives a bare time the day zero of its calendar."""
    if isinstance(cell, datetime) and cell.year < 1990:
        return last, time_of(cell)
    return day_and_time(cell)


def _time(row: Row, column: str) -> time:
    cell = row[column]
    if isinstance(cell, str) and re.match(r"\d{4}-|\d{1,2}[/-]\d{1,2}[/-]", cell.strip()):
        at = day_and_time(cell)[1]
        if at is None:
            raise Bad("bad-time", f'"{cell[:40]}" is no time of day such as 18:30 or 6.30pm.')
        return at
    return time_of(cell)


def _whole_days(first: date, last: date) -> tuple[date, date]:
    if last < first:
        raise Bad("end-before-start", "This row ends before it begins.")
    if last - first >= LONGEST_CAMPAIGN - timedelta(days=1):
        raise Bad("too-long", "This row lasts longer than a year.")
    return first, last


def _status(row: Row) -> str:
    said = " ".join(text_of(row.get("status", "")).lower().split())
    if said not in _STATUS:
        known = '"confirmed", "tentative", "cancelled" or "not held"'
        raise Bad("status", f'The status "{said[:40]}" is not known: it is {known}.{did_you_mean(said[:40], _STATUS)}')
    return _STATUS[said]


def _link(row: Row, column: str, line: int, tally: Tally) -> str | None:
    """A web address; other words in the column ("yes", "Teams") are not, and that is said."""
    text = text_of(row.get(column, ""))
    if not text:
        return None
    if (fault := fault_of(text)) is not None:
        tally.count(line, "link", fault)
        return None
    return text


def _has(row: Row, column: str) -> bool:
    return column in row and text_of(row[column]) != ""
