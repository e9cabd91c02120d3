"""How large the benchmarks are: ENGAGE_BENCH_SCALE=0.1 makes counts a tenth, to see that they work. Targets stay."""

from __future__ import annotations

import os

SCALE = float(os.environ.get("ENGAGE_BENCH_SCALE", "1"))


def scaled(count: int) -> int:
    """So many at this scale, at least one."""
    return max(1, round(count * SCALE))
