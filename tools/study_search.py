"""Do searches find the front with fewer evaluations than draws at random? The record is `tests/published/search.md`.

    python tools/study_search.py FOLDER [SEEDS [EVALUATIONS]]

All points of a grid are run once (an MLP on MNIST; converters, their bound and sharing, drivers, array size). Each method then searches
the same grid, told from that table, with many seeds, for two questions. How much of the hypervolume of the whole grid it has after 20,
40, ... evaluations is printed as mean and standard deviation over the seeds, then the median of those it needs for 95 % and 99.9 %.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from chipsim.reading import from_plain
from chipsim.spec import yaml_text
from chipsim.sweep.drive import run_sweep, take
from chipsim.sweep.engines import Local
from chipsim.sweep.pareto import hypervolume, sought
from chipsim.sweep.plan import Plan, load_plan
from chipsim.sweep.point import Answered, Task
from chipsim.sweep.search import Search
from chipsim.sweep.search.loop import Loop
from chipsim.sweep.table import SweepTable

HOUSE = Path(__file__).parents[1]
ADC, DAC = "architecture.tile.array.adc", "architecture.tile.array.dac"
SWEEP: dict[str, Any] = {
    "experiment": {
        "workload": str(HOUSE / "workloads/mlp-mnist.yaml"),
        "architecture": {
            "extends": str(HOUSE / "architectures/first-chip.yaml"),
            "network": {"topology": {"type": "mesh", "columns": 6, "rows": 6}},
        },
        "samples": 300,
        "times": ["1 s", "1 d"],
        "repeats": 1,
        "stream": 30,
        "comparators": [],
    },
    "axes": [
        {"key": f"{ADC}.component", "values": [f"adc-{bits}b-40MSps-22nm" for bits in (6, 8, 10)], "name": "adc"},
        {"key": f"{ADC}.bound", "values": [2.0, 4.0, 8.0, 16.0, 32.0]},
        {"key": f"{ADC}.columns_per_adc", "values": [1, 4, 16, 64], "name": "sharing"},
        {"key": f"{DAC}.bits", "values": [2, 3, 4, 6], "name": "dac"},
        {"keys": ["architecture.tile.array.rows", "architecture.tile.array.columns"], "values": [[128, 128], [256, 256]], "name": "size"},
    ],
}
QUESTIONS: dict[str, dict[str, Any]] = {
    "energy and accuracy under a limit of the area": {
        "objectives": [{"minimise": "energy"}, {"maximise": "accuracy", "at": "1 d"}],
        "limits": [{"measure": "area", "at_most": "8 mm2"}],
    },
    "area, latency and accuracy": {"objectives": [{"minimise": "area"}, {"minimise": "latency"}, {"maximise": "accuracy", "at": "1 d"}]},
}
METHODS = {
    "nsga2": {"type": "nsga2", "population": 12},
    "tpe": {"type": "tpe", "batch": 4},
    "random": {"type": "random"},
}


def main(folder: Path, seeds: int, evaluations: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for title, sought_after in QUESTIONS.items():
        (folder / "study.yaml").write_text(yaml_text(SWEEP | sought_after))
        plan = load_plan(folder / "study.yaml")
        with Local(2) as engine:
            table, _ = run_sweep(plan, folder, engine)
        good = sum(sought([row], table.objectives, table.limits) is not None for row in table.rows)
        print(f"\n{title}: {len(table.rows)} points, {good} keep the limits, {len(table.front)} on the front; "
              f"simulated in {table.facts['busy']:.0f} s of workers\n")  # fmt: skip
        compare(plan, table, seeds, evaluations)


def compare(plan: Plan, table: SweepTable, seeds: int, evaluations: int) -> None:
    """Print how far each method comes."""
    marks = list(range(20, evaluations + 1, 20))
    print("| method | " + " | ".join(f"after {mark}" for mark in marks) + " | evaluations for 95 % | for 99.9 % |")
    print("|---|" + "---|" * (len(marks) + 2))
    for name, keys in METHODS.items():
        curves = [curve(plan, table, keys | {"trials": evaluations, "seed": seed}) for seed in range(seeds)]
        cells = [spread([100 * found[min(mark, len(found)) - 1] for found in curves]) for mark in marks]
        cells = [*(f"{cell} %" for cell in cells), typical(curves, 0.95), typical(curves, 0.999)]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def typical(curves: list[list[float]], share: float) -> str:
    """The median of the evaluations after which a share is reached, over all seeds (those that never reach it are last)."""
    reached = [next((number + 1 for number, found in enumerate(curve) if found >= share), sys.maxsize) for curve in curves]
    middle = statistics.median_high(reached)
    return f"more than {max(map(len, curves))}" if middle == sys.maxsize else str(middle)


def spread(values: list[float]) -> str:
    """Mean and standard deviation."""
    return f"{statistics.mean(values):.1f} +- {statistics.stdev(values):.1f}"


def curve(plan: Plan, table: SweepTable, keys: dict[str, Any]) -> list[float]:
    """The share of the hypervolume of the whole grid after each evaluation of a search that is told from its table."""
    found = searched(replace(plan, sweep=plan.sweep.model_copy(update={"search": from_plain(Search, keys)})), table)
    reference = np.array([row["reference"] * (1 if row["better"] == "minimise" else -1) for row in table.objectives])
    whole = covered(table.rows, table, reference)
    return [covered(found[: number + 1], table, reference) / whole for number in range(len(found))]


def covered(rows: list[dict[str, Any]], table: SweepTable, reference: Any) -> float:
    """The hypervolume of some rows."""
    good = [values for row in rows if (values := sought([row], table.objectives, table.limits)) is not None]
    return hypervolume(np.array(good), reference) if good else 0.0


def searched(plan: Plan, table: SweepTable) -> list[dict[str, Any]]:
    """The rows of a search."""
    axes, rows = table.names("axis"), list[dict[str, Any]]()
    known = {tuple(row[axis] for axis in axes): row for row in table.rows}
    measures = table.names("measure")

    def work(tasks: Iterable[Task], answered: Callable[[Answered], None]) -> None:
        for task in tasks:
            row = known[tuple(rows[task.number][axis] for axis in axes)]
            answered(Answered(task.number, row["status"], row["message"], values={name: row.get(name) for name in measures}))

    Loop(plan, plan.base(Path()), rows, work, lambda found: take(rows[found.number], found), lambda name, text: None).run()
    return rows


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[2:]]
    main(Path(sys.argv[1]), *(numbers + [10, 100][len(numbers) :]))
