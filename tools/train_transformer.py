"""Train the character transformer shipped in workloads/: two pre-norm blocks of 64 features and 4 heads, causal, on 64 characters.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python tools/train_transformer.py

writes workloads/transformer-alice.npz: arrays as `workloads/transformer-alice.yaml` names them. How it is trained: `alice.py`.
"""

from __future__ import annotations

import numpy as np
import torch
from alice import VOCABULARY, Model, is_analog, make
from torch import Tensor, nn

FEATURES, HEADS, HIDDEN, BLOCKS, STEPS = 64, 4, 256, 2, 64


class Block(nn.Module):
    """x + output(attention(norm1 x)), then x + down(gelu(up(norm2 x)))."""

    def __init__(self, drop: float) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(FEATURES), nn.LayerNorm(FEATURES)
        self.query, self.key, self.value, self.output = (nn.Linear(FEATURES, FEATURES) for _ in range(4))
        self.up, self.down, self.drop = nn.Linear(FEATURES, HIDDEN), nn.Linear(HIDDEN, FEATURES), nn.Dropout(drop)

    def forward(self, x: Tensor) -> Tensor:
        read = self.norm1(x)
        heads = [part(read).unflatten(2, (HEADS, -1)).transpose(1, 2) for part in (self.query, self.key, self.value)]
        seen = nn.functional.scaled_dot_product_attention(*heads, is_causal=True).transpose(1, 2).flatten(2)
        x = x + self.drop(self.output(seen))
        return x + self.drop(self.down(nn.functional.gelu(self.up(self.norm2(x)))))


class Transformer(nn.Module):
    """Numbers of characters [N, T] -> logits [N, T, vocabulary] of the next one after each."""

    def __init__(self, drop: float = 0.0) -> None:
        super().__init__()
        self.characters = nn.Embedding(VOCABULARY, FEATURES)
        self.positions = nn.Parameter(0.02 * torch.randn(STEPS, FEATURES))
        self.blocks = nn.ModuleList(Block(drop) for _ in range(BLOCKS))
        self.norm, self.out = nn.LayerNorm(FEATURES), nn.Linear(FEATURES, VOCABULARY)
        nn.init.normal_(self.characters.weight, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        x = self.characters(x) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.out(self.norm(x))


def arrays_of(network: nn.Module) -> dict[str, np.ndarray]:
    """The parameters by the names and in the shapes of workloads/transformer-alice.yaml."""
    arrays = {}
    for name, value in network.state_dict().items():
        array = value.numpy()
        stored = name.removeprefix("blocks.")
        if name == "positions":
            stored, array = "positions.bias", array.T[:, :, None]
        elif is_analog(name):
            array = array[:, :, None, None]
        arrays[stored] = np.ascontiguousarray(array)
    return arrays


MODEL = Model("transformer-alice", Transformer, arrays_of, STEPS, steps=3000)

if __name__ == "__main__":
    make(MODEL, __doc__ or "")
