"""The report of a hardware-aware training: what was gained on the chip at each time, how it was learned, and what the weights became."""

from __future__ import annotations

import io
from collections.abc import Sequence
from math import hypot, sqrt
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from chipsim.aware.result import AwareResult, stages
from chipsim.record import Row
from chipsim.report.citations import entries, entry_of, reference
from chipsim.report.console import heading, item, say, table
from chipsim.report.robust_plots import pictures
from chipsim.report.tables import Column, write_rows
from chipsim.report.wording import duration, number, plain
from chipsim.units import show

WIDTH = 100
EPOCHS = 20  # lines of the table of epochs
ISO = 0.99  # of the normalised figure, which counts as equal to the float network
SHARES = ("accuracy", "error_rate", "top_k", "top_5")  # metrics that are shares of samples
EPOCH_COLUMNS = (
    Column("epoch", "epoch"), Column("rate", "rate"), Column("loss", "loss"), Column("validation", "held-out metric, chip in the way"),
    Column("spread", "spread between draws"), Column("validation_loss", "held-out loss"), Column("seconds", "wall time", "s"),
    Column("best", "best"),
)  # fmt: skip
TITLES = {"before": "before", "calibrated": "ranges only", "after": "after"}


def render(result: AwareResult, console: Console, *, full: bool = False, folder: str | Path | None = None) -> None:
    """Print the report; `full` shows every epoch, `folder` is named at the end."""
    console.print(Text(plain(result.name), style="bold"))
    console.print(Text(plain(result.digest), style="dim"))
    for warning in result.warnings:
        say(console, f"Warning: {warning}", "bold yellow")
    _times(result, console)
    _epochs(result, console, full)
    _layers(result, console)
    heading(console, "How it was done")
    for sentence in result.assumptions:
        item(console, sentence)
    heading(console, "From")
    for key in result.citations:
        item(console, reference(key) if key in entries() else key)
    _run(result, console, folder)


def value(metric: dict[str, Any], found: float | None, spread: float | None = None) -> str:
    """A metric in words, with its spread where there is one: `97.83 +- 0.12 %`."""
    if found is None:
        return "-"
    factor, unit = (100, " %") if metric["percent"] else (1, "")
    digits = ".2f" if metric["percent"] else ".4g"
    more = "" if spread is None else f" +- {factor * spread:{digits}}"
    return f"{factor * found:{digits}}{more}{unit}"


def _times(result: AwareResult, console: Console) -> None:
    """Float network and chip at each time: before, with calibrated ranges alone, after."""
    metric, metrics, known = result.metric, result.metrics, stages(result.accuracy)
    heading(console, f"{metric['called']} before and after")
    several = metrics["chips"] * metrics["repeats"] > 1
    floats = [value(metric, metrics["float_after" if stage == "after" else "float_before"]) for stage in known]
    rows = [("float", *floats, _change(metric, metrics["float_before"], metrics["float_after"]))]
    for row in result.accuracy:
        found = [value(metric, row[stage], row[f"{stage}_spread"] if several else None) for stage in known]
        rows.append((duration(row["time"]), *found, _change(metric, row["before"], row["after"])))
    change = "change, points" if metric["percent"] else "change"
    table(console, ("chip after", *(TITLES[stage] for stage in known), change), rows, " rrrr")
    counted = f"{metrics['test_samples']:,.0f} test samples, {metrics['chips']:g} x {metrics['repeats']:g} programmings"
    say(console, f"before, after: the weights before and after training, in the simulator; {counted}", "dim")
    if "calibrated" in known:
        say(console, "ranges only: the weights before, with input ranges calibrated on training data; the rest came by learning", "dim")
    say(console, f"change: after - before; of the {metric['called']}, {'more' if metric['higher'] else 'less'} is better", "dim")
    if (error := sampled(metric, metrics["float_before"], metrics["test_samples"])) is not None:
        told = f"{100 * error:.2f} points at the float network's {value(metric, metrics['float_before'])}"
        say(console, f"standard error from the number of samples: {told}; before and after share them, so a change is surer", "dim")
    if (lost := losses(result)) != "":
        say(console, lost, "yellow")
    if metric["chance"] is not None:
        _normalised(result, known, console)


def _normalised(result: AwareResult, known: Sequence[str], console: Console) -> None:
    """What is left of the float network, on a scale from chance to it."""
    rows = [(duration(row["time"]), *(_kept(row[f"{stage}_normalised"]) for stage in known)) for row in result.accuracy]
    console.print()
    table(console, ("A* after", *(TITLES[stage] for stage in known)), rows, " rrr")
    metric, metrics = result.metric, result.metrics
    say(console, f"A*: 100 % is the float network before training, 0 % is chance; * at least {100 * ISO:g} %", "dim")
    if any((row[f"{stage}_normalised"] or 0) > 1 for row in result.accuracy for stage in known):
        say(console, "above 100 %: the chip does better on these samples than the float network did before training", "dim")
    error, apart = sampled(metric, metrics["float_before"], metrics["test_samples"]), abs(metrics["float_before"] - metric["chance"])
    if error is not None and apart:
        told = f"{100 * error / apart:.1f} %; so near the limit a star may be luck"
        say(console, f"its standard error from the number of samples: {told}", "dim")


def _kept(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %{' *' if share >= ISO else '  '}"


def _change(metric: dict[str, Any], before: float, after: float) -> str:
    """By how much it is more after; shares in points."""
    return f"{100 * (after - before):+.2f}" if metric["percent"] else f"{after - before:+.4g}"


def sampled(metric: dict[str, Any], share: float, count: float) -> float | None:
    """The standard error sqrt(p (1 - p) / N) of a share p of N samples; None for a metric that is no share of samples."""
    return sqrt(share * (1 - share) / count) if metric["name"] in SHARES and count and 0 <= share <= 1 else None


def losses(result: AwareResult) -> str:
    """Where the chip is worse after than before, though what was held out chose an epoch of training; or nothing."""
    metric, sign = result.metric, 1 if result.metric["higher"] else -1
    lost = [row for row in result.accuracy if sign * (row["after"] - row["before"]) < 0]
    first, best = result.epochs[0], next(row for row in result.epochs if row["best"])
    if not lost or best is first:
        return ""
    unit = " points" if metric["percent"] else ""
    words = ", ".join(f"{_change(metric, row['before'], row['after'])}{unit} at {duration(row['time'])}" for row in lost)
    errors = [sampled(metric, row["validation"], result.metrics["held_out"]) for row in (first, best)]
    noise = hypot(*(error or 0.0 for error in errors), first["spread"], best["spread"])
    within = abs(best["validation"] - first["validation"]) <= noise
    why = "; the held-out samples chose the epoch by a difference within their noise" if within else ""
    return f"Worse after training than before: {words}{why}."


def epoch_line(row: Row, epochs: int, metric: dict[str, Any]) -> str:
    """One epoch as a line, while it is learned."""
    held = f"held out, chip in the way: {value(metric, row['validation'], row['spread'])}, loss {row['validation_loss']:.4f}"
    if row["loss"] is None:
        return f"before training   {held}   {show(row['seconds'], 's')}"
    return f"epoch {row['epoch']} of {epochs}   loss {row['loss']:.4f}   {held}   {show(row['seconds'], 's')}"


def _epochs(result: AwareResult, console: Console, full: bool) -> None:
    heading(console, "Epochs")
    every = 1 if full else -(-len(result.epochs) // EPOCHS)
    shown = [row for row in result.epochs if row["epoch"] % every == 0 or row["best"] or row is result.epochs[-1]]
    rows = [
        (f"{row['epoch']}{' *' if row['best'] else '  '}", number(row["rate"]), "-" if row["loss"] is None else f"{row['loss']:.4f}",
         value(result.metric, row["validation"], row["spread"]), f"{row['validation_loss']:.4f}", show(row["seconds"], "s"))
        for row in shown
    ]  # fmt: skip
    table(console, ("epoch", "last rate", "loss", "held out, on the chip", "its loss", "wall time"), rows, "rrrrrr")
    held = f"held out: {result.metrics['held_out']:,.0f} samples of the training data, drawn chips in the way"
    say(console, f"* its weights are the answer; {held}; +-: standard deviation between the chips and their ages", "dim")
    say(console, "the network as it came (epoch 0) may have been trained on what is held out: it may look better here than it is", "dim")


def _layers(result: AwareResult, console: Console) -> None:
    heading(console, "Layers")
    ranges = any(row["range_after"] is not None for row in result.layers)
    names = ["layer", "largest weight", "of deviations", *(["input range"] if ranges else [])]
    rows = []
    for row in result.layers:
        largest = _pair(row, "largest", lambda one: number(one))
        words = [row["layer"], largest, " -> ".join(_ratio(row, word) for word in ("before", "after"))]
        rows.append(words + ([_ranges(row)] if ranges else []))
    table(console, names, rows, " rrr")
    say(console, "before -> after; of deviations: the largest weight in standard deviations of its layer", "dim")
    if any(row.get("range_calibrated") is not None for row in result.layers):
        say(console, "input range: before -> calibrated -> learned; array's: that of the chip's description", "dim")


def _ranges(row: Row) -> str:
    """Input ranges as they came, as they were calibrated where they were, as they were learned."""
    words = ["before", "after"] if row.get("range_calibrated") is None else ["before", "calibrated", "after"]
    return " -> ".join("array's" if row[f"range_{word}"] is None else number(row[f"range_{word}"]) for word in words)


def _pair(row: Row, name: str, words: Any) -> str:
    return " -> ".join(words(row[f"{name}_{word}"]) for word in ("before", "after"))


def _ratio(row: Row, word: str) -> str:
    spread = row[f"deviation_{word}"]
    return number(row[f"largest_{word}"] / spread) if spread else "-"


def _run(result: AwareResult, console: Console, folder: str | Path | None) -> None:
    heading(console, "Run")
    known = result.provenance
    say(console, f"chipsim {known.get('version', '-')}, seed {known.get('seed', '-')}, {known.get('date', '')}")
    say(console, f"Wall time of the training {show(sum((known.get('wall') or {}).values()), 's')}")
    if folder is not None:
        console.print(Text(f"  Run folder: {plain(folder)}"), soft_wrap=True)  # one line, to be copied
        say(console, "The network with these weights: workload.yaml in it")


def as_text(result: AwareResult, full: bool = False) -> str:
    """The printed report, 100 columns wide, without colour."""
    stream = io.StringIO()
    render(result, Console(file=stream, width=WIDTH, color_system=None, force_terminal=False), full=full)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def time_columns(result: AwareResult) -> list[Column]:
    """The columns of accuracy.csv, of the stages that were judged."""
    columns = [Column("time", "time", "s")]
    for stage in stages(result.accuracy):
        title = TITLES[stage]
        columns += [Column(stage, title), Column(f"{stage}_spread", f"spread {title}")]
        columns.append(Column(f"{stage}_normalised", f"{title}, normalised"))
    return columns


def save(result: AwareResult, folder: Path) -> Sequence[Path]:
    """Write report.txt, epochs.csv, accuracy.csv, citations.bib and pictures (where matplotlib is there) into the existing `folder`."""
    text, works = folder / "report.txt", folder / "citations.bib"
    text.write_text(as_text(result, full=True), encoding="utf-8")
    known = [key for key in result.citations if key in entries()]
    works.write_text("\n\n".join(entry_of(key) for key in known) + "\n", encoding="utf-8")
    files = [text, works, write_rows(result.epochs, EPOCH_COLUMNS, folder / "epochs.csv")]
    files.append(write_rows(result.accuracy, time_columns(result), folder / "accuracy.csv"))
    try:
        import matplotlib  # noqa: F401  # an extra; what was learned is not lost for want of pictures
    except ImportError:
        return files
    return files + pictures(result, folder)
