"""What the labels of samples say about the output they are compared with.

labels [N]       one answer for a sample: every number of the output [C, H, W] is that of a class, C H W of them
labels [N, T]    one answer for every step: the output is [classes, T, 1], the steps along its height
"""

from __future__ import annotations

from math import prod

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError
from chipsim.workload.layers import Shape

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]


def classes(output: Shape, labels: Labels) -> int:
    """Classes that an output [C, H, W] tells apart; InputError where these labels do not belong to such an output."""
    if labels.ndim == 1:
        return prod(output)
    if labels.ndim != 2 or output[1:] != (labels.shape[1], 1):
        raise InputError(
            f"Labels.shape: {list(labels.shape)} for a network whose output is {list(output)}; expected one label a sample, or one "
            "for each step; where every step has one, end with a layer that gives [classes, steps, 1]"
        )
    return output[0]


def by_label(outputs: Floats, labels: Labels) -> tuple[Floats, Labels]:
    """Outputs [N, C, H, W] or (N, C) as rows (labels, classes), and the labels in that order; for labels of every step, N T rows."""
    if labels.ndim == 1:
        return outputs.reshape(len(outputs), -1), labels
    count, steps = labels.shape
    rows = outputs.reshape(count, -1, steps).transpose(0, 2, 1)
    return np.ascontiguousarray(rows).reshape(count * steps, -1), labels.reshape(-1)
