"""Where mail is submitted and how safely, from ENGAGE_SMTP_URL. Speaking to it is in smtp."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qs, unquote, urlsplit

from engage.errors import SettingsError


class Security(StrEnum):
    """How the connection is encrypted; each but PLAIN fails closed."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    PLAIN = "plain"


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where and how to submit mail, from ENGAGE_SMTP_URL. Off loopback, encryption is the rule."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    helo: str | None = None

    @classmethod
    def parse(cls, url: str) -> Server:
        """`smtp://user:pass@host:587?starttls=required|never&helo=name` or `smtps://...`; raises SettingsError."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.path.strip("/"):
            raise SettingsError(
                "ENGAGE_SMTP_URL is written smtp://user:password@host:587 or smtps://user:password@host."
            )
        options = {key: values[-1] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        starttls = options.pop("starttls", None)
        helo = options.pop("helo", None)
        if options or starttls not in {None, "required", "never"}:
            raise SettingsError("ENGAGE_SMTP_URL has the options starttls=required, starttls=never and helo=NAME only.")
        if helo is not None and not re.fullmatch(r"[A-Za-z0-9.:\[\]-]{1,255}", helo):
            raise SettingsError("In ENGAGE_SMTP_URL, helo is the full host name of this machine.")
        implicit = parts.scheme == "smtps"
        plain = starttls == "never" or (starttls is None and is_loopback(parts.hostname))
        security = Security.IMPLICIT if implicit else Security.PLAIN if plain else Security.STARTTLS
        if parts.username and security is Security.PLAIN and not is_loopback(parts.hostname):
            raise SettingsError("ENGAGE_SMTP_URL would send the password unencrypted; use starttls=required or smtps.")
        return cls(
            host=parts.hostname,
            port=port or {Security.IMPLICIT: 465, Security.STARTTLS: 587, Security.PLAIN: 25}[security],
            security=security,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password or "") if parts.username else None,
            helo=helo,
        )

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether mail to *host* stays on this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
