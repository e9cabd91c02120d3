"""Addressing: a headcount first, then pages of rows; it must come out whatever happens in between."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select

from engage.app import App
from engage.domain.events import NoticeReady
from engage.domain.notices import Item, Lane, Notice, Reach
from engage.domain.people import Wanted
from engage.sample_facts import SAMPLES
from engage.store.schema import delivery, task
from engage.work import notices, people
from engage.work.looking import audit
from tests.office import Clock, add_people, audit_holds, settle
from tests.store import rows as rows_of

HOUR = timedelta(hours=1)
FACTS = SAMPLES["alert"]


@pytest.fixture
def ready(applied: App, monkeypatch: pytest.MonkeyPatch) -> App:
    """Pages of three people: every boundary is met with a handful of them."""
    monkeypatch.setattr(notices, "PAGE", 3)
    return applied


def item(app: App, id: str = "item", *areas: str, **more: object) -> Item:
    return Item(id=id, areas=areas, lane=Lane.NORMAL, expires_at=app.now + HOUR, facts=FACTS, **more)


def announce(app: App, *items: Item, version: int = 1, **more: object) -> bool:
    """Write the notice; the test does its task, page by page."""
    made = Notice(
        id="alert:a", version=version, kind="alert", items=items or (item(app),), created_at=app.now,
        expires_at=app.now + HOUR, **more,
    )  # fmt: skip
    with app.unit() as unit:
        announced = notices.announce(unit, made)
        unit.conn.execute(task.update().where(task.c.actor == "address_notice").values(state="done"))
        return announced


def step(app: App, watermark: dict[str, int] | None = None, version: int = 1) -> dict[str, int] | None:
    """One page, in a transaction of its own."""
    with app.unit() as unit:
        return notices.address(app, unit, (NoticeReady(notice_id="alert:a", version=version), watermark))


def finish(app: App, watermark: dict[str, int] | None, version: int = 1) -> None:
    while watermark is not None:
        watermark = step(app, watermark, version)


def address(app: App, version: int = 1) -> None:
    finish(app, step(app, version=version), version)


def planned(app: App, version: int = 1) -> int:
    with app.reading() as unit:
        return unit.notices.row("alert:a", version).planned


def rows(app: App) -> dict[int, list[str] | None]:
    """Recipient -> the items of their row, over all versions."""
    with app.reading() as unit:
        found = unit.conn.execute(select(delivery.c.recipient_id, delivery.c["items"]))
        return {row.recipient_id: row.items for row in found}


def crowd(app: App, n: int, **wanted: object) -> list[int]:
    return list(add_people(app, *((f"p{i}", Wanted(**wanted)) for i in range(n))).values())


def test_the_headcount_is_written_before_any_row(ready: App):
    """P1 rests on it: what is listed is compared with what was meant."""
    ids = crowd(ready, 8)
    announce(ready)
    watermark = step(ready)
    assert (planned(ready), rows(ready)) == (8, {})
    finish(ready, watermark)
    assert sorted(rows(ready)) == ids
    audit_holds(ready)


def test_a_page_that_is_repeated_repeats_nothing(ready: App):
    """A crash after the rows and before the watermark cannot happen; a doubled task can."""
    crowd(ready, 8)
    announce(ready)
    first = step(ready)
    second = step(ready, first)
    step(ready, first)
    finish(ready, second)
    step(ready, second)
    assert len(rows(ready)) == 8
    audit_holds(ready)


def join(app: App, _ids: list[int]) -> None:
    add_people(app, *((f"late{i}", Wanted()) for i in range(5)))


def leave(app: App, ids: list[int]) -> None:
    for who in ids[2:]:
        people.leave(app, who, how="link")


def forget(app: App, ids: list[int]) -> None:
    for who in ids[2:]:
        people.forget(app, who)


def turn_away(app: App, ids: list[int]) -> None:
    for who in ids[2:]:
        people.change(app, who, Wanted(kinds=("tips",), area="harbour"))


def bounce(app: App, ids: list[int]) -> None:
    with app.unit() as unit:
        for who in ids[2:]:
            unit.people.suppress(who, "email", "bounced")


@pytest.mark.parametrize(
    ("happens", "after_pages"),
    [(join, 0), (join, 2), (leave, 0), (leave, 1), (forget, 1), (turn_away, 1), (turn_away, 2), (bounce, 1)],
)
def test_what_people_do_meanwhile_does_not_upset_the_count(
    ready: App, clock: Clock, happens: Callable[[App, list[int]], None], after_pages: int
):
    """Subscriptions are as of the notice's moment; the fence asks again."""
    ids = crowd(ready, 8, area="eastfield")
    announce(ready, exclude=("harbour",))
    clock.move(seconds=1)
    watermark = step(ready)
    for _ in range(after_pages):
        watermark = step(ready, watermark)
    happens(ready, ids)
    finish(ready, watermark)
    assert planned(ready) == len(rows(ready)) == 8
    audit_holds(ready)
    settle(ready)
    audit_holds(ready)


def test_people_who_change_while_it_is_counted_are_counted_once(applied: App, clock: Clock):
    """On both databases, with threads: whoever joins or leaves during the fan-out, planned is what there is."""
    app = applied
    ids = crowd(app, 60)
    start, ticks = clock.now, count(1)
    app.database.clock = lambda: start + timedelta(microseconds=next(ticks))  # time passes with every look

    def come_and_go(n: int) -> None:
        for i in range(5):
            people.leave(app, ids[n * 5 + i], how="link")
            add_people(app, (f"new-{n}-{i}", Wanted()))

    with ThreadPoolExecutor(4) as pool:
        going = [pool.submit(come_and_go, n) for n in range(3)]
        announce(app)
        address(app)
        for one in going:
            one.result()
    audit_holds(app)


def test_one_person_has_one_row_through_however_many_subscriptions(ready: App):
    """P7; why they get it is kept for each."""
    ids = crowd(ready, 2, areas=("mill-lane",))
    with ready.unit() as unit:
        unit.subscriptions.add([(ids[0], Wanted(areas=("eastfield",)))])
    announce(ready, item(ready, "item", "mill-lane"))
    address(ready)
    assert (planned(ready), len(rows(ready))) == (2, 2)
    with ready.reading() as unit:
        assert sorted(len(r.reasons) for r in unit.audits.rows()) == [1, 2]


def test_a_row_names_the_items_that_concern_its_person(ready: App):
    """All of them is said as none named."""
    ada, ben, cy = crowd(ready, 1, areas=("mill-lane",)) + list(
        add_people(ready, ("ben", Wanted(areas=("harbour",))), ("cy", Wanted())).values()
    )
    announce(ready, item(ready, "one", "mill-lane"), item(ready, "two", "harbour"))
    address(ready)
    assert rows(ready) == {ada: ["one"], ben: ["two"], cy: None}
    assert planned(ready) == 3


def test_a_row_takes_the_most_urgent_lane_and_the_latest_expiry_of_its_items(ready: App):
    """One message must not wait for its least urgent part, nor expire with its first."""
    (cy,) = crowd(ready, 1)
    late = ready.now + 5 * HOUR
    announce(
        ready,
        Item(id="one", lane=Lane.BULK, expires_at=late),
        Item(id="two", lane=Lane.URGENT, expires_at=ready.now + HOUR),
    )
    address(ready)
    with ready.reading() as unit:
        (row,) = unit.audits.rows()
    assert (row.recipient_id, row.lane, row.expires_at) == (cy, "urgent", late)


# --- versions -------------------------------------------------------------------------------------------------------


def send(app: App, states: dict[int, str]) -> None:
    """Pretend that the rows of version 1 ended so."""
    with app.unit() as unit:
        for who, state in states.items():
            unit.conn.execute(delivery.update().where(delivery.c.recipient_id == who).values(state=state))


@pytest.mark.parametrize(
    ("reach", "expected"),
    [(Reach.TOLD, {"told", "moved"}), (Reach.AUDIENCE, {"told", "waiting", "late"}), (Reach.BOTH, {"told", "waiting", "late", "moved"})],
)  # fmt: skip
def test_whom_a_second_version_reaches(ready: App, clock: Clock, reach: Reach, expected: set[str]):
    """Those told before, the audience as it is now, or both; each once."""
    ids = add_people(ready, *((n, Wanted(areas=("eastfield",))) for n in ("told", "waiting", "moved")))
    announce(ready, item(ready, "item", "eastfield"))
    address(ready)
    send(ready, {ids["told"]: "sent", ids["moved"]: "handoff"})
    clock.move(seconds=1)
    people.change(ready, ids["moved"], Wanted(areas=("harbour",)))
    ids |= add_people(ready, ("late", Wanted(areas=("eastfield",))))
    clock.move(seconds=1)
    announce(ready, item(ready, "item", "eastfield"), version=2, reach=reach)
    address(ready, 2)
    with ready.reading() as unit:
        found = {r.recipient_id for r in unit.audits.rows() if r.version == 2}
    assert found == {ids[name] for name in expected}
    assert planned(ready, 2) == len(expected)
    audit_holds(ready)


def test_announcing_a_version_again_does_nothing(ready: App):
    """The same moment has the same id."""
    crowd(ready, 2)
    assert announce(ready)
    assert not announce(ready)
    assert announce(ready, version=2)
    assert not announce(ready), "an older version that comes late is not announced any more"


def test_an_older_version_that_is_addressed_late_reaches_nobody(ready: App):
    """Tasks have no order: version 2 was announced before version 1 found its people."""
    crowd(ready, 4)
    announce(ready), announce(ready, version=2)
    address(ready, 2), address(ready)
    with ready.reading() as unit:
        assert {r.version for r in unit.audits.rows()} == {2}
    audit_holds(ready)


@pytest.mark.parametrize("after_pages", [0, 1])
def test_a_fan_out_that_is_overtaken_half_way_still_comes_out(ready: App, after_pages: int):
    """Withdrawn between two pages: the audit of the old version holds, and nothing of it may go."""
    crowd(ready, 8)
    announce(ready)
    watermark = step(ready)
    for _ in range(after_pages):
        watermark = step(ready, watermark)
    announce(ready, version=2)
    finish(ready, watermark)
    address(ready, 2)
    audit_holds(ready)
    with ready.reading() as unit:
        assert {r.state for r in unit.audits.rows() if r.version == 1} <= {"cancelled"}
    counts = {r.version: sum(r.rows.values()) for r in audit(ready)}
    assert counts[2] == 8


def test_withdrawing_cancels_what_has_not_gone_and_tells_nobody(ready: App):
    """For reminders of what is no longer so."""
    ids = crowd(ready, 4)
    announce(ready)
    address(ready)
    send(ready, {ids[0]: "sent"})
    with ready.unit() as unit:
        assert notices.withdraw(unit, "alert:a") == 3
    with ready.reading() as unit:
        assert unit.audits.by_state() == {"sent": 1, "cancelled": 3}
    audit_holds(ready)


def test_those_told_of_something_else_are_told_and_read_what_else_concerns_them(ready: App, clock: Clock):
    """An item may name other notices: whoever got these gets it, in one message with the rest."""
    ids = add_people(ready, ("ada", Wanted(areas=("mill-lane",))), ("dee", Wanted(kinds=("tips",))))
    with ready.unit() as unit:
        rows_of.notice(unit, "reminder:m:x", kind="reminder")
        rows_of.deliver(unit, list(ids.values()), notice_id="reminder:m:x", state="sent")
    items = (item(ready, "one", "harbour", told=("reminder:m:x",)), item(ready, "two", "mill-lane"))
    announce(ready, *items)
    address(ready)
    with ready.reading() as unit:
        found = {r.recipient_id: r.items for r in unit.audits.rows(notice_id="alert:a")}
    assert found == {ids["ada"]: None, ids["dee"]: ["one"]}
    assert planned(ready) == 2
