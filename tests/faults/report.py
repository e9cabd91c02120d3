"""The table and the one line at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.faults.rehearsal import Report

SHOWN = 20


def lines(report: Report) -> Iterator[str]:
    yield f"\n{report.engine}"
    for one in report.walked:
        counted = one.verdict.lanes.values()
        figures = (
            f"{sum(x.planned for x in counted):4} planned {sum(x.lost for x in counted):3} lost "
            f"{sum(x.doubled for x in counted):3} doubled {sum(x.ambiguous for x in counted):3} ambiguous"
        )
        yield f"  {'BROKEN' if one.broken else 'held  '} {one.name:48} {figures if counted else ''}".rstrip()
    yield from _mix(report)
    for said in report.broken[:SHOWN]:
        yield f"  broken: {said}"
    if len(report.broken) > SHOWN:
        yield f"  and {len(report.broken) - SHOWN} more"


def _mix(report: Report) -> Iterator[str]:
    if (mixed := report.mixed) is None:
        return
    yield f"  the mix: {sum(mixed.done.values())} faults, drained in {mixed.drained:.0f} s; full disk: {report.disk}"
    head = ("lane", "planned", "arrived", "lost", "doubled", "at most", "ambiguous", "at most", "failed", "dead")
    yield "    " + "".join(f"{word:>10}" for word in head)
    for name, lane in mixed.verdict.lanes.items():
        figures = (lane.planned, lane.arrived, lane.lost, lane.doubled, lane.bound)
        figures += (lane.ambiguous, lane.doubt_bound, lane.states["failed"], lane.states["dead"])
        yield f"    {name:>10}" + "".join(f"{n:>10,}" for n in figures)
    for kind, n in sorted(mixed.done.items()):
        times = mixed.recovered.get(kind, [])
        yield f"    {n:3} x {kind:34}" + (f" next message within {max(times):.1f} s" if times else "")
    if mixed.held:
        yield f"    the clock's steps put it on hold {mixed.held} times, as they should; it was released"


def summary(reports: Sequence[Report], seed: int, seconds: float) -> str:
    verdicts = [one.mixed.verdict for one in reports if one.mixed]
    walks = sum(len(one.walked) for one in reports)
    planned = sum(lane.planned for v in verdicts for lane in v.lanes.values())
    faults = sum(sum(one.mixed.done.values()) for one in reports if one.mixed)
    broken = sum(len(one.broken) for one in reports)
    lost, doubled = sum(v.lost for v in verdicts), sum(v.doubled for v in verdicts)
    return (
        f"faults {'failed' if broken else 'passed'}: {', '.join(one.engine for one in reports)}, {walks} walks, "
        f"{faults} faults over {planned:,} deliveries, {lost} lost, {doubled} doubled within the bound, "
        f"{broken} promises broken, seed {seed}, {seconds:.0f} s"
    )
