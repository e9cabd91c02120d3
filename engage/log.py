"""structlog, configured once per process; console on a terminal, JSON otherwise. Edges decide what is logged."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict

OURS = ("engage", "actors", "__main__", "uvicorn.error")  # whose news of ordinary work is written

# A last net below the rule that addresses, names and tokens are never logged: it must not be relied upon.
_PRIVATE = re.compile(
    r"[^\s@<>\"']{1,64}@+(?=[^\s@<>\"',;:]*[A-Za-z])[^\s@<>\"',;:]{1,255}"  # not `7 days@18:00`, a reminder's key
    r"|(?<=/)[A-Za-z0-9_.~-]{40,}|\+?\d(?:[ -]?\d){9,14}"
)


def configure(log_format: str | None = None, level: int = logging.INFO) -> None:
    """Send our lines, and every library's warnings, through one shape to stderr; stdout stays for results."""
    as_json = log_format == "json" or (log_format is None and not _is_terminal())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        mask,
    ]
    render = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=_is_terminal())
    # Exceptions become text before the mask looks: what a library says of one may hold anything.
    on_lines = [] if as_json else [one_line]
    finish: list[Any] = [*on_lines, structlog.processors.format_exc_info, mask, render]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *finish],
        )
    )
    # A library may tell of ordinary work whom it works for: an HTTP client writes whole addresses, secrets included.
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
    for ours in OURS:
        logging.getLogger(ours).setLevel(level)
    logging.raiseExceptions = False  # a full log disk must not stop sending (F73)


def _is_terminal() -> bool:
    return sys.stderr.isatty()


def mask(_logger: object, _method: str, event_dict: EventDict) -> EventDict:
    """Blank whatever looks like an address, a phone number or a token, in every text of the line."""
    for key, value in event_dict.items():
        if isinstance(value, str) and key != "timestamp":
            event_dict[key] = _PRIVATE.sub("[masked]", value)
    return event_dict


def one_line(_logger: object, _method: str, event_dict: EventDict) -> EventDict:
    """Write out what would begin a line or steer a terminal: no text of a stranger looks like a line of ours (S35).

    JSON does so by itself. A traceback keeps its lines.
    """
    for key, value in event_dict.items():
        if isinstance(value, str) and key not in {"exception", "stack"} and not value.isprintable():
            event_dict[key] = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in value)
    return event_dict


def where(error: BaseException) -> str:
    """The traceback without what the exceptions say: near a form, that often quotes what a person typed."""
    lines: list[str] = []
    following: BaseException | None = error
    while following is not None:
        name = f"{type(following).__module__}.{type(following).__qualname__}\n"
        lines[:0] = [*traceback.format_tb(following.__traceback__), name]
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return "".join(lines)
