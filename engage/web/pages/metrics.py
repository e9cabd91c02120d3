"""`/metrics` for Prometheus, to this machine only: counts, and nothing about a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engage.web.site import is_at_hand, site_of
from engage.work import pages
from engage.work.health import Health, health

TYPE = "text/plain; version=0.0.4; charset=utf-8"


def show(request: Request) -> Response:
    if not is_at_hand(request):
        raise HTTPException(404)
    site = site_of(request)
    now, figures, snapshot = site.app.now, pages.figures(site.app), site.snapshot
    standings = snapshot.shown.standings if snapshot.shown else ()
    beat_age = (now - figures.relay_beat_at).total_seconds() if figures.relay_beat_at else -1.0
    lines = [
        *_many("engage_meetings_held", "gauge", "calendar", {s.calendar.id: _count(s) for s in standings}),
        *_many("engage_deliveries", "gauge", "state", figures.deliveries),
        *_many("engage_subscribers", "gauge", "state", figures.subscribers),
        *_polls(snapshot.feeds.polls.total),
        *_many("engage_pages_from_memory_total", "counter", "status", site.memory.answered),
        *_sizes(feed for feed in health(site.app) if feed.is_usual),
        *_one("engage_feeds", len(snapshot.feeds.answers)),
        *_one("engage_on_hold", int(figures.on_hold)),
        *_one("engage_relay_beat_age_seconds", round(beat_age, 1)),
    ]
    return Response("\n".join([*lines, ""]), headers={"Content-Type": TYPE, "Cache-Control": "no-store"})


def _count(standing: pages.Standing) -> int:
    assert standing.calendar.programme is not None
    return standing.calendar.programme.opening_count + standing.held


def _many(name: str, kind: str, label: str, values: Mapping[str, int] | Mapping[int, int]) -> Iterable[str]:
    """Labels are our own words and ids, which need no escaping."""
    yield f"# TYPE {name} {kind}"
    for value, n in sorted(values.items()):
        yield f'{name}{{{label}="{value}"}} {n}'


def _polls(counted: Mapping[tuple[str, int], int]) -> Iterable[str]:
    yield "# TYPE engage_feed_polls_total counter"
    for (client, status), n in sorted(counted.items()):
        yield f'engage_feed_polls_total{{client="{client}",status="{status}"}} {n}'


def _sizes(feeds: Iterable[Health]) -> Iterable[str]:
    """How full each feed is: 1 is what calendar apps read at most."""
    found = list(feeds)
    for name, value in (("bytes", "size"), ("entries", "entries"), ("used", "used")):
        yield f"# TYPE engage_feed_{name} gauge"
        for feed in found:
            yield f'engage_feed_{name}{{path="{feed.path}"}} {round(getattr(feed, value), 4)}'


def _one(name: str, value: float) -> Iterable[str]:
    return (f"# TYPE {name} gauge", f"{name} {value}")
