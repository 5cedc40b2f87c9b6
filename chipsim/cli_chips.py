"""Verbs about chips: data sheet, validation, another technology node, another size of arrays. `cli` gives them to the command line."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from chipsim.terminal import console

Json = Annotated[bool, typer.Option("--json", help="print the study as JSON")]
Subject = Annotated[Path, typer.Argument(help="an experiment or a workload (YAML)")]
Arch = Annotated[Path | None, typer.Option("--arch", "-a", help="architecture file, for a workload")]
Changes = Annotated[list[str] | None, typer.Option("--set", "-s", help="key.sub=value of the experiment")]
Into = Annotated[Path | None, typer.Option(help="folder for tables and pictures")]


def datasheet(
    chip: Annotated[Path, typer.Argument(help="an architecture (YAML)")],
    changes: Annotated[list[str] | None, typer.Option("--set", "-s", help="key=value of the architecture")] = None,
    activity: Annotated[float, typer.Option(help="how busy the cells are: mean of input x conductance over the largest")] = 0.03,
    into: Annotated[Path | None, typer.Option(help="folder for tables and pictures")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the sheet as JSON")] = False,
    against: Annotated[str, typer.Option(help="comparators to hold the peaks against: names or YAML files, by commas, or all")] = "",
) -> None:
    """Print what a chip is before a network runs on it: time, energy, rates, area, power, what fits, what is assumed."""
    from chipsim.verbs.datasheet import print_datasheet

    print_datasheet(chip, changes or [], activity, into, as_json, against, console=console())


def validate(
    files: Annotated[list[Path] | None, typer.Argument(help="files of published figures; none: architectures/figures/*.yaml")] = None,
    only: Annotated[str, typer.Option(help="figures of one id (V2), of one file (isaac), of both (isaac:V2), with words (V2/area)")] = "",
    page: Annotated[Path | None, typer.Option(help="write the page of all figures here, with its picture in pictures/ beside it")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print everything as JSON")] = False,
) -> None:
    """Run chips against what was published of them: published figure, ours, error, kind, source."""
    from chipsim.verbs.validate import run_validation

    run_validation(files or [], only, page, as_json, console=console())


def scale(
    file: Annotated[Path, typer.Argument(help="an architecture (YAML)")],
    node: Annotated[str, typer.Option(help="technology node to carry it to, such as '7 nm'")],
    table: Annotated[str, typer.Option(help="table for digital circuits: `chipsim explain Scaling`")] = "stillmaker-baas",
    converters: Annotated[str, typer.Option(help="table for ADCs, or 'keep'")] = "adc-survey",
    origin: Annotated[str, typer.Option("--from", help="node of circuits for which neither component nor chip says one")] = "",
    supply: Annotated[str, typer.Option(help="supply voltage at the new node; by default the nominal one")] = "",
    delay: Annotated[str, typer.Option(help="kept: circuits keep their clocks; scaled: as fast as the table says")] = "kept",
    parts: Annotated[str, typer.Option("--digital", help="names of `parts` that are digital, by commas")] = "",
    changes: Annotated[list[str] | None, typer.Option("--set", "-s", help="key=value of the architecture")] = None,
    output: Annotated[Path | None, typer.Option(help="file for the chip at the new node")] = None,
    as_json: Json = False,
) -> None:
    """Carry a chip to another technology node: what changes by which table, what does not and why."""
    from chipsim.verbs.scale import print_scale, wish_of

    wish = wish_of(node, table, converters, origin, supply, delay, parts)
    print_scale(file, wish, changes or [], output, as_json, console())


def array_size(
    file: Subject,
    arch: Arch = None,
    changes: Changes = None,
    sizes: Annotated[str, typer.Option(help="rows and columns of the arrays, by commas; by default 64 to 2048")] = "",
    bound: Annotated[str, typer.Option(help="range of the ADC: keep, or sqrt (grows with the square root of the rows)")] = "keep",
    rest: Annotated[str, typer.Option(help="how the unexplained rest of a measured core grows: lines, cells, none (left out)")] = "lines",
    into: Into = None,
    as_json: Json = False,
) -> None:
    """Run a network on the same chip with arrays of several sizes: error of wires, share of the ADCs, accuracy, energy."""
    from chipsim.verbs.array_size import print_sizes, study_sizes
    from chipsim.verbs.study import answer_of

    study = lambda experiment, show: study_sizes(experiment, sizes, bound, rest, show)  # noqa: E731
    answer_of(file, arch, changes, study, print_sizes, into, as_json)


def tornado(
    file: Subject,
    arch: Arch = None,
    changes: Changes = None,
    step: Annotated[str, typer.Option(help="how far each number goes down and up")] = "10%",
    of: Annotated[str, typer.Option(help="measures, by commas: energy, latency, interval, area, efficiency, density, accuracy ...")] = "",
    only: Annotated[str, typer.Option(help="beginnings of keys, by commas, such as tile.array,host: no other numbers are varied")] = "",
    top: Annotated[int, typer.Option(help="numbers shown of each measure")] = 15,
    into: Into = None,
    as_json: Json = False,
) -> None:
    """Find what to improve first: how energy, latency, area and accuracy change with every number of the chip."""
    from chipsim.verbs.study import answer_of
    from chipsim.verbs.tornado import print_tornado, study_tornado

    study = lambda experiment, show: study_tornado(experiment, step, of, only, show)  # noqa: E731
    answer_of(file, arch, changes, study, partial(print_tornado, top=top), into, as_json)


def injection(
    chip: Annotated[Path, typer.Argument(help="an architecture (YAML)")],
    changes: Annotated[list[str] | None, typer.Option("--set", "-s", help="key=value of the architecture")] = None,
    pattern: Annotated[
        str, typer.Option(help="patterns by commas: uniform, transpose, bit_complement, tornado, neighbour, hotspot")
    ] = "uniform",
    control: Annotated[str, typer.Option(help="flow controls by commas: calendar, credits; by default the chip's own")] = "",
    packet: Annotated[str, typer.Option(help="size of a packet, such as '256 b'; by default a full payload")] = "",
    points: Annotated[int, typer.Option(help="points of a curve")] = 12,
    packets: Annotated[int, typer.Option(help="packets of a point, at least")] = 3000,
    seed: Annotated[int, typer.Option(help="seed of the random numbers")] = 0,
    run: Annotated[Path | None, typer.Option(help="run folder: where a run on this chip stands on the curves")] = None,
    into: Annotated[Path | None, typer.Option(help="folder for tables and the picture")] = None,
    as_json: Json = False,
) -> None:
    """Measure the latency of a chip's network against the load on it, from idle to beyond saturation."""
    from chipsim.verbs.injection import print_injection, study_injection, wish_of
    from chipsim.verbs.study import answer

    wish = wish_of(packet, points, packets, seed)
    answer(lambda show: study_injection(chip, changes or [], pattern, control, wish, run, show), print_injection, into, as_json)


def uncertainty(
    file: Subject,
    arch: Arch = None,
    changes: Changes = None,
    samples: Annotated[int, typer.Option(help="how often the numbers are drawn")] = 200,
    seed: Annotated[int, typer.Option(help="of the draws")] = 0,
    of: Annotated[str, typer.Option(help="measures, by commas: energy, latency, area, power, efficiency, density, accuracy ...")] = "",
    only: Annotated[str, typer.Option(help="beginnings of keys, by commas, such as tile.array,host: no other numbers are drawn")] = "",
    into: Annotated[Path | None, typer.Option(help="folder for tables and the picture")] = None,
    as_json: Json = False,
) -> None:
    """Find how much of an answer hangs on assumed numbers: draw them within their ranges, run the chip again for each draw."""
    from chipsim.verbs.study import answer_of
    from chipsim.verbs.uncertainty import print_uncertainty, study_uncertainty

    study = lambda experiment, show: study_uncertainty(experiment, samples, seed, of, only, show)  # noqa: E731
    answer_of(file, arch, changes, study, print_uncertainty, into, as_json)
