"""The interface of a chip to the rest of the world."""

from __future__ import annotations

from typing import final

from chipsim.circuits.circuit import Cost
from chipsim.spec import Spec, key
from chipsim.units import Area, DataRate, EnergyPerBit, Power


@final
class Pads(Spec):
    """Landing pads: places where a whole vector enters or leaves the chip at a time, each the end of one route through the chip."""

    input: int = key("vectors that can enter at the same time", ge=1, le=65536)
    output: int = key("vectors that can leave at the same time", ge=1, le=65536)


@final
class Host(Spec):
    """The interface through which inputs enter and results leave, attached to one node of the network."""

    node: int = key("node of the network that the interface is attached to", default=0, ge=0)
    bandwidth: DataRate = key("data rate in each direction", gt=0)
    pads: Pads | None = key("landing pads, of which each route into or out of the chip needs one; none: not limited", default=None)
    energy: EnergyPerBit = key("energy of one bit through the interface", default=0.0, ge=0)
    area: Area = key("area of the interface", default=0.0, ge=0)
    leakage: Power = key("static power of the interface", default=0.0, ge=0)

    def cost(self, action: str, count: int = 1) -> Cost:
        """What moving `count` bits in or out takes (action: move), as circuits tell it; ValueError for another action."""
        if action != "move":
            raise ValueError(f"Host.cost: unknown action '{action}'; expected 'move'")
        time = count / self.bandwidth
        return Cost(count * self.energy, time, time)
