"""A browser's push subscription: read strictly, and only where a known push service stands behind it.

The endpoint comes from a browser, which is to say from anybody (SECURITY B61, B62, S22). It is checked when it is kept
and again before each push; the service's certificate is verified, so a name that leads elsewhere leads nowhere.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from binascii import Error
from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from engage.domain.wording import marked
from engage.errors import Refused

LONGEST = 1024  # characters of an endpoint; Windows has the longest, with some 600
KEYS = {"p256dh": 65, "auth": 16}  # bytes: an uncompressed point of P-256 and a secret (RFC 8291 2.1)
LOOPBACK = ("127.0.0.1", "[::1]", "localhost")
_BASE64 = re.compile(r"[A-Za-z0-9_-]{1,100}")
_TARGET = re.compile(r"/[A-Za-z0-9._~:/?@!$&'()*+,;=%-]*")
_ORIGIN = re.compile(r"(https?)://([a-z0-9.-]+|\[::1\])(?::([0-9]{1,5}))?")
_NOT_OURS = marked("This browser's alerts go through a service that we do not know, so they cannot be used here.")


@dataclass(frozen=True, kw_only=True)
class Device:
    """Where a push goes and how it is sealed; its repr tells nothing. *key* is the public key it was made with."""

    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)
    key: str = field(repr=False)

    @property
    def origin(self) -> str:
        """The push service, as a VAPID token names it (RFC 8292 2)."""
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def address(self) -> str:
        """The one spelling under which the ledger knows it."""
        return json.dumps(vars(self), sort_keys=True, separators=(",", ":"))


def read(text: str, *, services: Collection[str], loopback: bool) -> Device:
    """The device that *text* describes, as JSON; raises Refused with a sentence."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict) or not all(isinstance(given.get(name), str) for name in ("endpoint", *KEYS, "key")):
        raise Refused("The browser did not say where alerts for this device go. Please try again.")
    _check_endpoint(given["endpoint"], services, loopback=loopback)
    keys = {name: _key(given[name], size) for name, size in KEYS.items()}
    return Device(endpoint=given["endpoint"], **keys, key=_key(given["key"], KEYS["p256dh"]))


def is_known(host: str, services: Collection[str]) -> bool:
    """`*.push.example.org` stands for names below it, not for the name itself."""
    return any(host == name or (name.startswith("*.") and host.endswith(name[1:])) for name in services)


def _check_endpoint(endpoint: str, services: Collection[str], *, loopback: bool) -> None:
    """Matched whole against what is allowed, not searched for what is forbidden: parsers disagree about the rest."""
    cut = endpoint.find("/", 8)
    origin = _ORIGIN.fullmatch(endpoint[:cut]) if cut > 0 and len(endpoint) <= LONGEST else None
    if origin is None or not _TARGET.fullmatch(endpoint[cut:]):
        raise Refused(_NOT_OURS)
    scheme, host, port = origin.groups()
    if loopback and host in LOOPBACK and 0 < int(port or 80) < 65_536:
        return
    if scheme != "https" or port not in (None, "443") or not is_known(host, services):
        raise Refused(_NOT_OURS)


def _key(text: str, size: int) -> str:
    plain = text.rstrip("=")
    if _BASE64.fullmatch(plain):
        try:
            found = urlsafe_b64decode(plain + "=" * (-len(plain) % 4))
        except Error:
            found = b""
        if len(found) == size and (size != KEYS["p256dh"] or found[0] == 4):
            return plain
    raise Refused("The browser's keys for this device are damaged. Please try again.")
