"""The verbs: arguments in, one call, text out. Libraries are imported when a verb needs them, so that --help is immediate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chipsim import cli_chips, cli_networks, cli_sweeps
from chipsim.errors import InputError
from chipsim.terminal import console, progress

if TYPE_CHECKING:
    from chipsim.experiment import Experiment

app = typer.Typer(
    help="Simulate analog in-memory-computing chips: accuracy, latency, energy, area and drift in one run.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

File = Annotated[Path, typer.Argument(help="an experiment, a workload or an architecture (YAML), or a network (ONNX)")]
Arch = Annotated[Path | None, typer.Option("--arch", "-a", help="architecture file, for a workload or in place of an experiment's own")]
Plugins = Annotated[list[str] | None, typer.Option("--plugin", help="a Python file that adds devices, circuits, layers ...")]
Changes = Annotated[list[str] | None, typer.Option("--set", "-s", help="key.sub=value, counted from the top of the experiment")]


@app.callback(invoke_without_command=True)
def chipsim(version: Annotated[bool, typer.Option("--version", help="print the version and exit")] = False) -> None:
    """Simulate analog in-memory-computing chips: accuracy, latency, energy, area and drift in one run."""
    if version:
        from chipsim.version import VERSION

        print(VERSION)
        raise typer.Exit


@app.command()
def run(
    file: File,
    arch: Arch = None,
    changes: Changes = None,
    data: Annotated[Path | None, typer.Option(help="labelled data (.npz) in place of the workload's own, or for an ONNX file")] = None,
    into: Annotated[Path, typer.Option(help="folder of the run folders")] = Path("runs"),
    as_json: Annotated[bool, typer.Option("--json", help="print the whole result as JSON")] = False,
    full: Annotated[bool, typer.Option("--full", help="print every placement")] = False,
    again: Annotated[bool, typer.Option("--again", help="simulate even if this question has been answered")] = False,
) -> None:
    """Run an experiment and report: time, energy, area, accuracy over time, bottleneck."""
    from chipsim.verbs.run import run_experiment

    changes = [*(changes or []), *([f"workload.data.file={data}"] if data else [])]
    run_experiment(_load(file, arch, changes), into, as_json, full, again, console())


@app.command()
def train(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="[hwa] FILE",
            help="a training on the chip (YAML); after hwa: an experiment, a workload (YAML, ONNX), or a hardware-aware training",
        ),
    ],
    arch: Arch = None,
    changes: Changes = None,
    into: Annotated[Path, typer.Option(help="folder of the run folders")] = Path("runs"),
    as_json: Annotated[bool, typer.Option("--json", help="print the whole result as JSON")] = False,
    full: Annotated[bool, typer.Option("--full", help="print every epoch")] = False,
    again: Annotated[bool, typer.Option("--again", help="train from the beginning even if this was answered or begun before")] = False,
) -> None:
    """Train a network on a chip: accuracy against floating point, pulses, time and energy of every epoch.

    `chipsim train hwa FILE` trains it in PyTorch for a chip instead: with the chip's non-idealities in the way, so that it bears them.
    """
    from chipsim.verbs.hwa import file_of, train_hwa

    file, aware = file_of(files)
    if aware:
        train_hwa(file, arch, changes or [], into, as_json, again, full, console())
        return
    from chipsim.insitu.experiment import load_training
    from chipsim.report.training import render
    from chipsim.verbs.train import train as trained

    result, folder = trained(load_training(file, arch, changes or []), into, again)
    if as_json:
        print(result.to_json())
    else:
        render(result, console(), full=full, folder=folder)


@app.command("map")
def map_(file: File, arch: Arch = None, changes: Changes = None) -> None:
    """Show which layer lies on which tile, without simulating anything."""
    from chipsim.show import print_mapping

    print_mapping(_load(file, arch, changes), console())


@app.command()
def check(
    files: Annotated[list[Path] | None, typer.Argument(help="files to check: architectures, workloads, experiments, sweeps")] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="print the JSON Schema instead: of architecture, workload, experiment ..., or of all")
    ] = False,
    changes: Changes = None,
    data: Annotated[Path | None, typer.Option(help="labelled data (.npz) in place of the workload's own, or for an ONNX file")] = None,
    plugin: Plugins = None,
) -> None:
    """Check files and say everything that is wrong with them; or print the JSON Schema for an editor."""
    _load_plugins(plugin)
    from chipsim.kinds import check_file, schema_of

    if schema:
        print(json.dumps(schema_of([str(name) for name in files or []]), indent=1))
        return
    if not files:
        raise InputError("check: name at least one file, or --schema")
    problems = []
    changes = [*(changes or []), *([f"workload.data.file={data}"] if data else [])]
    for file in files:
        try:
            print(f"{file}: {check_file(file, changes)}")
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)


@app.command()
def show(file: File, changes: Changes = None) -> None:
    """Print a description with everything it extends and all defaults filled in, and what follows from it."""
    from chipsim.show import print_file

    print_file(file, changes or [], console())


@app.command()
def report(
    folders: Annotated[list[Path], typer.Argument(help="folders of runs or sweeps; two or more runs are compared side by side")],
    as_json: Annotated[bool, typer.Option("--json", help="print the result as JSON")] = False,
    full: Annotated[bool, typer.Option("--full", help="print every placement")] = False,
    plots: Annotated[Path | None, typer.Option(help="write PNG and SVG pictures into this folder")] = None,
    against: Annotated[str, typer.Option(help="comparators in place of the run's: names or YAML files, by commas, or all")] = "",
    page: Annotated[Path | None, typer.Option(help="write one interactive page of a sweep, a run or several runs into this file")] = None,
) -> None:
    """Print the report of a run, or compare runs side by side."""
    from chipsim.verbs.report import report_runs

    report_runs(folders, console(), as_json, full, plots, against, page)


@app.command()
def device(
    name: Annotated[str, typer.Argument(help="a device type, or a YAML file with a device block")],
    changes: Annotated[list[str] | None, typer.Option("--set", "-s", help="key=value of the device")] = None,
    times: Annotated[str, typer.Option(help="times after programming, such as '1 s, 1 h'")] = "",
    cells: Annotated[int, typer.Option(help="devices drawn for each target")] = 4000,
    seed: Annotated[int, typer.Option(help="seed of the random numbers")] = 0,
    into: Annotated[Path | None, typer.Option(help="folder for tables and pictures")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the study as JSON")] = False,
) -> None:
    """Study a memory device: programming error, drift, read noise, beside their closed forms."""
    from chipsim.verbs.device import run_device

    run_device(name, changes or [], times, cells, seed, into, as_json, console())


@app.command()
def response(
    name: Annotated[str, typer.Argument(help="an entry of the library, a response type, or a YAML file with a response block")],
    changes: Annotated[list[str] | None, typer.Option("--set", "-s", help="key=value of the response")] = None,
    cells: Annotated[int, typer.Option(help="devices drawn")] = 1000,
    pulses: Annotated[int | None, typer.Option(help="pulses up, and as many down; by default what the average device needs")] = None,
    seed: Annotated[int, typer.Option(help="seed of the random numbers")] = 0,
    into: Annotated[Path | None, typer.Option(help="folder for tables and pictures")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the study as JSON")] = False,
) -> None:
    """Study how devices answer to pulses of training: weight against pulses, steps, states, symmetry point, yield."""
    from chipsim.verbs.response import run_response

    run_response(name, changes or [], cells, pulses, seed, into, as_json, console())


@app.command()
def program(
    file: File,
    arch: Arch = None,
    changes: Changes = None,
    names: Annotated[str, typer.Option("--with", help="algorithms, such as 'one_shot,write_verify'; none: all that apply")] = "",
    times: Annotated[str, typer.Option(help="times after programming, such as '1 s, 1 d'")] = "",
    into: Annotated[Path | None, typer.Option(help="folder for tables and pictures")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the study as JSON")] = False,
) -> None:
    """Compare programming algorithms: how well, how fast and at what energy the weights are written."""
    from chipsim.report.program import render, write
    from chipsim.report.study import present
    from chipsim.studies.program import study
    from chipsim.verbs.device import times_of

    experiment = _load(file, arch, changes)
    with progress() as show:
        found = study(experiment, [name.strip() for name in names.split(",") if name.strip()], times_of(times), show)
    present(found, render, write, console(), into, as_json)


@app.command()
def drift(
    file: File,
    arch: Arch = None,
    changes: Changes = None,
    times: Annotated[str, typer.Option(help="times after programming, such as '1 s, 1 h'; by default the experiment's")] = "",
    compensations: Annotated[str, typer.Option(help="which to compare: none, global, column, statistics (all)")] = "",
    chips: Annotated[int | None, typer.Option(help="chips, in place of the experiment's")] = None,
    repeats: Annotated[int | None, typer.Option(help="programmings of each chip, in place of the experiment's")] = None,
    within: Annotated[str, typer.Option(help="loss that a good chip may have, such as 1%")] = "",
    calibrate_every: Annotated[str, typer.Option(help="intervals of calibrating to try, such as '1 h, 1 d, never', or none")] = "",
    program_every: Annotated[str, typer.Option(help="intervals of programming again to try, such as '7 d, never', or none")] = "",
    into: Annotated[Path | None, typer.Option(help="folder for tables and pictures")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the study as JSON")] = False,
) -> None:
    """Compare compensations of drift over time, and find how often a chip must be calibrated or programmed again."""
    from chipsim import runs
    from chipsim.verbs.drift import print_drift, share_of, study_drift

    if into is not None:
        runs.check_writable(into)
    given = {"chips": chips, "repeats": repeats, "within": share_of(within) if within else None}
    own = [f"{name}={value}" for name, value in given.items() if value is not None]
    experiment = _load(file, arch, [*(changes or []), *own])
    with progress() as show:
        found = study_drift(experiment, times, compensations, calibrate_every, program_every, show)
    print_drift(found, console(), into, as_json)


@app.command()
def demand(
    chip: Annotated[Path | None, typer.Argument(help="an architecture (YAML) whose parts are held against the demand")] = None,
    changes: Annotated[list[str] | None, typer.Option("--set", "-s", help="key=value of the architecture")] = None,
    efficiency: Annotated[str, typer.Option(help="claimed efficiency; by default 28065 GOP/s/W, published in 2018")] = "",
    density: Annotated[str, typer.Option(help="claimed operations on an area; by default 3.6 TOP/s/mm2, published in 2018")] = "",
    others: Annotated[str, typer.Option("--with", help="comparators: names or YAML files, by commas, or all; default: 3 GPUs")] = "",
    areas: Annotated[str, typer.Option("--area", help="areas of a synapse with its periphery; by default '7 um2, 10 um2'")] = "",
    layer: Annotated[str, typer.Option(help="fully connected layers for the comparators, inputs x outputs, by commas")] = "1024x1024",
    operations: Annotated[float, typer.Option(help="operations of a synapse for one example")] = 6,
    activity: Annotated[float, typer.Option(help="how busy the cells are: mean of input x conductance over the largest")] = 0.03,
    as_json: Annotated[bool, typer.Option("--json", help="print the tables as JSON")] = False,
) -> None:
    """Say what a claimed efficiency and density demand of each operation, against GPUs, and where a chip spends more."""
    from chipsim.verbs.demand import demanded, print_demands

    claim = demanded(efficiency, density)
    print_demands(chip, changes or [], claim, others, areas, layer, operations, activity, as_json, console())


@app.command()
def explain(
    topic: Annotated[str, typer.Argument(help="a type such as pcm, a block such as Tile, a family such as ADC; none: all")] = "",
    plugin: Plugins = None,
) -> None:
    """Say what every type and key means: unit, default, range, source."""
    from chipsim.show import print_explanation

    _load_plugins(plugin)
    print_explanation(topic, console())


app.command()(cli_sweeps.sweep)
app.command()(cli_chips.datasheet)
app.command()(cli_chips.validate)
app.command()(cli_chips.scale)
app.command("array-size")(cli_chips.array_size)
app.command()(cli_chips.injection)
app.command()(cli_chips.tornado)
app.command()(cli_chips.uncertainty)
app.command()(cli_networks.sensitivity)
app.command("compare-precision")(cli_networks.compare_precision)
app.command("reload")(cli_networks.reload)


def _load_plugins(names: list[str] | None) -> None:
    from chipsim.compose import load_plugin

    for name in names or []:
        load_plugin(name, Path())


def _load(file: Path, arch: Path | None, changes: list[str] | None) -> Experiment:
    from chipsim.experiment import load_experiment

    return load_experiment(file, arch, changes or [])
