"""Where the layers of a network lie on the chip, and which positions of a layer need which positions of what it reads.

The home of a column block is the tile of its first row block: there partial sums meet, and there are its neurons. The home of a row block
is the tile of its first column block: there the partial sums of the transposed product meet. Layers without weights are computed where
their first input is made, channel segment by channel segment.
"""

from __future__ import annotations

from functools import cached_property
from math import prod
from typing import NamedTuple, final

import numpy as np

from chipsim.architecture import Architecture
from chipsim.errors import InputError
from chipsim.mapping.mapper import map_workload
from chipsim.mapping.mapping import Mapping, MappingOptions, Placement
from chipsim.mapping.partition import Span, spans
from chipsim.mapping.place import snake
from chipsim.training.layers.block import Cut
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.graph import Graph, Workload
from chipsim.workload.layers.layer import INPUT, Layer, MatrixLayer, Shape, WeightedLayer
from chipsim.workload.layers.recurrent import Recurrent
from chipsim.workload.load import output_shapes
from chipsim.workload.weights import Weights


class Segment(NamedTuple):
    """Channels of a layer that are made on one node."""

    channels: Span
    node: int


def cuts_of(mapping: Mapping) -> dict[str, tuple[Cut, ...]]:
    """How a mapping cuts each layer, in the order row block, column block: what a Network is built with.

    InputError where a layer has several copies, which training has not.
    """
    _check_copies(mapping)
    layers = dict.fromkeys(placement.layer for placement in mapping.placements)
    return {name: tuple(Cut(p.rows, p.columns) for p in mapping.of(name)) for name in layers}


def laid_out(spec: WorkloadSpec, architecture: Architecture, options: MappingOptions | None = None) -> Mapping:
    """The mapping of a network that has no trained weights yet, one copy of each layer; InputError when the chip is too small.

    Networks with recurrent layers are laid along the chip in layer order, whatever the options say.
    """
    options = (options or MappingOptions()).having(copies="none")
    graph = Graph(spec.layers)
    shapes = output_shapes(spec, graph)
    weighted = {name: layer for name, layer in graph.layers.items() if isinstance(layer, WeightedLayer)}
    inputs = {name: shapes[graph.producers(name)[0]] for name in weighted}
    if not all(isinstance(layer, MatrixLayer) for layer in weighted.values()):
        return _in_order({name: layer.matrix_shape(inputs[name]) for name, layer in weighted.items()}, architecture, options)
    nothing = {name: Weights(np.zeros((0, 0), np.float32), None) for name in weighted}
    empty = Workload(spec, graph, shapes, nothing, np.zeros((0, *spec.input.shape), np.float32), np.zeros(0, np.int64))
    return map_workload(empty, architecture, options)


def _in_order(matrices: dict[str, tuple[int, int]], architecture: Architecture, options: MappingOptions) -> Mapping:
    graph, array = architecture.network.graph(), architecture.tile.array
    nodes = snake(graph, [node for node, tile in graph.nodes(data="tile") if tile])
    blocks = [
        (name, i, j, row, column)
        for name, (rows, columns) in matrices.items()
        for i, row in enumerate(spans(rows, array.rows, options.split))
        for j, column in enumerate(spans(columns, array.outputs, options.split))
    ]
    if len(blocks) > len(nodes):
        raise InputError(
            f"the network needs {len(blocks)} tiles of {array.rows} x {array.columns}, but '{architecture.name}' has {len(nodes)}; "
            "take a chip with more tiles or larger arrays"
        )
    placed = (Placement(name, 0, i, j, row, column, node) for (name, i, j, row, column), node in zip(blocks, nodes, strict=False))
    return Mapping(options, tuple(placed), len(nodes))


def _check_copies(mapping: Mapping) -> None:
    several = sorted({placement.layer for placement in mapping.placements if placement.copy > 0})
    if several:
        names = ", ".join(several)
        raise InputError(f"MappingOptions.copies: several copies of layer {names}; a layer that learns has one, so set copies: none")


@final
class Positions:
    """Which positions of what it reads every position of a layer needs, and the other way round; positions y * width + x."""

    def __init__(self, layer: Layer, read: Shape, made: Shape) -> None:
        self.needs: list[list[int]] = []
        self.count = read[1] * read[2]
        for y in range(made[1]):
            for x in range(made[2]):
                (top, left), (bottom, right) = layer.needs(y, x, read)
                self.needs.append([v * read[2] + u for v in range(top, bottom + 1) for u in range(left, right + 1)])

    @cached_property
    def serves(self) -> list[list[int]]:
        """For every position that is read, the positions that need it."""
        found: list[list[int]] = [[] for _ in range(self.count)]
        for position, needed in enumerate(self.needs):
            for one in needed:
                found[one].append(position)
        return found


@final
class Places:
    """The layers of a network with their shapes, blocks and segments; InputError where the mapping does not hold them."""

    def __init__(self, architecture: Architecture, spec: WorkloadSpec, mapping: Mapping) -> None:
        _check_copies(mapping)
        self.graph = Graph(spec.layers)
        self.shapes = output_shapes(spec, self.graph)
        self.steps = self.graph.steps
        self.depth = {name: number for number, name in enumerate(self.steps)}
        self.host = architecture.host.node
        self._first = mapping.placements[0].tile
        self._tiles = {node for node, tile in architecture.network.graph().nodes(data="tile") if tile}
        self.blocks = {name: mapping.of(name) for name in self.steps if self.weighted(name)}
        missing = [name for name, blocks in self.blocks.items() if not blocks]
        if missing:
            raise InputError(f"Lessons.mapping: has no blocks of layer '{missing[0]}'; expected the mapping of this network")
        self.segments: dict[str, list[Segment]] = {INPUT: [Segment((0, self.shapes[INPUT][0]), self.host)]}
        for name in self.steps:
            self.segments[name] = self._segments(name)
        self.positions = {name: Positions(self.graph.layers[name], self.read_shape(name), self.shapes[name]) for name in self.steps}

    def weighted(self, name: str) -> bool:
        """Whether a layer has weights."""
        return name != INPUT and isinstance(self.graph.layers[name], WeightedLayer)

    def read_shape(self, name: str) -> Shape:
        """Shape of the first tensor that a layer reads."""
        return self.shapes[self.graph.producers(name)[0]]

    def count(self, name: str) -> int:
        """Positions of a layer's output."""
        return prod(self.shapes[name][1:])

    def learns(self, name: str) -> bool:
        """Whether a layer has weights, or reads a layer that learns."""
        return name != INPUT and (self.weighted(name) or any(self.learns(read) for read in self.graph.producers(name)))

    def products(self, name: str) -> int:
        """Forward products of a layer with weights in one sample."""
        layer = self.graph.layers[name]
        return self.count(name) if not isinstance(layer, Recurrent) else self.read_shape(name)[1] * layer.products

    def products_back(self, name: str) -> list[int]:
        """The vector or step of each transposed product of a layer with weights in one sample, in the order in which they are taken.

        Of a recurrent layer, last step first: the first product for what it reads, where that learns, the last for the step before.
        """
        layer, read = self.graph.layers[name], self.learns(self.graph.producers(name)[0])
        if not isinstance(layer, Recurrent):
            return list(range(self.count(name))) if read else []
        last = layer.products - 1
        taken = ((step, product) for step in reversed(range(self.read_shape(name)[1])) for product in range(layer.products))
        return [step for step, product in taken if (product == 0 and read) or (product == last and step > 0)]

    @cached_property
    def front(self) -> set[str]:
        """The layers with weights that no other layer with weights comes before."""
        return {name for name in self.blocks if not any(self.learns(read) for read in self.graph.producers(name))}

    def column_home(self, name: str, column_block: int) -> int:
        """The node of the neurons of a column block."""
        return next(b.tile for b in self.blocks[name] if (b.row_block, b.column_block) == (0, column_block))

    def row_home(self, name: str, row_block: int) -> int:
        """The node where the transposed partial sums of a row block meet."""
        return next(b.tile for b in self.blocks[name] if (b.row_block, b.column_block) == (row_block, 0))

    def channels_read(self, name: str, rows: Span) -> Span:
        """The channels of what a layer reads that lie on rows of its matrix; rows beyond them (a recurrent state) have none."""
        channels, height, width = self.read_shape(name)
        layer = self.graph.layers[name]
        if isinstance(layer, MatrixLayer):
            inside = layer.matrix_shape((channels, height, width))[0] // channels
            return min(rows[0] // inside, channels - 1), min(-(-rows[1] // inside), channels)
        return min(rows[0], channels), min(rows[1], channels)

    def _segments(self, name: str) -> list[Segment]:
        if not self.weighted(name):
            made = self.segments[self.graph.producers(name)[0]]
            return [Segment(one.channels, one.node if one.node in self._tiles else self._first) for one in made]
        homes = [block for block in self.blocks[name] if block.row_block == 0]
        if not isinstance(self.graph.layers[name], MatrixLayer):
            return [Segment((0, self.shapes[name][0]), homes[0].tile)]
        return [Segment(block.columns, block.tile) for block in homes]


def overlap(one: Span, two: Span) -> int:
    """Length of what two spans share."""
    return max(0, min(one[1], two[1]) - max(one[0], two[0]))
