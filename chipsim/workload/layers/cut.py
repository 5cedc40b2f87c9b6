"""A part of an image: some channels, some rows, some columns, [C, H, W] -> [C', H', W'].

    out[c, y, x] = in[c_0 + c c_s, y_0 + y y_s, x_0 + x x_s]

Each range is [first, one past the last] or [first, one past the last, step]. Nothing is computed: the numbers are written into the
buffer of one node and read from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, final

import numpy as np

from chipsim.spec import key
from chipsim.workload.layers.layer import DigitalLayer, Floats, Position, Shape

Range = tuple[int, int] | tuple[int, int, int]


@final
class Cut(DigitalLayer, type="slice"):
    """The values in three ranges."""

    regroups: ClassVar[bool] = True

    channels: Range | None = key("channels, [first, one past the last] with a step if there is one (default: all)", default=None)
    rows: Range | None = key("rows, likewise (default: all)", default=None)
    columns: Range | None = key("columns, likewise (default: all)", default=None)

    def output_shape(self, *input_shapes: Shape) -> Shape:
        shape = self._only(input_shapes)
        for name, given, size in zip(("channels", "rows", "columns"), (self.channels, self.rows, self.columns), shape, strict=True):
            if given and not (0 <= given[0] < given[1] <= size and min(given[2:], default=1) >= 1):
                raise self.complaint(name, f"takes {list(given)} of {size}; expected [first, one past the last] within them")
        channels, height, width = (len(self._range(axis, size)) for axis, size in enumerate(shape))
        return channels, height, width

    def _range(self, axis: int, size: int) -> range:
        return range(*((self.channels, self.rows, self.columns)[axis] or (0, size)))

    def needs(self, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        place = self._range(1, input_shape[1])[y], self._range(2, input_shape[2])[x]
        return place, place

    def compute_rows(self, inputs: Sequence[Floats], y0: int, y1: int) -> Floats:
        _, channels, height, width = inputs[0].shape
        taken = self._range(0, channels), self._range(1, height)[y0:y1], self._range(2, width)
        return np.ascontiguousarray(inputs[0][:, *(slice(one.start, one.stop, one.step) for one in taken)])

    def operations(self, channels: int) -> Mapping[str, int]:
        return {}
