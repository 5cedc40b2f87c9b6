"""Memory outside the chip, as an energy per bit, a bandwidth and a latency.

    latency = access_time + bits / bandwidth,   interval = bits / bandwidth

Not modelled: row hits and misses, refresh, turn-around, a shared controller.
"""

from __future__ import annotations

from typing import final

from chipsim.circuits.memory import Memory
from chipsim.spec import key
from chipsim.units import DataRate, Time


@final
class DRAM(Memory, type="dram"):
    """Dynamic memory in its own package."""

    bandwidth: DataRate = key("data rate of the interface", gt=0)
    access_time: Time = key("time until the first bit arrives", default=100e-9, ge=0, source="assumed")

    def times(self, words: int) -> tuple[float, float]:
        transfer = words * self.width / self.bandwidth
        return self.access_time + transfer, transfer
