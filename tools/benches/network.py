"""Whole networks: the functional pass against the plain NumPy forward pass, and the timed run by token."""

import argparse
from pathlib import Path

import numpy as np
from benches._timing import medians

from chipsim.accuracy import accuracy
from chipsim.chip import Chip
from chipsim.experiment import Experiment, load_experiment

DESCRIPTION = "a network through the chip: all images against NumPy's float32 forward pass; the timed run"
ROOT = Path(__file__).resolve().parents[2]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--repeats", type=int, default=5, help="turns, of which the median is taken (5)")
    parser.add_argument("--arch", default=ROOT / "architectures" / "pcm-64.yaml", help="architecture (pcm-64)")
    parser.add_argument("--set", action="append", default=[], help="key.sub=value of the experiment")


def run(arguments: argparse.Namespace) -> int:
    for name in ("mlp-mnist", "lenet5-mnist"):
        experiment = load_experiment(ROOT / "workloads" / f"{name}.yaml", arguments.arch, arguments.set)
        report_functional(experiment, arguments.repeats)
        report_timed(experiment)
    return 0


def report_functional(experiment: Experiment, repeats: int) -> None:
    """Print the time of all images on the chip, with every noise of the architecture, beside NumPy's float32 pass."""
    workload = experiment.workload
    network = experiment.network(experiment.map()).write()
    network.drift_to(3600.0)
    found = medians(
        {
            "numpy": lambda: workload.forward(workload.inputs),
            "one thread": lambda: accuracy(network, threads=1),
            "all cores": lambda: accuracy(network),
        },
        repeats,
    )
    print(f"{workload.name}: {len(workload.inputs)} images, {workload.macs} MACs each")
    for name, seconds in found.items():
        ratio = seconds / found["numpy"]
        print(f"  {name:12s} {seconds * 1e3:9.1f} ms  {ratio:6.2f} x NumPy  {len(workload.inputs) / seconds:10.0f} images/s")


def report_timed(experiment: Experiment) -> None:
    """Print the cost of simulating one sample with the clock."""
    mapping = experiment.map()
    network = experiment.network(mapping).write()
    for mode in ("row", "vector"):
        question = experiment.question.having(token=mode)
        dataflow = Experiment(question, experiment.workload).lay_out(mapping)
        images = experiment.workload.inputs[:2]

        def simulate(dataflow: object = dataflow, images: np.ndarray = images) -> None:
            Chip(experiment.question.architecture, dataflow, network, images, stream=2).run()  # type: ignore[arg-type]

        seconds = medians({mode: simulate}, 3)[mode] / 2
        print(f"  timed run, token {mode:6s} {seconds * 1e3:9.1f} ms a sample")
