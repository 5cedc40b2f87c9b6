"""Digital work on values that is no product with an array: pooling, additions, scales, functions, products of activations.

    latency = (ceil(count / lanes) + depth - 1) / clock,   interval = ceil(count / lanes) / clock,   energy = count * energy of it

Actions are the operations that layers name; an activation is one operation too: relu and relu6 cost a maximum, every other one a
function, as do an exponential, a reciprocal and the reciprocal of a root.
 Products of activations with activations (`mac`, in attention) may
have multipliers of their own, `macs_per_tick` in place of `lanes`; without these they are a multiplication and an addition on the
lanes, one after the other.
Not modelled: several clock ticks for a function; give such a unit fewer `lanes`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar, final

from chipsim.circuits.circuit import Circuit, ClockedCircuit
from chipsim.spec import Family, key
from chipsim.units import Energy

FUNCTIONS = (
    "leaky_relu", "sigmoid", "tanh", "hard_sigmoid", "hard_tanh", "gelu", "gelu_tanh", "silu", "hard_silu", "elu", "softplus",
    "exponential", "reciprocal", "reciprocal_root",
)  # fmt: skip
KINDS = MappingProxyType({"relu": "max", "relu6": "max"} | dict.fromkeys(FUNCTIONS, "function"))


class VectorUnit(Circuit, Family):
    """Root of the vector units."""

    actions: ClassVar[dict[str, str]] = {
        "max": "the larger of two values",
        "add": "the sum of two values",
        "multiply": "a value times another",
        "mac": "a value times another, added to a sum",
        "function": "a function of one value, such as a table look-up",
    } | {name: f"{name} of one value, at the cost of '{kind}'" for name, kind in KINDS.items()}


@final
class SIMD(VectorUnit, ClockedCircuit, type="simd"):
    """Equal lanes that all do the same operation."""

    width: int = key("bits of a value", default=16, ge=1, le=64)
    energy_max: Energy = key("energy of one comparison", default=0.0, ge=0)
    energy_add: Energy = key("energy of one addition", default=0.0, ge=0)
    energy_multiply: Energy = key("energy of one multiplication", default=0.0, ge=0)
    energy_function: Energy = key("energy of one function", default=0.0, ge=0)
    macs_per_tick: int | None = key(
        "products of two activations, added up, in each clock tick (default: the lanes multiply and add, one after the other)",
        default=None,
        ge=1,
    )
    energy_mac: Energy | None = key("energy of one of them (default: a multiplication and an addition)", default=None, ge=0)

    def _energy(self, action: str, count: int) -> float:
        energy: float | None = getattr(self, f"energy_{KINDS.get(action, action)}")
        each = self.energy_multiply + self.energy_add if energy is None else energy  # a mac without an energy of its own
        return count * each * self.factors.energy

    def _times(self, action: str, count: int) -> tuple[float, float]:
        if action != "mac":
            return super()._times(action, count)
        return self._pipelined(-(-count // self.macs_per_tick) if self.macs_per_tick else 2 * -(-count // self.lanes))

    def _power(self, action: str) -> float:
        cost = self.cost(action, self.macs_per_tick or self.lanes if action == "mac" else self.lanes)
        return cost.energy / cost.interval
