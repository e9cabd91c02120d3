"""Web push (RFC 8030): one sealed message for one browser, over a connection kept for each push service.

In trial mode it sends too: a device is only in a rehearsal's database when somebody pressed the rehearsal's button.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from engage.channels import push_crypto, push_device
from engage.channels.base import Letter
from engage.channels.message import Headings
from engage.channels.push_crypto import Vapid
from engage.channels.push_device import Device
from engage.domain import outcomes, slots
from engage.domain.outcomes import Outcome, Sent, TryAgain, Unknown
from engage.errors import Refused, SettingsError
from engage.networks import is_public
from engage.settings import Settings

if TYPE_CHECKING:  # imported when the first letter goes
    import httpx2

URGENCY = {"urgent": "high", "normal": "normal", "bulk": "low"}  # by lane (RFC 8030 5.3)
LONGEST_TTL = 28 * 86_400  # seconds; what browsers' services keep
TITLE, BODY = 120, 500  # characters; more is not shown anywhere
PATIENCE = 10.0  # seconds for each step of an exchange
AWAY = 60.0  # seconds for which a service that cannot be reached is left alone
MOST_OF_AN_ANSWER = 16 * 1024
LONGEST_PAUSE = timedelta(days=1)

log = structlog.get_logger()


class WebPush:
    """The channel. An address is a `Device`; handing a delivery over again replaces what the device shows of it."""

    name = "webpush"
    repeatable = True
    findable = False
    rate = None
    connections = 1

    def __init__(
        self, vapid: Vapid, *, services: Collection[str], loopback: bool = False, patience: float = PATIENCE
    ) -> None:
        self.vapid, self.services, self.loopback, self.patience = vapid, tuple(services), loopback, patience

    @classmethod
    def from_settings(cls, settings: Settings) -> WebPush:
        """In trial mode a push service on loopback is known too, for tests and demonstrations."""
        if settings.vapid_private_key is None:
            raise SettingsError("ENGAGE_VAPID_PRIVATE_KEY is not set: without it, nothing is pushed to browsers.")
        contact = settings.mail_from or "trial@example.org"
        vapid = Vapid(settings.vapid_private_key.get_secret_value(), f"mailto:{contact}")
        return cls(vapid, services=settings.push_services, loopback=not settings.is_live)

    @property
    def public_key(self) -> str:
        """What a browser must be told before it subscribes."""
        return self.vapid.public

    def connect(self) -> WebPushSession:
        return WebPushSession(self)

    def read(self, text: str) -> Device:
        return push_device.read(text, services=self.services, loopback=self.loopback)

    def parse_address(self, text: str) -> str:
        return self.read(text).address

    def build(self, render: Callable[[str], str], headings: Headings) -> PushForm:
        """Title and text of a notice; the office's own link stands apart from the text."""
        return PushForm(render("subject.txt"), render("short.txt"), headings.url)


@dataclass(frozen=True)
class PushForm:
    """A notice before it is one person's."""

    title: str
    body: str
    url: str

    def fill(self, values: Mapping[str, str]) -> bytes:
        """Header lines and a JSON text, as they will be posted; the text is sealed last."""
        topic = topic_of(values["notice_id"])
        body = slots.fill(self.body, dict(values)).removesuffix(self.url).rstrip()
        text = {"title": _cut(self.title, TITLE), "body": _cut(body, BODY), "url": self.url, "tag": topic}
        seconds = max(0, min(int(values["seconds"]), LONGEST_TTL))
        head = f"TTL: {seconds}\r\nUrgency: {URGENCY[values['lane']]}\r\nTopic: {topic}\r\n\r\n"
        return head.encode() + json.dumps(text, ensure_ascii=False).encode()


def topic_of(notice_id: str) -> str:
    """The same for all versions of a notice: a resend, and a correction, replace what has not been seen yet."""
    return base64.urlsafe_b64encode(hashlib.sha256(notice_id.encode()).digest()[:24]).decode()


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


class WebPushSession:
    """One thread's connections. A push service that cannot be reached does not hold up those of other browsers."""

    def __init__(self, channel: WebPush) -> None:
        self._channel = channel
        self._client: httpx2.Client | None = None
        self._away: dict[str, float] = {}
        self._public: dict[str, float] = {}

    def send(self, letters: Sequence[Letter], _following: Sequence[Letter] = (), /) -> Iterator[Outcome]:
        """See `Session.send`."""
        for letter in letters:
            yield self._push(letter)

    def _push(self, letter: Letter) -> Outcome:
        try:
            device = self._channel.read(letter.to)
        except Refused:
            return outcomes.Refused("The push service is not one that we know.", "address", suppress=True)
        if device.key != self._channel.public_key:
            return outcomes.Refused("The device signed up with another key of ours.", "key", suppress=True)
        head, _, plain = letter.content.partition(b"\r\n\r\n")
        if len(plain) > push_crypto.MOST:
            return outcomes.Refused(f"The message is larger than {push_crypto.MOST} bytes.", "too-large")
        try:
            body = push_crypto.sealed(plain, device.p256dh, device.auth)
        except ValueError:
            return outcomes.Refused("The device's key is no key.", "address", suppress=True)
        headers = dict(line.split(": ", 1) for line in head.decode("ascii").split("\r\n"))
        return self._post(device, headers, body)

    def _post(self, device: Device, headers: dict[str, str], body: bytes) -> Outcome:
        """Once more at once when the other side hung up: a kept connection may have been closed meanwhile."""
        import httpx2

        if self._away.get(device.origin, 0.0) > monotonic() or self._leads_inside(device.origin):
            return _UNREACHABLE
        headers |= {
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "Authorization": self._channel.vapid.authorization(device.origin),
        }
        for is_last in (False, True):
            try:
                return self._ask(device.endpoint, headers, body)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                self._away[device.origin] = monotonic() + AWAY
                return _UNREACHABLE
            except httpx2.TransportError as error:
                if is_last or isinstance(error, httpx2.TimeoutException):
                    return Unknown("The push service did not answer.")
        raise AssertionError  # pragma: no cover

    def _leads_inside(self, origin: str) -> bool:
        """Whether the name of a push service leads into a private network just now; looked up anew after a minute.

        The certificate is what proves the other side. This keeps us from knocking at doors of the office's own.
        """
        host, now = urlsplit(origin).hostname or "", monotonic()
        if origin.startswith("http:") or self._public.get(origin, 0.0) > now:  # this machine's own, in trial mode only
            return False
        try:
            leads_outside = is_public(host, 443)
        except OSError:
            return False  # a proxy may know it; else the connection says so
        if not leads_outside:
            log.warning("push service leads into a private network", host=host)
            self._away[origin] = now + AWAY
            return True
        self._public[origin] = now + AWAY
        return False

    def _ask(self, endpoint: str, headers: dict[str, str], body: bytes) -> Outcome:
        """The answer's text may repeat the address and is not kept; an endless one costs the connection."""
        with self._open().stream("POST", endpoint, headers=headers, content=body) as response:
            size, until = 0, monotonic() + self._channel.patience
            for chunk in response.iter_raw():
                size += len(chunk)
                if size > MOST_OF_AN_ANSWER or monotonic() > until:
                    break
            return outcome_of(response.status_code, response.headers.get("retry-after", ""))

    def _open(self) -> httpx2.Client:
        import httpx2

        if self._client is None:
            self._client = httpx2.Client(
                follow_redirects=False,
                timeout=self._channel.patience,
                limits=httpx2.Limits(max_keepalive_connections=8, keepalive_expiry=120),
                headers={"User-Agent": "engage"},
            )
        return self._client

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


_UNREACHABLE = TryAgain("The push service cannot be reached.", "unreachable")


def outcome_of(status: int, retry_after: str = "") -> Outcome:
    """What a push service's answer means (RFC 8030 5 and 8.4, RFC 8292 4).

    A refused key stops nobody else: anybody can hand in an endpoint that was made for another sender.
    """
    if status in {200, 201, 202, 204}:
        return Sent()
    why = f"The push service answered {status}."
    if status in {404, 410}:
        return outcomes.Refused(why, "no-such-address", suppress=True)
    if status == 413:
        return outcomes.Refused(why, "too-large")
    if status in {401, 403}:
        return TryAgain(why, "denied")
    if status in {408, 425, 429} or status >= 500:
        return TryAgain(why, "busy" if status == 429 else "temporary", pause_of(retry_after))
    return outcomes.Refused(why, "protocol")


def pause_of(retry_after: str) -> timedelta | None:
    """Seconds or a date (RFC 9110 10.2.3), within a day; None for anything else."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return min(max(timedelta(seconds=int(text)), timedelta(seconds=1)), LONGEST_PAUSE)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = math.ceil((moment - datetime.now(UTC)).total_seconds())
    return min(max(timedelta(seconds=seconds), timedelta(seconds=1)), LONGEST_PAUSE)
