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

LARGEST_FILE = 1_000_000  # bytes; a description is text for people, data live in .npz
MOST_NODES = 100_000  # aliases may multiply a small file into a huge one
DEEPEST = 60  # blocks within blocks; Python's own stack ends at some hundreds

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
    """SafeLoader with the scalars of YAML 1.2's core schema; a file of too many values is given up early."""

    count = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self.count += 1
        if self.count > MOST_NODES:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem=f"more than {MOST_NODES} values", problem_mark=mark)
        node: yaml.Node | None = super().compose_node(parent, index)
        return node


_STANDARD = "tag:yaml.org,2002:"
_KINDS = {
    "bool": (re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), "tTfF"),
    "int": (re.compile(r"^[-+]?[0-9]+$"), "-+0123456789"),
    "float": (re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+\.?[0-9]*)(?:[eE][-+]?[0-9]+)?$"), "-+0123456789."),
    "null": (re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
}
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # escapes such as "\\0" can smuggle them in

_Loader.yaml_implicit_resolvers = {}
for _kind, (_pattern, _first) in _KINDS.items():
    _Loader.add_implicit_resolver(f"{_STANDARD}{_kind}", _pattern, list(_first))


def parse(file: Path) -> Node:
    """The tree of one YAML file; InputError with the place when it cannot be read."""
    try:
        with file.open("rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(Problem("is not a UTF-8 text file", file=str(file))) from None
    except (OSError, ValueError) as error:  # ValueError: a path that no file can have
        reason = getattr(error, "strerror", None) or error
        raise InputError(Problem(f"cannot be read: {reason}", file=str(file))) from None
    if len(data) > LARGEST_FILE:
        raise InputError(Problem(f"is larger than {LARGEST_FILE} bytes; large data belong in .npz files", file=str(file)))
    root = _composed(text, str(file))
    if root is None:
        raise InputError(Problem("is empty", file=str(file)))
    return _Converter(str(file), file.parent).convert(root)


def _composed(text: str, file: str) -> yaml.Node | None:
    """PyYAML's nodes of a text; InputError with the place when it is not YAML."""
    try:
        root: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise InputError(Problem(f"not valid YAML: {error.problem or error.context}", "", file, line, column)) from None
    except yaml.YAMLError as error:  # such as a control character
        raise InputError(Problem(f"not valid YAML: {' '.join(str(error).split())}", file=file)) from None
    except RecursionError:
        raise InputError(Problem("is nested too deeply", file=file)) from None
    return root


class _Converter:
    """Turns PyYAML's nodes into ours: refuses repeated keys, foreign tags, and aliases that contain themselves."""

    def __init__(self, file: str, folder: Path) -> None:
        self.file, self.folder, self.count = file, folder, 0
        self.problems: list[Problem] = []

    def convert(self, root: yaml.Node) -> Node:
        node = self._convert(root, ())
        if self.problems:
            raise InputError(sorted(self.problems, key=lambda problem: (problem.line, problem.column)))
        return node

    def _convert(self, node: yaml.Node, above: tuple[int, ...]) -> Node:
        place = Node(None, self.file, node.start_mark.line + 1, node.start_mark.column + 1, self.folder)
        self.count += 1
        if self.count > MOST_NODES:
            raise InputError(place.problem(f"more than {MOST_NODES} values"))
        if id(node) in above:
            raise InputError(place.problem("an alias contains itself"))
        if len(above) > DEEPEST:
            raise InputError(place.problem(f"is nested too deeply; at most {DEEPEST} blocks may lie within each other"))
        if isinstance(node, yaml.CollectionNode) and node.tag not in (f"{_STANDARD}map", f"{_STANDARD}seq"):
            self.problems.append(place.problem(f"the tag '{node.tag[:60]}' is not supported"))
        if isinstance(node, yaml.MappingNode):
            return replace(place, value=self._mapping(node, (*above, id(node))))
        if isinstance(node, yaml.SequenceNode):
            return replace(place, value=[self._convert(item, (*above, id(node))) for item in node.value])
        return replace(place, value=self._scalar(node, place))

    def _mapping(self, node: yaml.MappingNode, above: tuple[int, ...]) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        for name_node, value_node in node.value:
            name = self._convert(name_node, above)
            if not isinstance(name.value, (str, int)) or isinstance(name.value, bool):
                self.problems.append(name.problem(f"a key must be a plain text, got {name.plain()!r:.60}"))
                continue
            text = str(name.value)
            if text in entries:
                self.problems.append(name.problem(f"written twice (first at line {entries[text].line})", text))
                continue
            value = self._convert(value_node, above)
            entries[text] = value
        return entries

    def _scalar(self, node: yaml.Node, place: Node) -> str | int | float | bool | None:
        kind, text = node.tag.removeprefix(_STANDARD), str(node.value)
        if kind != "str" and kind not in _KINDS:
            self.problems.append(place.problem(f"the tag '{node.tag[:60]}' is not supported"))
        elif kind != "str" and not _KINDS[kind][0].match(text):  # such as `!!int abc`
            self.problems.append(place.problem(f"'{text[:60]}' is not of the kind that its tag '!!{kind}' says"))
        elif _UNPRINTABLE.search(text):
            self.problems.append(place.problem("holds a character that cannot be printed"))
        elif kind == "int":
            return int(text) if len(text) < 4000 else float("inf")
        elif kind == "float":
            return float(text)
        elif kind == "bool":
            return text.lower() == "true"
        elif kind == "null":
            return None
        return text


def parse_value(text: str, origin: str) -> Node:
    """The tree of a YAML text given on the command line; `origin` is named in messages."""
    parsed = _composed(text, origin)
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
