"""What the labels of samples say about the output they are compared with.

labels [N]         one answer for a sample: every number of the output [C, H, W] is that of a class, C H W of them
labels [N, T]      one answer for every step: the output is [classes, T, 1], the steps along its height
labels [N, H, W]   one answer for every position: the output is [classes, H, W]

One answer for a sample does not say what an output of several classes at several positions means by it: metrics refuse it (`problem`).
"""

from __future__ import annotations

from math import prod

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError
from chipsim.workload.layers import Shape

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]


def problem(labels: NDArray[np.generic], count: int, output: Shape) -> str:
    """What keeps labels from being whole numbers, one for each answer that an output [C, H, W] gives for `count` samples; or empty."""
    channels, height, width = output
    steps, one = width == 1, height * width == 1
    if labels.dtype != np.int64:
        rmse = "; for numbers that the outputs should reach, write 'metric: {type: rmse}'" if labels.dtype.kind == "f" else ""
        return f"labels are of type {labels.dtype}, expected int64, the numbers of classes{rmse}"
    each = "" if one else f" for each of the {height} steps" if steps else f" for each of the {height} x {width} positions"
    places = [count, height] if steps else [count, height, width]
    if labels.shape == (count,) and (channels == 1 or one):
        return ""
    if labels.shape == (count,):
        inner = "or let the network give one answer (`last_only: true`, a pooling or a linear layer)"
        return f"labels are {[count]}, but the output {list(output)} is an answer{each}; expected labels {places}, {inner}"
    if not one and _matches(labels, output) and len(labels) == count:
        return ""
    also = "" if one else f", or one{each}, {places}"
    return f"labels are {list(labels.shape)}, expected one for each of {count} images, {[count]}{also}"


def _matches(labels: NDArray[np.generic], output: Shape) -> bool:
    """Whether there is one label for every step or position of an output [C, H, W]."""
    return labels.shape[1:] == output[1:] or (labels.ndim == 2 and (*labels.shape[1:], 1) == output[1:])


def classes(output: Shape, labels: Labels) -> int:
    """Classes that an output [C, H, W] tells apart; InputError where these labels do not belong to such an output."""
    if labels.ndim == 1:
        return prod(output)
    if labels.ndim not in (2, 3) or not _matches(labels, output):
        raise InputError(
            f"Labels.shape: {list(labels.shape)} for a network whose output is {list(output)}; expected one label a sample, or one "
            "for each step or position; where every step has one, end with a layer that gives [classes, steps, 1]"
        )
    return output[0]


def by_label(outputs: Floats, labels: Labels) -> tuple[Floats, Labels]:
    """Outputs [N, C, H, W] or (N, C) as rows (labels, classes), and the labels in that order; for labels of every position, N H W."""
    if labels.ndim == 1:
        return outputs.reshape(len(outputs), -1), labels
    rows = outputs.reshape(len(labels), -1, prod(labels.shape[1:])).transpose(0, 2, 1)
    return np.ascontiguousarray(rows).reshape(labels.size, -1), labels.reshape(-1)
