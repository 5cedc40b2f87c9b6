"""Weight error with optimised programming against plain splits over four devices: the tables of tests/published/optimised-programming.md.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python tools/publish_optimised.py --seed 1 --picture translation.svg

All errors are closed forms (chipsim/programming/weight_error.py), root mean squares in per cent of the largest weight, with global
drift compensation. The splits they are compared with, all with two pairs of significance 1 and F:

    even       both pairs at the same share of their range, whatever the weight
    low first  the second pair is used only when the first is full (cell type `significance`)

`--quick` makes the searches small, to try the tool.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from chipsim.circuits.array import Array
from chipsim.circuits.tabulated import Tabulated, Translation
from chipsim.devices.device import DAY
from chipsim.programming.optimised import Circumstances, Optimised, Optimum
from chipsim.programming.translation import split
from chipsim.programming.weight_error import Histogram, WeightError, weight_error
from chipsim.reading import from_plain

HOUSE = Path(__file__).resolve().parents[1]
TIMES = (0.0, 3600.0, DAY, 7 * DAY, 30 * DAY)
COUNT = 250_000  # weights that a histogram is drawn from
QUICK = {"population": 5, "generations": 10}


# --- what is compared ----------------------------------------------------------------------------------------------------


def machine(device: str) -> Array:
    """An array with two pairs, each layer stretched to the whole range."""
    cell = {"type": "significance", "device": device}
    return from_plain(Array, {"rows": 1024, "columns": 1024, "cell": cell, "dac": "ideal", "adc": "ideal", "weight_scaling": "array"})


def even(like: Array, factor: float) -> Tabulated:
    """Both pairs at the same share of their range."""
    device = like.cell.device
    pair = Translation(plus=(device.g_min, device.g_max), minus=(device.g_min, device.g_min))
    return Tabulated(device=device, points=(0.0, 1.0), pairs=(pair, pair), factors=(1.0, factor))


def matrices(seed: int) -> dict[str, list[np.ndarray]]:
    """Weights of different kinds: drawn, and those of the shipped networks."""
    random = np.random.default_rng(seed)
    normal = random.normal(size=(1, COUNT))
    found = {
        "normal": [normal],
        "normal, cut at 2.5 sd": [np.clip(normal, -2.5, 2.5)],
        "Laplace, cut at 5 sd": [np.clip(random.laplace(size=(1, COUNT)), -5 * 2**0.5, 5 * 2**0.5)],
    }
    for name in ("mlp-mnist", "lenet5-mnist"):
        stored = np.load(HOUSE / "workloads" / f"{name}.npz")
        found[name] = [stored[key].reshape(len(stored[key]), -1) for key in stored.files if key.endswith("weight")]
    return found


def searched(like: Array, histogram: Histogram, **keys: Any) -> tuple[Optimum, float]:
    """The search alone, without falling back to a plain split, and how long it took (s)."""
    start = time.perf_counter()
    found = Optimised(plain_splits=False, **keys).search(like.cell, histogram, Circumstances(TIMES, "global", True))
    return found, time.perf_counter() - start


def significance(cell: Tabulated) -> float:
    """Factor of the more significant pair in units of the other; which of them is called the second does not matter."""
    ratio = cell.factors[1] / cell.factors[0]
    return max(ratio, 1 / ratio)


# --- tables --------------------------------------------------------------------------------------------------------------


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    names = list(header)
    print("|", " | ".join(names), "|")
    print("|" + "---|" * len(names))
    for row in rows:
        print("|", " | ".join(row), "|")
    print()


def errors(error: WeightError) -> list[str]:
    return [f"{100 * root:.3f}" for root in error.root]


def change(error: WeightError, than: WeightError, index: int) -> str:
    return f"{100 * (error.root[index] / than.root[index] - 1):+.1f} %"


def growth(error: WeightError) -> str:
    return f"{error.root[-1] / error.root[0]:.2f}, {100 * (error.root[-1] - error.root[0]):.2f} points"


def example(like: Array, histogram: Histogram, keys: dict[str, Any]) -> Optimum:
    """The table of one histogram: every way to split, time by time."""
    straight, first = searched(like, histogram, **keys)
    bent, second = searched(like, histogram, bend=0.5, **keys)
    free, third = searched(like, histogram, points=12, **keys)
    whole = Optimised(**keys).search(like.cell, histogram, Circumstances(TIMES, "global", True))
    plain = {"one pair": split(1e-9, like.cell), **{f"even, F = {f}": even(like, f) for f in (1, 2)}}
    plain |= {f"low first, F = {f}": split(f, like.cell) for f in (1, 2, 3, 5)}
    found = {name: weight_error(cell, histogram, TIMES) for name, cell in plain.items()}
    found[f"searched, 6 points, F = {significance(straight.cell):.2f}"] = straight.error
    found[f"searched, 6 points, bend 0.5, F = {significance(bent.cell):.2f}"] = bent.error
    found[f"searched, 12 points, F = {significance(free.cell):.2f}"] = free.error
    found[f"type `optimised` as it is, F = {significance(whole.cell):.2f}"] = whole.error
    rows = ([name, *errors(error), growth(error)] for name, error in found.items())
    table(["cell", "0 s", "1 h", "1 d", "7 d", "30 d", "30 d over 0 s, rise"], rows)
    print(f"Searches: {first:.1f} s, {second:.1f} s and {third:.1f} s; ", end="")
    print(f"{straight.evaluations}, {bent.evaluations} and {free.evaluations} candidates.\n")
    return straight


def comparisons(like: Array, weights: dict[str, list[np.ndarray]], keys: dict[str, Any]) -> Iterator[list[str]]:
    """For each kind of weights: F that was found, and the change of the error against two splits."""
    for name, found in weights.items():
        histogram = Histogram.of_magnitudes(like, found)
        best, _ = searched(like, histogram, **keys)
        bent, _ = searched(like, histogram, bend=0.5, **keys)
        naive, low = (weight_error(cell, histogram, TIMES) for cell in (even(like, 2.0), split(2.0, like.cell)))
        factors = np.linspace(1, 5, 81)
        plain = min(factors, key=lambda factor: weight_error(split(factor, like.cell), histogram, TIMES).mean)
        yield [
            name, f"{significance(best.cell):.2f}", f"{significance(bent.cell):.2f}", f"{plain:.2f}",
            change(best.error, naive, 0), change(best.error, naive, -1), change(bent.error, naive, 0), change(bent.error, naive, -1),
            change(best.error, low, 0), change(best.error, low, -1),
        ]  # fmt: skip


def picture(optimum: Optimum, path: str) -> None:
    """Target conductance of the four devices against the weight."""
    from chipsim.report.plots import save_figure

    def draw(axes: Any) -> None:
        cell = optimum.cell
        names = (f"pair {i + 1} (x {factor:.2f}), {side}" for i, factor in enumerate(cell.factors) for side in ("plus", "minus"))
        for name, table_of in zip(names, (side for pair in cell.pairs for side in (pair.plus, pair.minus)), strict=True):
            axes.plot(cell.points, 1e6 * np.array(table_of), marker="o", markersize=3, label=name)
        axes.set_xlabel("weight")
        axes.set_ylabel("target conductance (uS)")
        axes.legend(frameon=False, fontsize=7, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))

    save_figure(draw, path, 2.4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=1, help="of the weights and of the searches")
    parser.add_argument("--device", default="pcm", help="type of the device")
    parser.add_argument("--picture", help="file to draw the translation functions to, such as translation.svg")
    parser.add_argument("--quick", action="store_true", help="small searches")
    arguments = parser.parse_args()
    keys = (QUICK if arguments.quick else {}) | {"seed": arguments.seed}
    like, weights = machine(arguments.device), matrices(arguments.seed)
    best = example(like, Histogram.of_magnitudes(like, weights["normal"]), keys)
    header = ["weights", "F", "F, bent", "F of best low first", "0 s to even", "30 d to even", "bent, 0 s", "bent, 30 d"]
    table([*header, "0 s to low first", "30 d to low first"], comparisons(like, weights, keys))
    if arguments.picture:
        picture(best, arguments.picture)


if __name__ == "__main__":
    main()
