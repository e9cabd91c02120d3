"""What a command needs and was not told: asked for on a terminal, else one sentence that names the option."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

import typer

from engage.cli.show import say

T = TypeVar("T")


def is_terminal() -> bool:
    """Whether somebody sits there who can answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def needed(given: str | None, *, option: str, what: str, read: Callable[[str], T], default: str | None = None) -> T:
    """The option's value as *read* understands it; asked for again while it does not."""
    from engage.errors import EngageError

    if given is not None:
        return read(given)
    if not is_terminal():
        say(f"Say {option}: {what}.")
        raise typer.Exit(2)
    while True:
        try:
            return read(str(typer.prompt(f"{what[:1].upper()}{what[1:]}", default=default, err=True)))
        except EngageError as error:
            say(str(error))


def chosen(given: str | None, *, option: str, what: str, choices: Sequence[tuple[str, str]]) -> str:
    """One of *choices*, which are ids and what they are called: by number, id, or the beginning of either."""
    if given is None and is_terminal():
        for number, (name, called) in enumerate(choices, 1):
            say(f"{number:>4}  {called}  ({name})")
    only = choices[0][0] if len(choices) == 1 else None
    return needed(given, option=option, what=what, read=lambda text: _one_of(text, what, choices), default=only)


def _one_of(text: str, what: str, choices: Sequence[tuple[str, str]]) -> str:
    from engage.domain.problems import did_you_mean
    from engage.errors import NotFound

    wanted = text.strip().lower()
    if wanted.isdecimal() and 1 <= int(wanted) <= len(choices):
        return choices[int(wanted) - 1][0]
    if any(wanted == name for name, _ in choices):
        return wanted
    close = [name for name, called in choices if wanted and (name.startswith(wanted) or wanted in called.lower())]
    if len(close) == 1:
        return close[0]
    hint = f" It may be {' or '.join(close[:4])}." if close else did_you_mean(wanted, [name for name, _ in choices])
    raise NotFound(f'"{text[:80]}" is not known: {what}.{hint}')
