"""A training for a reader: text of 100 columns, the files of its folder, curves as CSV."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from chipsim.insitu.result import TrainingResult
from chipsim.report.citations import entries, entry_of, reference
from chipsim.report.console import heading, item, say, table
from chipsim.report.tables import Column, write_rows
from chipsim.report.training_costs import headline, render_assumed, render_costs
from chipsim.report.training_plots import pictures
from chipsim.report.wording import number, percent, plain, points
from chipsim.result import Row
from chipsim.units import show

WIDTH = 100
_EPOCHS = 40  # rows of the table of epochs, at most, unless all are asked for
CURVES = (
    Column("seed", "seed"),
    Column("epoch", "epoch"),
    Column("rate", "learning rate"),
    Column("loss", "loss"),
    Column("train_accuracy", "training accuracy", "fraction"),
    Column("test_accuracy", "test accuracy", "fraction"),
    Column("float_loss", "loss in floating point"),
    Column("float_train_accuracy", "training accuracy in floating point", "fraction"),
    Column("float_test_accuracy", "test accuracy in floating point", "fraction"),
    Column("pulses", "pulses"),
    Column("pulses_per_device", "pulses per device"),
    Column("clipped_share", "lines with a saturated train", "fraction"),
    Column("time", "time on the chip", "s"),
    Column("time_error", "standard error of the time", "s"),
    Column("energy", "energy on the chip", "J"),
    Column("energy_error", "standard error of the energy", "J"),
    Column("seconds", "time of the simulation", "s"),
)


def render(result: TrainingResult, console: Console, *, full: bool = False, folder: str | Path | None = None) -> None:
    """Print the report; `full` shows every epoch and every assumed number, `folder` is named at the end."""
    console.print(Text(plain(result.name), style="bold"))
    console.print(Text(plain(result.digest), style="dim"))
    _headline(result, console)
    for warning in result.warnings:
        say(console, f"Warning: {warning}", "bold yellow")
    _epochs(result, console, full)
    _seeds(result, console)
    _layers(result, console)
    render_costs(result, console)
    _assumptions(result, console)
    render_assumed(result.assumed, console, full)
    _sources(result, console)
    _provenance(result, console, folder)


def _headline(result: TrainingResult, console: Console) -> None:
    heading(console, "Headline")
    metrics, seeds = result.metrics, len(result.seeds)
    rows = [("accuracy on the chip", _share(metrics, "accuracy"), _after(result))]
    if "float_accuracy" in metrics:
        rows.append(("accuracy in floating point", _share(metrics, "float_accuracy"), "same start, same samples, same rates"))
        gap = points(metrics["gap"]).removesuffix(" points")
        spread = f" +- {100 * metrics['gap_spread']:.2f}" if "gap_spread" in metrics else ""
        rows.append(("gap", f"{gap}{spread} points", "floating point - chip" + (f"; mean of {seeds} seeds" if seeds > 1 else "")))
    if "bits_per_step" in metrics:
        rows.append(("loss", f"{metrics['bits_per_step']:.3f} bits", "of a step of the training data, in the last epoch"))
    rows.append(("pulses per device", number(metrics["pulses_per_device"], 4), "in all epochs; one device counted for each weight"))
    rows.append(("saturated trains", percent(metrics["clipped_share"]), "of the driven lines, mean over the epochs"))
    if "arrays" in metrics:
        bits = metrics["digital_bits"]
        counted = f"of devices for each weight, and {bits:g} bits of digital memory" if bits else "of devices for each weight"
        rows.append(("arrays", f"{metrics['arrays']:g}", counted))
    table(console, ("", "value", "what was counted"), [*rows, *headline(result)], " r")


def _after(result: TrainingResult) -> str:
    epochs = sorted({row["epochs"] for row in result.seeds})
    span = f"{epochs[0]}" if len(epochs) == 1 else f"{epochs[0]} to {epochs[-1]}"
    text = f"after {span} epoch{'' if span == '1' else 's'}"
    early = sum(row["ended"] != "all epochs" for row in result.seeds)
    if early:
        text += f", ended early: {result.seeds[0]['ended'] if len(result.seeds) == 1 else f'{early} seeds'}"
    return f"{text}; best {percent(result.metrics['best'], 2)}"


def _share(metrics: dict[str, float], name: str) -> str:
    spread = metrics.get(f"{name}_spread")
    return f"{100 * metrics[name]:.2f}{'' if spread is None else f' +- {100 * spread:.2f}'} %"


def _epochs(result: TrainingResult, console: Console, full: bool) -> None:
    """The curve of the first seed; long ones with every so many epochs."""
    first = result.seeds[0]["seed"]
    rows = [row for row in result.curves if row["seed"] == first]
    every = 1 if full else -(-len(rows) // _EPOCHS)
    shown = [row for row in rows if (row["epoch"] - 1) % every == 0 or row is rows[-1]]
    several = len(result.seeds) > 1
    heading(console, "Epochs" + (f" of seed {first}" if several else ""))
    twin, timed = rows[0]["float_loss"] is not None, any(row.get("time") is not None for row in rows)
    headings = ["epoch", "rate", "loss", "train", "test", *(["float"] if twin else []), "pulses", "saturated"]
    headings += ["time", "energy"] if timed else []
    table(console, headings, [_epoch(row, twin, timed) for row in shown], "r" * len(headings))
    meant = "train, test, float: accuracy in %, float that of the twin after the epoch; pulses: per device in this epoch; "
    say(console, meant + "saturated: share of the driven lines", "dim")
    if len(shown) < len(rows):
        say(console, f"every {every}th epoch; all are in curves.csv", "dim")


def _epoch(row: Row, twin: bool, timed: bool) -> list[str]:
    words = [str(row["epoch"]), f"{row['rate']:.3g}", f"{row['loss']:.4f}"]
    words += [_hundred(row["train_accuracy"]), _hundred(row["test_accuracy"])]
    words += [_hundred(row["float_test_accuracy"])] if twin else []
    words += [number(row["pulses_per_device"]), percent(row["clipped_share"])]
    return words + ([show(row["time"], "s"), show(row["energy"], "J")] if timed else [])


def _hundred(share: float) -> str:
    return f"{100 * share:.2f}"


def _seeds(result: TrainingResult, console: Console) -> None:
    if len(result.seeds) == 1:
        return
    heading(console, "Seeds")
    rows = [
        (str(row["seed"]), str(row["epochs"]), _hundred(row["accuracy"]), _hundred(row["best"]), str(row["best_epoch"]),
         "-" if row["float_accuracy"] is None else _hundred(row["float_accuracy"]), number(row["pulses_per_device"], 4))
        for row in result.seeds
    ]  # fmt: skip
    table(console, ("seed", "epochs", "test (%)", "best (%)", "in epoch", "float (%)", "pulses per device"), rows, "r" * 7)


def _layers(result: TrainingResult, console: Console) -> None:
    heading(console, "Layers that learn")
    rows = [
        (row["layer"], f"{row['rows']:,} x {row['columns']:,}", f"{row['rows'] * row['columns']:,}", str(row["blocks"]))
        for row in result.layers
    ]
    table(console, ("layer", "rows x columns", "weights", "arrays it is cut into"), rows, " rrr")


def _assumptions(result: TrainingResult, console: Console) -> None:
    heading(console, "How it was done")
    for sentence in result.assumptions:
        item(console, sentence)


def _sources(result: TrainingResult, console: Console) -> None:
    heading(console, "From")
    for key in result.citations:
        item(console, reference(key) if key in entries() else key)


def _provenance(result: TrainingResult, console: Console, folder: str | Path | None) -> None:
    heading(console, "Run")
    known = result.provenance
    say(console, f"chipsim {known.get('version', '-')}, seed {known.get('seed', '-')}, {known.get('date', '')}")
    say(console, f"Wall time {show(sum((known.get('wall') or {}).values()), 's')}")
    if folder is not None:
        console.print(Text(f"  Run folder: {plain(folder)}"), soft_wrap=True)  # one line, to be copied


def as_text(result: TrainingResult, full: bool = False) -> str:
    """The printed report, 100 columns wide, without colour."""
    stream = io.StringIO()
    render(result, Console(file=stream, width=WIDTH, color_system=None, force_terminal=False), full=full)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def write_curves(rows: Sequence[Row], path: Path) -> Path:
    """Learning curves as CSV, one line for each seed and epoch."""
    return write_rows(rows, CURVES, path)


def save(result: TrainingResult, folder: Path) -> list[Path]:
    """Write report.txt, curves.csv, citations.bib and pictures (where matplotlib is there) into the existing `folder`."""
    text, works = folder / "report.txt", folder / "citations.bib"
    text.write_text(as_text(result), encoding="utf-8")
    works.write_text("\n\n".join(entry_of(key) for key in result.citations) + "\n", encoding="utf-8")
    files = [text, works, write_curves(result.curves, folder / "curves.csv")]
    try:
        import matplotlib  # noqa: F401  # an extra; a training of many hours is not lost for want of pictures
    except ImportError:
        return files
    return files + pictures(result, folder)
