"""From a workload and an architecture to a Mapping: cut, copy, pack, place, in this order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from chipsim.architecture import Architecture, Tile
from chipsim.errors import InputError, Problem, did_you_mean
from chipsim.mapping.blocks import blocks_of, groups_of, matrix_layers
from chipsim.mapping.cores import check_layers
from chipsim.mapping.fill import Filling, Group, by_hand, left_over, on_tile, slots, spread, tilefuls
from chipsim.mapping.lay_out import lay_out
from chipsim.mapping.mapping import Mapping, MappingOptions, Placement
from chipsim.mapping.place import distances, least_traffic, snake
from chipsim.mapping.replicate import Demand, balanced_copies
from chipsim.mapping.ways_out import FitError, larger_arrays, needed_tiles, ways_out
from chipsim.workload.graph import Workload
from chipsim.workload.layers.layer import INPUT, WeightedLayer
from chipsim.workload.layers.recurrent import Recurrent


def map_workload(workload: Workload, architecture: Architecture, options: MappingOptions | None = None) -> Mapping:
    """The placements of every layer; InputError says how many tiles are needed, by which layers, and what would help."""
    options = options or MappingOptions()
    check_layers(architecture)
    layers = matrix_layers(workload)
    _check_names(options, layers)
    graph = architecture.network.graph()
    if architecture.host.node not in graph:
        last = graph.number_of_nodes() - 1
        raise InputError(Problem(f"the network has no node {architecture.host.node}; expected 0 to {last}", "host.node"))
    nodes = snake(graph, [node for node, tile in graph.nodes(data="tile") if tile])
    blocks = {name: blocks_of(name, layer, workload, architecture, options) for name, layer in layers.items()}
    copies = _copies(blocks, workload, options, len(nodes) * architecture.tile.arrays)
    wanted = [replace(block, copy=copy) for name in layers for copy in range(copies[name]) for block in blocks[name]]
    manual = _manual(wanted, options, nodes, architecture.tile)
    free = [node for node in nodes if node not in {block.tile for block in manual}]
    groups = groups_of([block for block in wanted if block.layer not in options.tiles], architecture, options)
    arrays = architecture.tile.arrays
    beside = [(node, number) for node in nodes if node not in free for number in left_over(node, manual, arrays)]
    _check_capacity(groups, len(free) * arrays + len(beside), len(nodes), wanted, workload, architecture, options)
    loads = {name: prod(workload.shapes[name][1:]) / copies[name] for name in layers}
    filled = slots(groups, loads, len(free) * arrays + len(beside), architecture.tile.array.planes)
    inside = filled[: len(free) * arrays]
    fillings = spread(inside, len(free)) if options.fill == "spread" else tilefuls(inside, arrays)
    for (node, number), slot in zip(beside, filled[len(free) * arrays :], strict=False):
        manual += on_tile([slot], node, [number])
    order = {name: index for index, name in enumerate(layers)}

    def mapped(tiles: list[int]) -> Mapping:
        automatic = [block for filling, node in zip(fillings, tiles, strict=False) for block in on_tile(filling, node)]
        everything = sorted(manual + automatic, key=lambda p: (order[p.layer], p.copy, p.row_block, p.column_block))
        return Mapping(options, tuple(everything), len(nodes))

    if options.order == "snake" or not fillings:
        return mapped(free)
    searched = _by_traffic(fillings, free, workload, architecture, distances(graph, [architecture.host.node, *free]))
    return min((mapped(free), mapped(searched)), key=lambda mapping: bit_hops(workload, architecture, mapping))


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


def _check_names(options: MappingOptions, layers: dict[str, WeightedLayer]) -> None:
    named = [("copies", name) for name in (options.copies if isinstance(options.copies, dict) else ())]
    named += [("tiles", name) for name in options.tiles]
    problems = [
        Problem(f"no layer '{name}' with weights ({did_you_mean(name, layers)})", f"mapping.{field}.{name}")
        for field, name in named
        if name not in layers
    ]
    problems += [
        Problem(
            f"layer '{name}' is recurrent: a step waits for the one before it, so {count} copies have nothing to share", "mapping.copies"
        )
        for name, count in (options.copies.items() if isinstance(options.copies, dict) else ())
        if isinstance(layers.get(name), Recurrent) and count > 1
    ]
    if problems:
        raise InputError(problems)


def _copies(blocks: dict[str, list[Placement]], workload: Workload, options: MappingOptions, arrays: int) -> dict[str, int]:
    demands = {}
    for name in blocks:
        _, height, width = workload.shapes[name]
        layer = workload.layers[name]
        steps = layer.count(workload.input_shape(name)) * layer.products if isinstance(layer, Recurrent) else 0
        demands[name] = Demand(len(blocks[name]), steps, 1) if steps else Demand(len(blocks[name]), height * width, height)
    if isinstance(options.copies, dict):
        return {name: options.copies.get(name, 1) for name in blocks}
    if options.copies == "none":
        return dict.fromkeys(blocks, 1)
    steady = {name for name in blocks if isinstance(workload.layers[name], Recurrent)}
    placed = {name: 1 if name in steady else max(1, len(named) // demands[name].tiles) for name, named in options.tiles.items()}
    rest = {name: demand for name, demand in demands.items() if name not in placed}
    free = arrays - sum(len(named) for named in options.tiles.values())
    return placed | (dict.fromkeys(rest, 1) if options.pack else balanced_copies(rest, free))


def _manual(wanted: Sequence[Placement], options: MappingOptions, nodes: Sequence[int], tile: Tile) -> list[Placement]:
    found: list[Placement] = []
    problems: list[Problem] = []
    taken: Counter[int] = Counter()
    for name, tiles in options.tiles.items():
        blocks = [block for block in wanted if block.layer == name]
        where = f"mapping.tiles.{name}"
        if len(tiles) != len(blocks):
            named = f"{len(tiles)} {'tiles are' if len(tiles) > 1 else 'tile is'} named"
            problems.append(Problem(f"{named}, but the layer has {_counted(len(blocks), 'block')}", where))
        problems += [Problem(f"node {node} holds no tile", where) for node in tiles if node not in nodes]
        found += by_hand(blocks, tiles, tile.arrays, taken)
        problems += [Problem(_too_often(node, taken[node], tile), where) for node in tiles if taken[node] > tile.places]
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    return found


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _too_often(node: int, count: int, tile: Tile) -> str:
    if tile.places == 1:
        return f"tile {node} is taken twice"
    planes = f" with {tile.array.planes} weight planes" if tile.array.planes > 1 else ""
    return f"tile {node} is named {count} times, but has room for {tile.places} blocks: {tile.arrays} arrays{planes}"


def _check_capacity(
    groups: list[Group],
    free: int,
    tiles: int,
    wanted: list[Placement],
    workload: Workload,
    architecture: Architecture,
    options: MappingOptions,
) -> None:
    """InputError where `free` arrays of all `tiles` tiles have no room for the groups, on all their weight planes, with the ways out."""
    tile, array = architecture.tile, architecture.tile.array
    if len(groups) <= free * array.planes:
        return
    needs: dict[str, int] = {}
    for block in wanted:
        needs[block.layer] = needs.get(block.layer, 0) + 1
    needed = -(-len(groups) // array.planes) + tiles * tile.arrays - free
    largest = ", ".join(f"{name} {count}" for name, count in sorted(needs.items(), key=lambda item: -item[1])[:6])
    help_texts = [f"a network of at least {-(-needed // tile.arrays)} tiles", *larger_arrays(workload, architecture, options)]
    if not options.pack and needed_tiles(workload, architecture, options.having(pack=True)) <= tiles:
        help_texts.append("small blocks that share an array (--set mapping.pack=true)")
    if isinstance(options.copies, dict):
        help_texts.append("fewer copies")
    what, has = "tiles", f"{tiles}"
    if tile.arrays > 1:
        what, has = "arrays", f"{tiles * tile.arrays} ({_counted(tiles, 'tile')} of {tile.arrays})"
    planes = f" with {array.planes} weight planes each" if array.planes > 1 else ""
    said = (
        f"the workload needs {needed} {what} of {array.rows} x {array.columns}{planes}, but '{architecture.name}' has {has} "
        f"(blocks by layer: {largest}); what would help: {'; '.join(help_texts)}"
    )
    ways = ways_out(workload, architecture, options, -(-needed // tile.arrays))
    raise FitError([Problem(said), *(Problem(str(way)) for way in ways)])


def _by_traffic(
    fillings: list[Filling], free: list[int], workload: Workload, architecture: Architecture, hops: NDArray[np.float64]
) -> list[int]:
    together = [[block for slot in filling for group in slot for block in group] for filling in fillings]
    positions = least_traffic(_traffic(together, workload, architecture), hops)
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
        layer, (_, height, width) = workload.layers[name], workload.shapes[name]
        vectors = layer.count(workload.input_shape(name)) * layer.products if isinstance(layer, Recurrent) else height * width
        copies = 1 + max(block.copy for _, block in placed)
        for index, block in placed:
            if block.row_block > 0:
                home = next(i for i, b in placed if (b.copy, b.row_block, b.column_block) == (block.copy, 0, block.column_block))
                bits[index, home] += block.shape[1] * vectors / copies * architecture.partial_sum_bits
        homes = [(i, b) for i, b in placed if b.row_block == 0]
        readers = _matrix_readers(workload, name)
        for index, block in homes:
            width_in_bits = block.shape[1] / copies * architecture.activation_bits
            if isinstance(layer, Recurrent):
                width_in_bits /= layer.gates
                for other, _ in placed:
                    bits[index, other] += width_in_bits * layer.count(workload.input_shape(name))
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
