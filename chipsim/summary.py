"""From what a run left behind to the tables of its Result: mapping, layers, tiles, links, energy, area, leakage, spans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np

from chipsim.architecture import Architecture
from chipsim.chip import TimedRun
from chipsim.components.array import ArrayStation
from chipsim.errors import CheckError
from chipsim.mapping.mapping import Mapping, Placement
from chipsim.result import Row
from chipsim.timing import PICO, Timing, busiest_circuit, per_sample
from chipsim.workload.graph import Workload
from chipsim.workload.layers.layer import WeightedLayer
from chipsim.workload.layers.recurrent import Recurrent

HOST = "host"  # the part that the host interface books; it belongs to no layer


def metric_facts(workload: Workload, reference: Sequence[float], samples: int | None) -> dict[str, Any]:
    """What the network is judged by, as plain values, with what chance and the float network (`reference`) reach; empty without data."""
    if not reference:
        return {}
    labels, output = workload.labels[:samples], workload.shapes[workload.output]
    found = [metric.told(metric.chance(labels, output)) for metric in workload.metrics]
    also = [facts | {"float": value} for facts, value in zip(found[1:], reference[1:], strict=True)]
    return found[0] | {"samples": len(labels), "also": also}


def mapping_rows(workload: Workload, mapping: Mapping, architecture: Architecture) -> list[Row]:
    """One row for each placement; the cells in use are those that hold a weight."""
    cells = architecture.tile.array.rows * architecture.tile.array.outputs
    return [
        {
            "layer": p.layer, "copy": p.copy, "row_block": p.row_block, "column_block": p.column_block, "tile": p.tile,
            "array": p.array, "plane": p.plane,
            "rows": p.shape[0], "columns": p.shape[1], "row_start": p.rows[0], "column_start": p.columns[0],
            "utilisation": cells_used(workload, p) / cells,
        }
        for p in mapping.placements
    ]  # fmt: skip


def cells_used(workload: Workload, block: Placement) -> int:
    """Cells of a block that hold a weight."""
    layer = workload.layers[block.layer]
    assert isinstance(layer, WeightedLayer)
    return layer.filled(workload.input_shape(block.layer), block.rows, block.columns)


def layer_rows(workload: Workload, mapping: Mapping, timing: Timing, errors: Iterable[Row]) -> list[Row]:
    """One row for each layer that computes something; `errors` brings the signal-to-noise ratios."""
    noise = {row["layer"]: row for row in errors}
    energy = energy_by(timing.stream, "layer")
    rows = []
    for name in workload.steps:
        stations = [s for s in timing.stream.stations if s.stage.layer == name and s.stage.kind != "sink"]
        arrays = [s for s in stations if isinstance(s, ArrayStation)]
        extents = [timing.single.recorder.extent[s.stage.name] for s in stations if s.stage.name in timing.single.recorder.extent]
        busy = busiest_circuit(timing.stream, stations)
        blocks = mapping.of(name) if arrays else []
        products = sum(s.products for s in arrays)
        rows.append(
            {
                "layer": name,
                "type": workload.layers[name].type_name,
                "tiles": len({s.stage.node for s in stations}),
                "copies": mapping.copies(name) if blocks else 1,
                "vectors": _vectors(workload, name),
                "macs": workload.layer_macs(name),
                "latency": (max(end for _, end in extents) - min(start for start, _ in extents)) * PICO,
                "busy": busy,
                "utilisation": busy / timing.interval,
                "energy": energy.get(name, 0.0),
                "retries": sum(s.retries for s in arrays) / products if products else 0.0,
                "clipped": sum(s.clipped for s in arrays) / products if products else 0.0,
                "snr": noise[name]["snr"],
                "own_snr": noise[name]["own_snr"],
                "inputs_clipped": noise[name]["inputs_clipped"],
            }
        )
    return rows


def _vectors(workload: Workload, name: str) -> int:
    """Vectors of a layer for one sample."""
    layer = workload.layers[name]
    if isinstance(layer, Recurrent):
        return layer.count(workload.input_shape(name)) * layer.products
    return int(np.prod(workload.shapes[name][1:]))


def energy_by(run: TimedRun, key: str) -> dict[str, float]:
    """Energy of one inference (J) by `part` or `layer`, from the ledger alone (no network, no leakage); the host is of no layer."""
    sums: dict[str, float] = defaultdict(float)
    for entry, energy in run.energy.items():
        if key != "layer" or entry.part != HOST:
            sums[getattr(entry, key)] += energy / run.simulated
    return dict(sums)


def energy_rows(run: TimedRun, leakage: Iterable[Row], interval: float, own: Collection[str] = ()) -> list[Row]:
    """Energy of one inference by part and layer; leakage over one interval, that of the parts named in `own` in rows of their own."""
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for entry, energy in run.energy.items():
        sums[entry.part, "" if entry.part == HOST else entry.layer] += energy / run.simulated
    sums["network routers", ""], sums["network links", ""], off_chip = run.carriage
    if off_chip:
        sums["chip-to-chip links", ""] = off_chip
    static = list(leakage)
    sums["leakage", ""] = sum(row["power"] for row in static if row["part"] not in own) * interval
    for row in static:
        if row["part"] in own:
            sums[row["part"], ""] = row["power"] * interval
    return [{"part": part, "layer": layer, "energy": energy} for (part, layer), energy in sorted(sums.items())]


def area_rows(architecture: Architecture, tiles: int, routers: int) -> list[Row]:
    """Area of the whole chip by part."""
    parts = architecture.area_parts(tiles, routers)
    total = sum(area for _, area in parts.values())
    if total <= 0:
        raise CheckError("the area of the chip is zero: give the area of the tile's parts, or a measured core")
    return [{"part": n, "count": count, "area": area, "share": area / total} for n, (count, area) in parts.items() if area]


def leakage_rows(architecture: Architecture, tiles: int, routers: int, awake: float = 1.0) -> list[Row]:
    """Static power of the whole chip by part; `awake` is the share of their leakage that gating leaves to the tiles."""
    parts = architecture.leakage_parts(tiles, routers, awake)
    return [{"part": name, "power": power} for name, power in parts.items() if power]


def awake(architecture: Architecture, mapping: Mapping, timing: Timing) -> float:
    """Share of their leakage that gating leaves to the tiles in steady state; 1 without gating."""
    gating = architecture.tile.gating
    if gating is None:
        return 1.0
    busy = dict.fromkeys(mapping.used, 0.0)
    for station in timing.stream.stations:
        if isinstance(station, ArrayStation):
            busy[station.stage.node] += per_sample(timing.stream, station) / timing.interval
    return gating.awake(busy.values(), mapping.tiles)


def tile_rows(architecture: Architecture, mapping: Mapping, timing: Timing) -> list[Row]:
    """One row for each tile: position, what it holds, how busy its arrays are in the mean, what it spends."""
    graph = timing.stream.fabric.channels.routes.graph
    busy: dict[int, float] = defaultdict(float)
    energy: dict[int, float] = defaultdict(float)
    for station in timing.stream.stations:
        if isinstance(station, ArrayStation):
            busy[station.stage.node] += per_sample(timing.stream, station)
    for entry, amount in timing.stream.energy.items():
        energy[entry.node] += 0.0 if entry.part == HOST else amount / timing.stream.simulated
    layers: dict[int, list[str]] = defaultdict(list)
    for p in mapping.placements:
        layers[p.tile] += [p.layer] if p.layer not in layers[p.tile] else []
    return [
        {
            "tile": node, "x": graph.nodes[node]["position"][0], "y": graph.nodes[node]["position"][1],
            "layers": layers.get(node, []), "utilisation": busy[node] / timing.interval / architecture.tile.arrays,
            "energy": energy[node],
        }
        for node, tile in graph.nodes(data="tile")
        if tile
    ]  # fmt: skip


def link_rows(timing: Timing) -> list[Row]:
    """One row for each directed link."""
    fabric, run = timing.stream.fabric, timing.stream
    graph = fabric.channels.routes.graph
    rows = []
    for number, ((source, destination), flits) in enumerate(zip(fabric.channels.links, run.traffic.flits, strict=True)):
        (x0, y0), (x1, y1) = graph.nodes[source]["position"], graph.nodes[destination]["position"]
        busy = fabric.link_time(number, flits) * PICO
        rows.append(
            {
                "source": source, "destination": destination, "x0": x0, "y0": y0, "x1": x1, "y1": y1,
                "utilisation": busy / timing.interval, "flits": flits,
                "length": run.tariff.lengths[number],
            }
        )  # fmt: skip
    return rows


def span_rows(run: TimedRun) -> list[Row]:
    """What every stage did, in seconds."""
    return [
        {"track": s.track, "name": s.layer, "start": s.start * PICO, "end": s.end * PICO, "sample": s.sample}
        for s in run.recorder.spans
    ]
