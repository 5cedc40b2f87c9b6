"""Descriptions of descriptions: the JSON Schema of a Spec for editors, and the rows of `chipsim explain`.

Every key's meaning, unit, default, range and source stand once, in the Spec; both are read from there.
"""

from __future__ import annotations

import types
from collections.abc import Collection, Iterator
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from chipsim.spec import Family, FilePath, Spec, dimension_of, names_file
from chipsim.units import show


class KeyRow(NamedTuple):
    """One key of a Spec in words."""

    key: str
    kind: str
    meaning: str
    default: str
    range: str
    source: str


def json_schema(cls: type[Spec], title: str, files: Collection[type[Spec]] = ()) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the files that describe `cls`: keys, units, ranges, types of every family.

    It refuses no file that chipsim accepts, as far as the plugins that the file names have been loaded; what needs more than
    one key, or more than one file, only chipsim checks. In place of a block of a class in `files` the path of a file may stand.
    """
    definitions: dict[str, Any] = {}
    top = _reference(cls, definitions)
    for name, info in cls.model_fields.items():
        if info.annotation in files:
            path = {"type": "string", "description": "path of a YAML file"}
            properties = definitions[_title(cls)]["properties"]
            properties[name] = {"anyOf": [_holding(info.annotation, definitions), path], "description": info.description}
        elif set(_specs_in(info.annotation)) & set(files):
            definitions[_title(cls)]["properties"][name] = _by_name(info, definitions)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **top, "$defs": definitions}


def summary(cls: type[Spec]) -> str:
    """The first sentence of a class's documentation; empty when it has none, as a plugin's class may."""
    return next(iter((cls.__doc__ or "").strip().splitlines()), "")


def root(member: type[Family]) -> type[Family]:
    """The root of the family that a member belongs to."""
    return next(base for base in member.__mro__ if issubclass(base, Family) and Family in base.__bases__)


def key_rows(cls: type[Spec]) -> list[KeyRow]:
    """Every key of a Spec: what it is, what it means, default, range, where the default comes from."""
    return [_row(name, info) for name, info in cls.model_fields.items()]


def limits(cls: type[Spec], name: str) -> tuple[float | None, float | None]:
    """The least and the largest number that a key takes (or comes close to); None where it has no such limit."""
    found: dict[type, Any] = {type(item): item for item in cls.model_fields[name].metadata}
    low = found[Ge].ge if Ge in found else found[Gt].gt if Gt in found else None
    high = found[Le].le if Le in found else found[Lt].lt if Lt in found else None
    return low, high


def holders(word: str, known: dict[str, type[Spec]]) -> list[tuple[str, KeyRow]]:
    """The blocks that have a key of this name, by their titles, with what it means there."""
    return [(title, row) for title, spec in sorted(known.items()) for row in key_rows(spec) if row.key == word]


def families(cls: type[Spec]) -> dict[str, type[Family]]:
    """The families that a description of `cls` can choose from, by name, found through its keys."""
    found: dict[str, type[Family]] = {}
    for spec in _reachable(cls, set()):
        if issubclass(spec, Family) and Family in spec.__bases__:
            found[spec.__name__] = spec
    return found


def blocks(cls: type[Spec]) -> dict[str, type[Spec]]:
    """Every block that can stand in a description of `cls`, by its title (family members too)."""
    return {_title(spec): spec for spec in _reachable(cls, set())}


def _reachable(cls: type[Spec], seen: set[type[Spec]]) -> Iterator[type[Spec]]:
    if cls in seen:
        return
    seen.add(cls)
    yield cls
    if issubclass(cls, Family) and not cls.type_name:
        for member in cls.members.values():
            if issubclass(member, cls):
                yield from _reachable(member, seen)
        return
    for info in cls.model_fields.values():
        for inner in _specs_in(info.annotation):
            yield from _reachable(inner, seen)


def _specs_in(annotation: Any) -> list[type[Spec]]:
    if isinstance(annotation, type) and not get_args(annotation):
        return [annotation] if issubclass(annotation, Spec) else []
    return [spec for option in get_args(annotation) for spec in _specs_in(option)]


def _by_name(info: FieldInfo, definitions: dict[str, Any]) -> dict[str, Any]:
    """An optional block, or list of blocks, in place of each of which a name or the path of a file may stand."""
    named = {"type": "string", "description": "name in the library, or path of a YAML file"}
    one = [*(_reference(spec, definitions) for spec in _specs_in(info.annotation)), named]
    many = any(get_origin(option) is tuple for option in get_args(info.annotation))
    lists = [{"type": "array", "items": {"anyOf": one}}] if many else []
    return {"anyOf": [*lists, *one, {"type": "null"}], "description": info.description}


def _reference(cls: type[Spec], definitions: dict[str, Any]) -> dict[str, Any]:
    if issubclass(cls, Family) and not cls.type_name:
        members = [member for member in cls.members.values() if issubclass(member, cls)]
        names = [member.type_name for member in members]
        return {"anyOf": [{"enum": names}, *(_reference(member, definitions) for member in members)]}
    name = _title(cls)
    if name not in definitions:
        definitions[name] = {}
        definitions[name] |= _definition(cls, definitions)
    return {"$ref": f"#/$defs/{name}"}


def _title(cls: type[Spec]) -> str:
    """A name that no other class has: `ADC.sar` for the member of a family, `Tile` for a block, `ADC` for a family."""
    if issubclass(cls, Family) and cls.type_name:
        return f"{root(cls).__name__}.{cls.type_name}"
    return cls.__name__ if cls.__module__.startswith("chipsim.") else f"{cls.__module__}.{cls.__name__}"


def _definition(cls: type[Spec], definitions: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "extends": {"type": "string", "description": "a YAML file whose keys are taken over"},
        "component": {"type": "string", "description": "an entry of the technology library that fills in missing keys"},
    }
    if issubclass(cls, Family):
        properties["type"] = {"const": cls.type_name}
    for name, info in cls.model_fields.items():
        properties[name] = _property(info, definitions) | {"description": info.description or ""}
    # no key is demanded here, not even `type`: `extends` and `component` may bring it, and chipsim says so when they do not
    return {"type": "object", "description": summary(cls), "properties": properties, "additionalProperties": False}


def _property(info: FieldInfo, definitions: dict[str, Any]) -> dict[str, Any]:
    inner = _specs_in(info.annotation)
    if inner:
        return _holding(info.annotation, definitions)
    dimension = dimension_of(info)
    if dimension is not None:
        text = {"type": "string", "examples": [dimension.example], "pattern": r"^\s*[-+]?(\d|\.\d).*$"}
        number: dict[str, Any] = {"anyOf": [text, {"const": 0}]}
        if get_origin(info.annotation) in (tuple, list):
            return {"type": "array", "items": number}
        return {"anyOf": [*number["anyOf"], {"type": "null"}]} if type(None) in get_args(info.annotation) else number
    annotation: Any = info.annotation
    schema = TypeAdapter(annotation).json_schema()
    limits = {Ge: "minimum", Gt: "exclusiveMinimum", Le: "maximum", Lt: "exclusiveMaximum"}
    for item in info.metadata:
        for kind, word in limits.items():
            if isinstance(item, kind):
                schema[word] = getattr(item, kind.__name__.lower())
        if isinstance(item, MinLen):
            schema["minItems" if schema.get("type") == "array" else "minLength"] = item.min_length
    return schema


def _holding(annotation: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, options = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        return _reference(annotation, definitions)
    if origin in (Union, types.UnionType):
        return {"anyOf": [_holding(o, definitions) if _specs_in(o) else {"type": "null"} for o in options]}
    if origin is dict:
        return {"type": "object", "additionalProperties": _holding(options[1], definitions)}
    return {"type": "array", "items": _holding(options[0], definitions)}


def _row(name: str, info: FieldInfo) -> KeyRow:
    dimension = dimension_of(info)
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    default = "compulsory" if info.is_required() else _shown(info.default, info)
    kind = "file" if info.annotation is str and names_file(info) else _kind(info.annotation)
    return KeyRow(name, dimension.name if dimension else kind, info.description or "", default,
                  _range(info), str(extra.get("source", "")))  # fmt: skip


def _shown(value: Any, info: FieldInfo) -> str:
    dimension = dimension_of(info)
    if isinstance(value, Family):
        return value.type_name
    if isinstance(value, Spec):
        return "as its own defaults"
    if value is None:
        return "none"
    if dimension is not None:
        values = value if isinstance(value, tuple) else (value,)
        return ", ".join(show(item, dimension.symbol, 6) for item in values) or "[]"
    return str(list(value) if isinstance(value, tuple) else value) or '""'


def _kind(annotation: Any) -> str:
    inner = _specs_in(annotation)
    if inner:
        many = "list of " if get_origin(annotation) in (tuple, list) else ""
        return many + " or ".join(spec.__name__ for spec in inner)
    if annotation == FilePath:
        return "file"
    if get_origin(annotation) is Annotated:
        return _kind(get_args(annotation)[0])
    options = [option for option in get_args(annotation) if option is not type(None)]
    if options and all(isinstance(option, str) for option in options):
        return " | ".join(options)
    words = {int: "whole number", float: "number", str: "text", bool: "true or false", Any: "any value"}
    if annotation in words:
        return words[annotation]
    if annotation == tuple[Any, Any]:
        return "[low, high]"
    if get_origin(annotation) in (tuple, list):
        return f"list of {_kind(options[0])}"
    if get_origin(annotation) is dict:
        return "block of keys" if options[1] is Any else f"block of {_kind(options[1])}"
    return " or ".join(_kind(option) for option in options) or str(annotation)


def _range(info: FieldInfo) -> str:
    dimension = dimension_of(info)
    words = []
    for item in info.metadata:
        for kind, sign in ((Ge, ">="), (Gt, ">"), (Le, "<="), (Lt, "<")):
            if isinstance(item, kind):
                limit = getattr(item, kind.__name__.lower())
                words.append(f"{sign} {show(limit, dimension.symbol) if dimension else limit}")
    return ", ".join(words)
