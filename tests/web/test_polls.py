"""How feeds are asked for: by families of apps, never by person."""

from __future__ import annotations

import pytest

from engage.web.polls import Polls, family
from engage.work.health import health
from tests.conftest import NOON

FEED = "/feeds/village-talks.ics"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Google-Calendar-Importer", "Google"),
        ("Microsoft.Exchange/15.20", "Outlook"),
        ("iOS/18.0 (22A3354) dataaccessd/1.0", "Apple"),
        ("macOS/15.0 (24A335) CalendarAgent/1112", "Apple"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Thunderbird/153.0", "Thunderbird"),
        ("Evolution/3.46.4", "Evolution"),
        ("Nextcloud Calendar Subscription", "Nextcloud"),
        ("ICSx5/2.3", "ICSx5"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "browser"),
        ("ada@example.org", "other"),
        ("", "other"),
    ],
)
def test_an_app_belongs_to_a_family(agent: str, name: str):
    """What it calls itself is kept nowhere."""
    assert family(agent.encode()) == name


def test_what_was_asked_is_told_per_feed(browser):
    """Share of 304 and families, over the last seven days."""
    tag = browser.get(FEED, User_Agent="Google-Calendar-Importer").headers["ETag"]
    for _ in range(3):
        browser.get(FEED, User_Agent="Thunderbird/153", If_None_Match=tag)
    browser.site.snapshot.feeds.polls.save(browser.app)
    found = {feed.path: feed for feed in health(browser.app)}["village-talks.ics"]
    assert (found.asked.polls, found.asked.unchanged) == (4, 0.75)
    assert found.asked.clients == {"Thunderbird": 3, "Google": 1}
    assert (found.entries, found.left_out) == (3, 0)
    assert found.used == max(found.size / 1_000_000, 0.003)
    browser.clock.move(days=8)
    assert {feed.asked.polls for feed in health(browser.app)} == {0}


def test_counts_survive_a_database_that_is_away(browser):
    """They are written the next time, once."""
    polls = Polls()
    polls.count("all.ics", b"", 200)
    engine = browser.app.database.__dict__.pop("engine")
    browser.app.database.__dict__["engine"] = None
    with pytest.raises(AttributeError):
        polls.save(browser.app)
    browser.app.database.__dict__["engine"] = engine
    polls.save(browser.app)
    polls.save(browser.app)
    with browser.app.reading() as unit:
        assert [n for poll, n in unit.feeds.polls(NOON.date().isoformat()) if poll.path == "all.ics"] == [1]
