"""Embedding: each position holds the number of a token and becomes that token's row of a trained table, [1, H, W] -> [features, H, W].

    out[c, y, x] = table[k, c],    k = in[0, y, x]

`<layer>.weight` is the table [tokens, features], as PyTorch stores it. k is a whole number from 0 to tokens - 1, held as float32 (so at
most 2**24 tokens); a sequence of T tokens is the image [1, T, 1]. An input of tokens says so: `tokens` of the workload's `input`.
The table lies in a memory, not in crossbars: a product with one input of 1 would use one row of an array. Cost of a position: one number
(the token) and `features` numbers (the row) are read, each charged as a read of the node's buffer of the bits of an activation; nothing
is computed. Not modelled: area and leakage of the table's memory, the time of a read, tokens of more bits than an activation.
Positions (a learned number for each place) are a layer of type `offset`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, final

import numpy as np

from chipsim.spec import key
from chipsim.workload.layers.layer import DigitalLayer, Floats, Position, Shape

MOST = 2**24  # whole numbers that a float32 tells apart


@final
class Embedding(DigitalLayer, type="embedding"):
    """The row of a table for each token."""

    regroups: ClassVar[bool] = True

    tokens: int = key("rows of the table: tokens are numbered from 0 to one less", ge=1, le=MOST)
    features: int = key("numbers of a row: channels of the output", ge=1)

    @property
    def parameters(self) -> Mapping[str, float]:
        return {"weight": 1.0}

    def parameter_shape(self, input_shape: Shape) -> tuple[int, ...]:
        return self.tokens, self.features

    def parameter(self, stored: Floats) -> Floats:
        return stored.T[None, :, :, None]  # a view: a row stays in one piece

    def output_shape(self, *input_shapes: Shape) -> Shape:
        channels, height, width = self._only(input_shapes)
        if channels != 1:
            raise self.complaint("inputs", f"reads {[channels, height, width]}; expected one number at each position, the token's")
        return self.features, height, width

    def needs(self, y: int, x: int, input_shape: Shape) -> tuple[Position, Position]:
        return (y, x), (y, x)

    def compute_rows(self, inputs: Sequence[Floats], y0: int, y1: int) -> Floats:
        image, table = inputs
        rows = table[0, :, :, 0].T[self._numbers(image[:, 0, y0:y1])]
        return np.ascontiguousarray(rows.transpose(0, 3, 1, 2))

    def _numbers(self, read: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        """The tokens as whole numbers; InputError for what is none."""
        wrong = (read != np.floor(read)) | ~((read >= 0) & (read < self.tokens))
        if wrong.any():
            raise self.complaint("tokens", f"reads {read[wrong][0]:g}; expected whole numbers from 0 to {self.tokens - 1}")
        return read.astype(np.int64)

    def operations(self, channels: int) -> Mapping[str, int]:
        return {}

    def fetched(self, y: int, channels: int, input_shapes: Sequence[Shape]) -> int:
        return 1 + channels

    def looked_up(self, input_shape: Shape) -> int:
        _, height, width = input_shape
        return height * width * self.features
