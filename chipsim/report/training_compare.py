"""Trainings side by side: accuracy, gap, time, energy, pulses and what they need, and what was asked differently."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.text import Text

from chipsim.insitu.result import TrainingResult
from chipsim.report.console import heading, say, table
from chipsim.report.side_by_side import differences, groups, lettered, print_differences
from chipsim.report.wording import number, percent, rate_per_area, rate_per_watt, ratio
from chipsim.units import show

_FIRST, _COLUMN = 26, 20  # room for the names and for one training, in columns of the console

_TEXTS = {"source", "about", "ranges"}  # what says something about a description, and nothing about the chip

Trainings = dict[str, TrainingResult]  # by letter


def _share(value: float) -> str:
    return f"{100 * value:.2f} %"


def _points(value: float) -> str:
    return f"{100 * value:.2f} points"


FIGURES: tuple[tuple[str, str, Callable[[float], str], bool], ...] = (  # metric, name, words, whether its ratio to A is shown
    ("accuracy", "accuracy", _share, False),
    ("best", "best epoch", _share, False),
    ("float_accuracy", "floating point", _share, False),
    ("gap", "gap", _points, False),
    ("loss", "loss of the last epoch", lambda value: f"{value:.4f}", False),
    ("training_time", "time of the training", lambda value: show(value, "s"), True),
    ("training_energy", "energy of the training", lambda value: show(value, "J"), True),
    ("time_per_example", "time of an example", lambda value: show(value, "s"), True),
    ("energy_per_example", "energy of an example", lambda value: show(value, "J"), True),
    ("sustained_ops_per_watt", "sustained efficiency", rate_per_watt, True),
    ("sustained_ops_per_area", "sustained density", rate_per_area, True),
    ("pulses_per_device", "pulses per device", lambda value: number(value, 4), True),
    ("clipped_share", "saturated trains", percent, False),
    ("arrays", "devices of a weight", lambda value: f"{value:g}", False),
    ("digital_bits", "digital bits of a weight", lambda value: f"{value:g}", False),
)


def compare(results: Sequence[TrainingResult], console: Console) -> None:
    """Print 2 to 26 trainings side by side, as many at a time as the console has room for; InputError for fewer or more."""
    runs = lettered(results, "trainings")
    heading(console, "Trainings")
    table(console, ("", "training", "rule", "digest"), ((letter, run.name, _rule(run), run.digest) for letter, run in runs.items()))
    heading(console, "Figures, with the ratio to A where it is not 1")
    for group in groups(runs, console, _FIRST, _COLUMN):
        _figures(group, console)
    heading(console, "Test accuracy (%) by epoch")
    for group in groups(runs, console, _FIRST, _COLUMN):
        _curves(group, console)
    heading(console, "What was asked differently")
    for group in groups(runs, console, _FIRST, _COLUMN):
        print_differences(group, differences([run.experiment for run in group.values()], _TEXTS), console)


def _rule(run: TrainingResult) -> str:
    rule = run.experiment.get("rule")
    return str(rule.get("type", "-")) if isinstance(rule, dict) else "-"


def _figures(runs: Trainings, console: Console) -> None:
    rows: list[list[str | Text]] = []
    for metric, name, words, compared in FIGURES:
        values = [run.metrics.get(metric) for run in runs.values()]
        if all(value is None for value in values):
            continue
        shown = []
        for run, value in zip(runs.values(), values, strict=True):
            spread = run.metrics.get(f"{metric}_spread")
            extra = f"\n+- {words(spread)}" if spread is not None else ""
            times = f"\n{ratio(value, values[0])}" if compared and value and values[0] and value != values[0] else ""
            shown.append(Text("-" if value is None else words(value) + extra + times))
        rows.append([name, *shown])
    table(console, ("", *runs), rows, " " + "r" * len(runs))


def _curves(runs: Trainings, console: Console) -> None:
    """Accuracies of the first seed of each, at up to twelve epochs."""
    curves = {letter: _curve(run) for letter, run in runs.items()}
    last = max(max(curve) for curve in curves.values())
    every = -(-last // 12)
    epochs = sorted({*range(every, last + 1, every), 1, last})
    rows = [[str(epoch), *(f"{100 * curve[epoch]:.2f}" if epoch in curve else "-" for curve in curves.values())] for epoch in epochs]
    table(console, ("epoch", *runs), rows, "r" * (len(runs) + 1))
    if any(len(run.seeds) > 1 for run in runs.values()):
        say(console, "the first seed of each", "dim")


def _curve(run: TrainingResult) -> dict[int, float]:
    """Test accuracy by epoch, of the first seed."""
    return {row["epoch"]: row["test_accuracy"] for row in run.curves if row["seed"] == run.curves[0]["seed"]}
