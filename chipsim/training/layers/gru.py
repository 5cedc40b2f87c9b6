"""The derivative of a step of a GRU.

    n = tanh(u_n + r v_n),  h = (1 - z) n + z h'                 r, z sigmoids of u + v, the sums of the input and of the state
    d_u = e (1 - z) (1 - n**2) in the columns n,  d_v = r d_u there
    d_r = d_u v_n r (1 - r),  d_z = e (h' - n) z (1 - z) in both,   e' = e z

e is the error of the state after the step (e' of h' before it), d those of the sums; all [n, hidden] float32. The input learns from
d_u, the state from d_v: they are two vectors of the same array.
"""

from __future__ import annotations

from typing import final

import numpy as np

from chipsim.training.layers.recurrent import TrainedRecurrent
from chipsim.training.layers.trained import Floats
from chipsim.workload.layers import GRU
from chipsim.workload.layers.recurrent import State


@final
class TrainedGRU(TrainedRecurrent[GRU], of=GRU):
    """Gates and candidate backwards."""

    def before(self, kept: tuple[Floats, ...], errors: State) -> tuple[Floats, State]:
        (r, z, n, state, inner), h = kept, errors[0]
        outer = h * (1 - z) * (1 - n * n)
        gates = np.concatenate([outer * inner * r * (1 - r), h * (state - n) * z * (1 - z)], axis=1)
        lines = [np.concatenate([gates, candidate], axis=1) for candidate in (outer, outer * r)]
        return np.stack(lines, axis=1), (h * z,)
