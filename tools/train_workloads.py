"""Train the two networks shipped in workloads/: an MLP 784-256-128-10 and a LeNet-5, both with ReLU, on MNIST.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python tools/train_workloads.py

writes workloads/mlp-mnist.npz and workloads/lenet5-mnist.npz: arrays `<layer>.weight` in PyTorch's layout
([out, in] or [out, in, ky, kx]) and `<layer>.bias`, float32, no pickle. One thread and one seed, so a second run on the same
machine and library versions writes the same bytes.

Hardware-aware training (Joshi et al., Nature Communications 11, 2473, 2020, doi:10.1038/s41467-020-16108-9). In each step
the forward and backward pass see W + noise * max|W| * N(0, 1), drawn anew per layer, and the gradient updates the clean W;
after the step W is clipped to +- clip * std(W), which keeps max|W|, and with it the noise of the devices, small compared to
the typical weight. `--noise 0 --clip 0` is plain training. Biases stay digital on the chip: no noise, no clipping.
Inputs are pixels / 255, without normalisation. The last epochs run at a falling rate (one-cycle schedule, AdamW); no image
is held out for choosing an epoch, the last state is what is written.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

WORKLOADS = Path(__file__).resolve().parent.parent / "workloads"
BATCH = 128


@dataclass(frozen=True)
class Recipe:
    """How one network is trained: its epochs, the peak of its learning rate, weight noise and clipping."""

    file: str
    epochs: int
    rate: float
    noise: float
    clip: float


RECIPES = {
    "mlp": Recipe("mlp-mnist.npz", epochs=20, rate=3e-3, noise=0.04, clip=2.5),
    "lenet5": Recipe("lenet5-mnist.npz", epochs=6, rate=4e-3, noise=0.04, clip=2.5),
}


class MLP(nn.Module):
    """784-256-128-10, ReLU; logits out."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(784, 256), nn.Linear(256, 128), nn.Linear(128, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.fc1(x.flatten(1)))
        return self.fc3(torch.relu(self.fc2(x)))


class LeNet5(nn.Module):
    """LeNet-5 with ReLU and max-pooling on 28x28: 6 and 16 maps of 5x5, then 400-120-84-10; logits out."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = torch.max_pool2d(torch.relu(self.conv2(x)), 2)
        x = torch.relu(self.fc1(x.flatten(1)))
        return self.fc3(torch.relu(self.fc2(x)))


NETWORKS: dict[str, type[nn.Module]] = {"mlp": MLP, "lenet5": LeNet5}


def read_mnist(path: Path) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Images in [0, 1] as [N, 1, 28, 28] and labels: training images, training labels, test images, test labels."""
    with np.load(path, allow_pickle=False) as archive:
        images = [torch.from_numpy(archive[f"x_{split}"]).float().div(255)[:, None] for split in ("train", "test")]
        labels = [torch.from_numpy(archive[f"y_{split}"]).long() for split in ("train", "test")]
    return images[0], labels[0], images[1], labels[1]


def noisy(network: nn.Module, noise: float) -> dict[str, Tensor]:
    """The parameters, with Gaussian noise of `noise` times each layer's largest weight added to the weights."""
    return {
        name: value + noise * value.detach().abs().max() * torch.randn_like(value) if name.endswith("weight") else value
        for name, value in network.named_parameters()
    }


@torch.no_grad()
def clip_weights(network: nn.Module, clip: float) -> None:
    """Clip each weight matrix in place to +- clip times its standard deviation (0: leave it)."""
    for name, value in network.named_parameters():
        if clip > 0 and name.endswith("weight"):
            limit = float(clip * value.std())
            value.clamp_(-limit, limit)


def train(network: nn.Module, images: Tensor, labels: Tensor, recipe: Recipe) -> None:
    """Train in place with AdamW and a one-cycle schedule."""
    steps = len(images) // BATCH
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=steps * recipe.epochs)
    for epoch in range(recipe.epochs):
        total = 0.0
        for chosen in torch.randperm(len(images))[: steps * BATCH].split(BATCH):
            optimiser.zero_grad()
            logits = functional_call(network, noisy(network, recipe.noise), (images[chosen],))
            loss = nn.functional.cross_entropy(logits, labels[chosen])
            loss.backward()
            optimiser.step()
            schedule.step()
            clip_weights(network, recipe.clip)
            total += loss.item()
        print(f"  epoch {epoch + 1:2d} of {recipe.epochs}: mean loss {total / steps:.4f}", flush=True)


@torch.no_grad()
def accuracy(network: nn.Module, images: Tensor, labels: Tensor, noise: float = 0.0) -> float:
    """Share of images whose largest logit is the label, with fresh weight noise if asked."""
    parameters = noisy(network, noise) if noise else dict(network.named_parameters())
    logits = [functional_call(network, parameters, (block,)) for block in images.split(1000)]
    return float((torch.cat(logits).argmax(1) == labels).float().mean())


def write(network: nn.Module, path: Path) -> None:
    """Write weights and biases as plain float32 arrays."""
    np.savez(path, allow_pickle=False, **{name: value.numpy() for name, value in network.state_dict().items()})


def make(name: str, recipe: Recipe, seed: int, data: tuple[Tensor, Tensor, Tensor, Tensor], folder: Path) -> None:
    """Train one network, say how good it is with clean and with noisy weights, and write it."""
    torch.manual_seed(seed)
    began, network = time.process_time(), NETWORKS[name]()
    print(f"{name}: {recipe}, seed {seed}")
    train(network, data[0], data[1], recipe)
    spent = time.process_time() - began
    print(f"  float test accuracy {accuracy(network, data[2], data[3]):.4f}, {spent:.0f} CPU seconds")
    for noise in (0.03, 0.05, 0.08):
        draws = [accuracy(network, data[2], data[3], noise) for _ in range(20)]
        print(f"  with weight noise of {noise:.0%} of max|W|: mean {np.mean(draws):.4f}, worst of 20 {min(draws):.4f}")
    write(network, folder / recipe.file)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", choices=sorted(NETWORKS), help="train this one only (default: both)")
    parser.add_argument("--data", type=Path, default=WORKLOADS / "data" / "mnist.npz")
    parser.add_argument("--out", type=Path, default=WORKLOADS, help="folder for the weight files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, help="instead of the recipe's")
    parser.add_argument("--noise", type=float, help="weight noise as a share of the layer's largest weight")
    parser.add_argument("--clip", type=float, help="clip weights at this many standard deviations; 0: never")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    data = read_mnist(options.data)
    print(f"torch {torch.__version__}, numpy {np.__version__}, {time.strftime('%Y-%m-%d')}")
    for name in [options.network] if options.network else list(NETWORKS):
        base = RECIPES[name]
        recipe = Recipe(
            base.file,
            base.epochs if options.epochs is None else options.epochs,
            base.rate,
            base.noise if options.noise is None else options.noise,
            base.clip if options.clip is None else options.clip,
        )
        make(name, recipe, options.seed, data, options.out)


if __name__ == "__main__":
    main()
