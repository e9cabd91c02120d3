"""Whether polls stay cheap: tags, dates, equal bytes, compression, HEAD (C07 to C09, C11, C12, C40)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime

from engage.feeds.lint.findings import Finding, problem, warning
from engage.feeds.lint.visits import Visit

_TAG = re.compile(r'(?:W/)?"[^"]*"')
_STAMP = re.compile(rb"^(?:DTSTAMP|LAST-MODIFIED|CREATED)[:;].*$", re.MULTILINE)
_UID = re.compile(rb"^UID[:;].*$", re.MULTILINE)


def tags(visit: Visit) -> Iterator[Finding]:
    """C07."""
    tag = visit.first.header("etag")
    if not tag:
        yield warning(
            "C07", None, "There is no ETag, so every poll fetches the whole feed. Send one made of the bytes."
        )
        return
    if not _TAG.fullmatch(tag):
        yield problem("C07", None, 'ETag must stand in quotes: ETag: "abc".')
        return
    if tag.startswith("W/"):
        yield warning("C07", None, "ETag is weak (W/). Make it of the bytes, and strong.")
    for form, answer in visit.known.items():
        if answer is None:
            continue
        if answer.status != 304:
            told = f"If-None-Match with {form} is answered with {answer.status} instead of 304"
            yield problem("C07", None, f"{told}, so polls fetch what apps have already.")
        elif answer.header("etag") != tag and form != "a star":
            yield problem("C07", None, "The answer 304 has another ETag than the feed, or none. Send the same.")
            return


def since(visit: Visit) -> Iterator[Finding]:
    """C08."""
    told = visit.first.header("last-modified")
    if not told:
        yield warning("C08", None, "There is no Last-Modified, which ICSx5 asks by. Send when the feed last changed.")
        return
    try:
        parsedate_to_datetime(told)
    except (ValueError, TypeError, OverflowError):
        yield problem("C08", None, f'Last-Modified is not a date of HTTP: "{told[:60]}".')
        return
    if visit.since is not None and visit.since.status != 304:
        yield warning("C08", None, f"If-Modified-Since is answered with {visit.since.status} instead of 304.")


def same_bytes(visit: Visit) -> Iterator[Finding]:
    """C09, C40."""
    first, again = visit.first.body, visit.again.body if visit.again and visit.again.is_whole else None
    if again is None or first == again or not visit.first.is_whole or visit.again is None or visit.again.status != 200:
        return
    if sorted(_UID.findall(first)) != sorted(_UID.findall(again)):
        told = "Two fetches gave different UIDs, so at every poll all entries are replaced by new ones. Keep UIDs."
        yield problem("C40", None, told)
    elif _STAMP.sub(b"", first) == _STAMP.sub(b"", again):
        told = (
            "Two fetches differ in DTSTAMP alone. Write there when the entry last changed, not when it was asked for."
        )
        yield warning("C09", None, told)
    else:
        yield warning("C09", None, "Two fetches gave different bytes. Without a change the bytes should be the same.")
    if visit.first.header("etag") and visit.first.header("etag") == visit.again.header("etag"):
        yield problem(
            "C07", None, "Two different bodies have the same ETag, so apps keep the old one. Make it of the bytes."
        )


def compression(visit: Visit) -> Iterator[Finding]:
    """C11."""
    forced = visit.first.header("content-encoding")
    if forced and forced.lower() != "identity":
        told = (
            f"The feed comes in {forced[:20]} though it was not asked for, which broke Outlook. Heed Accept-Encoding."
        )
        yield problem("C11", None, told)
        return
    zipped = visit.zipped
    if zipped is None or zipped.header("content-encoding").lower() != "gzip":
        return
    if "accept-encoding" not in zipped.header("vary").lower() and zipped.header("vary") != "*":
        yield warning("C11", None, "Vary: Accept-Encoding is missing, so a cache may hand gzip to who cannot read it.")
    tag = zipped.header("etag")
    if tag and not tag.startswith("W/") and tag == visit.first.header("etag"):
        yield problem("C11", None, "Plain and gzip have the same strong ETag. Give each coding its own.")
    if visit.first.is_whole and not zipped.is_whole:
        yield problem("C11", None, "The feed in gzip cannot be unpacked to its end.")


def head(visit: Visit) -> Iterator[Finding]:
    """C12."""
    if visit.head is None:
        return
    if visit.head.status != visit.first.status:
        yield problem("C12", None, f"HEAD is answered with {visit.head.status} and GET with {visit.first.status}.")
        return
    for name in ("content-type", "etag", "last-modified", "content-length"):
        here, there = visit.head.header(name), visit.first.header(name)
        if here != there and not (name == "content-length" and not (here and there)):
            yield warning("C12", None, f"HEAD and GET differ in {name}. Send the same headers.")
            return


CHECKS: tuple[Callable[[Visit], Iterator[Finding]], ...] = (tags, since, same_bytes, compression, head)
