"""jCal (RFC 7265): the usual iCalendar feed as JSON. What its properties hold is decided in engage.feeds.ics."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from engage.domain.calendars import Office
from engage.domain.feeds import Feed, Item, Variant, in_order
from engage.domain.revisions import Revision
from engage.feeds.compact import compact
from engage.feeds.ics import jcal_zone, vcalendar, vevent

_ZONE_USED = re.compile(rb'\["dtstart",\{"tzid":"([^"]+)"\}')  # in a text, its quotation marks would be escaped


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
        vevents = [item.fragment for item in in_order(items)]
        zones = {feed.timezone} | {zone.decode() for vevent in vevents for zone in _ZONE_USED.findall(vevent)}
        inside = b",\n".join([*(_zone(zone) for zone in sorted(zones)), *vevents])
        return b"[%s,%s,[\n%s\n]]\n" % (compact(name), compact(properties), inside)


JCAL = JcalFormat()


@cache
def _zone(key: str) -> bytes:
    return compact(jcal_zone(key))
