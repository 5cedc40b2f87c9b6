"""Sweep files about the small network, as texts."""

from __future__ import annotations

from pathlib import Path

from chipsim.errors import InputError
from chipsim.sweep.plan import Plan, load_plan

HEAD = "experiment: experiment.yaml\n"
BITS = "architecture.tile.array.adc.bits"
CLOCK = "architecture.network.clock"


def plan_of(folder: Path, text: str, *changes: str) -> Plan:
    """The plan of a sweep file in a folder with the small network."""
    return load_plan(write(folder, text), changes)


def write(folder: Path, text: str) -> Path:
    """Writes a sweep file; it is about experiment.yaml where it does not say otherwise."""
    file = folder / "sweep.yaml"
    file.write_text(text if "experiment:" in text else HEAD + text, encoding="utf-8")
    return file


def refusals(folder: Path, text: str) -> list[str]:
    """What is wrong with a sweep file, without the folder in which it lies."""
    try:
        plan_of(folder, text)
    except InputError as error:
        return str(error).replace(f"{folder}/", "").splitlines()
    return []
