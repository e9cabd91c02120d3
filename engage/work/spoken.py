"""Days and hours as staff type them at a prompt -> a date, a time of day. What could mean two things is refused."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

from engage.domain import wording
from engage.domain.problems import did_you_mean
from engage.errors import Refused
from engage.imports.drafts import Bad
from engage.imports.sheet import cells

_MONTHS = {name.lower(): n for n, name in enumerate(wording.MONTHS, 1)}
_DAYS = {name.lower(): n for n, name in enumerate(wording.DAYS)}
_WEEKDAY = re.compile(r"([a-z]{3,9})[,.]?(?:\s+|$)(.*)", re.IGNORECASE)
_NO_YEAR = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?(?:\s+of)?\s+([a-z]{3,9})\.?|(\d{1,2})/(\d{1,2})", re.IGNORECASE)
_MONTH_FIRST = re.compile(r"([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(\d{4}))?", re.IGNORECASE)
_SLASHES = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{2}|\d{4})")
_HALF_SAID = re.compile(r"([1-9])(?:[:.]\d{2})?")


def day(text: str, *, today: date) -> date:
    """`Tuesday 8 December`, `8/12/2026`, `2026-12-08`, `tomorrow`; without a year the next one from *today*."""
    said = " ".join(text.replace(",", " ").split())
    weekday, rest = _weekday(said)
    if weekday is not None and not rest:
        return _coming(weekday, today)
    named = {"today": today, "tomorrow": today + timedelta(days=1)}.get(rest.lower())
    found = named or _dated(rest, said, today)
    if weekday is not None and found.weekday() != weekday:
        raise Refused(f'"{said[:60]}" does not fit: {wording.day(found)} is no {wording.DAYS[weekday]}.')
    return found


def hour(text: str) -> time:
    """`18:30`, `6.30pm`, `6pm`, `1830`, `midday`; `6:30` might be either half of the day and is refused."""
    said = text.strip().lower()
    if _HALF_SAID.fullmatch(said):
        number, _, minutes = said.replace(".", ":").partition(":")
        minutes = minutes or "00"
        shown = f"{number}.{minutes}pm" if minutes != "00" else f"{number}pm"
        raise Refused(f'Is "{said}" in the morning or in the evening? Write 0{number}:{minutes} or {shown}.')
    if re.fullmatch(r"(?:midnight|24[:.]?00|12(?:[:.]00)?\s*[ap]\.?m\.?)", said):
        raise Refused(f'"{said}" is read in two ways. Write 12:00 for midday, 00:00 for the first minute of a day.')
    try:
        return cells.time_of(said)
    except Bad as fault:
        raise Refused(str(fault)) from None


def _weekday(said: str) -> tuple[int | None, str]:
    """The day of the week a text begins with, and what follows."""
    found = _WEEKDAY.fullmatch(said)
    word = found[1].lower() if found else ""
    if found is None or any(month.startswith(word) for month in _MONTHS):
        return None, said
    matching = [n for name, n in _DAYS.items() if name.startswith(word)]
    return (matching[0], found[2].strip()) if matching else (None, said)


def _coming(weekday: int, today: date) -> date:
    ahead = (weekday - today.weekday()) % 7
    if not ahead:
        message = (
            f"Today is {wording.DAYS[weekday]}. Write today, or the date: {wording.day(today + timedelta(days=7))}."
        )
        raise Refused(message)
    return today + timedelta(days=ahead)


def _dated(rest: str, said: str, today: date) -> date:
    if numbers := _SLASHES.fullmatch(rest):
        _refuse_year_of_two(numbers, said)
    if found := _NO_YEAR.fullmatch(rest):
        return _next(int(found[1] or found[3]), _month(found[2], said) if found[2] else int(found[4]), said, today)
    if (found := _MONTH_FIRST.fullmatch(rest)) and found[1].lower() not in {"next", "this"}:
        month = _month(found[1], said)
        return (
            _real(int(found[3]), month, int(found[2]), said) if found[3] else _next(int(found[2]), month, said, today)
        )
    if rest.lower().startswith(("next ", "this ", "last ")):
        raise Refused(f'"{said[:60]}" is understood in two ways. Write the date, such as {wording.day(today)}.')
    try:
        found_day, at = cells.day_and_time(rest)
    except Bad as fault:
        hint = f" Or write it in words, such as {wording.day(today)}." if "is no date" in str(fault) else ""
        raise Refused(f"{fault}{hint}") from None
    if at is not None:
        raise Refused(f'"{said[:60]}" holds an hour as well. Say the day here and the hour by itself.')
    return found_day


def _refuse_year_of_two(found: re.Match[str], said: str) -> None:
    """Nobody begins 8/12/26 with the year; with hyphens many do."""
    if len(found[3]) == 2 and "-" in said:
        raise Refused(f'"{said[:60]}" may begin with its day or with its year. Write the year in full: 2026-12-08.')


def _month(word: str, said: str) -> int:
    close = [n for name, n in _MONTHS.items() if len(word) >= 3 and name.startswith(word.lower())]
    if not close:
        raise Refused(f'"{said[:60]}" names no month.{did_you_mean(word, _MONTHS)}')
    return close[0]


def _next(number: int, month: int, said: str, today: date) -> date:
    """The next such day; 29 February may be years away."""
    for year in range(today.year, today.year + 9):
        try:
            found = date(year, month, number)
        except ValueError:
            continue
        if found >= today:
            return found
    return _real(today.year, month, number, said)


def _real(year: int, month: int, number: int, said: str) -> date:
    try:
        return date(year, month, number)
    except ValueError:
        hint = " The day comes first: 25/12/2026." if month > 12 else ""
        raise Refused(f'"{said[:60]}" is a date that no calendar has.{hint}') from None
