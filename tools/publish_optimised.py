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


def searched(like: Array, histogram: Histogram, **keys: Any) -> Optimum:
    """What type `optimised` finds; `plain_splits=False`: by differential evolution and descent alone, as published."""
    return Optimised(**keys).search(like.cell, histogram, Circumstances(TIMES, "global", True))


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


def both(error: WeightError, than: WeightError) -> str:
    return ", ".join(f"{100 * (error.root[index] / than.root[index] - 1):+.1f} %" for index in (0, -1))


def growth(error: WeightError) -> str:
    return f"{error.root[-1] / error.root[0]:.2f}, {100 * (error.root[-1] - error.root[0]):.2f} points"


def example(like: Array, histogram: Histogram, keys: dict[str, Any]) -> Optimum:
    """The table of one histogram: every way to split, time by time."""
    start = time.perf_counter()
    published = searched(like, histogram, plain_splits=False, **keys)
    taken = time.perf_counter() - start
    others = {
        "search, 6 points, bend 0.5": searched(like, histogram, plain_splits=False, bend=0.5, **keys),
        "search, 12 points": searched(like, histogram, plain_splits=False, points=12, **keys),
        "`optimised` as it is": searched(like, histogram, **keys),
        "`optimised`, bend 0.5": searched(like, histogram, bend=0.5, **keys),
    }
    plain = {"one pair": split(1e-9, like.cell), **{f"even, F = {f}": even(like, f) for f in (1, 2)}}
    plain |= {f"low first, F = {f}": split(f, like.cell) for f in (1, 2, 3, 5)}
    found = {name: weight_error(cell, histogram, TIMES) for name, cell in plain.items()}
    for name, best in ({"search, 6 points": published} | others).items():
        found[f"{name}, F = {significance(best.cell):.2f}"] = best.error
    table(["cell", "0 s", "1 h", "1 d", "7 d", "30 d", "30 d over 0 s, rise"], ([n, *errors(e), growth(e)] for n, e in found.items()))
    print(f"Search with 6 points: {taken:.1f} s, {published.generations} generations, {published.evaluations} candidates.\n")
    return published


def comparisons(like: Array, weights: dict[str, list[np.ndarray]], keys: dict[str, Any]) -> Iterator[list[str]]:
    """For each kind of weights: F that was found, and the change of the error against two splits, at 0 s and 30 d."""
    for name, found in weights.items():
        histogram = Histogram.of_magnitudes(like, found)
        search = searched(like, histogram, plain_splits=False, **keys)
        whole, bent = searched(like, histogram, **keys), searched(like, histogram, bend=0.5, **keys)
        naive, low = (weight_error(cell, histogram, TIMES) for cell in (even(like, 2.0), split(2.0, like.cell)))
        plain = min(np.linspace(1, 5, 81), key=lambda factor: weight_error(split(factor, like.cell), histogram, TIMES).mean)
        factors = [significance(search.cell), plain, significance(whole.cell), significance(bent.cell)]
        changes = [both(search.error, naive), both(search.error, low), both(whole.error, low), both(bent.error, low)]
        yield [name, *(f"{factor:.2f}" for factor in factors), *changes]


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
    header = ["weights", "F, search", "F, best low first", "F, `optimised`", "F, bend 0.5", "search to even", "search to low first"]
    table([*header, "`optimised` to low first", "bend 0.5 to low first"], comparisons(like, weights, keys))
    if arguments.picture:
        picture(best, arguments.picture)


if __name__ == "__main__":
    main()
