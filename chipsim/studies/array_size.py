"""One network on the same chip with arrays of several sizes: what long wires, many converters and half-empty arrays cost.

At each size the chip of `resized.py` is run as any other, with the wires of its arrays switched on (`wires.py`), each layer once. The
tables' keys, plain numbers in SI:

    sizes      size, tiles, grid (columns x rows, as text), wires (how they are solved), wire_error, wire_left (of `wires.py`; None: not
               told apart), adc_product, adc_energy, adc_area (shares of the energy of a full product, of the energy of an inference, of
               the area of the chip), clipped (share of the products of the worst layer with an output out of range), accuracy, low,
               high (95 %, of the samples), energy (of an inference), latency, interval, cells_used (share of the cells of tiles in use),
               peak_ops_per_watt, peak_ops_per_area, area
    refused    size, reason

low and high are Wilson's interval for as many samples; they say nothing of how chips differ. E. B. Wilson, J. Am. Stat. Assoc. 22, 209,
1927, DOI 10.1080/01621459.1927.10502953.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

from chipsim.architecture import Architecture
from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.mapping.mapping import MappingOptions
from chipsim.result import Result, Row
from chipsim.sheet.product import cell_energy, product_parts
from chipsim.studies.resized import Bound, Rest, fitted, resized, unexplained
from chipsim.studies.wires import WireError, wire_error, with_wires
from chipsim.tabular import Tabular
from chipsim.units import show

SIZES = (64, 128, 256, 512, 1024, 2048)
SAMPLES, STREAM = 1000, 100
Progress = Callable[[str, float], None]
_SURE = 1.959964  # standard deviations of 95 %


@final
@dataclass(frozen=True)
class ArraySizeStudy(Tabular):
    """A network on arrays of several sizes; tables as in the docstring of this file."""

    name: str
    chip: str
    own_size: tuple[int, int]  # rows and columns of the description
    seed: int
    samples: int
    age: float  # s after programming
    reference: float  # accuracy of the float network
    bound: str
    rest: str
    notes: tuple[str, ...]
    sizes: list[Row]
    refused: list[Row]


def study(
    experiment: Experiment,
    sizes: Sequence[int] = SIZES,
    bound: Bound = "keep",
    rest: Rest = "lines",
    progress: Progress = lambda text, share: None,
) -> ArraySizeStudy:
    """The network of an experiment on square arrays of these sizes; InputError where none of them can be built.

    Samples are the experiment's own, SAMPLES where it takes all of them; one chip, one programming, the first of its times.
    """
    if not sizes or min(sizes) < 2:
        raise InputError(f"array-size: sizes {list(sizes)}; expected one or more of at least 2")
    if drawn := experiment.workload.spec.drawn:
        wanted = "name labelled data (workload.data.file)" if drawn == "inputs" else "take a trained one with labelled data"
        raise InputError(f"array-size: the {drawn} of this workload are random, so there is no accuracy to study; {wanted}")
    if experiment.workload.metric.column != "accuracy":
        raise InputError(
            f"array-size: the network is judged by {experiment.workload.metric.called}; this study knows how sure an accuracy is, no "
            'other metric: give --set "workload.metric=accuracy" where the labels are classes'
        )
    found: list[Row] = []
    refused: list[Row] = []
    for done, size in enumerate(sorted(set(sizes))):
        progress(f"arrays of {size} x {size}", done / len(set(sizes)))
        try:
            found.append(_at(experiment, size, bound, rest))
        except InputError as error:
            refused.append({"size": size, "reason": str(error)})
    if not found:
        raise InputError(f"array-size: no size can be built; {refused[0]['size']}: {refused[0]['reason']}")
    question, workload = experiment.question, experiment.workload
    count = _samples(experiment)
    array = question.architecture.tile.array
    return ArraySizeStudy(
        name=experiment.name, chip=question.architecture.name, own_size=(array.rows, array.columns), seed=question.seed, samples=count,
        age=question.times[0], reference=workload.accuracy(workload.inputs[:count], workload.labels[:count]), bound=bound, rest=rest,
        notes=tuple(_notes(experiment, bound, rest)), sizes=found, refused=refused,
    )  # fmt: skip


def _samples(experiment: Experiment) -> int:
    return experiment.question.samples or min(SAMPLES, len(experiment.workload.inputs))


def _at(experiment: Experiment, size: int, bound: Bound, rest: Rest) -> Row:
    """The row of one size."""
    question, workload = experiment.question, experiment.workload
    options = _options(question.mapping)
    chip = resized(question.architecture, size, bound, rest)
    array, wires = with_wires(chip.tile.array)
    chip = fitted(chip.having(tile=chip.tile.having(array=array)), workload, options)
    keys: dict[str, Any] = {"architecture": chip, "mapping": options, "samples": _samples(experiment), "chips": 1, "repeats": 1}
    keys |= {"times": question.times[:1], "stream": min(question.stream, STREAM), "comparators": ()}
    run = Experiment(question.having(**keys), workload, experiment.fingerprint).run()
    topology = chip.network.topology
    across = f"{topology.columns} x {topology.rows}" if hasattr(topology, "columns") and hasattr(topology, "rows") else topology.type_name
    row: Row = {"size": size, "tiles": int(run.metrics["tiles"]), "grid": across, "wires": wires, "adc_product": _adc_share(chip)}
    return row | _figures(run, wire_error(array, workload, question.seed), _samples(experiment))


def _adc_share(chip: Architecture) -> float:
    """Share of the converters in the energy of a full product."""
    parts = product_parts(chip.tile, cell_energy(chip.tile.array))
    return parts["adc"] / (sum(parts.values()) or 1.0)


def _options(options: MappingOptions) -> MappingOptions:
    return options.having(copies="none") if options.copies == "auto" else options


def _figures(run: Result, wires: WireError | None, samples: int) -> Row:
    energy = sum(row["energy"] for row in run.energy)
    adc = sum(row["energy"] for row in run.energy if row["part"] == "adc")
    mean = run.accuracy[0]["mean"]
    low, high = confidence(mean, samples)
    used = {(row["tile"], row.get("array"), row.get("plane")) for row in run.mapping}
    return {
        "wire_error": wires.error if wires else None,
        "wire_left": wires.left if wires else None,
        "adc_energy": adc / energy,
        "adc_area": sum(row["share"] for row in run.area if row["part"] == "adc"),
        "clipped": max((row["clipped"] or 0.0) for row in run.layers),
        "accuracy": mean,
        "low": low,
        "high": high,
        "energy": energy,
        "latency": run.metrics["latency"],
        "interval": run.metrics["interval"],
        "cells_used": sum(row["utilisation"] for row in run.mapping) / len(used),
        "peak_ops_per_watt": run.metrics["peak_ops_per_watt"],
        "peak_ops_per_area": run.metrics["peak_ops_per_area"],
        "area": run.metrics["area"],
    }


def confidence(share: float, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share found in `count` samples."""
    middle = (share + _SURE**2 / (2 * count)) / (1 + _SURE**2 / count)
    half = _SURE * math.sqrt(share * (1 - share) / count + _SURE**2 / (4 * count**2)) / (1 + _SURE**2 / count)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _notes(experiment: Experiment, bound: Bound, rest: Rest) -> list[str]:
    """How the chips of other sizes were made, in sentences."""
    chip = experiment.question.architecture
    tile, core = chip.tile, chip.tile.measured
    tiles = "as many as the network fills once, on the smallest nearly square grid"
    tiles = "as described, for the digital cores stand on nodes of its network" if chip.cores else tiles
    texts = [f"tiles: {tiles}; buffers and digital circuits as described"]
    if core:
        known, took = show(tile.array.product_time, "s"), show(tile.product_time, "s")
        grown = {"lines": "with rows + columns", "cells": "with rows x columns", "none": "nowhere: it is left out"}[rest]
        texts.append(
            f"the core was measured at {tile.array.rows} x {tile.array.columns} only, so it is taken apart: known parts as described, "
            f"the rest ({show(unexplained(tile, core), 'J')} of a product, {show(tile.area_parts['unaccounted'], 'm2')}) goes {grown} "
            f"(assumed); a product takes as long as its parts, {known} at the size described ({took} measured)"
        )
    words = {"keep": "keeps its range at all sizes", "sqrt": "has a range that grows with the square root of the rows"}
    texts.append(f"the converter {words[bound]}: small ranges clip, large ones make coarse steps")
    texts.append("wires are switched on at all sizes; their error is that of full arrays, the accuracy that of the network's own blocks")
    return texts
