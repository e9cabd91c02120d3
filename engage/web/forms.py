"""What people send us: read within limits of size, number and time (SECURITY B56), cleaned, and not yet understood."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterable, Mapping
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from engage.rendering import cleaned

LARGEST = 16 * 1024  # bytes of a body
MOST = 30  # fields, besides one for each area and topic that can be ticked
LONGEST = 200  # characters of a value
PATIENCE = 30.0  # seconds for a whole body
_CLOSE = {"Connection": "close"}  # what is still under way is not read


class Form:
    """The fields of a form; a missing one is empty."""

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields: dict[str, list[str]] = {}
        for name, value in fields:
            self._fields.setdefault(name, []).append(value)

    @classmethod
    def of(cls, **fields: str | Iterable[str]) -> Form:
        """A form as if a person had filled it."""
        return cls((n, v) for n, given in fields.items() for v in ([given] if isinstance(given, str) else given))

    def one(self, name: str) -> str:
        """The first value: a field sent twice is a mistake, not a choice."""
        return self._fields.get(name, [""])[0]

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._fields.get(name, ())))


def asked(request: Request) -> Form:
    """The form of a GET, cleaned like any other."""
    return Form((name, _clean(value, LONGEST)) for name, value in request.query_params.multi_items())


async def read(request: Request, *, choices: int = 0, longest: int = LONGEST, lines: Container[str] = ()) -> Form:
    """The form of a POST; fields named in *lines* keep their lines. Raises HTTPException 413, 408 or 415."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await body_of(request)
    if not body:
        return Form()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, headers=_CLOSE)
    try:
        fields = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST + choices, errors="replace"
        )
    except ValueError:
        raise HTTPException(413, headers=_CLOSE) from None
    return Form((name, (_lines if name in lines else _clean)(value, longest)) for name, value in fields)


def _clean(value: str, longest: int) -> str:
    """One line without hidden characters, short enough for anything we ask."""
    return " ".join(cleaned(value).split())[:longest]


def _lines(value: str, longest: int) -> str:
    """The same, line by line: what somebody wrote at length."""
    kept = (" ".join(line.split()) for line in cleaned(value).splitlines())
    return "\n".join(kept).strip()[:longest]


async def body_of(request: Request) -> bytes:
    """The bytes of a POST. Raises HTTPException 413 or 408."""
    if _announced(request.headers) > LARGEST:
        raise HTTPException(413, headers=_CLOSE)
    body = b""
    try:
        async with asyncio.timeout(PATIENCE):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST:
                    raise HTTPException(413, headers=_CLOSE)
    except TimeoutError:
        raise HTTPException(408, headers=_CLOSE) from None
    return body


def _announced(headers: Mapping[str, str]) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0
