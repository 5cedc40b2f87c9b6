"""Gated recurrent unit: a state that moves a share of the way to a candidate.

    u = [x_t, 0] W + b_1,  v = [0, h_(t-1)] W + b_2          two products of one matrix, columns r, z, n of each
    r = sigmoid(u_r + v_r),  z = sigmoid(u_z + v_z)
    n = tanh(u_n + r v_n)
    h_t = (1 - z) n + z h_(t-1)

as torch.nn.GRU computes it; x_t [B, features], h_t [B, hidden], W [features + hidden, 3 hidden]. The reset gate r acts on the hidden
part of the candidate alone, so u_n and v_n must be known apart. They are two products one after the other, the rows of x_t driven in
the first and those of h_(t-1) in the second: no cell is idle and none must be kept at zero while it is trained, as a quarter of a
matrix with 4 hidden columns would be; an array is used twice for a step.

The bias is [6 hidden], b_1 and then b_2; only the sums of their r and z count, as in PyTorch. Weights are stored
[3 hidden, features + hidden].

Reference: K. Cho et al., EMNLP 2014, 1724, DOI 10.3115/v1/D14-1179, there with r (h W) as (r h) W. Not modelled: that form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, final

import numpy as np

from chipsim.workload.layers.layer import Floats
from chipsim.workload.layers.recurrent import Cell, Recurrent, Span, State, sigmoid, tanh


@final
class GRU(Recurrent, type="gru"):
    """Gated recurrent unit."""

    gates: ClassVar[int] = 3
    states: ClassVar[int] = 1
    products: ClassVar[int] = 2

    @staticmethod
    def from_pytorch(weight_ih: Floats, weight_hh: Floats, bias_ih: Floats, bias_hh: Floats) -> tuple[Floats, Floats]:
        """<layer>.weight and <layer>.bias from weight_ih_l0 [3 hidden, features], weight_hh_l0 [3 hidden, hidden] and both biases."""
        return np.hstack([weight_ih, weight_hh]), np.concatenate([bias_ih, bias_hh])

    def vectors(self, x: Floats, h: Floats) -> Floats:
        apart = np.zeros((len(x), 2, x.shape[1] + h.shape[1]), np.float32)
        apart[:, 0, : x.shape[1]], apart[:, 1, x.shape[1] :] = x, h
        return apart

    def driven(self, product: int, features: int) -> Span:
        return (features, features + self.hidden_size) if product else (0, features)

    def operations(self, units: int) -> Mapping[str, int]:
        return {"sigmoid": 2 * units, "tanh": units, "multiply": 3 * units, "add": 5 * units}

    def cell(self, sums: Floats, state: State) -> Cell:
        size, before, u, v = sums.shape[2] // self.gates, state[0], sums[:, 0], sums[:, 1]
        opened, inner = sigmoid(u[:, : 2 * size] + v[:, : 2 * size]), v[:, 2 * size :]
        r, z = opened[:, :size], opened[:, size:]
        n = tanh(u[:, 2 * size :] + r * inner)
        return Cell(((1 - z) * n + z * before,), (r, z, n, before, inner))
