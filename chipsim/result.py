"""The answer of a run: plain tables and numbers in SI, written to and read from a run folder.

A Result knows nothing of the objects that made it; every report is made from it alone, so the report of a reloaded Result is
the same. `table` fields are lists of rows (dicts) with the keys given here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from html import escape
from pathlib import Path
from typing import Any, final

from chipsim.errors import CheckError, InputError

Row = dict[str, Any]
FORMAT = 2


@final
@dataclass(frozen=True)
class Result:
    """Everything that one run found; times in seconds, energies in joules, areas in square metres, powers in watts.

    experiment   the resolved question, as plain values (architecture, workload, mapping, times, seed ...)
    provenance   chipsim and library versions, seed, date, wall time by phase, platform
    mapping      rows: layer, copy, row_block, column_block, tile, rows, columns, row_start, column_start, utilisation (of cells)
    layers       rows: layer, type, tiles, copies, vectors (products per sample and block), macs, latency (first input to last
                 output), busy (of its busiest stage, per sample), utilisation (of its busiest stage in steady state),
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
                 yield (share of good chips), values (chip by chip, repeat by repeat), chips (their means)
    checks       rows: name, passed, detail
    assumptions  sentences that belong next to the headline numbers
    assumed      rows: key, value, source: numbers of the description that are assumed or carry no source
    metrics      headline numbers by name: latency, interval, energy, power, peak/sustained rates, float_accuracy ...
    timing       how the timed run was made: samples, period, mode, why it was enough
    bottleneck   what bounds the throughput: stage, layer, utilisation, advice
    network      flow control, topology, peak utilisation, warning
    citations    keys of the works whose models or numbers were used
    """

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

    def __post_init__(self) -> None:
        check_record(self)

    def to_json(self) -> str:
        """The whole Result as JSON."""
        return json.dumps({"format": FORMAT} | asdict(self), indent=1, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str, origin: str = "result.json") -> Result:
        """The Result of a JSON text; InputError when it is damaged, impossible or of another format."""
        try:
            data = json.loads(text)
            if data.pop("format") != FORMAT:
                raise InputError(f"{origin}: written by another version of chipsim (format {FORMAT} expected); run it again")
            return cls(**data)
        except InputError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, CheckError) as error:
            raise InputError(f"{origin}: is damaged or not a chipsim result ({error}); run the experiment again") from None

    @classmethod
    def load(cls, folder: str | Path) -> Result:
        """The Result of a run folder (or of a result.json)."""
        path = Path(folder)
        file = path / "result.json" if path.is_dir() else path
        try:
            return cls.from_json(file.read_text(encoding="utf-8"), str(file))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{file}: cannot be read ({getattr(error, 'strerror', None) or error}); is it a run folder?") from None

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><td>{escape(name)}</td><td>{value:.4g}</td></tr>" for name, value in self.metrics.items())
        return f"<h4>{escape(self.name)}</h4><table>{rows}</table>"


def check_record(record: Any) -> None:
    """CheckError where a field of a Result-like record is not what it is said to be, or holds anything but plain finite values."""
    name = type(record).__name__
    for item in fields(record):
        wanted = {"str": str, "list": list, "dict": dict}[str(item.type).partition("[")[0]]
        value = getattr(record, item.name)
        if not isinstance(value, wanted):
            raise CheckError(f"{name}.{item.name}: is of type {type(value).__name__}, expected {wanted.__name__}")
        if str(item.type) == "list[Row]" and not all(isinstance(row, dict) for row in value):
            raise CheckError(f"{name}.{item.name}: holds something that is no row")
        for place, leaf in _leaves(value, f".{item.name}"):
            if isinstance(leaf, float) and not math.isfinite(leaf):
                raise CheckError(f"{name}{place}: {leaf} is not a finite number; the run is refused")
            if not isinstance(leaf, (str, int, float, bool, type(None))):
                raise CheckError(f"{name}{place}: {leaf!r:.60} is of type {type(leaf).__name__}, expected a plain number or text")


def _leaves(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, f"{place}.{name}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{place}[{index}]")
    else:
        yield place, value
