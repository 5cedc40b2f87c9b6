"""The verb `device`: which device is meant, at which times, and where the study of it goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from chipsim.compose import changed, read
from chipsim.devices import Device
from chipsim.errors import InputError, did_you_mean
from chipsim.reading import build
from chipsim.report.device import render, write
from chipsim.report.study import present
from chipsim.studies.device import CELLS, study
from chipsim.tree import Node, plain_node
from chipsim.units import DIMENSIONS, parse


def run_device(
    name: str,
    changes: Sequence[str] = (),
    times: str = "",
    cells: int = CELLS,
    seed: int = 0,
    into: Path | None = None,
    as_json: bool = False,
    console: Console | None = None,
) -> None:
    """Study the device that `name` means and print the study (as JSON where `as_json`), with files in the folder `into`.

    `name`: a type, or a YAML file with a device block; `changes`: `key=value`, counted from that block; `times`: `1 s, 1 h`,
    empty for the usual ones. InputError for what cannot be found, read or written.
    """
    device, label = find_device(name, changes)
    found = study(device, times_of(times), cells, seed, label)
    present(found, render, write, console or Console(), into, as_json)


def find_device(name: str, changes: Sequence[str] = ()) -> tuple[Device, str]:
    """The device of a type or a file, with `changes`, and what to call it."""
    if name in Device.members:
        node = plain_node({"type": name})
    elif Path(name).is_file() or name.endswith((".yaml", ".yml")):
        node = block_of(read(name), "device")
    else:
        raise InputError(f"device: '{name}' is no type of device and no file ({did_you_mean(name, Device.members)})")
    for change in changes:
        node = changed(node, change)
    device = build(Device, node)  # type: ignore[type-abstract]  # a member is built
    return device, name if name == device.type_name else f"{name} ({device.type_name})"


def times_of(text: str) -> list[float] | None:
    """Times such as `1 s, 1 h, 30 d` in seconds; None where the text is empty."""
    if not text.strip():
        return None
    try:
        return [parse(part, DIMENSIONS["time"]) for part in text.split(",")]
    except ValueError as error:
        raise InputError(f"--times: {error}; separate times by commas, such as '1 s, 1 h, 30 d'") from None


def block_of(node: Node, name: str) -> Node:
    """The device block of a file (`name`: device): the whole file, or the one block under the key `name`, however deep."""
    if isinstance(node.value, dict) and node.value.keys() & {"type", "component"} and name not in node.value:
        own = {key: item for key, item in node.value.items() if key != "plugins"}  # followed when the file was read
        return replace(node, value=own)
    found = {str(block.plain()): (block, key) for block, key in _blocks(node, "", name)}
    if not found:
        raise InputError(node.problem(f"holds no {name}: neither a 'type' at its top nor a block '{name}'"))
    if len(found) > 1:
        places = ", ".join(key for _, key in found.values())
        message = f"holds {len(found)} different {name}s ({places}); write the one that is meant into a file of its own"
        raise InputError(node.problem(message))
    block = next(iter(found.values()))[0]
    return replace(block, value={"type": block}) if isinstance(block.value, str) else block  # `device: pcm` is short


def _blocks(node: Node, path: str, name: str) -> Iterator[tuple[Node, str]]:
    if isinstance(node.value, list):
        for index, item in enumerate(node.value):
            yield from _blocks(item, f"{path}[{index}]", name)
    elif isinstance(node.value, dict):
        for key, item in node.value.items():
            where = f"{path}.{key}" if path else key
            if key == name:
                yield item, where
            else:
                yield from _blocks(item, where, name)
