"""The headline numbers of a run, and the checks that they contradict neither each other nor physics."""

from __future__ import annotations

from math import prod

from chipsim.architecture import Architecture
from chipsim.chip import TimedRun
from chipsim.components.array import ArrayStation
from chipsim.errors import CheckError
from chipsim.mapping.mapping import Mapping
from chipsim.result import Row
from chipsim.sheet.product import product_parts
from chipsim.timing import PICO, Timing, circuits
from chipsim.workload.graph import Workload


def metrics(
    workload: Workload,
    architecture: Architecture,
    mapping: Mapping,
    timing: Timing,
    energy: list[Row],
    area: list[Row],
) -> dict[str, float]:
    """The headline numbers (SI); 1 MAC = 2 OP, counted from the network; area is the whole chip."""
    total_area = sum(row["area"] for row in area)
    total_energy = sum(row["energy"] for row in energy)
    static = {"leakage", *architecture.parts}
    leaked = sum(row["energy"] for row in energy if row["part"] in static)
    array = architecture.tile.array
    operations = 2.0 * workload.macs
    arrays, interval = mapping.tiles * architecture.tile.arrays, architecture.tile.product_interval
    peak = 2.0 * array.rows * array.outputs * arrays / interval
    product = full_product_energy(architecture, timing.stream)
    if total_energy <= 0 or product <= 0:
        raise CheckError("an inference takes no energy: give the energies of the circuits, or a measured core")
    peak_power = arrays * product / interval + _full_leakage(architecture, mapping, timing)
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
        "arrays": float(arrays),
        "arrays_used": float(len(mapping.used_arrays)),
        "cells_used": sum(prod(p.shape) for p in mapping.placements) / (arrays * array.planes * array.rows * array.outputs),
    }


def _full_leakage(architecture: Architecture, mapping: Mapping, timing: Timing) -> float:
    """Static power of a chip all of whose tiles work, so that nothing is gated (W)."""
    routers = sum(timing.stream.fabric.channels.is_router)
    return sum(architecture.leakage_parts(mapping.tiles, routers).values())


def full_product_energy(architecture: Architecture, run: TimedRun) -> float:
    """Energy of one product with a full array (J): a measured core's, or the parts', cells as busy as they were in this run."""
    tile, array = architecture.tile, architecture.tile.array
    if tile.core_energy is not None:
        product = tile.core_energy
    else:
        arrays = [s for s in run.stations if isinstance(s, ArrayStation)]
        cells = sum((s.products + s.retries) * s.block.shape[0] * s.block.shape[1] for s in arrays)
        per_cell = sum(e for entry, e in run.energy.items() if entry.part == "array") / cells
        product = sum(product_parts(tile, per_cell * array.rows * array.outputs).values())
    return product + tile.neuron.cost("apply", array.outputs).energy


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
    ledger = run.spent / run.simulated + run.carriage.total
    busiest = max(circuits(timing), key=lambda circuit: circuit.share)
    shares = [busiest.share, *(row["utilisation"] for row in layers + tiles + links)]
    who = f" ({busiest.name})" if busiest.share == max(shares) else ""
    overlaps = overlapping(run)
    # not the latency: what nobody needs, such as a last row under pooling, may still be made after the last result
    alone = max(end for _, end in timing.single.recorder.extent.values()) * PICO
    work = max(timing.single.work(station) for station in timing.single.stations) * PICO
    tests = [
        ("energy is the sum of its parts", _close(ledger + metrics["leakage_energy"], metrics["energy"]),
         f"ledger + leakage {ledger + metrics['leakage_energy']:.6g} J, table {metrics['energy']:.6g} J"),
        ("area is the sum of its parts", _close(sum(r["share"] for r in area), 1.0),
         f"shares add up to {sum(r['share'] for r in area):.6f}"),
        ("power x interval is the energy", _close(metrics["power"] * metrics["interval"], metrics["energy"]),
         f"{metrics['power']:.6g} W x {metrics['interval']:.6g} s"),
        ("nothing is busier than all the time", max(shares) <= 1 + 1e-9, f"largest utilisation {max(shares):.4f}{who}"),
        ("no stage does two things at once", not overlaps, overlaps or f"{len(run.recorder.spans)} spans compared"),
        ("one sample takes at least as long as its busiest stage works", alone >= work * (1 - 1e-9),
         f"{alone:.6g} s until all is done, busiest stage {work:.6g} s"),
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
