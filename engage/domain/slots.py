"""Places in a composed message where something differs per person. Templates write a token there; channels fill it."""

from __future__ import annotations

import re
from collections.abc import Mapping

IN_TEMPLATES = ("unsubscribe_url", "manage_url", "why", "action_url", "code")
IN_HEADERS = ("to", "message_id", "unsubscribe_url")

# Letters and digits only, so that neither HTML escaping nor a transfer encoding can touch or split it.
_PREFIX = "ENGAGESLOT"
_NAMES = {name.replace("_", ""): name for name in IN_TEMPLATES}
_TOKEN = re.compile(f"{_PREFIX}({'|'.join(_NAMES)})X")


def token(name: str) -> str:
    """What stands in a rendered text for the value of *name*."""
    return f"{_PREFIX}{name.replace('_', '')}X"


TOKENS = {name: token(name) for name in IN_TEMPLATES}


def split(text: str) -> tuple[list[str], list[str]]:
    """The constants and the slot names between them: always one constant more than names."""
    pieces = _TOKEN.split(text)
    return pieces[::2], [_NAMES[found] for found in pieces[1::2]]


def defuse(text: str) -> str:
    """The text with every token broken, for words that people typed."""
    return text.replace(_PREFIX, "ENGAGE SLOT")


def fill(text: str, values: Mapping[str, str]) -> str:
    """The rendered text with the values of one person, for channels that send plain text."""
    return _TOKEN.sub(lambda found: values[_NAMES[found[1]]], text)
