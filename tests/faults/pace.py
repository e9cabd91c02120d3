"""How much slower than its processors this machine is: a shared host may withhold most of their time."""

from __future__ import annotations

import os
import time

NAME = "REHEARSAL_SLOWNESS"
SLOWNESS = float(os.environ.get(NAME, "1"))  # 1.0 when nobody takes anything away; times of liveness are longer by it


def measured(seconds: float = 2.0) -> float:
    """Time that passes for each second of work."""
    began, worked = time.monotonic(), time.process_time()
    while time.monotonic() - began < seconds:
        pass
    return max(1.0, (time.monotonic() - began) / (time.process_time() - worked))
