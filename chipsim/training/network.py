"""A network that learns: forward and backward through the arrays, all else in digital, no clock.

    y_l = layer l of what it reads                          loss = mean over samples (and steps) of -log softmax(y_L)[label]
    d_L = (onehot - softmax(y_L)) / n,   d_l = sum over the layers k that read l of what k hands back to l
    W_l <- rule: + (rate / s_l) x_l^T d_l,  b_l <- b_l + rate sum d_l

x_l are the vectors on the rows of the array, d_l minus the gradient of the mean loss on its columns, W_l in full-scale weights, s_l what
a full-scale weight stands for: see `layers/`. All errors of a mini-batch are computed before the first weight moves; then the vectors
are learned one after the other, those of a sample together. Bias, activation, pooling and sums are float32 in digital.

Every random number is a function of the streams, the layer, the purpose and the running number of the vector, so nothing depends on how
samples are cut into batches for evaluation. Reference: T. Gokmen, Y. Vlasov, Frontiers in Neuroscience 10, 333, 2016,
DOI 10.3389/fnins.2016.00333 (both passes and the update on one array). Not modelled: losses other than this one, a bias on the array,
errors and activations of few bits between the arrays, layers on several copies of an array, time and energy (the record `work.py` is
what they are made from).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from math import prod
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError, Problem
from chipsim.streams import Stream
from chipsim.training.layers import Block, Cut, Foundry, Pass, Share, TrainedLayer, TrainedMatrix
from chipsim.training.layers.watch import Watch
from chipsim.training.loss import Floats, Labels, cross_entropy
from chipsim.training.reads import Reads
from chipsim.training.rules.rule import Activity, Rule, State
from chipsim.training.work import StepWork
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.graph import Graph
from chipsim.workload.layers.layer import INPUT
from chipsim.workload.load import output_shapes
from chipsim.workload.weights import Weights

BLOCK = 1000  # samples in one go of an evaluation, at most
MEMORY = 1 << 24  # numbers that a layer works on in one go of an evaluation, at most (64 MiB)


class Step(NamedTuple):
    """What one mini-batch was: the losses of its samples before the update, how many answers were right, and what the update took."""

    losses: NDArray[np.float64]  # (n,), over the steps the mean
    correct: int  # of n answers, or n times steps
    activity: Activity
    work: StepWork | None = None  # where it was watched, and the weights are on arrays


class Backward(NamedTuple):
    """What a mini-batch would teach."""

    shares: list[Share]  # of the matrices, in order; empty where a loss is not finite
    losses: NDArray[np.float64]
    correct: int


@final
class Network:
    """Layers under one rule; without a rule the weights are floating-point numbers."""

    def __init__(
        self,
        spec: WorkloadSpec,
        rule: Rule | None,
        reads: Reads,
        stream: Stream,
        chip: Stream | None = None,
        omega: float = 0.0,
        start: Mapping[str, Weights] | None = None,
        cuts: Mapping[str, tuple[Cut, ...]] | None = None,
    ) -> None:
        """All noise comes from `stream`, what is fixed for a chip (devices, mismatch) from `chip`, by default a stream of the same seed.

        `omega`: share of full scale of the largest weight of a layer, see `foundry.py`. `start`: trained weights by layer, to go on from.
        `cuts`: how layers are cut into arrays; a layer that is not named is one array. InputError where a layer has no backward path,
        weights do not fit, or cuts do not.
        """
        if not 0 <= omega <= 1:
            raise InputError(f"Network.omega: {omega:g} is no share of full scale; expected 0 (weights as they are) to 1, such as 0.6")
        self.graph = Graph(spec.layers)
        shapes = output_shapes(spec, self.graph)
        check_kinds(self.graph)
        self.rule, self.reads, self.omega = rule, reads, omega
        fixed = chip or stream.child("chip")
        self.seeds = " ".join(f"{one.seed} {'.'.join(one.path)}" for one in (stream, fixed))
        foundry = Foundry(rule, reads, stream, fixed, omega, start, cuts)
        self.layers: dict[str, TrainedLayer[Any]] = {}
        self._read: dict[str, tuple[str, ...]] = {}  # what each of them reads, views looked through
        for name in self.graph.steps:
            layer, read = self.graph.layers[name], self.graph.producers(name)
            wanted = any(self._learns(producer) for producer in read)
            made = TrainedLayer.kinds[type(layer)]
            self.layers[name] = made(layer, tuple(shapes[producer] for producer in read), wanted, foundry)
            self._read[name] = read
        self.input_shape, self.output_shape = shapes[INPUT], shapes[self.graph.output]

    def _learns(self, name: str) -> bool:
        """Whether a layer wants errors: it has weights, or hands errors to one that has."""
        return name != INPUT and (self.layers[name].matrix is not None or self.layers[name].hands_back)

    @property
    def matrices(self) -> list[TrainedMatrix]:
        """The matrices of all layers, in order."""
        return [layer.matrix for layer in self.layers.values() if layer.matrix is not None]

    @property
    def blocks(self) -> list[Block]:
        """The arrays of all layers, in order."""
        return [block for matrix in self.matrices for block in matrix.blocks]

    @property
    def inputs(self) -> int:
        """Numbers of one sample."""
        return prod(self.input_shape)

    @property
    def classes(self) -> int:
        """Answers that can be given, at every step."""
        return self.output_shape[0]

    @property
    def steps(self) -> int:
        """Answers to one sample: 1, or one for each position (step in time) of the output."""
        return self.output_shape[1] * self.output_shape[2]

    @property
    def devices(self) -> int:
        """Weights on arrays, one device counted for each."""
        return sum(prod(matrix.shape) for matrix in self.matrices)

    @property
    def digest(self) -> str:
        """Hash of the layers, their scales, cuts and how they are read: equal for networks that compute alike."""
        parts = []
        for one in self.layers.values():
            matrix = one.matrix
            parts.append(f"{one.layer.plain(folders=False)}" + ("" if matrix is None else f" {matrix.shape} {matrix.scale!r}"))
            parts += [] if matrix is None or len(matrix.blocks) == 1 else [str([block.cut for block in matrix.blocks])]
        return hashlib.sha256("\n".join([*parts, self.reads.digest]).encode()).hexdigest()[:12]

    # --- learning -------------------------------------------------------------------------------------------------------

    def shares(self, x: Floats, labels: Labels, first: int, watch: Watch | None = None) -> Backward:
        """Forward and backward: what each matrix would learn from, the losses and the number of right answers.

        x (n, inputs) or images (n, C, H, W) float32, labels (n,) or (n, steps); `first` is the running number of the first sample. No
        shares where a loss is not finite; ValueError where another value is not, or labels are of another shape.
        """
        return self._taught(x, labels, Pass(first, len(x), watch=watch))

    def _taught(self, x: Floats, labels: Labels, at: Pass) -> Backward:
        values, memos = self._forward(x, at)
        answers = self._answers(values[self.graph.output])
        losses, d = cross_entropy(answers, self._asked(labels, len(x)))
        correct = int((answers.argmax(axis=1) == labels.reshape(-1)).sum())
        shares = self._backward(self._image(d), values, memos, at) if np.isfinite(losses).all() else []
        return Backward(shares, losses if self.steps == 1 else losses.reshape(len(x), -1).mean(axis=1), correct)

    def step(self, x: Floats, labels: Labels, rate: float, first: int, watch: bool = False) -> Step:
        """Learn from one mini-batch; nothing moves where a loss is not finite.

        `watch`: keep the record of what every array did. The weights are the same to the last bit.
        """
        watcher = Watch(first, len(x)) if watch and self.rule is not None else None
        at = Pass(first, len(x), watch=watcher)
        shares, losses, correct = self._taught(x, labels, at)
        activity = Activity()
        if not shares:
            return Step(losses, correct, activity)
        for matrix, share in zip(self.matrices, shares, strict=True):
            activity = activity.merged(matrix.learn(share.x, share.d, rate, at))
        work = None if watcher is None else watcher.work({block.place: block.shape for block in self.blocks})
        return Step(losses, correct, activity, work)

    def _forward(self, x: Floats, at: Pass) -> tuple[dict[str, Floats], dict[str, Any]]:
        values, memos = {INPUT: x.reshape(len(x), *self.input_shape)}, {}
        for name, layer in self.layers.items():
            values[name], memos[name] = layer.forward([values[producer] for producer in self._read[name]], at)
        return values, memos

    def _backward(self, d: Floats, values: Mapping[str, Floats], memos: Mapping[str, Any], at: Pass) -> list[Share]:
        """d [n, C, H, W] of the output; what every matrix learns from."""
        errors, shares = {self.graph.output: d}, []
        for name in reversed(self.layers):
            if not self._learns(name):
                continue
            handed, share = self.layers[name].backward(errors.pop(name), memos[name], at)
            shares += [] if share is None else [share]
            for producer, error in zip(self._read[name], handed, strict=bool(handed)):
                if self._learns(producer):
                    error = error.reshape(values[producer].shape)
                    errors[producer] = errors[producer] + error if producer in errors else error
        return shares[::-1]

    def _answers(self, y: Floats) -> Floats:
        """Outputs [n, C, H, W] -> (n * steps, classes)."""
        if self.steps == 1:
            return y.reshape(-1, self.classes)
        return np.ascontiguousarray(y.transpose(0, 2, 3, 1)).reshape(-1, self.classes)

    def _image(self, d: Floats) -> Floats:
        """(n * steps, classes) -> [n, C, H, W]."""
        channels, height, width = self.output_shape
        return np.ascontiguousarray(d.reshape(-1, height, width, channels).transpose(0, 3, 1, 2))

    def _asked(self, labels: Labels, count: int) -> Labels:
        if labels.size != count * self.steps or len(labels) != count:
            raise ValueError(f"labels {labels.shape} for {count} samples; expected {self.steps} for each")
        return labels.reshape(-1)

    # --- evaluation -----------------------------------------------------------------------------------------------------

    def outputs(self, x: Floats, moment: int = 0, first: int = 0) -> Floats:
        """The network's outputs (n, classes) as it stands, or (n, steps, classes) where there are several steps.

        Sample i of x has the number first + i, and `moment` noise of its own.
        """
        several = min(BLOCK, max(1, MEMORY // max(layer.largest for layer in self.layers.values())))
        found = [self._evaluated(x[i : i + several], Pass(first + i, len(x[i : i + several]), moment)) for i in range(0, len(x), several)]
        answers = np.concatenate(found)
        return answers if self.steps == 1 else answers.reshape(len(x), self.steps, self.classes)

    def accuracy(self, x: Floats, labels: Labels, moment: int = 0) -> float:
        """Share of right answers."""
        return float(np.mean(self.outputs(x, moment).argmax(axis=-1).reshape(-1) == self._asked(labels, len(x))))

    def _evaluated(self, x: Floats, at: Pass) -> Floats:
        values, _ = self._forward(x, at)
        return self._answers(values[self.graph.output])

    # --- state ----------------------------------------------------------------------------------------------------------

    def state(self) -> State:
        """Copies of everything that was learned: `<layer>.bias` and `<layer>.rule.<name>`, with blocks `<layer>.rule.<r>.<c>.<name>`."""
        arrays: State = {}
        for matrix in self.matrices:
            arrays |= matrix.state()
        return arrays

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what `state` gave; InputError when it is not that of such a network."""
        for matrix in self.matrices:
            matrix.restore(state)

    def weights(self) -> dict[str, Floats]:
        """What was learned as the workload stores it: `<layer>.weight`, `<layer>.bias`, read from the arrays without noise."""
        arrays: dict[str, Floats] = {}
        for layer in self.layers.values():
            arrays |= layer.weights()
        return arrays


def check_kinds(graph: Graph) -> None:
    """InputError lists the layers that have no backward path."""
    known = ", ".join(sorted(kind.type_name for kind in TrainedLayer.kinds))
    problems: list[Problem] = []
    for name in graph.steps:
        if type(graph.layers[name]) not in TrainedLayer.kinds:
            message = f"layer '{name}' is of type '{graph.layers[name].type_name}', which has no backward path; layers that have one: "
            problems.append(Problem(f"{message}{known}, and views such as flatten", graph.key(name)))
        elif words := TrainedLayer.kinds[type(graph.layers[name])].refused(graph.layers[name]):
            problems.append(Problem(f"layer '{name}' has {words}, for which there is no backward path", graph.key(name)))
    if problems:
        raise InputError(problems)
