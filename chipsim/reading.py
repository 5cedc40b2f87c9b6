"""From trees to Specs, with every problem of a file at once: file:line:column, key, what was wrong, what was expected."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError

from chipsim.compose import changed, read, supplied
from chipsim.errors import InputError, Problem, did_you_mean
from chipsim.spec import Family, Spec, dimension_of, names_file, problem_text
from chipsim.tree import Node, plain_node
from chipsim.units import FROM_FILE

S = TypeVar("S", bound=Spec)


def load(path: str | Path, cls: type[S], changes: Sequence[str] = ()) -> S:
    """The Spec of type `cls` described by the file `path`, with `key.sub=value` changes applied; InputError lists all problems."""
    node = read(path)
    for change in changes:
        node = changed(node, change)
    return build(cls, node)


def build(cls: type[S], node: Node) -> S:
    """The Spec of type `cls` that a tree describes; InputError lists everything that is wrong with it."""
    problems: list[Problem] = []
    node = supplied(node, problems)
    spec = _build(cls, node, "", problems)
    if problems or spec is None:
        raise InputError(sorted(problems, key=lambda p: (p.file, p.line, p.column)))
    return spec


def from_plain(cls: type[S], value: Any) -> S:
    """The Spec that plain Python values describe, written as in a file (`from_plain(ADC, {"type": "sar", "bits": 6})`)."""
    return build(cls, plain_node(value))


def _build(cls: type[S], node: Node, path: str, problems: list[Problem]) -> S | None:
    if isinstance(node.value, str) and issubclass(cls, Family):
        node = replace(node, value={"type": node})
    if not isinstance(node.value, dict):
        problems.append(node.problem(f"expected a block of keys ({cls.__name__}), got {_got(node)}", path))
        return None
    entries = dict(node.value)
    member = _member(cls, entries, node, path, problems)
    if member is None:
        return None
    before = len(problems)
    values: dict[str, Any] = {}
    for name, item in entries.items():
        field = member.model_fields.get(name)
        where = f"{path}.{name}" if path else name
        left = field is None or dimension_of(field) is not None  # refused or checked by pydantic
        values[name] = item.plain() if left or field is None else _value(field.annotation, item, where, problems)
        if field is not None and names_file(field) and isinstance(item.value, str) and item.value:
            values[name] = str(item.folder / item.value)
    failed = {name for name in values if values[name] is _FAILED}
    try:
        spec = member.model_validate({n: v for n, v in values.items() if n not in failed}, context={FROM_FILE: True})
    except ValidationError as error:
        for finding in error.errors():
            first = str(finding["loc"][0]) if finding["loc"] else ""
            if first not in failed and (first or not failed):  # a check across keys needs them all
                problems.append(_located(finding, member, node, entries, path))
        return None
    except InputError as error:  # from a check that asks other parts
        problems += [place_of(node, _key_of(problem.message)).problem(problem.message, path) for problem in error.problems]
        return None
    return spec if len(problems) == before else None


def _member(cls: type[S], entries: dict[str, Node], node: Node, path: str, problems: list[Problem]) -> type[S] | None:
    if not issubclass(cls, Family):
        return cls
    kind = entries.pop("type", None)
    if kind is None:
        if cls.type_name:
            return cls
        if cls.default_type:
            return cls.member(cls.default_type)  # type: ignore[return-value]  # a member of the family S
        problems.append(node.problem(f"'type' is missing ({did_you_mean('', cls.members)})", path))
        return None
    try:
        return cls.member(kind.plain())  # type: ignore[return-value]  # a member of the family S
    except InputError as error:
        problems.append(kind.problem(error.problems[0].message, path))
        return None


_FAILED: Any = object()


def _value(annotation: Any, node: Node, path: str, problems: list[Problem]) -> Any:
    """The value of one key: blocks are built here (so that their places are known), plain values are left to pydantic."""
    origin, options = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _value(options[0], node, path, problems)
    if origin in (Union, types.UnionType):
        if node.value is None and type(None) in options:
            return None
        blocks = [option for option in options if _holds_spec(option)]
        if blocks:
            return _value(blocks[0], node, path, problems)
        return _leaf(annotation, node, path, problems)
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        built = _build(annotation, node, path, problems)
        return _FAILED if built is None else built
    if options and _holds_spec(annotation):
        return _collection(annotation, options, node, path, problems)
    return _leaf(annotation, node, path, problems)


def _collection(annotation: Any, options: tuple[Any, ...], node: Node, path: str, problems: list[Problem]) -> Any:
    before = len(problems)
    if get_origin(annotation) is dict and isinstance(node.value, dict):
        built: Any = {n: _value(options[1], item, f"{path}.{n}", problems) for n, item in node.value.items()}
    elif get_origin(annotation) is not dict and isinstance(node.value, list):
        built = [_value(options[0], item, f"{path}[{i}]", problems) for i, item in enumerate(node.value)]
    else:
        wanted = "a block of named blocks" if get_origin(annotation) is dict else "a list of blocks"
        problems.append(node.problem(f"expected {wanted}, got {_got(node)}", path))
    return _FAILED if len(problems) > before else built


def _got(node: Node) -> str:
    """A value in a message."""
    return "nothing" if node.value is None else f"{node.plain()!r:.60}"


def _leaf(annotation: Any, node: Node, path: str, problems: list[Problem]) -> Any:
    """A plain value; pydantic would take `on`, "256" and true for numbers, which a reader of the file would not."""
    kinds = _kinds(annotation)
    strangers = [leaf for leaf in _leaves(node) if not _suits(leaf.value, kinds)]
    expected = " or ".join(dict.fromkeys(_WORDS[kind] for kind in kinds if kind in _WORDS))
    quoted = annotation is str or str in get_args(annotation)  # any text, also one of digits, such as the names that exporters give
    for leaf in strangers:
        hint = f"; in quotes it is one: '{leaf.value}'" if quoted and type(leaf.value) is int else ""
        problems.append(leaf.problem(f"is {_described(leaf.value)}, expected {expected}{hint}", path))
    return _FAILED if strangers else node.plain()


_WORDS: dict[Any, str] = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


def _kinds(annotation: Any) -> list[Any]:
    """The kinds of plain value that a key takes, also within lists and blocks."""
    origin, options = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return [type(option) for option in options]
    if not options:
        return [annotation]
    inner = options[1:] if origin is dict else options[:1] if origin is Annotated else options
    return [kind for option in inner if option is not Ellipsis for kind in _kinds(option)]


def _leaves(node: Node) -> Iterator[Node]:
    if isinstance(node.value, (dict, list)):
        for item in node.value.values() if isinstance(node.value, dict) else node.value:
            yield from _leaves(item)
    else:
        yield node


def _suits(value: object, kinds: list[Any]) -> bool:
    if value is None or any(kind not in _WORDS and kind is not type(None) for kind in kinds):
        return True  # pydantic knows better
    wanted = (int, float) if isinstance(value, (int, float)) and not isinstance(value, bool) else (type(value),)
    return any(kind in wanted for kind in kinds)


def _described(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"the text '{value[:60]}'" if isinstance(value, str) else f"the number {value}"


def _located(item: Any, cls: type[Spec], node: Node, entries: dict[str, Node], path: str) -> Problem:
    place, names = node, [path] if path else []
    for step in item["loc"]:
        names.append(str(step))
        inner = entries.get(str(step)) if place is node else None
        if inner is None and isinstance(place.value, list) and isinstance(step, int) and step < len(place.value):
            inner = place.value[step]
        elif inner is None and place is not node and isinstance(place.value, dict):
            inner = place.value.get(str(step))
        if inner is None:
            break
        place = inner
    if not item["loc"]:
        place = place_of(node, _key_of(str(item["msg"]).removeprefix("Value error, ")))
    also = ("type", "component", "extends") if issubclass(cls, Family) else ("component", "extends")
    return place.problem(problem_text(item, cls, also), ".".join(names))


def place_of(node: Node, path: str) -> Node:
    """The node at a dotted path, or the nearest one above it that is written in the file."""
    for step in re.findall(r"[^.\[\]]+", path):
        inner: Node | None = None
        if isinstance(node.value, dict):
            inner = node.value.get(step)
        elif isinstance(node.value, list) and step.isdigit() and int(step) < len(node.value):
            inner = node.value[int(step)]
        if inner is None:
            break
        node = inner
    return node


def _key_of(message: str) -> str:
    """The key that a sentence of a check begins with, as in `measured_area: the parts fill more`; empty where it begins with none."""
    match = re.match(r"([\w.\[\]]+): ", message)
    return match.group(1) if match else ""


def _holds_spec(annotation: Any) -> bool:
    if isinstance(annotation, type) and not get_args(annotation):
        return issubclass(annotation, Spec)
    return any(_holds_spec(option) for option in get_args(annotation) if option is not Ellipsis)
