"""Digital cores: nodes of the network that compute what is no product with an array, instead of the tiles' own vector units.

A core is a vector unit with a memory, beside the tile of its node, or alone on a node that holds no tile (`network.no_tile`). A chip
may have several kinds, such as wide ones for attention and light ones for additions. A core does one thing at a time; layers on it take
turns.

    area of a core = vector unit + buffer + `area`,      leakage likewise

Reference for the idea: S. Jain et al., IEEE Transactions on Very Large Scale Integration Systems 31, 114, 2023, DOI
10.1109/TVLSI.2022.3221390. Not modelled: programs and their loading, a core's own weights in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import final

from chipsim.circuits.memory import Memory
from chipsim.circuits.vector_unit import VectorUnit
from chipsim.noc.nodes import Nodes
from chipsim.spec import Spec, key
from chipsim.units import Area, Power

_TAKEN = frozenset({"tile", "host", "array", "neuron", "vector", "input", "output"})  # the report uses these words


@final
class DigitalCores(Spec):
    """One kind of digital core and the nodes that hold one each."""

    cites = ("jain2023",)

    nodes: Nodes = key("nodes of the network that hold such a core")
    layers: tuple[str, ...] = key("types of the digital layers that they compute (default: all that no other kind names)", default=())
    spread: int = key(
        "largest number of cores that one layer is cut over: by channels that stand for themselves (attention: heads), else by rows",
        default=1,
        ge=1,
    )
    vector_unit: VectorUnit = key("what computes")
    buffer: Memory = key("holds inputs that wait for the rest, and results that wait for the network; layers of a core share it")
    area: Area = key("area of the rest of one core", default=0.0, ge=0)
    leakage: Power = key("static power of the rest of one core", default=0.0, ge=0)

    @property
    def area_parts(self) -> dict[str, float]:
        """Area of every part of one core (m2)."""
        return {"vector unit": self.vector_unit.unit_area, "buffer": self.buffer.unit_area, "rest": self.area}

    @property
    def leakage_parts(self) -> dict[str, float]:
        """Static power of every part of one core (W)."""
        return {"vector unit": self.vector_unit.unit_leakage, "buffer": self.buffer.unit_leakage, "rest": self.leakage}


def unusable_kind(names: Iterable[str]) -> str | None:
    """What is wrong with the name of a kind of core, as a sentence; None when all are usable."""
    for name in names:
        if name in _TAKEN or not re.fullmatch(r"[A-Za-z][A-Za-z0-9 _-]*", name):
            return f"{name!r} cannot be the name of a kind of core; take letters, digits, spaces, _ or -, such as 'wide core'"
    return None
