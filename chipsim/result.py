"""The answer of a run: plain tables and numbers in SI, written to and read from a run folder.

A Result knows nothing of the objects that made it; every report is made from it alone, so the report of a reloaded Result is
the same. `table` fields are lists of rows (dicts) with the keys given here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar, final

from chipsim.record import Record, Row
from chipsim.units import show

if TYPE_CHECKING:
    import pandas

__all__ = ["FORMAT", "METRICS", "Result", "Row", "weight_precision"]

FORMAT = 2
METRICS: dict[str, str] = {  # headline numbers and their SI units
    "latency": "s", "interval": "s", "inferences_per_second": "", "energy": "J", "dynamic_energy": "J", "leakage_energy": "J",
    "power": "W", "area": "m2", "macs": "", "ops": "", "sustained_ops": "OP/s", "sustained_ops_per_watt": "OP/s/W",
    "sustained_ops_per_area": "OP/s/m2", "peak_ops": "OP/s", "peak_ops_per_watt": "OP/s/W", "peak_ops_per_area": "OP/s/m2",
    "tiles": "", "tiles_used": "", "arrays": "", "arrays_used": "", "cells_used": "", "programming_time": "s",
    "programming_energy": "J", "float_accuracy": "",
}  # fmt: skip


@final
@dataclass(frozen=True, repr=False)
class Result(Record):
    """Everything that one run found; times in seconds, energies in joules, areas in square metres, powers in watts.

    experiment   the resolved question, as plain values (architecture, workload, mapping, times, seed ...)
    provenance   chipsim and library versions, seed, date, wall time by phase, platform
    mapping      rows: layer, copy, row_block, column_block, tile, rows, columns, row_start, column_start, utilisation (of cells)
    layers       rows: layer, type, tiles, copies, vectors (products per sample and block), macs, latency (first input to last
                 output), busy (of its busiest circuit, per sample), utilisation (of its busiest circuit in steady state),
                 energy (per inference), retries (per product), clipped (share of products with an output out of range),
                 snr (dB, of its output against the float network's), own_snr (the same with inputs of the float network),
                 inputs_clipped (share of its inputs beyond the range of the DAC)
    tiles        rows: tile, x, y (tile pitches), layers (names), utilisation, energy (per inference)
    links        rows: source, destination (nodes), x0, y0, x1, y1, utilisation, flits (per inference), length (m)
    energy       rows: part, layer, energy (per inference): dynamic parts and 'leakage'; their sum is the energy per inference
    area         rows: part, count, area (of all), share
    leakage      rows: part, power
    spans        rows: track, name, start, end, sample (s): what every stage did in the timed run
    programming  rows: layer, blocks, time (of its slowest block), pulses, reads, energy, turns, error, open: what writing took
    convergence  rows: layer, block, iteration, time, error, open: how the error went by the algorithm's own measure
    upkeep       rows: action, every, time, energy, downtime (share), power (mean): what calibrating and writing again take
    accuracy     rows: time (after the first programming), mean, spread (standard deviation of values), low, high (of the mean, 95 %),
                 yield (share of good chips), values (chip by chip, repeat by repeat), chips (their means), all by the workload's
                 metric; the mean of each further metric under its name
    checks       rows: name, passed, detail
    assumptions  sentences that belong next to the headline numbers
    assumed      rows: key, value, source: numbers of the description that are assumed or carry no source
    work         rows: layer, macs, weights, inputs, outputs, entering, leaving: what one sample asks of any machine, in numbers
    comparators  rows: comparator, kind, precision, way (peaks, rated, roofline), batch, time, energy, density (inferences/s/m2), share
                 (of its rating), own_energy, own_density, less_energy, more_on_area: ratios to others (see `comparison`)
    roofline     rows: name, kind, batch, intensity (operations per bit), reached, peak (OP/s), bandwidth (b/s); the first is this chip
    saved        rows: machine, way, part, count (bits, or MACs), energy: what one inference takes on a von Neumann machine
    metric       what the network was judged by: name, called (for readers), higher (whether more is better), percent (whether it is a
                 share), least, most, chance, samples; also: the same of each further metric, with its value in float; empty: accuracy
    plan         where the area of the chip lies, a `ChipPlan` as plain values (m2, pitches)
    metrics      headline numbers by name: latency, interval, energy, power, peak/sustained rates, float_accuracy ...
    timing       how the timed run was made: samples, period, mode, why it was enough
    bottleneck   what bounds the throughput: stage, layer, utilisation, advice
    network      flow control, topology, peak utilisation, warning
    citations    keys of the works whose models or numbers were used
    """

    format: ClassVar[int] = FORMAT
    called: ClassVar[str] = "chipsim result"
    anew: ClassVar[tuple[str, str]] = "run it again", "run the experiment again"

    name: str
    digest: str
    experiment: dict[str, Any]
    provenance: dict[str, Any]
    mapping: list[Row]
    layers: list[Row]
    tiles: list[Row]
    links: list[Row]
    energy: list[Row]
    area: list[Row]
    leakage: list[Row]
    spans: list[Row]
    programming: list[Row]
    convergence: list[Row]
    upkeep: list[Row]
    accuracy: list[Row]
    checks: list[Row]
    assumptions: list[str]
    assumed: list[Row]
    metrics: dict[str, float]
    timing: dict[str, Any]
    bottleneck: dict[str, Any]
    network: dict[str, Any]
    citations: list[str] = field(default_factory=list)
    work: list[Row] = field(default_factory=list)
    comparators: list[Row] = field(default_factory=list)
    roofline: list[Row] = field(default_factory=list)
    saved: list[Row] = field(default_factory=list)
    plan: dict[str, Any] = field(default_factory=dict)
    metric: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Result of {self.name!r}, {self.digest}"

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><td>{escape(name)}</td><td>{_shown(name, value)}</td></tr>" for name, value in self.metrics.items())
        return f"<h4>{escape(self.name)}</h4><table>{rows}</table>"

    def to_pandas(self, table: str = "metrics") -> pandas.DataFrame:
        """One table as a pandas DataFrame, numbers in SI; by default the headline numbers as one row. InputError for an unknown name."""
        return super().to_pandas(table)


def _shown(name: str, value: float) -> str:
    unit = METRICS.get(name, "")
    return show(value, unit) if unit else f"{value:.4g}"


def weight_precision(cell: Mapping[str, Any]) -> str:
    """How finely a cell, as plain values, keeps a weight: `analog`, unless the cell rounds weights or the device has two states."""
    device = cell.get("device")
    if cell.get("type") == "sliced":
        bits, each = cell.get("bits", 8), cell.get("bits_per_slice", 2)
        return f"{bits} b and sign in slices of {each} b" if each < bits else f"{bits} b and sign"
    return "in binary devices" if isinstance(device, dict) and "between_states" in device else "analog"
