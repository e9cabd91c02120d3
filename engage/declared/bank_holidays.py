"""Bank holidays of the office's country, from the `holidays` library. What follows from one is in domain.advice.

The library loads every country it knows, which takes longer than the rest of a check. What it said is therefore kept
where Python keeps compiled code: made from code, good for that version of it, and gone without harm.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection
from contextlib import suppress
from datetime import date
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

_KEPT = Path(__file__).parent / "__pycache__"


@lru_cache(maxsize=8)
def bank_holidays(country: str, years: Collection[int]) -> dict[date, str]:
    """Day -> name of a country ("GB") or a part of one ("GB-ENG"); none where the library does not know it."""
    path = _KEPT / f"bank-holidays.{country}.{_release()}.json"
    found = _kept(path)
    if missing := {f"{year}" for year in years} - found.keys():
        found |= {year: _asked(country, int(year)) for year in missing}
        _keep(path, found)
    return {date.fromisoformat(day): name for year in years for day, name in found[f"{year}"].items()}


def _release() -> str:
    """The library's, from the name of its folder: `importlib.metadata` would take longer than all of this."""
    spec = find_spec("holidays")
    assert spec is not None
    assert spec.origin is not None
    folder = next(Path(spec.origin).parents[1].glob("holidays-*.dist-info"), None)
    return folder.stem.removeprefix("holidays-") if folder else f"{Path(spec.origin).stat().st_mtime_ns}"


def _asked(country: str, year: int) -> dict[str, str]:
    from holidays import country_holidays

    name, _, part = country.partition("-")
    for subdivision in (part or None, None):  # a part that it does not know stands for its country
        with suppress(NotImplementedError):
            return {f"{day}": name for day, name in country_holidays(name, subdiv=subdivision, years=year).items()}
    return {}


def _kept(path: Path) -> dict[str, dict[str, str]]:
    try:
        kept: dict[str, dict[str, str]] = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return kept


def _keep(path: Path, found: dict[str, dict[str, str]]) -> None:
    """Where nothing may be written it is asked again each time."""
    if sys.dont_write_bytecode:
        return
    written = path.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        written.write_text(json.dumps(found))
        written.replace(path)
