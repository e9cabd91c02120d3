"""What can be looked up about our sender: each record missing, wrong and right, and no resolver at all."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from engage.channels.sender import Verdict, of_certificate, of_domain

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RIGHT = {
    ("example.org", "TXT"): ["google-site=1", "v=spf1 include:mail.example.org -all"],
    ("_dmarc.example.org", "TXT"): ["v=DMARC1; p=reject"],
    ("bounces.example.org", "MX"): ["10 mail.example.org."],
    ("k1._domainkey.example.org", "TXT"): ["v=DKIM1; k=rsa; p=MIIB"],
}


def judged(records: dict[tuple[str, str], list[str]] | None, selector: str | None = "k1") -> dict[str, str]:
    def ask(name: str, sort: str) -> list[str] | None:
        return None if records is None else records.get((name, sort), [])

    found: list[Verdict] = of_domain("example.org", "bounces.example.org", ask, selector=selector)
    assert all(verdict.do for verdict in found if verdict.level != "ok"), "what is wrong says what to do"
    return {verdict.what: verdict.level for verdict in found}


def test_a_domain_that_is_set_up_is_said_to_be():
    """All four; without a selector nobody can know which key."""
    assert judged(RIGHT) == {"SPF": "ok", "DMARC": "ok", "MX": "ok", "DKIM": "ok"}
    assert "DKIM" not in judged(RIGHT, selector=None)


def test_nothing_published_is_bad_and_no_resolver_is_not():
    """Offline nothing is known; calmly said once."""
    assert judged({}) == {"SPF": "bad", "DMARC": "bad", "MX": "bad", "DKIM": "bad"}
    assert judged(None) == {"DNS": "warn"}


@pytest.mark.parametrize(
    ("name", "records", "what", "level"),
    [
        (("example.org", "TXT"), ["v=spf1 +all"], "SPF", "bad"),
        (("example.org", "TXT"), ["v=spf1 -all", "v=spf1 ~all"], "SPF", "bad"),
        (("_dmarc.example.org", "TXT"), ["v=DMARC1; p=none; rua=mailto:x@example.org"], "DMARC", "warn"),
        (("_dmarc.example.org", "TXT"), ["something else"], "DMARC", "bad"),
        (("k1._domainkey.example.org", "TXT"), ["v=DKIM1; p="], "DKIM", "bad"),
    ],
)
def test_a_record_that_means_nothing_is_no_record(name, records, what, level):
    """Each is a mistake that is made."""
    assert judged({**RIGHT, name: records})[what] == level


@contextmanager
def https(folder: Path, days: int) -> Iterator[tuple[str, ssl.SSLContext]]:
    """A server on loopback whose certificate is good for so many days, and a context that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = dt.datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=90)).not_valid_after(now + timedelta(days=days, hours=1))
        .add_extension(here, critical=False).sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.TraditionalOpenSSL
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption())
    )
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            try:
                plain, _ = listening.accept()
                with plain, serving.wrap_socket(plain, server_side=True) as secure:
                    secure.recv(1)
            except OSError:
                return

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}", ssl.create_default_context(cafile=folder / "cert.pem")
        thread.join(5)


@pytest.mark.parametrize(("days", "level"), [(60, "ok"), (10, "warn"), (1, "bad")])
def test_a_certificate_is_looked_at_before_it_ends(tmp_path: Path, days: int, level: str):
    """Three weeks are time to act."""
    with https(tmp_path, days) as (url, context):
        found = of_certificate(url, now=datetime.now(UTC), context=context)
    assert found is not None
    assert found.level == level
    assert f"{days} more days" in found.said


def test_a_certificate_that_nobody_trusts_is_bad_and_a_server_that_is_away_is_not(tmp_path: Path):
    """A page that is not https has none."""
    with https(tmp_path, 60) as (url, _context):
        found = of_certificate(url, now=NOW)
    assert found is not None
    assert (found.level, "not trusted" in found.said) == ("bad", True)
    away = of_certificate("https://127.0.0.1:1", now=NOW)
    assert away is not None
    assert away.level == "warn"
    assert of_certificate("http://127.0.0.1:8000", now=NOW) is None
