"""The files that a tree names, wherever it is read from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from chipsim.spec import Spec, names_file
from chipsim.tree import Node


def standing_alone(node: Node) -> Any:
    """The plain values of a tree, with the files that it names as absolute paths, so that they may be written anywhere."""
    return _plain(node, "", os.path.abspath)


def without_folders(node: Node) -> Any:
    """The same with the bare names of files: where a file lies says nothing about what it describes."""
    return _plain(node, "", os.path.basename)


def _plain(node: Node, name: str, told: Any) -> Any:
    if isinstance(node.value, dict):
        return {key: _plain(item, key, told) for key, item in node.value.items()}
    if isinstance(node.value, list):
        return [_plain(item, name, told) for item in node.value]
    if isinstance(node.value, str) and node.value and _names_file(node, name):
        return told(str(node.folder / node.value))
    return node.value


def _names_file(node: Node, name: str) -> bool:
    if name == "plugins":
        return str(node.value).endswith(".py")
    return name in _keys() and (node.folder / str(node.value)).exists()


def _keys() -> frozenset[str]:
    return _keys_of(sum(1 for _ in _specs(Spec)))


@lru_cache(maxsize=4)
def _keys_of(count: int) -> frozenset[str]:
    """Keys that name files; `count`: of all classes, which plugins may add to."""
    return frozenset(name for spec in _specs(Spec) for name, field in spec.model_fields.items() if names_file(field))


def _specs(spec: type[Spec]) -> Iterator[type[Spec]]:
    yield spec
    for kind in spec.__subclasses__():
        yield from _specs(kind)
