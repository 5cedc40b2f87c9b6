"""What a chip is before any network runs on it: time, energy and rate of its products, area, power, what fits, what is assumed.

    rate of an array   = operations of a product / interval between products
    of a tile, a chip  = arrays x that
    power of a tile    = arrays x (energy of a product + neuron circuits + parts of the tile) / interval + leakage
    power of the chip  = the same of all tiles + leakage of the whole chip          network and host do nothing, as in the peak of a run
    rated power        = every part at full rate (`rating.py`)

"array" is one crossbar with its drivers, converters and parts, or the measured core. Cells are as busy as `activity` says; a run knows
better. FIGURES names every number, its unit and its meaning. Tables are lists of rows with the keys given at `Datasheet`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from chipsim.architecture import Architecture
from chipsim.assumptions import assumed_numbers, citations, share_assumed
from chipsim.result import Row
from chipsim.sheet.product import ACTIVITY, array_area, array_parts, cell_energy, devices, operations, serving_parts
from chipsim.sheet.rating import STATIC, chip_rating, tile_rating
from chipsim.tabular import Tabular

FIGURES: dict[str, tuple[str, str]] = {
    "product_time": ("s", "one product of an array, until its result"),
    "product_interval": ("s", "from one product to the next"),
    "product_energy": ("J", "one full product of one array"),
    "product_ops": ("OP", "operations of it; 1 multiply-add = 2 OP"),
    "energy_per_op": ("J", "one operation of it"),
    "output_steps": ("", "steps of a converter over its range; of a counter as many as fit into a read"),
    "array_ops": ("OP/s", "one array"),
    "array_ops_per_watt": ("OP/s/W", "one array; no leakage, no neuron circuits"),
    "array_ops_per_area": ("OP/s/m2", "one array, on its own area"),
    "array_area": ("m2", "one array with drivers, converters and parts"),
    "tile_ops": ("OP/s", "one tile, all its arrays"),
    "tile_ops_per_watt": ("OP/s/W", "one tile; neuron circuits and leakage included"),
    "tile_ops_per_area": ("OP/s/m2", "one tile"),
    "tile_area": ("m2", "one tile"),
    "tile_power": ("W", "one tile with all arrays at work"),
    "tile_static_power": ("W", "leakage of one tile"),
    "tile_rated_power": ("W", "one tile, every part at full rate"),
    "peak_ops": ("OP/s", "the chip, all arrays at work"),
    "peak_ops_per_watt": ("OP/s/W", "the chip; leakage of all of it, network and host idle"),
    "peak_ops_per_area": ("OP/s/m2", "the chip, area of all of it"),
    "peak_power": ("W", "the chip at that rate"),
    "chip_product_energy": ("J", "one product of every array"),
    "rated_power": ("W", "the chip, every part at full rate"),
    "rated_ops_per_watt": ("OP/s/W", "peak rate over rated power"),
    "static_power": ("W", "leakage of the chip"),
    "area": ("m2", "the chip"),
    "tiles": ("", "tiles"),
    "routers": ("", "routers"),
    "cores": ("", "digital cores"),
    "arrays": ("", "arrays of all tiles"),
    "weights": ("", "weights that fit"),
    "devices": ("", "memory devices"),
    "assumed": ("fraction", "of the numbers with a unit, those without a published source"),
}


@final
@dataclass(frozen=True)
class Datasheet(Tabular):
    """The data sheet of one chip; SI throughout.

    figures        numbers by name, those of FIGURES
    product        rows: part, energy (J, one full product of one array), share
    array_area     rows: part, area, share (one array)
    tile_area      rows: part, area, share (one tile);   area: the same of the chip, with count
    tile_static    rows: part, power (W);   static: of the chip
    tile_rating    rows: part, count, unit (W, dynamic power of one at full rate), power;   rating: of the chip
    assumed        rows: key, value, source: numbers that are assumed or have no source, those of large parts first
    """

    name: str
    about: str
    activity: float
    figures: dict[str, float]
    product: list[Row]
    array_area: list[Row]
    tile_area: list[Row]
    area: list[Row]
    tile_static: list[Row]
    static: list[Row]
    tile_rating: list[Row]
    rating: list[Row]
    assumed: list[Row]
    citations: list[str]


def datasheet(architecture: Architecture, activity: float = ACTIVITY) -> Datasheet:
    """The data sheet of a chip whose cells are as busy as `activity`; InputError for an activity outside 0 ... 1."""
    tile, graph = architecture.tile, architecture.network.graph()
    tiles, routers = sum(1 for _, holds in graph.nodes(data="tile") if holds), sum(1 for _, r in graph.nodes(data="router") if r)
    cells = cell_energy(tile.array, activity)
    static = {part: power for part, power in architecture.leakage_parts(tiles, routers).items() if power}
    leakage = {part: power for part, power in tile.leakage_parts.items() if power}
    area, product = _area(architecture, tiles, routers), shared(array_parts(tile, cells), "energy")
    rating = [*tile_rating(tile, cells), {"part": STATIC, "count": 1, "unit": sum(leakage.values()), "power": sum(leakage.values())}]
    sheet = Datasheet(
        name=architecture.name,
        about=architecture.about,
        activity=activity,
        figures={},
        product=product,
        array_area=shared(array_area(tile), "area"),
        tile_area=shared(tile.area_parts, "area"),
        area=area,
        tile_static=shared(leakage, "power"),
        static=shared(static, "power"),
        tile_rating=[row for row in rating if row["power"]],
        rating=chip_rating(architecture, cells, tiles, sum(power for part, power in static.items() if part not in architecture.parts)),
        assumed=assumed_numbers(architecture, product, area),
        citations=citations(architecture),
    )
    sheet.figures.update(_figures(architecture, sheet, tiles, routers))
    return sheet


def shared(parts: dict[str, float], name: str) -> list[Row]:
    """Rows part, `name`, share (of the sum); parts of nothing are left out."""
    total = sum(parts.values())
    return [{"part": part, name: value, "share": value / total} for part, value in parts.items() if value]


def _area(architecture: Architecture, tiles: int, routers: int) -> list[Row]:
    parts = architecture.area_parts(tiles, routers)
    return [row | {"count": parts[row["part"]][0]} for row in shared({part: area for part, (_, area) in parts.items()}, "area")]


def _figures(architecture: Architecture, sheet: Datasheet, tiles: int, routers: int) -> dict[str, float]:
    array = architecture.tile.array
    counts = {"tiles": tiles, "routers": routers, "arrays": tiles * architecture.tile.arrays}
    counts["cores"] = sum(map(len, architecture.core_nodes.values()))
    counts["weights"] = counts["arrays"] * array.planes * array.rows * array.outputs
    counts["devices"] = counts["arrays"] * array.planes * devices(array)
    found = _of_one_product(architecture, sheet) | {name: float(count) for name, count in counts.items()}
    found |= _of_one_tile(architecture, sheet, found) | {"assumed": share_assumed(architecture)}
    return {name: found[name] for name in FIGURES}


def _of_one_product(architecture: Architecture, sheet: Datasheet) -> dict[str, float]:
    tile, interval = architecture.tile, architecture.tile.product_interval
    energy, work, area = _sum(sheet.product, "energy"), operations(tile.array), _sum(sheet.array_area, "area")
    return {
        "product_time": tile.product_time,
        "product_interval": interval,
        "product_energy": energy,
        "product_ops": work,
        "energy_per_op": energy / work,
        "output_steps": float(tile.array.adc.levels_in(tile.array.dac.total_time) or 0),  # 0: not rounded
        "array_ops": work / interval,
        "array_ops_per_watt": _ratio(work, energy),
        "array_ops_per_area": _ratio(work / interval, area),
        "array_area": area,
    }


def _of_one_tile(architecture: Architecture, sheet: Datasheet, found: dict[str, float]) -> dict[str, float]:
    tile = architecture.tile
    working = tile.arrays * (found["product_energy"] + sum(serving_parts(tile).values())) / found["product_interval"]
    rate, static = tile.arrays * found["array_ops"], _sum(sheet.tile_static, "power")
    peak, power = found["tiles"] * rate, found["tiles"] * working + _sum(sheet.static, "power")
    tile_area, area, rated = _sum(sheet.tile_area, "area"), _sum(sheet.area, "area"), _sum(sheet.rating, "power")
    return {
        "tile_ops": rate,
        "tile_ops_per_watt": _ratio(rate, working + static),
        "tile_ops_per_area": _ratio(rate, tile_area),
        "tile_area": tile_area,
        "tile_power": working + static,
        "tile_static_power": static,
        "tile_rated_power": _sum(sheet.tile_rating, "power"),
        "peak_ops": peak,
        "peak_ops_per_watt": _ratio(peak, power),
        "peak_ops_per_area": _ratio(peak, area),
        "peak_power": power,
        "chip_product_energy": found["arrays"] * found["product_energy"],
        "rated_power": rated,
        "rated_ops_per_watt": _ratio(peak, rated),
        "static_power": _sum(sheet.static, "power"),
        "area": area,
    }


def _sum(rows: list[Row], name: str) -> float:
    return float(sum(row[name] for row in rows))


def _ratio(value: float, base: float) -> float:
    """A rate over a power or an area; 0 where neither was counted."""
    return value / base if base else 0.0
