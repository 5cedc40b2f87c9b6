"""The axes of a sweep file made ready to run: named, with the files that their values name read in, and their conditions resolved."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, final

from chipsim.compose import read
from chipsim.errors import InputError, Problem, did_you_mean
from chipsim.sweep.description import Axis, in_numbers
from chipsim.tree import Node, plain_node

FILES = ("architecture", "workload")  # keys whose value may be the path of a file
VAGUE = ("type", "component", "name", "source")  # last words of a key that say nothing without the one before
UNCOUNTED = "is missing: how many values from low to high? (a range of whole numbers needs none)"
Steps = tuple[str, ...]


@final
@dataclass(frozen=True)
class Wanted:
    """A condition on one key: the values it may have, and whether it holds where no axis says what the key is."""

    values: list[Any]
    otherwise: bool


@final
@dataclass(frozen=True)
class Written:
    """An axis and where it stands in its file."""

    axis: Axis
    place: Node

    def at(self, name: str) -> Node:
        """Where one of its keys stands."""
        entries = self.place.value if isinstance(self.place.value, dict) else {}
        return entries.get(name, self.place)

    def value_at(self, number: int) -> Node:
        """Where one of its values stands."""
        listed = self.at("values")
        return listed.value[number] if isinstance(listed.value, list) and number < len(listed.value) else listed

    @property
    def values(self) -> tuple[Any, ...] | None:
        """Its values as they are written, without what `component:` fills in."""
        if self.axis.values is None or not self.place.file:
            return self.axis.values
        return tuple(self.value_at(number).plain() for number in range(len(self.axis.values)))

    def problem(self, message: str, name: str = "", number: int | None = None) -> Problem:
        """A problem with one of its keys."""
        place = self.at(name) if number is None else self.value_at(number)
        return place.problem(message, name if number is None else f"{name}[{number}]")


@final
@dataclass
class Readied:
    """Axes that are ready, and what is wrong with those that are not."""

    axes: list[Axis] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)  # of the axes, in their order
    problems: list[Problem] = field(default_factory=list)


def steps_of(path: str) -> Steps:
    """The steps of a dotted path: `times[0]` and `times.0` are the same."""
    return tuple(step for step in re.split(r"[.\[\]]+", path.strip()) if step)


def readied(found: Sequence[Written], taken: Collection[str], base: Any, whole: bool) -> Readied:
    """Axes with names, labels, nodes for blocks and files, and conditions that `space.exists` can judge.

    `taken` are names that the table has anyway; `base` is the experiment in plain values, for keys that no axis changes; `whole` says
    that all points are run, so that every range must say how many it has.
    """
    out = Readied(problems=[*_repeated(found)])
    called = names([one.axis for one in found], taken)
    for number, (one, name) in enumerate(zip(found, called, strict=True)):
        own = len(out.problems)
        out.problems += _misnamed(one, name, called, taken)
        if whole and one.axis.values is None and one.axis.points is None and not one.axis.whole:
            out.problems.append(one.problem(UNCOUNTED, "points"))
        values = _nodes(one, out.problems)
        conditions = _conditions(one, found[:number], found[number + 1 :], base, out.problems)
        if len(out.problems) == own:
            labels = labels_of(one.axis, one.values)
            out.axes.append(one.axis.model_copy(update={"name": name, "values": values, "labels": labels, "when": conditions}))
            out.written.append(one)
    return out


def names(axes: Sequence[Axis], taken: Collection[str] = ()) -> list[str]:
    """Names of axes: their own, or as many of the last words of their keys as tell them from each other and from other columns."""
    longest = 1 + max((len(path.split(".")) for axis in axes for path in axis.paths), default=0)
    found = [axis.name for axis in axes]
    for length in range(1, longest + 1):
        short = [axis.name or _last(axis, length) for axis in axes]
        for number, name in enumerate(short):
            vague = length == 1 and (name in VAGUE or name.isdigit())
            if not found[number] and (length == longest or (not vague and name not in taken and short.count(name) == 1)):
                found[number] = name
    return found


def _last(axis: Axis, length: int) -> str:
    return "+".join(".".join(path.split(".")[-length:]) for path in axis.paths)


def labels_of(axis: Axis, values: Sequence[Any] | None) -> tuple[str, ...] | None:
    """What stands for the values in tables where they are not simple: the type of a block, the name of a file; None for simple ones."""
    if values is None or axis.labels is not None:
        return axis.labels
    files = axis.paths in [(name,) for name in FILES]
    if not files and not any(isinstance(item, (dict, list, tuple)) for item in values):
        return None
    if axis.keys and all(map(_one, values)):
        return None  # several keys with one value: shown as that value
    for told in (_short, _long):
        found = tuple(told(value) for value in values)
        if len(set(found)) == len(found):
            return found
    return tuple(f"{_long(value)} ({number})" for number, value in enumerate(values))


def _one(values: Sequence[Any]) -> bool:
    return len({repr(in_numbers(item)) for item in values}) == 1 and not isinstance(values[0], (dict, list))


def _short(value: Any) -> str:
    if isinstance(value, dict):
        kind = next((str(value[name]) for name in ("name", "component", "type") if name in value), "")
        return kind or _long(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(f"[{_short(item)}]" if isinstance(item, (list, tuple)) else _short(item) for item in value)
    return PurePath(value).stem if isinstance(value, str) and value.endswith((".yaml", ".yml")) else str(value)


def _long(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name} {_long(item)}" for name, item in value.items())[:80]
    return (", ".join(map(_long, value)) if isinstance(value, (list, tuple)) else str(value))[:80]


def _nodes(one: Written, problems: list[Problem]) -> tuple[Any, ...] | None:
    """The values, blocks and lists and files as nodes, so that paths in them are followed from where they stand."""
    if one.axis.values is None:
        return None
    found = []
    for number, value in enumerate(one.axis.values):
        place = one.value_at(number)
        node = place if one.place.file else plain_node(value)
        items = node.value if one.axis.keys and isinstance(node.value, list) else [node]
        try:
            read_in = [_node(path, item) for path, item in zip(one.axis.paths, items, strict=True)]
        except InputError as error:
            problems += [one.problem(str(problem), "values", number) for problem in error.problems]
            continue
        found.append(read_in if one.axis.keys else read_in[0])
    return tuple(found)


def _node(path: str, node: Node) -> Any:
    if path in FILES and isinstance(node.value, str):
        return read(node.folder / node.value)
    return node if isinstance(node.value, (dict, list)) else node.value


def _repeated(found: Sequence[Written]) -> list[Problem]:
    """Keys that two axes change, and blocks that replace what an axis before them has changed."""
    problems = []
    for number, one in enumerate(found):
        for path in one.axis.paths:
            for other in found[: number + 1]:
                problems += [
                    one.problem(f"'{path}' {why}", "keys" if one.axis.keys else "key")
                    for why in [_clash(steps_of(path), steps_of(earlier), other is one) for earlier in other.axis.paths]
                    if why
                ]
        own = [steps_of(path) for path in one.axis.paths]
        if len(set(own)) < len(own):
            problems.append(one.problem("a key stands twice", "keys"))
    return problems


def _clash(own: Steps, earlier: Steps, same: bool) -> str:
    if same:
        return ""
    if own == earlier:
        return "is the key of an axis before it already; expected one axis for each key"
    if earlier[: len(own)] == own:
        return f"would replace what the axis before it sets in it ('{'.'.join(earlier)}'); write the axis of the block first"
    return ""


def _misnamed(one: Written, name: str, called: Sequence[str], taken: Collection[str]) -> list[Problem]:
    if name in taken and one.axis.name:
        return [one.problem(f"'{name}' is another column of the table; expected a name of its own", "name")]
    if called.count(name) > 1 and one.axis.name:
        return [one.problem(f"'{name}' is the name of two axes; expected a name for each", "name")]
    return []


def _conditions(
    one: Written, before: Sequence[Written], after: Sequence[Written], base: Any, problems: list[Problem]
) -> dict[str, Wanted]:
    found = {}
    for path, wanted in one.axis.when.items():
        steps, values = steps_of(path), wanted if isinstance(wanted, list) else [wanted]
        deciding = [other for other in (*before, *after) if decides(other.axis, steps)]
        if any(other in after for other in deciding):
            problems.append(one.problem(f"'{path}' is changed by an axis after this one; write that axis first", "when"))
        missing, value = _looked_up(base, steps)
        if missing and not deciding and base is not None:
            problems.append(one.problem(f"the experiment has no key '{path}' ({missing})", "when"))
        found[path] = Wanted(values, not missing and any(alike(value, item) for item in values))
    return found


def decides(axis: Axis, steps: Steps) -> bool:
    """Whether an axis says what stands at a path: it changes the key itself, or a block around it."""
    return any(steps[: len(own)] == own for own in map(steps_of, axis.paths))


def _looked_up(base: Any, steps: Steps) -> tuple[str, Any]:
    """What stands at a path of plain values; what is missing where there is nothing."""
    for step in steps:
        if isinstance(base, dict) and step in base:
            base = base[step]
        elif isinstance(base, list) and step.isdigit() and int(step) < len(base):
            base = base[int(step)]
        elif isinstance(base, str) and step == "type":
            return "", base
        else:
            return f"at '{step}': {did_you_mean(step, base) if isinstance(base, dict) else 'no block'}", None
    return "", base


def alike(value: Any, wanted: Any) -> bool:
    """Whether two values are the same, `1 GHz` and `1000 MHz` included."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return bool(in_numbers(value) == in_numbers(wanted))
