"""Files of published figures, read and checked: every problem of a file at once, each with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, TypeVar, final

from chipsim.comparators.comparator import names
from chipsim.compose import read
from chipsim.errors import InputError, Problem, did_you_mean
from chipsim.reading import build
from chipsim.sheet.product import ACTIVITY
from chipsim.tree import Node
from chipsim.units import DIMENSIONS, Dimension
from chipsim.validation.figure import Figure, Figures, Other
from chipsim.validation.measures import RATINGS, RATIOS, unit_of
from chipsim.validation.target import Target, Tolerance, dimension_of, quantity, target_of, tolerance_of

Some = TypeVar("Some")
_NUMBER = re.compile(r"(?<![\d.])\d+(?:\.\d+)?(?!\d)")  # without its sign: a loss of 0.3 may be quoted as a gain of -0.3
Changes = tuple[tuple[str, Node], ...]


class Configuration(NamedTuple):
    """What a measure is taken of: an architecture with changes, a workload and other keys of the experiment, how busy its cells are."""

    chip: str | None
    changes: Changes
    workload: str | None
    run: Node | None
    activity: float
    measure: str


@final
@dataclass(frozen=True)
class Asked:
    """A published figure with everything filled in: what must come out, in which unit (of the figure itself), and how to get it."""

    figure: Figure
    place: Node
    unit: str
    target: Target
    tolerance: Tolerance
    here: Configuration
    other: Configuration | None
    confidence: str
    source: str
    recorded: float | None

    @property
    def is_share(self) -> bool:
        """Whether the figure is a share such as an accuracy, whose errors are told in points."""
        words = f"{self.figure.tolerance} {self.figure.published}"
        return not self.unit and ("point" in words or "%" in str(self.figure.published))

    def allows(self, ours: float) -> bool:
        """Whether `ours` (SI) is near enough to what was published."""
        return self.target.holds(ours) or (bool(self.figure.tolerance) and self.tolerance.allows(self.target, ours))


def read_figures(file: Path) -> tuple[Figures, list[Asked]]:
    """The figures of a file; InputError lists everything that is wrong with it."""
    figures, asked, problems = examined(file)
    if problems or figures is None:
        raise InputError(in_order(problems))
    return figures, asked


def examined(file: Path) -> tuple[Figures | None, list[Asked], list[Problem]]:
    """What can be read of a file (None where its own keys are wrong), and everything that is wrong with it."""
    node = read(file)
    if _entry(node, "figures") is None:
        raise InputError(node.problem("holds no figures; expected a file with a list of published figures under 'figures'"))
    problems: list[Problem] = []
    figures: Figures | None = None
    try:
        figures = build(Figures, node)
    except InputError as error:
        problems += error.problems
    entries = _entry(node, "figures")
    items = entries.value if entries is not None and isinstance(entries.value, list) else []
    asked = []
    for number, item in enumerate(items):
        own: list[Problem] = []
        found = _asked(item, node, figures, own)
        asked += [found] if found else []
        problems += [replace(problem, key=f"figures[{number}].{problem.key}") for problem in own]
    return figures, asked, problems


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems in the order of their files; what is wrong at one place is told once, however many figures meet it."""
    first: dict[tuple[str, int, int, str], Problem] = {}
    for problem in problems:
        first.setdefault((problem.file, problem.line, problem.column, problem.message), problem)
    return sorted(first.values(), key=lambda p: (p.file, p.line, p.column))


def _asked(item: Node, top: Node, figures: Figures | None, problems: list[Problem]) -> Asked | None:
    """One figure, its own problems noted; None where it has any."""
    try:
        figure = build(Figure, item)
    except InputError:  # told of the whole file
        return None
    before = len(problems)
    whole = figures or Figures.model_construct(chip=_path(top, "chip"), workload=_path(top, "workload"))
    here = _configuration(figure, whole, item, top, problems)
    other = None if figure.against is None else _other(figure.against, here, item, problems)
    unit = _unit(figure, here, other, item, problems)
    if len(problems) > before or unit is None:
        return None
    dimension = _dimension(figure.published) if figure.recorded else dimension_of(unit)
    target = _told(item, "published", problems, lambda: target_of(figure.published, dimension))
    tolerance = _tolerance(figure, target, dimension, item, problems)
    recorded = _recorded(figure, dimension, item, problems)
    if len(problems) > before or target is None or tolerance is None:
        return None
    source = figure.source if figure.source is not None else whole.source
    text = "; ".join(source.values()) if isinstance(source, dict) else source or ""
    unit = dimension.symbol if dimension else ""
    return Asked(figure, item, unit, target, tolerance, here, other, figure.confidence or whole.confidence, text, recorded)


def _configuration(figure: Figure, whole: Figures, item: Node, top: Node, problems: list[Problem]) -> Configuration:
    activity = figure.activity if figure.activity is not None else whole.activity
    here = Configuration(
        chip=whole.chip,
        changes=_changes(_merged(_entry(top, "set"), _entry(item, "set"))),
        workload=figure.workload or whole.workload if figure.measure else None,
        run=_merged(_entry(top, "run"), _entry(item, "run")),
        activity=ACTIVITY if activity is None else activity,
        measure=figure.measure,
    )
    if figure.measure and not figure.claim and here.chip is None:
        problems.append(item.problem("the file names no chip, of which the measure would be; give 'chip: FILE' at its top", "measure"))
    for name, path in (("chip", here.chip), ("workload", here.workload)):
        if path and not Path(path).is_file():
            problems.append((_entry(item, name) or _entry(top, name) or item).problem(f"there is no file '{path}'", name))
    return here


def _other(other: Other, here: Configuration, item: Node, problems: list[Problem]) -> Configuration:
    """The configuration that a figure is a ratio to: that of the figure, with what `against` says."""
    node = _entry(item, "against") or item
    for name, path in (("chip", other.chip), ("workload", other.workload)):
        if path and not Path(path).is_file():
            problems.append((_entry(node, name) or node).problem(f"there is no file '{path}'", f"against.{name}"))
    changes = _entry(node, "set")
    return Configuration(
        chip=other.chip or here.chip,
        changes=here.changes if changes is None else _changes(changes),
        workload=other.workload or here.workload,
        run=_entry(node, "run") or here.run,
        activity=here.activity if other.activity is None else other.activity,
        measure=other.measure or here.measure,
    )


def _unit(figure: Figure, here: Configuration, other: Configuration | None, item: Node, problems: list[Problem]) -> str | None:
    """The unit of a figure, empty for bare numbers; None where the measure is none, or does not go with the rest."""
    if figure.recorded:
        return ""
    units = []
    for one in (here, *([other] if other else [])):
        try:
            units.append(unit_of(one.measure, one.workload is not None, figure.claim is not None))
        except InputError as error:
            problems.append((_entry(item, "measure") or item).problem(error.problems[0].message, "measure"))
            return None
    if figure.comparator and figure.comparator not in names() and not figure.comparator.endswith((".yaml", ".yml")):
        message = f"'{figure.comparator}' is not in the library ({did_you_mean(figure.comparator, names())})"
        problems.append((_entry(item, "comparator") or item).problem(message, "comparator"))
    if figure.measure in RATIOS and not figure.comparator:
        problems.append(item.problem(f"'{figure.measure}' is a ratio to a comparator; name one", "comparator"))
    if figure.comparator and not figure.claim and units[0] not in RATINGS:
        message = f"a comparator has no rating in the unit of '{figure.measure}'; expected a rate, OP/s/W, OP/s/mm2, a power or an area"
        problems.append(item.problem(message, "comparator"))
    if len(set(units)) > 1:
        problems.append(item.problem(f"'{here.measure}' and '{other.measure if other else ''}' have different units", "against.measure"))
    ratio = figure.against is not None or (figure.comparator and not figure.claim)
    return "" if ratio else units[0]


def _tolerance(
    figure: Figure, target: Target | None, dimension: Dimension | None, item: Node, problems: list[Problem]
) -> Tolerance | None:
    if target is not None and figure.kind == "order" and target.value is not None:
        message = f"'{figure.published}' is a number, but an order is an inequality; expected such as 'above 1' or 'at least 93 %'"
        problems.append((_entry(item, "published") or item).problem(message, "published"))
    if figure.tolerance:
        return _told(item, "tolerance", problems, lambda: tolerance_of(figure.tolerance, dimension))
    if target is not None and target.value is not None:
        problems.append(item.problem("is missing (how far off chipsim may be: '5 %', '0.5 points', '5 ns')", "tolerance"))
    return Tolerance(relative=0.0)


def _recorded(figure: Figure, dimension: Dimension | None, item: Node, problems: list[Problem]) -> float | None:
    """What was recorded (SI), after a look into the record."""
    record, node = figure.recorded, _entry(item, "recorded") or item
    if record is None:
        return None
    if not Path(record.file).is_file():
        problems.append((_entry(node, "file") or node).problem(f"there is no file '{record.file}'", "recorded.file"))
        return None
    quoted = _NUMBER.search(str(record.value))
    text = Path(record.file).read_text(encoding="utf-8", errors="replace")
    held = {float(number) for number in _NUMBER.findall(re.sub(r"(?<=\d),(?=\d{3})", "", text))}
    if quoted is None or float(quoted.group()) not in held:
        message = f"'{record.value}' does not stand in {Path(record.file).name}; a record holds what is quoted from it"
        problems.append((_entry(node, "value") or node).problem(message, "recorded.value"))
        return None
    return _told(node, "value", problems, lambda: quantity(record.value, dimension))


def _told(node: Node, name: str, problems: list[Problem], get: Callable[[], Some]) -> Some | None:
    """What `get` returns; its ValueError becomes a problem at the place of the key `name`."""
    try:
        return get()
    except ValueError as error:
        problems.append((_entry(node, name) or node).problem(str(error), name))
        return None


def _dimension(published: str | float) -> Dimension | None:
    """The dimension that a published figure is written in; None for bare numbers, and for what is no figure at all."""
    for dimension in (None, *DIMENSIONS.values()):
        with suppress(ValueError):
            target_of(published, dimension)
            return dimension
    return None


def _merged(usual: Node | None, own: Node | None) -> Node | None:
    """The keys of the top with those of a figure laid upon them."""
    if usual is None or own is None or not isinstance(usual.value, dict) or not isinstance(own.value, dict):
        return usual if own is None else own
    return replace(own, value=usual.value | own.value)


def _changes(node: Node | None) -> Changes:
    return tuple(node.value.items()) if node is not None and isinstance(node.value, dict) else ()


def _entry(node: Node, name: str) -> Node | None:
    return node.value.get(name) if isinstance(node.value, dict) else None


def _path(node: Node, name: str) -> str | None:
    entry = _entry(node, name)
    return str(entry.folder / entry.value) if entry is not None and isinstance(entry.value, str) else None
