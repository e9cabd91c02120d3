"""What a client says it takes, from the raw header (RFC 9110 section 12.5). Decided once for each way of saying it."""

from __future__ import annotations

from functools import lru_cache

CALENDAR, JCAL = "text/calendar", "application/calendar+json"


@lru_cache(maxsize=256)
def takes_gzip(accept_encoding: bytes) -> int:
    """1 when the client takes gzip at least as gladly as the plain bytes, else 0."""
    weights = _weights(accept_encoding)
    gzip = weights.get("gzip", weights.get("*", 0.0))
    return int(gzip > 0 and gzip >= weights.get("identity", 0.0))


@lru_cache(maxsize=256)
def prefers_jcal(accept: bytes) -> bool:
    """Whether the client names jCal and takes it more gladly than iCalendar; what is equal to it gets iCalendar."""
    weights = _weights(accept)
    return JCAL in weights and weights[JCAL] > _weight_of(CALENDAR, weights)


def _weight_of(media_type: str, weights: dict[str, float]) -> float:
    """The most specific range that covers it decides."""
    ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((weights[name] for name in ranges if name in weights), 0.0)


def _weights(header: bytes) -> dict[str, float]:
    """What the header lists -> how gladly it is taken, from 0 to 1."""
    weights = {}
    for part in header.decode("latin-1").lower().replace(" ", "").replace("\t", "").split(","):
        name, *parameters = part.split(";")
        weights[name] = _weight(parameters)
    return weights


def _weight(parameters: list[str]) -> float:
    try:
        return next((float(found[2:]) for found in parameters if found.startswith("q=")), 1.0)
    except ValueError:
        return 0.0
