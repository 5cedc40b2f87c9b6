"""Specs: frozen, unit-checked descriptions that equal their YAML, and families of them chosen by `type:`.

    class Converter(Family):                       # a root: what every converter must offer
        bits: int = key("resolution of one conversion", default=8, ge=1)

    class SAR(Converter, type="sar"):              # a member: `converter: {type: sar, bits: 6}` in YAML
        energy: Energy = key("energy of one conversion", default=0.3e-12)

A member may live in any file, also outside the package: importing it (or naming it under `plugins:`) registers it.
`chipsim.reading` builds specs from files; in Python call the class with SI numbers.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from abc import ABC
from collections.abc import Callable, Sequence
from functools import cache, wraps
from typing import Annotated, Any, ClassVar, Self, get_args

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from chipsim.errors import InputError, Problem, did_you_mean
from chipsim.ranges import Ends, in_numbers, kept, problem_of
from chipsim.units import FROM_FILE, Dimension, exact, show

__all__ = ["Family", "FilePath", "Spec", "check", "dimension_of", "filled", "key", "names_file", "problem_text", "yaml_text"]


def check(method: Callable[[Any], Any]) -> Any:
    """Decorator for a method that tests keys against each other: raise ValueError with a sentence, return self."""

    @wraps(method)
    def guarded(self: Any) -> Any:
        try:
            return method(self)
        except ArithmeticError as error:  # such as 1 / clock with a clock of 1e-320
            raise ValueError(f"these values together give no usable number ({error})") from None

    return model_validator(mode="after")(guarded)


def filled(method: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """Decorator for a function that fills in keys from others before any is checked; it gets the keys as they were given."""

    def guarded(values: Any) -> Any:
        return method(values) if isinstance(values, dict) else values

    return model_validator(mode="before")(guarded)


class _RelativeToTheFile:
    """Marks a key that names a file: `chipsim.reading` resolves it from the folder of the YAML file it is written in."""


def _absolute(path: str) -> str:
    return os.path.abspath(path) if path else path


FilePath = Annotated[str, _RelativeToTheFile(), AfterValidator(_absolute)]
"""The type of a key that names a file, kept as an absolute path; in Python it is relative to the current folder."""


def names_file(field: FieldInfo) -> bool:
    """Whether a key names a file."""
    return any(isinstance(item, _RelativeToTheFile) for item in _marks(field))


def key(
    meaning: str,
    *,
    default: Any = PydanticUndefined,
    gt: float | None = None,
    ge: float | None = None,
    lt: float | None = None,
    le: float | None = None,
    min_length: int | None = None,
    source: str = "",
) -> Any:
    """One key of a Spec: its meaning, default (none: compulsory), range, and where the default comes from."""
    extra: dict[str, Any] = {"source": source} if source else {}
    return Field(default, description=meaning, gt=gt, ge=ge, lt=lt, le=le, min_length=min_length, json_schema_extra=extra)


class Spec(BaseModel):
    """Root of every description: immutable, hashable by content, printable as YAML."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=False)
    cites: ClassVar[tuple[str, ...]] = ()  # keys of the works (report/citations.bib) that this model is taken from

    source: str | dict[str, str] | None = key(
        "where the numbers of this block come from: one text for all, or one for each key ('assumed' where nothing is published)",
        default=None,
    )
    ranges: dict[str, tuple[Any, Any]] | None = key(
        "between what and what a number of this block lies, as [low, high] for each key; what `chipsim uncertainty` draws from",
        default=None,
    )

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            name = type(self).__name__
            raise InputError(
                Problem(problem_text(item, type(self)), ".".join([name, *map(str, item["loc"])])) for item in error.errors()
            ) from None

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]  # else pydantic would call it for files too

    def source_of(self, name: str) -> str | None:
        """Where the number under key `name` comes from, as far as this block says."""
        return self.source.get(name) if isinstance(self.source, dict) else self.source

    @model_validator(mode="before")
    @classmethod
    def _ranges_in_numbers(cls, values: Any, info: ValidationInfo) -> Any:
        if not isinstance(values, dict) or values.get("ranges") is None:
            return values
        from_file = bool(info.context and info.context.get(FROM_FILE))
        return values | {"ranges": in_numbers(values["ranges"], _dimensions(cls), from_file) or None}

    @check
    def _ranges_hold_the_numbers(self) -> Self:
        if self.ranges and (problem := problem_of(self.ranges, self.__dict__, _dimensions(type(self)))):
            raise ValueError(problem)
        return self

    def range_of(self, name: str) -> Ends | None:
        """Between what and what the number under key `name` lies (SI), as far as this block says."""
        return (self.ranges or {}).get(name)

    def __hash__(self) -> int:  # blocks may hold dicts, which Python cannot hash
        return int(self.digest(), 16)

    def plain(self, folders: bool = True) -> dict[str, Any]:
        """The description as plain values ready for YAML, dimensioned numbers with their units; a default of None is left out.

        Without `folders` it is what a digest is made of: files are given by their name alone, as where a file lies says nothing
        about what it describes, and a class of a plugin brings the hash of its code, as there is no version that stands for it.
        Ranges are left out then: no answer but that of `chipsim uncertainty` depends on them.
        """
        kind: dict[str, Any] = {"type": self.type_name} if isinstance(self, Family) else {}
        if not folders and (code := _foreign_code(type(self))):
            kind["code"] = code
        dimensions = _dimensions(type(self))
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if name == "ranges":
                kind |= {name: self._plain_ranges()} if value is not None and folders else {}
                continue
            if not folders and isinstance(value, str) and names_file(field):
                value = os.path.basename(value)
            if value is not None or field.default is not None:
                kind[name] = _plain(value, dimensions.get(name), folders)
        return kind

    def _plain_ranges(self) -> dict[str, list[Any]]:
        dimensions = _dimensions(type(self))
        return {name: [_plain(end, dimensions[name], True) for end in ends] for name, ends in (self.ranges or {}).items()}

    def to_yaml(self) -> str:
        """The description as a YAML text that loads to an equal Spec."""
        return yaml_text(self.plain())

    def digest(self) -> str:
        """Hash of the content: equal descriptions have equal digests in every process."""
        return hashlib.sha256(json.dumps(self.plain(folders=False), sort_keys=True).encode()).hexdigest()[:12]

    def having(self, **changes: Any) -> Self:
        """A checked copy with some keys changed; the range of a number goes with it."""
        if self.ranges and "ranges" not in changes:
            changes["ranges"] = kept(self.ranges, changes)
        return type(self)(**{name: getattr(self, name) for name in type(self).model_fields} | changes)


class Family(Spec, ABC):
    """Root of specs chosen by `type:`; a direct subclass opens a family, a subclass with `type=` joins it."""

    members: ClassVar[dict[str, type[Family]]]
    type_name: ClassVar[str] = ""
    default_type: ClassVar[str] = ""  # of a root: the member that a block without `type:` means

    def __init_subclass__(cls, type: str | None = None, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if Family in cls.__bases__:
            cls.members = {}

    @classmethod
    def __pydantic_init_subclass__(cls, type: str | None = None, **keywords: Any) -> None:
        """Registers a member; called when the class is complete, so that what it lacks is known."""
        super().__pydantic_init_subclass__(**keywords)
        if type is None:
            return
        missing = sorted(getattr(cls, "__abstractmethods__", ()))
        if missing:
            raise InputError(f"{cls.__name__}: type '{type}' does not define {', '.join(missing)}, which every member needs")
        known = cls.members.get(type)
        if known is not None and known.__qualname__ == cls.__qualname__ and _file_of(known) == _file_of(cls):
            known = None  # the same file, imported once more (as a module and as a plug-in, or reloaded in a notebook)
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise InputError(f"{cls.__name__}: type '{type}' is already taken by {known.__module__}.{known.__qualname__}")
        cls.type_name = type
        cls.members[type] = cls

    @model_validator(mode="before")
    @classmethod
    def _is_a_member(cls, value: Any) -> Any:
        if not cls.type_name and not isinstance(value, cls):
            members = ", ".join(sorted(member.__name__ for member in cls.members.values() if issubclass(member, cls)))
            raise ValueError(f"{value!r:.60} is no {cls.__name__}; expected one of {members}")
        return value

    @classmethod
    def member(cls, name: object) -> type[Family]:
        """The member registered under `name`; InputError with a suggestion when there is none."""
        offered = {known: member for known, member in cls.members.items() if issubclass(member, cls)}
        if not isinstance(name, str) or name not in offered:
            noun = cls.__name__.lower()
            raise InputError(f"unknown {noun} type {name!r:.60} ({did_you_mean(str(name), offered)})")
        return offered[name]


@cache
def _dimensions(cls: type[Spec]) -> dict[str, Dimension | None]:
    """The keys of a class, but for those that say something about the others, with their dimensions."""
    return {name: dimension_of(field) for name, field in cls.model_fields.items() if name not in ("source", "ranges")}


@cache
def _foreign_code(cls: type[Spec]) -> str:
    """Hash of the file that defines a class from outside the package; empty for our own and for classes without a file."""
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    if cls.__module__.partition(".")[0] == "chipsim" or not file:
        return ""
    with open(file, "rb") as stream:
        return hashlib.sha256(stream.read()).hexdigest()[:12]


_Safe: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # that of libyaml is many times faster


class _Dumper(_Safe):  # type: ignore[misc]
    """Puts texts in quotes that YAML 1.2 would take for numbers, such as 1e-9 and 09, besides those of YAML 1.1."""


_NUMBER = re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+\.?[0-9]*)(?:[eE][-+]?[0-9]+)?$")
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _NUMBER, list("-+.0123456789"))


def yaml_text(plain: dict[str, Any]) -> str:
    """Plain values as YAML that `chipsim.tree` reads back to the same values."""
    return yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def dimension_of(field: FieldInfo) -> Dimension | None:
    """The physical dimension of a key, None for plain numbers and texts (looks inside `Time | None`)."""
    return next((item for item in _marks(field) if isinstance(item, Dimension)), None)


def _marks(field: FieldInfo) -> list[Any]:
    """What a key is annotated with, itself or inside `... | None` and `tuple[...]`."""
    return [*field.metadata, *(item for option in get_args(field.annotation) for item in getattr(option, "__metadata__", ()))]


def problem_text(item: Any, cls: type[Spec], also: Sequence[str] = ()) -> str:
    """One of pydantic's findings as our sentence, with the offending value and a suggestion (`also`: further keys)."""
    kind, value = item["type"], item["input"]
    if kind == "extra_forbidden":
        return f"unknown key ({did_you_mean(str(item['loc'][-1]), [*cls.model_fields, *also])})"
    if kind == "missing":
        field = cls.model_fields.get(str(item["loc"][-1]))
        return f"is missing ({field.description})" if field else "is missing"
    if kind == "too_short":
        least = item["ctx"]["min_length"]
        return f"needs at least {'one' if least == 1 else least}, got {len(value) or 'none'}"
    if kind == "string_too_short":
        return "is empty, expected a text"
    message = str(item["msg"]).removeprefix("Value error, ").replace("Input should", "should")
    if kind in {"quantity", "value_error"}:
        return message
    field = cls.model_fields.get(str(item["loc"][0])) if item["loc"] else None
    dimension = dimension_of(field) if field else None
    if kind in {"tuple_type", "list_type"}:
        return f"expected a list{'' if value is None else f' such as [{value}]'}, got {_told(value)}"
    shown = show(value, dimension.symbol) if dimension and isinstance(value, float) else _told(value)
    return f"{message}, got {shown}"


def _told(value: object) -> str:
    """A value in a message; what stands after a colon that nothing follows is nothing."""
    return "nothing" if value is None else f"{value!r:.60}"


def _plain(value: Any, dimension: Dimension | None, folders: bool) -> Any:
    if isinstance(value, Spec):
        return value.plain(folders)
    if isinstance(value, dict):
        return {name: _plain(item, dimension, folders) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, dimension, folders) for item in value]
    if dimension is not None and isinstance(value, (int, float)):
        return exact(value, dimension)
    # equal numbers are written alike: 1 and 1.0, 0.0 and -0.0
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value


def _file_of(cls: type) -> str | None:
    return getattr(sys.modules.get(cls.__module__), "__file__", None) or cls.__module__
