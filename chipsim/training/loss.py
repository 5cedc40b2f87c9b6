"""The loss of a mini-batch: minus the logarithm of the share that softmax gives to the label.

    loss = mean over samples and steps of -log softmax(y)[label],      d = (onehot - softmax(y)) / n

y (n, classes) float32, labels (n,); d (n, classes) float32 is minus the gradient of the mean of n losses. Computed in float64.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]


def cross_entropy(z: Floats, labels: Labels) -> tuple[NDArray[np.float64], Floats]:
    """Losses (n,) of outputs z (n, classes), and minus the gradient of their mean (n, classes)."""
    with np.errstate(invalid="ignore"):  # what is infinite becomes a loss that is no number, which the caller looks for
        shifted = z.astype(np.float64) - z.max(axis=1, keepdims=True)
        weights = np.exp(shifted)
    total = weights.sum(axis=1)
    rows = np.arange(len(z))
    losses: NDArray[np.float64] = np.log(total) - shifted[rows, labels]
    d = -weights / total[:, None]
    d[rows, labels] += 1
    return losses, (d / len(z)).astype(np.float32)
