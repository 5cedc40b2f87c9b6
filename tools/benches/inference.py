"""A whole convolutional network through the chip, without a clock, against the plain float32 pass of the same network."""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from chipsim.accuracy import batches, outputs
from chipsim.experiment import load_experiment
from chipsim.programmed import ProgrammedNetwork

DESCRIPTION = "a ResNet-9 through the functional pass, as a fraction of the speed of its float32 pass in NumPy"
ROOT = Path(__file__).resolve().parents[2]
ARRAY = "architecture.tile.array."
QUIET = [f"{ARRAY}cell.device={{type: ideal}}", f"{ARRAY}read_noise=off", f"{ARRAY}drift_compensation=none", f"{ARRAY}ir_drop=0"]
HOUR = 3600.0  # age at which the arrays are read


class Case(NamedTuple):
    """One chip; `target` is the least fraction of the float pass."""

    name: str
    changes: list[str]
    target: float


CASES = [
    Case("converters, output noise", [*QUIET, f"{ARRAY}short_term_noise=0"], 0.60),
    Case("+ read noise", QUIET, 0.35),
    Case("full standard model", [], 0.15),
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workload", default=ROOT / "workloads" / "resnet9-cifar10.yaml", help="workload without data (resnet9-cifar10)")
    parser.add_argument("--arch", default=ROOT / "architectures" / "standard-model.yaml", help="architecture (standard-model)")
    parser.add_argument("--images", type=int, default=64, help="images of a pass (64)")
    parser.add_argument("--repeats", type=int, default=9, help="turns, of which the median is taken (9)")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a target is missed")


def run(arguments: argparse.Namespace) -> int:
    draw = f"workload.random.samples={arguments.images}"
    experiments = {case.name: load_experiment(arguments.workload, arguments.arch, [draw, *case.changes]) for case in CASES}
    workload = next(iter(experiments.values())).workload
    jobs: dict[str, Callable[[], object]] = {"float": lambda: workload.forward(workload.inputs)}
    for name, experiment in experiments.items():
        network = experiment.network(experiment.map()).write()
        network.drift_to(HOUR)
        jobs[name] = through(network)
    turns = cpu_times(jobs, arguments.repeats)
    base = statistics.median(turns["float"])
    rate = workload.macs * len(workload.inputs) / base / 1e9
    size = f"{len(workload.inputs)} images of {workload.macs / 1e6:.0f} MMAC"
    print(f"{workload.name}: {size}, one thread, processor time, medians of {arguments.repeats} turns")
    print(f"{'pass':28}{'ms/image':>10}{'of float':>10}{'quartiles':>16}{'target':>8}")
    print(f"{'float32, NumPy':28}{base / len(workload.inputs) * 1e3:10.2f}{1:10.2f}{'':16}{'':8}  {rate:.0f} GMAC/s")
    met = [report(case, turns, len(workload.inputs)) for case in CASES]
    return 1 if arguments.check and not all(met) else 0


def through(network: ProgrammedNetwork) -> Callable[[], object]:
    """All images of the workload through the chip, in the batches in which an accuracy is measured."""
    inputs = network.workload.inputs

    def job() -> None:
        for part in batches(network.workload, len(inputs)):
            outputs(network, inputs[part], np.arange(part.start, part.stop, dtype=np.uint32))

    return job


def cpu_times(jobs: dict[str, Callable[[], object]], repeats: int) -> dict[str, list[float]]:
    """Processor seconds of each job in each turn; the jobs take turns, and each has run once before."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(repeats + 1):
        for name, job in jobs.items():
            start = time.process_time()
            job()
            if turn:
                times[name].append(time.process_time() - start)
    return times


def report(case: Case, turns: dict[str, list[float]], images: int) -> bool:
    """Print the line of a case; whether its target is met. Ratios are those of one turn, float and chip one after the other."""
    ratios = [plain / ours for plain, ours in zip(turns["float"], turns[case.name], strict=True)]
    low, ratio, high = statistics.quantiles(ratios, n=4)
    each = statistics.median(turns[case.name]) / images
    print(f"{case.name:28}{each * 1e3:10.2f}{ratio:10.2f}{f'{low:.2f} to {high:.2f}':>16}{case.target:8.2f}")
    return ratio >= case.target
