"""Train the character LSTM shipped in workloads/: one layer of 64 and a linear read-out, on 32 characters.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python tools/train_lstm.py

writes workloads/lstm-alice.npz: arrays as `workloads/lstm-alice.yaml` names them. How it is trained: `alice.py`; each window begins
with an empty memory, as on the chip.
"""

from __future__ import annotations

import numpy as np
from alice import VOCABULARY, Model, make
from torch import Tensor, nn

from chipsim.workload.layers import LSTM

HIDDEN, WINDOW = 64, 32


class CharacterLSTM(nn.Module):
    """Numbers of characters [N, T] -> logits [N, T, vocabulary] of the next one after each."""

    def __init__(self, drop: float = 0.0) -> None:
        super().__init__()
        self.lstm, self.drop, self.out = nn.LSTM(VOCABULARY, HIDDEN, batch_first=True), nn.Dropout(drop), nn.Linear(HIDDEN, VOCABULARY)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.drop(self.lstm(nn.functional.one_hot(x, VOCABULARY).float())[0]))


def arrays_of(network: nn.Module) -> dict[str, np.ndarray]:
    """The parameters by the names and in the shapes of workloads/lstm-alice.yaml: PyTorch's two biases are one."""
    stored = {name: value.numpy() for name, value in network.state_dict().items()}
    weight, bias = LSTM.from_pytorch(*(stored[f"lstm.{name}_l0"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")))
    out = {"out.weight": stored["out.weight"][:, :, None, None], "out.bias": stored["out.bias"]}
    return {"lstm.weight": weight, "lstm.bias": bias} | out


MODEL = Model("lstm-alice", CharacterLSTM, arrays_of, WINDOW, steps=6000)

if __name__ == "__main__":
    make(MODEL, __doc__ or "")
