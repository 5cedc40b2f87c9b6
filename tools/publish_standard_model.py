"""Measure the error of products with the standard crossbar model (architectures/standard-model.yaml).

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python tools/publish_standard_model.py --seed 1

prints the tables of tests/published/standard-model.md. The error of one vector is ||y_analog - y|| / ||y|| (Euclidean norms over
the outputs of one array, y the exact product with the weights that were asked for); a figure is the mean over vectors and over
programmings with other random numbers, +- the standard deviation between the programmings.

Weights: `clipped normal` at 2.5 standard deviations; `quarter normal` with a deviation of a quarter of full scale and one scale for
the array; `uniform`; `fc1`, `fc2`, `fc3` those of workloads/mlp-mnist.yaml (of fc1 the first 512 rows). Inputs: `uniform` fills the
range of the DAC; `normal` and `relu` (normal, negative ones set to zero) are scaled by three standard deviations of their own, the
value from which the authors' toolkit learns ranges; so are the activations of MNIST test images, with the deviation of the
training images.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipsim.architecture import Architecture
from chipsim.circuits.crossbar import Crossbar
from chipsim.reading import load
from chipsim.streams import Stream

Floats = NDArray[np.float32]
HOME = Path(__file__).resolve().parent.parent
FILE = HOME / "architectures" / "standard-model.yaml"
ROWS, COLUMNS, VECTORS = 512, 512, 200
AGES = {"1 s": 1.0, "1 h": 3600.0, "1 day": 86400.0, "1 year": 31_536_000.0}
SWITCHES = {
    "DAC": "dac=ideal",
    "ADC": "adc=ideal",
    "output noise": "output_noise=0",
    "short-term noise": "short_term_noise=0",
    "IR drop": "ir_drop=0",
    "programming": "cell.device.program_scale=0",
    "drift": "cell.device.drift_scale=0",
    "1/f noise": "read_noise=off",
    "drift compensation": "drift_compensation=none",
}


class Case(NamedTuple):
    """A matrix (rows, columns), vectors (n, rows), what a vector is divided by, and changes of the array."""

    name: str
    weights: Floats
    x: Floats
    input_range: float
    changes: tuple[str, ...] = ()


def drawn_weights(kind: str, random: np.random.Generator) -> tuple[Floats, tuple[str, ...]]:
    """Weights and the change of the array that goes with them."""
    if kind == "uniform":
        return random.uniform(-1, 1, (ROWS, COLUMNS)).astype(np.float32), ()
    values = random.normal(size=(ROWS, COLUMNS)).astype(np.float32)
    if kind == "clipped normal":
        return np.clip(values, -2.5, 2.5), ()
    quarter = np.clip(values / 4, -1, 1)
    quarter[0, 0] = 1  # full scale is in the array
    return quarter, ("weight_scaling=array",)


def drawn_inputs(kind: str, random: np.random.Generator) -> tuple[Floats, float]:
    """Vectors and their range."""
    if kind == "uniform":
        return random.uniform(-1, 1, (VECTORS, ROWS)).astype(np.float32), 1.0
    values = random.normal(size=(VECTORS, ROWS)).astype(np.float32)
    values = np.maximum(values, 0) if kind == "relu" else values
    return values, 3 * float(values.std())


def drawn(seed: int) -> Iterator[Case]:
    """All pairs of random weights and inputs."""
    for weights in ("clipped normal", "quarter normal", "uniform"):
        for inputs in ("uniform", "normal", "relu"):
            random = np.random.default_rng(seed)
            matrix, changes = drawn_weights(weights, random)
            yield Case(f"{weights} x {inputs}", matrix, *drawn_inputs(inputs, random), changes)


def trained() -> Iterator[Case]:
    """The layers of the MLP with the activations of test images."""
    layers = np.load(HOME / "workloads" / "mlp-mnist.npz")
    images = np.load(HOME / "workloads" / "data" / "mnist.npz")
    counts = (("train", 12_800), ("test", VECTORS))
    training, test = (images[f"x_{split}"].reshape(-1, 784)[:count].astype(np.float32) / 255 for split, count in counts)
    for name in ("fc1", "fc2", "fc3"):
        weight, bias = layers[f"{name}.weight"].T, layers[f"{name}.bias"]
        part = slice(0, ROWS)
        yield Case(f"{name} x MNIST", np.ascontiguousarray(weight[part]), np.ascontiguousarray(test[:, part]), 3 * float(training.std()))
        training, test = (np.maximum(x @ weight + bias, 0) for x in (training, test))


def errors(case: Case, ages: Sequence[float], off: Sequence[str], seeds: Sequence[int]) -> NDArray[np.float64]:
    """Mean error over the vectors for each age and programming, (ages, seeds), with the terms `off` switched off."""
    changes = [f"tile.array.{change}" for change in (*case.changes, *(SWITCHES[name] for name in off))]
    array = load(FILE, Architecture, changes).tile.array
    exact = case.x.astype(np.float64) @ case.weights
    size = np.linalg.norm(exact, axis=1)
    count = np.arange(len(case.x), dtype=np.uint32)
    result = np.zeros((len(ages), len(seeds)))
    for column, seed in enumerate(seeds):
        xbar = Crossbar(array, Stream(seed), case.input_range)
        xbar.program(case.weights)
        for row, age in enumerate(ages):
            xbar.drift_to(age)
            y = xbar.multiply(case.x, count, np.zeros_like(count)).y
            result[row, column] = float(np.mean(np.linalg.norm(y - exact, axis=1) / size))
    return result


def shown(values: NDArray[np.float64]) -> str:
    return f"{100 * values.mean():.2f} +- {100 * values.std(ddof=1):.2f}"


def table(head: str, rows: Iterator[str] | list[str]) -> None:
    print(f"| {head} |")
    print("|" + "---|" * (head.count("|") + 1))
    for row in rows:
        print(f"| {row} |")
    print()


def whole(case: Case, seeds: Sequence[int]) -> str:
    found = errors(case, list(AGES.values()), (), seeds)
    y = case.x @ case.weights / case.input_range / (1 if case.changes else np.abs(case.weights).max(axis=0))
    clipped = np.mean(np.abs(y) > 10)
    return f"{case.name} | " + " | ".join(shown(row) for row in found) + f" | {100 * clipped:.1f}"


def alone(case: Case, seeds: Sequence[int]) -> Iterator[str]:
    """Each term by itself, and the whole model without it; drift alone is also shown with its compensation."""
    kept = {name: {name} for name in SWITCHES if name != "drift compensation"}
    kept = {"none (inputs beyond the range are clipped)": set[str]()} | kept
    kept["drift, compensated"] = {"drift", "drift compensation"}
    for name, terms in kept.items():
        by_itself = errors(case, list(AGES.values()), [term for term in SWITCHES if term not in terms], seeds)
        without = errors(case, [AGES["1 day"]], [term for term in SWITCHES if term in terms], seeds)
        yield f"{name} | " + " | ".join(shown(row) for row in by_itself) + f" | {shown(without)}"


def rounded(case: Case, bits: int) -> float:
    """Error of an exact product with weights rounded to 2**bits - 1 values over the range of their column."""
    steps = 2 ** (bits - 1) - 1
    scale = np.abs(case.weights).max() if case.changes else np.abs(case.weights).max(axis=0)
    coarse = np.rint(case.weights / scale * steps) / steps * scale
    exact = case.x @ case.weights
    return float(np.mean(np.linalg.norm(case.x @ coarse - exact, axis=1) / np.linalg.norm(exact, axis=1)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="of weights, inputs and the first programming")
    parser.add_argument("--programmings", type=int, default=5)
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.programmings)
    cases = [*drawn(options.seed), *trained()]
    head = " | ".join(AGES)
    print("Error in %, the whole model:\n")
    table(f"weights x inputs | {head} | outputs beyond the ADC's bound, %", [whole(case, seeds) for case in cases])
    for case in (cases[0], cases[2], cases[9]):
        print(f"Error in %, {case.name}, one term alone (others off), and the whole model without it:\n")
        table(f"term | {head} | without it, 1 day", alone(case, seeds))
    print("Error in % of an exact product with rounded weights:\n")
    bits = (3, 4, 5, 6)
    table("weights x inputs | " + " | ".join(f"{b} bits" for b in bits), [
        f"{case.name} | " + " | ".join(f"{100 * rounded(case, b):.2f}" for b in bits) for case in cases
    ])  # fmt: skip


if __name__ == "__main__":
    main()
