"""`make conformance`: what independent readers make of our feeds, field by field and half-hour by half-hour.

Exits 0 when all is as declared, 1 when anything differs, 3 when a reader is not installed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable

from tests.conformance import broken, clocks
from tests.conformance.cases import Case, golden, samples
from tests.conformance.consumers import CONSUMERS, JUDGES, ask_all, missing
from tests.conformance.declared import differences
from tests.conformance.generated import generated, misread

SHOWN = 20  # failures of one kind


def main() -> int:
    began = time.monotonic()
    if lacking := missing():
        for consumer in lacking:
            print(f"{consumer.name} cannot run here. To install it: {consumer.install}", file=sys.stderr)
        print("conformance: not run; .ci/setup installs what is missing.", file=sys.stderr)
        return 3
    cases = [*golden(), *samples(), *generated(), *misread(), *clocks.every_day()]
    failures = sum(
        (
            _report("Our feeds", _read(cases)),
            _report("The clock", _asked()),
            _report(
                "Spoilt feeds", broken.unnoticed(ask_all("entries", {n: c.body for n, c in broken.broken().items()}))
            ),
        )
    )
    half_hours = 48 * sum(clocks.PROBED.values())
    print(
        f"conformance {'failed' if failures else 'passed'}: {len(CONSUMERS)} readers, {len(cases)} feeds with "
        f"{sum(len(case.revisions) for case in cases):,} entries, {half_hours:,} half-hours in {len(clocks.PROBED)} "
        f"zones, {len(broken.BROKEN)} spoilt feeds, {failures} failures, {time.monotonic() - began:.0f} s"
    )
    return 1 if failures else 0


def _read(cases: list[Case]) -> Iterable[str]:
    told = ask_all("entries", {case.name: case.body for case in cases})
    for case in cases:
        for consumer, by_feed in told.items():
            yield from (
                f"{consumer}: {case.name}: {found}" for found in differences(consumer, case, by_feed[case.name])
            )
        for judge in JUDGES:
            yield from (f"{judge.__name__}: {case.name}: {found}" for found in judge(case.body))


def _asked() -> Iterable[str]:
    for days in sorted(set(clocks.PROBED.values())):
        feeds = {zone: body for zone, body in clocks.probes().items() if clocks.PROBED[zone] == days}
        for consumer, told in ask_all("offsets", feeds, clocks.FROM.isoformat(), str(48 * days)).items():
            yield from (f"{consumer}: {found}" for found in clocks.differences(consumer, told))


def _report(heading: str, found: Iterable[str]) -> int:
    failures = list(found)
    print(f"{heading}: {len(failures) or 'no'} failures")
    for failure in failures[:SHOWN]:
        print(f"  {failure}")
    if len(failures) > SHOWN:
        print(f"  and {len(failures) - SHOWN} more")
    return len(failures)


if __name__ == "__main__":
    sys.exit(main())
