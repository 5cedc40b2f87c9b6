"""Searches without simulation: a plan of a real file, and a worker that computes its answers from the changes in a microsecond."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from small_files import write_small

from chipsim.sweep.drive import take
from chipsim.sweep.plan import Plan, load_plan
from chipsim.sweep.point import Answered, Task
from chipsim.sweep.search.loop import Loop

CLOCK, BOUND, BITS, FLIT = (
    "architecture.network.clock",
    "architecture.tile.array.adc.bound",
    "architecture.tile.array.adc.bits",
    "architecture.network.flit_width",
)
AXES = f"""
  - {{key: {BITS}, values: [4, 5, 6, 7, 8], name: bits}}
  - {{key: {BOUND}, low: 2.0, high: 16.0, scale: log, name: bound}}
  - {{key: {CLOCK}, low: 0.2 GHz, high: 2 GHz, name: clock}}
"""
SOUGHT = """
objectives:
  - {minimise: energy}
  - {minimise: latency}
"""

Values = dict[str, float | None]
Model = Callable[[dict[str, Any]], Values | str]  # from changes to measures, or why it fails


def plan_of(folder: Path, search: str, axes: str = AXES, sought: str = SOUGHT, more: str = "", keys: str = "") -> Plan:
    """A plan for the small network and chip; `keys`: further keys of the experiment."""
    write_small(folder)
    file = folder / "sweep.yaml"
    experiment = f"{{workload: net.yaml, architecture: chip.yaml, times: [1 s, 1 h], stream: 8, repeats: 1{keys}}}"
    file.write_text(f"experiment: {experiment}\naxes:{axes}\n{sought}\nsearch: {search}\n{more}")
    return load_plan(file)


def play(plan: Plan, model: Model, backwards: bool = False) -> Loop:
    """Search to the end; `backwards`: answers of a batch come in the opposite order."""
    rows: list[dict[str, Any]] = []
    files: dict[str, str] = {}

    def work(tasks: Iterable[Task], answered: Callable[[Answered], None]) -> None:
        for task in reversed([*tasks]) if backwards else tasks:
            found = model(dict(task.changes) | {"repeat": task.repeat})
            answered(Answered(task.number, "failed", found) if isinstance(found, str) else Answered(task.number, "done", values=found))

    loop = Loop(plan, plan.base(Path("nowhere")), rows, work, lambda found: take(rows[found.number], found), files.__setitem__)
    loop.facts = loop.run()
    loop.files = files
    return loop


def points(loop: Loop) -> list[dict[str, Any]]:
    """The rows without what says where and when."""
    return [{name: value for name, value in row.items() if name not in ("seconds", "folder", "digest")} for row in loop.rows]
