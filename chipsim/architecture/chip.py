"""The machine as a description: tiles on an on-chip network with a host interface.

The area of a chip is the sum of its parts; where the whole was published (`measured_area`), what the parts do not explain is shown as
`unaccounted`. Parts of the chip (`parts`) are always on: their leakage and their power count for as long as an inference takes.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Self, final

from chipsim.architecture.cores import DigitalCores, unusable_kind
from chipsim.architecture.host import Host
from chipsim.architecture.tile import Tile
from chipsim.circuits.dac import Duration
from chipsim.circuits.memory import Memory
from chipsim.circuits.part import Part, unusable_name
from chipsim.noc.network import Durations, Network
from chipsim.spec import Spec, check, key
from chipsim.units import Area, Power, TechnologyNode, Voltage, show

_CHIP_PARTS = frozenset(
    {"network routers", "network links", "chip-to-chip links", "host interface", "host", "leakage", "other", "unaccounted", "bus"}
)
_SLACK = 1 + 1e-9


@final
class Architecture(Spec):
    """A chip: one tile on every tile node of the network, and a host interface."""

    name: str = key("name of the chip, as reports print it", min_length=1)
    about: str = key("what the chip is, in a sentence or two", default="")
    plugins: tuple[str, ...] = key("Python files or modules that add devices, circuits or topologies", default=())
    node: TechnologyNode | None = key(
        "technology node, such as 14 nm; said in reports, and where scaling starts from", default=None, gt=0, le=1e-5
    )
    supply: Voltage | None = key("supply voltage of the digital circuits; said in reports", default=None, gt=0, le=100)
    tile: Tile = key("the tile")
    network: Network = key("the on-chip network")
    host: Host = key("the host interface")
    cores: dict[str, DigitalCores] | None = key(
        "digital cores on nodes of the network, by kind; without them digital layers run on the tiles", default=None
    )
    activation_bits: int = key("bits of an activation on the network and in buffers", default=8, ge=1, le=32)
    partial_sum_bits: int = key("bits of a partial sum on the network and in buffers", default=16, ge=1, le=64)
    parts: dict[str, Part] = key("further circuits of the whole chip, by name; they are always on", default={})
    other_area: Area = key("area of everything else (pads, clock, control)", default=0.0, ge=0)
    other_power: Power = key("static power of everything else", default=0.0, ge=0)
    measured_area: Area | None = key("published area of the whole chip; what its parts leave is unaccounted", default=None, gt=0)

    @property
    def tile_pitch(self) -> float:
        """Distance of neighbouring tiles (m): the edge of a square tile with its router, or its share of one."""
        router = self.network.scaled_router_area * self.network.topology.routers_per_tile
        return math.sqrt(sum(self.tile.area_parts.values()) + router)

    @cached_property
    def core_nodes(self) -> dict[str, tuple[int, ...]]:
        """The nodes that hold a digital core, by kind; InputError for a node that does not exist."""
        count = len(self.network.graph()) if self.cores else 0
        return {name: cores.nodes.among(count, f"cores.{name}.nodes") for name, cores in (self.cores or {}).items()}

    def waiting_room(self, core: str, array: bool) -> tuple[str, Memory]:
        """Where inputs wait, with its place in the description: for a kind of core, for an array, or for a tile's digital circuits."""
        if self.cores and core:
            return f"cores.{core}.buffer", self.cores[core].buffer
        return ("tile.input_buffer", self.tile.input_buffer) if array else ("tile.output_buffer", self.tile.output_buffer)

    def area_parts(self, tiles: int, routers: int) -> dict[str, tuple[int, float]]:
        """How many of every part there are on a chip with so many tiles and routers, and their area together (m2)."""
        parts = {name: (tiles, tiles * area) for name, area in self.tile.area_parts.items()}
        parts["network routers"] = routers, routers * self.network.scaled_router_area
        ends, area, _ = self.network.topology.chip_links
        parts |= {"chip-to-chip links": (ends, area)} if ends else {}
        parts["host interface"] = 1, self.host.area
        for name, cores in (self.cores or {}).items():
            count = len(self.core_nodes[name])
            parts |= {f"{name} {part}": (count, count * area) for part, area in cores.area_parts.items()}
        parts |= {name: (part.count, part.total_area) for name, part in self.parts.items()}
        parts["other"] = 1, self.other_area
        if self.measured_area is not None:
            count, known = parts.get("unaccounted", (1, 0.0))
            parts["unaccounted"] = count, known + self.measured_area - sum(area for _, area in parts.values())
        return parts

    def leakage_parts(self, tiles: int, routers: int, awake: float = 1.0) -> dict[str, float]:
        """Static power (W) of every part of such a chip; `awake` is the share of their leakage that gating leaves to the tiles."""
        parts = {name: tiles * power * awake for name, power in self.tile.leakage_parts.items()}
        parts["network routers"] = routers * self.network.scaled_router_leakage
        parts |= {"chip-to-chip links": links.leakage} if (links := self.network.topology.chip_links).ends else {}
        parts["host interface"] = self.host.leakage
        for name, cores in (self.cores or {}).items():
            parts |= {f"{name} {part}": len(self.core_nodes[name]) * power for part, power in cores.leakage_parts.items()}
        parts |= {name: part.total_leakage + part.count * part.full_power for name, part in self.parts.items()}
        parts["other"] = self.other_power
        return parts

    @check
    def _has_a_tile(self) -> Self:
        if self.network.no_tile and not any(tile for _, tile in self.network.graph().nodes(data="tile")):
            raise ValueError(
                "network.no_tile: leaves no node with a tile; expected at least one, as arrays do the products; leave out fewer nodes"
            )
        return self

    @check
    def _cores_have_nodes_of_their_own(self) -> Self:
        if problem := unusable_kind(self.cores or {}):
            raise ValueError(f"cores: {problem}")
        holder: dict[int, str] = {}
        for name, nodes in self.core_nodes.items():
            if twice := [node for node in nodes if node in holder]:
                kinds = f"a core of '{holder[twice[0]]}' and one of '{name}'"
                raise ValueError(f"cores: node {twice[0]} holds {kinds}; a node has room for one")
            holder |= dict.fromkeys(nodes, name)
        return self

    @check
    def _parts_have_names_of_their_own(self) -> Self:
        if problem := unusable_name(self.parts):
            raise ValueError(problem)
        for name in sorted({*self.parts, *self.tile.parts, *self.tile.array.parts} & _CHIP_PARTS):
            raise ValueError(f"parts: '{name}' is a name that the report uses for another part; give it a name of its own")
        if twice := sorted(self.parts.keys() & (self.tile.parts.keys() | self.tile.array.parts.keys())):
            raise ValueError(f"parts: '{twice[0]}' is also a part of the tile; call one of them otherwise")
        if idle := sorted(name for name, part in self.parts.items() if part.energy):
            raise ValueError(
                f"parts.{idle[0]}: has an energy of a product, but belongs to no array; give its power, or make it a part of the tile"
            )
        return self

    @check
    def _pulses_fit_the_step(self) -> Self:
        control, dac = self.network.flow_control, self.tile.array.dac
        if isinstance(control, Durations) and isinstance(dac, Duration) and dac.longest > control.step * _SLACK:
            raise ValueError(
                f"tile.array.dac.longest: a pulse of {show(dac.longest, 's')} does not fit the network's step of "
                f"{show(control.step, 's')}; shorten the pulse or lengthen network.flow_control.step"
            )
        return self

    @check
    def _parts_fit_the_chip(self) -> Self:
        if self.measured_area is None:
            return self
        graph = self.network.graph()
        tiles, routers = (sum(bool(kept) for _, kept in graph.nodes(data=kind)) for kind in ("tile", "router"))
        known = sum(area for name, (_, area) in self.area_parts(tiles, routers).items() if name != "unaccounted")
        known += tiles * self.tile.area_parts.get("unaccounted", 0.0)
        if known > self.measured_area * _SLACK:
            raise ValueError(
                f"measured_area: the parts of the chip fill {known * 1e6:.4g} mm2 ({tiles} tiles of "
                f"{sum(self.tile.area_parts.values()) * 1e6:.4g} mm2), more than the {self.measured_area * 1e6:.4g} mm2 of the whole; "
                "correct a part or the total"
            )
        return self
