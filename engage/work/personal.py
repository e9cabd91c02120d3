"""People's own calendars: making and stopping an address, joining what it holds. Web processes keep the bytes."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime

from engage.domain.feeds import Variant
from engage.domain.personal import FOLLOWED, Interests, chosen, feed_of
from engage.errors import NotNow
from engage.feeds import FORMATS
from engage.store.feeds import Published
from engage.store.schedule import VERSION as SCHEDULE
from engage.work.feeds import Job, join, trimmed
from engage.work.kit import Kit
from engage.work.pages import Shown
from engage.work.shelf import by_entry

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)  # Last-Modified of a calendar that holds nothing
TOKEN = 30  # random bytes: 240 bits in 40 characters of an address


def make(kit: Kit, recipient_id: int) -> str | None:
    """A new secret for a person's address, which nobody can look up later; their old one stops. None if they left."""
    token = secrets.token_urlsafe(TOKEN)
    with kit.unit() as unit:
        return token if unit.personal.put(recipient_id, token) else None


def stop(kit: Kit, recipient_id: int) -> bool:
    """End a person's address for good; False when they had none."""
    with kit.unit() as unit:
        return unit.personal.end(recipient_id)


def since(kit: Kit, recipient_id: int) -> datetime | None:
    """When the address that a person has was made."""
    with kit.reading() as unit:
        return unit.personal.since(recipient_id)


def followed(kit: Kit, token: str) -> Interests | None:
    """What the owner of an address follows at this moment; None when it is nobody's, or nobody's any more."""
    with kit.reading() as unit:
        return unit.personal.interests(token, FOLLOWED)


def prepare(kit: Kit, shown: Shown, interests: Interests, variant: Variant, today: date) -> Published | None:
    """The feed of everybody who follows the same, joined of stored fragments; None when *shown* is out of date.

    The counter is read after the fragments: what is as old as *shown* by then was so before.
    """
    form, office = FORMATS["ics"], shown.office
    held = chosen(office, interests, shown.in_order, today)
    with kit.reading() as unit:
        fragments = unit.feeds.fragments([r.entry.id for r in held], rendition=(form.suffix, variant))
        if unit.house.counted(SCHEDULE) != shown.version:
            return None
    if len(fragments) < len(held):  # a new release renders what it lacks with its first publication
        raise NotNow("This calendar is being prepared. Please try again in a few minutes.")
    job = Job(feed=feed_of(office, interests, variant), form=form, revisions=held, signature="")
    found = by_entry(fragments)
    joined = join(job, trimmed(job, found, today), found, office, kit.base_url)
    return joined.published(shown.version, max((r.modified_at for r in held), default=EPOCH))
