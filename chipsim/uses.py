"""What circuits did, as counts, and what it cost by the prices of a description.

    energy = sum over uses of count x (energy of the use),      unaccounted of a measured core = max(N E - sum of the known parts, 0)

While the clock runs nobody looks at a price: an energy of an action, a power, an area. Uses are counted, and priced when the run is
over, so the same run tells what it would have taken with other prices. Only joules that follow from values are kept as they are: what
the cells of an array take (conductance, voltage, time).

Symbols: N products of one stage; E energy of one product as measured (J); known parts are cells, drivers, converters and `parts`. The
maximum is taken once for a stage, over all that it did.
"""

from __future__ import annotations

from functools import reduce
from typing import Any, NamedTuple, final

from chipsim.architecture import Architecture, Tile
from chipsim.errors import CheckError


@final
class Action(NamedTuple):
    """What a circuit does at once: the part that the report names, its place in the description, its action on so many items."""

    part: str
    place: str
    action: str
    items: int

    def energy(self, chip: Architecture) -> float:
        """Energy of doing it once (J)."""
        return float(circuit_at(chip, self.place).cost(self.action, self.items).energy)


@final
class Products(NamedTuple):
    """Products with a block of `rows` by `columns` weights: how often the array was read, and the energy in its cells (J)."""

    rows: int
    columns: int
    reads: int
    cells: float

    def energies(self, tile: Tile) -> dict[str, float]:
        """Energy of every part (J): cells as they were, drivers and converters by their numbers, all else of a measured core."""
        array = tile.array
        interval = tile.product_interval if tile.core_time is not None else array.cadence_of(self.rows).interval
        products = self.reads / array.reads
        known = {"array": self.cells}
        known |= array.periphery(self.rows, self.columns * len(array.cell.part_weights), self.reads, products * interval)
        known |= tile.parts_energy(products)
        if tile.core_energy is None:
            return known
        return known | {"unaccounted": max(tile.core_energy * products - sum(known.values()), 0.0)}


def circuit_at(chip: Architecture, place: str) -> Any:
    """The circuit at a place such as `tile.accumulator` or `cores.NAME.buffer`."""
    return reduce(lambda here, name: here[name] if isinstance(here, dict) else getattr(here, name), place.split("."), chip)


def checked(part: str, layer: str, node: int, energy: float) -> float:
    """`energy` (J); CheckError where it is negative or not finite, which is a fault of the model or of a description."""
    if not 0 <= energy < float("inf"):
        raise CheckError(f"{part} of layer '{layer}' at node {node} charged {energy} J; check the energies of its description")
    return energy
