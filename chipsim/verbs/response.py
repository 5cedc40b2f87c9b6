"""The verb `response`: which response to pulses is meant, and where the study of it goes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from chipsim.compose import changed, read, technology
from chipsim.errors import InputError, did_you_mean
from chipsim.reading import build
from chipsim.report.response import render, write
from chipsim.report.study import present
from chipsim.responses import Response
from chipsim.studies.response import CELLS, study
from chipsim.tree import plain_node
from chipsim.verbs.device import block_of


def run_response(
    name: str,
    changes: Sequence[str] = (),
    cells: int = CELLS,
    pulses: int | None = None,
    seed: int = 0,
    into: Path | None = None,
    as_json: bool = False,
    console: Console | None = None,
) -> None:
    """Study the response that `name` means and print the study (as JSON where `as_json`), with files in the folder `into`.

    `name`: an entry of the technology library, a type, or a YAML file with a response block; `changes`: `key=value`, counted from that
    block. InputError for what cannot be found, read or written.
    """
    response, label = find_response(name, changes)
    present(study(response, cells, pulses, seed, label), render, write, console or Console(), into, as_json)


def find_response(name: str, changes: Sequence[str] = ()) -> tuple[Response, str]:
    """The response of an entry, a type or a file, with `changes`, and what to call it."""
    entries = library()
    if name in entries:
        node = plain_node({"component": name})
    elif name in Response.members:
        node = plain_node({"type": name})
    elif Path(name).is_file() or name.endswith((".yaml", ".yml")):
        node = block_of(read(name), "response")
    else:
        known = did_you_mean(name, [*entries, *Response.members])
        raise InputError(f"response: '{name}' is no entry of the library, no type of response and no file ({known})")
    for change in changes:
        node = changed(node, change)
    response = build(Response, node)  # type: ignore[type-abstract]  # a member is built
    return response, name if name == response.type_name else f"{name} ({response.type_name})"


def library() -> list[str]:
    """Names of the responses in the technology library."""
    kinds = {name: entry["values"].value for name, entry in technology().items()}
    return [name for name, values in kinds.items() if isinstance(values, dict) and "type" in values
            and values["type"].plain() in Response.members]  # fmt: skip
