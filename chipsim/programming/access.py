"""How the devices of an array are reached while they are programmed: reads through its own converters, and how long they take.

A row is read through the drivers and converters that the products use. What reads and pulses take is told by `Prices`.
"""

from __future__ import annotations

from typing import NamedTuple, Self, final

from chipsim.architecture import Tile
from chipsim.circuits.array import Array


@final
class Access(NamedTuple):
    """Time of one read of the array (s); `parts`: columns that a weight takes, converted one by one."""

    read_time: float
    parts: int = 1

    @classmethod
    def of_array(cls, array: Array) -> Self:
        """That of an array by itself."""
        return cls(array.product_time, len(array.cell.part_weights))

    @classmethod
    def of_tile(cls, tile: Tile) -> Self:
        """That of the array of a tile."""
        return cls.of_array(tile.array)._replace(read_time=tile.product_time)
