"""E-mail addresses as the ledger spells them. Whether anybody lives there, only a delivery can tell."""

from __future__ import annotations

import re
import unicodedata

from pydantic.networks import validate_email
from pydantic_core import PydanticCustomError

from engage.channels.base import ADDRESS
from engage.errors import Refused

LONGEST = 254  # RFC 5321 4.5.3.1.3, without the angle brackets
_LONGEST_LOCAL = 64
_HIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0]")


def parse_email(text: str) -> str:
    """`Ada@Bücher.Example` becomes `ada@xn--bcher-kva.example`; raises Refused with a sentence.

    Lower case throughout: no mailbox provider tells `Ada` from `ada`, and told once must hold over both spellings.
    Quoted local parts, address literals and letters outside ASCII before the @ are refused: many servers do not take
    them, and none of them is what a resident types on purpose.
    """
    address = unicodedata.normalize("NFC", text.strip())
    local, at, domain = address.rpartition("@")
    if not at or "@" in local or not local or not domain:
        raise Refused("An e-mail address has one @, such as name@example.org.")
    if _HIDDEN.search(address) or "=?" in address:
        raise Refused("An e-mail address has no spaces or hidden characters in it.")
    if not local.isascii():
        raise Refused("Before the @, only plain letters, digits and .!#$%&'*+-/=?^_`{|}~ can be used.")
    address = f"{local}@{domain if domain.isascii() else _ascii_domain(domain)}".lower()
    if len(address) > LONGEST or len(local) > _LONGEST_LOCAL:
        raise Refused("This e-mail address is too long.")
    if not ADDRESS.fullmatch(address):
        raise Refused("This does not look like an e-mail address, such as name@example.org.")
    return address


def _ascii_domain(domain: str) -> str:
    """The domain's A-labels (IDNA 2008): the validator normalises, Punycode spells."""
    try:
        _, valid = validate_email(f"a@{domain}")
    except PydanticCustomError:
        raise Refused("What stands after the @ is not a domain name.") from None
    labels = valid.rpartition("@")[2].split(".")
    return ".".join(label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels)
