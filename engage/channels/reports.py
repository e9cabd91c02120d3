"""What a mail to the return path says: a bounce, a complaint, an automatic reply, or a person's words, unread.

Delivery reports are RFC 3464, complaints RFC 5965, automatic replies RFC 3834. Nothing here is ever answered.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from engage.channels import mime
from engage.channels.mime import Part
from engage.domain.inbox import Incoming, Kind, failure, mildest, says_nobody
from engage.links import named_in, names_canary

_DEPTH = 3
_MOST_GROUPS = 20
_EXPLAINED = 4096  # characters of a bounce's own words, before the letter it returns
_STATUS_PARTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RETURNED = frozenset({"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"})
_ADDRESSED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "to")
_COMPLAINTS = frozenset({"abuse", "fraud", "opt-out", "opt-out-list"})  # not `not-spam`, `auth-failure`, `virus`
_MAIL_SYSTEM = re.compile(r"(?:^|[<\s\"])(mailer-daemon|postmaster)@", re.IGNORECASE)
_COPY = re.compile(r"^--.*(?:copy of|original message|header of)", re.IGNORECASE | re.MULTILINE)
_AUTOMATIC = ("x-autoreply", "x-autorespond", "x-autoresponse")
_AWAY = re.compile(r"(out of (the )?office|automatic reply|auto(matic)?[ -]?(reply|response)|autoreply)", re.IGNORECASE)


def read(content: bytes, *, recipient: str = "") -> Incoming:
    """What the mail is; never raises. *recipient* is the envelope's, where the mail server says it."""
    mail = mime.read(content[: mime.LARGEST])
    leaves = list(_leaves(mail))
    kind, status = _complaint(leaves) or _report(leaves) or _plain_bounce(mail, leaves) or _other(mail, recipient)
    return Incoming(
        kind=kind, status=status, named=named_in(_addresses(mail, leaves, recipient)), identity=_identity(mail, content)
    )


def _leaves(mail: Part) -> Iterator[Part]:
    """The parts that are not multiparts themselves; a returned letter is one of them and is not opened."""
    level = [mail]
    for _ in range(_DEPTH):
        yield from (part for part in level if not part.kind.startswith("multipart/"))
        level = [inner for part in level for inner in part.parts]
    yield from level


def _complaint(leaves: list[Part]) -> tuple[Kind, str] | None:
    for part in leaves:
        if part.kind == "message/feedback-report":
            feedback = dict(mime.fields(part.text)).get("feedback-type", "").lower()
            return (Kind.COMPLAINT if feedback in _COMPLAINTS else Kind.AUTO_REPLY), ""
    return None


def _report(leaves: list[Part]) -> tuple[Kind, str] | None:
    """A delivery report: one group of fields for each recipient."""
    for part in leaves:
        if part.kind in _STATUS_PARTS:
            groups = [dict(mime.fields(text)) for text in re.split(r"\r?\n[ \t]*\r?\n", part.text)]
            told = [group for group in groups if "action" in group or "status" in group][:_MOST_GROUPS]
            return mildest(
                failure(_word(group.get("action", "")), group.get("status", ""), group.get("diagnostic-code", ""))
                for group in told
            )
    return None


def _word(value: str) -> str:
    return next(iter(value.split(maxsplit=1)), "").lower()


def _plain_bounce(mail: Part, leaves: list[Part]) -> tuple[Kind, str] | None:
    """A bounce in words alone, as qmail and old mail servers write it: only from a mail system, only with evidence."""
    if not (_MAIL_SYSTEM.search(mail.one("from")[:1000]) or mail.all("x-failed-recipients")):
        return None  # out of office notes have a null sender too
    texts = (part.text[: 4 * _EXPLAINED] for part in leaves if part.kind == "text/plain")
    words = _COPY.split(next(texts, ""), maxsplit=1)[0][:_EXPLAINED]
    said = failure("failed", "", words)
    return said if said[1] or says_nobody(words) else None


def _other(mail: Part, recipient: str) -> tuple[Kind, str]:
    """The null sender is never a person; neither is what says so of itself.

    Nobody but ourselves has a reason to write to the canary; what comes back of it goes to its return path.
    """
    if names_canary([recipient, *_received_at(mail)]):
        return Kind.CANARY, ""
    automatic = (
        _word(mail.one("auto-submitted")) not in {"", "no"}
        or mail.one("return-path") == "<>"
        or mail.one("precedence").lower() in {"auto_reply", "bulk", "junk", "list"}
        or any(mail.all(name) for name in _AUTOMATIC)
        or _AWAY.match(mail.one("subject"))
    )
    return (Kind.AUTO_REPLY if automatic else Kind.REPLY), ""


def _addresses(mail: Part, leaves: list[Part], recipient: str) -> Iterator[str]:
    """Where our return path may stand; what it claims is proved by nobody but ourselves."""
    yield recipient
    yield from _received_at(mail)
    for part in leaves:
        if part.kind == "message/feedback-report":
            yield dict(mime.fields(part.text)).get("original-mail-from", "")
        elif part.kind in _RETURNED:
            yield mime.read(part.body).one("return-path")


def _received_at(mail: Part) -> Iterator[str]:
    for name in _ADDRESSED:
        yield from mail.all(name)


def _identity(mail: Part, content: bytes) -> str:
    """A digest of the Message-ID, or of the whole where there is none (qmail)."""
    message_id = mail.one("message-id")
    return hashlib.sha256(message_id.encode() if message_id else content).hexdigest()
