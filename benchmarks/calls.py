"""Jobs of many calls: the median and the 95th percentile of a call."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.measure import PROJECT, result
from python_loaders.profile import read_target
from python_loaders.warehouse import Warehouse

# in which caches fill; they are not counted
FIRST_CALLS = 10


def open_warehouse(profiles: str) -> Warehouse:
    return Warehouse(read_target(PROJECT, Path(profiles)), only_asks=True)


def timed_calls(prepare: Callable[[], Callable[[], Any]], calls: int) -> dict[str, Any]:
    """Prepare a call, and time it, so many times."""
    times = []
    for _ in range(FIRST_CALLS + calls):
        call = prepare()
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    counted = times[FIRST_CALLS:]
    return {**result(median(counted), 0, calls), "p95_seconds": quantiles(counted, n=20)[-1]}
