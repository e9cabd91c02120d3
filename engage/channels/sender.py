"""What the world can look up about our sender and our pages: DNS of the From domain, the certificate of the web site.

Nothing is sent. Without a resolver nothing is known, which is not the same as wrong.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, NoNameservers, Resolver

PATIENCE = 2.0  # seconds for one answer
CERTIFICATE_WARN, CERTIFICATE_BAD = 21, 3  # days
Ask = Callable[[str, str], list[str] | None]  # (name, type) -> records; None when nobody answers


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One thing looked up. *level* is ok, warn or bad; *do* what would mend it."""

    what: str
    level: str
    said: str
    do: str = ""


def resolver() -> Ask:
    """Ask the machine's own resolver, two seconds a question."""
    asked: Resolver | None
    try:
        asked = Resolver()
        asked.lifetime = asked.timeout = PATIENCE
    except DNSException:
        asked = None

    def ask(name: str, sort: str) -> list[str] | None:
        if asked is None:
            return None
        try:
            return [_text(record) for record in asked.resolve(name, sort)]
        except (NXDOMAIN, NoAnswer):
            return []
        except (NoNameservers, DNSException, OSError):
            return None

    return ask


def _text(record: object) -> str:
    """Long TXT records come in pieces that belong together."""
    pieces = getattr(record, "strings", None)
    return b"".join(pieces).decode("utf-8", "replace") if pieces is not None else str(record)


def of_domain(domain: str, bounces: str, ask: Ask, *, selector: str | None = None) -> list[Verdict]:
    """Whether receivers can tell that our mail is ours (SPF, DKIM, DMARC), and bounces find their way back (MX)."""
    published = ask(domain, "TXT")
    if published is None:
        said = f"No resolver answered for {domain}: nothing can be looked up from here at the moment."
        return [Verdict(what="DNS", level="warn", said=said, do="If this machine should be online, see to that.")]
    verdicts = [_spf(domain, published), _dmarc(domain, ask), _mx(bounces, ask)]
    return [*verdicts, _dkim(domain, selector, ask)] if selector else verdicts


def _spf(domain: str, published: Sequence[str]) -> Verdict:
    found = [text for text in published if text.lower().startswith("v=spf1")]
    do = f"Have a TXT record published at {domain} that names your mail server: v=spf1 include:... -all"
    if not found:
        return Verdict(what="SPF", level="bad", said=f"{domain} does not say who may send for it.", do=do)
    if len(found) > 1:
        return Verdict(
            what="SPF", level="bad", said=f"{domain} has {len(found)} SPF records; none counts.", do="Keep one."
        )
    if found[0].lower().rstrip().endswith("+all"):
        return Verdict(
            what="SPF", level="bad", said=f"{domain} lets anybody send for it (+all).", do="End it with -all."
        )
    return Verdict(what="SPF", level="ok", said=f"{domain} says who may send for it.")


def _dmarc(domain: str, ask: Ask) -> Verdict:
    found = [text for text in ask(f"_dmarc.{domain}", "TXT") or [] if text.lower().startswith("v=dmarc1")]
    if not found:
        do = f"Have a TXT record published at _dmarc.{domain}: v=DMARC1; p=quarantine; rua=mailto:..."
        return Verdict(what="DMARC", level="bad", said=f"{domain} says nothing about forged mail.", do=do)
    parts = (part.partition("=") for part in found[0].split(";"))
    tags = {name.strip().lower(): value.strip().lower() for name, _, value in parts}
    if tags.get("p") == "none":
        do = "When its reports look right, make it p=quarantine, then p=reject."
        return Verdict(what="DMARC", level="warn", said=f"{domain} only watches for forged mail (p=none).", do=do)
    return Verdict(what="DMARC", level="ok", said=f"{domain} asks for p={tags.get('p', '?')} on forged mail.")


def _dkim(domain: str, selector: str, ask: Ask) -> Verdict:
    name = f"{selector}._domainkey.{domain}"
    found = ask(name, "TXT") or ask(name, "CNAME") or []
    if not found or any("p=;" in text.replace(" ", "") or text.rstrip().endswith("p=") for text in found):
        do = f"Have the key that your mail server signs with published at {name}."
        return Verdict(what="DKIM", level="bad", said=f"There is no key at {name}: signatures prove nothing.", do=do)
    return Verdict(what="DKIM", level="ok", said=f"There is a key at {name}.")


def _mx(domain: str, ask: Ask) -> Verdict:
    if ask(domain, "MX"):
        return Verdict(what="MX", level="ok", said=f"Mail to {domain} has somewhere to go, so bounces come back.")
    do = f"Have an MX record published at {domain}, where bounces return to."
    return Verdict(what="MX", level="bad", said=f"Mail to {domain} has nowhere to go: no bounce comes back.", do=do)


def of_certificate(base_url: str, *, now: datetime, context: ssl.SSLContext | None = None) -> Verdict | None:
    """How long the certificate of an https address is good for; None for another kind of address."""
    parts = urlsplit(base_url)
    if parts.scheme != "https" or parts.hostname is None:
        return None
    try:
        until = _good_until(parts.hostname, parts.port or 443, context or ssl.create_default_context())
    except ssl.SSLCertVerificationError as error:
        do = "Renew it, with the whole chain, for this very name."
        return Verdict(what="certificate", level="bad", said=f"It is not trusted: {error.verify_message}.", do=do)
    except OSError as error:
        why = "no answer in time" if isinstance(error, TimeoutError) else (error.strerror or type(error).__name__)
        said = f"{parts.hostname} could not be reached from here ({why})."
        return Verdict(what="certificate", level="warn", said=said, do="Look at it from another machine.")
    days = (until - now).days
    level = "bad" if days < CERTIFICATE_BAD else "warn" if days < CERTIFICATE_WARN else "ok"
    do = "" if level == "ok" else "See why it is not renewed by itself, and renew it."
    return Verdict(what="certificate", level=level, said=f"It is good for {days} more days.", do=do)


def _good_until(host: str, port: int, context: ssl.SSLContext) -> datetime:
    with (
        socket.create_connection((host, port), PATIENCE) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        found = secure.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(found["notAfter"])), UTC)
