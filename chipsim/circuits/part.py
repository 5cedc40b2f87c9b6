"""What no other circuit describes: registers, sample-and-hold, control, drivers; known by its area, its power, its energy.

    energy of n products that take a time t together = count (n energy + power t)

energy of one unit for each product (J); power of one unit while the array works (W); t product intervals (s), the time for which the
array is busy. A part costs no time of its own: what waits for it is described by the circuit that it serves. References: tables of
parts in the manner of A. Shafiee et al., ISCA 2016, DOI 10.1109/ISCA.2016.12, which give number, area and power of one. Not modelled:
what a part computes; a power that changes with the values.
"""

from __future__ import annotations

from typing import ClassVar, final

from chipsim.circuits.circuit import Circuit
from chipsim.spec import key
from chipsim.units import Energy, Power

PROPER = frozenset({"array", "dac", "adc", "buffers", "input buffer", "output buffer", "accumulator", "neuron", "vector unit"})
"""Names that the report uses for other parts."""


@final
class Part(Circuit):
    """A circuit beside those of the array, the tile or the chip."""

    actions: ClassVar[dict[str, str]] = {"product": "take part in `count` products"}

    count: int = key("units of it", default=1, ge=1)
    power: Power = key("power of one unit while the array works, besides its leakage", default=0.0, ge=0)
    energy: Energy = key("energy of one unit for each product", default=0.0, ge=0)

    @property
    def total_area(self) -> float:
        """Area of all units (m2)."""
        return self.count * self.unit_area

    @property
    def total_leakage(self) -> float:
        """Static power of all units (W)."""
        return self.count * self.unit_leakage

    @property
    def full_power(self) -> float:
        """Power of one unit at work (W); its energy for each product, which has no time of its own, is not in it."""
        return self.power * self.factors.energy / self.factors.delay

    def spent(self, products: float, time: float) -> float:
        """Energy of all units in products that take `time` together (J)."""
        return self.count * (products * self.energy * self.factors.energy + self.full_power * time)

    def _energy(self, action: str, count: int) -> float:
        return self.spent(count, 0.0)

    def _times(self, action: str, count: int) -> tuple[float, float]:
        return 0.0, 0.0


def unusable_name(parts: dict[str, Part]) -> str | None:
    """What is wrong with the name of a part, as a sentence; None when all are usable."""
    for name in parts:
        if name in PROPER or not name.strip():
            return f"parts: {name!r} is a name that the report uses for another part; give it a name of its own, such as 'registers'"
    return None
