"""The on-chip network: topology, routing, flow control, and what a router and a link take in time, energy and area.

    zero-load latency  T = (t_in + (D + 1) t_router + D t_link + t_out + L) t_cycle        (D links, L flits)

Symbols: t_in, t_out injection and ejection (cycles); t_router pipeline of one router (cycles); t_link wire of one link
(cycles); L time to receive all flits at one flit a cycle; t_cycle one clock period. With the defaults 1, 3, 1, 1 this is
4 D + L + 5 cycles, the latency of an idle mesh in BookSim 2 (Jiang et al., ISPASS 2013, doi:10.1109/ISPASS.2013.6557149) with
its input-queued router: VC allocation, switch allocation, switch traversal.
Range: one network, one clock, deterministic routing. Not modelled: several clock domains, adaptive routing, bit errors.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Self, final

import networkx as nx

from chipsim.circuits.scaling import Factors, Scaling
from chipsim.noc import concentrated as _concentrated  # noqa: F401  # registers the topology `concentrated_mesh`
from chipsim.noc import graph_file as _graph_file  # noqa: F401  # registers the topology `file`
from chipsim.noc import package as _package  # noqa: F401  # registers the topology `package`
from chipsim.noc.nodes import Nodes
from chipsim.noc.routes import Routes
from chipsim.noc.routing import Routing
from chipsim.noc.topology import Topology
from chipsim.spec import Family, Spec, check, key
from chipsim.units import Area, DataSize, Energy, EnergyPerBit, EnergyPerBitLength, Frequency, Length, Power, Time, picoseconds

_CLOCK_ERROR = 0.002  # a cycle is a whole number of picoseconds; half a picosecond is 0.2 % of 4 GHz


class FlowControl(Family):
    """Root of the ways in which packets share links and buffers."""


@final
class Calendar(FlowControl, type="calendar"):
    """Links, injection and ejection ports serve packets first come, first served; buffers never fill.

    Fast. Mean latency is within 5 % of BookSim up to about 40 % of saturation; above, waiting is underestimated.
    """


@final
class Credits(FlowControl, type="credits"):
    """Virtual cut-through: a packet moves on when the next router has room for all of it (credits), else it blocks.

    Kermani and Kleinrock, Computer Networks 3, 267 (1979), doi:10.1016/0376-5075(79)90032-1.
    """

    virtual_channels: int = key("virtual channels (queues) of each input port of a router", default=4, ge=1, le=32)
    buffer: int = key("flits that each virtual channel holds; packets may not be longer", default=8, ge=1, le=4096)
    credit_delay: int = key(
        "cycles from the start of a packet on its next link until the sender behind may use its room", default=2, ge=0, le=100
    )


@final
class Durations(FlowControl, type="durations"):
    """Circuit-switched: a vector travels as the durations of parallel pulses, one wire for each value, without being digitised.

    It holds its wires on all links of its route, multicast included, for one `step` (longer vectors for several); where wires of a
    shared link are too few, routes take turns, first come, first served. No flits, no packets, no router pipeline. Values are not
    rounded on the way. P. Narayanan et al., IEEE Trans. Electron Devices 68, 6629 (2021), doi:10.1109/TED.2021.3115993; S. Ambrogio et
    al., Nature 620, 768 (2023), doi:10.1038/s41586-023-06337-5.
    """

    cites = ("narayanan2021", "ambrogio2023")

    step: Time = key("time for which a vector holds its route: the longest pulse and what comes with it", gt=0)
    wires: int = key("wires side by side on each link: values that travel over it in one step", default=512, ge=1, le=1 << 20)
    hop_delay: Time = key("wire and switch of one link", default=100e-12, ge=0, source="assumed")
    switch_energy: Energy = key("energy of one link for one step, besides its pulses", default=0.0, ge=0)
    overlap: bool = key(
        "an array reads a vector while it arrives: its pulses drive the rows; without it a read begins when the vector is complete",
        default=True,
    )

    @check
    def _time_can_be_counted(self) -> Self:
        if picoseconds(self.step) < 1:
            raise ValueError("step is shorter than 1 ps, the step of simulated time")
        return self


@final
class Network(Spec):
    """The on-chip network of a chip: one router on every node of the topology."""

    cites = ("jiang2013", "shafiee2016")

    topology: Topology = key("nodes and links")
    no_tile: Nodes | None = key("nodes that hold no tile, only a router: places of digital cores, or empty", default=None)
    routing: Routing | None = key("which way packets go; without it the topology's own, which is free of deadlock", default=None)
    flow_control: FlowControl = key("how packets share links and buffers", default=Calendar())
    clock: Frequency = key("clock of routers and links; the cycle is rounded to a whole picosecond", gt=0)
    flit_width: DataSize = key("bits that a link carries in one cycle; compulsory, but with `durations`", default=0.0, ge=0)
    header: DataSize = key("bits that each packet carries besides its payload", default=0.0, ge=0)
    payload: DataSize = key(
        "largest payload of one packet; longer transfers become trains of packets; compulsory, but with `durations`", default=0.0, ge=0
    )
    router_delay: int = key("pipeline of a router in cycles", default=3, ge=0, le=100, source="BookSim 2 input-queued router")
    link_delay: int = key("wire of a link in cycles", default=1, ge=0, le=100, source="BookSim 2 mesh")
    injection_delay: int = key("wire from a tile to its router in cycles", default=1, ge=0, le=100, source="BookSim 2 mesh")
    ejection_delay: int = key("wire from a router to its tile in cycles", default=1, ge=0, le=100, source="BookSim 2 mesh")
    router_energy: EnergyPerBit = key(
        "energy of one bit through one router",
        default=0.08e-12,
        ge=0,
        source="router of ISAAC at 32 nm (Shafiee et al., ISCA 2016, doi:10.1109/ISCA.2016.12); hwcomponents: 20.7 pJ, 256 bits",
    )
    link_energy: EnergyPerBitLength = key("energy of one bit on a wire, per length", ge=0)
    pitch: Length | None = key("distance of neighbouring tiles; without it the edge of a tile", default=None, gt=0)
    router_area: Area = key("area of one router", default=0.0, ge=0)
    router_leakage: Power = key("static power of one router", default=0.0, ge=0)
    scaling: Scaling | None = key(
        "carries energy, area and leakage of the routers to another technology node; clock and wires stay as given", default=None
    )

    @check
    def _carried_as_it_says(self) -> Self:
        for name in ("flit_width", "payload"):
            if not isinstance(self.flow_control, Durations) and getattr(self, name) <= 0:
                kind = self.flow_control.type_name
                raise ValueError(f"{name} is missing or 0 b, expected more than that: the flow control '{kind}' sends packets of flits")
        if isinstance(self.flow_control, Durations) and self.topology.chip_links.ends:
            raise ValueError(
                "flow_control: durations of pulses do not go from chip to chip; take 'calendar' or 'credits' for a package"
            )
        return self

    @check
    def _whole_numbers(self) -> Self:
        for name in ("flit_width", "header", "payload"):
            if getattr(self, name) != int(getattr(self, name)):
                raise ValueError(f"{name} is {getattr(self, name)} b, expected a whole number of bits")
        if abs(self.cycle * self.clock * 1e-12 - 1) > _CLOCK_ERROR:
            raise ValueError(
                f"a clock of {self.clock:.6g} Hz has a cycle of {1e12 / self.clock:.4g} ps; rounded to {self.cycle} ps "
                f"it is more than {_CLOCK_ERROR:.1%} off; take a clock with a cycle close to a whole number of picoseconds"
            )
        return self

    @property
    def link_rate(self) -> float:
        """Bits (or pulses) in a second that a link carries at the most, where it has no rate of its own."""
        control = self.flow_control
        return control.wires / control.step if isinstance(control, Durations) else self.flit_width * self.clock

    @property
    def cycle(self) -> int:
        """One clock period in whole picoseconds (the nearest)."""
        return picoseconds(1 / self.clock)

    @property
    def router_factors(self) -> Factors:
        """What energy, area and leakage of a router are multiplied with: 1 without a scaling."""
        return self.scaling.factors if self.scaling else Factors()

    @property
    def scaled_router_energy(self) -> float:
        """Energy of one bit through one router after scaling (J/b)."""
        return self.router_energy * self.router_factors.energy

    @property
    def scaled_router_area(self) -> float:
        """Area of one router after scaling (m2)."""
        return self.router_area * self.router_factors.area

    @property
    def scaled_router_leakage(self) -> float:
        """Static power of one router after scaling (W)."""
        return self.router_leakage * self.router_factors.leakage

    def graph(self) -> nx.DiGraph[int]:
        """The nodes and links of the topology, without tiles where there are none (made anew each time)."""
        graph = self.topology.graph()
        for node in self.no_tile.among(len(graph), "network.no_tile") if self.no_tile else ():
            graph.nodes[node]["tile"] = False
        return graph

    def routes(self, ends: Iterable[int] = ()) -> Routes:
        """All routes between tiles and the further nodes `ends`; InputError when they could deadlock."""
        return _routes(self, frozenset(ends))

    def packets(self, bits: int) -> tuple[int, ...]:
        """Length in flits of each packet that carries a part of `bits`; 0 bits travel as a bare header of one flit or more."""
        whole, rest = divmod(bits, int(self.payload))
        return (self._flits(int(self.payload)),) * whole + ((self._flits(rest),) if rest or not whole else ())

    def flits(self, bits: int) -> int:
        """Flits that `bits` occupy on each link, headers and padding included."""
        return sum(self.packets(bits))

    def _flits(self, payload: int) -> int:
        return max(1, -(-(int(self.header) + payload) // int(self.flit_width)))

    def zero_load_latency(self, hops: int, flits: int) -> int:
        """Time (ps) from sending the first flit to holding the last, over `hops` links of an idle network."""
        routers, wires = (hops + 1) * self.router_delay, hops * self.link_delay
        return (self.injection_delay + routers + wires + self.ejection_delay + flits) * self.cycle


@lru_cache(maxsize=4)
def _routes(network: Network, ends: frozenset[int]) -> Routes:
    """The routes, which nobody changes: training asks for those of one chip again and again."""
    routing = network.routing
    if routing is None:
        member = Routing.member(network.topology.default_routing)
        assert issubclass(member, Routing)
        routing = member()
    # a vector of pulses takes all links of its route at once or none, so routes cannot wait for one another in a circle
    return Routes(network.graph(), routing, ends, circuits=isinstance(network.flow_control, Durations))
