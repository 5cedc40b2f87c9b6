"""Long short-term memory: a state that gates keep, change and show.

    (i, f, g, o) = [x_t, h_(t-1)] W + b                     one product, columns in this order, hidden columns each
    c_t = sigmoid(f) c_(t-1) + sigmoid(i) tanh(g)
    h_t = sigmoid(o) tanh(c_t)

as torch.nn.LSTM computes it; x_t [B, features], h_t and c_t [B, hidden], W [features + hidden, 4 hidden], b [4 hidden]. Weights are
stored [4 hidden, features + hidden].

Reference: S. Hochreiter, J. Schmidhuber, Neural Computation 9, 1735, 1997, DOI 10.1162/neco.1997.9.8.1735; the forget gate is that of
F. Gers, J. Schmidhuber, F. Cummins, Neural Computation 12, 2451, 2000, DOI 10.1162/089976600300015015.
Not modelled: peepholes, projections.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, final

import numpy as np

from chipsim.workload.layers.layer import Floats
from chipsim.workload.layers.recurrent import Cell, Recurrent, State, sigmoid, tanh


@final
class LSTM(Recurrent, type="lstm"):
    """Long short-term memory."""

    gates: ClassVar[int] = 4
    states: ClassVar[int] = 2
    products: ClassVar[int] = 1

    @staticmethod
    def from_pytorch(weight_ih: Floats, weight_hh: Floats, bias_ih: Floats, bias_hh: Floats) -> tuple[Floats, Floats]:
        """<layer>.weight and <layer>.bias from weight_ih_l0 [4 hidden, features], weight_hh_l0 [4 hidden, hidden] and both biases."""
        return np.hstack([weight_ih, weight_hh]), bias_ih + bias_hh

    def vectors(self, x: Floats, h: Floats) -> Floats:
        return np.concatenate([x, h], axis=1)[:, None]

    def operations(self, units: int) -> Mapping[str, int]:
        return {"sigmoid": 3 * units, "tanh": 2 * units, "multiply": 3 * units, "add": units}

    def cell(self, sums: Floats, state: State) -> Cell:
        z, size, before = sums[:, 0], sums.shape[2] // self.gates, state[1]
        opened, g = sigmoid(z), tanh(z[:, 2 * size : 3 * size])
        i, f, o = opened[:, :size], opened[:, size : 2 * size], opened[:, 3 * size :]
        c = f * before + i * g
        shown = tanh(c)
        return Cell((o * shown, c), (i, f, g, o, before, shown))
