"""From what a run left behind to the tables of its Result: sums, shares, utilisations, headline rates, checks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from chipsim.architecture import Architecture
from chipsim.chip import TimedRun
from chipsim.components.array import ArrayStation
from chipsim.components.station import Station
from chipsim.errors import CheckError
from chipsim.mapping.mapping import Mapping
from chipsim.result import Row
from chipsim.workload.graph import Workload

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


def mapping_rows(mapping: Mapping, architecture: Architecture) -> list[Row]:
    """One row for each placement."""
    cells = architecture.tile.array.rows * architecture.tile.array.columns
    return [
        {
            "layer": p.layer, "copy": p.copy, "row_block": p.row_block, "column_block": p.column_block, "tile": p.tile,
            "rows": p.shape[0], "columns": p.shape[1], "row_start": p.rows[0], "column_start": p.columns[0],
            "utilisation": p.shape[0] * p.shape[1] / cells,
        }
        for p in mapping.placements
    ]  # fmt: skip


def per_sample(run: TimedRun, station: Station) -> float:
    """Time a station works for one sample (s), mean over the simulated samples."""
    return run.recorder.busy[station.stage.name] * PICO / run.simulated


def layer_rows(workload: Workload, mapping: Mapping, timing: Timing) -> list[Row]:
    """One row for each layer that computes something."""
    energy = energy_by(timing.stream, "layer")
    rows = []
    for name in workload.steps:
        stations = [s for s in timing.stream.stations if s.stage.layer == name and s.stage.kind != "sink"]
        arrays = [s for s in stations if isinstance(s, ArrayStation)]
        spans = [s for s in timing.single.recorder.spans if s.layer == name and not s.track.startswith("host")]
        busy = max(per_sample(timing.stream, station) for station in stations)
        blocks = mapping.of(name) if arrays else []
        products = sum(s.products for s in arrays)
        rows.append(
            {
                "layer": name,
                "type": workload.layers[name].type_name,
                "tiles": len({s.stage.node for s in stations}),
                "copies": mapping.copies(name) if blocks else 1,
                "vectors": int(np.prod(workload.shapes[name][1:])),
                "macs": workload.layer_macs(name),
                "latency": (max(s.end for s in spans) - min(s.start for s in spans)) * PICO,
                "busy": busy,
                "utilisation": busy / timing.interval,
                "energy": energy.get(name, 0.0),
                "retries": sum(s.retries for s in arrays) / products if products else 0.0,
            }
        )
    return rows


def energy_by(run: TimedRun, key: str) -> dict[str, float]:
    """Energy of one inference (J) by `part` or `layer`, from the ledger alone (no network, no leakage)."""
    sums: dict[str, float] = defaultdict(float)
    for entry, energy in run.recorder.energy.items():
        sums[getattr(entry, key)] += energy / run.simulated
    return dict(sums)


def energy_rows(run: TimedRun, leakage: Iterable[Row], interval: float) -> list[Row]:
    """Energy of one inference by part and layer; leakage over one interval."""
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for entry, energy in run.recorder.energy.items():
        sums[entry.part, entry.layer] += energy / run.simulated
    sums["network routers", ""] = sum(run.fabric.router_energies()) / run.simulated
    sums["network links", ""] = sum(run.fabric.link_energies()) / run.simulated
    sums["leakage", ""] = sum(row["power"] for row in leakage) * interval
    return [{"part": part, "layer": layer, "energy": energy} for (part, layer), energy in sorted(sums.items())]


def area_rows(architecture: Architecture, tiles: int, routers: int) -> list[Row]:
    """Area of the whole chip by part."""
    parts = {name: (tiles, tiles * area) for name, area in architecture.tile.area_parts.items()}
    parts["network routers"] = routers, routers * architecture.network.router_area
    parts["host interface"] = 1, architecture.host.area
    parts["other"] = 1, architecture.other_area
    total = sum(area for _, area in parts.values())
    if total <= 0:
        raise CheckError("the area of the chip is zero: give the area of the tile's parts, or a measured core")
    return [{"part": n, "count": count, "area": area, "share": area / total} for n, (count, area) in parts.items() if area]


def leakage_rows(architecture: Architecture, tiles: int, routers: int) -> list[Row]:
    """Static power of the whole chip by part."""
    parts = {name: tiles * power for name, power in architecture.tile.leakage_parts.items()}
    parts["network routers"] = routers * architecture.network.router_leakage
    parts["host interface"] = architecture.host.leakage
    parts["other"] = architecture.other_power
    return [{"part": name, "power": power} for name, power in parts.items() if power]


def tile_rows(architecture: Architecture, mapping: Mapping, timing: Timing) -> list[Row]:
    """One row for each tile: position, what it holds, how busy its array is, what it spends."""
    graph = timing.stream.fabric.channels.routes.graph
    busy: dict[int, float] = defaultdict(float)
    energy: dict[int, float] = defaultdict(float)
    for station in timing.stream.stations:
        if isinstance(station, ArrayStation):
            busy[station.stage.node] += per_sample(timing.stream, station)
    for entry, amount in timing.stream.recorder.energy.items():
        energy[entry.node] += 0.0 if entry.part == "host" else amount / timing.stream.simulated
    layers: dict[int, list[str]] = defaultdict(list)
    for p in mapping.placements:
        layers[p.tile] += [p.layer] if p.layer not in layers[p.tile] else []
    return [
        {
            "tile": node, "x": graph.nodes[node]["position"][0], "y": graph.nodes[node]["position"][1],
            "layers": layers.get(node, []), "utilisation": busy[node] / timing.interval, "energy": energy[node],
        }
        for node, tile in graph.nodes(data="tile")
        if tile
    ]  # fmt: skip


def link_rows(timing: Timing) -> list[Row]:
    """One row for each directed link."""
    fabric, run = timing.stream.fabric, timing.stream
    graph = fabric.channels.routes.graph
    rows = []
    for number, (source, destination) in enumerate(fabric.channels.links):
        (x0, y0), (x1, y1) = graph.nodes[source]["position"], graph.nodes[destination]["position"]
        busy = fabric.flits[number] * fabric.cycle * PICO / run.simulated
        rows.append(
            {
                "source": source, "destination": destination, "x0": x0, "y0": y0, "x1": x1, "y1": y1,
                "utilisation": busy / timing.interval, "flits": fabric.flits[number] / run.simulated,
                "length": fabric.channels.length[number],
            }
        )  # fmt: skip
    return rows


def span_rows(run: TimedRun) -> list[Row]:
    """What every stage did, in seconds."""
    return [
        {"track": s.track, "name": s.layer, "start": s.start * PICO, "end": s.end * PICO, "sample": s.sample}
        for s in run.recorder.spans
    ]


def full_product_energy(architecture: Architecture, run: TimedRun) -> float:
    """Energy of one product with a full array (J): a measured core's, or the parts', cells as busy as they were in this run."""
    tile, array = architecture.tile, architecture.tile.array
    if tile.measured:
        product = tile.measured.energy
    else:
        arrays = [s for s in run.stations if isinstance(s, ArrayStation)]
        cells = sum((s.products + s.retries) * s.block.shape[0] * s.block.shape[1] for s in arrays)
        per_cell = sum(e for entry, e in run.recorder.energy.items() if entry.part == "array") / cells
        converters = array.dac.cost("convert", array.rows).energy
        converters += array.adc.cost("convert", array.columns * array.dac.planes).energy
        product = per_cell * array.rows * array.columns + converters
    return product + tile.neuron.cost("apply", array.columns).energy


def bottleneck(timing: Timing, links: list[Row]) -> dict[str, object]:
    """What is busiest in steady state, and what would help."""
    busiest = max(timing.stream.stations, key=lambda s: per_sample(timing.stream, s))
    share = per_sample(timing.stream, busiest) / timing.interval
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
        "vector": "more lanes or a faster clock of the vector unit",
    }[busiest.stage.kind]
    if share < 0.9:
        advice = f"nothing is busy all the time: waiting for data bounds the rate; larger buffers, or first {advice}"
    return {"stage": busiest.stage.name, "layer": busiest.stage.layer, "utilisation": share, "advice": advice}


def metrics(
    workload: Workload,
    architecture: Architecture,
    mapping: Mapping,
    timing: Timing,
    energy: list[Row],
    area: list[Row],
    leakage: list[Row],
) -> dict[str, float]:
    """The headline numbers (SI); 1 MAC = 2 OP, counted from the network; area is the whole chip."""
    total_area = sum(row["area"] for row in area)
    total_energy = sum(row["energy"] for row in energy)
    leaked = sum(row["energy"] for row in energy if row["part"] == "leakage")
    array = architecture.tile.array
    operations = 2.0 * workload.macs
    peak = 2.0 * array.rows * array.columns * mapping.tiles / architecture.tile.product_time
    product = full_product_energy(architecture, timing.stream)
    peak_power = mapping.tiles * product / architecture.tile.product_time + sum(row["power"] for row in leakage)
    return {
        "latency": timing.latency,
        "interval": timing.interval,
        "inferences_per_second": 1 / timing.interval,
        "energy": total_energy,
        "dynamic_energy": total_energy - leaked,
        "leakage_energy": leaked,
        "power": total_energy / timing.interval,
        "area": total_area,
        "macs": float(workload.macs),
        "ops": operations,
        "sustained_ops": operations / timing.interval,
        "sustained_ops_per_watt": operations / total_energy,
        "sustained_ops_per_area": operations / timing.interval / total_area,
        "peak_ops": peak,
        "peak_ops_per_watt": peak / peak_power,
        "peak_ops_per_area": peak / total_area,
        "tiles": float(mapping.tiles),
        "tiles_used": float(len(mapping.used)),
    }


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


def checks(
    timing: Timing,
    metrics: dict[str, float],
    energy: list[Row],
    area: list[Row],
    layers: list[Row],
    tiles: list[Row],
    links: list[Row],
    agree: int,
) -> list[Row]:
    """Conservation and sanity, each with the two numbers that were compared."""
    run = timing.stream
    ledger = run.recorder.total / run.simulated + run.fabric.energy() / run.simulated
    shares = [row["utilisation"] for row in layers + tiles + links]
    overlaps = overlapping(run)
    tests = [
        ("energy is the sum of its parts", _close(ledger + metrics["leakage_energy"], metrics["energy"]),
         f"ledger + leakage {ledger + metrics['leakage_energy']:.6g} J, table {metrics['energy']:.6g} J"),
        ("area is the sum of its parts", _close(sum(r["share"] for r in area), 1.0),
         f"shares add up to {sum(r['share'] for r in area):.6f}"),
        ("power x interval is the energy", _close(metrics["power"] * metrics["interval"], metrics["energy"]),
         f"{metrics['power']:.6g} W x {metrics['interval']:.6g} s"),
        ("nothing is busier than all the time", max(shares) <= 1 + 1e-9, f"largest utilisation {max(shares):.4f}"),
        ("no stage does two things at once", not overlaps, overlaps or f"{len(run.recorder.spans)} spans compared"),
        ("latency is at least the bottleneck's work", timing.latency >= max(r["busy"] for r in layers) * (1 - 1e-9) / 1,
         f"latency {timing.latency:.6g} s, busiest stage {max(r['busy'] for r in layers):.6g} s a sample"),
        ("timed run and functional pass agree to the last bit", agree >= 0, f"{max(agree, 0)} samples compared"),
    ]  # fmt: skip
    return [{"name": name, "passed": bool(passed), "detail": detail} for name, passed, detail in tests]


def overlapping(run: TimedRun) -> str:
    """The first two spans of one stage that overlap, in words; empty when there are none."""
    last: dict[str, int] = {}
    for span in run.recorder.spans:
        if span.start < last.get(span.track, 0):
            return f"{span.track} starts at {span.start} ps before it ended at {last[span.track]} ps"
        last[span.track] = span.end
    return ""


def _close(left: float, right: float) -> bool:
    return abs(left - right) <= 1e-9 * max(abs(left), abs(right), 1e-30)
