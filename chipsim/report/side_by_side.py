"""What comparing runs and comparing trainings share: letters, groups that fit the console, what was asked differently."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from rich.console import Console

from chipsim.errors import InputError
from chipsim.report.console import say, table
from chipsim.report.wording import cell, plain

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
Some = TypeVar("Some")


def lettered(results: Sequence[Some], called: str) -> dict[str, Some]:
    """Results by letter, the first one first; InputError for fewer than 2 or more than 26, which are `called` so."""
    if not 2 <= len(results) <= len(LETTERS):
        raise InputError(f"compare: {len(results)} {called} given, expected 2 to {len(LETTERS)}; name several run folders")
    return dict(zip(LETTERS, results, strict=False))


def groups(runs: Mapping[str, Some], console: Console, first: int, column: int) -> Iterator[dict[str, Some]]:
    """The first with so many of the others as fit next to it, until all had their turn.

    first, column: room for the names and for one of them, in columns of the console.
    """
    one, *others = runs
    room = max((console.width - first) // column - 1, 1)
    for start in range(0, len(others), room):
        yield {letter: runs[letter] for letter in (one, *others[start : start + room])}


def differences(experiments: Sequence[Any], without: Collection[str] = ()) -> dict[str, list[Any]]:
    """Keys (`architecture.tile.array.adc.bits`) that differ, with the value of each experiment; None where it has none.

    A key of which a part is among `without` is left out.
    """
    flat = [flatten(experiment) for experiment in experiments]
    keys = [key for key in dict.fromkeys(key for one in flat for key in one) if not set(without) & set(key.split("."))]
    values = {key: [one.get(key) for one in flat] for key in keys}
    return {key: found for key, found in values.items() if any(value != found[0] for value in found[1:])}


def flatten(block: Any, path: str = "") -> dict[str, Any]:
    """Nested blocks and lists as one dict of dotted keys; a list of plain values stays one value."""
    if isinstance(block, dict):
        inside = {f"{path}.{name}" if path else str(name): value for name, value in block.items()}
    elif isinstance(block, (list, tuple)) and any(isinstance(value, (dict, list, tuple)) for value in block):
        inside = {f"{path}[{index}]": value for index, value in enumerate(block)}
    else:
        return {path: block}
    return {key: leaf for name, value in inside.items() for key, leaf in flatten(value, name).items()}


def print_differences(letters: Collection[str], found: Mapping[str, Sequence[Any]], console: Console) -> None:
    """A table of what was asked differently, or that nothing was."""
    if not found:
        say(console, f"Nothing: the experiments of {', '.join(letters)} are equal.")
        return
    table(console, ("key", *letters), [[plain(key), *map(cell, values)] for key, values in found.items()])
