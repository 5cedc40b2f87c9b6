"""What every memory has: a capacity, an energy for each bit, a word.

Bits are counted; a part of a word costs a whole word. Area, leakage and energies belong to the capacity that is given: a
memory of another capacity needs other figures.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from chipsim.circuits.circuit import Circuit
from chipsim.spec import Family, key
from chipsim.units import DataSize, EnergyPerBit


class Memory(Circuit, Family):
    """Root of the memories."""

    actions: ClassVar[dict[str, str]] = {"read": "read `count` bits", "write": "write `count` bits"}

    capacity: DataSize = key("bits that it holds", gt=0)
    width: int = key("bits of one access", default=256, ge=1)
    read_energy: EnergyPerBit = key("energy of reading a bit", default=0.0, ge=0)
    write_energy: EnergyPerBit = key("energy of writing a bit", default=0.0, ge=0)

    @property
    def batch(self) -> int:
        """One access."""
        return self.width

    @property
    def full_power(self) -> float:
        """Power of reading all the time (W)."""
        return self._power("read")

    @abstractmethod
    def times(self, words: int) -> tuple[float, float]:
        """Latency and interval of `words` accesses in a row (s), scaling included."""

    def _energy(self, action: str, count: int) -> float:
        energy = self.read_energy if action == "read" else self.write_energy
        return -(-count // self.width) * self.width * energy * self.factors.energy

    def _times(self, action: str, count: int) -> tuple[float, float]:
        return self.times(-(-count // self.width))
