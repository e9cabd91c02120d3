"""What an answer says about itself, and where it is found: C01, C02, C10, C13 to C15, C17, C19, C71."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote, urlsplit
from urllib.robotparser import RobotFileParser

from engage.feeds.lint.findings import Finding, problem, warning
from engage.feeds.lint.visits import Visit

LONGEST = 200  # characters of an address; Google dropped a long one
GOOGLE = "Google-Calendar-Importer"


def content_type(visit: Visit) -> Iterator[Finding]:
    """C01."""
    told = visit.first.header("content-type")
    kind, _, rest = told.partition(";")
    if kind.strip().lower() != "text/calendar":
        yield problem("C01", None, f'Content-Type is "{told[:80]}". Send text/calendar; charset=utf-8.')
    elif "charset=utf-8" not in rest.lower().replace('"', "").replace(" ", ""):
        yield warning("C01", None, f'Content-Type is "{told[:80]}". Say charset=utf-8, or letters may be misread.')


def to_any(visit: Visit) -> Iterator[Finding]:
    """C02."""
    if visit.is_late:
        yield warning("C02", None, "The server is so slow that not every request of a calendar app could be made.")
    for broken in visit.broken[:1]:
        yield problem("C02", None, f"A request of a calendar app was not answered. {broken}")
    for who, answer in (("Google (no Accept header)", visit.again), ("Thunderbird (its own Accept)", visit.zipped)):
        if answer is None:
            continue
        kind = answer.header("content-type").partition(";")[0].strip().lower()
        is_same = kind == visit.first.header("content-type").partition(";")[0].strip().lower()
        if answer.status != visit.first.status or not is_same:
            told = f"{who} gets {answer.status} {kind[:40]} instead. Send the calendar whatever Accept says."
            yield problem("C02", None, told)


def caching(visit: Visit) -> Iterator[Finding]:
    """C10; a personal feed is C71's."""
    told = visit.first.header("cache-control").lower()
    names = {part.strip().partition("=")[0] for part in told.split(",")}
    if visit.is_personal:
        return
    if "no-store" in names or "private" in names:
        which = "no-store" if "no-store" in names else "private"
        yield warning("C10", None, f"Cache-Control says {which}, so nothing may be kept. Say public, max-age=300.")
    elif not names & {"max-age", "no-cache", "s-maxage"}:
        yield warning("C10", None, "Cache-Control does not say how long the feed holds. Say public, max-age=300.")


def permanence(visit: Visit) -> Iterator[Finding]:
    """C13."""
    temporary = [status for status in visit.first.hops if status in (302, 303, 307)]
    if temporary:
        told = f"The address redirects for the time being ({temporary[0]}). Redirect a moved feed with 301, for ever."
        yield warning("C13", None, told)


def robots(visit: Visit) -> Iterator[Finding]:
    """C14."""
    if visit.robots is not None and visit.robots.status == 200:
        rules = RobotFileParser()
        rules.parse(visit.robots.body[:100_000].decode(errors="replace").splitlines())
        if not rules.can_fetch(GOOGLE, visit.first.url):
            told = "robots.txt forbids the feed's path, and Google then does not fetch it. Allow it; send X-Robots-Tag."
            yield problem("C14", None, told)
    if not visit.is_personal and "noindex" not in visit.first.header("x-robots-tag").lower():
        yield warning("C14", None, "Search engines may list the feed. Send X-Robots-Tag: noindex.")


def address(visit: Visit) -> Iterator[Finding]:
    """C15."""
    url = visit.asked.strip()
    if not url.isascii() or re.search(r"[\[\]{}|^ <>]", unquote(urlsplit(url).query + urlsplit(url).path)):
        yield warning(
            "C15", None, "The address has brackets or letters beyond ASCII, which some apps refuse or change."
        )
    elif len(url) > LONGEST:
        yield warning("C15", None, f"The address has {len(url):,} characters; Google has dropped long ones.")


def whole(visit: Visit) -> Iterator[Finding]:
    """C17."""
    if not visit.first.is_whole:
        told = "The answer broke off before its end. Calendar apps may delete what is missing: send all or an error."
        yield problem("C17", None, told)


def disposition(visit: Visit) -> Iterator[Finding]:
    """C19."""
    told = visit.first.header("content-disposition")
    kind, _, rest = told.partition(";")
    if kind.strip().lower() == "attachment":
        yield warning("C19", None, "Content-Disposition says attachment, which makes a feed a download. Say inline.")
    elif "filename" in rest.lower() and ".ics" not in rest.lower():
        yield warning("C19", None, "The file name in Content-Disposition does not end in .ics.")


def secrecy(visit: Visit) -> Iterator[Finding]:
    """C71."""
    if "@" in unquote(urlsplit(visit.asked).query + urlsplit(visit.asked).path):
        yield warning("C71", None, "The address seems to hold somebody's e-mail address. Use a random token.")
    if not visit.is_personal:
        return
    names = {part.strip().partition("=")[0] for part in visit.first.header("cache-control").lower().split(",")}
    if not names & {"private", "no-store"}:
        yield warning("C71", None, "A personal feed, and caches in between may keep it. Say Cache-Control: private.")
    if "noindex" not in visit.first.header("x-robots-tag").lower():
        yield warning("C71", None, "A personal feed that search engines may list. Send X-Robots-Tag: noindex.")


CHECKS: tuple[Callable[[Visit], Iterator[Finding]], ...] = (
    content_type,
    to_any,
    caching,
    permanence,
    robots,
    address,
    whole,
    disposition,
    secrecy,
)
