"""Latency against injection: what a chip's network does under more and more traffic, from idle to beyond saturation.

    bound             1 / max over channels of (flits on it for each flit that every tile sends x time of a flit / cycle)
    zero-load latency mean over all pairs of the pattern of the latency in an idle network
    latency           zero-load latency + mean of (latency - latency of the same way in an idle network)
    saturation        the offered load at which the latency is three times the zero-load latency, between the measured points

The bound is what the busiest channel (link, port of a tile) can carry; for uniform traffic on a mesh that is its bisection. The second
form of the latency takes out which ways happened to be drawn. Confidence: 95 % by Student's t over ten batches of packets in the order
in which they were made. Loads are those of `traffic.py`. Tables, plain numbers in SI (loads in flits for each tile and cycle):

    curves    pattern, control, load, share (of the bound), latency, low, high (95 % of the mean), late (95 % quantile), accepted,
              packets, warm, measured (cycles), saturated (latency above three times the zero-load latency)
    limits    pattern, control, bound, zero_load, saturation (None: not reached), share (of the bound), hops (mean links of a way)
    refused   pattern, control, reason
    here      what (mean, busiest), pattern, load, links: loads at which the links would be as busy as those of a given run

Reference: Dally and Towles, Principles and Practices of Interconnection Networks, 2004, chapter 23.
Range: what the models of `fabric/` are good for (calendar: up to 40 % of saturation within 5 %, then too low; credits: up to 75 %).
Not modelled: traffic that comes in bursts, multicast, answers to packets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from math import exp, log, sqrt
from statistics import fmean, stdev
from typing import final

from chipsim.errors import InputError
from chipsim.fabric import Fabric
from chipsim.noc.network import Durations, FlowControl, Network
from chipsim.result import Result, Row
from chipsim.studies.traffic import Traffic, idle_fabric, slot_of, slots_of
from chipsim.studies.traffic_limits import bound_of, link_shares, zero_load
from chipsim.studies.traffic_patterns import Pattern, pattern_of
from chipsim.tabular import Tabular

POINTS, PACKETS = 12, 3000
TIMES = 3.0  # of the zero-load latency: saturation
_T9 = 2.262  # Student's t, 9 degrees of freedom, 95 % two-sided
_BATCHES = 10
_BEYOND = 1.2  # of the bound: where the search for saturation begins
_LAST = 1.1  # of saturation: the last point of a curve
_HALVINGS = 5
_SPANS = 60, 300  # a point is measured for so many zero-load latencies at least, where it costs little for so many
_MORE = 2.5  # times the wished packets: little
Progress = Callable[[str, float], None]


@final
@dataclass(frozen=True)
class InjectionStudy(Tabular):
    """Curves of one network; tables as in the docstring of this file."""

    name: str
    topology: str
    routing: str
    tiles: int
    links: int
    bits: int  # of a packet
    flits: int  # of a packet, headers included; steps of a vector with `durations`
    slot: float  # s: a cycle, or a step
    circuits: bool  # `durations`: vectors and steps in place of flits and cycles
    seed: int
    notes: tuple[str, ...]
    curves: list[Row]
    limits: list[Row]
    refused: list[Row]
    here: list[Row] = field(default_factory=list)


@final
@dataclass(frozen=True)
class Wish:
    """How the curves are measured: bits of a packet (0: a full payload), points of a curve, packets of a point at least, seed."""

    bits: int = 0
    points: int = POINTS
    packets: int = PACKETS
    seed: int = 0


USUAL = Wish()


def study(
    network: Network,
    name: str = "network",
    patterns: Sequence[str] = ("uniform",),
    controls: Sequence[FlowControl] = (),
    wish: Wish = USUAL,
    progress: Progress = lambda text, share: None,
) -> InjectionStudy:
    """Curves of a network for every pattern and flow control (none given: its own); InputError where none of them can be made."""
    if wish.points < 3 or wish.packets < 100 or wish.bits < 0:
        raise InputError("injection: expected 3 points or more, 100 packets or more, and packets of at least 1 b")
    cases = [(pattern, control) for control in controls or (network.flow_control,) for pattern in patterns]
    curves: list[Row] = []
    limits: list[Row] = []
    refused: list[Row] = []
    for done, (pattern, control) in enumerate(cases):
        named = {"pattern": pattern, "control": control.type_name}
        try:
            case = Case.of(network_with(network, control), pattern, wish)
            rows, limit = case.curve(partial(_tell, progress, f"{pattern}, {control.type_name}", done, len(cases)))
        except InputError as error:
            refused.append(named | {"reason": str(error)})
            continue
        curves += [named | row for row in rows]
        limits.append(named | limit)
    if not limits:
        raise InputError(f"injection: no curve can be made; {refused[0]['pattern']}, {refused[0]['control']}: {refused[0]['reason']}")
    fabric = idle_fabric(network)
    bits = bits_of(network, wish)
    return InjectionStudy(
        name=name, topology=network.topology.type_name, routing=fabric.channels.routes.routing.type_name,
        tiles=len(pattern_of("uniform", network).tiles), links=len(fabric.channels.links), bits=bits,
        flits=slots_of(network, bits, fabric), slot=slot_of(network) * 1e-12,
        circuits=isinstance(network.flow_control, Durations), seed=wish.seed, notes=_notes(network, fabric),
        curves=curves, limits=limits, refused=refused,
    )  # fmt: skip


def _tell(progress: Progress, said: str, done: int, count: int, share: float) -> None:
    progress(said, (done + share) / count)


def network_with(network: Network, control: FlowControl) -> Network:
    """The network under another flow control; InputError when it does not go with the rest."""
    if control == network.flow_control:
        return network
    given = {name: getattr(network, name) for name in type(network).model_fields}
    return Network(**(given | {"flow_control": control}))


def bits_of(network: Network, wish: Wish) -> int:
    """Bits of a packet: those asked for, else a full payload, or a vector of as many values as a link has wires."""
    control = network.flow_control
    return wish.bits or (8 * control.wires if isinstance(control, Durations) else int(network.payload))


def _notes(network: Network, fabric: Fabric) -> tuple[str, ...]:
    notes = []
    if isinstance(network.flow_control, Durations):
        notes.append(
            "durations: no packets and no flits; a vector waits until all links of its way have wires free"
        )
    if any(fabric.channels.between_chips):
        notes.append("links between chips are slower than those of the chip; patterns count the tiles of all chips in one line")
    return tuple(notes)


@final
@dataclass(frozen=True)
class Case:
    """One pattern on one network: what is known before anything moves. Times in ps, loads as in `traffic.py`."""

    network: Network
    pattern: Pattern
    wish: Wish
    bits: int
    length: int  # slots of a packet
    slot: int
    zero: float
    bound: float
    hops: float

    @classmethod
    def of(cls, network: Network, name: str, wish: Wish) -> Case:
        """InputError when the pattern does not fit the network."""
        pattern, fabric, bits = pattern_of(name, network), idle_fabric(network), bits_of(network, wish)
        if all(pattern.shares(tile).get(tile) == 1.0 for tile in pattern.tiles):
            raise InputError(f"injection: in '{name}' every tile of this network would send to itself; take another pattern")
        length, slot = slots_of(network, bits, fabric), slot_of(network)
        links = link_shares(fabric, pattern)
        zero, bound = zero_load(fabric, pattern, bits), bound_of(fabric, pattern, links, bits)
        return cls(network, pattern, wish, bits, length, slot, zero, bound, sum(links.values()) / len(pattern.tiles))

    def measure(self, load: float, part: float = 1.0) -> Row:
        """One point of a curve; `part` of the usual packets."""
        span = self.zero / self.slot
        needed = self.wish.packets * self.length / (load * len(self.pattern.tiles))
        measured = round(part * max(_SPANS[0] * span, needed, min(_SPANS[1] * span, _MORE * needed)))
        warm = round(measured / 8 + 2 * span)
        run = Traffic(self.network, self.pattern, self.bits, load, warm + measured, warm, self.wish.seed)
        if len(run.packets) < 2 * _BATCHES:
            raise InputError(f"injection: only {len(run.packets)} packets at a load of {load:.3g}; give more with --packets")
        mean = self.zero + run.excess
        size = len(run.packets) / _BATCHES
        found = sorted(run.packets)
        batches = [found[round(k * size) : round((k + 1) * size)] for k in range(_BATCHES)]
        wide = _T9 * stdev(fmean(packet.latency - packet.idle for packet in batch) for batch in batches) / sqrt(_BATCHES)
        late = sorted(packet.latency for packet in run.packets)[int(0.95 * len(run.packets))]
        return {
            "load": load, "share": load / self.bound, "latency": mean * 1e-12, "low": (mean - wide) * 1e-12,
            "high": (mean + wide) * 1e-12, "late": late * 1e-12, "accepted": run.accepted, "packets": len(run.packets), "warm": warm,
            "measured": measured, "saturated": mean > TIMES * self.zero,
        }  # fmt: skip

    def curve(self, tell: Callable[[float], None]) -> tuple[list[Row], Row]:
        """The points of the curve and its limits."""
        most = min(_BEYOND * self.bound, 0.98 * self.length)
        low, high = 0.0, most
        for turn in range(_HALVINGS):
            tell(turn / (_HALVINGS + self.wish.points))
            middle = (low + high) / 2
            low, high = (low, middle) if self.measure(middle, 0.5)["saturated"] else (middle, high)
        top = min(_LAST * (low + high) / 2, most)
        rows = []
        for place in range(self.wish.points):
            tell((_HALVINGS + place) / (_HALVINGS + self.wish.points))
            rows.append(self.measure(float(f"{top * _spaced(place, self.wish.points):.3g}")))
        found = saturation(rows, self.zero * 1e-12)
        share = None if found is None else found / self.bound
        return rows, {"bound": self.bound, "zero_load": self.zero * 1e-12, "saturation": found, "share": share, "hops": self.hops}


def _spaced(place: int, points: int) -> float:
    """From nearly zero to 1, closer and closer, as latencies grow ever faster."""
    first = 0.03
    return float(1 - (1 - first) * (1 - place / (points - 1)) ** 1.4)


def saturation(rows: Sequence[Row], zero: float) -> float | None:
    """The load at which the latency passes three times `zero` (s), on a line of its logarithm; None where it never does."""
    for before, after in pairwise(rows):
        if before["latency"] <= TIMES * zero < after["latency"]:
            low, high = log(before["latency"]), log(after["latency"])
            part = (log(TIMES * zero) - low) / (high - low)
            return float(before["load"] + part * (after["load"] - before["load"]))
    return None


def loads_of_run(found: InjectionStudy, result: Result) -> list[Row]:
    """Loads of each pattern at which the links would be as busy as those of a run: in the mean, and the busiest.

    A run has few senders and its own ways, so these say where it stands, not which latency it has. InputError: a run on another network.
    """
    if len(result.links) != found.links or not result.links:
        links = f"the run has a network of {len(result.links)} links, this chip one of {found.links}"
        raise InputError(f"--run: {links}; name a run on this chip")
    busy = [row["utilisation"] for row in result.links]
    rows = []
    for limit in {limit["pattern"]: limit for limit in found.limits}.values():
        mean = fmean(busy) * found.links / (limit["hops"] * found.tiles) if limit["hops"] else 0.0
        here = {"pattern": limit["pattern"], "run": result.name}
        rows.append(here | {"what": "mean", "load": mean, "links": fmean(busy)})
        rows.append(here | {"what": "busiest", "load": max(busy) * limit["bound"], "links": max(busy)})
    return rows


def level(rows: Sequence[Row], load: float) -> float | None:
    """The latency (s) of a curve at a load, between its points; None beyond its last one."""
    for before, after in pairwise(rows):
        if before["load"] <= load <= after["load"]:
            part = (load - before["load"]) / (after["load"] - before["load"])
            return exp(log(before["latency"]) + part * (log(after["latency"]) - log(before["latency"])))
    return float(rows[0]["latency"]) if load < rows[0]["load"] else None
