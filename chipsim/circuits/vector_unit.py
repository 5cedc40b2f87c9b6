"""Digital work on values that is no product with an array: pooling, additions, scales, functions.

    latency = (ceil(count / lanes) + depth - 1) / clock,   interval = ceil(count / lanes) / clock,   energy = count * energy of it

Actions are the operations that layers name; an activation is one operation too: relu costs a maximum, every other one a function.
Not modelled: several clock ticks for a function; give such a unit fewer `lanes`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar, final

from chipsim.circuits.circuit import Circuit, ClockedCircuit, Cost
from chipsim.spec import Family, key
from chipsim.units import Energy

FUNCTIONS = ("leaky_relu", "sigmoid", "tanh", "hard_sigmoid", "hard_tanh", "gelu")
KINDS = MappingProxyType({"relu": "max"} | dict.fromkeys(FUNCTIONS, "function"))


class VectorUnit(Circuit, Family):
    """Root of the vector units."""

    actions: ClassVar[dict[str, str]] = {
        "max": "the larger of two values",
        "add": "the sum of two values",
        "multiply": "a value times another",
        "function": "a function of one value, such as a table look-up",
    } | {name: f"the activation {name}, at the cost of '{kind}'" for name, kind in KINDS.items()}


@final
class SIMD(VectorUnit, ClockedCircuit, type="simd"):
    """Equal lanes that all do the same operation."""

    width: int = key("bits of a value", default=16, ge=1, le=64)
    energy_max: Energy = key("energy of one comparison", default=0.0, ge=0)
    energy_add: Energy = key("energy of one addition", default=0.0, ge=0)
    energy_multiply: Energy = key("energy of one multiplication", default=0.0, ge=0)
    energy_function: Energy = key("energy of one function", default=0.0, ge=0)

    def _cost(self, action: str, count: int) -> Cost:
        kind = KINDS.get(action, action)
        energy: float = getattr(self, f"energy_{kind}")
        return self._pipelined(energy, count)
