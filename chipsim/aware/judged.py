"""Found weights in the simulator: the same chips, programmed with the weights before and after training, read at the same times.

What is judged here is judged as by `chipsim run`: crossbars of the functional pass, all chips, repeats and times of the experiment, on
the split of the data that its workload names. The differentiable model that the network learned with has no say in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipsim.experiment import Experiment
from chipsim.population import Reading, readings
from chipsim.programmed import ProgrammedNetwork
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.graph import Workload
from chipsim.workload.layers import WeightedLayer
from chipsim.workload.load import build_workload

Arrays = Mapping[str, NDArray[Any]]


def trained(workload: Workload, arrays: Arrays, ranges: Mapping[str, float]) -> Workload:
    """The network with other weights, and with input ranges of layers where `ranges` has them."""
    return build_workload(with_ranges(workload.spec, ranges), arrays, workload.inputs, workload.labels)


def with_ranges(spec: WorkloadSpec, ranges: Mapping[str, float]) -> WorkloadSpec:
    """The description of a network with the input ranges of some of its layers."""
    layers = tuple(
        layer.having(input_range=float(ranges[layer.name])) if isinstance(layer, WeightedLayer) and layer.name in ranges else layer
        for layer in spec.layers
    )
    return spec.having(layers=layers)


def having(experiment: Experiment, workload: Workload) -> Experiment:
    """The same experiment about a network with other weights."""
    return Experiment(experiment.question.having(workload=workload.spec), workload, threads=experiment.threads)


def readings_of(experiment: Experiment, say: Callable[[str, float], None] = lambda text, share: None) -> list[Reading]:
    """Every accuracy of an experiment, over its chips, repeats and times, without a timed run."""
    question, mapping, found = experiment.question, experiment.map(), []

    def programmed(chip: int, repeat: int, programming: int) -> ProgrammedNetwork:
        network = experiment.network(mapping, chip, repeat, programming)
        experiment.program(network)
        return network

    asked = question.times, question.chips, question.repeats, question.maintenance, question.samples
    total = len(question.times) * question.chips * question.repeats
    for reading in readings(programmed, *asked, experiment.threads):
        found.append(reading)
        say(f"chip {reading.chip + 1}, repeat {reading.repeat + 1}", len(found) / total)
    return found


def float_metric(experiment: Experiment) -> float:
    """The metric of the float network on the samples that the experiment judges by."""
    workload, count = experiment.workload, experiment.question.samples or len(experiment.workload.inputs)
    return workload.accuracy(workload.inputs[:count], workload.labels[:count])


def at(found: list[Reading], time: float) -> list[float]:
    """The readings of one time."""
    return [reading.accuracy for reading in found if reading.time == time]


def spread(values: list[float]) -> float:
    """Standard deviation of readings; 0 for one."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
