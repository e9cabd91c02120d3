"""Which Host headers are ours (SECURITY S20). Links never follow them: they are built from the configured address."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.types import Scope

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
_LOOPBACK_ADDRESSES = frozenset({"127.0.0.1", "::1"})
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^][:/?#@\\\s]+?)\.?(?::[0-9]{0,5})?")  # RFC 9110 7.2, without a path or a user


class Hosts:
    """Loopback names are ours in trial mode, and for health checks on this machine in live mode."""

    def __init__(self, base_url: str, *, is_live: bool) -> None:
        parts = urlsplit(base_url)
        host = parts.hostname or ""
        own = f"[{host}]" if ":" in host else host
        self._own = frozenset({own})
        self._anyone = self._own if is_live else self._own | LOOPBACK
        self._here = self._own | LOOPBACK

    def is_ours(self, scope: Scope) -> bool:
        """Exactly one Host header, naming us; its port does not matter."""
        given = [value for name, value in scope["headers"] if name == b"host"]
        return len(given) == 1 and self.names_us(given[0], scope.get("client"))

    def names_us(self, host: bytes, client: tuple[str, int] | None) -> bool:
        """Whether the value of a Host header sent by *client* is one of our names."""
        name = host_name(host)
        return name in self._anyone or (name in self._here and client is not None and client[0] in _LOOPBACK_ADDRESSES)


@lru_cache(maxsize=256)
def host_name(value: bytes) -> str:
    """The name in a Host header, without its port: `Pcc.example.org.:8000` is pcc.example.org. Empty for what is none.

    What stands where a port should may not pass: `pcc.example.org:1/alerts?` would make another address of a request
    for whoever puts one together from its parts (CVE-2026-48710).
    """
    found = _HOST.fullmatch(value.decode("latin-1").lower())
    return found[1] if found else ""


def is_loopback_name(scope: Scope) -> bool:
    """Whether the page was asked for under a loopback name: a stranger's page cannot do that through a victim's DNS."""
    return any(name == b"host" and host_name(value) in LOOPBACK for name, value in scope["headers"])
