"""jCal (RFC 7265): the usual iCalendar feed as JSON. What its properties hold is decided in engage.feeds.ics."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from engage.domain.calendars import Office
from engage.domain.feeds import Feed, Item, Variant, in_order
from engage.domain.revisions import Revision
from engage.feeds.compact import compact, enclosed
from engage.feeds.ics import jcal_zone, vcalendar, vevent, zones_of


class JcalFormat:
    """The `.jcal` format of FORMATS."""

    suffix = "jcal"
    media_type = "application/calendar+json"
    variants: tuple[Variant, ...] = ("",)

    def fragments(self, revision: Revision, office: Office, *, base_url: str) -> dict[Variant, bytes]:
        return {"": compact(vevent(revision, office, base_url=base_url).to_jcal())}

    def join(self, feed: Feed, items: Sequence[Item], *, office: Office, base_url: str) -> bytes:
        newest = max((item.revision.modified_at for item in items), default=None)
        head = vcalendar(feed, office, base_url=base_url, suffix=self.suffix, modified_at=newest)
        name, properties, _ = head.to_jcal()
        parts = [*(_zone(zone) for zone in zones_of(feed, items)), *(item.fragment for item in in_order(items))]
        return enclosed(b"[%s,%s,[\n" % (compact(name), compact(properties)), parts, b"\n]]\n")


JCAL = JcalFormat()


@cache
def _zone(key: str) -> bytes:
    return compact(jcal_zone(key))
