"""From a workload and an architecture to a Mapping: cut, copy, pack, place, in this order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from chipsim.architecture import Architecture
from chipsim.errors import InputError, Problem, did_you_mean
from chipsim.mapping.lay_out import lay_out
from chipsim.mapping.mapping import Mapping, MappingOptions, Placement
from chipsim.mapping.pack import pack
from chipsim.mapping.partition import spans
from chipsim.mapping.place import distances, least_traffic, snake
from chipsim.mapping.replicate import Demand, balanced_copies
from chipsim.workload.graph import Workload
from chipsim.workload.layers.layer import INPUT, MatrixLayer
from chipsim.workload.layers.recurrent import Recurrent

Group = list[Placement]  # blocks that share an array; a single one unless packed


def map_workload(workload: Workload, architecture: Architecture, options: MappingOptions | None = None) -> Mapping:
    """The placements of every layer; InputError says how many tiles are needed, by which layers, and what would help."""
    options = options or MappingOptions()
    layers = matrix_layers(workload)
    _check_names(options, layers)
    graph = architecture.network.graph()
    if architecture.host.node not in graph:
        last = graph.number_of_nodes() - 1
        raise InputError(Problem(f"the network has no node {architecture.host.node}; expected 0 to {last}", "host.node"))
    nodes = snake(graph, [node for node, tile in graph.nodes(data="tile") if tile])
    blocks = {name: _blocks(name, layer, workload, architecture, options) for name, layer in layers.items()}
    copies = _copies(blocks, workload, options, len(nodes))
    wanted = [replace(block, copy=copy) for name in layers for copy in range(copies[name]) for block in blocks[name]]
    manual = _manual(wanted, options, nodes)
    free = [node for node in nodes if node not in {block.tile for block in manual}]
    groups = _groups([block for block in wanted if block.layer not in options.tiles], architecture, options)
    _check_capacity(groups, manual, free, wanted, architecture, options)
    order = {name: index for index, name in enumerate(layers)}

    def placed(tiles: list[int]) -> Mapping:
        automatic = [replace(block, tile=node) for group, node in zip(groups, tiles, strict=False) for block in group]
        everything = sorted(manual + automatic, key=lambda p: (order[p.layer], p.copy, p.row_block, p.column_block))
        return Mapping(options, tuple(everything), len(nodes))

    if options.order == "snake" or not groups:
        return placed(free)
    searched = _by_traffic(groups, free, workload, architecture, distances(graph, [architecture.host.node, *free]))
    return min((placed(free), placed(searched)), key=lambda mapping: bit_hops(workload, architecture, mapping))


def bit_hops(workload: Workload, architecture: Architecture, mapping: Mapping) -> float:
    """Bits times links of one sample when every flow of the mapping travels by itself; what `order: traffic` keeps small."""
    flow_plan = lay_out(workload, architecture, mapping)
    nodes = sorted({stage.node for stage in flow_plan.stages})
    hops = distances(architecture.network.graph(), nodes)
    place = {node: index for index, node in enumerate(nodes)}
    total = 0.0
    for flow in flow_plan.flows:
        source, target = flow_plan.stages[flow.source], flow_plan.stages[flow.target]
        wanted = target.wanted(0, flow.feed)
        units = sum(1 for unit in source.own_units(0) if unit in wanted)
        total += units * source.tensor.vectors * flow.bits * hops[place[source.node], place[target.node]]
    return total


def matrix_layers(workload: Workload) -> dict[str, MatrixLayer]:
    """The layers that hold weights, in topological order; InputError when there is none, or one with a state."""
    layers = {name: workload.layers[name] for name in workload.order}
    recurrent = [name for name, layer in layers.items() if isinstance(layer, Recurrent)]
    if recurrent:
        raise InputError(
            f"workload '{workload.name}' has recurrent layers ({', '.join(recurrent)}): they can be trained, but not yet be mapped onto "
            "tiles and run in simulated time; take a workload without them"
        )
    found = {name: layer for name, layer in layers.items() if isinstance(layer, MatrixLayer)}
    if not found:
        raise InputError(f"workload '{workload.name}' has no layer with weights, so there is nothing to place on tiles")
    return found


def _check_names(options: MappingOptions, layers: dict[str, MatrixLayer]) -> None:
    named = [("copies", name) for name in (options.copies if isinstance(options.copies, dict) else ())]
    named += [("tiles", name) for name in options.tiles]
    problems = [
        Problem(f"no layer '{name}' with weights ({did_you_mean(name, layers)})", f"mapping.{field}.{name}")
        for field, name in named
        if name not in layers
    ]
    if problems:
        raise InputError(problems)


def _blocks(
    name: str, layer: MatrixLayer, workload: Workload, architecture: Architecture, options: MappingOptions
) -> list[Placement]:
    array = architecture.tile.array
    rows, columns = layer.matrix_shape(workload.input_shape(name))
    rows += options.bias == "array" and layer.bias
    return [
        Placement(name, 0, i, j, row_span, column_span)
        for i, row_span in enumerate(spans(rows, array.rows, options.split))
        for j, column_span in enumerate(spans(columns, array.outputs, options.split))
    ]


def _copies(blocks: dict[str, list[Placement]], workload: Workload, options: MappingOptions, tiles: int) -> dict[str, int]:
    demands = {}
    for name in blocks:
        _, height, width = workload.shapes[name]
        demands[name] = Demand(len(blocks[name]), height * width, height)
    if isinstance(options.copies, dict):
        return {name: options.copies.get(name, 1) for name in blocks}
    if options.copies == "none":
        return dict.fromkeys(blocks, 1)
    placed = {name: max(1, len(named) // demands[name].tiles) for name, named in options.tiles.items()}
    rest = {name: demand for name, demand in demands.items() if name not in placed}
    free = tiles - sum(len(named) for named in options.tiles.values())
    return placed | (dict.fromkeys(rest, 1) if options.pack else balanced_copies(rest, free))


def _manual(wanted: Sequence[Placement], options: MappingOptions, nodes: Sequence[int]) -> list[Placement]:
    placed: list[Placement] = []
    problems: list[Problem] = []
    for name, tiles in options.tiles.items():
        blocks = [block for block in wanted if block.layer == name]
        where = f"mapping.tiles.{name}"
        if len(tiles) != len(blocks):
            problems.append(Problem(f"{len(tiles)} tiles are named, but the layer has {len(blocks)} blocks", where))
        problems += [Problem(f"node {tile} holds no tile", where) for tile in tiles if tile not in nodes]
        taken = {block.tile for block in placed}
        problems += [Problem(f"tile {tile} is taken twice", where) for tile in tiles if tile in taken or tiles.count(tile) > 1]
        placed += [replace(block, tile=tile) for block, tile in zip(blocks, tiles, strict=False)]
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    return placed


def _groups(wanted: Sequence[Placement], architecture: Architecture, options: MappingOptions) -> list[Group]:
    if not options.pack:
        return [[block] for block in wanted]
    array = architecture.tile.array
    groups: dict[int, Group] = {}
    for block, (number, corner) in zip(wanted, pack([b.shape for b in wanted], array.rows, array.outputs), strict=True):
        groups.setdefault(number, []).append(replace(block, row_offset=corner[0], column_offset=corner[1]))
    return [groups[number] for number in sorted(groups)]


def _check_capacity(
    groups: list[Group],
    manual: list[Placement],
    free: list[int],
    wanted: list[Placement],
    architecture: Architecture,
    options: MappingOptions,
) -> None:
    if len(groups) <= len(free):
        return
    needs: dict[str, int] = {}
    for block in wanted:
        needs[block.layer] = needs.get(block.layer, 0) + 1
    array = architecture.tile.array
    has = len(free) + len({block.tile for block in manual})
    needed = len(groups) + has - len(free)
    largest = ", ".join(f"{name} {count}" for name, count in sorted(needs.items(), key=lambda item: -item[1])[:6])
    help_texts = [f"a network of at least {needed} tiles", f"arrays larger than {array.rows} x {array.columns}"]
    if not options.pack:
        help_texts.append("'pack: true' (small blocks share an array)")
    if isinstance(options.copies, dict):
        help_texts.append("fewer copies")
    raise InputError(
        f"the workload needs {needed} tiles of {array.rows} x {array.columns}, but '{architecture.name}' has {has} "
        f"(blocks by layer: {largest}); what would help: {'; '.join(help_texts)}"
    )


def _by_traffic(
    groups: list[Group], free: list[int], workload: Workload, architecture: Architecture, hops: NDArray[np.float64]
) -> list[int]:
    positions = least_traffic(_traffic(groups, workload, architecture), hops)
    return [free[position - 1] for position in positions[1:]]


def _matrix_readers(workload: Workload, name: str) -> list[str]:
    """The layers with weights that a layer's output reaches without passing through another one."""
    found: list[str] = []
    for consumer in workload.consumers(name):
        found += [consumer] if consumer in workload.weights else _matrix_readers(workload, consumer)
    return found


def _traffic(groups: list[Group], workload: Workload, architecture: Architecture) -> NDArray[np.float64]:
    """Bits per sample between groups; index 0 is the host."""
    bits = np.zeros((len(groups) + 1, len(groups) + 1))
    holders: dict[str, list[tuple[int, Placement]]] = {}
    for index, group in enumerate(groups, start=1):
        for block in group:
            holders.setdefault(block.layer, []).append((index, block))
    for name, placed in holders.items():
        _, height, width = workload.shapes[name]
        copies = 1 + max(block.copy for _, block in placed)
        for index, block in placed:
            if block.row_block > 0:
                home = next(i for i, b in placed if (b.copy, b.row_block, b.column_block) == (block.copy, 0, block.column_block))
                bits[index, home] += block.shape[1] * height * width / copies * architecture.partial_sum_bits
        homes = [(i, b) for i, b in placed if b.row_block == 0]
        readers = _matrix_readers(workload, name)
        for index, block in homes:
            width_in_bits = block.shape[1] / copies * architecture.activation_bits
            for reader in readers:
                positions = prod(workload.input_shape(reader)[1:])  # what is left after pooling
                for target, _ in holders.get(reader, []):
                    bits[index, target] += width_in_bits * positions
            if not readers:
                bits[index, 0] += width_in_bits * height * width
    for name in _matrix_readers(workload, INPUT):
        volume = float(np.prod(workload.shapes[INPUT])) * architecture.activation_bits
        for target, _ in holders.get(name, []):
            bits[0, target] += volume
    return bits
