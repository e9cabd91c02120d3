"""What people get wrong when they write TOML, and the sentence that helps. Mistakes in meaning are found elsewhere."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import takewhile

from engage.domain.wording import MONTHS

_CURLY = "“”„‟«»"
_CURLY_SINGLE = "\u2018\u2019\u201a\u201b"
_STRAIGHT = str.maketrans(dict.fromkeys(_CURLY, '"') | dict.fromkeys(_CURLY_SINGLE, "'"))
LONGEST_LINE = 2000  # characters; in longer ones nobody looks for what was meant
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=\s*""")
_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]*?)\s*(\]\]?)?\s*(?:#.*)?$")


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """*column* from 1; *repaired* is the line as it was probably meant, so that reading can go on."""

    column: int
    code: str
    message: str
    repaired: str | None = None


def explain(said: str, lines: list[str], row: int, column: int) -> Mistake:
    """The sentence for the person who wrote *lines*; tomli said *said* of that row (from 0) and column (from 0)."""
    line = lines[row]
    if len(line) > LONGEST_LINE:
        return Mistake(column=column + 1, code="toml-syntax", message=f"This cannot be read: {_lower(said)}.")
    return (
        _header(line)
        or _repeated(said, lines, row)
        or _curly(line, column)
        or _equals(said, line)
        or _no_equals(said, line)
        or _value(line, column)
        or _quotes(said, line)
        or _statement(said, line, column)
        or Mistake(column=column + 1, code="toml-syntax", message=f"This cannot be read: {_lower(said)}.")
    )


def _repeated(said: str, lines: list[str], row: int) -> Mistake | None:
    """Two keys of one name, which silently keeping the last would hide."""
    line = lines[row]
    if (header := _HEADER.match(line)) and ("Cannot declare" in said or "Cannot mutate" in said):
        above = (
            (n, h) for n, other in enumerate(lines[:row], 1) if (h := _HEADER.match(other[:200])) and h[2] == header[2]
        )
        number, other = next(above, (0, None))
        if other is not None and other[1] != header[1]:
            message = f"Write {other[1]}{other[2]}{other[3]}, with the same brackets as in line {number}."
            return Mistake(column=header.start(1) + 1, code="table-brackets", message=message)
        where = f"; the first is in line {number}" if other else ""
        message = f"[{header[2]}] stands twice in this file{where}."
        return Mistake(column=header.start(2) + 1, code="duplicate-table", message=message)
    if (key := _KEY.match(line)) and ("Cannot overwrite" in said or "Duplicate" in said):
        block = [*takewhile(lambda n: not _HEADER.match(lines[n][:200]), range(row - 1, -1, -1))]
        first = next((n for n in reversed(block) if (k := _KEY.match(lines[n])) and k[1] == key[1]), None)
        where = f"; the first is in line {first + 1}" if first is not None else ""
        message = f"`{key[1]}` stands twice in this table{where}. Keep one of them."
        return Mistake(column=key.start(1) + 1, code="duplicate-key", message=message, repaired="")
    return None


def _curly(line: str, column: int) -> Mistake | None:
    if not 0 <= column < len(line) or line[column] not in _CURLY + _CURLY_SINGLE:
        return None
    message = 'These quotation marks are curly, as word processors make them. Use straight ones: "'
    return Mistake(column=column + 1, code="curly-quotes", message=message, repaired=line.translate(_STRAIGHT))


def _header(line: str) -> Mistake | None:
    found = _HEADER.match(line)
    if found is None or _KEY.match(line) or (found[3] and len(found[1]) == len(found[3])):
        return None
    example = f"{found[1]}{found[2].partition('#')[0].strip() or 'meeting'}{']' * len(found[1])}"
    message = f"The brackets do not match: write {example}"
    return Mistake(column=found.start(1) + 1, code="table-brackets", message=message)


def _quotes(said: str, line: str) -> Mistake | None:
    """A text that is not closed, or closed too early by a quotation mark inside it."""
    key = _KEY.match(line)
    if key and "after a statement" in said and (end := re.search(r"\s*;\s*$", line)):
        message = "A line ends without a semicolon."
        return Mistake(column=end.start() + 1, code="semicolon", message=message, repaired=line[: end.start()])
    if "backslash" in said.lower() or "Unescaped" in said or "hex" in said.lower():
        message = "A backslash in a text is written twice (\\\\), or the text stands between 'single' quotes."
        return Mistake(column=line.find("\\") + 1, code="backslash", message=message)
    if "Illegal character '\\n'" in said or "Unterminated string" in said or 'Expected "\'"' in said:
        message = "The closing quotation mark of this text is missing."
        return Mistake(column=_open_quote(line) + 1, code="unclosed-text", message=message)
    if key and line[key.end() : key.end() + 1] in {"'", '"'} and "after a statement" in said:
        message = (
            "This text ends at its second quotation mark and something follows. "
            "An apostrophe goes between double quotes; double quotes inside a text become 'single' ones."
        )
        return Mistake(column=key.end() + 1, code="text-continues", message=message)
    return None


def _open_quote(line: str) -> int:
    """The column from 0 of the quotation mark that is not closed in this line."""
    opened, mark, place = 0, "", 0
    while place < len(line):
        letter = line[place]
        if mark and letter == "\\" and mark == '"':
            place += 1
        elif mark and letter == mark:
            mark = ""
        elif not mark and letter in "\"'":
            opened, mark = place, letter
        elif not mark and letter == "#":
            break
        place += 1
    return opened


def _statement(said: str, line: str, column: int) -> Mistake | None:
    """A line that is neither a table, a key with a value, nor a note."""
    key = _KEY.match(line)
    if line.lstrip().startswith(("//", "--", ";")):
        message = "A note begins with #"
        return Mistake(column=len(line) - len(line.lstrip()) + 1, code="note", message=message, repaired="")
    if key and not line[key.end() :].partition("#")[0].strip():
        return Mistake(column=key.start(1) + 1, code="no-value", message=f"`{key[1]}` has no value.")
    begins_new = key is not None and "Invalid value" in said and column <= key.start(1)
    if "Unclosed" in said or "inline table" in said or begins_new or (column >= len(line) and "{" in line):
        message = "A list [ ... ] or a table { ... } is not closed here or above, or lacks a comma."
        return Mistake(column=len(line) - len(line.lstrip()) + 1, code="unclosed-list", message=message)
    return None


_NO_EQUALS = re.compile(r"""(\s*)([\w-]+)(\s*:\s*|\s*==+\s*|\s+)((?:["'\[{\d]|true|false).*)""")


def _equals(said: str, line: str) -> Mistake | None:
    """None of them, two of them, or a colon, as other files have it."""
    found = _NO_EQUALS.fullmatch(line)
    if found is None or not ("Expected '='" in said or "Invalid value" in said):
        return None
    fixed = f"{found[2]} = {found[4]}"
    what = {"": "An equals sign is missing", ":": "Between key and value stands an equals sign"}
    message = f"{what.get(found[3].strip(), 'One equals sign is enough')}: {fixed[:80]}"
    return Mistake(column=found.start(2) + 1, code="no-equals", message=message, repaired=found[1] + fixed)


def _no_equals(said: str, line: str) -> Mistake | None:
    if "Expected '='" not in said:
        return None
    message = 'A line is a key and its value, title = "..."; a key has no spaces, and a note begins with #'
    return Mistake(column=len(line) - len(line.lstrip()) + 1, code="no-equals", message=message)


def _lower(said: str) -> str:
    said = re.sub(r"\s*\(at .*\)$", "", said)
    return said[:1].lower() + said[1:160]


def _value(line: str, column: int) -> Mistake | None:
    """A value in a form that TOML does not know, such as 18:30 or 3/12/2026."""
    for pattern, code, say in _VALUES:
        for found in pattern.finditer(line):
            if found.start() <= column <= found.end() and not _is_quoted(line, found.start()):
                message, instead = say(found)
                fixed = None if instead is None else line[: found.start()] + instead + line[found.end() :]
                return Mistake(column=found.start() + 1, code=code, message=message, repaired=fixed)
    return None


def _is_quoted(line: str, place: int) -> bool:
    before = line[:place]
    return before.count('"') % 2 == 1 or before.count("'") % 2 == 1


Said = tuple[str, str | None]


def _midnight(found: re.Match[str]) -> Said:
    try:
        following = f"{date.fromisoformat(found[1]) + timedelta(days=1)}T00:00:00"
    except (ValueError, OverflowError):
        following = "2026-12-04T00:00:00"
    return f"No clock shows 24:00. Midnight is the first moment of the next day: {following}.", following


def _half(found: re.Match[str]) -> Said:
    hour, minute = int(found[1]), int(found[2] or 0)
    if not 1 <= hour <= 12 or minute > 59:
        return f"No clock shows {found[0]}.", None
    full = f"{hour % 12 + 12 * (found[3].lower() == 'p'):02}:{minute:02}"
    return f'Hours count from 0 to 23: write {full}:00 or "{full}".', f'"{full}"'


def _moment(found: re.Match[str]) -> Said:
    full = f"{found[1]}T{found[2]:0>2}:{found[3]}:00"
    return f"A date and time is written with its seconds: {full}.", full


def _clock(found: re.Match[str]) -> Said:
    hour, minute = int(found[1]), int(found[2])
    if hour > 23 or minute > 59:
        return f"No clock shows {found[0]}. A day ends at 23:59:00, and the next one begins at 00:00:00.", None
    return f'Write {hour:02}:{minute:02}:00 or "{hour:02}:{minute:02}".', f'"{hour:02}:{minute:02}"'


def _dotted(found: re.Match[str]) -> Said:
    """3/12/2026 with the day first, unless only the other order has such a day."""
    one, other, year = int(found[1]), int(found[2]), int(found[3]) + 2000 * (len(found[3]) == 2)
    day = _real(year, other, one) or _real(year, one, other) or date(2026, 12, 3)
    hour = f"T{found[4]:0>2}:{found[5]}:00" if found[4] else ""
    return f"Write a date as {day}{hour}: year, month, day.", None


def _short_year(found: re.Match[str]) -> Said:
    return f"Write the year in full: 20{found[0]}.", None


def _real(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _date(found: re.Match[str]) -> Said:
    year, month, day = int(found[1]), int(found[2]), int(found[3])
    fixed, swapped = _real(year, month, day), _real(year, day, month)
    if fixed is None:
        there_is_no = f"There is no {found[1]}-{found[2]}-{found[3]}"
        if 1 <= month <= 12 and year and 29 <= day <= 31:
            return f"{there_is_no}: {MONTHS[month - 1]} {year} has {monthrange(year, month)[1]} days.", None
        return f"{there_is_no}. A date is year, month, day: {swapped or '2026-12-03'}.", None
    rest = found[4] or ""
    return f"Write a date and a time with two digits each: {fixed}{'T18:30:00' if rest else ''}.", None


def _truth(_found: re.Match[str]) -> Said:
    return "Write true or false, in small letters and without quotation marks.", None


def _zeros(found: re.Match[str]) -> Said:
    return f"A number does not begin with 0: write {found[0].lstrip('0') or '0'}.", None


def _bare(found: re.Match[str]) -> Said:
    text = found[1].rstrip()
    return f'Text stands between quotation marks: "{text[:60]}"', f'"{text}"'


_VALUES: tuple[tuple[re.Pattern[str], str, Callable[[re.Match[str]], Said]], ...] = (
    (re.compile(r"(\d{4}-\d\d-\d\d)[Tt ]24:00(?::00)?(?!\d)"), "bare-time", _midnight),
    (re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d{1,2}):(\d\d)(?![\d:])"), "bare-time", _moment),
    (re.compile(r"(?<![\d:.-])(\d{1,2})(?:[:.](\d\d))?\s*([AaPp])\.?[Mm]\b\.?"), "bare-time", _half),
    (re.compile(r"(?<![\d-])\d\d-\d\d-\d\d(?![\d-])"), "bad-date", _short_year),
    (re.compile(r"(?<![\d-])(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)([T ]\d[\d:]*)?"), "bad-date", _date),
    (re.compile(r"(?<!\d)(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d\d)(?!\d)(?:\s+(\d{1,2}):(\d\d))?"), "bad-date", _dotted),
    (re.compile(r"(?<![\d:-])(\d{1,2}):(\d\d)(?::\d\d)?(?![\d:])"), "bare-time", _clock),
    (
        re.compile(r"(?<=[=\s\[,])(?:True|TRUE|False|FALSE|Yes|YES|yes|No|NO|no)(?=\s*(?:$|[,#\]}]))"),
        "not-true",
        _truth,
    ),
    (re.compile(r"(?<=[=\s\[,])0\d+(?=\s*(?:$|[,#\]}]))"), "leading-zero", _zeros),
    (re.compile(r"(?<![^\s=\[,])([^\W\d][\w -]*)(?=\s*(?:$|[#,\]}]))"), "unquoted-text", _bare),
)
