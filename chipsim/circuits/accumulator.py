"""Adds partial sums: of the row blocks of a layer, of bit planes (shifted), of slices.

    latency = (ceil(count / lanes) + depth - 1) / clock,   interval = ceil(count / lanes) / clock,   energy = count * energy

Not modelled: overflow; `width` says what the adder was sized for.
"""

from __future__ import annotations

from typing import ClassVar, final

from chipsim.circuits.circuit import Circuit, ClockedCircuit
from chipsim.spec import Family, key
from chipsim.units import Energy


class Accumulator(Circuit, Family):
    """Root of the accumulators."""

    actions: ClassVar[dict[str, str]] = {"add": "add `count` numbers to running sums"}

    width: int = key("bits of a running sum", default=16, ge=1, le=64)
    energy: Energy = key("energy of one addition, register included", default=0.0, ge=0)


@final
class DigitalAccumulator(Accumulator, ClockedCircuit, type="digital"):
    """Adders with registers, `lanes` numbers at a time."""

    def _energy(self, action: str, count: int) -> float:
        return count * self.energy * self.factors.energy
