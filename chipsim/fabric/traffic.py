"""What a network has carried, as counts, and what that takes by the prices of its description.

    E = routed e_router + sum over links (values (length e_link + e_own) + steps e_switch)

Symbols: values carried by a link (flits, or pulses where vectors travel as durations); routed: values that left a router, links and
ejection ports; e_router (J) and e_link (J/m) of one value, w times those of a bit for a flit of w bits; e_own (J) a link's own, such as
that between two chips; e_switch (J) of a step of durations. Lengths of links are known only here: the edge of a tile, which may set
them, follows from areas.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Self, final

from chipsim.errors import InputError
from chipsim.noc.network import Durations, Network
from chipsim.noc.topology import Topology


@final
@dataclass(frozen=True)
class Traffic:
    """Counts by link, and what left routers; `flits` is what occupies a link, `values` and `steps` what is paid for."""

    flits: tuple[float, ...]
    values: tuple[float, ...]
    routed: float
    steps: tuple[float, ...] = ()

    def since(self, before: Traffic, samples: int) -> Traffic:
        """What was carried since then, for each of `samples` samples."""
        flits, values, steps = (
            tuple((now - then) / samples for now, then in zip(mine, others, strict=True))
            for mine, others in ((self.flits, before.flits), (self.values, before.values), (self.steps, before.steps))
        )
        return Traffic(flits, values, (self.routed - before.routed) / samples, steps)

    def over(self, samples: int) -> Traffic:
        """What was carried for each of `samples` samples."""
        flits, values, steps = (tuple(count / samples for count in mine) for mine in (self.flits, self.values, self.steps))
        return Traffic(flits, values, self.routed / samples, steps)


class Carriage(NamedTuple):
    """Energy (J) in routers, on links of the chip and on links between chips."""

    routers: float
    links: float
    off_chip: float = 0.0

    @property
    def total(self) -> float:
        """All of it (J)."""
        return self.routers + self.links + self.off_chip


@final
@dataclass(frozen=True)
class Tariff:
    """Prices of a network: of a value through a router and over each link, of a step on a link (J); lengths of the links (m)."""

    router: float
    links: tuple[float, ...]
    step: float
    lengths: tuple[float, ...]
    between_chips: tuple[bool, ...]

    @classmethod
    def of(cls, network: Network, pitch: float | None = None) -> Self:
        """That of `network`; `pitch` (m) serves when the network gives no distance of its tiles; InputError without either."""
        distance = network.pitch if network.pitch is not None else pitch
        if distance is None:
            raise InputError("Network.pitch: is missing (distance of neighbouring tiles); give it, or price with an architecture")
        control, links = network.flow_control, _links(network.topology)
        width, step = (1.0, control.switch_energy) if isinstance(control, Durations) else (network.flit_width, 0.0)
        lengths = tuple(link.pitches * distance for link in links)
        each = tuple(width * (length * network.link_energy + link.energy) for length, link in zip(lengths, links, strict=True))
        return cls(width * network.scaled_router_energy, each, step, lengths, tuple(link.between_chips for link in links))

    def carriage(self, traffic: Traffic) -> Carriage:
        """What all of the traffic takes."""
        steps = traffic.steps or (0.0,) * len(self.links)
        spent = [count * each + taken * self.step for count, each, taken in zip(traffic.values, self.links, steps, strict=True)]
        off_chip = sum(energy for energy, off in zip(spent, self.between_chips, strict=True) if off)
        return Carriage(traffic.routed * self.router, sum(spent) - off_chip, off_chip)


class _Link(NamedTuple):
    """What a price list needs of a link: its length in tile pitches, its own energy for a bit (J/b), whether it joins two chips."""

    pitches: float
    energy: float
    between_chips: bool


@lru_cache(maxsize=8)
def _links(topology: Topology) -> tuple[_Link, ...]:
    """Those of a topology, in the order of `Channels.links`."""
    given = sorted((source, target, link) for source, target, link in topology.graph().edges(data=True))
    return tuple(_Link(link["length"], float(link.get("energy", 0.0)), bool(link.get("chips", False))) for _, _, link in given)
