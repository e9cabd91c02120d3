"""Sealing a push for one device (RFC 8188, 8291) and saying who sends it (RFC 8292). The POST is in webpush.

Written on `cryptography` rather than on the package webpush: that names the push service without its port, signs every
single message anew, wants the public key beside the private one, and brings PyJWT. The example of RFC 8291 is a test.
`cryptography` is imported when first used: most processes never need it.
"""

from __future__ import annotations

import json
import os
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from typing import TYPE_CHECKING

from engage.errors import SettingsError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

RECORD = 4096  # bytes that every push service takes (RFC 8030 7.2)
HEAD = 16 + 4 + 1 + 65  # salt, record size, length of the key, key
MOST = RECORD - HEAD - 17  # of plaintext: the cipher adds 16 bytes, the end mark is one
VALID = 12 * 3600  # seconds of a token; the standard allows a day
RENEW = 3600
_KEY = re.compile(r"[A-Za-z0-9_-]{43}=?")


class Vapid:
    """Our key pair, and the tokens it signs: one for each push service, kept until it runs out."""

    def __init__(self, private: str, contact: str) -> None:
        self._key = _private_key(private)
        self._contact = contact
        self._tokens: dict[str, tuple[float, str]] = {}
        self.public = encoded(public_point(self._key))

    def authorization(self, origin: str) -> str:
        """The Authorization header for a push service."""
        now = time.time()  # the push service's clock, whatever a rehearsal's may say
        until, token = self._tokens.get(origin, (0.0, ""))
        if until < now + RENEW:
            until, token = now + VALID, self._token(origin, int(now + VALID))
            self._tokens[origin] = until, token
        return f"vapid t={token}, k={self.public}"

    def _token(self, origin: str, until: int) -> str:
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
        from cryptography.hazmat.primitives.hashes import SHA256

        claims = {"aud": origin, "exp": until, "sub": self._contact}
        signed = ".".join(encoded(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ECDSA(SHA256())))
        return f"{signed}.{encoded(r.to_bytes(32) + s.to_bytes(32))}"


def new_key() -> str:
    """A fresh private key as ENGAGE_VAPID_PRIVATE_KEY holds it: 32 bytes in URL-safe base64."""
    return encoded(_new_pair().private_numbers().private_value.to_bytes(32))


def sealed(plain: bytes, p256dh: str, auth: str) -> bytes:
    """*plain* as only the device can read it. Raises ValueError when *p256dh* is no point of the curve."""
    return seal(plain, decoded(p256dh), decoded(auth), _new_pair(), os.urandom(16))


def seal(plain: bytes, device: bytes, auth: bytes, ours: EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """One record: salt, record size and our key in front, an end mark behind the text (RFC 8188 2, RFC 8291 3.4)."""
    from cryptography.hazmat.primitives.asymmetric.ec import ECDH, SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    point = public_point(ours)
    shared = ours.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), device))
    key, nonce = content_keys(shared, device=device, sender=point, auth=auth, salt=salt)
    head = salt + RECORD.to_bytes(4) + bytes([len(point)]) + point
    return head + AESGCM(key).encrypt(nonce, plain + b"\x02", None)


def content_keys(shared: bytes, *, device: bytes, sender: bytes, auth: bytes, salt: bytes) -> tuple[bytes, bytes]:
    """The content's key and nonce (RFC 8291 3.4)."""
    secret = _derived(shared, auth, b"WebPush: info\0" + device + sender, 32)
    key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    return key, _derived(secret, salt, b"Content-Encoding: nonce\0", 12)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)


def public_point(key: EllipticCurvePrivateKey) -> bytes:
    """The public key as an uncompressed point, which is how browsers and push services know it."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _new_pair() -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

    return generate_private_key(SECP256R1())


def _private_key(text: str) -> EllipticCurvePrivateKey:
    try:
        from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
    except ModuleNotFoundError:
        raise SettingsError("ENGAGE_VAPID_PRIVATE_KEY is set, and web push needs: pip install 'engage[push]'") from None
    with suppress(ValueError):  # a number that is no key of this curve
        if _KEY.fullmatch(text.strip()):
            return derive_private_key(int.from_bytes(decoded(text.strip().rstrip("="))), SECP256R1())
    raise SettingsError("ENGAGE_VAPID_PRIVATE_KEY is 32 bytes in URL-safe base64. Make one with: engage vapid")


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
