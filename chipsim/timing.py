"""The two timed runs of an experiment and what they say about time: latency, interval, bottleneck, how it was found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np

from chipsim.architecture import Architecture
from chipsim.chip import TimedRun
from chipsim.components.array import ArrayStation
from chipsim.components.station import Station
from chipsim.mapping.dataflow import Stage
from chipsim.result import Row

PICO = 1e-12


class Timing(NamedTuple):
    """The two timed runs: one sample in an idle chip, and a stream."""

    single: TimedRun
    stream: TimedRun

    def priced(self, architecture: Architecture) -> Timing:
        """The same runs at the prices of an architecture that differs in nothing else."""
        return Timing(self.single.priced(architecture), self.stream.priced(architecture))

    @property
    def latency(self) -> float:
        """From the start of the input to the last output of one sample in an idle chip (s)."""
        return self.single.finished[0] * PICO

    @property
    def interval(self) -> float:
        """Time between results in steady state (s)."""
        return self.stream.interval * PICO


def per_sample(run: TimedRun, station: Station) -> float:
    """Time a station works for one sample (s)."""
    return run.work(station) * PICO


def by_circuit(stations: Iterable[Station]) -> list[list[Station]]:
    """Stations in groups, each of those that take turns on one circuit."""
    groups: dict[object, list[Station]] = defaultdict(list)
    for station in stations:
        groups[station.port or station.stage.name].append(station)
    return list(groups.values())


def busiest_circuit(run: TimedRun, stations: Iterable[Station]) -> float:
    """Time that the busiest circuit of these stations works for one sample (s); a recurrent layer may use an array twice a step."""
    return max(sum(per_sample(run, station) for station in group) for group in by_circuit(stations))


@final
@dataclass(frozen=True)
class Shared:
    """A circuit at work, with all stages that take turns on it, and the share of the time in steady state for which it works."""

    stations: tuple[Station, ...]
    share: float

    @property
    def busiest(self) -> Stage:
        """The stage that works longest."""
        return max(self.stations, key=lambda station: station.recorder.busy[station.stage.name]).stage

    @property
    def layers(self) -> list[str]:
        """The layers that it works for, in the order of the network."""
        return list(dict.fromkeys(station.stage.layer for station in self.stations))

    @property
    def name(self) -> str:
        """The stage; where several layers share the circuit, its place and those layers."""
        stage, layers = self.busiest, self.layers
        if len(layers) == 1:
            return stage.name
        if stage.block is not None:
            place = f"array {stage.block.array} of tile {stage.node}"
        else:
            place = f"{stage.core}[{stage.node}]" if stage.core else f"{_CIRCUITS[stage.kind]} of tile {stage.node}"
        return f"{place}, shared by layers {', '.join(layers)}"


_CIRCUITS = defaultdict(lambda: "neuron circuits", {"cell": "vector unit", "vector": "vector unit"})
_ADVICE = {
    "source": "a faster host interface",
    "sink": "a faster host interface",
    "array": "more copies of this layer, or a faster product (shorter inputs, faster converters)",
    "adder": "more lanes or a faster clock of the accumulators",
    "neuron": "more lanes or a faster clock of the neuron circuits",
    "gates": "more lanes or a faster clock of the neuron circuits",
    "cell": "more lanes or a faster clock of the vector unit",
    "last": "more lanes or a faster clock of the vector unit",
    "vector": "more lanes or a faster clock of the vector unit",
}
_STEPS = "a faster product (shorter inputs, faster converters), a smaller layer, or fewer steps; each step waits for the one before"


def circuits(timing: Timing) -> list[Shared]:
    """Every circuit of the stream, each with all stages that share it."""
    run = timing.stream
    return [Shared(tuple(found), sum(per_sample(run, s) for s in found) / timing.interval) for found in by_circuit(run.stations)]


def bottleneck(timing: Timing, links: list[Row]) -> dict[str, object]:
    """What is busiest in steady state, and what would help: stage, layer (that of its busiest stage), utilisation, advice, shared."""
    busiest = max(circuits(timing), key=lambda circuit: circuit.share)
    bus = max(timing.stream.buses, key=lambda line: line.busy, default=None)
    if bus is not None and (carrying := bus.busy / timing.stream.simulated * PICO / timing.interval) >= busiest.share:
        advice = "a wider or faster bus in the tile, or fewer arrays on it"
        return {"stage": f"bus of tile[{bus.node}]", "layer": "", "utilisation": carrying, "advice": advice}
    number = max(range(len(links)), key=lambda one: links[one]["utilisation"], default=None)
    if number is not None and links[number]["utilisation"] > busiest.share:
        return _link(links[number], timing.stream.fabric.channels.between_chips[number])
    stage, share, advice = busiest.busiest, busiest.share, _advice(busiest, timing)
    if share < 0.9 and (loop := _slowest_loop(timing)):
        advice = (
            f"nothing is busy all the time: the steps of layer '{loop}' wait for each other; faster products and cells (vector unit) and "
            "shorter ways between its blocks would help, copies and larger buffers would not"
        )
    elif share < 0.9:
        advice = f"nothing is busy all the time: waiting for data bounds the rate; larger buffers, or first {advice}"
    shared = busiest.layers if len(busiest.layers) > 1 else []
    return {"stage": busiest.name, "layer": stage.layer, "utilisation": share, "advice": advice, "shared": shared}


def _link(row: Row, between_chips: bool) -> dict[str, object]:
    """The busiest link as a bottleneck."""
    way = f"{row['source']} -> {row['destination']}"
    name, faster = f"link {way}", "wider flits, a faster network"
    if between_chips:
        name = f"chip-to-chip link {way}"
        faster = "more `bandwidth` or `lanes` of the links between chips (wider flits would not help)"
    advice = f"{faster}, another placement ('order: traffic') or fewer copies"
    return {"stage": name, "layer": "", "utilisation": row["utilisation"], "advice": advice}


def _advice(circuit: Shared, timing: Timing) -> str:
    """What would make a circuit faster, or leave it less to do."""
    stage = circuit.busiest
    if stage.core:
        return f"more lanes, a faster clock or a larger spread of '{stage.core}', or more of these cores"
    if stage.block is None or len(circuit.layers) == 1:
        return _STEPS if stage.kind == "array" and stage.layer in _recurrent(timing) else _ADVICE[stage.kind]
    empty = _empty_arrays(timing)
    where = f"; {empty} array{'s are' if empty > 1 else ' is'} empty" if empty else ", on a chip with more arrays"
    planes = {station.stage.block.plane for station in circuit.stations if station.stage.block is not None}
    how = "'pack: false'" if len(planes) == 1 else "other `tiles`"
    return f"fewer layers on one array ({how}){where}; or a faster product (shorter inputs, faster converters)"


def _empty_arrays(timing: Timing) -> int:
    """Arrays of the chip on which nothing lies."""
    graph = timing.stream.fabric.channels.routes.graph
    stations = [station for station in timing.stream.stations if isinstance(station, ArrayStation)]
    used = {(station.stage.node, station.block.array) for station in stations}
    return sum(bool(tile) for _, tile in graph.nodes(data="tile")) * stations[0].tile.arrays - len(used)


def _recurrent(timing: Timing) -> set[str]:
    """The recurrent layers: of these a copy would have to wait for the first, so there are none."""
    return {station.stage.layer for station in timing.stream.stations if station.stage.kind == "cell"}


def _slowest_loop(timing: Timing) -> str:
    """The recurrent layer whose steps take longest, where one takes half of the interval or more; empty where none does."""
    extents = timing.single.recorder.extent
    lengths: dict[str, int] = defaultdict(int)
    for station in timing.single.stations:
        if station.stage.kind == "cell":
            start, end = extents[station.stage.name]
            lengths[station.stage.layer] = max(lengths[station.stage.layer], end - start)
    slowest = max(lengths, key=lambda layer: lengths[layer], default="")
    return slowest if slowest and lengths[slowest] * PICO >= timing.interval / 2 else ""


def timing_facts(timing: Timing, mode: str, architecture: Architecture) -> dict[str, object]:
    """How the timed run was made and why it was enough."""
    run, period = timing.stream, timing.stream.period
    facts: dict[str, object] = {"mode": mode, "simulated": run.simulated, "stream": run.stream, "stream_time": run.end * PICO}
    if period is not None:
        why = (
            f"The state of the whole chip after {period.after + period.samples} samples equals that after {period.after}; "
            f"{period.skipped} period{'s were' if period.skipped != 1 else ' was'} skipped "
            "and the end of the stream was simulated, so every completion time is exact"
        )
        facts |= {"warm_up": period.after, "period": period.samples, "period_time": period.time * PICO, "why": why}
    elif architecture.tile.array.bound_management:
        gaps = np.diff([run.finished[s] for s in sorted(run.finished)]) * PICO
        spread = float(gaps.std()) if len(gaps) else 0.0
        why = f"Time depends on the data (bound management): mean interval of the later half, spread {spread:.3g} s"
        facts |= {"interval_spread": spread, "why": why}
    else:
        facts["why"] = "All samples of the stream were simulated; no state of the chip repeated among those compared"
    return facts


def network_facts(timing: Timing, architecture: Architecture, links: list[Row]) -> dict[str, object]:
    """What the network is, how full its links are, and whether the model can be trusted with that."""
    fabric = timing.stream.fabric
    peak = max((row["utilisation"] for row in links), default=0.0)
    kind = architecture.network.flow_control.type_name
    warning = ""
    if peak > fabric.reliable:
        warning = f"the busiest link is {peak:.0%} full; waiting times of the {kind} model are trusted up to {fabric.reliable:.0%}"
    return {
        "topology": architecture.network.topology.type_name,
        "flow_control": kind,
        "peak_utilisation": peak,
        "warning": warning,
        "saved_flits": fabric.saved / timing.stream.simulated,
    }
