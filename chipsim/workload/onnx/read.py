"""From an ONNX file to a workload: layers, weights, and where the numbers of the output lie.

The nodes that the output needs are taken in order. What depends on no input is computed; every other node is turned into layers by the
converter of its operator. All that is not supported is told at once, with the names of the nodes. The batch is 1 in the graph and free
in the workload; other axes without a length are bound by the caller.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError, Problem
from chipsim.workload.data import InputSpec
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.layers.layer import INPUT
from chipsim.workload.onnx import (  # noqa: F401  # they register their converters
    functions,
    fused,
    logic,
    normalise,
    parts,
    pointwise,
    products,
    reductions,
    repeats,
    shapes,
    states,
    windows,
)
from chipsim.workload.onnx.attention import Scores
from chipsim.workload.onnx.batch import check_apart, merges
from chipsim.workload.onnx.bound import Bind, bound_values
from chipsim.workload.onnx.digital import ALL, Digital, on_the_vector_unit, operations_of
from chipsim.workload.onnx.layout import Value
from chipsim.workload.onnx.model import Model, Node, Port, has_reference, load_model
from chipsim.workload.onnx.moves import as_sequence
from chipsim.workload.onnx.network import ACROSS, CONVERTERS, Network, Operand
from chipsim.workload.onnx.patterns import recognised
from chipsim.workload.onnx.ports import WHOLE, laid_out, lengths, needed, only_input, output_name
from chipsim.workload.onnx.scores import real

OF_SCORES = ("MatMul", "Mul", "Div", "Add", "Sub", "Where", "Softmax", "Identity", "Dropout", "Cast", "CastLike")  # of Scores
OTHERS = "export what is missing as other operators"
BY_DIGITAL = "let the digital unit compute it ('digital: [%s]' in the workload file)"
OWN_LAYERS = "or write the layers in a workload file and bring the weights as .npz; all operators: docs/how-to-bring-my-onnx-model.md"
CONTROL = ("If", "Loop", "Scan")
QUANTISING = ("QLinearConv", "QLinearMatMul", "MatMulInteger", "ConvInteger", "QGemm", "QAttention", "QLinearAdd", "QLinearMul")
SEQUENCES = ("LSTM", "GRU", "RNN")
RANDOM = ("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli")
QUANTISED = "is a quantised operator, whose rounding belongs to other hardware: export in floating point, the chip does its own rounding"
LARGEST = "gives places, not values; leave it out and let the network end with what it reads: 'output: %s'"
REASONS = {
    "ConvTranspose": "each of its outputs is a sum over several positions of the product, which an array makes one after the other; "
    "resize by a whole factor and convolve instead",
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


def read_onnx(
    path: str | Path, bound: Mapping[str, int] | None = None, output: str | None = None, digital: Digital = (), bind: Bind | None = None
) -> Imported:
    """The network of an ONNX file; `bound`: lengths of axes that are not fixed, by name.

    output: which one, if there are several, or any value within the graph. digital: operators that the vector unit computes as they
    are: 'all', names, or names with operations for each number they make. bind: values of all inputs but one, the same for all samples,
    by name: numbers or arrays that broadcast to the shape of the input.

    InputError lists what is wrong with the file, or all that is not supported in it.
    """
    model = load_model(path)
    try:
        name = output_name(model, output)
        port = only_input(model, name, bind or {})
        shape = lengths(port, bound or {}, [one for one in model.inputs if one.name in (bind or {})])
        fixed = bound_values(model, port, bind or {}, bound or {})
    except InputError as error:
        raise InputError(Problem(problem.message, problem.key, str(path)) for problem in error.problems) from None
    return _Reading(replace(model, constants={**model.constants, **fixed}), port, shape, name, digital).run()


@final
class _Reading:
    def __init__(self, model: Model, port: Port, shape: tuple[int, ...], output: str, digital: Digital) -> None:
        self.model, self.output, self.digital = model, output, digital
        self.known: dict[str, Operand] = dict(model.constants)
        self.nodes = needed(self._folded(), output)
        constants = {name: value for name, value in self.known.items() if isinstance(value, np.ndarray)}
        self.nodes = recognised(self.nodes, constants, [output])
        self.port, self.input = port, laid_out(port.name, shape, self.nodes)
        self.known[port.name] = self.input
        self.uses = Counter(name for node in self.nodes for name in node.inputs if name) + Counter([output])
        batch = port.axes[0] if isinstance(port.axes[0], int) else 0
        self.network = Network(model.opset, self.input.size, self.uses, batch)
        if port.kind in WHOLE:
            self.network.whole[INPUT] = "int"
        self.problems: list[Problem] = []
        self.missing: list[Node] = []  # which have no converter, or are refused by it

    def run(self) -> Imported:
        """All nodes, then the description."""
        for node in self.nodes:
            self._take(node)
        found = self.known.get(self.output)
        if isinstance(found, Scores):
            found = real(self.network, self.nodes[-1], found)
        if not self.problems and not isinstance(found, Value):
            self.problems.append(Problem(f"the output '{self.output}' does not depend on the input"))
        elif not self.problems and not self.network.layers:
            self.problems.append(Problem(f"nothing is computed between the input and the output '{self.output}'"))
        self.problems += self._numbers()
        if not self.problems and self.network.batch != 1 and merges(self.nodes, self.known):
            self._check_batch()
        if self.missing:
            helped = dict.fromkeys(node.op for node in self.missing if self._helps(node))
            ways = [OTHERS, *([BY_DIGITAL % ", ".join(helped)] if helped else []), OWN_LAYERS]
            self.problems.append(Problem(", ".join(ways)))
        if self.problems:
            raise InputError(Problem(problem.message, problem.key, self.model.file) for problem in self.problems)
        assert isinstance(found, Value)
        layers = tuple(self.network.layers.values())
        tokens = self.network.tokens()
        spec = WorkloadSpec(name=Path(self.model.file).stem, input=InputSpec(shape=self.input.size, tokens=tokens), layers=layers)
        return Imported(spec, self.network.arrays, self.input, found)

    def _check_batch(self) -> None:
        tokens = self.network.tokens()
        fixed = {port.name: self.model.constants[port.name] for port in self.model.inputs if port.name in self.model.constants}
        try:
            size = (max(self.network.batch, 2), *self.input.shape[1:])
            check_apart(self.model, self.port, size, fixed, self.output, tokens)
        except InputError as error:
            self.problems += error.problems

    def _helps(self, node: Node) -> bool:
        """Whether the digital unit could compute a node that is refused, and has not been asked to: it is tried."""
        op = node.op
        foreign = "." in op or _is_quantised(op) or op in (*CONTROL, *RANDOM, *SEQUENCES) or node.attributes.get("training_mode")
        if foreign or operations_of(self.digital, op) is not None or not has_reference(op, self.model.opset):
            return False
        if any(name and name not in self.known for name in node.inputs):
            return True  # what it reads has been refused
        read = [self.known[name] if name else None for name in node.inputs]
        try:
            on_the_vector_unit(self.network, node, [real(self.network, node, x) if isinstance(x, Scores) else x for x in read], 1)
        except (InputError, ValueError, IndexError, KeyError, TypeError):
            return False
        return True

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
        each = operations_of(self.digital, node.op)
        named = each is not None and (node.op not in CONVERTERS or self.digital != ALL)
        if node.op not in CONVERTERS and (not named or node.op in (*CONTROL, *RANDOM)):
            self._refuse(node, _reason(node))
            self.missing.append(node)
            return
        if any(name and name not in self.known for name in node.inputs):
            return  # what it reads has been refused
        read = [self.known[name] if name else None for name in node.inputs]
        try:
            if named or node.op not in OF_SCORES:
                read = [real(self.network, node, one) if isinstance(one, Scores) else one for one in read]
            made = on_the_vector_unit(self.network, node, read, each) if each is not None and named else self._converted(node, read)
        except InputError as error:
            message = "; ".join(problem.message for problem in error.problems)
            self._refuse(node, message)
            self.missing += [node] if ACROSS not in message else []
            return
        except (ValueError, IndexError, KeyError, TypeError) as error:  # the check of the file lets attributes pass that fit no input
            self._refuse(node, f"its inputs and attributes do not fit each other ({error})")
            return
        for name, value in zip(node.outputs, made, strict=False):
            self.known[name] = value
            if isinstance(value, Value) and self.uses[name] > 1:
                self.network.shared.add(value.layer)

    def _converted(self, node: Node, read: Sequence[Operand]) -> Sequence[Operand]:
        """By its converter; with `digital: all` on the vector unit where that refuses it."""
        layers = set(self.network.layers)
        if node.op in SEQUENCES and isinstance(read[0], Value):
            read = [as_sequence(self.network, node, read[0]), *read[1:]]
        try:
            return CONVERTERS[node.op](self.network, node, read)
        except InputError:
            if self.digital != ALL or any(isinstance(one, Scores) for one in read) or layers != set(self.network.layers):
                raise
            return on_the_vector_unit(self.network, node, read, 1)

    def _refuse(self, node: Node, message: str) -> None:
        self.problems.append(Problem(f"operator {node.op}: {message}", node.title))

    def _numbers(self) -> Iterable[Problem]:
        for name, array in self.network.arrays.items():
            if not np.isfinite(array).all():
                count = int(np.count_nonzero(~np.isfinite(array)))
                yield Problem(f"{count} of its {array.size} numbers are not finite; the network may have diverged in training", name)


def _is_quantised(op: str) -> bool:
    return op.split(".")[-1] in QUANTISING or "Quant" in op


def _reason(node: Node) -> str:
    if node.op in CONTROL:
        return "control flow is not supported: what a chip does is fixed before it starts; export the branch that is taken, by tracing"
    if _is_quantised(node.op):
        return QUANTISED
    if node.op in RANDOM:
        return "draws numbers, which is not supported; export the network for inference (model.eval())"
    reason = LARGEST % node.inputs[0] if node.op in ("ArgMax", "ArgMin", "TopK") else REASONS.get(node.op, "")
    domain = node.op.rpartition(".")[0]
    if domain:
        reason = f"operators of the domain '{domain}' are known to who made them only; export with the operators of ONNX"
    return f"is not supported{f': {reason}' if reason else ''}"
