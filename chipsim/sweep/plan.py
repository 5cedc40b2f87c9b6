"""A sweep that is ready to run: its file read, its experiment with all files, its columns, and what stands in its folder's name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, final

from chipsim.comparators.comparator import named
from chipsim.compose import changed, read
from chipsim.errors import InputError
from chipsim.experiment import as_experiment, with_files
from chipsim.reading import build
from chipsim.record import Row
from chipsim.runs import folder_of
from chipsim.sweep.description import Limit, Objective, Sweep
from chipsim.sweep.measures import USUAL, Column
from chipsim.sweep.point import Base, Task
from chipsim.sweep.space import names, points
from chipsim.tree import Node
from chipsim.units import measured
from chipsim.version import VERSION


@final
@dataclass(frozen=True)
class Plan:
    """A sweep and the experiment it changes."""

    sweep: Sweep
    node: Node  # the experiment, with its files
    name: str

    @property
    def digest(self) -> str:
        """Hash of the sweep and of its experiment."""
        text = json.dumps([self.sweep.plain(folders=False), self.node.plain()], sort_keys=True, default=str)
        return hashlib.sha256(f"{text} {VERSION}".encode()).hexdigest()[:12]

    def folder(self, into: Path) -> Path:
        """The folder of the sweep."""
        return folder_of(self.name, self.digest, into)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The measures in the table: the usual ones, those asked for, accuracies at all times, those of objectives and limits."""
        found = [Column(name) for name in (*USUAL, *self.sweep.measures)]
        sought: list[Objective | Limit] = [*self.sweep.objectives, *self.sweep.limits]
        return tuple(dict.fromkeys([*found, *(Column(item.measure, item.at) for item in sought)]))

    def tasks(self, folder: Path) -> Iterator[Task]:
        """Every point with every repeat."""
        base = Base(self.node, self.columns, folder / "points")
        number = 0
        for point in points(self.sweep):
            for repeat in range(self.sweep.repeats):
                yield Task(number, base, point.changes, repeat)
                number += 1

    def rows(self) -> Iterator[Row]:
        """The rows of the table before anything is answered."""
        number = 0
        for point in points(self.sweep):
            for repeat in range(self.sweep.repeats):
                yield {"point": number, "repeat": repeat, "status": "waiting", "message": "", "digest": "", "folder": ""} | point.shown
                number += 1

    def column_rows(self) -> list[Row]:
        """What every column of the table is."""
        better = {Column(o.measure, o.at).name: "minimise" if o.minimise else "maximise" for o in self.sweep.objectives}
        rows: list[Row] = []
        for name, axis in zip(names(self.sweep), self.sweep.axes, strict=True):
            unit = "" if axis.low is None else measured(axis.low)[1]
            values = [v for v in axis.values or () if isinstance(v, str)]
            for value in values[:1]:
                try:
                    unit = measured(value)[1]
                except ValueError:
                    unit = ""
            rows.append({"name": name, "unit": unit, "meaning": ", ".join(axis.paths), "role": "axis", "better": "", "scale": axis.scale})
        for column in self.columns:
            head: dict[str, Any] = {"name": column.name, "unit": column.unit, "meaning": column.meaning, "role": "measure"}
            rows.append(head | {"better": better.get(column.name, ""), "scale": "linear"})
        seconds = {"name": "seconds", "unit": "s", "meaning": "wall time of the point", "role": "fact"}
        rows.append(seconds | {"better": "", "scale": "linear"})
        return rows


def load_plan(file: str | Path, changes: Sequence[str] = ()) -> Plan:
    """The plan of a sweep file; `changes` are `key=value` of its experiment. InputError lists all problems."""
    node = read(file)
    if not isinstance(node.value, dict) or "axes" not in node.value:
        raise InputError(node.problem("is no sweep: it has no 'axes'"))
    entries = dict(node.value)
    if "experiment" not in entries:
        raise InputError(node.problem("names no experiment; add 'experiment: FILE', or a block with 'workload' and 'architecture'"))
    inner = entries.pop("experiment")
    if isinstance(inner.value, str):
        inner = read(inner.folder / inner.value)
    experiment = named(with_files(as_experiment(inner), None))
    for change in changes:
        experiment = changed(experiment, change)
    sweep = build(Sweep, Node(entries, node.file, node.line, node.column, node.folder))
    return Plan(sweep, experiment, sweep.name or Path(file).stem)
