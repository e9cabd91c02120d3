"""Signed links: confirm, manage, unsubscribe, approve. A token of one purpose is nothing for another.

Also the return path of every mail, which names its delivery.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256

from itsdangerous import BadData, BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode

LASTING = None  # unsubscribe links never expire: mail is read years later (RFC 8058)
_RETURN_PATH = re.compile(r"bounce\+([0-9]{1,18})\.([0-9a-f]{16})@", re.IGNORECASE)
_CANARY = re.compile(r"bounce\+canary@", re.IGNORECASE)
_MOST_NAMED = 10

CANARY = "bounce+canary"  # where messages to ourselves go: the mailbox that bounces return to


class Links:
    """Makes and reads links. Keys are tried newest first, so that old links outlive a change of keys.

    A token is `{subject}.{seconds}.{signature}`; the purpose is part of the key (HMAC-SHA-256), so a link that
    unsubscribes can do nothing else.
    """

    def __init__(self, base_url: str, keys: Sequence[str]) -> None:
        self.base_url = base_url.rstrip("/")
        self._keys = [key for key in reversed(keys) if key]  # itsdangerous signs with the last
        self._signers: dict[str, Signer] = {}

    def token(self, purpose: str, subject: str | int, at: datetime) -> str:
        payload = base64_encode(f"{subject}.{int(at.timestamp())}").decode()
        return self._signer(purpose).sign(payload).decode()

    def subject(self, purpose: str, token: str, *, now: datetime, within: timedelta | None) -> str | None:
        """Who the token speaks for; None when it is forged, of another purpose, or older than *within*."""
        try:
            payload = base64_decode(self._signer(purpose).unsign(_as_made(token))).decode()
        except (BadData, UnicodeError):
            return None
        subject, _, seconds = payload.rpartition(".")
        issued = datetime.fromtimestamp(int(seconds), UTC)
        if within is not None and not timedelta() <= now - issued + timedelta(minutes=5) <= within + timedelta(
            minutes=5
        ):
            return None
        return subject

    def confirm(self, signup_id: str, at: datetime) -> str:
        return f"{self.base_url}/confirm/{self.token('confirm', signup_id, at)}"

    def preferences(self, recipient_id: int, at: datetime) -> str:
        return f"{self.base_url}/preferences/{self.token('manage', recipient_id, at)}"

    def approve(self, asked: str, at: datetime) -> str:
        """*asked* names what is to be decided, exactly which version of it, and by whom."""
        return f"{self.base_url}/approve/{self.token('approve', asked, at)}"

    def device(self, recipient_id: int, at: datetime) -> str:
        return f"{self.base_url}/devices/{self.token('device', recipient_id, at)}"

    def unsubscribe(self, recipient_id: int) -> str:
        """The same link in every mail to a person: it says nothing of when it was made."""
        return f"{self.base_url}/unsubscribe/{self.token('unsubscribe', recipient_id, datetime.fromtimestamp(0, UTC))}"

    def code(self, code_id: str) -> str:
        """Six digits for an id, which only we can know: they need not be kept anywhere."""
        digest = hmac.new(self._keys[-1].encode(), f"code:{code_id}".encode(), sha256).digest()
        return f"{int.from_bytes(digest) % 1_000_000:06}"

    def proof(self, purpose: str, text: str) -> str:
        """Sixteen characters that only we can have made for *text*."""
        return _proof(self._keys[-1], purpose, text)

    def proves(self, purpose: str, text: str, proof: str) -> bool:
        """Whether *proof* was made by us for *text*, with any of the keys; time says nothing of how near it came."""
        given = proof.encode()
        return any(hmac.compare_digest(_proof(key, purpose, text).encode(), given) for key in self._keys)

    def return_path(self, delivery_id: int, digest: str) -> str:
        """VERP: a bounce names its delivery, and only we can have made the name (SECURITY S30).

        *digest* stands for the address: a bounce says nothing of the address that a person has now instead.
        """
        return f"bounce+{delivery_id}.{self.proof('bounce', _returned(delivery_id, digest))}"

    def is_return_path(self, delivery_id: int, digest: str, proof: str) -> bool:
        return self.proves("bounce", _returned(delivery_id, digest), proof)

    def _signer(self, purpose: str) -> Signer:
        if purpose not in self._signers:
            self._signers[purpose] = _Signer(
                self._keys, salt=f"engage.{purpose}", sep=".", digest_method=sha256, key_derivation="hmac"
            )
        return self._signers[purpose]


class _Signer(Signer):
    """Makes the key of its purpose once: every letter holds a link."""

    @cache  # noqa: B019 - as many signers as purposes, for the life of the process
    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        return super().derive_key(secret_key)


def _as_made(token: str) -> bytes:
    """The token, if its signature is written as we write it: base64 has bits to spare in its last character."""
    given = token.encode("ascii")
    signature = given.rpartition(b".")[2]
    if base64_encode(base64_decode(signature)) != signature:
        raise BadSignature("not as it was made")
    return given


def named_in(texts: Iterable[str]) -> tuple[tuple[int, str], ...]:
    """(delivery id, proof) of the return paths that stand in *texts*: claims, until `is_return_path` says so."""
    found = dict.fromkeys((int(n), proof.lower()) for text in texts for n, proof in _RETURN_PATH.findall(text[:2000]))
    return tuple(found)[:_MOST_NAMED]


def names_canary(texts: Iterable[str]) -> bool:
    """Whether the address of our messages to ourselves stands in *texts*."""
    return any(_CANARY.search(text[:2000]) for text in texts)


def _proof(key: str, purpose: str, text: str) -> str:
    return hmac.new(key.encode(), f"{purpose}:{text}".encode(), sha256).hexdigest()[:16]


def _returned(delivery_id: int, digest: str) -> str:
    return f"{delivery_id}.{digest[:16]}"
