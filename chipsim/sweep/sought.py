"""What a sweep file wants to know: its measures, objectives and limits, held against what its points will report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from chipsim.errors import InputError, Problem, did_you_mean
from chipsim.insitu.question import TrainingQuestion
from chipsim.question import Question
from chipsim.sheet.datasheet import datasheet
from chipsim.sweep.description import Limit, Objective, Sweep
from chipsim.sweep.measures import SPREADS, USUAL, USUAL_TRAINING, Column, age, has_time
from chipsim.sweep.tried import Asked
from chipsim.tree import Node
from chipsim.validation.measures import PARTS, of_sheet
from chipsim.validation.target import dimension_of, quantity
from chipsim.workload.metrics.named import ANY, metric_measure

Sought = Objective | Limit


@final
@dataclass(frozen=True)
class Bound:
    """A limit with its column, in SI."""

    column: Column
    at_most: float | None
    at_least: float | None


def problems_of(node: Node, pieces: Sequence[tuple[Sought, Node]], questions: Sequence[Asked], training: bool) -> list[Problem]:
    """What is wrong with measures, objectives and limits."""
    assert isinstance(node.value, dict)
    problems = []
    listed = node.value.get("measures")
    for number, place in enumerate(listed.value if listed is not None and isinstance(listed.value, list) else ()):
        if isinstance(place.value, str):
            message = _wrong(place.value, None, questions, training)
            problems += [place.problem(message[1], f"measures[{number}]")] if message else []
    for piece, place in pieces:
        key = "measure" if isinstance(piece, Limit) else "minimise" if piece.minimise else "maximise"
        message = _wrong(piece.measure, piece.at, questions, training)
        if message:
            problems.append(_at(place, message[0] or key, message[1]))
        elif isinstance(piece, Limit):
            problems += _of_limit(piece, place, training)
    sought = [(Column(piece.measure, piece.at).name, place) for piece, place in pieces if isinstance(piece, Objective)]
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
    if at is not None and (training or not has_time(measure)):
        return "at", f"'{measure}' has no time; only an accuracy of a run has"
    known = [question for question in questions if isinstance(question, Question)]
    if at is not None and known:
        times = sorted({time for question in known for time in question.times})
        if not any(abs(time - at) <= 1e-9 * at for time in times):
            asked = ", ".join(age(time, " ") for time in times)
            return "at", f"{age(at, ' ')} is not among the times of the experiment ({asked}); add it to 'times'"
    for part in measure.split(" / "):
        message = _missing(part, questions, known)
        if message:
            return "", message
    return None


def _missing(measure: str, questions: Sequence[Asked], known: Sequence[Question]) -> str:
    """Why no point has a measure: no data, no such layer, no such part; empty where some has it."""
    if (asked := metric_measure(measure)) is not None and known:
        if all(question.workload.drawn for question in known):
            return f"'{measure}' needs trained weights and data, but the {known[0].workload.drawn} of this workload are drawn"
        told = dict.fromkeys(name for question in known for name in question.workload.columns)
        if asked.name not in (*told, ANY):
            return f"'{measure}' is not told: the workload's metrics are {', '.join(told)}; name it under its 'metric' or 'also'"
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


def bounds_of(pieces: Sequence[tuple[Sought, Node]], training: bool) -> tuple[Bound, ...]:
    return tuple(
        Bound(
            Column(one.measure, one.at, training=training),
            _in_numbers(one, one.at_most, training),
            _in_numbers(one, one.at_least, training),
        )
        for one, _ in pieces
        if isinstance(one, Limit)
    )


def columns_of(sweep: Sweep, questions: Sequence[Asked], training: bool) -> tuple[Column, ...]:
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
    metrics = dict.fromkeys(_name(question.workload.columns[0]) for question in valued)
    usual = [name for name in USUAL if metric_measure(name) is None]
    found = [Column(name) for name in [*usual, *(name for metric in metrics for name in (f"float_{metric}", metric))]]
    times = sorted({time for question in valued for time in question.times})
    spread = any(question.chips * question.repeats > 1 for question in valued)
    for metric in metrics:
        found += [Column(metric, spread=True)] if spread else []
        for time in times if len(times) > 1 else ():
            found += [Column(metric, time), *([Column(metric, time, spread=True)] if spread else [])]
    return found


def _name(column: str) -> str:
    """The name of a metric as a measure: its own, `metric` for a function of the user's."""
    return column if metric_measure(column) else ANY
