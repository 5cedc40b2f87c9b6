"""Which blocks a layer is cut into, and which of them share an array: what is known before anything is placed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chipsim.architecture import Architecture
from chipsim.errors import InputError
from chipsim.mapping.bands import banded
from chipsim.mapping.fill import Group
from chipsim.mapping.mapping import MappingOptions, Placement
from chipsim.mapping.pack import pack
from chipsim.mapping.partition import spans
from chipsim.workload.graph import Workload
from chipsim.workload.layers.layer import WeightedLayer
from chipsim.workload.layers.recurrent import Recurrent


def matrix_layers(workload: Workload) -> dict[str, WeightedLayer]:
    """The layers that hold weights, in topological order; InputError when there is none."""
    layers = {name: workload.layers[name] for name in workload.order}
    found = {name: layer for name, layer in layers.items() if isinstance(layer, WeightedLayer)}
    if not found:
        raise InputError(f"workload '{workload.name}' has no layer with weights, so there is nothing to place on tiles")
    return found


def blocks_of(
    name: str, layer: WeightedLayer, workload: Workload, architecture: Architecture, options: MappingOptions
) -> list[Placement]:
    """The blocks of one copy of a layer, not yet placed; InputError where columns that belong together are too many for an array."""
    array = architecture.tile.array
    rows, columns = layer.matrix_shape(workload.input_shape(name))
    together, products = (layer.gates, layer.products) if isinstance(layer, Recurrent) else (1, 1)
    rows += products if options.bias == "array" and layer.bias else 0
    if array.outputs < together:
        raise InputError(f"layer '{name}' needs {together} columns side by side, an array has {array.outputs}; take a larger one")
    if layer.bands > 1 and options.bias == "digital":
        return banded(name, layer.bands, (rows, columns), (array.rows, array.outputs), options.split)
    return [
        Placement(name, 0, i, j, row_span, (low * together, high * together))
        for i, row_span in enumerate(spans(rows, array.rows, options.split))
        for j, (low, high) in enumerate(spans(columns // together, array.outputs // together, options.split))
    ]


def groups_of(wanted: Sequence[Placement], architecture: Architecture, options: MappingOptions) -> list[Group]:
    """The blocks that share an array: each by itself, or with `pack` as many as fit."""
    if not options.pack:
        return [[block] for block in wanted]
    array = architecture.tile.array
    groups: dict[int, Group] = {}
    for block, (number, corner) in zip(wanted, pack([b.shape for b in wanted], array.rows, array.outputs), strict=True):
        groups.setdefault(number, []).append(replace(block, row_offset=corner[0], column_offset=corner[1]))
    return [groups[number] for number in sorted(groups)]
