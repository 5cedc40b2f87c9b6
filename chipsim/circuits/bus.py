"""A bus in a tile: takes input vectors from the tile's buffer to its arrays, and their results back.

    words = ceil(bits / width)          energy = words width energy_per_bit          time = words / clock

bits of one transfer (b); a part of a word counts as a whole. One transfer at a time, first come, first served, for all arrays of the
tile. Reference for such a bus: A. Shafiee et al., ISCA 2016, DOI 10.1109/ISCA.2016.12 (384 wires between the eDRAM of a tile and its
arrays). Not modelled: arbitration, addresses, several buses in one tile.
"""

from __future__ import annotations

from typing import ClassVar, final

from chipsim.circuits.circuit import Circuit
from chipsim.spec import key
from chipsim.units import EnergyPerBit, Frequency


@final
class Bus(Circuit):
    """What connects the buffers of a tile with its arrays."""

    actions: ClassVar[dict[str, str]] = {"move": "move `count` bits in one transfer"}

    width: int = key("bits that are moved in one tick of the clock", ge=1, le=1 << 20)
    clock: Frequency = key("clock", default=1e9, gt=0, source="assumed")
    energy: EnergyPerBit = key("energy of moving a bit", default=0.0, ge=0)

    @property
    def batch(self) -> int:
        """One word."""
        return self.width

    def _energy(self, action: str, count: int) -> float:
        return -(-count // self.width) * self.width * self.energy * self.factors.energy

    def _times(self, action: str, count: int) -> tuple[float, float]:
        time = -(-count // self.width) * self.factors.delay / self.clock
        return time, time
