"""The same chip with arrays of another size, and with as many tiles as a network then needs.

    rows = columns = n       a driver for each row, a converter for every `columns_per_adc` columns (for all, where there are fewer)
    tiles                    as many as the network fills once, on the smallest nearly square grid; what is no grid becomes a mesh; with
                             digital cores, which stand on nodes by number, the tiles and the network stay as they are
    pitch                    where it is given, it goes with the edge of a tile

A measured core is taken apart, for it was measured at one size: its known parts are those of the description, and what they do not
explain becomes a part `rest of the core` of each array, charged in full at each product. Energy and area of the rest go

    lines    with rows + columns: drivers, converters and what serves them (the default; assumed)
    cells    with rows x columns
    none     nowhere: the rest is left out

The digital circuits and buffers of a tile stay as they are, and so do the parts of an array.
"""

from __future__ import annotations

import math
from typing import Any, Literal

from chipsim.architecture import Architecture, Measured, Tile
from chipsim.circuits.array import Array
from chipsim.circuits.part import Part
from chipsim.errors import InputError
from chipsim.mapping.blocks import matrix_layers
from chipsim.mapping.mapper import map_workload
from chipsim.mapping.mapping import MappingOptions
from chipsim.noc.network import Network
from chipsim.noc.topology import Mesh, Topology
from chipsim.sheet.product import cell_energy, product_parts
from chipsim.workload.graph import Workload

Rest = Literal["lines", "cells", "none"]
Bound = Literal["keep", "sqrt"]
REST = "rest of the core"


def resized(chip: Architecture, size: int, bound: Bound = "keep", rest: Rest = "lines") -> Architecture:
    """The chip with arrays of `size` x `size`, its network as it was; InputError where the parts do not go together at that size."""
    array = chip.tile.array
    adc: dict[str, Any] = {"columns_per_adc": min(array.adc.columns_per_adc, size)}
    if bound == "sqrt" and "bound" in type(array.adc).model_fields:
        adc["bound"] = array.adc.bound * math.sqrt(size / array.rows)
    parts = array.parts | (_rest(chip.tile, size, rest) if chip.tile.measured else {})
    new = array.having(rows=size, columns=size, adc=array.adc.having(**adc), parts=parts)
    changed = chip.having(tile=chip.tile.having(array=new, measured=None), measured_area=None)
    if chip.network.pitch is None:
        return changed
    pitch = chip.network.pitch * changed.tile_pitch / chip.tile_pitch
    return changed.having(network=chip.network.having(pitch=pitch))


def _rest(tile: Tile, size: int, rest: Rest) -> dict[str, Part]:
    """What the known parts of a measured core do not explain, as a part of each array of another size."""
    core, array = tile.measured, tile.array
    assert core is not None
    growth = {"lines": 2 * size / (array.rows + array.columns), "cells": size * size / (array.rows * array.columns), "none": 0.0}[rest]
    energy = unexplained(tile, core)
    area = max(tile.area_parts["unaccounted"], 0.0) / tile.arrays
    if growth == 0 or energy == area == 0:
        return {}
    return {REST: Part(energy=energy * growth, area=area * growth, source=f"assumed: rest of a measured core, grown with its {rest}")}


def unexplained(tile: Tile, core: Measured) -> float:
    """Energy of a product of a measured core (J) that its parts do not explain, in the phases of its DAC."""
    parts = product_parts(tile.having(measured=None), cell_energy(tile.array))
    return max(core.energy * tile.phase_ratio - sum(parts.values()), 0.0)


def fitted(chip: Architecture, workload: Workload, options: MappingOptions) -> Architecture:
    """The chip with as many tiles as the network needs; InputError where the mapping cannot follow."""
    if options.tiles:
        raise InputError("mapping.tiles: tiles are named by hand, which holds for one size of arrays only; leave them out")
    if chip.cores:
        return chip  # they stand on nodes of the network as it is
    most = _blocks(chip.tile.array, workload, options)
    counting = options.having(order="snake")
    large = chip.having(network=grid(chip.network, most), host=chip.host.having(node=0))
    needed = len(map_workload(workload, large, counting).used)
    network = grid(chip.network, needed)
    last = network.graph().number_of_nodes() - 1
    return chip.having(network=network, host=chip.host.having(node=min(chip.host.node, last)))


def _blocks(array: Array, workload: Workload, options: MappingOptions) -> int:
    """Blocks that the network is cut into: tiles that are enough for it."""
    count = 0
    for name, layer in matrix_layers(workload).items():
        rows, columns = layer.matrix_shape(workload.input_shape(name))
        rows += options.bias == "array" and layer.bias
        copies = options.copies.get(name, 1) if isinstance(options.copies, dict) else 1
        count += copies * -(-rows // array.rows) * -(-columns // array.outputs)
    return count


def grid(network: Network, tiles: int) -> Network:
    """The network on the smallest nearly square grid with room for so many tiles; all places of it hold tiles."""
    network, topology = network.having(no_tile=None), network.topology
    fields = set(type(topology).model_fields)
    if {"columns", "rows"} <= fields:
        nodes = -(-tiles // _tiles_of_a_place(topology))
        columns = math.ceil(math.sqrt(nodes))
        return network.having(topology=topology.having(columns=columns, rows=-(-nodes // columns)))
    if "nodes" in fields:
        return network.having(topology=topology.having(nodes=max(tiles, 2)))
    columns = math.ceil(math.sqrt(tiles))
    return network.having(topology=Mesh(columns=columns, rows=-(-tiles // columns)), routing=None)


def _tiles_of_a_place(topology: Topology) -> int:
    """Tiles at each place of a grid: one, or those that share a router."""
    tiles = sum(1 for _, tile in topology.graph().nodes(data="tile") if tile)
    places: int = topology.columns * topology.rows  # type: ignore[attr-defined]  # both are among its keys
    return max(tiles // places, 1)
