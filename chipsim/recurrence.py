"""A recurrent layer on its crossbars: step after step, what it gave is driven into its own arrays again; no clock.

Vector number t * products + p of a sample is product p of step t, steps counted as they are taken: of a layer that goes backward
step 0 reads the end of the sequence. A product drives only the rows that it is about (of a GRU those of
x_t, then those of h_(t-1)); blocks without such rows are not read. Partial sums of row blocks are added in their order, product by
product; then come the biases and the cell. The columns of an array hold all gates of one number of the state side by side, so that
every column block makes its own numbers of the state and its home needs nothing of the other blocks in a step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import final

import numpy as np
from numpy.typing import NDArray

from chipsim.circuits.crossbar import Crossbar
from chipsim.kernels.mvm import MVMResult
from chipsim.mapping.mapping import Mapping, Placement
from chipsim.mapping.partition import Span, added, added_pairwise
from chipsim.workload.graph import Workload
from chipsim.workload.layers.recurrent import Recurrent, State

Floats = NDArray[np.float32]
Words = NDArray[np.uint32]


@final
class ProgrammedRecurrent:
    """One recurrent layer on its crossbars."""

    def __init__(self, workload: Workload, name: str, mapping: Mapping, crossbars: dict[str, Crossbar]) -> None:
        layer = workload.layers[name]
        assert isinstance(layer, Recurrent)
        self.name, self.layer = name, layer
        self.features = layer.features(workload.input_shape(name))
        self.blocks = mapping.of(name)
        self.crossbars = crossbars
        self.reduction = mapping.options.reduction
        self.bias_rows = layer.products if mapping.options.bias == "array" and layer.bias else 0
        bias = workload.weights[name].bias
        digital = bias is not None and not self.bias_rows
        self.bias = bias.reshape(layer.products, -1)[:, layer.on_array] if bias is not None and digital else None
        self.first = next(iter(workload.parameters.get(name, ())), None)

    def numbers(self, columns: Span) -> Span:
        """The numbers of the state that a column block makes."""
        return columns[0] // self.layer.gates, columns[1] // self.layer.gates

    def start(self, batch: int, units: Span | None = None) -> State:
        """The state before the first step, of all numbers or of some."""
        return self.layer.start(batch, units, self.first)

    def vectors(self, x: Floats, h: Floats) -> Floats:
        """What drives the rows in one step: x [B, features], h [B, hidden] -> [B, products, rows], rows of the biases last."""
        vectors = self.layer.vectors(x, h)
        if not self.bias_rows:
            return vectors
        ones = np.broadcast_to(np.eye(self.bias_rows, dtype=np.float32), (len(x), self.bias_rows, self.bias_rows))
        return np.concatenate([vectors, ones], axis=2)

    def partial(self, block: Placement, vectors: Floats, sample: Words, vector: Words) -> MVMResult:
        """Products of vectors [n, rows] with one block -> y [n, columns of the block], retries, array energy."""
        return self.crossbars[block.name].multiply(np.ascontiguousarray(vectors[:, slice(*block.rows)]), sample, vector)

    def sums(self, columns: Span, partials: Sequence[Sequence[Floats]]) -> Floats:
        """What the neuron circuits make of the partial sums [n, columns] of every product: [n, products, columns] with biases."""
        sums = np.stack([added(terms) for terms in partials], axis=1)
        if self.bias is not None:
            sums += self.bias[:, slice(*columns)]
        return sums

    def step(self, sums: Floats, state: State) -> State:
        """The state of a column block after a step, each [n, numbers], from its sums [n, products, columns]."""
        return self.layer.cell(self.layer.by_gate(sums), state).state

    def forward(self, images: Floats, samples: Words) -> Floats:
        """The whole layer for a batch: [B, C, T, 1] with sample numbers [B] -> [B, hidden, T, 1], or the last step alone."""
        return self.layer.image(list(self._steps(images, samples)))

    def inputs_beyond(self, images: Floats) -> float:
        """Share of the input values of all steps of images [B, C, T, 1] that the DACs clip."""
        lowest, largest = self.crossbars[self.blocks[0].name].input_limits
        if not np.isfinite([lowest, largest]).any():
            return 0.0
        samples = np.arange(len(images), dtype=np.uint32)
        given = [*self.start(len(images))[:1], *self._steps(images, samples)]
        steps = zip(self.layer.steps(images), given, strict=False)
        vectors = (np.hstack([x, h]) for x, h in steps)
        return float(np.mean([(both < lowest) | (both > largest) for both in vectors]))

    def _steps(self, images: Floats, samples: Words) -> Iterator[Floats]:
        """The state [B, hidden] after each step."""
        homes = [block for block in self.blocks if block.row_block == 0]
        columns = [[b for b in self.blocks if b.column_block == home.column_block] for home in homes]
        states = [self.start(len(images), self.numbers(home.columns)) for home in homes]
        h = self.start(len(images))[0]
        for step, x in enumerate(self.layer.steps(images)):
            vectors = self.vectors(x, h)
            for number, (home, column) in enumerate(zip(homes, columns, strict=True)):
                partials = [self._terms(column, vectors, product, step, samples) for product in range(self.layer.products)]
                states[number] = self.step(self.sums(home.columns, partials), states[number])
            h = np.concatenate([state[0] for state in states], axis=1)
            yield h

    def _terms(self, column: list[Placement], vectors: Floats, product: int, step: int, samples: Words) -> list[Floats]:
        number = np.full(len(samples), step * self.layer.products + product, np.uint32)
        driven = [block for block in column if self.layer.drives(product, self.features, block.rows)]
        terms = [self.partial(block, vectors[:, product], samples, number).y for block in driven]
        return added_pairwise(terms) if self.reduction == "tree" else terms
