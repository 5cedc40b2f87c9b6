"""A hardware-aware training of a second: three clouds, a network of two layers that tells them apart, a noisy chip.

`write_aware` makes the files; `Stand` is a network for the loop alone, with noise on its weights and no chip.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import torch
from small_files import CHIP, EXPERIMENT, NET
from small_training import blobs

from chipsim.aware.experiment import AwareExperiment, load_aware

torch.set_num_threads(1)  # the networks are tiny

AWARE = """
experiment: experiment.yaml
epochs: 3
batch: 16
rate: 0.02
"""
NOISY = CHIP.replace("output_noise: 0.02", "output_noise: 0.2\n    input_scaling: {type: fixed, range: 4}")


def write_aware(folder: Path, chip: str = NOISY, net: str = NET, count: int = 240) -> Path:
    """Writes net.yaml, chip.yaml, experiment.yaml, hwa.yaml, weights.npz and data.npz; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {"net": net, "chip": chip, "experiment": EXPERIMENT, "hwa": AWARE}.items():
        (folder / f"{name}.yaml").write_text(text)
    (x_train, y_train), (x_test, y_test) = blobs(count, 1), blobs(200, 2)
    learned = trained_floats(count)
    np.savez(folder / "data.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    np.savez(folder / "weights.npz", **learned)
    return folder


@cache
def trained_floats(count: int) -> dict[str, np.ndarray]:
    """Weights of the small network, learned from so many samples in floating point without any noise."""
    x, labels = blobs(count, 1)
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.ReLU(), torch.nn.Linear(5, 3))
    optimiser = torch.optim.Adam(net.parameters(), lr=0.05)
    for _ in range(60):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(net(torch.tensor(x)), torch.tensor(labels)).backward()
        optimiser.step()
    names = ("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias")
    return {name: one.detach().numpy() for name, one in zip(names, net.parameters(), strict=True)}


def load_small(folder: Path, *changes: str) -> AwareExperiment:
    """The training of a new folder."""
    return load_aware(write_aware(folder) / "hwa.yaml", changes=changes)


class Stand(torch.nn.Module):
    """[B, 6, 1, 1] -> [B, 3, 1, 1], with noise on the weights from a generator of its own."""

    def __init__(self, sigma: float = 0.1) -> None:
        super().__init__()
        random = torch.Generator().manual_seed(5)
        self.weight = torch.nn.Parameter(0.3 * torch.randn(3, 6, generator=random))
        self.log_range = torch.nn.Parameter(torch.zeros(()))
        self.generator, self.times, self.sigma = torch.Generator().manual_seed(9), (1.0, 10.0, 100.0), sigma
        self.strength = 1.0
        self.strengths: list[float] = []
        self.asked: list[float] = []

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.strengths.append(self.strength)
        noise = torch.randn(self.weight.shape, generator=self.generator) * self.sigma * self.strength
        return ((images.flatten(1) * self.log_range.exp()) @ (self.weight + noise).T)[:, :, None, None]

    @contextmanager
    def held(self, time: float) -> Iterator[None]:
        self.asked.append(time)
        with torch.no_grad():
            yield

    def range_parameters(self) -> list[torch.nn.Parameter]:
        return [self.log_range]

    def weights(self) -> list[torch.nn.Parameter]:
        return [self.weight]
