"""How the character models of "Alice's Adventures in Wonderland" in workloads/ are trained: what their scripts share.

The text is workloads/data/alice.txt, cut as chipsim cuts it (chipsim/workload/text.py): the first 90 % train, the rest tests, and the
vocabulary is that of the training part. A training sample is a window at any place of the training part. Hardware-aware as
`train_workloads.py`: every step sees W + noise * max|W| * N(0, 1) of each matrix that goes onto crossbars, which is clipped to
+- clip * std(W) after it; what stays digital (biases, tables, positions, normalisations) sees neither. AdamW, one-cycle rate; the last
state is written, and nothing is chosen on the test part. One thread and one seed, so a second run on the same machine and library
versions writes the same bytes: float32, no pickle.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from chipsim.workload.text import read_text

WORKLOADS = Path(__file__).resolve().parent.parent / "workloads"
VOCABULARY = 73
BATCH = 32


class Model(NamedTuple):
    """A character model: numbers of characters [N, T] -> logits [N, T, vocabulary] of the next one after each."""

    name: str  # of its files in workloads/
    network: Callable[[float], nn.Module]  # from the share of features that training drops
    arrays: Callable[[nn.Module], dict[str, np.ndarray]]  # its parameters as the workload stores them
    window: int  # characters T that it reads
    steps: int  # of training


def is_analog(name: str) -> bool:
    """Whether a parameter goes onto crossbars."""
    return name.rpartition(".")[2].startswith("weight") and not any(part in name for part in ("norm", "characters"))


def noisy(network: nn.Module, noise: float) -> dict[str, Tensor]:
    """The parameters, with Gaussian noise of `noise` times each matrix' largest weight added to the weights of crossbars."""
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


def train(network: nn.Module, text: Tensor, window: int, steps: int, rate: float, noise: float, clip: float) -> None:
    """Train in place with AdamW and a one-cycle schedule on windows of a text [characters]."""
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.1, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.1)
    places, total = torch.arange(window + 1), 0.0
    for step in range(1, steps + 1):
        windows = text[torch.randint(len(text) - window, (BATCH, 1)) + places]
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


def windows_of(split: str, window: int) -> Tensor:
    """Windows [N, T + 1] of the text, one after the other, as chipsim cuts them."""
    x, labels = read_text(WORKLOADS / "data" / "alice.txt", split, (1, window, 1), VOCABULARY)  # type: ignore[arg-type]
    return torch.from_numpy(np.concatenate([x[:, 0, :, 0], labels[:, -1:]], axis=1))


@torch.no_grad()
def tell(network: nn.Module, title: str, windows: Tensor) -> None:
    """Print how good a network is."""
    hits = (network(windows[:, :-1]).argmax(2) == windows[:, 1:]).float().mean()
    bits = float(loss_of(network, windows)) / math.log(2)
    print(f"  {title}: {bits:.4f} bits a character, {hits:.2%} of {windows[:, 1:].numel()} right")


@torch.no_grad()
def tell_noise(network: nn.Module, windows: Tensor) -> None:
    """Print how good it is with weights that are off."""
    for noise in (0.03, 0.05, 0.08):
        drawn = [float(loss_of(network, windows, noisy(network, noise))) / math.log(2) for _ in range(10)]
        print(f"  test, weight noise of {noise:.0%} of max|W|: mean {np.mean(drawn):.4f}, worst of 10 {max(drawn):.4f}")


def make(model: Model, about: str) -> None:
    """The script of a model: train as the command line says, tell how good it is, write its weights."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=model.steps)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--drop", type=float, default=0.1)
    parser.add_argument("--noise", type=float, default=0.04)
    parser.add_argument("--clip", type=float, default=2.5)
    parser.add_argument("--into", type=Path, default=WORKLOADS / f"{model.name}.npz")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(asked.seed)
    training, test = windows_of("train", model.window), windows_of("test", model.window)
    text = torch.cat([training[:, :-1].flatten(), training[-1:, -1]])
    network, began = model.network(asked.drop), time.process_time()
    print(f"{sum(value.numel() for value in network.parameters())} parameters, {vars(asked)}")
    train(network, text, model.window, asked.steps, asked.rate, asked.noise, asked.clip)
    network.eval()
    tell(network, "training", training)
    tell(network, "test", test)
    tell_noise(network, test)
    np.savez(asked.into, allow_pickle=False, **model.arrays(network))
    print(f"  {time.process_time() - began:.0f} CPU seconds, {asked.into}")
