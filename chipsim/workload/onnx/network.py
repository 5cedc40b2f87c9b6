"""The layers of a workload as they grow, node after node, with what was learned.

Scales, shifts and activations that follow a product are taken into it where nothing else reads the product: there they cost nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError
from chipsim.workload.layers import Activation, Clip, Cut, Embedding, Function, Gain, Layer, MatrixLayer, Offset, Rearrange, Scale, Shape
from chipsim.workload.layers.function import FunctionName
from chipsim.workload.layers.layer import INPUT
from chipsim.workload.layers.nonlinearity import DEFAULT_SLOPE, ActivationName
from chipsim.workload.onnx.attention import Scores
from chipsim.workload.onnx.layout import Atoms, Value, atoms
from chipsim.workload.onnx.model import Array, Node

Floats = NDArray[np.float32]
Operand = Value | Array | Scores | None  # a tensor, a constant, what lies within attention, or an input that is left out
Converter = Callable[["Network", Node, Sequence[Operand]], tuple[Operand, ...]]

ACROSS = "works across the samples of a batch, which a chip computes one by one; export it with a batch of 1"
CONVERTERS: dict[str, Converter] = {}


def converts(*operators: str) -> Callable[[Converter], Converter]:
    """Marks what turns nodes of these operators into layers."""

    def marked(converter: Converter) -> Converter:
        CONVERTERS.update(dict.fromkeys(operators, converter))
        return converter

    return marked


@final
class Network:
    """Grows by `add`; `shared` are the layers that several nodes read, into which nothing may be taken.

    `uses` tells how often the values of the graph are read, `batch` the samples for which the file was written (0: any).
    """

    def __init__(self, opset: int, shape: Shape, uses: Mapping[str, int], batch: int = 1) -> None:
        self.opset, self.uses, self.batch = opset, uses, batch
        self.tables: list[tuple[str, int]] = []  # which layers' numbers are looked up in tables, and rows of these
        self.whole: dict[str, str] = {}  # layers known to make truths ('bool') or whole numbers ('int')
        self.made: dict[Scores, Value] = {}  # scores that were made as tensors
        self.layers: dict[str, Layer] = {}
        self.arrays: dict[str, Floats] = {}
        self.shapes: dict[str, Shape] = {INPUT: shape}
        self.shared: set[str] = {INPUT}

    def name(self, node: Node, suffix: str = "") -> str:
        """A name that no layer has: that of the weights of a node, else its own."""
        weight = next((name for name in node.inputs[1:2] if name.endswith(".weight")), "").removesuffix(".weight")
        plain = re.sub(r"[^A-Za-z0-9_.-]+", ".", weight or node.name or node.op.lower()).strip(".-") or node.op.lower()
        wanted = found = plain + suffix if plain != INPUT else f"{plain}_{suffix}"
        number = 1
        while found in self.layers:
            number += 1
            found = f"{wanted}_{number}"
        return found

    def add(self, layer: Layer, arrays: Mapping[str, Array] | None = None) -> Shape:
        """Append a layer, whose inputs are named, with what it stores; the shape of its output."""
        shape = layer.output_shape(*(self.shapes[source] for source in layer.inputs))
        self.layers[layer.name], self.shapes[layer.name] = layer, shape
        for name, array in (arrays or {}).items():
            self.arrays[f"{layer.name}.{name}"] = np.ascontiguousarray(array, np.float32)
        return shape

    def alike(self, layer: Layer, value: Value) -> Value:
        """Append a layer that keeps the shape of its input; its output as a tensor."""
        return self.stored(layer, value)

    def activated(self, node: Node, value: Value, function: ActivationName, slope: float = DEFAULT_SLOPE) -> Value:
        """A function of each value, in the product before it where that is possible."""
        if (product := self._open(value.layer)) is not None:
            self.layers[product.name] = product.model_copy(update={"activation": function, "slope": slope})
            return value
        return self.alike(Activation(name=self.name(node), inputs=(value.layer,), function=function, slope=slope), value)

    def function(self, node: Node, value: Value, function: FunctionName, alpha: float = 1.0, gamma: float = 1.0) -> Value:
        """A function of each value that no neuron circuit has."""
        return self.alike(Function(name=self.name(node), inputs=(value.layer,), function=function, alpha=alpha, gamma=gamma), value)

    def clipped(self, node: Node, value: Value, low: float | None, high: float | None) -> Value:
        """Values between two limits, as an activation where there is one."""
        known: dict[tuple[float | None, float | None], ActivationName] = {(0, None): "relu", (0, 6): "relu6", (-1, 1): "hard_tanh"}
        if (low, high) in known:
            return self.activated(node, value, known[low, high])
        if low is None and high is None:
            return value
        return self.alike(Clip(name=self.name(node), inputs=(value.layer,), low=low, high=high), value)

    def scaled(self, node: Node, value: Value, factor: Array, offset: Array) -> Value:
        """Times a constant, plus a constant; both broadcast to the tensor."""
        factors, offsets = self.lying(value, factor), self.lying(value, offset)
        scale, shift = factors[:, 0, 0], offsets[:, 0, 0]
        if (factors != scale[:, None, None]).any():
            value = self.stored(Gain(name=self.name(node), inputs=(value.layer,)), value, weight=factors)
            return self.scaled(node, value, np.ones(1), offset) if offsets.any() else value
        if (offsets != shift[:, None, None]).any():
            if (scale != 1).any():
                value = self.scaled(node, value, factor, np.zeros(1))
            return self.stored(Offset(name=self.name(node), inputs=(value.layer,)), value, bias=offsets)
        if (product := self._open(value.layer)) is not None:
            weight, bias = self.arrays[f"{product.name}.weight"], self.arrays.get(f"{product.name}.bias", np.zeros(1, np.float32))
            if (scale != 1).any():
                self.arrays[f"{product.name}.weight"] = (weight * scale.reshape(-1, *[1] * (weight.ndim - 1))).astype(np.float32)
            moved = (bias * scale + shift).astype(np.float32)
            self.layers[product.name] = product.model_copy(update={"bias": True})
            self.arrays[f"{product.name}.bias"] = moved
            return value
        if isinstance(self.layers.get(value.layer), Scale) and value.layer not in self.shared:
            for name, more in (("weight", 0 * shift), ("bias", shift)):
                self.arrays[f"{value.layer}.{name}"] = (self.arrays[f"{value.layer}.{name}"] * scale + more).astype(np.float32)
            return value
        return self.stored(Scale(name=self.name(node), inputs=(value.layer,)), value, weight=scale, bias=shift)

    def stored(self, layer: Layer, value: Value, **arrays: Array) -> Value:
        """Append a layer that keeps the shape of its input, with what it stores; its output as a tensor."""
        self.add(layer, arrays)
        return Value(layer.name, value.image, value.axes)

    def apart(self, value: Value, axes: Iterable[int]) -> None:
        """InputError where one of these axes is the batch, whose samples a chip computes one by one."""
        if self.batch != 1 and value.batch in axes and not value.axes[value.batch] and len(value.axes) > 1:
            raise InputError(ACROSS)

    def tokens(self) -> int | None:
        """Rows of the smallest table that the input's numbers are looked up in, as they are or cut apart; None where they are not."""
        moved, grown = {INPUT}, True
        while grown:
            more = {name for name, layer in self.layers.items() if isinstance(layer, Cut | Rearrange) and set(layer.inputs) <= moved}
            grown, moved = not more <= moved, moved | more
        rows = [(source, count) for source, count in self.tables if source in moved]
        others = [one for one in self.layers.values() if moved & set(one.inputs) and not isinstance(one, Embedding | Cut | Rearrange)]
        return min((count for source, count in rows if source == INPUT or not others), default=None)

    def lying(self, value: Value, array: Array) -> Array:
        """A constant that broadcasts to a tensor, as its image [C, H, W]."""
        try:
            return value.laid(np.asarray(array, np.float64))
        except ValueError:
            raise InputError(f"has a constant {list(array.shape)} for a tensor {list(value.shape)}, which it does not fit") from None

    def _open(self, name: str) -> MatrixLayer | None:
        """The product by that name, if what follows can be taken into it."""
        layer = self.layers.get(name)
        free = isinstance(layer, MatrixLayer) and layer.activation is None and name not in self.shared
        return layer if free and isinstance(layer, MatrixLayer) else None


def made(name: str, shape: Shape, rank: int) -> Value:
    """The output of a layer as a tensor [1, C, H, W], [1, C, H] or [1, C]."""
    image: tuple[Atoms, Atoms, Atoms] = (atoms(shape[0]), atoms(shape[1]), atoms(shape[2]))
    return Value(name, image, ((), *image[: rank - 1]))


def tensor(operand: Operand) -> Value:
    """An operand that must be a tensor."""
    if isinstance(operand, Scores):
        raise InputError("reads the scores of attention; only a factor, a mask, a softmax and the product with the values may")
    if not isinstance(operand, Value):
        raise InputError("reads a constant where a tensor of the network is expected")
    return operand


def constant(operand: Operand, what: str) -> Array:
    """An operand that must be known."""
    if operand is None or isinstance(operand, Value | Scores):
        raise InputError(f"has {what} that {'is missing' if operand is None else 'depends on the input'}, expected a constant")
    return operand


def option(node: Node, name: str, default: Any) -> Any:
    """An attribute, or its default."""
    return node.attributes.get(name, default)
