"""A sweep that is ready to run: its file read, its experiment with all files, its columns, and what stands in its folder's name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, final

from chipsim.errors import InputError
from chipsim.facets import FREE
from chipsim.record import Row
from chipsim.runs import folder_of
from chipsim.sweep.bundle import related
from chipsim.sweep.checks import check_sweep
from chipsim.sweep.description import Sweep
from chipsim.sweep.files import standing_alone, without_folders
from chipsim.sweep.measures import Column
from chipsim.sweep.point import Base, Task
from chipsim.sweep.search.look import look_of
from chipsim.sweep.sought import Bound
from chipsim.sweep.space import Point, count, names, points, values_of
from chipsim.tree import Node
from chipsim.version import VERSION

MANY = 100_000  # points that are run without a question
LARGEST = 2_000_000  # points whose table fits into the memory of a usual machine


@final
@dataclass(frozen=True)
class Plan:
    """A sweep and the experiment it changes; made by `load_plan`."""

    sweep: Sweep  # its axes named, files that they name read in
    node: Node  # the experiment, with its files
    name: str
    described: dict[str, Any]  # the file of the sweep, as plain values
    columns: tuple[Column, ...]  # the measures in the table
    bounds: tuple[Bound, ...] = ()
    facets: tuple[str, ...] = ()  # of each axis: what runs again when it changes
    refused: tuple[str, ...] = ()  # sentences about values that are wrong by themselves: their points will fail

    @property
    def training(self) -> bool:
        """Whether points are trainings."""
        return isinstance(self.node.value, dict) and "rule" in self.node.value

    @cached_property
    def digest(self) -> str:
        """Hash of what the points are: the experiment, the axes, how points are chosen. What is sought and shown may change."""
        axes = [
            [axis.paths, [_plain(value, without_folders) for value in axis.values or ()], axis.low, axis.high, axis.points, axis.scale]
            for axis in self.sweep.axes
        ]
        conditions = [axis.get("when") for axis in self.described["axes"]]
        search = self.sweep.search.plain(folders=False) | {"trials": self.sweep.search.trials is not None}  # more of them go on from here
        chosen = [axes, conditions, self.sweep.repeats, search]
        if not self.sweep.search.whole:  # then it depends on what is sought which points there are
            chosen += [self.described.get("objectives"), self.described.get("limits")]
        text = json.dumps([*chosen, without_folders(self.node)], sort_keys=True, default=str)
        return hashlib.sha256(f"{text} {VERSION}".encode()).hexdigest()[:12]

    def folder(self, into: Path) -> Path:
        """The folder of the sweep."""
        return folder_of(self.name, self.digest, into)

    @cached_property
    def count(self) -> int:
        """How many points there are, repeats included; of a search, how many it tries."""
        trials = self.sweep.search.trials
        return self.sweep.repeats * (count(self.sweep) if trials is None else trials)

    @property
    def counted(self) -> str:
        """Points and repeats in words: `18 points`, `48 points x 2 repeats = 96 runs`."""
        return counted(self.count, self.sweep.repeats, self.training)

    def base(self, folder: Path) -> Base:
        """What is the same for all points."""
        return Base(self.node, self.columns, folder / "points")

    def tasks(self, folder: Path) -> Iterator[Task]:
        """Every point with every repeat; those that share accuracies, and of them those that share timed runs, one after the other."""
        return iter(related(self._tasks(folder))) if self.count <= MANY else self._tasks(folder)

    def _tasks(self, folder: Path) -> Iterator[Task]:
        base, number = self.base(folder), 0
        for point in points(self.sweep):
            for repeat in range(self.sweep.repeats):
                yield Task(number, base, point.changes, repeat, self.kin(point, repeat))
                number += 1

    @cached_property
    def _names(self) -> list[str]:
        return names(self.sweep)

    def kin(self, point: Point, repeat: int) -> tuple[str, str]:
        """What a point has in common with those of equal accuracies, and with those of equal timed runs."""
        shown = [(facet, str(point.shown[name])) for name, facet in zip(self._names, self.facets, strict=True)]
        values = [text for facet, text in shown if facet not in FREE and facet != "time"]
        return "|".join([str(repeat), *values]), "|".join(text for facet, text in shown if facet == "time")

    def rows(self) -> Iterator[Row]:
        """The rows of the table before anything is answered."""
        number = 0
        for point in points(self.sweep):
            for repeat in range(self.sweep.repeats):
                yield self.row(number, repeat, point)
                number += 1

    def row(self, number: int, repeat: int, point: Point) -> Row:
        """A row of the table before its point is answered."""
        return {"point": number, "repeat": repeat, "status": "waiting", "message": "", "digest": "", "folder": ""} | point.shown

    def column_rows(self) -> list[Row]:
        """What every column of the table is."""
        better = {row["column"]: row["better"] for row in self.objective_rows()}
        rows: list[Row] = []
        facets = self.facets or [""] * len(self.sweep.axes)
        for name, axis, facet in zip(names(self.sweep), self.sweep.axes, facets, strict=True):
            unit = "" if axis.labels is not None else axis.unit
            row = {"name": name, "unit": unit, "meaning": ", ".join(axis.paths), "role": "axis", "better": "", "scale": axis.scale}
            rows.append(row | {"facet": facet})
        for column in self.columns:
            head: dict[str, Any] = {"name": column.name, "unit": column.unit, "meaning": column.meaning, "role": "measure"}
            rows.append(head | {"better": better.get(column.name, ""), "scale": "linear"})
        seconds = {"name": "seconds", "unit": "s", "meaning": "wall time of the point", "role": "fact"}
        rows.append(seconds | {"better": "", "scale": "linear"})
        return rows

    def objective_rows(self) -> list[Row]:
        """What is sought: column and better (minimise, maximise)."""
        return [
            {"column": Column(one.measure, one.at, training=self.training).name, "better": "minimise" if one.minimise else "maximise"}
            for one in self.sweep.objectives
        ]

    def limit_rows(self) -> list[Row]:
        """What a good point must keep: column, at_most, at_least (SI)."""
        return [{"column": one.column.name, "at_most": one.at_most, "at_least": one.at_least} for one in self.bounds]

    def axis_values(self, number: int) -> list[Any]:
        """The values of an axis as they would stand in a file, at most the first hundred."""
        return [_plain(value, Node.plain) for value in values_of(self.sweep.axes[number])[:100]]

    @property
    def alone(self) -> dict[str, Any]:
        """The sweep with everything that it names in one file, which runs again from anywhere."""
        axes = []
        for told, axis in zip(self.described["axes"], self.sweep.axes, strict=True):
            values = {} if axis.values is None else {"values": [_plain(value, standing_alone) for value in axis.values]}
            labels = {} if axis.labels is None else {"labels": list(axis.labels)}
            axes.append(told | values | labels)
        return {"name": self.name} | self.described | {"axes": axes, "experiment": standing_alone(self.node)}


def counted(runs: int, repeats: int, training: bool = False) -> str:
    """Points and repeats in words, from the number of runs."""
    several, one = f"{runs // repeats:,} point{'s' if runs != repeats else ''}", "training" if training else "run"
    return several if repeats == 1 else f"{several} x {repeats:,} repeats = {runs:,} {one}s"


def _plain(value: Any, told: Callable[[Node], Any]) -> Any:
    """A value of an axis in plain values."""
    if isinstance(value, (list, tuple)):
        return [_plain(item, told) for item in value]
    return told(value) if isinstance(value, Node) else value


def load_plan(file: str | Path, changes: Sequence[str] = ()) -> Plan:
    """The plan of a sweep file; `changes` are `key=value` of its experiment. InputError lists everything that is wrong with it."""
    checked = check_sweep(Path(file), changes)
    described = checked.described.plain()
    plan = Plan(
        sweep=checked.sweep,
        node=checked.node,
        name=checked.sweep.name or Path(file).stem,
        described=described,
        columns=checked.columns,
        bounds=checked.bounds,
        facets=checked.facets,
        refused=checked.refused,
    )
    look_of(plan)  # refuses what makes no sense
    return plan


def check_count(plan: Plan, file: str | Path, yes: bool = False, only_plan: bool = False) -> None:
    """InputError for more points than anybody wants, unless `yes`, and for more than a table can hold; none of them is built for it."""
    if plan.count > MANY and not yes:
        sizes = " x ".join(f"{len(values_of(axis)):,} {axis.name}" for axis in plan.sweep.axes)
        raise InputError(f"{file}: {plan.counted} ({sizes}); more than {MANY:,} are only run with --yes, or take a 'search'")
    if plan.count > LARGEST and not only_plan:
        raise InputError(f"{file}: a table of {plan.counted} does not fit into memory; take a 'search', or several sweeps")
