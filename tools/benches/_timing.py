"""Timing in turns."""

import statistics
import time
from collections.abc import Callable

RUNS = 3


def medians(jobs: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Seconds of each job: the median over the turns of the best of three runs in a row.

    The jobs take turns, so that all see the same machine. The best of three, because the first run refills the caches and
    the heap that the job before has emptied, which would be charged to whoever follows the most wasteful neighbour.
    """
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(repeats):
        for name, job in jobs.items():
            times[name].append(min(_seconds(job) for _ in range(RUNS)))
    return {name: statistics.median(values) for name, values in times.items()}


def _seconds(job: Callable[[], object]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start
