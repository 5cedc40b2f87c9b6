"""A mapped network whose weights have been written: the crossbars of every block and what is computed with them, no clock.

The timed run and the functional pass both compute with these objects, vector by vector or in batches; the numbers are the
same to the last bit, because noise belongs to (sample, vector, output) and partial sums are added in the order of row blocks.
"""

from __future__ import annotations

from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Self, final

import numpy as np
from numpy.typing import NDArray

from chipsim.architecture import Architecture
from chipsim.circuits.crossbar import Crossbar
from chipsim.circuits.effects import Effect, without
from chipsim.kernels.mvm import MVMResult
from chipsim.mapping.mapping import Mapping, Placement
from chipsim.mapping.partition import Span, added, added_pairwise
from chipsim.programming.access import Access
from chipsim.programming.one_shot import OneShot
from chipsim.programming.programmer import Programmer, Steps
from chipsim.recurrence import ProgrammedRecurrent
from chipsim.streams import Stream
from chipsim.workload.graph import Workload
from chipsim.workload.layers.layer import MatrixLayer, WeightedLayer, images_at_once
from chipsim.workload.layers.recurrent import Recurrent

Floats = NDArray[np.float32]
Words = NDArray[np.uint32]
Exempt = Table[str, Sequence[Effect]]  # effects that are switched off, by layer


@final
class ProgrammedLayer:
    """One layer with weights on its crossbars."""

    def __init__(self, workload: Workload, name: str, mapping: Mapping, crossbars: dict[str, Crossbar]) -> None:
        layer = workload.layers[name]
        assert isinstance(layer, MatrixLayer)
        self.name, self.layer = name, layer
        self.shape = workload.shapes[name]
        self.copies = mapping.copies(name)
        self.blocks = mapping.of(name)
        self.crossbars = crossbars
        self.reduction = mapping.options.reduction
        self.bias_row = mapping.options.bias == "array" and layer.bias
        self.bias = None if self.bias_row else workload.weights[name].bias
        self.correction: tuple[Floats, Floats] | None = None  # gain and offset of every channel, from recalibrated statistics
        self.activated = True

    def sums(self, images: Floats, samples: Words) -> Floats:
        """`forward` without activation and correction: what statistics are measured on, [B, C', H', W']."""
        self.correction, self.activated = None, False
        try:
            return self.forward(images, samples)
        finally:
            self.activated = True

    def vectors(self, images: Floats, y0: int, y1: int) -> Floats:
        """Input vectors of output rows y0 to y1 - 1: [B, C, H, W] -> [B, y1 - y0, Wout, in_features (+ 1 for a bias row)]."""
        patches = self.layer.patches(images, y0, y1)
        if not self.bias_row:
            return patches
        return np.concatenate([patches, np.ones((*patches.shape[:-1], 1), np.float32)], axis=-1)

    def inputs_beyond(self, images: Floats) -> float:
        """Share of the input values of all vectors of images [B, C, H, W] that the DACs clip."""
        vectors = self.vectors(images, 0, self.shape[1])
        lowest, largest = self.crossbars[self.blocks[0].name].input_limits
        return float(np.mean((vectors < lowest) | (vectors > largest)))

    def partial(self, block: Placement, vectors: Floats, sample: Words, vector: Words) -> MVMResult:
        """Products of input vectors [n, in_features] with one block -> y [n, columns of the block], retries, array energy."""
        return self.crossbars[block.name].multiply(vectors[:, block.rows[0] : block.rows[1]], sample, vector)

    def finish(self, columns: Span, partials: Sequence[Floats]) -> Floats:
        """What the neuron circuits make of the partial sums [n, columns] of all row blocks: sum, bias, correction, activation."""
        total = added(partials)
        if self.bias is not None:
            total += self.bias[columns[0] : columns[1]]
        if self.correction is not None:
            gain, offset = (row[columns[0] : columns[1]] for row in self.correction)
            total = total * gain + offset
        return self.layer.activate(total) if self.activated else total

    def forward(self, images: Floats, samples: Words) -> Floats:
        """The whole layer for a batch: [B, C, H, W] with sample numbers [B] -> [B, C', H', W']."""
        result = np.empty((len(images), *self.shape), np.float32)
        size = images_at_once(self.shape, max(block.rows[1] for block in self.blocks))
        for part in (slice(first, first + size) for first in range(0, len(images), size)):
            result[part] = self._part(images[part], samples[part])
        return result

    def _part(self, images: Floats, samples: Words) -> Floats:
        """Outputs [B, C', H', W'], as a view, of images whose vectors stay in the caches."""
        channels, height, width = self.shape
        patches = self.vectors(images, 0, height)
        rows = patches.reshape(len(images) * height, width, patches.shape[-1])
        made = [self._copy(copy, rows, samples) for copy in range(self.copies)]
        if self.copies == 1:
            result = made[0]
        else:
            result = np.empty((len(rows), width, channels), np.float32)
            for copy, values in enumerate(made):
                result[self._rows_of(copy, samples)] = values.reshape(-1, width, channels)
        return result.reshape(len(images), height, width, channels).transpose(0, 3, 1, 2)

    def _copy(self, copy: int, rows: Floats, samples: Words) -> Floats:
        """Outputs [n, channels] of one copy, of its rows among those of all samples, [B H', W', in_features]."""
        height, width = self.shape[1:]
        mine = self._rows_of(copy, samples)
        vectors = rows[mine].reshape(-1, rows.shape[-1])
        sample = np.repeat(samples, height)[mine].repeat(width)
        row = np.tile(np.arange(height, dtype=np.uint32), len(samples))[mine]
        vector = (row[:, None] * np.uint32(width) + np.arange(width, dtype=np.uint32)).reshape(-1).astype(np.uint32)
        homes = sorted((b for b in self.blocks if (b.copy, b.row_block) == (copy, 0)), key=lambda home: home.columns)
        made = [self._column(home, vectors, sample, vector) for home in homes]
        return made[0] if len(made) == 1 else np.concatenate(made, axis=1)

    def _column(self, home: Placement, vectors: Floats, sample: Words, vector: Words) -> Floats:
        """Outputs [n, columns] of one column block."""
        column = [b for b in self.blocks if (b.copy, b.column_block) == (home.copy, home.column_block)]
        partials = [self.partial(block, vectors, sample, vector).y for block in column]
        return self.finish(home.columns, added_pairwise(partials) if self.reduction == "tree" else partials)

    def _rows_of(self, copy: int, samples: Words) -> NDArray[np.int64] | slice:
        """Which of the rows of all samples fall to a copy: they are dealt out in turn, as in `mapping.dataflow`."""
        if self.copies == 1:
            return slice(None)
        height = self.shape[1]
        rows = samples.astype(np.int64)[:, None] * height + np.arange(height)
        return np.flatnonzero(rows.reshape(-1) % self.copies == copy)


@final
class ProgrammedNetwork:
    """All layers with weights on their crossbars; `age` is the time since programming (s) at which they are read.

    `stream` draws what differs from programming to programming, `chip` what is fixed for the chip (default: the same). `exempt`
    names effects that are switched off, by layer; a layer without programming error is written once. A new network is empty:
    `write` programs it without a clock, the timed simulation of the programming (`writing`) with one.
    """

    def __init__(
        self,
        workload: Workload,
        architecture: Architecture,
        mapping: Mapping,
        programmer: Programmer,
        stream: Stream,
        chip: Stream | None = None,
        exempt: Exempt = MappingProxyType({}),
    ) -> None:
        self.workload, self.mapping, self.programmer, self.age = workload, mapping, programmer, 0.0
        self.access, self._exempt = Access.of_tile(architecture.tile), exempt
        self.blocks = {block.name: block for block in mapping.placements}
        self.crossbars: dict[str, Crossbar] = {}
        for name, block in self.blocks.items():
            layer = workload.layers[block.layer]
            assert isinstance(layer, WeightedLayer)
            array = without(architecture.tile.array, exempt.get(block.layer, ()))
            home = _home(workload, block)
            self.crossbars[name] = Crossbar(array, stream.child(home), layer.input_range, (chip or stream).child(home))
        self.cell = programmer.plan(architecture.tile.array, [_weights(workload, mapping, b) for b in mapping.placements])
        self.layers = {name: _programmed(workload, name, mapping, self.crossbars) for name in workload.steps if name in workload.weights}

    def __repr__(self) -> str:
        held = f"{len(self.layers)} layers on {len(self.crossbars)} crossbars"
        return f"<ProgrammedNetwork '{self.workload.name}': {held}, read {self.age:g} s after programming>"

    def weights(self, block: str) -> Floats:
        """What is to be written into one block's crossbar (rows, columns), in units of the layer."""
        return _weights(self.workload, self.mapping, self.blocks[block])

    def steps(self, block: str) -> Steps:
        """What the programming of one block's crossbar consists of; it is done as the steps are taken."""
        weights = self.weights(block)
        if "programming" in self._exempt.get(self.blocks[block].layer, ()):
            return OneShot().steps(self.crossbars[block], weights, self.access)
        return self.programmer.steps(self.crossbars[block], weights, self.access, self.cell)

    def write(self) -> Self:
        """Program every crossbar, as if all of them were done at the same moment."""
        for name in self.crossbars:
            for _ in self.steps(name):
                pass
        return self

    def drift_to(self, age: float, calibrated: float | None = None) -> None:
        """Let all devices drift to `age` seconds after programming; every age is computed from the programmed state.

        The drift compensation was measured at the age `calibrated`, by default now.
        """
        for crossbar in self.crossbars.values():
            crossbar.drift_to(age, calibrated)
        self.age = age


def _home(workload: Workload, block: Placement) -> str:
    """The name that a block has on a chip which holds its layer in one piece: there the devices are the same."""
    whole, first = workload.parts.get(block.layer, (block.layer, 0))
    return replace(block, layer=whole, column_block=first + block.column_block).name


def _programmed(
    workload: Workload, name: str, mapping: Mapping, crossbars: dict[str, Crossbar]
) -> ProgrammedLayer | ProgrammedRecurrent:
    kind = ProgrammedRecurrent if isinstance(workload.layers[name], Recurrent) else ProgrammedLayer
    return kind(workload, name, mapping, crossbars)


def _weights(workload: Workload, mapping: Mapping, block: Placement) -> Floats:
    matrix, bias = workload.weights[block.layer]
    layer, columns = workload.layers[block.layer], np.arange(*block.columns)
    columns = layer.on_array[columns] if isinstance(layer, Recurrent) else columns
    part = matrix[block.rows[0] : block.rows[1], columns]
    if mapping.options.bias == "array" and bias is not None:
        below = bias.reshape(-1, matrix.shape[1])[max(block.rows[0] - len(matrix), 0) : max(block.rows[1] - len(matrix), 0), columns]
        part = np.vstack([part, below])
    return np.ascontiguousarray(part)
