"""What is kept ready: made once for all who ask, and never shown after what it shows has changed."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engage.web import memory as memories
from engage.web.answers import Ready
from engage.web.memory import Memory
from tests.conftest import NOON
from tests.office import Clock, meeting, settle
from tests.work.notices import issue

ANSWER = Ready(b"", 0, described=[], shared=[])
TIMELY = (
    "/",
    "/?view=month",
    "/?from=2026-12-08",
    "/meetings/winter-a",
    "/meetings/several-days",
    "/meetings/winter-a/poster",
    "/areas/eastfield",
    "/feeds?area=eastfield",
    "/milestones",
    "/said-and-done",
    "/alerts",
    "/alerts/now",
    "/embed/area/eastfield",
    "/open-data",
)


class State:
    """The state in memory as the memory sees it."""

    def __init__(self) -> None:
        self.generation = 1
        self.lasts = timedelta(minutes=1)

    def turns_at(self, now: datetime) -> datetime:
        return now + self.lasts


@pytest.fixture
def kept():
    """A memory, the state it shows, its clock, and what was made so far."""
    state, clock, made = State(), Clock(NOON), []
    memory = Memory(state, clock)

    def fetch(key="page", *, fails=False, **more):
        def make():
            made.append(key)
            if fails:
                raise ValueError
            return ANSWER

        return memory.fetch(key, make, **more)

    return memory, state, clock, made, fetch


def test_what_is_kept_is_made_once(kept):
    """And found again by whoever asks in the same words."""
    memory, _, _, made, fetch = kept
    assert memory.find("words") is None
    assert asyncio.run(fetch(asked="words")) is asyncio.run(fetch()) is memory.find("words")
    assert made == ["page"]
    assert memory.find("others") is None


def test_it_holds_until_its_moment_or_a_change(kept):
    """Neither the page nor what found it outlives an edit, or the hour that it tells."""
    memory, state, clock, made, fetch = kept
    asyncio.run(fetch(asked="words"))
    clock.move(seconds=59)
    assert memory.find("words") is ANSWER
    clock.move(seconds=1)
    assert memory.find("words") is None
    asyncio.run(fetch(asked="words"))
    state.generation += 1
    assert memory.find("words") is None
    asyncio.run(fetch(asked="words"))
    assert made == ["page"] * 3


def test_what_tells_no_hour_holds_until_a_change(kept):
    """A file of open data is not made anew each minute."""
    _, state, clock, made, fetch = kept
    asyncio.run(fetch(is_timely=False))
    clock.move(days=40)
    asyncio.run(fetch(is_timely=False))
    assert len(made) == 1
    state.generation += 1
    asyncio.run(fetch(is_timely=False))
    assert len(made) == 2


@pytest.mark.parametrize("is_slow", [False, True])
def test_a_change_while_it_is_made_makes_it_anew(kept, is_slow):
    """What began before an edit may show the state before it."""
    memory, state, _, _, _ = kept

    def make():
        state.generation += 1
        return ANSWER

    asyncio.run(memory.fetch("page", make, asked="words", is_slow=is_slow))
    assert memory.find("words") is None


def test_those_who_ask_at_once_get_one_page(kept):
    """A hundred open the link of an alert in the same second: it is made once, and a failure is nobody else's later."""
    _, _, _, made, fetch = kept

    async def ask(**more):
        return await asyncio.gather(*(fetch(is_slow=True, **more) for _ in range(20)), return_exceptions=True)

    assert {type(answer) for answer in asyncio.run(ask(fails=True))} == {ValueError}
    assert asyncio.run(ask()) == [ANSWER] * 20
    assert len(made) == 2


def test_what_is_slow_holds_nobody_up(kept):
    """While a page of many charts is made in a thread, another is answered; a quick one is there at once."""
    memory, _, _, _, fetch = kept
    may_end = threading.Event()

    async def ask():
        slow = asyncio.ensure_future(memory.fetch("slow", lambda: may_end.wait(10) and ANSWER, is_slow=True))
        await asyncio.sleep(0)
        assert await fetch() is ANSWER
        assert not slow.done()
        may_end.set()
        return await slow

    assert asyncio.run(ask()) is ANSWER


def test_who_joins_late_does_not_keep_it_longer(kept):
    """A slow page was begun before the hour that it tells was over: whoever asks after that and waits gets it, once."""
    memory, _, clock, _, _ = kept
    may_end = threading.Event()

    def fetch():
        return memory.fetch("slow", lambda: may_end.wait(10) and ANSWER, asked="words", is_slow=True)

    async def ask():
        first = asyncio.ensure_future(fetch())
        await asyncio.sleep(0)
        clock.move(seconds=90)
        late = asyncio.ensure_future(fetch())
        await asyncio.sleep(0)
        may_end.set()
        return await asyncio.gather(first, late)

    assert asyncio.run(ask()) == [ANSWER, ANSWER]
    assert memory.find("words") is None


def test_whoever_asked_first_may_leave(kept):
    """The others get what was begun for them."""
    _, _, _, made, fetch = kept

    async def ask():
        first = asyncio.ensure_future(fetch(is_slow=True))
        others = asyncio.gather(*(fetch(is_slow=True) for _ in range(3)))
        await asyncio.sleep(0)
        first.cancel()
        return await others

    assert asyncio.run(ask()) == [ANSWER] * 3
    assert len(made) == 1


def test_the_oldest_give_way(kept, monkeypatch):
    """However many addresses a stranger tries, so much is kept and no more."""
    monkeypatch.setattr(memories, "MOST", 3)
    memory, _, _, made, fetch = kept
    for number in range(10):
        asyncio.run(fetch(number, asked=number))
    assert [memory.find(number) is not None for number in range(10)] == [False] * 7 + [True] * 3
    asyncio.run(fetch(9))
    asyncio.run(fetch(6))
    assert made == [*range(10), 6]


@pytest.fixture
def changing(browser, office):
    """Meetings at several hours, one of several days, and alerts that begin, end and wait for their hour."""
    office.talks(
        meeting("winter-a", "2026-11-24T18:30:00"),
        meeting("tonight", "2026-11-20T18:30:00"),
        meeting("early", "2026-12-08T00:15:00"),
        '[[campaign]]\nid = "several-days"\ntitle = "A week"\nfrom = 2026-11-23\nto = 2026-11-27\n',
    )
    browser.publish()
    now = browser.app.now
    issue(browser.app, "now", hours=5)
    issue(browser.app, "soon", starts=now + timedelta(hours=3), hours=72)
    issue(browser.app, "later", send_at=now + timedelta(hours=30), hours=200)
    settle(browser.app)
    browser.site.snapshot.refresh()
    return browser


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(minutes=st.integers(0, 20 * 24 * 60), seconds=st.integers(0, 59), path=st.sampled_from(TIMELY))
def test_a_page_says_the_same_until_it_turns(changing, minutes, seconds, path):
    """Made anew a moment before the time to which it is kept, it would be the same to the byte."""
    memory, clock = changing.site.site.memory, changing.clock
    clock.now = NOON + timedelta(minutes=minutes, seconds=seconds)
    turns = changing.site.snapshot.turns_at(clock.now)
    assert clock.now < turns <= clock.now + timedelta(minutes=1)
    told = []
    for moment in (clock.now, turns - timedelta(microseconds=1)):
        clock.now = moment
        memory._kept.clear()
        told.append(changing.get(path).text)
    assert told[0] == told[1]


def test_a_page_turns_when_what_it_shows_does(changing):
    """A meeting's start and end, an alert's hours and midnight, to the second and not a minute later."""
    turns_at = changing.site.snapshot.turns_at
    for turn in (
        datetime(2026, 11, 24, 18, 30, tzinfo=UTC),
        datetime(2026, 11, 24, 20, 0, tzinfo=UTC),
        datetime(2026, 12, 1, 0, 0, tzinfo=UTC),
        *(NOON + timedelta(hours=hours) for hours in (3, 5, 30)),
    ):
        assert turns_at(turn - timedelta(seconds=20)) == turn
        assert turns_at(turn) == turn + timedelta(minutes=1)
    summer = datetime(2027, 6, 30, 23, 0, tzinfo=UTC)  # midnight in Britain
    assert turns_at(summer - timedelta(seconds=1)) == summer
