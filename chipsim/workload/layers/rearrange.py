"""The numbers of an image in another order, or some of them several times: [C, H, W] -> [C', H', W'].

The axes of the image, channels first, are products of factors, slowest first: `sizes`. `repeats` are further factors, along which every
number stands again. `order` names all factors (those of `sizes` from 0 on, then those of `repeats`) as they follow each other in the
output, whose axes `shape` cuts off from them.

    pixel shuffle of [4, H, W] to [1, 2 H, 2 W]      sizes [2, 2, H, W]    order [2, 0, 3, 1]          shape [1, 2 H, 2 W]
    every position of [C, H, W] two times in a row   sizes [C, H, W]       order [0, 1, 2, 3]          shape [C, H, 2 W], repeats [2]

Nothing is computed: the numbers are written into the buffer of one node and read from there in their new order. An output position can be
made once all positions it takes numbers from have come in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import prod
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from chipsim.spec import check, key
from chipsim.workload.layers.layer import DigitalLayer, Floats, Position, Shape


@final
class Rearrange(DigitalLayer, type="rearrange"):
    """Factors of the axes in another order."""

    regroups: ClassVar[bool] = True

    sizes: tuple[int, ...] = key("factors of the axes of the input, channels first, slowest first")
    order: tuple[int, ...] = key("the factors as they follow each other in the output, those of `repeats` last in the count")
    shape: Shape = key("[channels, height, width] of the output")
    repeats: tuple[int, ...] = key("further factors, along which every number stands again", default=())

    @check
    def _fits(self) -> Rearrange:
        every = (*self.sizes, *self.repeats)
        if sorted(self.order) != list(range(len(every))) or min((*every, *self.shape)) < 1:
            raise ValueError(f"order {list(self.order)} of factors {list(every)}; expected each of them once, and lengths of 1 or more")
        if prod(every) != prod(self.shape):
            raise ValueError(f"shape {list(self.shape)} has {prod(self.shape)} numbers, but the factors make {prod(every)}")
        return self

    def output_shape(self, *input_shapes: Shape) -> Shape:
        shape = self._only(input_shapes)
        if prod(shape) != prod(self.sizes):
            raise self.complaint("sizes", f"takes {prod(self.sizes)} numbers apart, but its input {list(shape)} has {prod(shape)}")
        return self.shape

    def _moved(self, x: NDArray[Any]) -> NDArray[Any]:
        """Arrays [n, C, H, W] -> [n, C', H', W']."""
        apart = x.reshape((len(x), *self.sizes, *[1] * len(self.repeats)))
        full = np.broadcast_to(apart, (len(x), *self.sizes, *self.repeats))
        return full.transpose((0, *(number + 1 for number in self.order))).reshape((len(x), *self.shape))

    def needs(self, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        top, left, bottom, right = _reach(self, input_shape)[:, y, x].tolist()
        return (top, left), (bottom, right)

    def compute_rows(self, inputs: Sequence[Floats], y0: int, y1: int) -> Floats:
        return np.ascontiguousarray(self._moved(inputs[0])[:, :, y0:y1])

    def operations(self, channels: int) -> Mapping[str, int]:
        return {}

    def fetched(self, y: int, channels: int, input_shapes: Sequence[Shape]) -> int:
        return channels


@lru_cache(maxsize=64)
def _reach(layer: Rearrange, input_shape: Shape) -> NDArray[np.int64]:
    """First row and column, last row and column that each output position takes numbers from: [4, H', W']."""
    _, height, width = input_shape
    places = np.broadcast_to(np.arange(height * width).reshape(1, 1, height, width), (1, *input_shape))
    rows, columns = np.divmod(layer._moved(places)[0], width)
    return np.stack([rows.min(axis=0), columns.min(axis=0), rows.max(axis=0), columns.max(axis=0)])
