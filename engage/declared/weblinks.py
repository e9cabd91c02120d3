"""Which web addresses may be shown to residents. Nothing is fetched here."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

LONGEST = 2000
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.IGNORECASE)


def fault_of(url: str) -> str | None:
    """What is wrong with a link, as the end of a sentence that begins with its key; None when it may be shown."""
    if len(url) > LONGEST:
        return f"has {len(url)} characters; a web address may have {LONGEST}."
    if not url.isascii() or re.search(r"[\s\x00-\x1f\x7f\"<>\\^`{|}]", url):
        return "must be a web address without spaces, quotation marks or accents. Copy it from the browser."
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "must be a web address such as https://www.example.org/page."
    if parts.scheme not in {"http", "https"}:
        hint = f' Write "https://{url}".' if _HOST.match(url) and ":" not in url else ""
        return f"must begin with https:// or http://.{hint}"
    if "@" in parts.netloc:
        return "must not hold a name or password before the @."
    return None if host and _is_public(host) else "must name a public website, as in https://www.example.org/page."


def _is_public(host: str) -> bool:
    """False for addresses that only mean something inside a building, and for anything that is no host at all."""
    try:
        return ip_address(host).is_global
    except ValueError:
        name = host.rstrip(".").lower()
        return len(name) <= 253 and _HOST.fullmatch(name) is not None and not name.endswith((".local", ".internal"))
