"""A push service on loopback, and browsers behind it: it opens what it is sent with their keys, or refuses it.

It checks what RFC 8030, 8188, 8291 and 8292 ask of a sender with code of its own, and misbehaves on command.
"""

from __future__ import annotations

import json
import os
import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import deque
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def unbase64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True)
class Pushed:
    """One message the service took, as the browser reads it."""

    to: str
    text: dict[str, Any]
    headers: dict[str, str]


@dataclass
class Subscribed:
    """A browser that asked for messages from the sender with public key *sender*."""

    name: str
    endpoint: str
    sender: str
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))
    waiting: dict[str, Pushed] = field(default_factory=dict)  # by topic: what a browser that was off will get

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def fields(self) -> dict[str, str]:
        """What the browser's page sends."""
        keys = {"p256dh": base64(self.point), "auth": base64(self.auth)}
        return {"endpoint": self.endpoint, **keys, "key": self.sender}

    @property
    def address(self) -> str:
        """As the ledger knows it."""
        return json.dumps(self.fields, sort_keys=True, separators=(",", ":"))

    def opened(self, body: bytes) -> bytes:
        """The plaintext of one sealed record."""
        salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size <= 4096
        shared = self.key.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), sender))
        # HKDF spelled out: one block of SHA-256 is all that is needed.
        key = digest(digest(self.auth, shared, sha256), b"WebPush: info\0" + self.point + sender + b"\1", sha256)
        secret = digest(salt, key, sha256)
        content_key = digest(secret, b"Content-Encoding: aes128gcm\0\1", sha256)[:16]
        nonce = digest(secret, b"Content-Encoding: nonce\0\1", sha256)[:12]
        padded = AESGCM(content_key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert padded.endswith(b"\x02"), "the last record ends with 2"
        return padded[:-1]


class PushService(ThreadingHTTPServer):
    """*answers* are (status, headers) given instead of taking a message; each *hang_up* cuts one connection:
    `before` (nothing taken), `after` (taken, never answered), `slow` (taken, answered late).
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.browsers: dict[str, Subscribed] = {}
        self.accepted: list[Pushed] = []
        self.refused: list[str] = []
        self.answers: deque[tuple[int, dict[str, str]]] = deque()
        self.hang_up: deque[str] = deque()
        self.connections = 0
        self.asked = 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def subscribe(self, sender: str, name: str = "ada") -> Subscribed:
        path = f"/push/{base64(os.urandom(12))}"
        self.browsers[path] = Subscribed(name, self.origin + path, sender)
        return self.browsers[path]

    def forget(self, browser: Subscribed) -> None:
        """The browser was uninstalled, or its owner withdrew the permission."""
        self.browsers = {path: found for path, found in self.browsers.items() if found is not browser}

    def shown(self) -> list[str]:
        """Whose screens show how many messages: a later one of the same topic takes the place of the earlier."""
        return [browser.name for browser in self.browsers.values() for _ in browser.waiting]

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, *_: object) -> None:
        """A client that hung up is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: PushService
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def log_message(self, *_: object) -> None:
        """Tests print nothing."""

    def do_GET(self) -> None:
        self.server.asked += 1
        self._answer(200)

    def do_POST(self) -> None:
        service, body = self.server, self.rfile.read(int(self.headers["Content-Length"]))
        service.asked += 1
        cut = service.hang_up.popleft() if service.hang_up else ""
        if cut == "before":
            self.close_connection = True
            return
        if service.answers:
            status, headers = service.answers.popleft()
            self._answer(status, **headers)
            return
        status = self._take(body)
        if cut == "after":
            self.close_connection = True
            return
        if cut == "slow":
            time.sleep(0.5)
        self._answer(status, Location=f"{service.origin}/message/1")

    def _take(self, body: bytes) -> int:
        service, browser = self.server, self.server.browsers.get(self.path)
        if browser is None:
            return 410
        if len(body) > 4096:
            return 413
        complaint = self._complaint(browser)
        if complaint:
            service.refused.append(complaint)
            return 403 if "sender" in complaint else 400
        try:
            text = json.loads(browser.opened(body))
        except (InvalidTag, AssertionError, ValueError) as error:
            service.refused.append(repr(error))
            return 400
        pushed = Pushed(browser.name, text, dict(self.headers.items()))
        service.accepted.append(pushed)
        browser.waiting[self.headers["Topic"] or f"#{len(service.accepted)}"] = pushed
        return 201

    def _complaint(self, browser: Subscribed) -> str:
        """What is wrong with the head of a request; nothing when it is right."""
        head = self.headers
        if head["Content-Encoding"] != "aes128gcm":
            return "not sealed"
        if not (head["TTL"] or "").isdigit() or head["Urgency"] not in {"very-low", "low", "normal", "high"}:
            return "TTL or Urgency"
        if head["Topic"] and (len(head["Topic"]) > 32 or not set(head["Topic"]) <= _TOPIC):
            return "Topic"
        return _wrong_token(head["Authorization"] or "", browser.sender, self.server.origin)

    def _answer(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")


_TOPIC = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def _wrong_token(authorization: str, sender: str, origin: str) -> str:
    scheme, _, rest = authorization.partition(" ")
    given = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    if scheme != "vapid" or given.get("k") != sender:
        return "another sender"
    head, claims, signature = given["t"].split(".")
    said, raw = json.loads(unbase64(claims)), unbase64(signature)
    if json.loads(unbase64(head))["alg"] != "ES256" or said["aud"] != origin:
        return "not for this sender"
    if not time.time() < said["exp"] <= time.time() + 86_400 or not said["sub"].startswith(("mailto:", "https:")):
        return "stale or nameless sender"
    key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), unbase64(sender))
    signed = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    try:
        key.verify(signed, f"{head}.{claims}".encode(), ECDSA(SHA256()))
    except InvalidSignature:
        return "forged sender"
    return ""
