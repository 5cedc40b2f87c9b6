"""Any operator of ONNX that has a reference implementation, computed in floating point on the vector unit, whole inputs at once.

    node       the operator as ONNX writes it: y = CumSum <exclusive: int = 0> (x0, axis)
    tensors    the shapes in which it reads what the layers before it made, each with a batch of 1: x0, x1, ...
    constants  its other inputs by name; floating-point ones are stored as <layer>.constants, one after the other

The numbers of an image [C, H, W] are those of its tensor in the same order, and so are those of the output. Cost: `each` elementary
operations, each as dear as a function, for every number of the output. This is an assumption: the library tells no cost, and a chip
that should have such an operator will do it in its own way. All inputs must have come in before the first number leaves. Needs the
library onnx; there is nothing to map or to program.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import prod
from typing import Any, ClassVar, Literal, final

import numpy as np
from numpy.typing import NDArray

from chipsim.spec import Spec, check, key
from chipsim.workload.layers.layer import DigitalLayer, Floats, Position, Shape

Kind = Literal["float32", "float64", "int64", "int32", "bool"]


@final
class Constant(Spec):
    """An input of an operator that does not depend on the network's."""

    name: str = key("what the node calls it", min_length=1)
    kind: Kind = key("type of its numbers", default="float32")
    shape: tuple[int, ...] = key("its shape", default=())
    values: tuple[int, ...] = key("its numbers, row by row; none for floating-point ones, which are stored", default=())

    @property
    def stored(self) -> int:
        """Numbers in the array of the layer."""
        return prod(self.shape) if self.kind.startswith("float") else 0

    @check
    def _has_its_numbers(self) -> Constant:
        if len(self.values) != prod(self.shape) - self.stored:
            raise ValueError(f"{self.name} of shape {list(self.shape)} and kind {self.kind} has {len(self.values)} values")
        return self


@final
class Operator(DigitalLayer, type="onnx_operator"):
    """One operator by its reference implementation."""

    regroups: ClassVar[bool] = True

    node: str = key("the operator in the notation of ONNX, its inputs x0, x1, ... and the names of `constants`", min_length=1)
    opset: int = key("version of the operators", ge=1)
    tensors: tuple[tuple[int, ...], ...] = key("shapes in which it reads the layers before it, with a batch of 1", min_length=1)
    constants: tuple[Constant, ...] = key("its other inputs", default=())
    shape: Shape = key("[channels, height, width] of the output")
    result: int = key("which of its outputs", default=0, ge=0)
    each: int = key("elementary operations for each number of the output (assumed)", default=1, ge=0)

    @property
    def parameters(self) -> Mapping[str, float]:
        return {"constants": 0.0} if any(one.stored for one in self.constants) else {}

    def parameter_shape(self, input_shape: Shape) -> tuple[int, ...]:
        return (sum(one.stored for one in self.constants),)

    def parameter(self, stored: Floats) -> Floats:
        return stored.reshape(1, 1, -1, 1)

    def output_shape(self, *input_shapes: Shape) -> Shape:
        if len(input_shapes) != len(self.tensors):
            wanted = "one" if len(self.tensors) == 1 else f"{len(self.tensors)}"
            raise self.complaint("inputs", f"reads {len(input_shapes)} layers, expected {wanted}")
        sizes = [prod(shape) for shape in input_shapes]
        if sizes != [prod(shape) for shape in self.tensors]:
            shapes, wanted = (", ".join(str(list(shape)) for shape in every) for every in (input_shapes, self.tensors))
            raise self.complaint("tensors", f"reads {shapes}; expected as many numbers as {wanted}")
        return self.shape

    def needs(self, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        return (0, 0), (input_shape[1] - 1, input_shape[2] - 1)

    def compute_rows(self, inputs: Sequence[Floats], y0: int, y1: int) -> Floats:
        images, stored = inputs[: len(self.tensors)], inputs[len(self.tensors) :]
        numbers = stored[0].reshape(-1) if stored else np.zeros(0, np.float32)
        made = [_computed(self, *(image.tobytes() for image in sample), numbers.tobytes()) for sample in zip(*images, strict=True)]
        return np.ascontiguousarray(np.stack(made)[:, :, y0:y1])

    def given(self, images: Sequence[NDArray[np.float32]], stored: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
        """All inputs of the node by name."""
        pairs = zip(images, self.tensors, strict=True)
        found: dict[str, NDArray[Any]] = {f"x{i}": image.reshape(shape) for i, (image, shape) in enumerate(pairs)}
        at = 0
        for one in self.constants:
            numbers = stored[at : at + one.stored] if one.stored else np.array(one.values)
            found[one.name] = numbers.astype(one.kind).reshape(one.shape)
            at += one.stored
        return found

    def operations(self, channels: int) -> Mapping[str, int]:
        return {"function": self.each * channels}

    def fetched(self, y: int, channels: int, input_shapes: Sequence[Shape]) -> int:
        """All inputs are read once, shared among the positions."""
        return -(-sum(map(prod, input_shapes)) // (self.shape[1] * self.shape[2]))


@lru_cache(maxsize=8)
def _computed(layer: Operator, *content: bytes) -> Floats:
    """The output image of one sample; remembered, as it is asked for row by row."""
    from chipsim.workload.onnx.model import reference  # here, because it needs a library that most networks do without

    *images, stored = (np.frombuffer(one, np.float32) for one in content)
    made = reference(layer.node, layer.opset, layer.given(images, stored))[layer.result]
    return np.ascontiguousarray(made, np.float32).reshape(layer.shape)
