"""Which keys of a question affect what, and the descriptions that the steps of an answer are really made from.

    values   what numbers come out: weights, devices, converters, seeds, the times that are asked for
    time     what else the timed run and the writing of the weights read: network, host, buffers, digital circuits, buses, cores
    prices   energies, powers, areas and quotients of them: uses are counted, and what they cost is added up at the end
    report   what only the tables and reports of the answer read: names, sources, machines to compare with

A key is of the facet of the block that it stands in (PLACES says where another one begins); a key whose dimension is a price is of
`prices`, wherever it stands. The accuracy is made from `of_values`, the timed run from `of_time`: descriptions in which everything
else is blank. So a change of the rest cannot change them, and what was found for an equal description serves again.

A class from outside the package keeps its prices: its code may read them whenever it likes.
"""

from __future__ import annotations

import json
import re
import types
from collections.abc import Collection, Iterable
from functools import cache
from typing import Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

from chipsim.architecture import Architecture, Tile
from chipsim.assumptions import specs_in
from chipsim.circuits.array import Array
from chipsim.described import CHOICES
from chipsim.errors import InputError, did_you_mean
from chipsim.mapping.mapping import MappingOptions
from chipsim.noc.network import Network
from chipsim.question import Question
from chipsim.spec import Family, Spec, dimension_of
from chipsim.units import Dimension

Facet = Literal["report", "prices", "time", "values"]
FACETS: tuple[Facet, ...] = ("report", "prices", "time", "values")  # the later, the more runs again
VALUES: frozenset[Facet] = frozenset({"values"})
TIME: frozenset[Facet] = frozenset({"values", "time"})
FREE: frozenset[Facet] = frozenset({"report", "prices"})  # a change of these runs nothing again
RERUNS: dict[Facet, str] = {
    "report": "nothing, tables only",
    "prices": "nothing, sums only",
    "time": "timed run",
    "values": "timed run and accuracy",
}
PAID = frozenset({"joule", "watt", "meter**2"})
S = TypeVar("S", bound=Spec)

PLACES: dict[tuple[type[Spec], str], Facet] = {
    **{(Spec, name): "report" for name in ("source", "ranges")},
    **{(Question, name): "report" for name in ("name", "within", "comparators", "von_neumann")},
    **{(Question, name): "time" for name in ("architecture", "stream", "token")},
    **{(MappingOptions, name): "time" for name in ("order", "fill")},  # where a block lies is nothing to its values
    **{(Architecture, name): "report" for name in ("name", "about", *CHOICES)},
    **{(Tile, name): "values" for name in ("array", "measured")},  # a measured time is that of reads while weights are written
    **{(owner, "parts"): "prices" for owner in (Architecture, Tile, Array)},  # circuits that take no time
    **{(Tile, name): "prices" for name in ("gating", "learning")},  # a chip that computes only pays for what it has to learn with
    **{(Network, name): "prices" for name in ("pitch", "scaling")},  # a link takes whole cycles, however long it is
}
"""Where a facet begins that is not that of the block around it. What has no place here is of the facet of its block, and all that a
question holds besides is of `values`: a new key runs too much again rather than too little."""


def is_price(dimension: Dimension | None) -> bool:
    """Whether numbers of a dimension are energies, powers, areas, or quotients of them."""
    return dimension is not None and dimension.unit.split("/")[0] in PAID


def facet_of(path: str, question: Question | None = None) -> Facet:
    """What a key affects, from the top of an experiment (`architecture.tile.array.adc.energy`); of a block the most that it holds.

    `question` tells which members of families are there; without it, or where another one is meant, the key is looked for in all.
    InputError for a key that no block has.
    """
    here = _Here("values", (Question,), question, False)
    for step in re.split(r"[.\[\]]+", path.rstrip("]")):
        if here.items:  # the name or the number of a block
            here = here._replace(value=_item(here.value, step), items=False)
        elif here.classes and step not in ("type", "component"):
            here = _inside(here, step, path)
    return _most((here.facet, *(kind for cls in here.classes for kind in _within(cls, here.facet))))


class _Here(NamedTuple):
    """A place in a description: its facet, the classes that can stand there, what stands there if that is known, or several of them."""

    facet: Facet
    classes: Collection[type[Spec]]
    value: Any
    items: bool


def _inside(here: _Here, name: str, path: str) -> _Here:
    """The place of a key of a block; its own class comes first, then the members that the package knows, then those of plug-ins."""
    own: list[type[Spec]] = [type(here.value)] if isinstance(here.value, Spec) else []
    ours, others = ([cls for cls in here.classes if is_foreign(cls) == foreign] for foreign in (False, True))
    owners = next((found for some in (own, ours, others) if (found := [cls for cls in some if name in cls.model_fields])), [])
    if not owners:
        known = {key for cls in here.classes for key in cls.model_fields}
        raise InputError(f"{path}: unknown key '{name}' ({did_you_mean(name, known)})")
    annotations = [cls.model_fields[name].annotation for cls in owners]
    inner = {cls for annotation in annotations for cls in _blocks(annotation)}
    facet = _most(_facet(cls, name, here.facet) for cls in owners)
    return _Here(facet, inner, getattr(here.value, name, None), any(map(_holds_many, annotations)))


def of_values(question: Question) -> Question:
    """A question of which only the values are left: the accuracy is made from it, besides the places of the blocks."""
    return _only(question, VALUES, "values")


def of_time(question: Question) -> Question:
    """A question without prices and without what only reports read: the timed run is made from it. Nothing in it is checked again."""
    return _only(question, TIME, "values")


def described(spec: Spec) -> str:
    """All that a description says, as a text: equal ones are equal, wherever the files lie that they name."""
    return json.dumps(spec.plain(folders=False), sort_keys=True)


def is_foreign(cls: type[Spec]) -> bool:
    """Whether a class comes from outside the package."""
    return cls.__module__.partition(".")[0] != "chipsim"


def can_be_known(question: Question) -> bool:
    """Whether equal descriptions mean equal code: not for a class that stands in no file, such as one of a notebook."""
    return all("code" in spec.plain(folders=False) for spec in specs_in(question) if is_foreign(type(spec)))


@cache
def _facet(cls: type[Spec], name: str, above: Facet) -> Facet:
    """The facet of one key of a class in a block of the facet `above`."""
    if above == "report":
        return above
    place = next((PLACES[base, name] for base in cls.__mro__ if (base, name) in PLACES), None)
    if place is not None:
        return place
    return "prices" if is_price(dimension_of(cls.model_fields[name])) and not is_foreign(cls) else above


def _most(facets: Iterable[Facet]) -> Facet:
    return max(facets, key=FACETS.index)


def _within(cls: type[Spec], above: Facet) -> frozenset[Facet]:
    """The facets of all keys of a class that stands in a block of the facet `above`, blocks in it included."""
    return _all_within(cls, above, ())


@cache
def _all_within(cls: type[Spec], above: Facet, around: tuple[type[Spec], ...]) -> frozenset[Facet]:
    found: set[Facet] = set()
    for name, field in cls.model_fields.items():
        facet = _facet(cls, name, above)
        found.add(facet)
        for block in _blocks(field.annotation):
            if block not in (cls, *around):  # a device around another device
                found |= _all_within(block, facet, (*around, cls))
    return frozenset(found)


def _blocks(annotation: Any) -> list[type[Spec]]:
    """The classes of blocks that a key takes, all members of a family."""
    if isinstance(annotation, type) and not get_args(annotation):
        if issubclass(annotation, Family):
            return [member for member in annotation.members.values() if issubclass(member, annotation)]
        return [annotation] if issubclass(annotation, Spec) else []
    return [cls for option in get_args(annotation) if option is not Ellipsis for cls in _blocks(option)]


def _holds_many(annotation: Any) -> bool:
    """Whether a key takes blocks by name or in a list."""
    if get_origin(annotation) in (Union, types.UnionType):
        return any(map(_holds_many, get_args(annotation)))
    return get_origin(annotation) in (dict, tuple, list)


def _item(value: Any, step: str) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    return value[int(step)] if isinstance(value, tuple) and step.isdigit() and int(step) < len(value) else None


def _only(spec: S, kept: Collection[Facet], above: Facet) -> S:
    """A description in which every key of another facet is blank, unchecked."""
    cls = type(spec)
    if is_foreign(cls):
        return spec
    values = {}
    for name in cls.model_fields:
        value, facet = getattr(spec, name), _facet(cls, name, above)
        values[name] = _left(value, kept, facet) if facet in kept or isinstance(value, Spec) else _blank(cls, name, value, facet)
    return cls.model_construct(**values)


def _left(value: Any, kept: Collection[Facet], facet: Facet) -> Any:
    """What is left of a block, or of a value that is kept."""
    if isinstance(value, Spec):
        wanted = facet != "report" and (facet in kept or not _within(type(value), facet).isdisjoint(kept))
        return _only(value, kept, facet) if wanted else None
    if isinstance(value, dict):
        return {name: _left(item, kept, facet) for name, item in value.items()}
    return tuple(_left(item, kept, facet) for item in value) if isinstance(value, tuple) else value


def _blank(cls: type[Spec], name: str, value: Any, facet: Facet) -> Any:
    """Nothing; of prices no parts, and 0 for a number, as whether there is one decides what is counted."""
    if facet != "prices" or value is None:
        return None
    if isinstance(value, dict):
        return {}
    return 0.0 if is_price(dimension_of(cls.model_fields[name])) else None
