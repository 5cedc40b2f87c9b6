"""The verb `injection`: which network, which traffic, and where the study goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from chipsim.architecture import Architecture
from chipsim.compose import read
from chipsim.errors import InputError
from chipsim.kinds import kind_of
from chipsim.noc.network import Calendar, Credits, Durations, FlowControl, Network
from chipsim.reading import load
from chipsim.report.injection import render, write
from chipsim.report.study import present
from chipsim.result import Result
from chipsim.studies.injection import USUAL, InjectionStudy, Wish, loads_of_run, study
from chipsim.units import DIMENSIONS, parse
from chipsim.verbs.study import Progress, silent

CONTROLS: dict[str, type[FlowControl]] = {"calendar": Calendar, "credits": Credits}


def wish_of(packet: str = "", points: int = 0, packets: int = 0, seed: int = 0) -> Wish:
    """How to measure, from the words of the command line; InputError names the option."""
    try:
        bits = parse(packet, DIMENSIONS["data size"]) if packet else 0.0
    except ValueError as error:
        raise InputError(f"--packet: {error}") from None
    if packet and (bits < 1 or bits != int(bits)):
        raise InputError(f"--packet {packet}: expected a whole number of bits, such as '256 b'")
    return Wish(int(bits), points or USUAL.points, packets or USUAL.packets, seed)


def controls_of(words: str, network: Network) -> list[FlowControl]:
    """Flow controls by name; the network's own keeps its numbers. InputError for one that this network cannot have."""
    own = network.flow_control
    found: list[FlowControl] = []
    for word in _listed(words) or [own.type_name]:
        if word == own.type_name:
            found.append(own)
        elif word not in CONTROLS or isinstance(own, Durations):
            known = own.type_name if isinstance(own, Durations) else ", ".join(CONTROLS)
            raise InputError(f"--control: a network with '{own.type_name}' cannot be studied with '{word}'; expected {known}")
        else:
            found.append(CONTROLS[word]())
    return found


def study_injection(
    file: Path,
    changes: Sequence[str] = (),
    patterns: str = "",
    controls: str = "",
    wish: Wish = USUAL,
    run: Path | None = None,
    progress: Progress = silent,
) -> InjectionStudy:
    """The study of the chip in `file`; `run`: a run folder whose links are held against the curves. InputError for wrong words."""
    kind = kind_of(read(file))
    if kind != "architecture":
        raise InputError(f"{file}: is of the kind '{kind}'; a network is that of an architecture")
    chip = load(file, Architecture, changes)
    result = None if run is None else Result.load(run)
    found = study(chip.network, chip.name, _listed(patterns) or ["uniform"], controls_of(controls, chip.network), wish, progress)
    return found if result is None else replace(found, here=loads_of_run(found, result))


def print_injection(found: InjectionStudy, console: Console, into: Path | None = None, as_json: bool = False) -> None:
    """Print a study (as JSON where `as_json`), with files in the folder `into`."""
    present(found, render, write, console, into, as_json)


def _listed(words: str) -> list[str]:
    return [word.strip() for word in words.split(",") if word.strip()]
