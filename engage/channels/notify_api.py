"""GOV.UK Notify's HTTP API over one connection: who we are, one question, one answer. What it means is in notify.

Written against https://docs.notifications.service.gov.uk/rest-api.html instead of taken from the official client: that
needs docopt, which exists as source only and would keep the whole lock from installing without a compiler. Our own
also tells what the client does not: whether a request had left when the connection failed.
"""

from __future__ import annotations

import hmac
import http.client
import json
import re
import socket
import ssl
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from engage.errors import SettingsError

LIVE = "https://api.notifications.service.gov.uk"
LARGEST = 1024 * 1024  # bytes of an answer
CONNECT, ANSWER = 10.0, 30.0  # seconds
IDLE = 20.0  # seconds after which a kept connection is not trusted: the other side closes silent ones

_UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_KEY = re.compile(rf"(?:.*-)?({_UUID})-({_UUID})", re.DOTALL)


class Unreached(Exception):
    """No connection could be made: nothing was asked. *untrusted*: because of the other side's certificate."""

    def __init__(self, why: str, *, untrusted: bool = False) -> None:
        super().__init__(why)
        self.why, self.untrusted = why, untrusted


class Lost(Exception):
    """The connection failed after we began to ask: it may have been heard."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Answer:
    """*body* is what the JSON says, or empty when it says nothing we can read."""

    status: int
    body: Mapping[str, Any] = field(repr=False)
    retry_after: float | None = None

    @property
    def errors(self) -> list[tuple[str, str]]:
        """(type, message) of what went wrong. Messages may quote an address: they are read here and not passed on."""
        found = self.body.get("errors")
        listed = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
        return [(str(one.get("error", "")), str(one.get("message", ""))) for one in listed]


@dataclass(frozen=True)
class Account:
    """Where the API is and who we are there; its repr shows neither."""

    url: str
    service: str = field(repr=False)
    secret: str = field(repr=False)

    @classmethod
    def parse(cls, key: str, url: str | None = None) -> Account:
        """An API key ends with the service's id and the secret, 36 characters each. Raises SettingsError."""
        found = _KEY.fullmatch(key.strip())
        if found is None:
            raise SettingsError("ENGAGE_NOTIFY_API_KEY is not an API key: it ends with two ids of 36 characters each.")
        account = cls((url or LIVE).rstrip("/"), found[1], found[2])
        if urlsplit(account.url).scheme != "https" and not account.is_loopback:
            raise SettingsError("ENGAGE_NOTIFY_URL must begin with https:// unless it is on this machine.")
        return account

    @property
    def is_loopback(self) -> bool:
        return urlsplit(self.url).hostname in {"127.0.0.1", "::1", "localhost"}

    def token(self, now: float) -> str:
        """A JSON Web Token (RFC 7519, HS256) that is good for half a minute."""
        head = _encoded(b'{"typ":"JWT","alg":"HS256"}')
        claims = _encoded(json.dumps({"iss": self.service, "iat": int(now)}, separators=(",", ":")).encode())
        signature = hmac.new(self.secret.encode(), f"{head}.{claims}".encode(), sha256).digest()
        return f"{head}.{claims}.{_encoded(signature)}"


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class Line:
    """One connection, opened when first needed and kept while it is used."""

    def __init__(self, account: Account, *, patience: float = ANSWER, context: ssl.SSLContext | None = None) -> None:
        self._account, self._patience, self._context = account, patience, context
        self._http: http.client.HTTPConnection | None = None
        self._used = 0.0

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """Raises Unreached when nothing can have been heard, Lost when it may have been."""
        connection = self._open()
        headers = {"Authorization": f"Bearer {self._account.token(time.time())}", "Accept": "application/json"}
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        try:
            connection.request(method, self._prefix + path, data, headers)
            response = connection.getresponse()
            raw = response.read(LARGEST + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise Lost(f"The connection to GOV.UK Notify failed: {_cause(error)}.") from error
        self._used = time.monotonic()
        if response.will_close or len(raw) > LARGEST:
            self.close()
        return Answer(response.status, _read(raw), _seconds(response.headers.get("Retry-After")))

    @property
    def _prefix(self) -> str:
        return urlsplit(self._account.url).path.rstrip("/")

    def _open(self) -> http.client.HTTPConnection:
        if self._http is not None and time.monotonic() - self._used > IDLE:
            self.close()
        if self._http is not None:
            return self._http
        connection = self._connection()
        try:
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sock.settimeout(self._patience)
        except ssl.SSLCertVerificationError as error:
            raise Unreached(
                f"GOV.UK Notify's certificate is not trusted: {error.verify_message}.", untrusted=True
            ) from error
        except OSError as error:
            connection.close()
            raise Unreached(f"GOV.UK Notify cannot be reached: {_cause(error)}.") from error
        self._http = connection
        return connection

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self._account.url)
        host = parts.hostname or ""
        if parts.scheme == "http":
            return http.client.HTTPConnection(host, parts.port, timeout=CONNECT)
        context = self._context or ssl.create_default_context()
        context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
        return http.client.HTTPSConnection(host, parts.port, timeout=CONNECT, context=context)

    def close(self) -> None:
        if self._http is not None:
            with suppress(OSError):
                self._http.close()
            self._http = None


def _read(raw: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(text: str | None) -> float | None:
    """`Retry-After` in seconds; a date (RFC 9110 allows one) is not worth a clock of theirs and counts as none."""
    return float(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else None


def _cause(error: Exception) -> str:
    """The system's words, without a host name or an address."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.rstrip(".").lower()
    return type(error).__name__
