"""The tables of one file, each read on its own: a mistake in one meeting hides nothing in the next."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, reduce
from operator import getitem
from typing import Any, Generic, TypeVar, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from engage.declared import wording
from engage.declared.findings import Findings, Where
from engage.declared.models import CalendarFile, Table
from engage.declared.office_models import OfficeFile, TipsFile
from engage.domain.problems import closest, did_you_mean

T = TypeVar("T", bound=Table)
OFFICE, TIPS = "office.toml", "tips.toml"
_SPECIAL: dict[str, type[Table]] = {OFFICE: OfficeFile, TIPS: TipsFile}


@dataclass(frozen=True)
class Row(Generic[T]):
    """A table that reads well, but for keys that nobody reads; and where it stands.

    *meant* are the keys that those were probably meant to be: that they are missing is no second mistake.
    """

    where: Where
    table: T
    meant: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class File:
    """The readable tables of a file by their type, and everything as tomli read it."""

    name: str
    rows: dict[type[Table], list[Row[Any]]]
    raw: dict[str, Any]

    def of(self, model: type[T]) -> list[Row[T]]:
        """The readable tables of one type, in the file's order."""
        return self.rows.get(model, [])

    def one(self, model: type[T]) -> Row[T] | None:
        """The only table of a type that stands once."""
        return next(iter(self.of(model)), None)

    def raw_tables(self, name: str) -> list[tuple[Where, dict[str, Any]]]:
        """Every `[[name]]` or `[name]`, readable or not: a misspelt venue is still known by its id."""
        found = self.raw.get(name)
        if isinstance(found, dict):
            return [(Where(self.name, (name,)), found)]
        listed = found if isinstance(found, list) else []
        return [(Where(self.name, (name, i)), table) for i, table in enumerate(listed) if isinstance(table, dict)]


def model_of(file: str) -> type[Table]:
    """What a file of this name may hold."""
    return _SPECIAL.get(file.lower(), CalendarFile)


def read_tables(file: str, raw: dict[str, Any], findings: Findings) -> File:
    """Check every table of a file against its model and keep the good ones."""
    shape = _shape(model_of(file))
    rows: dict[type[Table], list[Row[Any]]] = {}
    for name, value in raw.items():
        if name not in shape:
            _unknown(file, name, value, findings)
            continue
        model, is_list, _ = shape[name]
        header = f"[[{name}]]" if is_list else f"[{name}]"
        for where, given in _elements(file, name, value, is_list=is_list, findings=findings):
            row = _read(model, given, where, header, findings)
            if row is not None:
                rows.setdefault(model, []).append(row)
    for name, (_, is_list, needed) in shape.items():
        if needed and name not in raw:
            header = f"[[{name}]]" if is_list else f"[{name}]"
            findings.problem(Where(file), "missing-table", f"This file has no {header}.")
    return File(name=file, rows=rows, raw=raw)


@cache
def _shape(model: type[Table]) -> dict[str, tuple[type[Table], bool, bool]]:
    """Table name -> (its model, whether it stands any number of times, whether it must be there)."""
    shape = {}
    for name, field in model.model_fields.items():
        (kind,) = _tables_in(field.annotation)
        shape[name] = (kind, get_origin(field.annotation) is list, field.is_required())
    return shape


@cache
def _keys(model: type[Table]) -> tuple[str, ...]:
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _elements(
    file: str, name: str, value: object, *, is_list: bool, findings: Findings
) -> list[tuple[Where, dict[str, Any]]]:
    """The tables behind a name; the wrong number of brackets is the commonest mistake here."""
    where = Where(file, (name,))
    if is_list and isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return [(where.at(index), item) for index, item in enumerate(value)]
    if not is_list and isinstance(value, dict):
        return [(where, value)]
    if isinstance(value, dict):
        findings.problem(where, "table-brackets", f"Write [[{name}]] with two brackets: there may be many of them.")
    elif isinstance(value, list) and not is_list:
        findings.problem(where.at(0), "table-brackets", f"Write [{name}] with one bracket, and only once.")
    else:
        wanted = f"[[{name}]]" if is_list else f"[{name}]"
        findings.problem(where, "table-brackets", f"`{name}` is a table: write {wanted} on a line of its own.")
    return []


def _read(model: type[T], given: dict[str, Any], where: Where, header: str, findings: Findings) -> Row[T] | None:
    """The table, also when all that is wrong with it are keys that nobody reads: they hide no other mistake in it."""
    try:
        return Row(where, model.model_validate(given))
    except ValidationError as error:
        errors = error.errors(include_url=False)
    unknown = [found["loc"] for found in errors if found["type"] == "extra_forbidden"]
    meant = {(*loc[:-1], closest(str(loc[-1])[:80], _known_at(model, loc[:-1]))) for loc in unknown}
    for found in errors:
        if found["type"] != "missing" or found["loc"] not in meant:
            _report(model, found, where, header, findings)
    if len(unknown) < len(errors):
        return None
    read = model.model_validate(_without(given, unknown))
    return Row(where, read, frozenset(str(loc[0]) for loc in meant if len(loc) == 1))


def _report(model: type[Table], found: ErrorDetails, where: Where, header: str, findings: Findings) -> None:
    loc = found["loc"]
    said = wording.of_error(found, header=header, known=_known_at(model, loc[:-1]))
    place = where.at(*loc[:-1]) if found["type"] == "missing" else where.at(*loc)
    at_key = found["type"] == "extra_forbidden"
    findings.problem(Where(place.file, place.path, at_key), said.code, said.message)


def _without(given: dict[str, Any], places: Iterable[tuple[int | str, ...]]) -> dict[str, Any]:
    """A copy of a table that lacks the keys at these places."""
    copy: Any = deepcopy(given)
    for *path, key in places:
        del reduce(getitem, path, copy)[key]
    return copy  # type: ignore[no-any-return]


def _known_at(model: type[Table], loc: tuple[int | str, ...]) -> tuple[str, ...]:
    """The keys of the table at *loc* inside *model*."""
    for part in loc:
        if isinstance(part, str):
            field = next((f for name, f in model.model_fields.items() if part == (f.alias or name)), None)
            inner = _tables_in(field.annotation) if field else []
            if not inner:
                return ()
            model = inner[0]
    return _keys(model)


def _tables_in(annotation: Any) -> list[type[Table]]:
    """The table types within a list or an optional."""
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return [annotation]
    return [found for part in get_args(annotation) for found in _tables_in(part)]


def _unknown(file: str, name: str, value: object, findings: Findings) -> None:
    """A table or key that nobody reads: [[meetings]] must not silently lose a meeting."""
    where = Where(file).key(name)
    is_table = isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))
    if not is_table:
        findings.problem(where, "stray-key", f"`{name[:80]}` stands above the first [table] and belongs into one.")
        return
    shown = f"[[{name[:80]}]]" if isinstance(value, list) else f"[{name[:80]}]"
    hint = did_you_mean(name[:80], _shape(model_of(file)))
    homes = [home for home in (OFFICE, TIPS) if name in _shape(_SPECIAL[home])]
    if homes:
        hint = f" It belongs in {homes[0]}."
    elif not hint and name in _shape(CalendarFile):
        hint = " It belongs in a calendar's file."
    findings.problem(where, "unknown-table", f"{shown} is not a table of this file.{hint}")
