"""The style sheets: one written by hand, and a tiny one that holds the office's own colour. All comes from memory.

Beside them the two scripts of this site, for alerts on a device.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from engage.domain.calendars import Office

STATIC = Path(__file__).parent / "static"
READABLE = 4.5  # the least contrast of text (WCAG 2.2, 1.4.3)
PLAIN = "#1d3f6e"
_COLOUR = re.compile("#[0-9a-fA-F]{6}")


class Styles:
    """Addresses carry a digest of what they lead to, so that browsers may keep it for a year."""

    def __init__(self) -> None:
        self.sheet, self.push, self.push_worker = (
            (STATIC / name).read_bytes() for name in ("engage.css", "push.js", "push-worker.js")
        )

    def office_sheet(self, office: Office | None) -> bytes:
        return _office_sheet(office.colour if office else PLAIN)

    def addresses(self, office: Office | None) -> dict[str, str]:
        return {
            "engage": f"/static/engage.css?v={digest(self.sheet)}",
            "push": f"/static/push.js?v={digest(self.push)}",
            "office": f"/static/office.css?v={digest(self.office_sheet(office))}",
        }


@lru_cache(maxsize=16)
def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


@lru_cache(maxsize=16)
def _office_sheet(colour: str) -> bytes:
    """Links take the office's colour only where people can read it on white; what stands on it is black or white."""
    colour = colour.lower() if _COLOUR.fullmatch(colour) else PLAIN
    ink = "#ffffff" if contrast(colour, "#ffffff") >= READABLE else "#0b0c0c"
    link = colour if contrast(colour, "#ffffff") >= READABLE else "#1d4f91"
    return f":root{{--office:{colour};--office-ink:{ink};--office-link:{link}}}\n".encode()


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
