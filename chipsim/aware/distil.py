"""What a step makes smaller: the distance of the outputs from the labels, and from what the float network says.

    loss = (1 - d) L(y, labels) + d T^2 KL(softmax(t / T) || softmax(y / T))

L     cross entropy of the labels, with a share `smoothing` of each spread over all classes; mean square where labels are numbers
y, t  outputs of the network with the chip in its way, and of the float network that it was (the teacher); rows (labels, classes)
d, T  weight and temperature of the distillation; T^2 keeps the size of the gradient. Where labels are numbers the distance from the
      teacher is a mean square too, without T

What outputs are (logits, probabilities, their logarithms), and which label is not counted, the metric of the workload says. Labels
[B, T] of the steps of a sequence become B T rows; a network with one output tells two classes apart.

Reference: G. Hinton, O. Vinyals, J. Dean, "Distilling the knowledge in a neural network", arXiv 1503.02531, 2015, section 2.
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor
from torch.nn import functional

from chipsim.aware.description import AwareQuestion
from chipsim.errors import InputError
from chipsim.workload.metrics.classes import ClassMetric
from chipsim.workload.metrics.metric import Metric

SMALLEST = 1e-12  # a probability below it counts as that
UNCOUNTED = -100  # what PyTorch takes for a label that does not count


@final
class Loss:
    """The loss of a mini-batch: calling it gives the mean over the labels that count."""

    def __init__(self, question: AwareQuestion, metric: Metric) -> None:
        """InputError for a metric whose labels there is no loss for."""
        self._metric = metric if isinstance(metric, ClassMetric) else None
        self._smoothing, self._distil = question.smoothing, question.distil
        if self._metric is None and metric.targets != "numbers":
            message = f"metric {metric.type_name} takes labels for which there is no loss here; expected classes or numbers"
            raise InputError(f"workload.metric: {message}, as for accuracy or rmse")

    def __call__(self, outputs: Tensor, labels: Tensor, teacher: Tensor | None = None) -> Tensor:
        """Of outputs [B, C, H, W] with labels [B], [B, T], [B, H, W] or numbers shaped as the outputs; `teacher`: what it gives."""
        if self._metric is None:
            own = functional.mse_loss(outputs.reshape(len(outputs), -1), labels.reshape(len(labels), -1).to(outputs.dtype))
            return own if teacher is None else self._mixed(own, functional.mse_loss(outputs, teacher))
        rows, answers = self._rows(outputs, labels), labels.reshape(-1)
        if self._metric.ignore is not None:
            answers = torch.where(answers == self._metric.ignore, UNCOUNTED, answers)
        own = functional.cross_entropy(rows, answers, label_smoothing=self._smoothing, ignore_index=UNCOUNTED)
        if teacher is None or self._distil is None:
            return own
        counted = answers != UNCOUNTED
        return self._mixed(own, self._distance(rows[counted], self._rows(teacher, labels)[counted], self._distil.temperature))

    def _distance(self, rows: Tensor, taught: Tensor, temperature: float) -> Tensor:
        parts = functional.log_softmax(rows / temperature, 1), functional.log_softmax(taught / temperature, 1)
        return temperature**2 * functional.kl_div(*parts, reduction="batchmean", log_target=True)

    def _mixed(self, own: Tensor, taught: Tensor) -> Tensor:
        share = 0.0 if self._distil is None else self._distil.weight
        return (1 - share) * own + share * taught

    def _rows(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Outputs as rows (labels, classes) whose softmax are probabilities."""
        rows = outputs.reshape(len(outputs), -1)
        if labels.ndim > 1:
            rows = outputs.reshape(len(outputs), -1, labels[0].numel()).transpose(1, 2).reshape(labels.numel(), -1)
        kind = self._metric.outputs if self._metric else None
        if kind == "probabilities":
            rows = rows if rows.shape[1] > 1 else torch.cat([1 - rows, rows], 1)
            return rows.clamp_min(SMALLEST).log()
        if rows.shape[1] > 1:
            return rows
        other = torch.log(-torch.expm1(rows.clamp_max(-SMALLEST))) if kind == "log_probabilities" else torch.zeros_like(rows)
        return torch.cat([other, rows], 1)
