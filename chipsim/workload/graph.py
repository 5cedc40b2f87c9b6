"""The graph of a network, and the Workload: that graph with its shapes, weights and data, and its float reference.

Everything is frozen. Layers that are views (flatten) can be looked through: `producers` and `consumers` name only layers
that compute something, and `steps` lists only these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from types import MappingProxyType
from typing import Any, final

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError, Problem, did_you_mean
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.layers import DigitalLayer, Layer, Shape, ViewLayer, WeightedLayer
from chipsim.workload.layers.layer import INPUT
from chipsim.workload.metrics import Metric, batch_of, judged
from chipsim.workload.weights import Weights

Floats = NDArray[np.float32]
BATCH = 250  # samples in one go of the float reference, at most
BATCH_VALUES = 1 << 21  # of the largest tensor in one go: 8 MB, as memory that is taken anew for each is slow


@final
class Graph:
    """Who reads whom: `digraph` has a node for each layer (attribute `layer`) and one for the image, 'input' (None)."""

    digraph: nx.DiGraph[str]
    layers: Mapping[str, Layer]
    order: tuple[str, ...]

    def __init__(self, layers: Sequence[Layer]) -> None:
        """Connect the layers; `order` has each after all it reads, as in the list where possible, without 'input'.

        InputError lists unknown and repeated names, circles and superfluous outputs; places are keys such as layers[2].inputs.
        """
        read = [layer.inputs or (layers[i - 1].name if i else INPUT,) for i, layer in enumerate(layers)]
        problems = [*_name_problems(layers), *_input_problems(layers, read)]
        if problems:
            raise InputError(problems)
        self.layers = MappingProxyType({layer.name: layer for layer in layers})
        self._sources = {layer.name: names for layer, names in zip(layers, read, strict=True)}
        self.digraph = nx.freeze(_digraph(self.layers, self._sources))
        self.order = _topological(self.digraph)
        leaves = [name for name in self.order if self.digraph.out_degree(name) == 0]
        if len(leaves) > 1:
            message = f"no layer reads {' and '.join(leaves)}, so there are {len(leaves)} outputs; expected one"
            raise InputError(Problem(message, "layers"))

    @cached_property
    def last(self) -> str:
        """The layer that no other reads, a view or not."""
        return next(name for name in self.order if self.digraph.out_degree(name) == 0)

    @cached_property
    def output(self) -> str:
        """The layer whose numbers are the network's output, views looked through."""
        return self.behind_views(self.last)

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """The layers that compute something, in order."""
        return tuple(name for name in self.order if not self.layers[name].is_view)

    def sources(self, name: str) -> tuple[str, ...]:
        """What a layer reads, as described: layers or 'input'."""
        return self._sources[name]

    def producers(self, name: str) -> tuple[str, ...]:
        """What a layer reads, views looked through: layers that compute something, or 'input'."""
        return tuple(self.behind_views(source) for source in self._sources[name])

    def consumers(self, name: str) -> tuple[str, ...]:
        """Layers that compute something from the output of a layer (or from 'input'), views looked through, in order."""
        return tuple(other for other in self.steps if name in self.producers(other))

    def behind_views(self, name: str) -> str:
        """The layer, or 'input', whose numbers a layer shows: itself unless it is a view."""
        while name != INPUT and self.layers[name].is_view:
            name = self._sources[name][0]
        return name

    def key(self, name: str) -> str:
        """Where a layer stands in the description, such as layers[2]."""
        return f"layers[{list(self.layers).index(name)}]"


@final
@dataclass(frozen=True, eq=False, repr=False)
class Workload:
    """A network ready to be mapped, with its data."""

    spec: WorkloadSpec
    network: Graph
    shapes: Mapping[str, Shape]  # outputs [C, H, W] of the layers and of 'input'
    weights: Mapping[str, Weights]  # of the matrix layers, read-only
    inputs: Floats  # [N, C, H, W], scaled, read-only
    labels: NDArray[Any]  # int64 [N], [N, T] or [N, H, W] (see labels.py), or what its metric takes, read-only
    parameters: Mapping[str, tuple[Floats, ...]] = field(default_factory=dict)  # what `layer_parameters` gives
    parts: Mapping[str, tuple[str, int]] = field(default_factory=dict)  # of a layer in parts (`split.py`): its name, first column block

    def __repr__(self) -> str:
        drawn = f", {self.spec.drawn} drawn" if self.spec.drawn else ""
        ends = f"{list(self.shapes[INPUT])} to {list(self.shapes[self.output])}"
        return f"<Workload '{self.name}': {len(self.steps)} layers, {ends}, {len(self.inputs)} samples{drawn}>"

    @property
    def name(self) -> str:
        """The name in the description."""
        return self.spec.name

    @property
    def graph(self) -> nx.DiGraph[str]:
        """Layers and 'input' as a frozen NetworkX graph; the node attribute `layer` is the Layer."""
        return self.network.digraph

    @property
    def layers(self) -> Mapping[str, Layer]:
        """The layers by name, in the order of the description."""
        return self.network.layers

    @property
    def order(self) -> tuple[str, ...]:
        """All layers, each after all it reads."""
        return self.network.order

    @property
    def steps(self) -> tuple[str, ...]:
        """The layers that compute something, in order."""
        return self.network.steps

    @property
    def output(self) -> str:
        """The layer whose numbers are the network's output, views looked through."""
        return self.network.output

    @property
    def classes(self) -> int:
        """Numbers in the network's output."""
        return prod(self.shapes[self.output])

    @cached_property
    def metrics(self) -> tuple[Metric, ...]:
        """How the network is judged: by the first, the others are told beside it."""
        return self.spec.metrics(self.layers[self.output])

    @property
    def metric(self) -> Metric:
        """What the network is judged by."""
        return self.metrics[0]

    @property
    def macs(self) -> int:
        """Multiply-accumulates for one sample, counted from the network."""
        return sum(self.layer_macs(name) for name in self.steps)

    def layer_macs(self, name: str) -> int:
        """Multiply-accumulates of one layer for one sample: with weights, or of two activations; 0 for a layer that has neither."""
        layer = self.layers[name]
        if isinstance(layer, WeightedLayer):
            return layer.macs(self.input_shape(name))
        if not isinstance(layer, DigitalLayer):
            return 0
        channels, height, width = self.shapes[name]
        read = [self.shapes[source] for source in self.producers(name)]
        return width * sum(layer.operations_at(y, channels, read).get("mac", 0) for y in range(height))

    def producers(self, name: str) -> tuple[str, ...]:
        """What a layer reads, views looked through: layers that compute something, or 'input'."""
        return self.network.producers(name)

    def consumers(self, name: str) -> tuple[str, ...]:
        """Layers that compute something from the output of a layer (or from 'input'), views looked through, in order."""
        return self.network.consumers(name)

    def input_shape(self, name: str) -> Shape:
        """The shape [C, H, W] in which the (first) producer of a layer delivers."""
        return self.shapes[self.producers(name)[0]]

    def forward(self, x: Floats, upto: str | None = None) -> Floats:
        """Float reference: images [N, C, H, W] -> output [N, C', H', W'] of layer `upto` (default: of the network)."""
        last = self.output if upto is None else upto
        if last not in self.layers:
            raise InputError(f"Workload.forward: no layer '{last}' ({did_you_mean(last, self.layers)})")
        if x.shape[1:] != self.shapes[INPUT] or x.dtype != np.float32:
            wanted = ", ".join(map(str, self.shapes[INPUT]))
            raise InputError(f"Workload.forward: images are {x.dtype} {list(x.shape)}, expected float32 [N, {wanted}]")
        size = max(1, min(BATCH, BATCH_VALUES // max(map(prod, self.shapes.values()))))
        blocks = [x[start : start + size] for start in range(0, max(len(x), 1), size)]
        return np.concatenate([self._forward_block(block, last) for block in blocks])

    def accuracy(self, x: Floats, labels: NDArray[Any]) -> float:
        """What the float reference reaches by the workload's metric; by default the share of labels [N], [N, T] or [N, H, W] that are
        the largest output."""
        return self.judged(x, labels)[0]

    def judged(self, x: Floats, labels: NDArray[Any]) -> list[float]:
        """The value of each of `metrics` for the float reference; InputError where the labels do not belong to the output."""
        if len(x) == 0 or labels.shape[:1] != (len(x),):
            raise InputError(f"Workload.accuracy: {len(x)} images with labels {list(labels.shape)}; expected one label each")
        for metric in self.metrics:
            if message := metric.problem(labels, len(x), self.shapes[self.output]):
                raise InputError(f"Workload.accuracy: {message}")
            if misfit := metric.misfit(labels, self.shapes[self.output]):
                raise InputError(replace(misfit, key=f"metric.{misfit.key}".rstrip(".")))
        parts = (slice(start, start + BATCH) for start in range(0, len(x), BATCH))
        return judged(self.metrics, (batch_of(self.metrics, self.answers(x[part], labels[part]), labels[part]) for part in parts))

    def answers(self, x: Floats, labels: NDArray[Any]) -> Floats:
        """`forward` of images with labels; InputError where the outputs are not what a metric takes, such as no probabilities."""
        outputs = self.forward(x)
        for metric in self.metrics:
            if message := metric.unfit(outputs, labels):
                raise InputError(Problem(f"{metric.called} of '{self.name}': {message}", "metric.outputs"))
        return outputs

    def try_metrics(self, most: int = BATCH) -> None:
        """Judge the float outputs of the first samples; InputError where they, or a function of the user's, cannot be judged."""
        if self.spec.drawn:
            return
        labels = self.labels[:most]
        outputs = self.answers(self.inputs[:most], labels)
        for metric in self.metrics:
            if metric.whole:
                metric.of(outputs, labels)

    def _forward_block(self, x: Floats, last: str) -> Floats:
        values = {INPUT: x}
        for name in self.order[: self.order.index(last) + 1]:
            values[name] = self._layer_forward(self.layers[name], [values[s] for s in self.network.sources(name)])
        return values[last]

    def _layer_forward(self, layer: Layer, read: Sequence[Floats]) -> Floats:
        if isinstance(layer, WeightedLayer):
            return layer.forward(read[0], *self.weights[layer.name], *self.parameters.get(layer.name, ()))
        if isinstance(layer, DigitalLayer):
            return layer.forward(*read, *self.parameters.get(layer.name, ()))
        if isinstance(layer, ViewLayer):
            return layer.forward(*read)
        raise TypeError(f"{type(layer).__name__} is neither a WeightedLayer nor a DigitalLayer nor a ViewLayer")


def _digraph(layers: Mapping[str, Layer], sources: Mapping[str, tuple[str, ...]]) -> nx.DiGraph[str]:
    digraph: nx.DiGraph[str] = nx.DiGraph()
    digraph.add_node(INPUT, layer=None)
    for name, layer in layers.items():
        digraph.add_node(name, layer=layer)
    digraph.add_edges_from((source, name) for name, names in sources.items() for source in names)
    return digraph


def _topological(digraph: nx.DiGraph[str]) -> tuple[str, ...]:
    place = {name: i for i, name in enumerate(digraph)}
    try:
        order = tuple(nx.lexicographical_topological_sort(digraph, key=place.__getitem__))
    except nx.NetworkXUnfeasible:
        circle = [edge[0] for edge in nx.find_cycle(digraph)]
        path = " -> ".join([*circle, circle[0]])
        raise InputError(Problem(f"the layers read each other in a circle: {path}", "layers")) from None
    return order[1:]  # 'input' is first: it reads nothing and has the lowest place


def _name_problems(layers: Sequence[Layer]) -> Iterable[Problem]:
    first: dict[str, int] = {}
    for i, layer in enumerate(layers):
        if layer.name in first:
            yield Problem(f"two layers are called '{layer.name}', this one and layers[{first[layer.name]}]", f"layers[{i}].name")
        first.setdefault(layer.name, i)


def _input_problems(layers: Sequence[Layer], read: Sequence[tuple[str, ...]]) -> Iterable[Problem]:
    known = {INPUT, *(layer.name for layer in layers)}
    for i, (layer, names) in enumerate(zip(layers, read, strict=True)):
        where = f"layers[{i}].inputs"
        for name in names:
            if name not in known:
                yield Problem(f"layer '{layer.name}' reads '{name}', which does not exist ({did_you_mean(name, known)})", where)
        if len(set(names)) < len(names):
            yield Problem(f"layer '{layer.name}' reads one layer twice ({', '.join(names)}), expected different ones", where)
