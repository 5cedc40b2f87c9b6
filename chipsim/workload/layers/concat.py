"""Channels of several layers one after the other: [C1, H, W], [C2, H, W], ... -> [C1 + C2 + ..., H, W], in the order of `inputs`.

Nothing is computed: the numbers are written into the buffer of one node and read from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, final

import numpy as np

from chipsim.workload.layers.layer import DigitalLayer, Floats, Position, Shape


@final
class Concat(DigitalLayer, type="concat"):
    """Its inputs side by side along the channels."""

    regroups: ClassVar[bool] = True

    def output_shape(self, *input_shapes: Shape) -> Shape:
        if len(input_shapes) < 2 or len({shape[1:] for shape in input_shapes}) > 1:
            shapes = ", ".join(str(list(shape)) for shape in input_shapes)
            raise self.complaint("inputs", f"reads {shapes}; expected two inputs or more of equal height and width")
        return sum(shape[0] for shape in input_shapes), *input_shapes[0][1:]

    def needs(self, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        return (y, x), (y, x)

    def compute_rows(self, inputs: Sequence[Floats], y0: int, y1: int) -> Floats:
        return np.concatenate([values[:, :, y0:y1] for values in inputs], axis=1)

    def operations(self, channels: int) -> Mapping[str, int]:
        return {}
