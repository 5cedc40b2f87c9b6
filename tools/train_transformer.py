"""Train the character transformer shipped in workloads/: two pre-norm blocks of 64 features and 4 heads, causal, on 64 characters.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python tools/train_transformer.py

writes workloads/transformer-alice.npz: arrays as `workloads/transformer-alice.yaml` names them, float32, no pickle. One thread and one
seed, so a second run on the same machine and library versions writes the same bytes.

The text is workloads/data/alice.txt, cut as chipsim cuts it (chipsim/workload/text.py): the first 90 % train, the rest tests, and the
vocabulary is that of the training part. A training sample is a window at any place of the training part. Hardware-aware as
`train_workloads.py`: every step sees W + noise * max|W| * N(0, 1) of the weights that go onto crossbars, which are clipped to
+- clip * std(W) after it; tables, positions and normalisations are digital and see neither. AdamW, one-cycle rate; the last state is
written, and nothing is chosen on the test part.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from chipsim.workload.text import read_text

WORKLOADS = Path(__file__).resolve().parent.parent / "workloads"
FEATURES, HEADS, HIDDEN, BLOCKS, STEPS = 64, 4, 256, 2, 64
BATCH = 32


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

    def __init__(self, vocabulary: int, drop: float = 0.0) -> None:
        super().__init__()
        self.characters = nn.Embedding(vocabulary, FEATURES)
        self.positions = nn.Parameter(0.02 * torch.randn(STEPS, FEATURES))
        self.blocks = nn.ModuleList(Block(drop) for _ in range(BLOCKS))
        self.norm, self.out = nn.LayerNorm(FEATURES), nn.Linear(FEATURES, vocabulary)
        nn.init.normal_(self.characters.weight, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        x = self.characters(x) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.out(self.norm(x))


def is_analog(name: str) -> bool:
    """Whether a parameter goes onto crossbars."""
    return name.endswith("weight") and not any(part in name for part in ("norm", "characters"))


def noisy(network: nn.Module, noise: float) -> dict[str, Tensor]:
    """The parameters, with Gaussian noise of `noise` times each layer's largest weight added to the weights of crossbars."""
    return {
        name: value + noise * value.detach().abs().max() * torch.randn_like(value) if is_analog(name) else value
        for name, value in network.named_parameters()
    }


@torch.no_grad()
def clip_weights(network: nn.Module, clip: float) -> None:
    """Clip each weight matrix of a crossbar in place to +- clip times its standard deviation (0: leave it)."""
    for name, value in network.named_parameters():
        if clip > 0 and is_analog(name):
            limit = float(clip * value.std())
            value.clamp_(-limit, limit)


def loss_of(network: nn.Module, windows: Tensor, parameters: dict[str, Tensor] | None = None) -> Tensor:
    """Mean loss of a character; windows [N, T + 1] hold the characters and, one further, their answers."""
    logits = functional_call(network, parameters or dict(network.named_parameters()), (windows[:, :-1],))
    return nn.functional.cross_entropy(logits.flatten(0, 1), windows[:, 1:].flatten())


def train(network: nn.Module, text: Tensor, steps: int, rate: float, noise: float, clip: float) -> None:
    """Train in place with AdamW and a one-cycle schedule on windows of a text [characters]."""
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.1, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.1)
    places, total = torch.arange(STEPS + 1), 0.0
    for step in range(1, steps + 1):
        windows = text[torch.randint(len(text) - STEPS, (BATCH, 1)) + places]
        optimiser.zero_grad()
        loss = loss_of(network, windows, noisy(network, noise))
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        clip_weights(network, clip)
        total += loss.item()
        if step % 500 == 0:
            print(f"  step {step} of {steps}: mean {total / 500 / math.log(2):.3f} bits a character", flush=True)
            total = 0.0


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


def windows_of(split: str, vocabulary: int) -> Tensor:
    """Windows [N, T + 1] of the text, one after the other, as chipsim cuts them."""
    x, labels = read_text(WORKLOADS / "data" / "alice.txt", split, (1, STEPS, 1), vocabulary)  # type: ignore[arg-type]
    return torch.from_numpy(np.concatenate([x[:, 0, :, 0], labels[:, -1:]], axis=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--drop", type=float, default=0.1)
    parser.add_argument("--noise", type=float, default=0.04)
    parser.add_argument("--clip", type=float, default=2.5)
    parser.add_argument("--into", type=Path, default=WORKLOADS / "transformer-alice.npz")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(asked.seed)
    vocabulary = 73
    training, test = windows_of("train", vocabulary), windows_of("test", vocabulary)
    text = torch.cat([training[:, :-1].flatten(), training[-1:, -1]])
    network, began = Transformer(vocabulary, asked.drop), time.process_time()
    print(f"{sum(value.numel() for value in network.parameters())} parameters, {vars(asked)}")
    train(network, text, asked.steps, asked.rate, asked.noise, asked.clip)
    network.eval()
    with torch.no_grad():
        for title, windows in (("training", training), ("test", test)):
            hits = (network(windows[:, :-1]).argmax(2) == windows[:, 1:]).float().mean()
            bits = float(loss_of(network, windows)) / math.log(2)
            print(f"  {title}: {bits:.4f} bits a character, {hits:.2%} of {windows[:, 1:].numel()} right")
        for noise in (0.03, 0.05, 0.08):
            drawn = [float(loss_of(network, test, noisy(network, noise))) / math.log(2) for _ in range(10)]
            print(f"  test, weight noise of {noise:.0%} of max|W|: mean {np.mean(drawn):.4f}, worst of 10 {max(drawn):.4f}")
    np.savez(asked.into, allow_pickle=False, **arrays_of(network))
    print(f"  {time.process_time() - began:.0f} CPU seconds, {asked.into}")


if __name__ == "__main__":
    main()
