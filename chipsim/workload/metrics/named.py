"""Metrics by the names of measures: `top_5`, `perplexity_loss`, `float_rmse`, and of columns with a time, `perplexity_1d_spread`.

    NAME          at the first of the times; the name of any metric of a workload, or `metric` for what the network is judged by
    NAME_loss     how much worse than the float network
    float_NAME    the float network
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple, final

from chipsim.workload.metrics.classes import F1, TopK
from chipsim.workload.metrics.metric import Metric

BUILT_IN = (
    "accuracy", "error_rate", "top_5", "cross_entropy", "perplexity", "bits_per_character", "f1", "rmse", "mean_absolute_error",
    "label_error_rate",
)  # fmt: skip
ANY = "metric"  # whatever the network is judged by
_TIMED = re.compile(r"(?P<measure>.+?)(?:_\d[\d.]*[a-z]+)?(?:_spread)?")


@final
class Measured(NamedTuple):
    """A measure that is a metric: the name of the metric, what of it is meant, and the metric where its name tells it."""

    name: str
    kind: Literal["value", "loss", "float"]
    metric: Metric | None

    @property
    def percent(self) -> bool:
        """Whether it is a share."""
        return self.metric is not None and self.metric.percent

    @property
    def higher(self) -> bool:
        """Whether more of it is better."""
        return self.kind != "loss" and self.metric is not None and self.metric.higher


@lru_cache(maxsize=64)
def metric_named(column: str) -> Metric | None:
    """The metric whose column has this name, with its defaults; None where that cannot be told, as of a function."""
    if found := re.fullmatch(r"top_([1-9]\d{0,5})", column):
        return TopK(k=int(found[1]))
    if found := re.fullmatch(r"f1_(0|[1-9]\d{0,5})", column):
        return F1(positive=int(found[1]))
    member = Metric.members.get(column) if column in BUILT_IN else None
    return member() if member is not None else None  # type: ignore[return-value]


@lru_cache(maxsize=256)
def metric_measure(measure: str) -> Measured | None:
    """What a measure says of a metric, None where it is none."""
    name, kind = measure, "value"
    if measure.startswith("float_"):
        name, kind = measure.removeprefix("float_"), "float"
    elif measure.endswith("_loss"):
        name, kind = measure.removesuffix("_loss"), "loss"
    metric = metric_named(name)
    return Measured(name, kind, metric) if metric is not None or name == ANY else None  # type: ignore[arg-type]


@lru_cache(maxsize=1024)
def metric_column(column: str) -> Measured | None:
    """The same for a column, which may have a time and be a spread."""
    found = _TIMED.fullmatch(column)
    return metric_measure(found["measure"]) if found else None
