"""Samples per second of whole training steps, forward, backward and update: every rule against float training in plain NumPy."""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from benches._timing import medians

from chipsim.architecture import Architecture
from chipsim.learning import Lessons
from chipsim.lesson import cuts_of, laid_out
from chipsim.reading import from_plain, load
from chipsim.streams import Stream
from chipsim.training.network import Network
from chipsim.training.reads import Reads
from chipsim.training.rules import Rule
from chipsim.training.samples import Samples, samples_of
from chipsim.workload.description import WorkloadSpec

DESCRIPTION = "training of 784-256-128-10 on MNIST, one sample at a time, for every rule"
HOUSE = Path(__file__).resolve().parents[2]
CHIPS = {"sgd": "rpu-chip", "pcm_pair": "pcm-capacitor", "pcm_capacitor": "pcm-capacitor"}  # all others: reram-training
RULES = "sgd,mixed_precision,tiki_taka,tiki_taka_v2,chopped,agad,pcm_capacitor"
EPOCH = 60_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rules", default=RULES, help="rules, with commas between")
    parser.add_argument("--samples", type=int, default=50, help="samples of a turn (50)")
    parser.add_argument("--repeats", type=int, default=5, help="turns, of which the median is taken (5)")


def run(arguments: argparse.Namespace) -> int:
    spec = load(HOUSE / "workloads" / "mlp-mnist.yaml", WorkloadSpec)
    train, _ = samples_of(spec, (10, 1, 1))
    train = train.taken(slice(2000))
    names = arguments.rules.split(",")
    lessons = {name: Trainee(spec, name, train, arguments.samples) for name in names}
    jobs: dict[str, Callable[[], object]] = {"NumPy": Plain(train, arguments.samples).turn}
    for name, lesson in lessons.items():
        jobs |= {name: lesson.turn, f"{name} played": lesson.play}
    seconds = medians(jobs, arguments.repeats)
    print(f"784-256-128-10, MNIST, one sample at a time, one thread, medians of {arguments.repeats} turns of {arguments.samples} samples")
    print(f"{'':18}{'us/sample':>12}{'samples/s':>12}{'x NumPy':>10}{'min/epoch':>12}{'one step on the clock (ms)':>30}")
    plain = seconds["NumPy"] / arguments.samples
    print(f"{'NumPy, float':18}{plain * 1e6:12.0f}{1 / plain:12.0f}{1:10.2f}{plain * EPOCH / 60:12.2f}")
    for name in names:
        each = seconds[name] / arguments.samples
        clock = seconds[f"{name} played"] * 1e3
        print(f"{name:18}{each * 1e6:12.0f}{1 / each:12.0f}{each / plain:10.2f}{each * EPOCH / 60:12.2f}{clock:30.1f}")
    return 0


class Trainee:
    """A network that learns under one rule on the chip that goes with it."""

    def __init__(self, spec: WorkloadSpec, rule: str, train: Samples, count: int) -> None:
        chip = load(HOUSE / "architectures" / f"{CHIPS.get(rule, 'reram-training')}.yaml", Architecture)
        own = from_plain(Rule, {"type": rule})
        learning = chip.tile.learning
        own = own if own.response else own.having(response=learning.response)
        mapping = laid_out(spec, chip)
        self.network = Network(spec, own, Reads(chip.tile.array, learning.transposed), Stream(0), cuts=cuts_of(mapping))
        self.lessons = Lessons(chip, spec, mapping, own.footprint)
        self.train, self.count, self.first = train, count, 0
        self.work = self.network.step(train.x[:1], train.labels[:1], 0.01, self._next(), watch=True).work

    def turn(self) -> None:
        for _ in range(self.count):
            first = self._next()
            i = first % len(self.train.x)
            self.network.step(self.train.x[i : i + 1], self.train.labels[i : i + 1], 0.01, first)

    def play(self) -> None:
        self.lessons.play([self.work])

    def _next(self) -> int:
        self.first += 1
        return self.first - 1


class Plain:
    """The same network in float32 with plain NumPy."""

    def __init__(self, train: Samples, count: int) -> None:
        draw = np.random.default_rng(0)
        shapes = [(784, 256), (256, 128), (128, 10)]
        self.weights = [draw.uniform(-1, 1, shape).astype(np.float32) / np.float32(np.sqrt(shape[0])) for shape in shapes]
        self.x, self.labels, self.count, self.first = train.x.reshape(len(train.x), -1), train.labels, count, 0

    def turn(self) -> None:
        for _ in range(self.count):
            self.first = (self.first + 1) % len(self.x)
            self._step(self.x[self.first], self.labels[self.first])

    def _step(self, x: np.ndarray, label: int) -> None:
        read = [x]
        for number, weights in enumerate(self.weights):
            z = read[-1] @ weights
            read.append(np.maximum(z, 0) if number < 2 else z)
        shares = np.exp(read[-1] - read[-1].max())
        d = -shares / shares.sum()
        d[label] += 1
        for number in (2, 1, 0):
            below = (self.weights[number] @ d) * (read[number] > 0) if number else None
            self.weights[number] += np.float32(0.01) * np.outer(read[number], d)
            d = below
