"""The verb `scale`: what its texts mean, and where the new chip goes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from rich.console import Console

from chipsim.errors import InputError
from chipsim.report.scale import render, write_chip
from chipsim.studies.scale import study
from chipsim.studies.scale_plan import CONVERTERS, DIGITAL, Wish
from chipsim.units import DIMENSIONS, TECHNOLOGY, Dimension, parse


def wish_of(
    node: str,
    table: str = "",
    converters: str = "",
    origin: str = "",
    supply: str = "",
    delay: str = "kept",
    parts: str = "",
) -> Wish:
    """What the words of the command line ask for; empty words stand for the usual. InputError names the option."""
    if delay not in ("kept", "scaled"):
        raise InputError(f"--delay {delay}: expected 'kept' (circuits keep their clocks) or 'scaled' (as fast as the table says)")
    speed: Literal["kept", "scaled"] = "kept" if delay == "kept" else "scaled"
    return Wish(
        node=_quantity("--node", node, TECHNOLOGY),
        digital=table or DIGITAL,
        converters=converters or CONVERTERS,
        origin=_quantity("--from", origin, TECHNOLOGY) if origin else None,
        supply=_quantity("--supply", supply, DIMENSIONS["voltage"]) if supply else None,
        delay=speed,
        parts=tuple(word.strip() for word in parts.split(",") if word.strip()),
    )


def print_scale(file: Path, wish: Wish, changes: Sequence[str], output: Path | None, as_json: bool, console: Console) -> None:
    """Carry the chip of a file to another node: print what that makes of it (as JSON where `as_json`), write the new file."""
    found = study(file, wish, changes)
    if output is not None:
        write_chip(found, file, output)
    if as_json:
        print(found.to_json())
        return
    render(found, console)
    if output is not None:
        console.print(f"\n{output}: the chip at the new node", markup=False, highlight=False)


def _quantity(option: str, text: str, dimension: Dimension) -> float:
    try:
        value = parse(text, dimension)
    except ValueError as error:
        raise InputError(f"{option}: {error}") from None
    if value <= 0:
        raise InputError(f"{option}: '{text}'; expected more than 0")
    return value
