"""A network 512-252-10 with hard sigmoids on two tiles that hand on durations, trained and run: the 14 nm demonstrator.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python tools/study_two_tiles.py --seed 0

prints the tables of tests/published/two-tiles.md (needs PyTorch for the training). P. Narayanan et al., IEEE Trans. Electron Devices
68, 6629, 2021, doi:10.1109/TED.2021.3115993: tiles of 512 x 512 weights, four phase-change devices each, 8-bit durations between
tiles, a ramp that is also the activation. Which 512 of the 784 pixels they used, their training and the range of their ramp are not
known to us: here the 512 pixels that differ most between training images, AdamW, and a ramp of 8 bits over +-20 cells; all assumed
and chosen before the first run.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import torch
from publish_standard_model import HOME, shown, table
from torch import Tensor, nn
from train_workloads import BATCH, read_mnist

import chipsim

EPOCHS, RATE = 20, 3e-3
CHIP = HOME / "architectures" / "standard-model.yaml"
WORKLOAD = """
name: two-tiles
weights: two-tiles.npz
input: {shape: [512, 1, 1]}
data: {file: pixels.npz, split: test}
layers:
  - {type: linear, name: fc1, out_features: 252, activation: hard_sigmoid}
  - {type: linear, name: fc2, out_features: 10}
"""
TILE = (
    "cell={type: pair, device: {type: pcm}, devices_per_polarity: 2}", "dac={type: pulse_width, bits: 8, step: 1.2 ns}",
    "adc={type: ramp, bits: 8, bound: 20}", "input_scaling={type: fixed, range: 1}",
)  # fmt: skip


def train(seed: int, images: Tensor, labels: Tensor) -> nn.Sequential:
    """The network after AdamW with a one-cycle schedule; no image is held out."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    network = nn.Sequential(nn.Linear(512, 252), nn.Hardsigmoid(), nn.Linear(252, 10))
    steps = len(images) // BATCH
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=EPOCHS * steps)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(images))[: steps * BATCH].split(BATCH):
            optimiser.zero_grad()
            nn.functional.cross_entropy(network(images[chosen]), labels[chosen]).backward()
            optimiser.step()
            schedule.step()
    return network.eval()


def write(network: nn.Sequential, images: Tensor, labels: Tensor, folder: Path) -> Path:
    """The workload file with its weights and the test images of 512 pixels."""
    arrays = {f"{name}.{key}": getattr(network[place], key).detach().numpy() for name, place in (("fc1", 0), ("fc2", 2))
              for key in ("weight", "bias")}  # fmt: skip
    np.savez(folder / "two-tiles.npz", allow_pickle=False, **arrays)
    np.savez(folder / "pixels.npz", allow_pickle=False, x_test=images.numpy(), y_test=labels.numpy())
    file = folder / "two-tiles.yaml"
    file.write_text(WORKLOAD, encoding="utf-8")
    return file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--programmings", type=int, default=10)
    parser.add_argument("--data", type=Path, default=HOME / "workloads" / "data" / "mnist.npz")
    options = parser.parse_args()
    images, labels, test, answers = read_mnist(options.data)
    images, test = images.flatten(1), test.flatten(1)
    pixels = images.var(0).argsort(descending=True)[:512].sort().values
    network = train(options.seed, images[:, pixels], labels)
    with torch.no_grad():
        software = float((network(test[:, pixels]).argmax(1) == answers).float().mean())
    print(f"torch {torch.__version__}, seed {options.seed}: {100 * software:.2f} % of the test images in software\n")
    with tempfile.TemporaryDirectory() as folder:
        file = write(network, test[:, pixels], answers, Path(folder))
        rows = []
        for words, changes in (
            ("whole model", []),
            ("ideal products, real weights", ["exempt.all=[dac, adc, output_noise, short_term_noise, ir_drop]"]),
            ("whole model, written by write_verify", ["programming.type=write_verify"]),
            ("whole model, written by gradient", ["programming.type=gradient"]),
        ):
            settings = [f"architecture.tile.array.{change}" for change in TILE]
            settings += [*changes, f"repeats={options.programmings}", f"seed={options.seed}", "stream=2", "times=[1 s, 1 d]"]
            found = [np.array(row["values"]) for row in chipsim.load(file, CHIP, settings).run().accuracy]
            losses = " | ".join(f"{shown(values)} | {100 * (values.mean() - software):+.2f}" for values in found)
            rows.append(f"{words} | {losses}")
        table("chip | 1 s, % | against software, points | 1 day, % | against software, points", rows)


if __name__ == "__main__":
    main()
