"""What is wrong with a value, in plain words. pydantic finds it and says it in words for programmers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, time
from typing import NamedTuple

from pydantic_core import ErrorDetails

from engage.domain.problems import did_you_mean

_SECRET = re.compile(r"passw|secret|token|api_?key|credential", re.IGNORECASE)


class Said(NamedTuple):
    """A code for programs and a sentence for people."""

    code: str
    message: str


def of_error(error: ErrorDetails, *, header: str, known: Iterable[str]) -> Said:
    """The sentence for one error in the table *header*, such as [[meeting]]; *known* are the keys of its table."""
    keys = [part for part in error["loc"] if isinstance(part, str)]
    key = keys[-1] if keys else header
    table = header if len(keys) < 2 else f"`{keys[-2]}` of {header}"
    match error["type"]:
        case "missing":
            return Said("missing", f"{table} has no `{key}`.")
        case "extra_forbidden":
            return unknown_key(key, table, known)
        case kind if "says" in error.get("ctx", {}):
            return Said(kind, f"`{key}` {error['ctx']['says']}")
        case _:
            return _of_value(error, key)


def unknown_key(key: str, table: str, known: Iterable[str]) -> Said:
    """A key that nobody reads, which must not be lost silently."""
    if _SECRET.search(key):
        message = (
            f"`{key[:40]}` looks like a secret. Secrets do not stand in these files but in the settings (ENGAGE_...)."
        )
        return Said("secret", message)
    return Said("unknown-key", f"`{key[:80]}` is not a key of {table}.{did_you_mean(key[:80], known)}")


_WANTED = {
    "string": 'must be text between quotation marks, as in {key} = "..."',
    "int": "must be a whole number without quotation marks",
    "float": "must be a number without quotation marks",
    "bool": "must be true or false, without quotation marks",
    "list": "must be a list in square brackets, as in {key} = [...]",
    "model": "must be a table with keys of its own, as in {key} = {{ ... }}",
    "dict": "must be a table with keys of its own, as in {key} = {{ ... }}",
    "finite": "must be an ordinary number",
}


def _of_value(error: ErrorDetails, key: str) -> Said:
    """A value of the wrong type or outside its bounds."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "literal_error":
        return _choice(error, key)
    if kind in {"too_long", "too_short"}:
        bound = f"at most {context['max_length']}" if kind == "too_long" else f"at least {context['min_length']}"
        return Said("bad-count", f"`{key}` must have {bound} items; it has {context['actual_length']}.")
    if kind.startswith(("greater_than", "less_than")):
        (name, bound), *_ = context.items()
        way = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}[name]
        return Said("bad-number", f"`{key}` must be {way} {bound}.")
    says = _WANTED.get(kind.split("_")[0], "cannot be read")
    return Said("bad-type", f"`{key}` {says.format(key=key)}{_given(error['input'])}.")


_KINDS: tuple[tuple[tuple[type, ...], str], ...] = (
    ((bool,), "true or false"),  # before int, which it is too
    ((int, float), "a number"),
    ((str,), "text"),
    ((date, time), "a date or a time"),
    ((list,), "a list"),
    ((dict,), "a table"),
)


def _given(value: object) -> str:
    """What stands there instead."""
    return next((f"; it is {name}" for kinds, name in _KINDS if isinstance(value, kinds)), "")


def _choice(error: ErrorDetails, key: str) -> Said:
    words = re.findall(r"'([^']*)'", str(error.get("ctx", {}).get("expected", "")))
    given = error["input"] if isinstance(error["input"], str) else ""
    listed = " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
    return Said("bad-choice", f"`{key}` must be {listed}.{did_you_mean(given[:40], words)}")
