"""E-mails handed to a mail server and settled in the ledger, beside one queued message per mail and beside no ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from time import perf_counter

from engage.channels.base import Letter
from engage.channels.server import Server
from engage.channels.smtp import Connection, Timeouts
from engage.channels.transaction import Transactions, stuffed
from engage.domain.outcomes import Sent
from engage.work.deliveries import Drain
from engage.work.letters import Composer
from tests.bench.ground import Ground, ground
from tests.bench.peers import queued
from tests.bench.postbox import Postbox, postbox
from tests.bench.size import scaled
from tests.bench.table import Benchmark, Rates, Row, alternately, at_least, known, ratios
from tests.work.notices import address_all, issue

LETTERS, QUEUED, RUNS, LANE = scaled(13_000), scaled(1_000), 5, "normal"
ONE, TEN, BARE, CEILING, PEER = "one by one", "ten by ten", "SMTP alone", "the server", "dramatiq"


def run() -> Iterator[Row]:
    with postbox() as sink:
        with addressed("sqlite") as sqlite:
            ready = letters(sqlite)
            ways = {
                ONE: partial(drained, sqlite, sink, 1),
                TEN: partial(drained, sqlite, sink, 10),
                BARE: partial(bare, ready, sink),
                CEILING: partial(ceiling, ready, sink),
                PEER: partial(queued, ready[:QUEUED], sink),
            }
            yield from _rows(alternately(ways, RUNS))
        with addressed("postgresql") as postgres:
            rates = alternately(
                {ONE: partial(drained, postgres, sink, 1), TEN: partial(drained, postgres, sink, 10)}, 3
            )
            for way in (ONE, TEN):
                yield known(f"the same on PostgreSQL, without fsync, {way}", rates[way], "/s")


def _rows(rates: Rates) -> Iterator[Row]:
    yield known("the mail server, from a client that only writes", rates[CEILING], "/s")
    yield known(f"{LETTERS:,} letters, SMTP alone, pipelined, one connection", rates[BARE], "/s")
    yield known(f"{QUEUED:,} letters, each a dramatiq message and connection", rates[PEER], "/s")
    for way, rate, share in ((ONE, 3_000, 0.2), (TEN, 5_000, 0.35)):
        yield at_least(f"{LETTERS:,} letters handed over and settled {way}", rates[way], "/s", rate)
        yield at_least(f"{way}, beside SMTP alone", ratios(rates[way], rates[BARE]), "x", share)
        yield at_least(f"{way}, beside dramatiq", ratios(rates[way], rates[PEER]), "x", 12)


@contextmanager
def addressed(engine: str) -> Iterator[Ground]:
    """An office with an alert in its ledger that nobody has been sent."""
    with ground(LETTERS, engine=engine) as made:
        with made.prepared() as app:
            issue(app, "burglary")
            address_all(app)
        yield made


def drained(of: Ground, sink: Postbox, window: int) -> float:
    """Letters a second from the first claim to the last settling, by the drain of the workers."""
    with of.fresh(smtp_url=sink.url, settle_window=window) as app:
        session = app.channels["email"].connect()
        sink.empty()
        started = perf_counter()
        done = Drain(app, "email", LANE, "bench", session).run(seconds=600)
        seconds = perf_counter() - started
        session.close()
    sink.wait_for(LETTERS)
    return done.sent / seconds


def letters(of: Ground) -> list[Letter]:
    """What the drain would hand over."""
    with of.fresh() as app:
        with app.unit() as unit:
            claimed = unit.ledger.claim(channel="email", lane=LANE, owner="bench", limit=LETTERS)
        return list(Composer(app).compose(claimed).letters.values())


def bare(ready: Sequence[Letter], sink: Postbox) -> float:
    """The same letters over our own SMTP, with no ledger at all."""
    sink.empty()
    line = Transactions(Connection.open(Server.parse(sink.url), Timeouts()))
    started = perf_counter()
    outcomes = [line.begin(*pair) or line.finish() for pair in zip(ready, [*ready[1:], None], strict=True)]
    seconds = perf_counter() - started
    line.connection.close()
    assert all(isinstance(one, Sent) for one in outcomes)
    sink.wait_for(len(ready))
    return len(ready) / seconds


def ceiling(ready: Sequence[Letter], sink: Postbox) -> float:
    """Letters a second that the server takes from a client which only writes prepared bytes and waits."""
    sink.empty()
    with Connection.open(Server.parse(sink.url), Timeouts()).sock as sock:
        envelopes = [b"MAIL FROM:<a@example.org>\r\nRCPT TO:<%s>\r\nDATA\r\n" % one.to.encode() for one in ready]
        writes = [stuffed(one.content) + after for one, after in zip(ready, [*envelopes[1:], b""], strict=True)]
        sock.sendall(envelopes[0])
        sock.recv(4096)
        started = perf_counter()
        for write in writes:
            sock.sendall(write)
            sock.recv(4096)
        seconds = perf_counter() - started
    sink.wait_for(len(ready))
    return len(ready) / seconds


BENCHMARK = Benchmark(name="handover", run=run)
