"""The two timed runs of an experiment and what they say about time: latency, interval, bottleneck, how it was found."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from chipsim.architecture import Architecture
from chipsim.chip import TimedRun
from chipsim.components.station import Station
from chipsim.result import Row

PICO = 1e-12


class Timing(NamedTuple):
    """The two timed runs: one sample in an idle chip, and a stream."""

    single: TimedRun
    stream: TimedRun

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


def bottleneck(timing: Timing, links: list[Row]) -> dict[str, object]:
    """What is busiest in steady state, and what would help."""
    busiest, share = _busiest(timing)
    bus = max(timing.stream.buses, key=lambda line: line.busy, default=None)
    if bus is not None and (carrying := bus.busy / timing.stream.simulated * PICO / timing.interval) >= share:
        advice = "a wider or faster bus in the tile, or fewer arrays on it"
        return {"stage": f"bus of tile[{bus.node}]", "layer": "", "utilisation": carrying, "advice": advice}
    link = max(links, key=lambda row: row["utilisation"], default=None)
    if link is not None and link["utilisation"] > share:
        name = f"link {link['source']} -> {link['destination']}"
        advice = "wider flits, a faster network, another placement ('order: traffic') or fewer copies"
        return {"stage": name, "layer": "", "utilisation": link["utilisation"], "advice": advice}
    advice = {
        "source": "a faster host interface",
        "sink": "a faster host interface",
        "array": "more copies of this layer, or a faster product (shorter inputs, faster converters)",
        "adder": "more lanes or a faster clock of the accumulators",
        "neuron": "more lanes or a faster clock of the neuron circuits",
        "gates": "more lanes or a faster clock of the neuron circuits",
        "cell": "more lanes or a faster clock of the vector unit",
        "last": "more lanes or a faster clock of the vector unit",
        "vector": "more lanes or a faster clock of the vector unit",
    }[busiest.stage.kind]
    if busiest.stage.core:
        advice = f"more lanes, a faster clock or a larger spread of '{busiest.stage.core}', or more of these cores"
    if share < 0.9 and (loop := _slowest_loop(timing)):
        advice = (
            f"nothing is busy all the time: the steps of layer '{loop}' wait for each other; faster products and cells (vector unit) and "
            "shorter ways between its blocks would help, copies and larger buffers would not"
        )
    elif share < 0.9:
        advice = f"nothing is busy all the time: waiting for data bounds the rate; larger buffers, or first {advice}"
    return {"stage": busiest.stage.name, "layer": busiest.stage.layer, "utilisation": share, "advice": advice}


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


def _busiest(timing: Timing) -> tuple[Station, float]:
    """The busiest stage of the busiest circuit, and the share of time for which that circuit works, all stages that share it together."""
    circuits: dict[object, list[Station]] = defaultdict(list)
    for station in timing.stream.stations:
        circuits[station.port or station.stage.name].append(station)
    work = {circuit: sum(per_sample(timing.stream, s) for s in stations) for circuit, stations in circuits.items()}
    circuit = max(work, key=lambda circuit: work[circuit])
    return max(circuits[circuit], key=lambda s: per_sample(timing.stream, s)), work[circuit] / timing.interval


def timing_facts(timing: Timing, mode: str, architecture: Architecture) -> dict[str, object]:
    """How the timed run was made and why it was enough."""
    run, period = timing.stream, timing.stream.period
    facts: dict[str, object] = {"mode": mode, "simulated": run.simulated, "stream": run.stream, "stream_time": run.end * PICO}
    if period is not None:
        why = (
            f"the state of the whole chip after {period.after + period.samples} samples equals that after {period.after}; "
            f"{period.skipped} periods were skipped and the end of the stream was simulated, so every completion time is exact"
        )
        facts |= {"warm_up": period.after, "period": period.samples, "period_time": period.time * PICO, "why": why}
    elif architecture.tile.array.bound_management:
        gaps = np.diff([run.finished[s] for s in sorted(run.finished)]) * PICO
        spread = float(gaps.std()) if len(gaps) else 0.0
        why = f"time depends on the data (bound management): mean interval of the later half, spread {spread:.3g} s"
        facts |= {"interval_spread": spread, "why": why}
    else:
        facts["why"] = "all samples of the stream were simulated; no state of the chip repeated among those compared"
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
