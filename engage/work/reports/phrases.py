"""Small phrases of which a report's sentences are made."""

from __future__ import annotations


def many(n: int, one: str, more: str | None = None) -> str:
    """`no meetings`, `1 meeting`, `1,200 meetings`."""
    return f"{f'{n:,}' if n else 'no'} {one if n == 1 else more or f'{one}s'}"


def were(n: int, one: str, more: str | None = None) -> str:
    """`No meetings were`, `1 meeting was`: how a sentence begins."""
    return f"{begins(many(n, one, more))} {'was' if n == 1 else 'were'}"


def begins(phrase: str) -> str:
    return phrase[:1].upper() + phrase[1:]


def line(text: str) -> str:
    """What somebody typed, on one line."""
    return " ".join(text.split())


def ended(text: str) -> str:
    """The text as a sentence."""
    return text if text.endswith((".", "!", "?")) else f"{text}."
