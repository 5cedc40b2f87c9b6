"""What it takes to reach the devices of an array while they are programmed: reads through its own converters, and pulses.

A row is read through the drivers and converters that the products use. A measured core is charged in full for every read, as it
is for every product: nobody published what a read of one row takes.
"""

from __future__ import annotations

from typing import NamedTuple, Self, final

from chipsim.architecture import Tile
from chipsim.circuits.array import Array


@final
class Access(NamedTuple):
    """Time of one read of the array (s); energies (J) of driving a row, of converting a column, or of any read of a measured core.

    `parts`: columns that a weight takes, converted one by one.
    """

    read_time: float
    row: float
    column: float
    core: float | None = None
    parts: int = 1

    @classmethod
    def of_array(cls, array: Array) -> Self:
        """That of an array by itself."""
        row = array.dac.cost("convert", array.reads).energy
        column = array.adc.cost("convert", array.reads * array.conversions).energy
        return cls(array.product_time, row, column, parts=len(array.cell.part_weights))

    @classmethod
    def of_tile(cls, tile: Tile) -> Self:
        """That of the array of a tile."""
        return cls.of_array(tile.array)._replace(read_time=tile.product_time, core=tile.core_energy)

    def energy(self, rows: int, columns: int, parts: int | None = None) -> float:
        """Energy (J) of one read that drives `rows` rows and converts `columns` columns of weights, all parts or so many."""
        if self.core is not None:
            return self.core
        return rows * self.row + columns * (self.parts if parts is None else parts) * self.column
