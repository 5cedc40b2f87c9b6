"""From files, or from arrays in Python, to a Workload; all that is wrong is said in one error.

First the description and the graph are checked, with the places in the file; only then the weights and the data, together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipsim.compose import changed, read, texts
from chipsim.errors import InputError, Problem
from chipsim.reading import build
from chipsim.tree import Node
from chipsim.workload.archive import read_arrays
from chipsim.workload.data import load_data, token_problem
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.drawn import drawn_inputs, drawn_weights
from chipsim.workload.from_onnx import network_of
from chipsim.workload.graph import Graph, Workload
from chipsim.workload.layers import DigitalLayer, Embedding, Layer, Shape, WeightedLayer
from chipsim.workload.layers.layer import INPUT
from chipsim.workload.metrics import Accuracy, Metric
from chipsim.workload.weights import Weights, layer_parameters, layer_weights

Floats = NDArray[np.float32]
Labels = NDArray[Any]
GIVEN = "came from a program and lie in no file; run that program again, or save there: chipsim.save_workload(workload, 'FOLDER')"


def load_workload(path: str | Path, changes: Sequence[str] = ()) -> Workload:
    """The Workload described by a YAML file, with `key.sub=value` changes applied.

    Paths are relative to the file they are written in (also one that is extended), those in `changes` to the current folder.
    InputError lists all problems of the description, or else all of the weights and the data.
    """
    node = read(path)
    for change in texts(changes):
        node = changed(node, change)
    return workload_of(node)


def workload_of(node: Node) -> Workload:
    """The Workload that a tree describes, as `load_workload` does for a file."""
    spec = build(WorkloadSpec, node)
    with placed(node):
        graph = Graph(spec.layers)
        shapes = output_shapes(spec, graph)
    if spec.given:
        raise InputError(node.problem(f"{' and '.join(spec.given)} of '{spec.name}' {GIVEN}", "given"))
    if spec.random is None and ((spec.weights or spec.onnx) is None or spec.data is None):
        raise InputError(node.problem(_missing(spec), "data" if spec.weights or spec.onnx else "weights"))
    problems: list[Problem] = []
    with _gathered(problems):
        layers = _stored_layers(graph, shapes)
        file = _file(node, "weights") if spec.weights else Path(spec.onnx or "")
        arrays = _arrays(spec, layers, file)
        weights = layer_weights(layers, arrays, str(file))
        parameters = layer_parameters(layers, arrays)
    with _gathered(problems):
        inputs, labels = _samples(node, spec, graph, shapes)
    if problems:
        raise InputError(problems)
    return _workload(spec, graph, shapes, weights, parameters, inputs, labels)


def drawn_workload(spec: WorkloadSpec) -> Workload:
    """The Workload of a description that names neither weights nor data, but what to draw; InputError lists what is wrong with it."""
    if spec.random is None or spec.weights or spec.data or spec.onnx:
        raise InputError("WorkloadSpec.random: is missing, or weights or data are named; expected `random` alone")
    graph = Graph(spec.layers)
    shapes = output_shapes(spec, graph)
    layers = _stored_layers(graph, shapes)
    arrays = drawn_weights(spec.random, layers)
    weights, parameters = layer_weights(layers, arrays), layer_parameters(layers, arrays)
    inputs = drawn_inputs(spec.random, spec.input.shape, spec.input.tokens)
    return _workload(spec, graph, shapes, weights, parameters, inputs, np.zeros(len(inputs), np.int64))


def _arrays(spec: WorkloadSpec, layers: Sequence[tuple[Layer, Shape]], file: Path) -> Mapping[str, NDArray[Any]]:
    """The stored weights of a description: of its ONNX file, of its own file, or drawn."""
    if spec.onnx:
        return network_of(spec.onnx, spec.shapes, spec.output, spec.digital, spec.bind).arrays
    return drawn_weights(spec.random, layers) if spec.random and not spec.weights else read_arrays(file)


def _samples(node: Node, spec: WorkloadSpec, graph: Graph, shapes: Mapping[str, Shape]) -> tuple[Floats, Labels]:
    """Inputs and labels, from the file of a description or drawn."""
    if spec.data is None:
        assert spec.random is not None  # checked before
        inputs = drawn_inputs(spec.random, spec.input.shape, spec.input.tokens)
        return inputs, np.zeros(len(inputs), np.int64)
    file = _file(node, "data", "file")
    metrics = spec.metrics(graph.layers[graph.output])
    inputs, labels = load_data(file, spec.data, spec.input, metrics[0].targets)
    try:
        check_samples(inputs, labels, spec.input.shape, shapes[graph.output], str(file), metrics, spec.data.split)
    except InputError as error:  # what is wrong with a metric stands in this file, not in that of the data
        raise InputError(_placed(node, error)) from None
    return inputs, labels


def _missing(spec: WorkloadSpec) -> str:
    drawn = "or write 'random: {seed: 0}' to draw what is missing and learn about time and energy alone"
    if spec.onnx:
        return "is missing; name labelled data, or write 'random: {}' to draw inputs and learn about time and energy alone"
    if spec.weights or spec.data is None:
        return f"is missing; a workload in a file names both weights and data, {drawn}"
    return f"is missing; name the file of trained weights, learn them first with 'chipsim train', {drawn}"


def build_workload(spec: WorkloadSpec, arrays: Mapping[str, NDArray[Any]], inputs: Floats, labels: Labels) -> Workload:
    """The Workload of a description with arrays `<layer>.weight` and `<layer>.bias` as PyTorch stores them.

    inputs: float32 [N, C, H, W], already scaled; labels: int64 [N], [N, T] or [N, H, W], or what the metric takes. The files that
    `spec` names are not read. InputError lists all problems of the graph, or else all of the arrays.
    """
    graph = Graph(spec.layers)
    shapes = output_shapes(spec, graph)
    problems: list[Problem] = []
    with _gathered(problems):
        layers = _stored_layers(graph, shapes)
        weights, parameters = layer_weights(layers, arrays), layer_parameters(layers, arrays)
    with _gathered(problems):
        judged = () if "inputs" in spec.drawn else spec.metrics(graph.layers[graph.output])  # drawn inputs have no labels
        check_samples(inputs, labels, spec.input.shape, shapes[graph.output], metrics=judged)
        if message := token_problem(inputs, spec.input.tokens):
            raise InputError(Problem(message, "inputs"))
    if problems:
        raise InputError(problems)
    return _workload(spec, graph, shapes, weights, parameters, inputs, labels)


def output_shapes(spec: WorkloadSpec, graph: Graph) -> dict[str, Shape]:
    """Shapes [C, H, W] of 'input' and of every layer's output; InputError lists the layers whose inputs do not fit."""
    shapes: dict[str, Shape] = {INPUT: spec.input.shape}
    problems: list[Problem] = []
    for name in graph.order:
        read_shapes = [shapes[source] for source in graph.sources(name) if source in shapes]
        if len(read_shapes) < len(graph.sources(name)):
            continue  # a layer before this one is at fault and has been reported
        try:
            shapes[name] = graph.layers[name].output_shape(*read_shapes)
        except InputError as error:
            problems += [replace(problem, key=graph.key(name)) for problem in error.problems]
    if not problems:
        problems = [*_view_problems(graph, shapes), *_token_problems(spec, graph)]
    if problems:
        raise InputError(problems)
    return shapes


def check_samples(
    inputs: Floats, labels: Labels, shape: Shape, outputs: int | Shape, file: str = "", metrics: Sequence[Metric] = (Accuracy(),),
    split: str = "",
) -> None:
    """InputError lists what keeps float32 images [N, C, H, W] and labels from belonging to a network of that shape.

    outputs: the shape of the network's output, for its labels (see labels.py), or how many numbers it has, for labels [N];
    metrics: what the labels are for; split: of the file, whose arrays are then named (x_train, y_train).
    """
    problems, (x, y) = [], (f"x_{split}", f"y_{split}") if split else ("inputs", "labels")
    if inputs.dtype != np.float32 or inputs.shape[1:] != shape or len(inputs) == 0:
        message = f"images are {inputs.dtype} {list(inputs.shape)}, expected float32 [N, {', '.join(map(str, shape))}] with N > 0"
        problems.append(Problem(message, x, file))
    output = (outputs, 1, 1) if isinstance(outputs, int) else outputs
    for place, metric in enumerate(metrics):
        if message := metric.problem(labels, len(inputs), output):
            problems += [Problem(message, y, file)]
        elif misfit := metric.misfit(labels, output):
            problems += [replace(misfit, key=f"{f'also[{place - 1}]' if place else 'metric'}.{misfit.key}".rstrip("."))]
    problems = list(dict.fromkeys(problems))
    if problems:
        raise InputError(problems)


def _view_problems(graph: Graph, shapes: Mapping[str, Shape]) -> Iterator[Problem]:
    """What cannot be looked through: nothing in the chip moves for a view, so its readers must take the numbers as they lie."""
    for name in graph.order:
        layer, producers = graph.layers[name], graph.producers(name)
        if len(set(producers)) < len(producers):
            message = f"layer '{name}' reads one layer twice ({', '.join(producers)}, views looked through)"
            yield Problem(f"{message}, expected different ones", graph.key(name))
        for source, producer in zip(graph.sources(name), producers, strict=True):
            if shapes[source] != shapes[producer] and not layer.flattens and not layer.is_view:
                message = f"layer '{name}' ({layer.type_name}) reads the image {list(shapes[producer])} flattened by '{source}'"
                yield Problem(f"{message}; only linear layers can, so put it before '{source}'", graph.key(name))
    if shapes[graph.last] != shapes[graph.output]:
        message = f"the output is the image {list(shapes[graph.output])} flattened by '{graph.last}'"
        yield Problem(f"{message}; end with a linear layer, or pool to one position first", graph.key(graph.last))
    if not any(isinstance(layer, WeightedLayer) for layer in graph.layers.values()):
        yield Problem("no layer has weights, so nothing would go onto a crossbar; expected at least one such as linear", "layers")


def _token_problems(spec: WorkloadSpec, graph: Graph) -> Iterator[Problem]:
    """Tables that read the input, which must say that its numbers are tokens, and not more of them than a table has."""
    for name in graph.consumers(INPUT):
        layer, given = graph.layers[name], spec.input.tokens
        if isinstance(layer, Embedding) and (given is None or given > layer.tokens):
            found = f"layer '{name}' looks up {layer.tokens} tokens, the input is of {f'{given} tokens' if given else 'plain numbers'}"
            yield Problem(f"{found}; write 'tokens: {layer.tokens}' under input", "input.tokens")


def _stored_layers(graph: Graph, shapes: Mapping[str, Shape]) -> list[tuple[Layer, Shape]]:
    """The layers with weights or parameters, each with the shape of its (first) input."""
    layers = [(name, graph.layers[name]) for name in graph.order]
    return [
        (layer, shapes[graph.producers(name)[0]])
        for name, layer in layers
        if isinstance(layer, WeightedLayer) or (isinstance(layer, DigitalLayer) and layer.parameters)
    ]


def _workload(
    spec: WorkloadSpec,
    graph: Graph,
    shapes: dict[str, Shape],
    weights: dict[str, Weights],
    parameters: dict[str, tuple[Floats, ...]],
    inputs: Floats,
    labels: Labels,
) -> Workload:
    inputs, labels = np.ascontiguousarray(inputs).view(), labels.view()  # views, so that the caller's own stay writeable
    inputs.setflags(write=False)
    labels.setflags(write=False)
    read_only = MappingProxyType(shapes), MappingProxyType(weights)
    return Workload(spec, graph, *read_only, inputs, labels, MappingProxyType(parameters))


def _file(node: Node, *keys: str) -> Path:
    """The path written under a key, relative to the folder of the file it is written in."""
    for name in keys:
        assert isinstance(node.value, dict)  # the description was built from this tree
        node = node.value[name]
    return node.folder / str(node.value)


@contextmanager
def _gathered(problems: list[Problem]) -> Iterator[None]:
    """Keep the problems of an InputError for later, so that the next check can add its own."""
    try:
        yield
    except InputError as error:
        problems += error.problems


@contextmanager
def placed(tree: Node) -> Iterator[None]:
    """Give problems that name only a key, such as layers[2].inputs, the place in the file."""
    try:
        yield
    except InputError as error:
        raise InputError(sorted(_placed(tree, error), key=lambda p: (p.file, p.line, p.column))) from None


def _placed(tree: Node, error: InputError) -> list[Problem]:
    """Problems with the place of their keys; those that name a file keep it."""
    return [one if one.file else _place(tree, one.key).problem(one.message, one.key) for one in error.problems]


def _place(node: Node, key: str) -> Node:
    """The node that a key leads to, or the innermost block on the way where a part is not written."""
    for step in re.findall(r"[^.\[\]]+", key):
        if isinstance(node.value, dict) and step in node.value:
            node = node.value[step]
        elif isinstance(node.value, list) and step.isdigit() and int(step) < len(node.value):
            node = node.value[int(step)]
    return node
