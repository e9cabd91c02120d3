"""What staff write in `every`, `on` and `rrule`, read into recurrences. Which dates those yield is in recurrence."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import get_args

from engage.domain import wording
from engage.domain.problems import did_you_mean
from engage.domain.recurrence import WEEKDAYS, Frequency, Recurrence

MOST = 1000  # dates of one rule, and steps between two of them

_UNITS: dict[str, Frequency] = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}
_EVERY = re.compile(r"(?:(\d{1,4})\s+)?(day|week|month|year)s?")
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}
_NUMBERED = {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5}
_PLACE = re.compile(rf"({'|'.join((*_ORDINALS, *_NUMBERED))})\s+([a-z]+)(?:\s+(?:of|in)\s+([a-z]+))?")
_DAY_OF_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?(?:\s+(?:of\s+)?([a-z]+))?")
_WEEKDAY_OF = {name.lower(): n for n, name in enumerate(wording.DAYS)}
_MONTH_OF = {name.lower(): n for n, name in enumerate(wording.MONTHS, start=1)}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong with a rule: the *key* it stands in (and which of a list), and what that key must be or do."""

    key: str
    says: str
    index: int | None = None


def from_words(every: str, on: Sequence[str], first: date) -> tuple[Recurrence, ...] | Fault:
    """One recurrence for each item of *on*; "year" without *on* is the anniversary of *first*."""
    found = _EVERY.fullmatch(every.strip().lower())
    interval = int(found[1] or 1) if found else 0
    if found is None or not 1 <= interval <= MOST:
        hint = did_you_mean(every, _UNITS)
        return Fault(key="every", says=f'must be "day", "week", "2 weeks", "month", "3 months" or "year".{hint}')
    frequency = _UNITS[found[2]]
    base = Recurrence(frequency=frequency, interval=interval)
    if frequency == "DAILY" and on:
        return Fault(key="on", says='does not go with every = "day". For certain weekdays write every = "week".')
    if not on:
        return _without_on(base, first)
    rules = []
    for index, item in enumerate(on):
        rule = _READERS[frequency](base, " ".join(item.lower().split()))
        if rule is None:
            hint = _hint(item) if len(item) < 40 else ""
            says = f'does not fit every = "{every.strip()}": write {_EXAMPLES[frequency]}.{hint}'
            return Fault(key="on", index=index if len(on) > 1 else None, says=says)
        rules.append(rule)
    return tuple(rules)


def _without_on(base: Recurrence, first: date) -> tuple[Recurrence, ...] | Fault:
    if base.frequency == "DAILY":
        return (base,)
    if base.frequency == "YEARLY":
        return (replace(base, by_month=(first.month,), by_month_day=(first.day,)),)
    return Fault(key="on", says=f"is missing. Say on which day, as in on = {_EXAMPLES[base.frequency]}.")


_EXAMPLES = {
    "WEEKLY": '"Tuesday" or ["Tuesday", "Thursday"]',
    "MONTHLY": '"second Tuesday", "last Friday" or "15th"',
    "YEARLY": '"25 November" or "second Tuesday of March"',
}


def _hint(item: str) -> str:
    """Did you mean, word by word: "secnd Tuesday" is close to nothing as a whole."""
    known = (*_ORDINALS, *_NUMBERED, *_WEEKDAY_OF)
    wrong = [word for word in item.lower().split() if word not in known and not word[0].isdigit()]
    return did_you_mean(wrong[0], known) if wrong else ""


def _weekly(base: Recurrence, item: str) -> Recurrence | None:
    weekday = _weekday(item)
    return None if weekday is None else replace(base, by_day=((0, weekday),))


def _monthly(base: Recurrence, item: str) -> Recurrence | None:
    rule = _placed(base, item)
    return rule if rule and not rule.by_month else None


def _yearly(base: Recurrence, item: str) -> Recurrence | None:
    rule = _placed(base, item)
    return rule if rule and rule.by_month else None


_READERS = {"WEEKLY": _weekly, "MONTHLY": _monthly, "YEARLY": _yearly}


def _placed(base: Recurrence, item: str) -> Recurrence | None:
    """Read "second Tuesday", "last day", "15th", each perhaps with a month."""
    if found := _PLACE.fullmatch(item):
        place = (_ORDINALS | _NUMBERED)[found[1]]
        rule = _nth(base, place, found[2])
        month = found[3]
    elif (found := _DAY_OF_MONTH.fullmatch(item)) and 1 <= int(found[1]) <= 31:
        rule, month = replace(base, by_month_day=(int(found[1]),)), found[2]
    else:
        return None
    if rule is None or (month and month not in _MONTH_OF):
        return None
    return replace(rule, by_month=(_MONTH_OF[month],)) if month else rule


def _nth(base: Recurrence, place: int, word: str) -> Recurrence | None:
    if word == "day":
        return replace(base, by_month_day=(place,))
    weekday = _weekday(word)
    return None if weekday is None else replace(base, by_day=((place, weekday),))


def _weekday(word: str) -> int | None:
    return next((n for name, n in _WEEKDAY_OF.items() if word in {name, f"{name}s", name[:3]}), None)


def from_rrule(text: str) -> Recurrence | Fault:
    """Read the parts of RFC 5545 that decide on dates; what is not understood is refused, never ignored."""
    pairs = [part.partition("=") for part in text.strip().upper().removeprefix("RRULE:").rstrip(";").split(";")]
    given = {name.strip(): value.strip() for name, _, value in pairs}
    if len(given) != len(pairs):
        return _refuse("names a part twice.")
    if given.get("FREQ") not in get_args(Frequency):
        return _refuse("needs FREQ=DAILY, WEEKLY, MONTHLY or YEARLY.")
    if strange := [name for name in given if name not in _PARTS]:
        return _refuse(f"has a part that is not known here: {strange[0][:40]}. Known are {', '.join(_PARTS)}.")
    values: dict[str, object] = {}
    for name, (field, read, must) in _PARTS.items():
        if name in given and (value := read(given[name])) is None:
            return _refuse(f"needs {name} to be {must}.")
        if name in given:
            values[field] = value
    rule = Recurrence(**values)  # type: ignore[arg-type]  # the table below pairs each field with its reader
    return _refuse(unfit) if (unfit := _unfit(rule)) else rule


def _refuse(says: str) -> Fault:
    return Fault(key="rrule", says=says)


def _unfit(rule: Recurrence) -> str | None:
    """Combinations that RFC 5545 3.3.10 forbids or that nobody reads alike."""
    if rule.by_day and any(n for n, _ in rule.by_day) and rule.frequency in {"DAILY", "WEEKLY"}:
        return 'can say "second Tuesday" (2TU) only with FREQ=MONTHLY or YEARLY.'
    if rule.by_month_day and rule.frequency == "WEEKLY":
        return "cannot have BYMONTHDAY with FREQ=WEEKLY."
    if rule.frequency == "YEARLY" and rule.by_day and not rule.by_month:
        return "needs BYMONTH with FREQ=YEARLY and BYDAY."
    if rule.by_set_pos and (rule.frequency in {"DAILY", "WEEKLY"} or not (rule.by_day or rule.by_month_day)):
        return "can have BYSETPOS only with FREQ=MONTHLY or YEARLY and BYDAY or BYMONTHDAY."
    return None


def _number(low: int, high: int, text: str) -> int | None:
    return int(text) if re.fullmatch(r"[+-]?\d{1,9}", text) and low <= int(text) <= high else None


def _numbers(low: int, high: int, text: str) -> tuple[int, ...] | None:
    read = [_number(low, high, part) for part in text.split(",")]
    return tuple(n for n in read if n) if all(read) else None


def _day(text: str) -> date | None:
    """UNTIL as a date; of a moment, its date."""
    found = re.fullmatch(r"(\d{8})(?:T\d{6}Z?)?", text)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def _days(text: str) -> tuple[tuple[int, int], ...] | None:
    read = []
    for part in text.split(","):
        found = re.fullmatch(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)", part)
        if found is None:
            return None
        read.append((int(found[1] or 0), WEEKDAYS.index(found[2])))
    return tuple(read)


_PARTS: dict[str, tuple[str, Callable[[str], object], str]] = {
    "FREQ": ("frequency", str, ""),
    "INTERVAL": ("interval", lambda text: _number(1, MOST, text), f"a number from 1 to {MOST}"),
    "COUNT": ("count", lambda text: _number(1, MOST, text), f"a number from 1 to {MOST}"),
    "UNTIL": ("until", _day, "a date such as 20271231"),
    "BYDAY": ("by_day", _days, "weekdays such as TU, 2TU or -1FR"),
    "BYMONTHDAY": ("by_month_day", lambda text: _numbers(-31, 31, text), "days from 1 to 31 or -1 to -31"),
    "BYMONTH": ("by_month", lambda text: _numbers(1, 12, text), "months from 1 to 12"),
    "BYSETPOS": ("by_set_pos", lambda text: _numbers(-366, 366, text), "places from 1 to 366 or -1 to -366"),
    "WKST": ("week_start", lambda text: WEEKDAYS.index(text) if text in WEEKDAYS else None, "a weekday such as MO"),
}
