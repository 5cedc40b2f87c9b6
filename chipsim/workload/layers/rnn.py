"""Elman network: a state that is a function of one product of itself and the input.

    h_t = f([x_t, h_(t-1)] W + b),    f = tanh or relu

as torch.nn.RNN computes it; x_t [B, features], h_t [B, hidden], W [features + hidden, hidden], b [hidden]. Weights are stored
[hidden, features + hidden].

Reference: J. L. Elman, Cognitive Science 14, 179, 1990, DOI 10.1207/s15516709cog1402_1. Not modelled: other functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, final

import numpy as np

from chipsim.spec import key
from chipsim.workload.layers.layer import Floats
from chipsim.workload.layers.nonlinearity import apply
from chipsim.workload.layers.recurrent import Cell, Recurrent, State


@final
class RNN(Recurrent, type="rnn"):
    """Elman network."""

    gates: ClassVar[int] = 1
    states: ClassVar[int] = 1
    products: ClassVar[int] = 1

    function: Literal["tanh", "relu"] = key("function that makes the state of the sums", default="tanh")

    @staticmethod
    def from_pytorch(weight_ih: Floats, weight_hh: Floats, bias_ih: Floats, bias_hh: Floats) -> tuple[Floats, Floats]:
        """<layer>.weight and <layer>.bias from weight_ih_l0 [hidden, features], weight_hh_l0 [hidden, hidden] and both biases."""
        return np.hstack([weight_ih, weight_hh]), bias_ih + bias_hh

    def vectors(self, x: Floats, h: Floats) -> Floats:
        return np.concatenate([x, h], axis=1)[:, None]

    def operations(self, units: int) -> Mapping[str, int]:
        return {self.function: units}

    def cell(self, sums: Floats, state: State) -> Cell:
        h = apply(self.function, sums[:, 0])
        return Cell((h,), (h,))
