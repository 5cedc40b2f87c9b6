"""From an ONNX file to a workload: layers, weights, and where the numbers of the output lie.

The nodes that the output needs are taken in order. What depends on no input is computed; every other node is turned into layers by the
converter of its operator. All that is not supported is told at once, with the names of the nodes. The batch is 1 in the graph and free
in the workload; other axes without a length are bound by the caller.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError, Problem, did_you_mean
from chipsim.workload.data import InputSpec
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.layers.layer import INPUT
from chipsim.workload.onnx import pointwise, products, shapes, states, windows  # noqa: F401  # they register their converters
from chipsim.workload.onnx.layout import Atoms, Value, atoms
from chipsim.workload.onnx.model import Model, Node, Port, load_model
from chipsim.workload.onnx.network import CONVERTERS, Network, Operand
from chipsim.workload.onnx.patterns import recognised

OWN = "Silu"  # no operator of ONNX: what patterns make of two of them
WAYS_OUT = "export what is missing as other operators, or write its layers in a workload file and bring the weights as .npz"
CONTROL = ("If", "Loop", "Scan")
RANDOM = ("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli")
IMAGES = ("Conv", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "BatchNormalization")  # their channels are axis 1
REASONS = {
    "ConvTranspose": "each of its outputs is a sum over several positions of the product, which an array makes one after the other",
    "Attention": "write it as a layer of type 'attention' in a workload file",
}


@final
@dataclass(frozen=True)
class Imported:
    """A network from a file: its description, its weights `<layer>.weight` ..., and its output as a tensor."""

    spec: WorkloadSpec
    arrays: Mapping[str, NDArray[np.float32]]
    input: Value
    output: Value

    def arranged(self, images: NDArray[Any]) -> NDArray[Any]:
        """Outputs [N, C, H, W] of the workload in the axes of the file's own output."""
        return self.output.arranged(images)


def read_onnx(path: str | Path, bound: Mapping[str, int] | None = None, output: str | None = None) -> Imported:
    """The network of an ONNX file; `bound`: lengths of axes that are not fixed, by name; `output`: which one, if there are several.

    InputError lists what is wrong with the file, or all that is not supported in it.
    """
    model = load_model(path)
    try:
        port = _only_input(model)
        shape = _shape(port, bound or {})
        name = _output(model, output)
    except InputError as error:
        raise InputError(Problem(problem.message, problem.key, str(path)) for problem in error.problems) from None
    return _Reading(model, port, shape, name).run()


@final
class _Reading:
    def __init__(self, model: Model, port: Port, shape: tuple[int, ...], output: str) -> None:
        self.model, self.output = model, output
        self.known: dict[str, Operand] = dict(model.constants)
        self.nodes = _needed(self._folded(), output)
        constants = {name: value for name, value in self.known.items() if isinstance(value, np.ndarray)}
        self.nodes = recognised(self.nodes, constants, [output])
        self.input = _laid_out(port.name, shape, self.nodes)
        self.known[port.name] = self.input
        self.uses = Counter(name for node in self.nodes for name in node.inputs if name) + Counter([output])
        self.network = Network(model.opset, self.input.size, self.uses)
        self.problems: list[Problem] = []
        self.unknown = False  # whether there was an operator that has no converter

    def run(self) -> Imported:
        """All nodes, then the description."""
        for node in self.nodes:
            self._take(node)
        found = self.known.get(self.output)
        if not self.problems and not isinstance(found, Value):
            self.problems.append(Problem(f"the output '{self.output}' does not depend on the input"))
        elif not self.problems and not self.network.layers:
            self.problems.append(Problem(f"nothing is computed between the input and the output '{self.output}'"))
        self.problems += self._numbers()
        if self.unknown:
            known = ", ".join(sorted(set(CONVERTERS) - {OWN}))
            self.problems.append(Problem(f"{WAYS_OUT}; supported operators are {known}"))
        if self.problems:
            raise InputError(Problem(problem.message, problem.key, self.model.file) for problem in self.problems)
        assert isinstance(found, Value)
        layers = tuple(self.network.layers.values())
        spec = WorkloadSpec(name=Path(self.model.file).stem, input=InputSpec(shape=self.input.size), layers=layers)
        return Imported(spec, self.network.arrays, self.input, found)

    def _folded(self) -> list[Node]:
        """The nodes that depend on the input; all others are computed where that is possible."""
        left = []
        for node in self.model.nodes:
            if not self._compute(node):
                left.append(node)
        return left

    def _compute(self, node: Node) -> bool:
        """Compute a node whose inputs are all constants; False where they are not, or it cannot be done."""
        inputs = [self.known.get(name) if name else None for name in node.inputs]
        ready = all(isinstance(value, np.ndarray) or not name for name, value in zip(node.inputs, inputs, strict=True))
        if not ready or node.op in (*CONTROL, *RANDOM):
            return False
        try:
            made = self.model.value_of(node, [value if isinstance(value, np.ndarray) else None for value in inputs])
        except InputError:
            return False
        self.known.update(zip(node.outputs, made, strict=True))
        return True

    def _take(self, node: Node) -> None:
        if self._compute(node):  # shapes are known by now
            return
        if node.op not in CONVERTERS:
            self._refuse(node, _reason(node))
            self.unknown = True
            return
        if any(name and name not in self.known for name in node.inputs):
            return  # what it reads has been refused
        read = [self.known[name] if name else None for name in node.inputs]
        try:
            made = CONVERTERS[node.op](self.network, node, read)
        except InputError as error:
            self._refuse(node, "; ".join(problem.message for problem in error.problems))
            return
        except (ValueError, IndexError, KeyError, TypeError) as error:  # the check of the file lets attributes pass that fit no input
            self._refuse(node, f"its inputs and attributes do not fit each other ({error})")
            return
        for name, value in zip(node.outputs, made, strict=False):
            self.known[name] = value
            if isinstance(value, Value) and self.uses[name] > 1:
                self.network.shared.add(value.layer)

    def _refuse(self, node: Node, message: str) -> None:
        self.problems.append(Problem(f"operator {node.op}: {message}", node.title))

    def _numbers(self) -> Iterable[Problem]:
        for name, array in self.network.arrays.items():
            if not np.isfinite(array).all():
                count = int(np.count_nonzero(~np.isfinite(array)))
                yield Problem(f"{count} of its {array.size} numbers are not finite; the network may have diverged in training", name)


def _reason(node: Node) -> str:
    if node.op in CONTROL:
        return "control flow is not supported: what a chip does is fixed before it starts; export the branch that is taken, by tracing"
    reason = REASONS.get(node.op, "")
    return f"is not supported{f': {reason}' if reason else ''}"


def _only_input(model: Model) -> Port:
    if len(model.inputs) != 1:
        names = ", ".join(port.name for port in model.inputs) or "none"
        raise InputError(Problem(f"has {len(model.inputs)} inputs ({names}), expected one; give the others fixed values when exporting"))
    (port,) = model.inputs
    if port.kind not in ("float", "float16", "double", "bfloat16"):
        raise InputError(Problem(f"reads numbers of type {port.kind}, expected floating-point numbers", port.name))
    if not 2 <= len(port.axes) <= 4:
        raise InputError(Problem(f"has {len(port.axes)} axes, expected a batch and one to three more", port.name))
    return port


def _shape(port: Port, bound: Mapping[str, int]) -> tuple[int, ...]:
    """Lengths of the axes of the input, with a batch of 1."""
    batch, *axes = port.axes
    if isinstance(batch, int) and batch > 1:
        message = f"has a fixed batch of {batch}; export the network with a batch of 1 or one that is not fixed"
        raise InputError(Problem(message, port.name))
    problems = []
    for number, axis in enumerate(axes, start=1):
        given = bound.get(axis or str(number), 0) if isinstance(axis, str) else axis
        if given < 1:
            called = axis or str(number)
            message = f"axis {number} has no fixed length; bind it, such as 'shapes: {{{called}: 64}}'"
            problems.append(Problem(message, port.name))
    names = {axis or str(number) for number, axis in enumerate(port.axes) if isinstance(axis, str)}
    problems += [Problem(f"no axis is called '{name}' ({did_you_mean(name, names)})", port.name) for name in bound if name not in names]
    if problems:
        raise InputError(problems)
    return (1, *(axis if isinstance(axis, int) else bound[axis or str(i)] for i, axis in enumerate(axes, start=1)))


def _output(model: Model, wanted: str | None) -> str:
    names = [port.name for port in model.outputs]
    if wanted is None and len(names) > 1:
        raise InputError(Problem(f"has {len(names)} outputs ({', '.join(names)}); say which: 'output: {names[0]}'"))
    if wanted is not None and wanted not in names:
        raise InputError(Problem(f"has no output '{wanted}' ({did_you_mean(wanted, names)})"))
    return wanted or names[0]


def _needed(nodes: Sequence[Node], output: str) -> list[Node]:
    """The nodes that the output depends on, in order."""
    wanted, kept = {output}, []
    for node in reversed(nodes):
        if wanted & set(node.outputs):
            wanted |= set(node.inputs)
            kept.append(node)
    return kept[::-1]


def _laid_out(name: str, shape: tuple[int, ...], nodes: Sequence[Node]) -> Value:
    """The input as an image: its channels are axis 1 where a convolution reads it, the last axis of a sequence of vectors.

    A Transpose right after it is looked through, so that images stored [H, W, C] need no moving.
    """
    order, readers = list(range(len(shape))), [node for node in nodes if name in node.inputs]
    while len(readers) == 1 and readers[0].op == "Transpose" and len(shape) > 2:
        order = [order[number] for number in readers[0].attributes.get("perm", order[::-1])]
        readers = [node for node in nodes if readers[0].outputs[0] in node.inputs]
    axes: list[Atoms] = [(), *(atoms(size) for size in shape[1:])]
    if len(shape) == 2:
        return Value(INPUT, (axes[1], (), ()), tuple(axes))
    order = order if order[0] == 0 else list(range(len(shape)))
    channels, *places = order[1:]
    if len(shape) == 3 and not any(reader.op in IMAGES for reader in readers):
        (*places, channels) = order[1:]
    image = (axes[channels], axes[places[0]], axes[places[1]] if len(places) > 1 else ())
    return Value(INPUT, image, tuple(axes))
