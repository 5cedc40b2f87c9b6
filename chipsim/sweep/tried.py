"""The questions that the values of axes make, each built once with the other axes at their first values, before anything runs.

A key that exists nowhere, and values of which none is accepted, are errors of the sweep file. A single value that is refused is not: its
points fail, and the others go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, final

from chipsim.comparators.comparator import named
from chipsim.compose import replaced
from chipsim.errors import InputError, Problem
from chipsim.insitu.question import TrainingQuestion
from chipsim.question import Question
from chipsim.reading import build
from chipsim.sweep.axes import Written, decides, steps_of
from chipsim.sweep.description import Axis
from chipsim.sweep.space import changes_of, exists, values_of
from chipsim.tree import Node, plain_node

MOST = 60  # values of an axis that are tried
UNKNOWN = "unknown key"
Asked = Question | TrainingQuestion


@final
@dataclass
class Tried:
    """What came of trying the values of all axes."""

    questions: list[Asked] = field(default_factory=list)  # that could be built
    problems: list[Problem] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # sentences about single values


def question_of(node: Node) -> Asked:
    """The question that a tree asks, without its data; InputError lists all problems."""
    training = isinstance(node.value, dict) and "rule" in node.value
    return build(TrainingQuestion, named(node)) if training else build(Question, named(node))


def with_changes(node: Node, changes: dict[str, Any]) -> Node:
    """The experiment with what axes change; InputError where there is no block for a key."""
    for path, value in changes.items():
        try:
            node = replaced(node, path, value if isinstance(value, Node) else plain_node(value, "", node.folder))
        except InputError as error:
            message = error.problems[0].message.removeprefix(f"{path}: ")
            raise InputError(Problem(message, path)) from None
    return node


def tried(node: Node, axes: Sequence[Axis], written: Sequence[Written]) -> Tried:
    """Every value of every axis, the others at their first."""
    out = Tried()
    first = _combination(axes, {})
    out.problems += _of_the_experiment(node, first, axes, out)
    if out.problems:
        return out
    for number, (axis, one) in enumerate(zip(axes, written, strict=True)):
        _try(node, axes, number, axis, one, out)
    return out


def _of_the_experiment(node: Node, first: dict[str, Any], axes: Sequence[Axis], out: Tried) -> list[Problem]:
    """What is wrong with the experiment whatever the axes say."""
    try:
        out.questions.append(question_of(with_changes(node, first)))
        return []
    except InputError as error:
        changed = error.problems
    try:
        out.questions.append(question_of(node))
        return []
    except InputError as error:
        alone = {str(problem) for problem in error.problems}
    return [problem for problem in changed if str(problem) in alone and not any(decides(axis, steps_of(problem.key)) for axis in axes)]


def _try(node: Node, axes: Sequence[Axis], number: int, axis: Axis, one: Written, out: Tried) -> None:
    values = values_of(axis)
    places = range(len(values)) if len(values) <= MOST else [*range(MOST - 1), len(values) - 1]
    wrong: list[tuple[int, Problem]] = []
    for place in places:
        changes = _combination(axes, {number: place})
        if not exists(axis, changes):
            return _never(axes[:number], axis, one, out)
        problems = _asked(node, changes, out)
        nowhere = [problem for problem in problems if _is_nowhere(problem, axis)]
        if nowhere:
            return out.problems.append(_nowhere(node, axes, number, one, nowhere[0]))
        wrong += [(place, problem) for problem in problems if _about(problem, axis, one)][:1]
    if len(wrong) == len(values):
        more = f"; none of its {len(values)} values is accepted" if len(values) > 1 else ""
        return out.problems.append(_at(wrong[0][1], one, wrong[0][0], more))
    out.refused += [f"refused, its points will fail: {problem.key}: {problem.message}" for _, problem in wrong]
    return None


def _never(before: Sequence[Axis], axis: Axis, one: Written, out: Tried) -> None:
    """An axis that exists at no point: a mistake, unless the experiment alone decides that it does not."""
    for path in axis.when:
        if any(decides(other, steps_of(path)) for other in before):
            return out.problems.append(one.problem("no value of the axes before it fulfils this, so the axis never exists", "when"))
    out.refused.append(f"{axis.name}: the experiment does not fulfil its 'when', so this axis changes nothing")
    return None


def _asked(node: Node, changes: dict[str, Any], out: Tried) -> list[Problem]:
    try:
        out.questions.append(question_of(with_changes(node, changes)))
    except InputError as error:
        return error.problems
    return []


def _combination(axes: Sequence[Axis], wanted: dict[int, int]) -> dict[str, Any]:
    """The changes of the first point at which the axes in `wanted` have those values, and exist where others can see to that."""
    picks = dict(wanted)
    for number in sorted(wanted, reverse=True):
        _fulfil(axes, number, picks)
    changes: dict[str, Any] = {}
    for number, axis in enumerate(axes):
        if exists(axis, changes):
            changes |= changes_of(axis, values_of(axis)[picks.get(number, 0)])
    return changes


def _fulfil(axes: Sequence[Axis], number: int, picks: dict[int, int]) -> None:
    """Choose values of the axes before one so that it exists."""
    for path in axes[number].when:
        only = axes[number].model_copy(update={"when": {path: axes[number].when[path]}})
        for earlier in reversed(range(number)):
            if earlier in picks or not decides(axes[earlier], steps_of(path)):
                continue
            found = (pick for pick, value in enumerate(values_of(axes[earlier])[:MOST]) if exists(only, changes_of(axes[earlier], value)))
            pick = next(found, None)
            if pick is not None:
                picks[earlier] = pick
                _fulfil(axes, earlier, picks)
                break


def _is_nowhere(problem: Problem, axis: Axis) -> bool:
    """Whether a problem says that a key of an axis, or a block above it, does not exist."""
    key = steps_of(problem.key)
    return problem.message.startswith(UNKNOWN) and any(path[: len(key)] == key for path in map(steps_of, axis.paths))


def _about(problem: Problem, axis: Axis, one: Written) -> bool:
    """Whether a problem is one of a value of an axis, or within it."""
    key = steps_of(problem.key)
    here = bool(problem.line) and problem.file == one.place.file
    return here or any(key[: len(path)] == path or _no_block(problem, key, path) for path in map(steps_of, axis.paths))


def _no_block(problem: Problem, key: Sequence[str], path: Sequence[str]) -> bool:
    """Whether an axis has made a block of what is none, as one on `seed.x` does."""
    return len(key) < len(path) and path[: len(key)] == tuple(key) and f"{{'{path[len(key)]}'" in problem.message


def _nowhere(node: Node, axes: Sequence[Axis], number: int, one: Written, problem: Problem) -> Problem:
    """A key that does not exist with the other axes at their first values: perhaps with others."""
    keys = "keys" if axes[number].keys else "key"
    for other, place in _others(axes, number):
        try:
            question_of(with_changes(node, _combination(axes, {number: 0, other: place})))
        except InputError as error:
            if any(_is_nowhere(found, axes[number]) for found in error.problems):
                continue
        value = values_of(axes[other])[place]
        told = value.plain() if isinstance(value, Node) else value
        some = f"'{axes[other].name}', such as {told!r:.60}"
        return one.problem(f"{problem.key} exists only for some values of {some}; say so with 'when'", keys)
    return one.problem(f"{problem.key}: {problem.message}", keys)


def _others(axes: Sequence[Axis], number: int) -> Iterator[tuple[int, int]]:
    for other, axis in enumerate(axes):
        if other != number:
            yield from ((other, place) for place in range(1, min(len(values_of(axis)), MOST)))


def _at(problem: Problem, one: Written, number: int, more: str) -> Problem:
    message = problem.message + more
    if problem.file:
        return Problem(message, problem.key, problem.file, problem.line, problem.column)
    place = one.value_at(number) if one.axis.values is not None else one.at("low")
    return place.problem(message, problem.key)
