"""Everything that is wrong with a sweep file, found before anything runs: all problems at once, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

from chipsim.comparators.comparator import named
from chipsim.compose import changed, read
from chipsim.errors import InputError, Problem
from chipsim.experiment import as_experiment, with_files
from chipsim.facets import facet_of
from chipsim.question import Question
from chipsim.reading import build
from chipsim.result import METRICS
from chipsim.sheet.datasheet import FIGURES
from chipsim.sweep.axes import Written, decides, readied, steps_of
from chipsim.sweep.description import Axis, Limit, Objective, Sweep
from chipsim.sweep.measures import USUAL, USUAL_TRAINING, Column
from chipsim.sweep.sought import Bound, Sought, bounds_of, columns_of, problems_of
from chipsim.sweep.tried import Asked, Tried, question_of, tried
from chipsim.tree import Node

TAKEN = ("point", "repeat", "status", "message", "digest", "folder", "seconds")
NAMELESS = "names no experiment; add 'experiment: FILE', or a block with 'workload' and 'architecture'"


@final
@dataclass
class Checked:
    """What a sweep file says, ready to run."""

    sweep: Sweep
    described: Node  # the file
    node: Node  # the experiment, with its files
    columns: tuple[Column, ...]
    bounds: tuple[Bound, ...]
    facets: tuple[str, ...]
    refused: tuple[str, ...]


@final
@dataclass
class Pieces:
    """The parts of a sweep file that are sound by themselves."""

    axes: list[Written] = field(default_factory=list)
    sought: list[tuple[Sought, Node]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def check_sweep(file: Path, changes: Sequence[str] = ()) -> Checked:
    """A sweep file and all that it names; InputError lists everything that is wrong with them."""
    node = read(file)
    if not isinstance(node.value, dict) or "axes" not in node.value:
        raise InputError(node.problem("is no sweep: it has no 'axes'"))
    problems: list[Problem] = []
    sweep = _kept(problems, lambda: build(Sweep, node))
    pieces = _pieces(node, sweep)
    problems += [problem for problem in pieces.problems if problem not in problems]
    experiment = _kept(problems, lambda: _experiment(node, changes))
    base = None if experiment is None else _base(experiment)
    whole = sweep is None or sweep.search.type_name == "grid"
    ready = readied(pieces.axes, {*TAKEN, *USUAL, *USUAL_TRAINING, *METRICS, *FIGURES}, base, whole)
    problems += ready.problems + _seeds(sweep, pieces.axes) + _overruled(changes, pieces.axes)
    found = Tried() if experiment is None else tried(experiment, ready.axes, ready.written)
    problems += found.problems
    training = _is_training(experiment)
    problems += problems_of(node, pieces.sought, found.questions, training)
    if problems or sweep is None or experiment is None:
        raise InputError(sorted(dict.fromkeys(problems), key=lambda problem: (problem.file, problem.line, problem.column)))
    ready_sweep: Sweep = sweep.model_copy(update={"axes": tuple(ready.axes)})
    columns, bounds = columns_of(sweep, found.questions, training), bounds_of(pieces.sought, training)
    facets = tuple(_facet(axis, found.questions[0] if found.questions else None) for axis in ready.axes)
    return Checked(ready_sweep, node, experiment, columns, bounds, facets, tuple(dict.fromkeys(found.refused)))


def _kept(problems: list[Problem], made: Callable[[], Any]) -> Any:
    try:
        return made()
    except InputError as error:
        problems += error.problems
        return None


def _pieces(node: Node, sweep: Sweep | None) -> Pieces:
    """The parts that are sound, of a sweep that may be not."""
    out = Pieces()
    assert isinstance(node.value, dict)
    for name, cls in (("axes", Axis), ("objectives", Objective), ("limits", Limit)):
        listed = node.value.get(name)
        for place in listed.value if listed is not None and isinstance(listed.value, list) else ():
            try:
                piece: Any = build(cls, place)
            except InputError as error:
                out.problems += [] if sweep is None else error.problems  # else they are known
                continue
            if isinstance(piece, Axis):
                out.axes.append(Written(piece, place))
            else:
                out.sought.append((piece, place))
    return out


def _experiment(node: Node, changes: Sequence[str]) -> Node:
    """The experiment of a sweep, with the files that it names."""
    assert isinstance(node.value, dict)
    inner = node.value.get("experiment")
    if inner is None or not isinstance(inner.value, (str, dict)):
        raise InputError(node.problem(NAMELESS, "experiment"))
    if isinstance(inner.value, str):
        try:
            inner = read(inner.folder / inner.value)
        except InputError as error:
            own = node.value["experiment"]
            raise InputError(problem if problem.line else own.problem(str(problem), "experiment") for problem in error.problems) from None
    given = {name for name in ("architecture", "workload") for path in _paths(node) if steps_of(path) == (name,)}
    experiment = as_experiment(inner)
    if isinstance(experiment.value, dict) and "workload" not in {*experiment.value, *given}:
        raise InputError(inner.problem("is no experiment: it names no workload", "experiment"))
    if "architecture" not in given or (isinstance(experiment.value, dict) and "architecture" in experiment.value):
        experiment = with_files(experiment, None)
    elif isinstance(experiment.value, dict):  # the axis brings it
        place = Node({}, experiment.file, experiment.line, experiment.column, experiment.folder)
        filled = Node({"architecture": place} | experiment.value, *_place(experiment))
        entries = with_files(filled, None).value
        assert isinstance(entries, dict)
        experiment = Node({name: item for name, item in entries.items() if item is not place}, *_place(experiment))
    experiment = named(experiment)
    for change in changes:
        experiment = changed(experiment, change)
    return experiment


def _place(node: Node) -> tuple[str, int, int, Path]:
    return node.file, node.line, node.column, node.folder


def _paths(node: Node) -> Iterable[str]:
    """The keys that the axes of a file change, as far as they can be read."""
    axes = node.value["axes"].plain() if isinstance(node.value, dict) else None
    for axis in axes if isinstance(axes, list) else ():
        if isinstance(axis, dict):
            listed = axis.get("keys")
            yield from (str(path) for path in [axis.get("key"), *(listed if isinstance(listed, list) else [])] if path)


def _is_training(experiment: Node | None) -> bool:
    return experiment is not None and isinstance(experiment.value, dict) and "rule" in experiment.value


def _base(experiment: Node) -> Any:
    """The experiment in plain values, complete where that is possible without the axes."""
    try:
        return question_of(experiment).plain()
    except InputError:
        return experiment.plain()


def _seeds(sweep: Sweep | None, axes: Sequence[Written]) -> list[Problem]:
    if sweep is None or sweep.repeats == 1:
        return []
    seeded = [one for one in axes if ("seed",) in map(steps_of, one.axis.paths)]
    return [one.problem("'repeats' counts the seed up too; leave it out, or this axis", "key") for one in seeded]


def _overruled(changes: Sequence[str], axes: Sequence[Written]) -> list[Problem]:
    """Changes of keys that an axis sets at every point."""
    problems = []
    for change in changes:
        path = change.partition("=")[0].strip()
        for one in axes:
            if not one.axis.when and decides(one.axis, steps_of(path)):
                name = next(key for key in one.axis.paths if steps_of(path)[: len(steps_of(key))] == steps_of(key))
                problems.append(Problem(f"--set {change}: has no effect, as an axis sets '{name}' at every point; change the axis"))
    return problems


def _facet(axis: Axis, question: Asked | None) -> str:
    """What runs again when an axis changes."""
    if not isinstance(question, Question):
        return "values"
    order = ("report", "prices", "time", "values")
    return max((facet_of(path, question) for path in axis.paths), key=order.index)
