"""Feeds spoilt on purpose: a consumer that should see it and does not would make the whole run worthless."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.conformance.cases import Case, golden
from tests.conformance.clocks import LONDON, unheard_of
from tests.conformance.declared import differences

EVERY = frozenset({"vobject", "ical", "libical", "ical.js"})


def _instead(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def spoil(body: bytes) -> bytes:
        assert old in body, old
        return body.replace(old, new, 1)

    return spoil


# What was done to the golden feed, and who must notice, by objecting or by reading something else than declared.
BROKEN: tuple[tuple[str, Callable[[bytes], bytes], frozenset[str]], ...] = (
    ("another title", _instead(b"SUMMARY:White", b"SUMMARY:Black"), EVERY),
    ("another sequence", _instead(b"SEQUENCE:1", b"SEQUENCE:2"), EVERY),
    ("half an hour late", _instead(b":20261203T183000", b":20261203T190000"), EVERY),
    ("summer time in winter", lambda b: _instead(b"TO:+0000", b"TO:+0100")(unheard_of(b, LONDON)), EVERY),
    ("a day longer", _instead(b"DTEND;VALUE=DATE:20261211", b"DTEND;VALUE=DATE:20261212"), EVERY),
    ("one entry less", lambda b: b.replace(b[b.index(b"BEGIN:VEVENT") : b.index(b"END:VEVENT") + 12], b"", 1), EVERY),
    ("no UID", _instead(b"UID:white-ribbon-2026@pcc.example.org\r\n", b""), EVERY),
    ("a status that is none", _instead(b"STATUS:CANCELLED", b"STATUS:CANCELED"), EVERY),
    ("cut off", lambda b: b[: len(b) // 2], EVERY),
    ("a line from elsewhere", _instead(b"CLASS:PUBLIC", b"CLASS:PUBLIC\r\nWe moved"), EVERY - {"ical.js"}),
    ("two titles", _instead(b"SUMMARY:White", b"SUMMARY:X\r\nSUMMARY:White"), EVERY),
    (
        "no time zone",
        lambda b: b[: b.index(b"BEGIN:VTIMEZONE")] + b[b.index(b"BEGIN:VEVENT") :],
        frozenset({"ical.js"}),
    ),
)


def broken() -> dict[str, Case]:
    whole = next(case for case in golden() if case.name == "golden/all.ics")
    return {name: replace(whole, name=name, body=spoil(whole.body)) for name, spoil, _ in BROKEN}


def unnoticed(told: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Who should have seen which fault and did not; *told* is what each consumer says of `broken()`."""
    cases = broken()
    for name, _, must_see in BROKEN:
        for consumer in sorted(must_see & set(told)):
            if not any(differences(consumer, cases[name], told[consumer][name])):
                yield f"{consumer} does not notice: {name}"
