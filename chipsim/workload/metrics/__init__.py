"""How a network is judged, a kind of metric a file; importing this package registers them all under their `type:`."""

from chipsim.workload.metrics.classes import F1, Accuracy, ErrorRate, TopFive, TopK
from chipsim.workload.metrics.function import Function
from chipsim.workload.metrics.judging import batch_of, judged
from chipsim.workload.metrics.likelihood import BitsPerCharacter, CrossEntropy, Perplexity
from chipsim.workload.metrics.metric import Metric
from chipsim.workload.metrics.named import ANY, Measured, metric_column, metric_measure, metric_named
from chipsim.workload.metrics.normalised import ISO, normalised
from chipsim.workload.metrics.numbers import RMSE, MeanAbsoluteError
from chipsim.workload.metrics.sequences import LabelErrorRate

__all__ = [
    "ANY", "F1", "ISO", "RMSE", "Accuracy", "BitsPerCharacter", "CrossEntropy", "ErrorRate", "Function", "LabelErrorRate",
    "MeanAbsoluteError",
    "Measured", "Metric", "Perplexity", "TopFive", "TopK", "batch_of", "judged", "metric_column", "metric_measure",
    "metric_named", "normalised",
]  # fmt: skip
