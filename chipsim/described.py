"""The numbers of a description: where each stands, what it is, where it comes from; and the description with other numbers.

    for number in numbers_of(architecture):
        number.path, number.shown, number.source          # 'host.energy', '1 pJ/b', 'assumed'
    with_numbers(architecture, {number.steps: 2e-12})     # checked like one from a file

A number is any key that holds one and is not 0: energies, times, counts, factors. What merely says what is described (CHOICES) is none,
nor are tables (lists of numbers). The text of a source holds for its block and the blocks inside it, unless a key has one of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, final

from chipsim.architecture import Architecture
from chipsim.ranges import Ends, kept
from chipsim.schema import limits
from chipsim.spec import Spec, dimension_of
from chipsim.units import Dimension, show

CHOICES = ("node", "supply")  # of an architecture: they say what is described; nothing is computed from them but where a scaling is named

Steps = tuple[str | int, ...]
S = TypeVar("S", bound=Spec)


@final
@dataclass(frozen=True)
class Described:
    """One number of a description, in SI; `steps` lead to it from the top, `path` is how a change names it."""

    steps: Steps
    value: float
    dimension: Dimension | None
    source: str | None  # None: nobody says
    sourced: bool  # whether it is said, or ought to be, where it comes from: a pure number without a source of its own is a choice
    ends: Ends | None  # between what and what it lies, where the description says so
    limits: tuple[float | None, float | None]  # the least and the largest that its key takes

    @property
    def path(self) -> str:
        """The steps as in `--set`: `cores.add.energy`, `layers[0].kernel`."""
        return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.steps).removeprefix(".")

    @property
    def unit(self) -> str:
        """The SI unit, empty for a pure number."""
        return self.dimension.symbol if self.dimension else ""

    @property
    def shown(self) -> str:
        """The number with its unit."""
        return self.show(self.value)

    @property
    def assumed(self) -> bool:
        """Whether it is assumed, or nobody says where it comes from."""
        return self.sourced and (self.source is None or "assumed" in self.source.lower())

    def show(self, value: float) -> str:
        """Another number in its place, with the unit."""
        return show(value, self.dimension.symbol) if self.dimension else f"{value:g}"


def numbers_of(spec: Spec, above: str | None = None, steps: Steps = ()) -> Iterator[Described]:
    """Every number of a description and of those inside it that is not 0, in their order; `above`: the source of what holds it."""
    for name in type(spec).model_fields:
        if name in ("source", "ranges") or (isinstance(spec, Architecture) and name in CHOICES):
            continue
        value, source = getattr(spec, name), spec.source_of(name) or above
        if isinstance(value, (dict, tuple)):
            for step, part in value.items() if isinstance(value, dict) else enumerate(value):
                yield from numbers_of(part, source, (*steps, name, step)) if isinstance(part, Spec) else ()
        elif isinstance(value, Spec):
            yield from numbers_of(value, source, (*steps, name))
        elif isinstance(value, (int, float)) and not isinstance(value, bool) and value != 0:
            yield _described(spec, name, (*steps, name), source)


def _described(spec: Spec, name: str, steps: Steps, source: str | None) -> Described:
    value, info = getattr(spec, name), type(spec).model_fields[name]
    dimension = dimension_of(info)
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    default = str(extra["source"]) if "source" in extra and value == info.default else None
    own = (spec.source.get(name) if isinstance(spec.source, dict) else None) or default
    ends, allowed = spec.range_of(name), limits(type(spec), name)
    return Described(steps, value, dimension, own or source, dimension is not None or bool(own), ends, allowed)


def with_numbers(spec: S, values: Mapping[Steps, float]) -> S:
    """A checked copy with other numbers at these steps; InputError where the description does not allow them.

    What the description left out is left out here too, so that what follows from other keys follows from the new ones.
    """
    inner: dict[str, dict[Steps, float]] = {}
    for steps, value in values.items():
        inner.setdefault(str(steps[0]), {})[steps[1:]] = value
    given = {name: getattr(spec, name) for name in spec.model_fields_set}
    given |= {"ranges": kept(spec.ranges, inner)} if spec.ranges else {}
    return type(spec)(**given | {name: _with(getattr(spec, name), below) for name, below in inner.items()})


def _with(value: Any, values: Mapping[Steps, float]) -> Any:
    if () in values:
        return values[()]
    if isinstance(value, Spec):
        return with_numbers(value, values)
    items = dict(value) if isinstance(value, dict) else dict(enumerate(value))
    for step in {steps[0] for steps in values}:
        below = {steps[1:]: number for steps, number in values.items() if steps[0] == step}
        items[step] = _with(items[step], below)
    return items if isinstance(value, dict) else tuple(items.values())
