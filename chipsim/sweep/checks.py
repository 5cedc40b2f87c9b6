"""Everything that is wrong with a sweep file, found before anything runs: all problems at once, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, final

from chipsim.assumptions import specs_in
from chipsim.comparators.comparator import named
from chipsim.compose import changed, read
from chipsim.errors import InputError, Problem, did_you_mean
from chipsim.experiment import as_experiment, with_files
from chipsim.facets import facet_of
from chipsim.insitu.question import TrainingQuestion
from chipsim.question import Question
from chipsim.reading import build
from chipsim.result import METRICS
from chipsim.sheet.datasheet import FIGURES, datasheet
from chipsim.spec import Spec
from chipsim.sweep.axes import Readied, Written, readied, steps_of
from chipsim.sweep.description import Axis, Limit, Objective, Sweep
from chipsim.sweep.measures import ACCURACIES, DATA, SPREADS, USUAL, USUAL_TRAINING, Column, age
from chipsim.sweep.tried import Asked, Tried, question_of, tried
from chipsim.tree import Node
from chipsim.validation.measures import PARTS, of_sheet
from chipsim.validation.target import dimension_of, quantity

TAKEN = ("point", "repeat", "status", "message", "digest", "folder", "seconds")
S = TypeVar("S", bound=Spec)
Sought = Objective | Limit


@final
@dataclass(frozen=True)
class Bound:
    """A limit with its column, in SI."""

    column: Column
    at_most: float | None
    at_least: float | None


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
    problems += ready.problems + _seeds(sweep, pieces.axes)
    found = Tried() if experiment is None else tried(experiment, ready.axes, ready.written)
    problems += found.problems
    training = _is_training(experiment)
    problems += _of_measures(node, pieces, found.questions, training)
    if problems or sweep is None or experiment is None:
        raise InputError(sorted(dict.fromkeys(problems), key=lambda problem: (problem.file, problem.line, problem.column)))
    ready_sweep = sweep.model_copy(update={"axes": tuple(ready.axes)})
    columns = _columns(sweep, found.questions, training)
    facets = tuple(_facet(axis, found.questions[0] if found.questions else None) for axis in ready.axes)
    return Checked(ready_sweep, node, experiment, columns, _bounds(pieces, training), facets, tuple(dict.fromkeys(found.refused)))


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
        raise InputError(node.problem("names no experiment; add 'experiment: FILE', or a block with 'workload' and 'architecture'", "experiment"))
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


# --- what is measured -------------------------------------------------------------------------------------------------


def _of_measures(node: Node, pieces: Pieces, questions: Sequence[Asked], training: bool) -> list[Problem]:
    """What is wrong with measures, objectives and limits."""
    assert isinstance(node.value, dict)
    problems = []
    listed = node.value.get("measures")
    for number, place in enumerate(listed.value if listed is not None and isinstance(listed.value, list) else ()):
        if isinstance(place.value, str):
            message = _wrong(place.value, None, questions, training)
            problems += [place.problem(message[1], f"measures[{number}]")] if message else []
    for piece, place in pieces.sought:
        key = "measure" if isinstance(piece, Limit) else "minimise" if piece.minimise else "maximise"
        message = _wrong(piece.measure, piece.at, questions, training)
        if message:
            problems.append(_at(place, message[0] or key, message[1]))
        elif isinstance(piece, Limit):
            problems += _of_limit(piece, place, training)
    sought = [(Column(piece.measure, piece.at).name, place) for piece, place in pieces.sought if isinstance(piece, Objective)]
    for number, (name, place) in enumerate(sought):
        if name in [other for other, _ in sought[:number]]:
            problems.append(place.problem(f"'{name}' is sought twice", "objectives"))
    return problems


def _at(place: Node, name: str, message: str) -> Problem:
    entries = place.value if isinstance(place.value, dict) else {}
    return entries.get(name, place).problem(message, name)


def _wrong(measure: str, at: float | None, questions: Sequence[Asked], training: bool) -> tuple[str, str] | None:
    """The key and the sentence of what is wrong with a measure; None where nothing is."""
    try:
        Column(measure, training=training).unit  # noqa: B018  # refuses what no answer has
    except InputError as error:
        return "", str(error)
    if at is not None and (training or measure not in ACCURACIES):
        return "at", f"'{measure}' has no time; only an accuracy of a run has"
    known = [question for question in questions if isinstance(question, Question)]
    if at is not None and known:
        times = sorted({time for question in known for time in question.times})
        if not any(abs(time - at) <= 1e-9 * at for time in times):
            return "at", f"{age(at, ' ')} is not among the times of the experiment ({', '.join(age(time, ' ') for time in times)}); add it to 'times'"
    for part in measure.split(" / "):
        message = _missing(part, questions, known)
        if message:
            return "", message
    return None


def _missing(measure: str, questions: Sequence[Asked], known: Sequence[Question]) -> str:
    """Why no point has a measure: no data, no such layer, no such part; empty where some has it."""
    if measure in DATA and known and all(question.workload.drawn for question in known):
        return f"'{measure}' needs trained weights and data, but the {known[0].workload.drawn} of this workload are drawn"
    head, _, rest = measure.partition(".")
    if head == "layers" and known:
        layers = {layer.name for question in known for layer in question.workload.layers}
        name = rest.rpartition(".")[0]
        return "" if name in layers else f"{measure}: the network has no layer '{name}' ({did_you_mean(name, layers)})"
    if head in PARTS and rest and questions:
        message = ""
        for chip in {question.architecture.digest(): question.architecture for question in questions}.values():
            try:
                of_sheet(measure, datasheet(chip))
                return ""
            except InputError as error:
                message = str(error)
        return message
    return ""


def _of_limit(limit: Limit, place: Node, training: bool) -> list[Problem]:
    problems = []
    for name, bound in (("at_most", limit.at_most), ("at_least", limit.at_least)):
        try:
            _in_numbers(limit, bound, training)
        except ValueError as error:
            problems.append(_at(place, name, f"of '{limit.measure}': {error}"))
    if not problems and limit.at_most is not None and limit.at_least is not None:
        most, least = (_in_numbers(limit, bound, training) or 0.0 for bound in (limit.at_most, limit.at_least))
        if most < least:
            problems.append(_at(place, "at_most", f"{limit.at_most} is below at_least, {limit.at_least}"))
    return problems


def _in_numbers(limit: Limit, bound: str | float | None, training: bool) -> float | None:
    """A bound in SI; ValueError for one in another unit."""
    unit = Column(limit.measure, training=training).unit
    return None if bound is None else 0.0 if bound == 0 else quantity(bound, dimension_of(unit))


def _bounds(pieces: Pieces, training: bool) -> tuple[Bound, ...]:
    return tuple(
        Bound(Column(one.measure, one.at, training=training), _in_numbers(one, one.at_most, training), _in_numbers(one, one.at_least, training))
        for one, _ in pieces.sought
        if isinstance(one, Limit)
    )


def _columns(sweep: Sweep, questions: Sequence[Asked], training: bool) -> tuple[Column, ...]:
    """The usual measures, those asked for, accuracies at all times, those of objectives and limits."""
    found: list[Column]
    if training:
        several = any(isinstance(question, TrainingQuestion) and question.seeds > 1 for question in questions)
        found = [Column(name, training=True) for name in USUAL_TRAINING]
        found += [Column(name, spread=True, training=True) for name in SPREADS if several]
    else:
        found = _of_runs([question for question in questions if isinstance(question, Question)])
    found += [Column(name, training=training) for name in sweep.measures]
    sought: list[Sought] = [*sweep.objectives, *sweep.limits]
    return tuple(dict.fromkeys([*found, *(Column(item.measure, item.at, training=training) for item in sought)]))


def _of_runs(questions: Sequence[Question]) -> list[Column]:
    valued = [question for question in questions if not question.workload.drawn]
    found = [Column(name) for name in USUAL if valued or name not in DATA]
    times = sorted({time for question in valued for time in question.times})
    spread = any(question.chips * question.repeats > 1 for question in valued)
    found += [Column("accuracy", spread=True)] if spread else []
    for time in times if len(times) > 1 else ():
        found += [Column("accuracy", time), *([Column("accuracy", time, spread=True)] if spread else [])]
    return found


def _facet(axis: Axis, question: Asked | None) -> str:
    """What runs again when an axis changes."""
    if not isinstance(question, Question):
        return "values"
    order = ("report", "prices", "time", "values")
    return max((facet_of(path, question) for path in axis.paths), key=order.index)
