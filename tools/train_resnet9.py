"""Train the ResNet-9 that ran on IBM's 64-core chip, with noise on the weights, on a data set of small colour images.

    OMP_NUM_THREADS=1 python tools/train_resnet9.py CIFAR10.npz OUT_FOLDER

reads `x_train`, `y_train`, `x_test`, `y_test` (uint8 images [N, 32, 32, 3], labels [N]) and writes resnet9-cifar10.npz, the weights of
workloads/resnet9-cifar10.yaml. The images are not in the repository: their authors state no licence.

The network has 1,866,536 weights, the number of Le Gallo et al., Nature Electronics 6, 680, 2023, doi:10.1038/s41928-023-01010-1; widths
of 56, 112, 224 and 224 in the usual nine layers give it exactly (the widths themselves are our reconstruction). As there, the forward
and the backward pass see weights with noise, here a share of the largest weight of every output channel, which is what a column of an
array is scaled by. Batch normalisation is folded into weights and biases at the end. One-cycle schedule, SGD with momentum; crops
of the image padded by four, mirrored at random. Products in bfloat16, sums and weights in float32.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

BATCH = 128
WIDTHS = (56, 112, 224, 224)


class NoisyConv(nn.Conv2d):
    """A 3 x 3 convolution whose weights are clipped and disturbed in every training step."""

    noise, clip = 0.0, 0.0

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight
        if self.clip:
            limit = self.clip * weight.detach().std(dim=(1, 2, 3), keepdim=True)
            weight = weight.clamp(-limit, limit)
        if self.training and self.noise:
            largest = weight.detach().abs().amax(dim=(1, 2, 3), keepdim=True)
            weight = weight + self.noise * largest * torch.randn_like(weight)
        return nn.functional.conv2d(x, weight, padding=1)


class Block(nn.Module):
    """Convolution, batch normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv, self.norm = NoisyConv(inputs, outputs, 3, bias=False), nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.norm(self.conv(x)))


class ResNet9(nn.Module):
    """conv1 conv2 pool res1 conv3 pool conv4 pool res2 pool fc."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = WIDTHS
        self.conv1, self.conv2, self.conv3, self.conv4 = Block(3, a), Block(a, b), Block(b, c), Block(c, d)
        self.res1a, self.res1b, self.res2a, self.res2b = Block(b, b), Block(b, b), Block(d, d), Block(d, d)
        self.fc = nn.Linear(d, 10, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.max_pool2d(self.conv2(self.conv1(x)), 2)
        x = x + self.res1b(self.res1a(x))
        x = torch.max_pool2d(self.conv3(x), 2)
        x = torch.max_pool2d(self.conv4(x), 2)
        x = x + self.res2b(self.res2a(x))
        return self.fc(torch.max_pool2d(x, 4).flatten(1))


def augmented(images: Tensor) -> Tensor:
    """Images [N, 3, 32, 32] shifted by up to four pixels and mirrored, each by itself."""
    padded = nn.functional.pad(images, (4, 4, 4, 4))
    shifts = torch.randint(0, 9, (2, len(images), 1))
    span = torch.arange(32)
    rows, columns = shifts[0] + span, shifts[1] + span
    columns = torch.where(torch.rand(len(images), 1) < 0.5, columns.flip(1), columns)
    index = torch.arange(len(images))
    return padded[index[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2).contiguous()


def train(network: ResNet9, images: Tensor, labels: Tensor, epochs: int, rate: float) -> None:
    """Train in place."""
    steps = len(images) // BATCH
    optimiser = torch.optim.SGD(network.parameters(), lr=rate, momentum=0.9, weight_decay=5e-4, nesterov=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps * epochs, pct_start=0.25)
    for epoch in range(epochs):
        began, total = time.process_time(), 0.0
        network.train()
        for chosen in torch.randperm(len(images))[: steps * BATCH].split(BATCH):
            optimiser.zero_grad()
            with torch.autocast("cpu", torch.bfloat16):
                logits = network(augmented(images[chosen]).to(memory_format=torch.channels_last))
            loss = nn.functional.cross_entropy(logits.float(), labels[chosen], label_smoothing=0.1)
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
        print(f"  epoch {epoch + 1:2d} of {epochs}: mean loss {total / steps:.4f}, {time.process_time() - began:.0f} CPU s", flush=True)


@torch.no_grad()
def accuracy(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Share of images [N, 3, 32, 32] whose largest logit is the label, without noise, in float32."""
    network.eval()
    logits = torch.cat([network(block) for block in images.split(500)])
    return float((logits.argmax(1) == labels).float().mean())


def folded(network: ResNet9) -> dict[str, np.ndarray]:
    """`<layer>.weight` and `<layer>.bias` with clipping and batch normalisation folded in."""
    arrays: dict[str, np.ndarray] = {"fc.weight": network.fc.weight.detach().numpy()}
    for name, block in network.named_children():
        if not isinstance(block, Block):
            continue
        weight, norm = block.conv.weight.detach(), block.norm
        if block.conv.clip:
            limit = block.conv.clip * weight.std(dim=(1, 2, 3), keepdim=True)
            weight = weight.clamp(-limit, limit)
        gain = norm.weight.detach() / torch.sqrt(norm.running_var + norm.eps)
        arrays[f"{name}.weight"] = (weight * gain[:, None, None, None]).numpy()
        arrays[f"{name}.bias"] = (norm.bias.detach() - norm.running_mean * gain).numpy()
    return arrays


def main() -> None:
    """Read the command line, train, write both files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--rate", type=float, default=0.2)
    parser.add_argument("--noise", type=float, default=0.06, help="standard deviation, of the largest weight of a channel")
    parser.add_argument("--clip", type=float, default=2.5, help="standard deviations of a channel's weights")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    NoisyConv.noise, NoisyConv.clip = options.noise, options.clip
    with np.load(options.data, allow_pickle=False) as archive:
        data = {name: torch.from_numpy(archive[name]) for name in ("x_train", "y_train", "x_test", "y_test")}
    images = {split: data[f"x_{split}"].permute(0, 3, 1, 2).float().div(255).contiguous() for split in ("train", "test")}
    labels = {split: data[f"y_{split}"].long() for split in ("train", "test")}
    network = ResNet9().to(memory_format=torch.channels_last)
    count = sum(block.conv.weight.numel() for block in network.children() if isinstance(block, Block)) + network.fc.weight.numel()
    print(f"{count} weights, {len(labels['train'])} images, {options}", flush=True)
    train(network, images["train"], labels["train"], options.epochs, options.rate)
    print(f"  test accuracy {accuracy(network, images['test'], labels['test']):.4f}")
    options.folder.mkdir(parents=True, exist_ok=True)
    np.savez(options.folder / "resnet9-cifar10.npz", allow_pickle=False, **folded(network))


if __name__ == "__main__":
    main()
