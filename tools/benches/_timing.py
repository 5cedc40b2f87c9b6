"""Timing in turns."""

import statistics
import time
from collections.abc import Callable


def medians(jobs: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Median seconds of each job; the jobs take turns, so that all see the same machine.

    In its turn a job runs twice and the second time counts: the first one refills the caches and the heap that the job
    before it has emptied, which would be charged to whoever happens to follow the most wasteful neighbour.
    """
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(repeats):
        for name, job in jobs.items():
            job()
            start = time.perf_counter()
            job()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in times.items()}
