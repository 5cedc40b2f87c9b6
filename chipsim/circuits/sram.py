"""On-chip memory with one port: a word every cycle.

    latency = access_time + (words - 1) cycle_time,   interval = words cycle_time

Without an access time the first word takes one cycle. Typical figures (CACTI 7: R. Balasubramonian et al., ACM TACO 14, 14,
2017, DOI 10.1145/3085572) are in the technology library. Not modelled: banks, bank conflicts, several ports.
"""

from __future__ import annotations

from typing import final

from chipsim.circuits.memory import Memory
from chipsim.spec import key
from chipsim.units import Power, Time


class OnChipMemory(Memory):
    """Base of the memories with a cycle time."""

    cycle_time: Time = key("time from one access to the next", default=1e-9, gt=0, source="assumed")
    access_time: Time | None = key("time of one access; without it one cycle", default=None, gt=0)

    def times(self, words: int) -> tuple[float, float]:
        cycle = self.cycle_time * self.factors.delay
        first = cycle if self.access_time is None else self.access_time * self.factors.delay
        return first + (words - 1) * cycle, words * cycle


@final
class SRAM(OnChipMemory, type="sram"):
    """Static memory."""


@final
class EDRAM(OnChipMemory, type="edram"):
    """Embedded dynamic memory; what refreshing takes counts as static power, besides the leakage."""

    refresh_power: Power = key("mean power of refreshing", default=0.0, ge=0)

    @property
    def unit_leakage(self) -> float:
        return super().unit_leakage + self.refresh_power * self.factors.energy
