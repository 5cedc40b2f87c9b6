"""Layer-wise gradient programming against cell-wise verify: the tables of tests/published/gradient-programming.md.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python tools/publish_gradient.py --seed 1

The tile is that of architectures/pcm-64.yaml with devices of type `pcm-hermes`, whose programming error is what the chip's own
program-and-verify left: `one_shot` therefore stands for cell-wise programming as measured, `write_verify` for our model of it with
assumed pulses. Both errors of an array are told:

    MVM error       |y - x W| / |x W|, x uniform in [-1, 1], 1,000 vectors, the noise of the converters included
    weight error    root mean square of (W' - W) / full scale, W' as read at that time

`--quick` takes fewer programmings and samples, to try the tool.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from chipsim.accuracy import accuracy
from chipsim.architecture import Architecture
from chipsim.circuits.array import Array
from chipsim.circuits.cell import Pair
from chipsim.circuits.crossbar import Crossbar
from chipsim.devices import HERMES
from chipsim.experiment import Experiment, load_experiment
from chipsim.programming import Gradient, OneShot, Programmer, WriteVerify
from chipsim.reading import load
from chipsim.streams import Stream

HOUSE = Path(__file__).resolve().parents[1]
CHIP = HOUSE / "architectures" / "pcm-64.yaml"
TIMES = {"0 s": 0.0, "1 h": 3600.0, "1 d": 86400.0}
ALGORITHMS: dict[str, Programmer] = {"one_shot": OneShot(), "write_verify": WriteVerify(), "gradient": Gradient()}
TURNS = (1, 2, 3, 5, 10, 20, 30, 40)
SIZE, VECTORS = 256, 1000


# --- one array -------------------------------------------------------------------------------------------------------------


def tile(devices: int, **keys: Any) -> Array:
    """The array of the tile, with one or two devices at each side of a pair."""
    array = load(CHIP, Architecture).tile.array
    return array.having(cell=Pair(device=HERMES(devices_per_polarity=devices)), **keys)


def weights(seed: int) -> np.ndarray:
    """Normal, cut at 2.5 standard deviations, as hardware-aware training leaves them."""
    drawn = np.random.default_rng(seed).normal(size=(SIZE, SIZE))
    return np.clip(drawn, -2.5, 2.5).astype(np.float32)


def errors(crossbar: Crossbar, wanted: np.ndarray, seed: int) -> tuple[float, float]:
    """MVM error and weight error as the array stands now, in %."""
    x = np.random.default_rng(seed + 1000).uniform(-1, 1, (VECTORS, SIZE)).astype(np.float32)
    y = crossbar.multiply(x, np.zeros(VECTORS, np.uint32), np.arange(VECTORS, dtype=np.uint32)).y
    exact = x @ wanted
    weight = np.sqrt(np.mean(((crossbar.matrix - wanted) / crossbar.scale) ** 2))
    return 100 * float(np.linalg.norm(y - exact) / np.linalg.norm(exact)), 100 * float(weight)


def written(programmer: Programmer, array: Array, seed: int) -> tuple[Crossbar, np.ndarray, list[Any]]:
    crossbar, wanted = Crossbar(array, Stream(seed)), weights(seed)
    return crossbar, wanted, programmer.program(crossbar, wanted)


def over_time(array: Array, seeds: Iterable[int]) -> Iterable[list[str]]:
    """For each algorithm MVM and weight error at each time: mean over the programmings +- their standard deviation."""
    for name, programmer in ALGORITHMS.items():
        found = []
        for seed in seeds:
            crossbar, wanted, _ = written(programmer, array, seed)
            rows = []
            for age in TIMES.values():
                crossbar.drift_to(age)
                rows.append(errors(crossbar, wanted, seed))
            found.append(rows)
        values = np.array(found)  # (seeds, times, 2)
        yield [name, *(spread(values[:, place, kind]) for kind in (0, 1) for place in range(len(TIMES)))]


def by_turns(array: Array, seed: int) -> Iterable[list[str]]:
    """MVM error with no more than so many turns."""
    for turns in TURNS:
        cells = [str(turns)]
        for name in ("write_verify", "gradient"):
            programmer = ALGORITHMS[name].having(iterations=turns)
            crossbar, wanted, points = written(programmer, array, seed)
            mvm, weight = errors(crossbar, wanted, seed)
            cells += [f"{mvm:.2f}", f"{weight:.2f}", f"{100 * points[-1].error:.2f}", f"{1e3 * points[-1].time:.2f}"]
        yield cells


def by_counts(array: Array, seed: int) -> Iterable[list[str]]:
    """How write_verify depends on what a count is, which was not published."""
    for counts in (50, 100, 200, 400):
        crossbar, wanted, points = written(WriteVerify(counts=counts), array, seed)
        found = []
        for age in TIMES.values():
            crossbar.drift_to(age)
            found.append(f"{errors(crossbar, wanted, seed)[0]:.2f}")
        yield [str(counts), *found, f"{100 * (1 - points[-1].open):.2f}", str(len(points)), f"{1e3 * points[-1].time:.2f}"]


def left(programmer: Programmer, devices: int, seed: int) -> list[str]:
    """What programming leaves in devices and weights, without read noise: relative errors (%), share converged (%), turns."""
    crossbar, wanted, points = written(programmer, tile(devices), seed)
    stored = crossbar.stored
    error = np.stack([stored.mean(index) - plane.target for index, plane in enumerate(stored.planes)]).astype(np.float64)
    weight = sum(plane.factor * error[index] for index, plane in enumerate(stored.planes))
    scaled = wanted / crossbar.scale
    return [
        f"{100 * error.std() / stored.cell.span:.2f}", f"{100 * np.std(weight):.2f}", f"{100 * np.std(weight) / np.std(scaled):.2f}",
        *([f"{100 * (1 - points[-1].open):.3f}", str(len(points))] if points else ["", ""]),
    ]  # fmt: skip


# --- networks --------------------------------------------------------------------------------------------------------------


def accuracies(workload: str, scaling: str, seeds: Iterable[int], samples: int) -> Iterable[list[str]]:
    """Accuracy of a network at each time, and what programming it took; one device at each side."""
    cell = "architecture.tile.array.cell={type: pair, device: {type: pcm-hermes}}"
    changes = [cell, f"architecture.tile.array.weight_scaling={scaling}", "mapping.copies=none", f"samples={samples}"]
    base = load_experiment(HOUSE / "workloads" / f"{workload}.yaml", CHIP, changes)
    reference = base.workload.accuracy(base.workload.inputs[:samples], base.workload.labels[:samples])
    yield [f"float: {100 * reference:.2f}", *([""] * (len(TIMES) + 2))]
    for name, programmer in ALGORITHMS.items():
        found, took = [], None
        for seed in seeds:
            experiment: Experiment = replace(base, question=base.question.having(programming=programmer, seed=seed))
            network = experiment.network(experiment.map())
            took = experiment.program(network)
            row = []
            for age in TIMES.values():
                network.drift_to(age)
                row.append(100 * accuracy(network, samples))
            found.append(row)
        values = np.array(found)
        assert took is not None
        yield [name, *(spread(values[:, place]) for place in range(len(TIMES))), f"{1e3 * took.duration:.2f}", f"{1e6 * took.energy:.3g}"]


# --- tables ----------------------------------------------------------------------------------------------------------------


def spread(values: np.ndarray) -> str:
    return f"{values.mean():.2f} +- {values.std(ddof=1):.2f}" if len(values) > 1 else f"{values.mean():.2f}"


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    names = list(header)
    print("|", " | ".join(names), "|")
    print("|" + "---|" * len(names), flush=True)
    for row in rows:
        print("|", " | ".join(row), "|", flush=True)
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true")
    chosen = parser.parse_args()
    start = time.perf_counter()
    seeds = range(chosen.seed, chosen.seed + (1 if chosen.quick else 3))
    samples = 500 if chosen.quick else 10_000
    for devices in (1, 2):
        print(f"\nOne 256 x 256 array, {devices} device(s) at each side:\n")
        moments = [f"{kind}, {age}" for kind in ("MVM", "weights") for age in TIMES]
        table(["algorithm", *moments], over_time(tile(devices), seeds))
    print("\nTurn by turn, 1 device, right after programming:\n")
    kinds = [f"{name}: {kind}" for name in ("write_verify", "gradient") for kind in ("MVM", "weights", "own error", "ms")]
    table(["turns at most", *kinds], by_turns(tile(1), chosen.seed))
    print("\nwrite_verify with other counts at full range, margin of 5, noise of 1, 1 device:\n")
    table(["counts", *(f"MVM, {age}" for age in TIMES), "converged, %", "turns", "ms"], by_counts(tile(1), chosen.seed))
    print("\nwrite_verify against the published figures:\n")
    heads = ["programming", "devices", "device / range", "weight / full scale", "weight / its own sd", "converged, %", "turns"]
    tried: dict[str, Programmer] = {f"verify noise {noise:g} counts": WriteVerify(noise=noise) for noise in (0.0, 1.0, 2.0)}
    tried |= {"one_shot: the chip's statistics": OneShot()}
    table(heads, ([name, str(devices), *left(how, devices, chosen.seed)] for devices in (1, 2) for name, how in tried.items()))
    for workload in ("mlp-mnist", "lenet5-mnist"):
        for scaling in ("column", "array"):
            print(f"\nAccuracy of {workload}, {samples} samples, 1 device, every {scaling} stretched to the whole range:\n")
            table(["algorithm", *TIMES, "time, ms", "energy, uJ"], accuracies(workload, scaling, range(seeds[0], seeds[-1] + 3), samples))
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
