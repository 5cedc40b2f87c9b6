"""A network of two layers with binary weights on 64 x 64 arrays of magnetic tunnel junctions, trained and run.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python tools/study_binary_mram.py --seed 0

prints the tables of tests/published/mram-binary.md (needs PyTorch for the training). The network is 784-128-10 on MNIST. Weights are
+-1 with one scale for each output, what an array is given is rounded to -1, 0 or 1 (images at half of the brightness), both in the
forward pass of the training with gradients that pass straight through; biases are digital. The columns add resistances, as theirs do,
or currents. S. Jung et al., Nature 601, 211, 2022, doi:10.1038/s41586-021-04196-6, published 64 x 64 junctions and an accuracy; the size
of their hidden layer and their training are not known to us.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import torch
from publish_standard_model import HOME, shown, table
from torch import Tensor, nn
from train_workloads import read_mnist

import chipsim

HIDDEN, EPOCHS, BATCH, RATE = 128, 15, 128, 3e-3
CHIP = HOME / "architectures" / "first-chip.yaml"
WORKLOAD = """
name: binary-mnist
weights: binary-mnist.npz
input: {{shape: [784, 1, 1], divide_by: 255}}
data: {{file: {data}, split: test}}
layers:
  - {{type: linear, name: fc1, out_features: {hidden}, activation: hard_tanh}}
  - {{type: linear, name: fc2, out_features: 10}}
"""
ARRAY = (
    "rows=64", "columns=64", "cell={type: pair, device: {type: mram}}", "dac={type: voltage, bits: 2, source: assumed}",
    "adc={type: sar, bits: 8, bound: 64, source: assumed}", "input_scaling=none", "output_noise=0", "short_term_noise=0",
    "drift_compensation=none",
)  # fmt: skip


def straight(values: Tensor, rounded: Tensor) -> Tensor:
    """`rounded` with the gradient of `values`."""
    return values + (rounded - values).detach()


class Binary(nn.Linear):
    """A layer whose weights are +-1 times the mean magnitude of those of each output."""

    def binary(self) -> Tensor:
        return torch.where(self.weight >= 0, 1.0, -1.0) * self.weight.detach().abs().mean(1, keepdim=True)

    def forward(self, x: Tensor) -> Tensor:
        weight = straight(self.weight.clamp(-1, 1), self.binary())
        return nn.functional.linear(straight(x, x.round()), weight, self.bias)


def train(seed: int, data: Path) -> tuple[Binary, Binary, float]:
    """Both layers and the accuracy on the test images."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    images, labels, test, answers = read_mnist(data)
    images, test = images.flatten(1), test.flatten(1)
    first, second = Binary(784, HIDDEN), Binary(HIDDEN, 10)
    optimiser = torch.optim.AdamW([*first.parameters(), *second.parameters()], lr=RATE, weight_decay=0.0)
    steps = len(images) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=EPOCHS * steps)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(images))[: steps * BATCH].split(BATCH):
            optimiser.zero_grad()
            nn.functional.cross_entropy(second(nn.functional.hardtanh(first(images[chosen]))), labels[chosen]).backward()
            optimiser.step()
            schedule.step()
    with torch.no_grad():
        right = second(nn.functional.hardtanh(first(test))).argmax(1) == answers
    return first, second, float(right.float().mean())


def write(first: Binary, second: Binary, data: Path, folder: Path) -> Path:
    """The workload file."""
    arrays = {f"{name}.{key}": value.detach().numpy() for name, layer in (("fc1", first), ("fc2", second))
              for key, value in (("weight", layer.binary()), ("bias", layer.bias))}  # fmt: skip
    np.savez(folder / "binary-mnist.npz", allow_pickle=False, **arrays)
    file = folder / "binary-mnist.yaml"
    file.write_text(WORKLOAD.format(data=data, hidden=HIDDEN), encoding="utf-8")
    return file


def accuracy(file: Path, changes: list[str], programmings: int) -> np.ndarray:
    """Accuracy on all test images, one for each programming."""
    settings = [f"architecture.tile.array.{change}" for change in (*ARRAY, *changes)]
    settings += ["architecture.network.topology={type: mesh, columns: 8, rows: 8}", f"repeats={programmings}", "stream=2", "times=[0 s]"]
    return np.array(chipsim.load(file, CHIP, settings).run().accuracy[0]["values"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--programmings", type=int, default=10)
    parser.add_argument("--data", type=Path, default=HOME / "workloads" / "data" / "mnist.npz")
    options = parser.parse_args()
    first, second, software = train(options.seed, options.data)
    print(f"torch {torch.__version__}, seed {options.seed}: {100 * software:.2f} % of the test images in software\n")
    with tempfile.TemporaryDirectory() as folder:
        file = write(first, second, options.data.resolve(), Path(folder))
        for sensing in ("resistance", "current"):
            rows = []
            for spread in (0.0, 0.05, 0.1, 0.2):
                for rate in (0.0, 1e-6, 1e-3, 1e-2):
                    device = [f"cell.device.spread={spread}", f"cell.device.write_error_rate={rate:.7f}", f"sensing={sensing}"]
                    found = accuracy(file, device, options.programmings)
                    rows.append(f"{spread:.0%} | {rate:g} | {shown(found)} | {100 * (found.mean() - software):+.2f}")
            print(f"\ncolumns add: {sensing}\n")
            table("spread of the resistance | write errors | accuracy, % | against software, points", rows)


if __name__ == "__main__":
    main()
