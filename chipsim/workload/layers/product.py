"""Product of two inputs, matrix by matrix: neither of them is stored, so the vector unit multiplies.

    out[(g, n), m] = factor * sum over k of a[(g, k), m] b[(g, k), n]      `along: channels`
    out[(g, n), m] = factor * sum over k of a[(g, k), m] b[(g, n), k]      `along: positions`

for each of `groups` G. a [G K, positions m] is the first input; b, the second, has [G K, positions n] or [G N, positions k]. Positions
are counted row by row; those of a stay where they are, so the output is [G N, H, W]. Queries by keys of attention are a product of the
first kind, its shares by values one of the second; a whole attention is cheaper as `attention`, which keeps the scores to itself.

Operations of a position of C channels: K C multiply-accumulates, and K G multiplications where there is a factor. All of b is read from
the buffer again for every position. Sums are taken in an order that depends on the shapes alone. Not modelled: rounding to the bits of
the vector unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, final

import numpy as np

from chipsim.spec import key
from chipsim.workload.layers.attention import row_product
from chipsim.workload.layers.layer import DigitalLayer, Floats, Position, Shape


@final
class Product(DigitalLayer, type="product"):
    """Matrix products of two inputs."""

    regroups: ClassVar[bool] = True

    groups: int = key("matrices that are multiplied by themselves, as equal parts of the channels", default=1, ge=1)
    along: Literal["channels", "positions"] = key("what of the second input the sum runs over", default="channels")
    factor: float = key("number that every product is multiplied with", default=1.0)

    def output_shape(self, *input_shapes: Shape) -> Shape:
        if len(input_shapes) != 2:
            raise self.complaint("inputs", f"reads {len(input_shapes)} layers, expected two")
        left, right = input_shapes
        if left[0] % self.groups or right[0] % self.groups:
            raise self.complaint("groups", f"cuts {left[0]} and {right[0]} channels into {self.groups} parts, expected divisors")
        places = right[1] * right[2]
        summed, given = (right[0], places) if self.along == "channels" else (places * self.groups, right[0] // self.groups)
        if left[0] != summed:
            raise self.complaint("inputs", f"multiplies {list(left)} and {list(right)} along {self.along}; {left[0]} is not {summed}")
        return self.groups * given, *left[1:]

    def needs(self, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        return (y, x), (y, x)

    def needs_of(self, number: int, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        return self.needs(y, x, input_shape) if number == 0 else ((0, 0), (input_shape[1] - 1, input_shape[2] - 1))

    def compute_rows(self, inputs: Sequence[Floats], y0: int, y1: int) -> Floats:
        left, right = inputs[0][:, :, y0:y1], inputs[1]
        a = left.reshape(len(left), self.groups, left.shape[1] // self.groups, -1) * np.float32(self.factor)
        b = right.reshape(len(right), self.groups, right.shape[1] // self.groups, -1)
        if self.along == "positions":
            b = b.swapaxes(2, 3)
        pairs = zip(a.reshape(-1, *a.shape[2:]), b.reshape(-1, *b.shape[2:]), strict=True)
        made = np.stack([row_product(np.ascontiguousarray(one.T), two).T for one, two in pairs])
        return np.ascontiguousarray(made.reshape(len(left), -1, y1 - y0, left.shape[3]))

    def operations_at(self, y: int, channels: int, input_shapes: Sequence[Shape]) -> Mapping[str, int]:
        width = input_shapes[0][0]
        return {"mac": width // self.groups * channels, "multiply": 0 if self.factor == 1 else width}

    def fetched(self, y: int, channels: int, input_shapes: Sequence[Shape]) -> int:
        left, right = input_shapes
        return left[0] + right[0] * right[1] * right[2]
