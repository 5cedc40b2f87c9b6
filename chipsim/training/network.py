"""A chain of fully connected layers that learns: forward and backward through the arrays, all else in digital, no clock.

    z_l = s_l A(x_l, W_l) + b_l,  x_(l+1) = f(z_l)              loss = mean over the batch of -log softmax(f(z_L))[label]
    d_L = (onehot - softmax(f(z_L))) f'(z_L) / n,  d_(l-1) = s_l A'(d_l, W_l^T) f'(z_(l-1))
    W_l <- rule: + (rate / s_l) x_l^T d_l,  b_l <- b_l + rate sum d_l

A, A' are the products of the array forward and transposed (reads.py); W_l (rows, columns) in full-scale weights, s_l what a full-scale
weight stands for; x_l (n, rows), z_l and d_l (n, columns) float32. d is minus the gradient of the mean loss. All errors of a batch
are computed before the first weight moves; then its vectors are learned one after the other.

A layer starts from the weights given, or uniformly within +-1 / sqrt(rows), bias too. s_l = max |W| / omega lets the largest of them
take the share omega of full scale; omega = 0 means s_l = 1: devices hold the weights as they are, in the units of the rule.

Every random number is a function of the streams, the layer, the purpose and the running number of the sample, so nothing depends on how
samples are cut into batches for evaluation. Reference: T. Gokmen, Y. Vlasov, Frontiers in Neuroscience 10, 333, 2016,
DOI 10.3389/fnins.2016.00333 (both passes and the update on one array). Not modelled: other layers than linear ones in a chain, layers
that are cut into several arrays, losses other than this one, momentum, time and energy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError, Problem
from chipsim.kernels.philox import uniform
from chipsim.streams import Stream
from chipsim.training.derivatives import derivative
from chipsim.training.floating import FloatingPoint
from chipsim.training.reads import Port, Reads
from chipsim.training.rules.rule import WORD, Activity, Learner, Rule, State, numbers_of
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.graph import Graph
from chipsim.workload.layers import Linear
from chipsim.workload.load import output_shapes
from chipsim.workload.weights import Weights

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]
Words = NDArray[np.uint32]

BLOCK = 1000  # samples in one go of an evaluation; bounds its memory


class Step(NamedTuple):
    """What one mini-batch was: its losses (n,) before the update, how many answers were right, and what the update took."""

    losses: NDArray[np.float64]
    correct: int
    activity: Activity


class Share(NamedTuple):
    """The part of one layer in a mini-batch: what was driven on its rows and on its columns."""

    x: Floats  # (n, rows)
    d: Floats  # (n, columns), minus the gradient of the mean loss


@final
@dataclass
class TrainedLayer:
    """One layer: its array under a rule, and what is digital."""

    layer: Linear
    learner: Learner
    scale: float  # what a full-scale weight stands for
    bias: Floats | None
    forward: Port
    evaluation: Port  # the forward pass with noise of its own
    backward: Port

    def outputs(self, x: Floats, port: Port, sample: Words, vector: Words) -> Floats:
        """x (n, rows) -> z (n, columns), before the activation."""
        z = port.product(x, self.learner.weights, self.scale, sample, vector).y
        if self.bias is not None:
            z += self.bias
        return z

    def errors(self, d: Floats, sample: Words, vector: Words) -> Floats:
        """d (n, columns) -> (n, rows), before the derivative of the activation below."""
        transposed = np.ascontiguousarray(self.learner.weights.T)
        return self.backward.product(d, transposed, self.scale, sample, vector).y

    def learn(self, share: Share, rate: float, first: int) -> Activity:
        """Move weights and bias; `first` is the running number of the first sample, and of this mini-batch."""
        activity = self.learner.update(share.x, share.d, rate / self.scale, first)
        self.learner.pause(first)
        if self.bias is not None:
            self.bias += np.float32(rate) * share.d.sum(axis=0)
        return activity


@final
class Network:
    """A chain of linear layers under one rule; without a rule its weights are floating-point numbers."""

    def __init__(
        self,
        spec: WorkloadSpec,
        rule: Rule | None,
        reads: Reads,
        stream: Stream,
        chip: Stream | None = None,
        omega: float = 0.0,
        start: Mapping[str, Weights] | None = None,
    ) -> None:
        """All noise comes from `stream`, what is fixed for a chip (devices, mismatch) from `chip`, by default a stream of the same seed.

        `start`: trained weights by layer, to go on from. InputError where a layer has no backward path, or weights do not fit.
        """
        if not 0 <= omega <= 1:
            raise InputError(f"Network.omega: {omega:g} is no share of full scale; expected 0 (weights as they are) to 1, such as 0.6")
        shapes = output_shapes(spec, graph := Graph(spec.layers))
        self.rule, self.reads, self.omega = rule, reads, omega
        fixed = chip or stream.child("chip")
        self.seeds = " ".join(f"{one.seed} {'.'.join(one.path)}" for one in (stream, fixed))
        self.layers: list[TrainedLayer] = []
        for layer in chain(graph):
            rows = layer.matrix_shape(shapes[graph.producers(layer.name)[0]])[0]
            given = None if start is None else start.get(layer.name)
            self.layers.append(self._begun(layer, rows, given, stream, fixed))

    def _begun(self, layer: Linear, rows: int, given: Weights | None, stream: Stream, chip: Stream) -> TrainedLayer:
        own, fixed = stream.child(layer.name), chip.child(layer.name)
        shape, columns = (rows, layer.out_features), layer.out_features
        self.reads.check_room(layer.name, shape)
        matrix, bias = given or initial(shape, layer.bias, own)
        if matrix.shape != shape or (bias is None) == layer.bias:
            what = f"weights {matrix.shape} and {'no' if bias is None else 'a'} bias"
            raise InputError(f"Network.start: layer '{layer.name}' starts from {what}; expected {shape}, bias: {layer.bias}")
        largest = float(np.abs(matrix).max())
        scale = largest / self.omega if self.omega > 0 and largest > 0 else 1.0
        weights = np.ascontiguousarray(matrix / np.float32(scale), np.float32)
        array = own.child("array"), fixed.child("array")
        learner = FloatingPoint(weights) if self.rule is None else self.rule.begin(shape, weights, *array)
        forward = self.reads.forward(columns, own.child("products"), fixed, layer.input_range)
        evaluation = replace(forward, key=own.child("evaluation products").key)
        backward = self.reads.backward(rows, own.child("transposed products"), fixed)
        return TrainedLayer(layer, learner, scale, None if bias is None else bias.copy(), forward, evaluation, backward)

    @property
    def inputs(self) -> int:
        """Numbers that the first layer reads."""
        return int(self.layers[0].learner.weights.shape[0])

    @property
    def classes(self) -> int:
        """Numbers that the last layer gives."""
        return int(self.layers[-1].learner.weights.shape[1])

    @property
    def devices(self) -> int:
        """Weights on arrays, one device counted for each."""
        return sum(layer.learner.weights.size for layer in self.layers)

    @property
    def digest(self) -> str:
        """Hash of the layers, their scales and how they are read: equal for networks that compute alike."""
        parts = [f"{one.layer.plain(folders=False)} {one.learner.weights.shape} {one.scale!r}" for one in self.layers]
        return hashlib.sha256("\n".join([*parts, self.reads.digest]).encode()).hexdigest()[:12]

    def shares(self, x: Floats, labels: Labels, first: int) -> tuple[list[Share], NDArray[np.float64], int]:
        """Forward and backward: what each layer would learn from, the losses (n,) and the number of right answers.

        x (n, inputs) or images (n, C, H, W) float32, labels (n,); `first` is the running number of the first sample. No shares where a
        loss is not finite; ValueError where another value is not.
        """
        who = numbers_of(first, len(x))
        read, sums = [flat(x)], []
        for one in self.layers:
            sums.append(one.outputs(read[-1], one.forward, *who))
            read.append(one.layer.activate(sums[-1]))
        losses, d = cross_entropy(read[-1], labels)
        correct = int((read[-1].argmax(axis=1) == labels).sum())
        shares: list[Share] = []
        if not np.isfinite(losses).all():
            return shares, losses, correct
        for number in range(len(self.layers) - 1, -1, -1):
            one = self.layers[number]
            d *= derivative(one.layer.activation, sums[number], one.layer.slope)
            shares.insert(0, Share(read[number], d))
            d = one.errors(d, *who) if number else d
        return shares, losses, correct

    def step(self, x: Floats, labels: Labels, rate: float, first: int) -> Step:
        """Learn from one mini-batch; nothing moves where a loss is not finite."""
        shares, losses, correct = self.shares(x, labels, first)
        activity = Activity()
        if shares:
            for one, share in zip(self.layers, shares, strict=True):
                activity = activity.merged(one.learn(share, rate, first))
        return Step(losses, correct, activity)

    def outputs(self, x: Floats, moment: int = 0, first: int = 0) -> Floats:
        """The network's outputs (n, classes) as it stands; sample i of x has the number first + i, and `moment` noise of its own."""
        blocks = [self._block(flat(x[i : i + BLOCK]), moment, first + i) for i in range(0, len(x), BLOCK)]
        return np.concatenate(blocks)

    def accuracy(self, x: Floats, labels: Labels, moment: int = 0) -> float:
        """Share of right answers."""
        return float(np.mean(self.outputs(x, moment).argmax(axis=1) == labels))

    def _block(self, x: Floats, moment: int, first: int) -> Floats:
        sample = np.arange(first, first + len(x), dtype=np.uint32)
        vector = np.full(len(x), moment % WORD, np.uint32)
        for one in self.layers:
            x = one.layer.activate(one.outputs(x, one.evaluation, sample, vector))
        return x

    def state(self) -> State:
        """Copies of everything that was learned: `<layer>.bias` and `<layer>.rule.<name>`."""
        arrays: State = {}
        for one in self.layers:
            arrays |= {f"{one.layer.name}.rule.{name}": array for name, array in one.learner.state().items()}
            arrays |= {} if one.bias is None else {f"{one.layer.name}.bias": one.bias.copy()}
        return arrays

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what `state` gave; InputError when it is not that of such a network."""
        for one in self.layers:
            rule, bias = f"{one.layer.name}.rule.", f"{one.layer.name}.bias"
            one.learner.restore({name.removeprefix(rule): array for name, array in state.items() if name.startswith(rule)})
            if one.bias is not None:
                if bias not in state or state[bias].shape != one.bias.shape:
                    raise InputError(f"Network.restore: no {bias} of shape {one.bias.shape}; expected the state of the same network")
                one.bias[...] = state[bias]

    def weights(self) -> dict[str, Floats]:
        """What was learned as PyTorch stores it: `<layer>.weight` (out, in) and `<layer>.bias`, read from the arrays without noise."""
        arrays: dict[str, Floats] = {}
        for one in self.layers:
            arrays[f"{one.layer.name}.weight"] = np.ascontiguousarray(one.learner.weights.T * np.float32(one.scale))
            arrays |= {} if one.bias is None else {f"{one.layer.name}.bias": one.bias.copy()}
        return arrays


def chain(graph: Graph) -> list[Linear]:
    """The layers of a chain, views left out; InputError lists those that have no backward path.

    Linear layers read one layer each and a graph has one output, so they are a chain where there is nothing else.
    """
    layers: list[Linear] = []
    problems: list[Problem] = []
    for name in graph.steps:
        layer = graph.layers[name]
        if isinstance(layer, Linear):
            layers.append(layer)
        else:
            message = f"layer '{name}' is of type '{layer.type_name}', which has no backward path; layers that can be trained: "
            problems.append(Problem(message + "linear with any activation, and flatten", graph.key(name)))
    if problems:
        raise InputError(problems)
    return layers


def initial(shape: tuple[int, int], bias: bool, stream: Stream) -> Weights:
    """Weights (rows, columns) and bias (columns,) uniform within +-1 / sqrt(rows)."""
    bound = np.float32(1 / np.sqrt(shape[0]))
    matrix = bound * (2 * uniform(shape, stream.child("initial weights").key) - 1)
    return Weights(matrix, bound * (2 * uniform(shape[1], stream.child("initial bias").key) - 1) if bias else None)


def cross_entropy(z: Floats, labels: Labels) -> tuple[NDArray[np.float64], Floats]:
    """Losses (n,) of outputs z (n, classes), and minus the gradient of their mean (n, classes)."""
    with np.errstate(invalid="ignore"):  # what is infinite becomes a loss that is no number, which the caller looks for
        shifted = z.astype(np.float64) - z.max(axis=1, keepdims=True)
        weights = np.exp(shifted)
    total = weights.sum(axis=1)
    rows = np.arange(len(z))
    losses: NDArray[np.float64] = np.log(total) - shifted[rows, labels]
    d = -weights / total[:, None]
    d[rows, labels] += 1
    return losses, (d / len(z)).astype(np.float32)


def flat(x: Floats) -> Floats:
    """Images (n, C, H, W) or vectors as C-contiguous vectors (n, features)."""
    return np.ascontiguousarray(x.reshape(len(x), -1))
