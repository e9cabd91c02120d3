"""What the benchmarks print follows from what they measured. How fast anything is, no test says."""

from __future__ import annotations

import pytest

from engage.channels.base import Letter
from engage.channels.server import Server
from engage.channels.smtp import Connection, Timeouts
from engage.channels.transaction import Transactions
from tests.bench import __main__ as bench
from tests.bench.postbox import postbox
from tests.bench.table import Benchmark, Row, alternately, at_least, at_most, known, percentile, ratios
from tests.bench.urgent import Watched


@pytest.mark.parametrize(
    ("values", "met"), [([1, 3_000, 9_000], True), ([2_999, 2_999, 9_000], False), ([3_000], True)]
)
def test_a_rate_is_met_by_its_median(values: list[float], met: bool) -> None:
    row = at_least("letters", values, "/s", 3_000)
    assert row.is_met is met


@pytest.mark.parametrize(("values", "met"), [([0.1, 6, 60], True), ([6.1, 6.1, 0], False), ([6], True)])
def test_a_time_is_met_by_its_median(values: list[float], met: bool) -> None:
    assert at_most("alert", values, "s", 6).is_met is met


def test_a_figure_to_know_is_neither_met_nor_missed() -> None:
    row = known("PostgreSQL", [1, 2, 3, 4], "/s")
    assert (row.value, row.is_met) == (2.5, None)
    assert not str(row).endswith(("met", "MISSED"))


def test_a_missed_target_can_be_read() -> None:
    assert str(at_most("alert", [12.34], "s", 6)).split() == ["alert", "12.3", "s", "<=", "6", "MISSED"]


def test_ratios_compare_within_a_round() -> None:
    """Medians of each would say 2; a slow second round slows both."""
    assert ratios([10, 2, 12], [5, 1, 2]) == [2, 2, 6]


def test_ways_take_turns() -> None:
    order: list[str] = []

    def way(name: str, value: float) -> float:
        order.append(name)
        return value

    rates = alternately({"ours": lambda: way("ours", 3), "peer": lambda: way("peer", 1)}, 2)
    assert order == ["ours", "peer", "ours", "peer"]
    assert rates == {"ours": [3, 3], "peer": [1, 1]}


def test_the_99th_percentile_leaves_out_one_of_a_hundred() -> None:
    assert Watched(waits=list(range(1, 1001)), behind=1).p99 == 990
    assert Watched(waits=[5], behind=1).p99 == 5


@pytest.mark.parametrize(("share", "value"), [(0.95, 95), (0.5, 50), (1, 100), (0.001, 1)])
def test_a_percentile_is_a_value_that_was_measured(share: float, value: float) -> None:
    assert percentile([*range(100, 0, -1)], share) == value


@pytest.mark.parametrize(("rows", "lacking", "code"), [("met", (), 0), ("missed", (), 1), ("met", ("wrk",), 3)])
def test_the_exit_code_says_what_was_missed(
    monkeypatch: pytest.MonkeyPatch, rows: str, lacking: tuple[str, ...], code: int
) -> None:
    def run() -> list[Row]:
        return [at_most("alert", [1 if rows == "met" else 7], "s", 6), known("peer", [1], "s")]

    monkeypatch.setattr(bench, "BENCHMARKS", (Benchmark(name="one", run=run, needs=lambda: lacking),))
    assert bench.main([]) == code


def test_stolen_time_is_the_eighth_number_of_the_first_line() -> None:
    assert bench.stolen([100] * 10, [110, 100, 100, 160, 100, 100, 100, 130, 105, 100]) == 0.3
    assert bench.stolen([1] * 10, [1] * 10) == 0
    assert len(bench.processors()) >= 8


def test_every_benchmark_has_a_name_of_its_own() -> None:
    names = [one.name for one in bench.BENCHMARKS]
    assert len(set(names)) == len(names)
    assert bench.main(["no-such"]) == 2


def test_the_postbox_tells_people_apart_by_their_names() -> None:
    with postbox() as sink:
        line = Transactions(Connection.open(Server.parse(sink.url), Timeouts()))
        for to in ("ada1", "ada2", "ben1"):
            line.begin(Letter(1, f"{to}@example.org", "office@example.org", b"Subject: x\r\n\r\nx\r\n"))
            line.finish()
        line.connection.close()
        assert [to for to, _ in sink.wait_for(3)] == ["ada1@example.org", "ada2@example.org", "ben1@example.org"]
        assert (sink.count("ada"), sink.count("ben"), sink.count("cy")) == (2, 1, 0)
        sink.empty()
        assert sink.count() == 0
        with pytest.raises(RuntimeError, match="expected, 0 came"):
            sink.wait_for(1, within=0)
