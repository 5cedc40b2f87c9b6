"""YAML files as trees whose every node knows its file, line and column.

Read by the rules of YAML 1.2: `1e-9` is a number, `on` and `NO` are texts. A key written twice is an error, and so are
foreign tags, aliases that contain themselves and files that unfold to a huge size. Nothing is executed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from chipsim.errors import InputError, Problem

LARGEST_FILE = 4_000_000  # bytes; a description is text for people, data live in .npz
MOST_NODES = 200_000  # aliases may multiply a small file into a huge one

Value = dict[str, "Node"] | list["Node"] | str | int | float | bool | None


@dataclass(frozen=True)
class Node:
    """A value of a file and the place where it was written."""

    value: Value
    file: str
    line: int
    column: int
    folder: Path

    def problem(self, message: str, key: str = "") -> Problem:
        """A problem at this place."""
        return Problem(message, key, self.file, self.line, self.column)

    def plain(self) -> Any:
        """The bare value, without places."""
        if isinstance(self.value, dict):
            return {name: node.plain() for name, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


class _Loader(yaml.SafeLoader):
    """SafeLoader with the scalars of YAML 1.2's core schema."""


_Loader.yaml_implicit_resolvers = {}



for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+\.?[0-9]*)(?:[eE][-+]?[0-9]+)?$", "-+0123456789."),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def parse(file: Path) -> Node:
    """The tree of one YAML file; InputError with the place when it cannot be read."""
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise InputError(Problem(f"is larger than {LARGEST_FILE} bytes; large data belong in .npz files", file=str(file)))
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(Problem(f"cannot be read: {error.strerror or error}", file=str(file))) from None
    except UnicodeDecodeError:
        raise InputError(Problem("is not a UTF-8 text file", file=str(file))) from None
    try:
        root = yaml.compose(text, Loader=_Loader)
        if root is None:
            raise InputError(Problem("is empty", file=str(file)))
        return _Converter(str(file), file.parent).convert(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise InputError(Problem(f"not valid YAML: {error.problem or error.context}", "", str(file), line, column)) from None
    except yaml.YAMLError as error:  # such as a control character
        raise InputError(Problem(f"not valid YAML: {' '.join(str(error).split())}", file=str(file))) from None
    except RecursionError:
        raise InputError(Problem("is nested too deeply", file=str(file))) from None


class _Converter:
    """Turns PyYAML's nodes into ours: refuses repeated keys, foreign tags, and aliases that contain themselves."""

    def __init__(self, file: str, folder: Path) -> None:
        self.file, self.folder, self.count = file, folder, 0
        self.problems: list[Problem] = []
        self.constructor = _Loader("")

    def convert(self, root: yaml.Node) -> Node:
        node = self._convert(root, ())
        if self.problems:
            raise InputError(self.problems)
        return node

    def _convert(self, node: yaml.Node, above: tuple[int, ...]) -> Node:
        place = Node(None, self.file, node.start_mark.line + 1, node.start_mark.column + 1, self.folder)
        self.count += 1
        if self.count > MOST_NODES:
            raise InputError(place.problem(f"more than {MOST_NODES} values"))
        if id(node) in above:
            raise InputError(place.problem("an alias contains itself"))
        if isinstance(node, yaml.MappingNode):
            return replace(place, value=self._mapping(node, (*above, id(node))))
        if isinstance(node, yaml.SequenceNode):
            return replace(place, value=[self._convert(item, (*above, id(node))) for item in node.value])
        return replace(place, value=self._scalar(node, place))

    def _mapping(self, node: yaml.MappingNode, above: tuple[int, ...]) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        for name_node, value_node in node.value:
            name = self._convert(name_node, above)
            if not isinstance(name.value, (str, int)):
                self.problems.append(name.problem(f"a key must be a plain text, got {name.plain()!r}"))
                continue
            text = str(name.value)
            if text in entries:
                self.problems.append(name.problem(f"written twice (first at line {entries[text].line})", text))
                continue
            value = self._convert(value_node, above)
            entries[text] = value
        return entries

    def _scalar(self, node: yaml.Node, place: Node) -> str | int | float | bool | None:
        kind = node.tag.rpartition(":")[2]
        if kind == "int":
            return int(node.value) if len(node.value) < 4000 else float("inf")
        if kind == "float":
            return float(node.value)
        if kind == "bool":
            return bool(node.value.lower() == "true")
        if kind == "null":
            return None
        if kind != "str":
            self.problems.append(place.problem(f"the tag '{node.tag}' is not supported"))
        return str(node.value)


def parse_value(text: str, origin: str) -> Node:
    """The tree of a YAML text given on the command line; `origin` is named in messages."""
    try:
        parsed = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError:
        raise InputError(f"{origin}: the value is not valid YAML") from None
    node = _Converter(origin, Path()).convert(parsed) if parsed else Node(None, origin, 0, 0, Path())
    return replace(node, line=0, column=0)


def plain_node(value: Any, file: str = "<Python>", folder: Path | None = None) -> Node:
    """A tree around plain Python values (for specs that do not come from a file)."""
    folder = folder or Path()
    if isinstance(value, dict):
        value = {str(name): plain_node(item, file, folder) for name, item in value.items()}
    elif isinstance(value, (list, tuple)):
        value = [plain_node(item, file, folder) for item in value]
    return Node(value, file, 0, 0, folder)
