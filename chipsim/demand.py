"""What a claimed efficiency and density demand of a chip: energy and area x time of an operation; and where a chip spends more.

    energy of an operation       e = 1 / efficiency           28,065 GOP/s/W -> 35.6 fJ
    area x time of an operation  a = 1 / density              3.6 TOP/s/mm2  -> 278 um2 ns
    power density                p = density / efficiency     0.128 W/mm2
    per synapse and example      n e, n a                     n = 6 OP: forward 2, backward 2, update 2
    time of an example           t = n a / (area of a synapse, with its share of the periphery)

The defaults are those of training with 2 PCM + 3T1C cells: S. Ambrogio et al., Nature 558, 60, 2018, doi:10.1038/s41586-018-0180-5,
abstract; how they were reached part by part was not published. n = 6 is our way of counting.

    factor of a part = its energy of an operation / e,     or     its area x time of an operation / a

so that the factors of all parts add up to that of the chip. A chip is looked at in a forward product of all its arrays, the peak
of `metrics.py`: converters, cells and neuron circuits, leakage of the whole chip for the time of a product, area of the whole chip;
no network, no host, no buffers. Cells are as busy as `activity` says: the mean over all devices of input x conductance, a share of
the largest. Tables are lists of rows of plain numbers in SI, as the functions say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

from chipsim.architecture import Architecture
from chipsim.comparators.comparator import Comparator
from chipsim.errors import InputError
from chipsim.result import Row
from chipsim.sheet.product import ACTIVITY, cell_energy, operations, product_parts
from chipsim.summary import area_rows as chip_area
from chipsim.summary import leakage_rows as chip_leakage

OPERATIONS = 6  # of a synapse for one example
AREAS = (7e-12, 10e-12)  # examples of a synapse's area (m2)
SOURCE = "Ambrogio et al., Nature 558, 60, 2018"
ALL = "all"


@final
@dataclass(frozen=True)
class Demand:
    """A claimed efficiency (OP/s/W) and density (OP/s/m2), and what follows from them."""

    efficiency: float
    density: float

    def __post_init__(self) -> None:
        for name, unit in (("efficiency", "OP/s/W"), ("density", "OP/s/m2")):
            if not 0 < getattr(self, name) < float("inf"):
                raise InputError(f"Demand.{name}: {getattr(self, name)!r} {unit}; expected a number above zero")

    @property
    def energy(self) -> float:
        """Energy of one operation (J)."""
        return 1 / self.efficiency

    @property
    def area_time(self) -> float:
        """Area x time of one operation (m2 s)."""
        return 1 / self.density

    @property
    def power_density(self) -> float:
        """Power of an area that is fully busy (W/m2)."""
        return self.density / self.efficiency

    def example_time(self, area: float, operations: float = OPERATIONS) -> float:
        """Time of one example (s) for an area of a synapse (m2); InputError for an area that is not above zero."""
        if not area > 0:
            raise InputError(f"Demand.example_time: a synapse of {area!r} m2; expected an area above zero")
        return operations * self.area_time / area


PUBLISHED = Demand(28_065e9, 3.6e18)


@final
@dataclass(frozen=True)
class Spent:
    """What a chip takes for a number of operations: time (s), energy (J) and area (m2) by part."""

    operations: float
    time: float
    energy: Mapping[str, float]
    area: Mapping[str, float]


def demand_rows(demand: Demand, operations: float = OPERATIONS) -> list[Row]:
    """What is demanded: name, value (SI), unit."""
    rows = [
        ("energy of an operation", demand.energy, "J"),
        ("area x time of an operation", demand.area_time, "m2 s"),
        ("power density", demand.power_density, "W/m2"),
        ("energy of a synapse and example", operations * demand.energy, "J"),
        ("area x time of a synapse and example", operations * demand.area_time, "m2 s"),
    ]
    return [{"name": name, "value": value, "unit": unit} for name, value, unit in rows]


def time_rows(demand: Demand, areas: Iterable[float] = AREAS, operations: float = OPERATIONS) -> list[Row]:
    """Time of an example for every area of a synapse: area (m2), time (s)."""
    return [{"area": area, "time": demand.example_time(area, operations)} for area in areas]


def ratio_rows(efficiency: float, density: float, comparators: Iterable[Comparator]) -> list[Row]:
    """Against the rating of each: comparator, energy (times less of it for an operation), area (times more operations on it)."""
    return [{"comparator": c.name, "energy": c.energy_ratio(efficiency), "area": c.density_ratio(density)} for c in comparators]


def layer_rows(layers: Iterable[tuple[int, int]], batches: Sequence[int], comparators: Sequence[Comparator]) -> list[Row]:
    """Training of fully connected layers elsewhere, on those that can: comparator, rows, columns, batch, time (s, of an example), energy
    (J/OP), share."""
    rows = []
    for inputs, outputs in layers:
        for other in (one for one in comparators if one.trains):
            for batch in batches:
                found = other.fully_connected(inputs, outputs, batch)
                layer = {"comparator": other.name, "rows": inputs, "columns": outputs, "batch": batch}
                rows.append(layer | {"time": found.time / batch, "energy": found.energy_per_operation, "share": found.efficiency})
    return rows


def energy_rows(demand: Demand, energy: Mapping[str, float], operations: float) -> list[Row]:
    """Energy (J by part) spent on `operations`: part, energy (J/OP), share of the sum, factor; largest first, the sum as `all`."""
    return _against("energy", energy, 1 / operations, demand.energy)


def area_rows(demand: Demand, area: Mapping[str, float], operations: float, time: float) -> list[Row]:
    """Area (m2 by part) held for `time` by `operations`: part, area_time (m2 s/OP), share of the sum, factor; the sum as `all`."""
    return _against("area_time", area, time / operations, demand.area_time)


def _against(name: str, parts: Mapping[str, float], scale: float, demanded: float) -> list[Row]:
    total = sum(parts.values())
    if not 0 < total * scale < float("inf"):
        raise InputError(f"{name}: the parts add up to {total:g}; expected more than nothing, give the figures of the parts")
    ordered = [*sorted(parts.items(), key=lambda item: (-item[1], item[0])), (ALL, total)]
    return [
        {"part": part, name: value * scale, "share": value / total, "factor": value * scale / demanded}
        for part, value in ordered
        if value
    ]


def peak(architecture: Architecture, activity: float = ACTIVITY) -> Spent:
    """A forward product of all arrays of a chip at the same time; InputError for an activity outside 0 ... 1."""
    tile, graph = architecture.tile, architecture.network.graph()
    tiles, routers = (sum(1 for _, is_one in graph.nodes(data=what) if is_one) for what in ("tile", "router"))
    count, interval = tiles * tile.arrays, tile.product_interval
    product = product_parts(tile, cell_energy(tile.array, activity))
    product["neuron"] = tile.neuron.cost("apply", tile.array.outputs).energy
    energy = {part: count * amount for part, amount in product.items()}
    energy["leakage"] = sum(row["power"] for row in chip_leakage(architecture, tiles, routers)) * interval
    area = {row["part"]: row["area"] for row in chip_area(architecture, tiles, routers)}
    return Spent(count * operations(tile.array), interval, energy, area)
