"""One layer with weights on its arrays, in PyTorch: its parameters, its blocks as the mapper cuts them, and products with both.

A block has converters and a digital scale of its own. Blocks that lie beside each other, with the same rows, are multiplied together.
Copies of
a layer are left out: a mini-batch sees one of them. The bias is digital, or further rows of the array, as the mapping has it.
"""

from __future__ import annotations

from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from chipsim.aware.activations import activated
from chipsim.aware.arrays import Arrays, Strip
from chipsim.aware.cells import Moment
from chipsim.aware.fused import Job, fits, multiply
from chipsim.aware.products import Chain, Drawn, matmul
from chipsim.aware.quantise import shortened
from chipsim.aware.recurrent import cell_of, played
from chipsim.aware.weighted import Shaped, ShapedConv2d, shaped
from chipsim.kernels.settings import Scaling
from chipsim.mapping.partition import Span
from chipsim.workload.graph import Workload
from chipsim.workload.layers import Recurrent, WeightedLayer


@final
class AnalogLayer(torch.nn.Module):
    """A layer on its arrays; `weight`, `bias`, `state` are as stored, `log_range` is that of its inputs, `log_scale` one of each
    output."""

    def __init__(
        self, workload: Workload, name: str, chain: Chain, arrays: Arrays, strips: list[Strip], bias_rows: int, scaled: bool
    ) -> None:
        super().__init__()
        layer = workload.layers[name]
        assert isinstance(layer, WeightedLayer)
        self.layer: Any = layer
        self.name, self.chain, self.arrays, self.strips, self.bias_rows = name, chain, arrays, strips, bias_rows
        self.recurrent = isinstance(layer, Recurrent)
        self.shaped: Shaped | None = None if self.recurrent else shaped(layer, workload.input_shape(name))
        matrix, bias = workload.weights[name]
        stored = np.ascontiguousarray(matrix.T) if self.shaped is None else self.shaped.stored(matrix)
        self.weight = parameter(stored)
        self.bias = None if bias is None else parameter(bias)
        self.state = None
        if isinstance(layer, Recurrent):
            cell_of(layer)
            first = workload.parameters.get(name, ())
            self.state = parameter(first[0][0, :, :, 0]) if first else None
        self.log_range = None
        if chain.settings.scaling == Scaling.FIXED_RANGE:
            given = self.layer.input_range or chain.settings.input_range
            self.log_range = torch.nn.Parameter(torch.tensor(given, dtype=torch.float32).log())
        self.log_scale = torch.nn.Parameter(torch.zeros(matrix.shape[1])) if scaled else None
        self.order = torch.from_numpy(layer.on_array) if isinstance(layer, Recurrent) else None
        self.drawn: list[Drawn] = []

    # --- weights ---------------------------------------------------------------------------------------------------------------------

    def matrix(self) -> Tensor:
        """The matrix as it lies on the arrays, [columns, rows], rows of biases last."""
        rows = self.weight if self.shaped is None else self.shaped.matrix(self.weight)
        if self.log_scale is not None:
            rows = rows * self.log_scale.exp()[:, None]
        if self.bias_rows and self.bias is not None:
            rows = torch.cat([rows, self.bias.reshape(self.bias_rows, -1).t()], dim=1)
        return rows if self.order is None else rows[self.order]

    def folded(self) -> Tensor:
        """The stored weight with the output scales in it."""
        if self.log_scale is None:
            return self.weight
        return self.weight * self.log_scale.exp().reshape(-1, *[1] * (self.weight.ndim - 1))

    def input_range(self) -> Tensor:
        """The largest input that is not clipped; 1 where it is not learned."""
        if self.log_range is None:
            return torch.ones(())
        steps = self.chain.settings.input_steps or 1
        return shortened(self.log_range, (self.weight[0].numel() * steps) ** -0.5).exp()

    def draw(self, moment: Moment) -> None:
        """Fill the arrays anew; products are made with these until the next time."""
        self.drawn = self.arrays.drawn(self.strips, self.matrix(), moment)

    # --- products --------------------------------------------------------------------------------------------------------------------

    def forward(self, x: Tensor) -> Tensor:
        """What the arrays, their digital units and the activation make of images [B, C, H, W]."""
        if self.shaped is None:
            return played(self.layer, x, self.state, self._step)
        sums = self.shaped.image(self._sums(x))
        if self.bias is not None and not self.bias_rows:
            sums = sums + self.bias[:, None, None]
        return activated(self.layer.activation, sums, self.layer.slope)

    def exact(self, x: Tensor) -> Tensor:
        """The float layer."""
        weight = self.folded()
        if self.shaped is not None:
            return activated(self.layer.activation, self.shaped.exact(x, weight, self.bias), self.layer.slope)
        biases = None if self.bias is None else self.bias.reshape(self.layer.products, -1)

        def multiply(vectors: Tensor, product: int) -> Tensor:
            return torch.nn.functional.linear(vectors, weight, None if biases is None else biases[product])

        return played(self.layer, x, self.state, multiply)

    def _sums(self, x: Tensor) -> Tensor:
        """Sums of all row blocks [G, columns, L]."""
        convolution = self.shaped
        if isinstance(convolution, ShapedConv2d) and convolution.slides and self.chain.alike and self._whole:
            if fits(self.chain, self.drawn, x):
                job = self._job(self.drawn, self.strips)._replace(sliding=convolution.sliding)
                return multiply(convolution.padded(x), self.input_range(), job)
            return self.chain.multiply(convolution.padded(x), self.drawn[0], self.input_range(), convolution.slid)
        assert convolution is not None
        vectors = convolution.vectors(x)
        if self.bias_rows:
            vectors = torch.cat([vectors, vectors.new_ones(len(vectors), 1, vectors.shape[2])], dim=1)
        return self._added(vectors, self.drawn, self.strips, len(x) if isinstance(convolution, ShapedConv2d) else 1)

    @property
    def _whole(self) -> bool:
        """Whether one strip holds the whole matrix."""
        return len(self.strips) == 1 and not self.bias_rows

    def _added(self, vectors: Tensor, drawn: list[Drawn], strips: list[Strip], images: int = 1) -> Tensor:
        """Products of vectors [G, rows, L] with all strips, those of the same columns added: [G, columns, L]."""
        limit = self.input_range()
        if len(vectors) == 1 and fits(self.chain, drawn, vectors):
            spent = isinstance(self.shaped, ShapedConv2d) and self.log_range is None  # patches are copies of the image
            return multiply(vectors[0], limit, self._job(drawn, strips)._replace(images=images, spent=spent))
        found: dict[Span, Tensor] = {}
        spans = sorted({strip.rows for strip in strips})
        along = sum(high - low for low, high in spans) == vectors.shape[1]  # all rows, each in one span: the usual case
        pieces = vectors.split([high - low for low, high in spans], dim=1) if along else [vectors[:, slice(*span)] for span in spans]
        rows = dict(zip(spans, pieces, strict=True))
        for strip, cells in zip(strips, drawn, strict=True):
            y = self.chain.multiply(rows[strip.rows], cells, limit, matmul)
            found[strip.columns] = found[strip.columns] + y if strip.columns in found else y
        return torch.cat([found[columns] for columns in sorted(found)], dim=1) if len(found) > 1 else next(iter(found.values()))

    def _job(self, drawn: list[Drawn], strips: list[Strip]) -> Job:
        """The products with strips in one step."""
        return Job(self.chain, [(strip.rows, strip.columns) for strip in strips], drawn)

    def _step(self, vectors: Tensor, product: int) -> Tensor:
        """A product of a step: vectors [B, features + hidden] -> [B, gates * hidden] with bias."""
        if self.bias_rows:
            ones = vectors.new_zeros(len(vectors), self.bias_rows)
            ones[:, product] = 1
            vectors = torch.cat([vectors, ones], dim=1)
        features = self.weight.shape[1] - self.layer.hidden_size
        driven = [index for index, strip in enumerate(self.strips) if self.layer.drives(product, features, strip.rows)]
        sums = self._added(vectors.t()[None], [self.drawn[i] for i in driven], [self.strips[i] for i in driven])[0].t()
        assert self.order is not None
        sums = torch.empty_like(sums).index_copy(1, self.order, sums)
        if self.bias is None or self.bias_rows:
            return sums
        return sums + self.bias.reshape(self.layer.products, -1)[product]


def parameter(values: Any) -> torch.nn.Parameter:
    """A learned copy of an array."""
    return torch.nn.Parameter(torch.from_numpy(np.array(values, np.float32)))
