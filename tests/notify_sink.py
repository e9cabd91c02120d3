"""A GOV.UK Notify on loopback that logs what it accepted, checks who asks, and misbehaves on command."""

from __future__ import annotations

import hmac
import json
import threading
import time
from base64 import urlsafe_b64decode
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

SERVICE, SECRET = "26785a09-ab16-4eb0-8407-a37497a57506", "3d844edf-8d35-48ac-975b-e847b4f122b0"
KEY = f"our_key-{SERVICE}-{SECRET}"
EMAIL_TEMPLATE, SMS_TEMPLATE = "9d751e0e-f929-4891-82a1-a3e1c3c18ee3", "f33517ff-2a88-4f6e-b855-c550268ce08a"


@dataclass(frozen=True)
class Taken:
    """One message that it accepted, and would send."""

    id: str
    kind: str
    to: str
    reference: str
    personalisation: Mapping[str, str]
    unsubscribe_url: str | None
    at: float


class NotifySink:
    """The judge of loss and duplicates for what goes through Notify.

    *does*: one word is used up by each POST: `ok`, `swallow` (accepted, then cut off without an answer), `cut` (cut off,
    not accepted), `500` (not accepted), `500-taken` (accepted all the same), `html`, `403`, `template`, `rate`,
    `rate:7` (with Retry-After), `day`. *blind*: the status with which look-ups are refused. *delay* and *refuse* (recipients) may be
    changed while it runs. *most* is the largest number of requests that were under way at once.
    """

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.does: deque[str] = deque()
        self.refuse: set[str] = set()
        self.delay = 0.0
        self.blind = 0
        self.posts = self.look_ups = self.under_way = self.most = 0
        self.lock = threading.Lock()
        sink = self

        class Handler(_Handler):
            notify = sink

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def settings(self) -> dict[str, Any]:
        """What points the channels here."""
        return {
            "notify_api_key": KEY,
            "notify_url": self.url,
            "notify_sms_template_id": SMS_TEMPLATE,
            "notify_email_template_id": EMAIL_TEMPLATE,
        }

    @property
    def recipients(self) -> list[str]:
        return [one.to for one in self.taken]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    notify: NotifySink
    protocol_version = "HTTP/1.1"
    timeout = 10

    def log_message(self, *_: object) -> None:
        """Quiet: requests hold addresses."""

    def do_GET(self) -> None:
        self.notify.look_ups += 1
        if self.notify.blind:
            self._say(self.notify.blind, "Exception", "Ask later")
        elif self._is_known():
            reference = parse_qs(urlsplit(self.path).query).get("reference", [""])[0]
            found = [_shown(one) for one in reversed(self.notify.taken) if one.reference == reference]
            self._answer(200, {"notifications": found, "links": {"current": self.path}})

    def do_POST(self) -> None:
        sink = self.notify
        with sink.lock:
            sink.posts += 1
            sink.under_way += 1
            sink.most = max(sink.most, sink.under_way)
            does = sink.does.popleft() if sink.does else "ok"
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            time.sleep(sink.delay)
            if self._is_known():
                self._take(json.loads(body), does)
        finally:
            with sink.lock:
                sink.under_way -= 1

    def _take(self, body: dict[str, Any], does: str) -> None:
        kind = self.path.rpartition("/")[2]
        field = {"sms": "phone_number", "email": "email_address"}[kind]
        wanted = {"sms": (SMS_TEMPLATE, {"text"}), "email": (EMAIL_TEMPLATE, {"subject", "body"})}[kind]
        word, _, seconds = does.partition(":")
        if word in _REFUSALS:
            self._say(*_REFUSALS[word], retry_after=seconds)
        elif word == "html":
            self._answer(502, b"<html>Bad gateway</html>")
        elif word == "cut":
            self.close_connection = True
        elif (body["template_id"], set(body["personalisation"])) != wanted:
            self._say(400, "BadRequestError", "Template not found")
        elif body[field] in self.notify.refuse:
            self._say(400, "ValidationError", f"{field} Not a valid recipient {body[field]}")
        else:
            unsubscribe = body.get("one_click_unsubscribe_url")
            given = (kind, body[field], body["reference"], body["personalisation"], unsubscribe)
            taken = Taken(str(uuid4()), *given, at=time.monotonic())
            with self.notify.lock:
                self.notify.taken.append(taken)
            if word == "swallow":
                self.close_connection = True
            elif word == "500-taken":
                self._say(500, "Exception", "Internal server error")
            else:
                self._answer(201, {"id": taken.id, "reference": taken.reference, "uri": self.path})

    def _is_known(self) -> bool:
        """A JSON Web Token of ours, not older than half a minute."""
        head, claims, signature = self.headers.get("Authorization", "").removeprefix("Bearer ").split(".")
        right = hmac.new(SECRET.encode(), f"{head}.{claims}".encode(), sha256).digest()
        told = json.loads(_decoded(claims))
        is_right = json.loads(_decoded(head)) == {"typ": "JWT", "alg": "HS256"} and told["iss"] == SERVICE
        if is_right and hmac.compare_digest(_decoded(signature), right) and abs(time.time() - told["iat"]) < 30:
            return True
        self._say(403, "AuthError", "Invalid token: API key not found")
        return False

    def _say(self, status: int, kind: str, message: str, retry_after: str = "") -> None:
        body = {"status_code": status, "errors": [{"error": kind, "message": message}]}
        self._answer(status, body, {"Retry-After": retry_after} if retry_after else {})

    def _answer(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


_REFUSALS = {
    "500": (500, "Exception", "Internal server error"),
    "403": (403, "AuthError", "Error: Your system clock must be accurate to within 30 seconds"),
    "template": (400, "BadRequestError", "Missing personalisation: body"),
    "rate": (429, "RateLimitError", "Exceeded rate limit for key type LIVE of 3000 requests per 60 seconds"),
    "day": (429, "TooManyRequestsError", "Exceeded send limits (250000) for today"),
}


def _shown(one: Taken) -> dict[str, object]:
    field = {"sms": "phone_number", "email": "email_address"}[one.kind]
    other = {"phone_number": None, "email_address": None}
    return {"id": one.id, "reference": one.reference, "type": one.kind, "status": "delivered", **other, field: one.to}


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
