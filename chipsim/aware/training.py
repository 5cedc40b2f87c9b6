"""From a hardware-aware training that was asked for to one that runs: network, loss, teacher, judge, checkpoint."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from chipsim.aware.answer import Found
from chipsim.aware.distil import Loss
from chipsim.aware.experiment import AwareExperiment
from chipsim.aware.loop import Judged, Teacher, Training
from chipsim.aware.network import AwareNetwork
from chipsim.errors import InputError
from chipsim.training.checkpoint import digest_of
from chipsim.version import VERSION
from chipsim.workload.graph import Workload
from chipsim.workload.metrics import RMSE, Accuracy, Metric

CHECKPOINT = "checkpoint.npz"
SEEN = 512  # training samples from which the first input ranges are taken


class Trained(NamedTuple):
    """A network and its training."""

    network: AwareNetwork
    training: Training
    calibrated: dict[str, float]  # the input ranges that it began with, by layer; none where they were not taken from data

    @property
    def found(self) -> Found:
        """What it has found; the network holds the best weights when the training is over."""
        return Found(self.network.arrays(), self.network.ranges(), self.training.rows, self.training.best_row, self.calibrated)


def begun(aware: AwareExperiment, folder: Path | None = None, say: Callable[[str], None] = print) -> Trained:
    """A training at its beginning, or where the checkpoint in `folder` was written.

    InputError where the network or its labels cannot be trained, and where the checkpoint is that of another training.
    """
    question, workload = aware.question, aware.workload
    loss = Loss(question, learned_by(workload, aware.train.labels))
    network = AwareNetwork(aware.experiment, question.injection, question.seed)
    if question.learn_ranges:
        network.calibrate(torch.tensor(aware.train.x[:SEEN]))
    calibrated = network.ranges() if question.learn_ranges else {}
    judged = Judged(workload.metric.of, workload.metric.higher)
    keeping = None if folder is None else (folder / CHECKPOINT, digests(aware))
    training = Training(network, question, loss, judged, aware.train, aware.validation, _teacher(aware), keeping, say)
    return Trained(network, training, calibrated)


def learned_by(workload: Workload, labels: NDArray[Any]) -> Metric:
    """The metric whose loss is learned by: the workload's own, or for a user's function what its labels are, classes or numbers."""
    own = workload.metric
    if own.targets != "any":
        return own
    if not np.issubdtype(labels.dtype, np.integer):
        return RMSE()
    found = Accuracy().after(workload.layers[workload.output])
    if problem := found.problem(labels, len(labels), workload.shapes[workload.output]):
        raise InputError(f"workload.metric: {own.called}: its labels are whole numbers, so classes are learned; {problem}")
    return found


def digests(aware: AwareExperiment) -> dict[str, str]:
    """What a checkpoint must have been written with, by name."""
    workload, asked = aware.workload, aware.experiment.question
    weights = [array for name in workload.weights for array in workload.weights[name] if array is not None]
    layers = json.dumps([layer.plain(folders=False) for layer in workload.spec.layers], sort_keys=True)
    parameters = [array for arrays in workload.parameters.values() for array in arrays]
    return {
        "version of chipsim": VERSION,
        "network": digest_of(*weights, *parameters, np.array(layers)),
        "chip": asked.architecture.digest(),
        "training": aware.question.digest(),
        "training data": digest_of(*aware.train, *aware.validation),
    }


def _teacher(aware: AwareExperiment) -> Teacher | None:
    """The float network as it came, where it is asked for."""
    distil = aware.question.distil
    return None if distil is None or distil.weight == 0 else aware.workload.forward
