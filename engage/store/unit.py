"""The unit: one transaction, the rows within reach and one frozen now. What to do with them is decided in work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path

from sqlalchemy import Connection, Engine, make_url

from engage.domain.events import Event
from engage.store import outbox
from engage.store.audience import Audiences
from engage.store.audits import Audits
from engage.store.budgets import Budgets
from engage.store.complaints import Complaints
from engage.store.devices import Devices
from engage.store.dialect import open_engine
from engage.store.digests import Digests
from engage.store.feeds import Feeds
from engage.store.house import House
from engage.store.inbox import Inbox
from engage.store.leavers import Leavers
from engage.store.ledger import Ledger
from engage.store.notices import Alerts, Notices
from engage.store.outbox import Dues, Tasks
from engage.store.people import People, digest_of
from engage.store.personal import PersonalFeeds
from engage.store.phones import Phones
from engage.store.programmes import Programmes
from engage.store.rates import Rates
from engage.store.reach import Reach
from engage.store.retention import Retention
from engage.store.returners import Returners
from engage.store.schedule import Schedules
from engage.store.signups import Signups
from engage.store.subscriptions import Subscriptions
from engage.store.waits import Waits


class Unit:
    """Leaving the block commits; leaving it with an exception undoes everything, events included."""

    def __init__(self, conn: Connection, clock: Callable[[], datetime], cause_id: int | None = None) -> None:
        self.conn, self.now, self.cause_id, self._clock = conn, clock(), cause_id, clock

    def emit(self, *happened: Event) -> list[int]:
        """Write events and one task per route in this transaction; returns the events' ids."""
        return outbox.emit(self.conn, happened, at=self.now, cause_id=self.cause_id)

    @cached_property
    def tasks(self) -> Tasks:
        return Tasks(self.conn, self.now)

    @cached_property
    def dues(self) -> Dues:
        return Dues(self.conn, self.now)

    @cached_property
    def house(self) -> House:
        return House(self.conn, self.now)

    @cached_property
    def schedule(self) -> Schedules:
        return Schedules(self.conn, self.now)

    @cached_property
    def programmes(self) -> Programmes:
        return Programmes(self.conn, self.now)

    @cached_property
    def feeds(self) -> Feeds:
        return Feeds(self.conn, self.now)

    @cached_property
    def people(self) -> People:
        return People(self.conn, self.now, self.house.secret("address"), self._clock)

    @cached_property
    def subscriptions(self) -> Subscriptions:
        return Subscriptions(self.conn, self._clock)

    @cached_property
    def signups(self) -> Signups:
        return Signups(self.conn, self.now, self.house.secret("address"))

    @cached_property
    def devices(self) -> Devices:
        return Devices(self.conn, partial(digest_of, self.house.secret("address")), self._clock)

    @cached_property
    def personal(self) -> PersonalFeeds:
        return PersonalFeeds(self.conn, self.now, self.house.secret("address"))

    @cached_property
    def phones(self) -> Phones:
        return Phones(self.conn, self.now, self.house.secret("address"))

    @cached_property
    def returners(self) -> Returners:
        return Returners(self.conn, self.now)

    @cached_property
    def complaints(self) -> Complaints:
        return Complaints(self.conn, self.now)

    @cached_property
    def leavers(self) -> Leavers:
        return Leavers(self.conn, self.now, self.house.secret("address"))

    @cached_property
    def audience(self) -> Audiences:
        return Audiences(self.conn)

    @cached_property
    def budgets(self) -> Budgets:
        return Budgets(self.conn)

    @cached_property
    def notices(self) -> Notices:
        return Notices(self.conn, self.now)

    @cached_property
    def alerts(self) -> Alerts:
        return Alerts(self.conn, self.now)

    @cached_property
    def digests(self) -> Digests:
        return Digests(self.conn, self.now)

    @cached_property
    def waits(self) -> Waits:
        return Waits(self.conn, self.now)

    @cached_property
    def audits(self) -> Audits:
        return Audits(self.conn, self.now)

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(self.conn, self.now)

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.conn, self.now)

    @cached_property
    def reach(self) -> Reach:
        return Reach(self.conn)

    @cached_property
    def retention(self) -> Retention:
        return Retention(self.conn)

    @cached_property
    def rates(self) -> Rates:
        return Rates(self.conn, self.now)


class Database:
    """Opens units. The fast ones skip the flush to disk: only the settle loop may use them, for the relay's own full
    commit every tick bounds what a power cut could make ambiguous.
    """

    def __init__(self, url: str, clock: Callable[[], datetime]) -> None:
        self.url, self.clock = url, clock

    @cached_property
    def engine(self) -> Engine:
        return open_engine(self.url)

    @cached_property
    def fast_engine(self) -> Engine:
        return open_engine(self.url, durability="normal")

    @property
    def writers(self) -> int:
        """How many threads of a process can write at once without waiting for one another."""
        return 1 if make_url(self.url).get_backend_name() == "sqlite" else 4

    @property
    def is_missing(self) -> bool:
        """Whether opening it would make a new, empty SQLite file: only those who may create a database do that."""
        url = make_url(self.url)
        return url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()

    @contextmanager
    def unit(self, *, cause_id: int | None = None) -> Iterator[Unit]:
        """A writing unit."""
        with self.engine.begin() as conn:
            yield Unit(conn, self.clock, cause_id)

    @contextmanager
    def fast_units(self) -> Iterator[Callable[[], AbstractContextManager[Unit]]]:
        """A source of writing units over one connection, one after the other, that skip the flush to disk."""
        with self.fast_engine.connect() as conn:

            @contextmanager
            def unit() -> Iterator[Unit]:
                with conn.begin():
                    yield Unit(conn, self.clock)

            yield unit

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        """A unit that only looks: it takes no lock that a writer would wait for."""
        with self.engine.connect().execution_options(engage_read=True) as conn, conn.begin():
            yield Unit(conn, self.clock)

    def close(self) -> None:
        for name in ("engine", "fast_engine"):
            if name in self.__dict__:
                self.__dict__.pop(name).dispose()
