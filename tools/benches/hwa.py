"""A step of hardware-aware training against the same step of the float network in plain PyTorch."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import torch

from chipsim.aware.network import AwareNetwork
from chipsim.experiment import load_experiment

DESCRIPTION = "training steps of the MLP and LeNet-5 on MNIST with a chip's noise, against plain PyTorch"
HOUSE = Path(__file__).resolve().parents[2]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--chips", default="pcm-64,standard-model", help="architectures, with commas between")
    parser.add_argument("--networks", default="mlp-mnist,lenet5-mnist", help="workloads, with commas between")
    parser.add_argument("--batch", type=int, default=128, help="samples of a mini-batch (128)")
    parser.add_argument("--repeats", type=int, default=10, help="turns, of which the median is taken (10)")


def run(arguments: argparse.Namespace) -> int:
    torch.set_num_threads(1)
    print(f"mini-batches of {arguments.batch}, AdamW, one thread, CPU time, medians of {arguments.repeats} turns")
    print(f"{'':16}{'chip':18}{'PyTorch (ms)':>14}{'aware (ms)':>14}{'ratio':>8}")
    for name in arguments.networks.split(","):
        for chip in arguments.chips.split(","):
            plain, aware = _steps(name, chip, arguments)
            print(f"{name:16}{chip:18}{plain * 1e3:14.2f}{aware * 1e3:14.2f}{aware / plain:8.2f}")
    return 0


def _steps(name: str, chip: str, arguments: argparse.Namespace) -> tuple[float, float]:
    """Median seconds of a step without and with the chip, in turns."""
    experiment = load_experiment(HOUSE / "workloads" / f"{name}.yaml", HOUSE / "architectures" / f"{chip}.yaml")
    network = AwareNetwork(experiment)
    x = torch.tensor(experiment.workload.inputs[: arguments.batch])
    labels = torch.tensor(experiment.workload.labels[: arguments.batch])
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-5)

    def step(forward: Callable[[torch.Tensor], torch.Tensor]) -> float:
        start = time.process_time()
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(forward(x).flatten(1), labels).backward()
        optimiser.step()
        return time.process_time() - start

    for moment in network.times:
        network.draw(moment)  # the tables are made once
    taken = [(step(network.exact), step(network)) for _ in range(arguments.repeats + 2)][2:]
    plain, aware = (sorted(times)[len(times) // 2] for times in zip(*taken, strict=True))
    return plain, aware
