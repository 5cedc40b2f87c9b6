"""Several metrics of the same outputs in one pass, batch by batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from chipsim.workload.metrics.metric import Floats, Labels, Metric, Sums


class Batch(NamedTuple):
    """What is kept of a batch: the sums of the metrics, and outputs and labels where a metric is of all samples at once."""

    sums: dict[int, Sums]  # by the place of the metric
    kept: tuple[Floats, Labels] | None


def batch_of(metrics: Sequence[Metric], outputs: Floats, labels: Labels) -> Batch:
    """What is kept of a batch of outputs [B, C, H, W] and its labels."""
    sums = {place: metric.sums(outputs, labels) for place, metric in enumerate(metrics) if not metric.whole}
    return Batch(sums, (outputs, labels) if len(sums) < len(metrics) else None)


def judged(metrics: Sequence[Metric], batches: Iterable[Batch]) -> list[float]:
    """The value of each metric over all batches, of which there is at least one."""
    totals: dict[int, Sums] = {}
    kept: list[tuple[Floats, Labels]] = []
    for batch in batches:
        kept += [] if batch.kept is None else [batch.kept]
        totals = {place: totals[place] + sums if place in totals else sums for place, sums in batch.sums.items()}
    if kept:
        outputs, labels = np.concatenate([batch[0] for batch in kept]), np.concatenate([batch[1] for batch in kept])
        totals |= {place: metric.sums(outputs, labels) for place, metric in enumerate(metrics) if metric.whole}
    return [metric.value(totals[place]) for place, metric in enumerate(metrics)]
