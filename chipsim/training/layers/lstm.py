"""The derivative of a step of an LSTM.

    c = f c' + i g,  h = o tanh(c)                                       i, f, o sigmoids and g a tanh of the sums
    e_c += e_h o (1 - tanh(c)**2),      d_o = e_h tanh(c) o (1 - o)
    d_i = e_c g i (1 - i),  d_f = e_c c' f (1 - f),  d_g = e_c i (1 - g**2),  e_c' = e_c f

e are errors of the state after the step (c' before it), d those of the sums; all [n, hidden] float32.
"""

from __future__ import annotations

from typing import final

import numpy as np

from chipsim.training.layers.recurrent import TrainedRecurrent
from chipsim.training.layers.trained import Floats
from chipsim.workload.layers import LSTM
from chipsim.workload.layers.recurrent import State


@final
class TrainedLSTM(TrainedRecurrent[LSTM], of=LSTM):
    """Gates and memory backwards."""

    def before(self, kept: tuple[Floats, ...], errors: State) -> tuple[Floats, State]:
        (i, f, g, o, memory, shown), h = kept, errors[0]
        c = errors[1] + h * o * (1 - shown * shown)
        parts = (c * g * i * (1 - i), c * memory * f * (1 - f), c * i * (1 - g * g), h * shown * o * (1 - o))
        return np.concatenate(parts, axis=1)[:, None], (np.zeros_like(h), c * f)
