"""Power of every part of a chip at full rate: what its supply must be able to give, as in the tables of parts of accelerator papers.

    power of a part = units x dynamic power of one unit that works all the time      (`Circuit.full_power`)
    of cells        = energy of a full product / interval between products
    of a router     = ports x flit width x energy of a bit x clock                   one flit on every way out at every cycle
    of a link       = bits in a second x energy of a bit on its length               a flit at every cycle, or its own bandwidth; of
                      `durations` all wires at every step, and one switch_energy in each step
    of links between chips = the same, in a row of their own
    of the host     = 2 x bandwidth x energy of a bit                                both directions
    of a part of the chip = its power + its leakage                                  it is always on
    static power    of everything else, as one row

A measured core counts with its measured energy over its time, in place of its drivers and converters. Reference: tables of this kind
in A. Shafiee et al., ISCA 2016, DOI 10.1109/ISCA.2016.12. No program keeps all parts busy at the same time: this is an upper limit, not
the power of a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chipsim.architecture import Architecture, Tile
from chipsim.circuits.circuit import Circuit
from chipsim.noc.network import Durations, Network
from chipsim.result import Row
from chipsim.sheet.product import product_parts

STATIC = "static"


def tile_rating(tile: Tile, cells: float) -> list[Row]:
    """Dynamic power of one tile at full rate: part, count, unit (W, of one), power (W); a product spends `cells` (J) in its cells."""
    rows = _measured_core(tile, cells) if tile.measured else _array(tile, cells)
    digital: dict[str, Circuit] = {
        "input buffer": tile.input_buffer,
        "output buffer": tile.output_buffer,
        "accumulator": tile.accumulator,
        "neuron": tile.neuron,
        "vector unit": tile.vector_unit,
    }
    digital |= {"bus": tile.bus} if tile.bus else {}
    rows += [_row(name, 1, circuit.full_power) for name, circuit in digital.items()]
    if tile.measured:  # its own parts are within
        return rows
    rate = tile.arrays / tile.product_interval
    return rows + [_row(name, part.count, tile.parts_energy(1)[name] * rate / part.count) for name, part in tile.parts.items()]


def chip_rating(architecture: Architecture, cells: float, tiles: int, leakage: float) -> list[Row]:
    """Power of a chip of so many tiles at full rate by part, the `leakage` (W) of all but the chip's own parts as a row."""
    rows = [_row(row["part"], tiles * row["count"], row["unit"]) for row in tile_rating(architecture.tile, cells)]
    rows += _cores(architecture) + network_rating(architecture.network, architecture.tile_pitch)
    rows.append(_row("host interface", 1, 2 * architecture.host.bandwidth * architecture.host.energy))
    rows += [_row(name, part.count, part.full_power + part.unit_leakage) for name, part in architecture.parts.items()]
    rows.append(_row(STATIC, 1, leakage))
    return [row for row in rows if row["power"]]


def network_rating(network: Network, tile_pitch: float) -> list[Row]:
    """Routers and links with a flit on every way at every cycle; `tile_pitch` (m) serves where the network gives no pitch."""
    graph, rate = network.graph(), network.link_rate
    routers = [node for node, router in graph.nodes(data="router") if router]
    ports = sum(graph.out_degree(node) + bool(graph.nodes[node]["tile"]) for node in routers)
    pitch = network.pitch if network.pitch is not None else tile_pitch
    rows = [_shared("network routers", len(routers), ports * rate * network.scaled_router_energy)]
    for name, off in (("network links", False), ("chip-to-chip links", True)):
        links = [data for *_, data in graph.edges(data=True) if bool(data.get("chips")) == off]
        spent = [power for link in links if (power := _link_power(link, network, pitch))]  # what costs nothing is no part
        rows += [_shared(name, len(spent), sum(spent))] if links or not off else []
    return rows


def _link_power(link: Mapping[str, Any], network: Network, pitch: float) -> float:
    """Power of one link that is never idle (W)."""
    control, bit = network.flow_control, link["length"] * pitch * network.link_energy + link.get("energy", 0.0)
    if isinstance(control, Durations):  # as many wires on every link
        return float(network.link_rate * bit + control.switch_energy / control.step)
    return float((link.get("bandwidth") or network.link_rate * link.get("width", 1)) * bit)


def _cores(architecture: Architecture) -> list[Row]:
    rows = []
    for name, kind in (architecture.cores or {}).items():
        count = len(architecture.core_nodes[name])
        rows += [_row(f"{name} vector unit", count, kind.vector_unit.full_power), _row(f"{name} buffer", count, kind.buffer.full_power)]
    return rows


def _array(tile: Tile, cells: float) -> list[Row]:
    array, interval, arrays = tile.array, tile.product_interval, tile.arrays
    rows = [
        _row("array", arrays, cells / interval),
        _row("dac", arrays * array.rows, array.dac.full_power),
        _row("adc", arrays * array.adc.count(array.columns), array.adc.full_power),
    ]
    return rows + [_row(name, arrays * part.count, part.spent(1, interval) / part.count / interval) for name, part in array.parts.items()]


def _measured_core(tile: Tile, cells: float) -> list[Row]:
    return [_row(name, tile.arrays, energy / tile.product_interval) for name, energy in product_parts(tile, cells).items()]


def _row(part: str, count: int, unit: float) -> Row:
    return {"part": part, "count": count, "unit": unit, "power": count * unit}


def _shared(part: str, count: int, power: float) -> Row:
    return {"part": part, "count": count, "unit": power / count if count else 0.0, "power": power}
