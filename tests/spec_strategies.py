"""Any description there is: an example of every block, and changes of its keys that the block accepts.

`examples()` gives one spec of every class that can stand in an experiment; `varied(data, spec)` draws a valid neighbour of it,
key by key: a value that a check refuses is not taken, so nothing has to be filtered.
"""

from __future__ import annotations

import types
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from builders import chip
from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from chipsim.architecture import Architecture
from chipsim.assumptions import specs_in
from chipsim.errors import InputError
from chipsim.question import Question
from chipsim.reading import from_plain, load
from chipsim.schema import blocks
from chipsim.spec import Family, Spec, dimension_of, names_file
from chipsim.workload.description import WorkloadSpec

HOUSE = Path(__file__).parents[1]
ARCHITECTURES = sorted((HOUSE / "architectures").glob("*.yaml"))
OTHERS = ("train-", "sweep-", "search-")  # files of trainings and sweeps
WORKLOADS = sorted(file for file in (HOUSE / "workloads").glob("*.yaml") if not file.name.startswith(OTHERS))
COMPULSORY: dict[str, dict[str, Any]] = {  # what the blocks need that no shipped file uses
    "add": {"inputs": ["a", "b"]},
    "average_pool": {"kernel": 2},
    "activation": {"function": "relu"},
    "voltage": {"read_time": "1 ns"},
    "clip": {"low": 0},
    "pad": {"padding": 1},
    "rearrange": {"sizes": [2, 3], "order": [1, 0], "shape": [3, 2, 1]},
    "onnx_operator": {"node": "y0 = Det (x0)", "opset": 17, "tensors": [[1, 2, 2]], "shape": [1, 1, 1]},
    "table": {"routes": [[0, 1], [1, 0]]},
    **{name: {"from_node": "32 nm", "to_node": "14 nm"} for name in ("adc-survey", "hwcomponents-library", "stillmaker-baas")},
    **{name: {"device": {"type": "ideal"}} for name in ("significance", "offset", "sliced")},
    "tabulated": {"device": {"type": "ideal"}, "points": [0, 1], "pairs": [{"plus": ["0 uS", "25 uS"], "minus": ["0 uS", "0 uS"]}]},
}


@cache
def examples() -> dict[type[Spec], Spec]:
    """One spec of every class that can be made: found in the shipped files, or from its defaults, or from COMPULSORY."""
    architectures = [load(file, Architecture) for file in ARCHITECTURES]
    workloads = [load(file, WorkloadSpec) for file in WORKLOADS]
    whole = Question(workload=workloads[0], architecture=architectures[0])
    found: dict[type[Spec], Spec] = {}
    for top in (whole, *architectures, *workloads, chip()):
        for spec in specs_in(top):
            found.setdefault(type(spec), spec)
    for cls in concrete_blocks():
        made = None if cls in found else _made(cls)
        for spec in specs_in(made) if made is not None else ():
            found.setdefault(type(spec), spec)
    return {cls: spec for cls, spec in found.items() if ours(cls)}


def ours(cls: type) -> bool:
    """Whether a class is of the package: other tests register members of their own, in any order."""
    return cls.__module__.startswith("chipsim.")


def concrete_blocks() -> list[type[Spec]]:
    """The package's own blocks that can be made, family roots left out."""
    return [cls for cls in blocks(Question).values() if ours(cls) and not (issubclass(cls, Family) and not cls.type_name)]


def _made(cls: type[Spec]) -> Spec | None:
    kind = cls.type_name if issubclass(cls, Family) else ""
    values: dict[str, Any] = {"type": kind} if kind else {}
    for name, info in cls.model_fields.items():
        if info.is_required():
            dimension = dimension_of(info)
            plain = (get_args(info.annotation) or [{int: 2, float: 1.0}.get(info.annotation, "x")])[0]
            values[name] = dimension.example if dimension else plain
    try:
        more = {name: value for name, value in COMPULSORY.get(kind, {}).items() if name in cls.model_fields}  # two may share a name
        return from_plain(cls, values | more)
    except InputError:
        return None


def varied(data: st.DataObject, spec: Spec) -> Spec:
    """A valid spec of the same class (or of the same family) with some of its keys drawn anew."""
    names = data.draw(st.lists(st.sampled_from(sorted(type(spec).model_fields)), max_size=3, unique=True))
    for name in names:
        value = _drawn(data, type(spec).model_fields[name], getattr(spec, name))
        try:
            spec = spec.having(**{name: value})
        except InputError:
            continue
    return spec


def _drawn(data: st.DataObject, info: FieldInfo, value: Any) -> Any:
    if isinstance(value, Spec):
        return varied(data, _relative(data, value))
    if isinstance(value, tuple) and value and isinstance(value[0], Spec):
        return tuple(varied(data, item) for item in value)
    if names_file(info):
        return data.draw(st.sampled_from(["a.csv", "deep/b.csv", "/c.npz"]))
    return data.draw(_values(info.annotation, info))


def _relative(data: st.DataObject, value: Spec) -> Spec:
    """Another member of the same family, where there is an example of one."""
    if not isinstance(value, Family):
        return value
    root = next(base for base in type(value).__mro__ if Family in base.__bases__)
    kin = [spec for cls, spec in examples().items() if issubclass(cls, root)]
    return data.draw(st.sampled_from([value, *kin]))


def _values(annotation: Any, info: FieldInfo) -> st.SearchStrategy[Any]:
    origin, options = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return st.sampled_from(options)
    if origin in (Union, types.UnionType):
        return st.one_of(*(_values(option, info) for option in options))
    if origin is tuple:
        if Ellipsis not in options:
            return st.tuples(*(_values(option, info) for option in options))
        return st.lists(_values(options[0], info), max_size=4).map(tuple)
    if origin is dict:
        return st.dictionaries(st.sampled_from(["a", "b", "c d"]), _values(options[1], info), max_size=3)
    if options:  # Annotated
        return _values(options[0], info)
    return _plain(annotation, info)


def _plain(annotation: Any, info: FieldInfo) -> st.SearchStrategy[Any]:
    limits = {type(item): getattr(item, type(item).__name__.lower()) for item in info.metadata if type(item) in (Ge, Gt, Le, Lt)}
    low, high = limits.get(Ge, limits.get(Gt)), limits.get(Le, limits.get(Lt))
    if annotation is bool:
        return st.booleans()
    if annotation is int:
        return st.integers(low if low is not None else -5, high if high is not None else max(10, 4 * int(low or 1)))
    if annotation is float:
        return st.floats(low, high, allow_nan=False, allow_infinity=False, exclude_min=Gt in limits, exclude_max=Lt in limits)
    if annotation is str:
        return st.text(st.characters(blacklist_categories=["Cs", "Cc"], whitelist_characters="\n\t"), max_size=12)
    return st.none()
