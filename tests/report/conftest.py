"""A realistic Result: LeNet-like network of five layers on 64 tiles in 8x8, 300 spans."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from typing import Any

import pytest

from chipsim.comparators.comparator import comparators
from chipsim.comparators.von_neumann import von_neumann
from chipsim.comparators.work import Work
from chipsim.comparison import comparator_rows, roofline_rows, saved_rows
from chipsim.result import Result

LAYERS = (  # name, type, copies, row blocks, column blocks, rows, columns, products, busy (s)
    ("conv1", "conv2d", 8, 1, 1, 25, 20, 576, 18.7e-6),
    ("conv2", "conv2d", 4, 2, 1, 250, 50, 64, 4.16e-6),
    ("fc1", "linear", 1, 4, 2, 200, 250, 1, 0.26e-6),
    ("fc2", "linear", 1, 2, 1, 250, 84, 1, 0.26e-6),
    ("fc3", "linear", 1, 1, 1, 84, 10, 1, 0.26e-6),
)
SIDE = 8
INTERVAL = 18.9e-6


def tile_place(index: int) -> tuple[int, int]:
    """Tiles along a snake."""
    row, column = divmod(index, SIDE)
    return (column if row % 2 == 0 else SIDE - 1 - column), row


def mapping_rows() -> list[dict[str, Any]]:
    rows, tile = [], 0
    for name, _, copies, down, across, height, width, _, _ in LAYERS:
        for copy in range(copies):
            for block in range(down * across):
                row_block, column_block = divmod(block, across)
                place = {"layer": name, "copy": copy, "row_block": row_block, "column_block": column_block, "tile": tile}
                shape = {"rows": height, "columns": width, "row_start": row_block * height, "column_start": column_block * width}
                rows.append(place | shape | {"utilisation": height * width / 65536})
                tile += 1
    return rows


def layer_rows() -> list[dict[str, Any]]:
    rows = []
    for index, (name, kind, copies, down, across, height, width, products, busy) in enumerate(LAYERS):
        macs = products * height * down * width * across
        rows.append(
            {"layer": name, "type": kind, "tiles": copies * down * across, "copies": copies, "vectors": products, "macs": macs}
            | {"latency": busy * 1.2 + index * 1e-7, "busy": busy, "utilisation": busy / INTERVAL}
            | {"energy": sum(row["energy"] for row in energy_rows() if row["layer"] == name), "retries": 0.0, "clipped": 0.0}
            | {"snr": 21.4 - index, "own_snr": 22.6, "inputs_clipped": 0.0}
        )
    return rows


def programming_rows() -> list[dict[str, Any]]:
    return [
        {"layer": name, "blocks": copies * down * across, "time": 1.2e-3, "pulses": 7 * height * width, "reads": 4 * height}
        | {"energy": 7e-11 * height * width, "turns": 14, "error": 0.031, "open": 0.0002}
        for name, _, copies, down, across, height, width, _, _ in LAYERS
    ]


def convergence_rows() -> list[dict[str, Any]]:
    return [
        {"layer": name, "block": f"{name}.copy0.block0-0", "iteration": turn, "time": 8e-5 * turn}
        | {"error": 0.25 * 0.7**turn + 0.03, "open": 0.5**turn}
        for name, *_ in LAYERS
        for turn in range(14)
    ]


def energy_rows() -> list[dict[str, Any]]:
    share = {"adc": 5.1e-10, "dac": 1.3e-10, "array": 2.2e-10, "buffers": 9e-11, "neuron": 4e-11, "network": 6e-11}
    rows = [
        {"part": part, "layer": name, "energy": energy * products * down * across}
        for name, _, _, down, across, _, _, products, _ in LAYERS
        for part, energy in share.items()
    ]
    return [*rows, {"part": "leakage", "layer": "", "energy": 5.2e-8}, {"part": "host", "layer": "", "energy": 3.1e-8}]


def area_rows() -> list[dict[str, Any]]:
    parts = {"array": 1.4e-5, "adc": 1.1e-5, "dac": 4e-6, "buffers": 5e-6, "neuron": 2e-6, "network": 3e-6, "host": 6e-7}
    whole = sum(parts.values())
    return [{"part": part, "count": 64, "area": area, "share": area / whole} for part, area in parts.items()]


def tile_rows() -> list[dict[str, Any]]:
    held = {row["tile"]: row["layer"] for row in mapping_rows()}
    load = {name: busy / INTERVAL for name, *_, busy in LAYERS}
    rows = []
    for tile in range(SIDE * SIDE):
        x, y = tile_place(tile)
        layers = [held[tile]] if tile in held else []
        used = load[held[tile]] * (1 - 0.02 * (tile % 5)) if tile in held else 0.0
        rows.append({"tile": tile, "x": x, "y": y, "layers": layers, "utilisation": used, "energy": used * 4e-9})
    return rows


def link_rows() -> list[dict[str, Any]]:
    node = {tile_place(tile): tile for tile in range(SIDE * SIDE)}
    rows = []
    for (x, y), tile in node.items():
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            other = node.get((x + dx, y + dy))
            if other is not None:
                used = 0.31 * math.exp(-0.07 * (tile + other)) * (1.0 if other > tile else 0.3)
                ends = {"x0": x, "y0": y, "x1": x + dx, "y1": y + dy}
                load = {"utilisation": used, "flits": 900 * used, "length": 8e-4}
                rows.append({"source": tile, "destination": other} | ends | load)
    return rows


def span_rows(samples: int = 10) -> list[dict[str, Any]]:
    """Five stages of six spans each for every sample; stages of one layer never overlap."""
    rows = []
    for sample in range(samples):
        for index, (name, *_, busy) in enumerate(LAYERS):
            for part in range(6):
                start = sample * INTERVAL + index * 2e-6 + part * busy / 6
                rows.append(
                    {"track": f"tile {index} {name}", "name": f"{name} rows {part}", "sample": sample}
                    | {"start": round(start, 12), "end": round(start + busy / 6, 12)}
                )
    return rows


def accuracy_rows() -> list[dict[str, Any]]:
    rows = []
    for time in (1.0, 3600.0, 86400.0, 2.592e6, 3.1536e7):
        mean = 0.9871 - 0.0009 * math.log10(time) ** 1.4
        values = [mean + offset for offset in (-0.0012, -0.0004, 0.0, 0.0006, 0.001)]
        rows.append(
            {"time": time, "mean": sum(values) / 5, "spread": 0.0009, "values": values, "chips": [mean]}
            | {"low": mean - 0.0011, "high": mean + 0.0011, "yield": 1.0}
        )
    return rows


def architecture() -> dict[str, Any]:
    array = {
        "rows": 256,
        "columns": 256,
        "cell": {"device": {"type": "pcm"}, "devices_per_polarity": 2},
        "dac": {"type": "pulse_width", "bits": 8},
        "adc": {"type": "cco", "bits": 9},
    }
    return {"name": "pcm-64", "tile": {"array": array}, "network": {"topology": {"type": "mesh"}}, "activation_bits": 8}


def network() -> list[Work]:
    """What the layers ask of any machine."""
    macs = [row["macs"] for row in layer_rows()]
    weights = [down * across * height * width for _, _, _, down, across, height, width, _, _ in LAYERS]
    numbers = [784, 11520, 3200, 500, 84, 10]
    works = [Work(name, *sizes) for (name, *_), *sizes in zip(LAYERS, macs, weights, numbers[:-1], numbers[1:], strict=True)]
    return [replace(works[0], entering=784), *works[1:-1], replace(works[-1], leaving=10)]


def comparison(metrics: dict[str, float]) -> dict[str, Any]:
    """The run beside the usual comparators; its host interface takes 32 Gb/s."""
    place = {"name": "pcm-64", "kind": "chip", "batch": 1, "intensity": metrics["ops"] / (8 * 784), "reached": metrics["sustained_ops"]}
    own = place | {"peak": metrics["peak_ops"], "bandwidth": 3.2e10}
    return {
        "work": [asdict(work) for work in network()],
        "comparators": comparator_rows(comparators(), network(), metrics),
        "roofline": roofline_rows(own, comparators(), network()),
        "saved": saved_rows(von_neumann(), network()),
    }


def fields_of_result() -> dict[str, Any]:
    energy = sum(row["energy"] for row in energy_rows())
    area = sum(row["area"] for row in area_rows())
    macs = sum(row["macs"] for row in layer_rows())
    sustained = 2 * macs / INTERVAL
    metrics = {
        "latency": 29.4e-6,
        "interval": INTERVAL,
        "inferences_per_second": 1 / INTERVAL,
        "energy": energy,
        "dynamic_energy": energy - 5.2e-8,
        "leakage_energy": 5.2e-8,
        "power": energy / INTERVAL,
        "area": area,
        "macs": macs,
        "ops": 2 * macs,
        "sustained_ops": sustained,
        "sustained_ops_per_watt": 2 * macs / energy,
        "sustained_ops_per_area": sustained / area,
        "peak_ops": 6.31e13,
        "peak_ops_per_watt": 9.76e12,
        "peak_ops_per_area": 6.31e13 / area,
        "float_accuracy": 0.9893,
        "programming_time": 1.6e-3,
        "programming_energy": 4.1e-4,
        "tiles": 64,
        "tiles_used": 27,
    }
    times = [1.0, 3600.0, 86400.0, 2.592e6, 3.1536e7]
    workload = {"name": "lenet", "input": {"shape": [1, 28, 28]}}
    experiment = {"architecture": architecture(), "workload": workload, "mapping": {"split": "balanced", "copies": "auto"}}
    return {
        "name": "lenet-on-pcm-64",
        "digest": "3f2a9c01d4e5",
        "experiment": {"name": "lenet-on-pcm-64"} | experiment | {"times": times, "repeats": 5, "seed": 7},
        "provenance": {
            "version": "0.1.0",
            "python": "3.11.7",
            "libraries": {"numpy": "2.4.6", "simpy": "4.1.2"},
            "seed": 7,
            "date": "2026-11-22T05:30:00+00:00",
            "wall": {"read": 0.02, "build": 0.4, "time": 1.3, "value": 6.5},
            "platform": "Linux x86_64, 2 cores",
        },
        "mapping": mapping_rows(),
        "layers": layer_rows(),
        "tiles": tile_rows(),
        "links": link_rows(),
        "energy": energy_rows(),
        "area": area_rows(),
        "leakage": [{"part": "adc", "power": 1.6e-3}, {"part": "buffers", "power": 1.1e-3}, {"part": "network", "power": 5e-5}],
        "spans": span_rows(),
        "programming": programming_rows(),
        "convergence": convergence_rows(),
        "upkeep": [
            {"action": "calibrate", "every": 86400.0, "time": 3.4e-5, "energy": 4.1e-5, "downtime": 3.9e-10, "power": 4.7e-10},
            {"action": "program", "every": 2.592e6, "time": 1.6e-3, "energy": 4.1e-4, "downtime": 6.2e-10, "power": 1.6e-10},
        ],
        "accuracy": accuracy_rows(),
        "checks": [
            {"name": "energy is the sum of its parts", "passed": True, "detail": "difference 0 J"},
            {"name": "latency is not below the critical path", "passed": True, "detail": "29.4 us >= 24.8 us"},
            {"name": "utilisation lies between 0 and 1", "passed": True, "detail": "largest 0.989"},
        ],
        "assumptions": [
            "Weights are programmed once before the run; programming time and energy are not part of the energy per inference.",
            "The host delivers inputs without waiting.",
        ],
        "assumed": [
            {"key": "architecture.tile.array.cell.area", "value": "0.46 um2", "source": "assumed"},
            {"key": "architecture.tile.input_buffer.leakage", "value": "8.6 uW", "source": ""},
        ],
        "metrics": metrics,
        "timing": {
            "mode": "row",
            "simulated": 10,
            "stream": 1000,
            "warm_up": 3,
            "period": 1,
            "period_time": INTERVAL,
            "why": "After sample 3 the chip repeats its state with every sample, so the rest of the stream is known exactly.",
        },
        "bottleneck": {
            "stage": "crossbar",
            "layer": "conv1",
            "utilisation": 0.989,
            "advice": "37 tiles are free: 16 copies of conv1 instead of 8 would halve the interval.",
        },
        "network": {"topology": "mesh 8 x 8", "flow_control": "calendar", "peak_utilisation": 0.289, "warning": None},
        "citations": ["nandakumar2019", "rasch2023", "legallo2023", "salmon2011"],
    } | comparison(metrics)


@pytest.fixture
def result() -> Result:
    """The run that most tests report on."""
    return Result(**fields_of_result())


@pytest.fixture
def changed(result: Result) -> Callable[..., Result]:
    """The run with some fields changed."""
    return lambda **changes: Result(**({field.name: getattr(result, field.name) for field in fields(result)} | changes))
