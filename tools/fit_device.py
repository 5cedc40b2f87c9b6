"""Turn readings of a device into a device file: `python tools/fit_device.py OUT.yaml --programming P.csv [options]`.

The CSV files have units in their headers, such as `target (uS),time (s),conductance (uS),device` (chipsim/devices/readings.py).
The file that is written is a block of type `measured` (or, with --pcm, of type `pcm` with its formulas fitted by least squares),
to be named in an architecture as `device: {extends: OUT.yaml}`. What cannot be fitted is one sentence and exit code 2.
"""

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import yaml

from chipsim.devices import fit
from chipsim.devices.device import Device
from chipsim.devices.readings import Readings, read_readings
from chipsim.errors import InputError
from chipsim.streams import Stream
from chipsim.units import DIMENSIONS, parse, show


class Evidence(NamedTuple):
    """What was measured: moments of each kind, and the retention readings for their picture."""

    programming: fit.Table
    drift: fit.Drift | None
    noise: fit.Table | None
    retention: Readings | None


def main(words: list[str]) -> int:
    """Fit what the command line names; exit status 0, or 2 when it cannot be fitted."""
    given = arguments().parse_args(words)
    try:
        evidence = gather(given)
        tables = fit.measured(
            evidence.programming, evidence.drift, evidence.noise, hold_ends=given.hold_ends, source=given.source or _source(given)
        )
        device: Device = fit.pcm(tables, given.read_time) if given.pcm else tables
        given.out.write_text(as_yaml(device), encoding="utf-8")
        print("\n".join(summary(device, evidence)))
        if given.plots:
            draw(device, evidence, given.plots, given.read_time)
    except InputError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"{given.out}: a device of type '{device.type_name}', {show(device.g_min, 'S')} to {show(device.g_max, 'S')}")
    return 0


def arguments() -> argparse.ArgumentParser:
    """The options of the tool."""
    parser = argparse.ArgumentParser(prog="fit_device.py", description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path, help="device file (YAML) to write")
    parser.add_argument("--programming", type=Path, required=True, help="CSV: target, conductance[, time, device]")
    parser.add_argument(
        "--retention", type=Path, help="CSV: target, time, conductance, device; every device at three times or more"
    )
    parser.add_argument(
        "--read", type=Path, help="CSV: target, conductance, device[, time]; every device read three times or more"
    )
    parser.add_argument(
        "--drift-start", type=_time, help="t0, such as '20 s', where retention times count from the first reading"
    )
    parser.add_argument("--read-time", type=_time, default=0.0, help="age of the devices in --read, for --pcm (default 0 s)")
    parser.add_argument("--hold-ends", action="store_true", help="keep programmed targets that the other files do not reach")
    parser.add_argument("--pcm", action="store_true", help="fit the formulas of type 'pcm' instead of writing tables")
    parser.add_argument("--source", help="where the readings come from, for the file (default: the names of the CSV files)")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="draw fit against data into this folder (needs matplotlib)")
    return parser


def gather(given: argparse.Namespace) -> Evidence:
    """The moments of all files; InputError says what is wrong with one."""
    retention = read_readings(given.retention, timed=True) if given.retention else None
    return Evidence(
        fit.programming_table(read_readings(given.programming)),
        None if retention is None else fit.drift_table(retention, given.drift_start),
        fit.noise_table(read_readings(given.read)) if given.read else None,
        retention,
    )


def as_yaml(device: Device) -> str:
    """The keys that were fitted, tables in lines of their own; the rest keeps its defaults."""
    plain = device.plain()
    kept = {name: value for name, value in plain.items() if name == "type" or (name in device.model_fields_set and value != [])}
    return yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)


def summary(device: Device, evidence: Evidence) -> list[str]:
    """Fit beside data at every programmed target, as lines of text."""
    level = evidence.programming.level
    kept = (level >= device.g_min * (1 - 1e-6)) & (level <= device.g_max * (1 + 1e-6))
    lines = ["  target   programming error      drift exponent (mean, spread)        (fit / data)"]
    sigma, mean, spread = (f(level[kept]) for f in (device.programming_sigma, device.exponent_mean, device.exponent_sigma))
    drift = evidence.drift.exponent if evidence.drift else None
    for i, (target, measured) in enumerate(zip(level[kept], evidence.programming.spread[kept], strict=True)):
        text = f"{show(target, 'S'):>8}   {show(float(sigma[i]), 'S'):>8} / {show(measured, 'S'):<8}"
        if drift is not None:
            data = [float(np.interp(target, drift.level, values)) for values in (drift.mean, drift.spread)]
            text += f"   {mean[i]:.4f} / {data[0]:.4f}   {spread[i]:.4f} / {data[1]:.4f}"
        lines.append(text.rstrip())
    left_out = int((~kept).sum())
    if left_out:
        lines.append(f"{left_out} programmed target(s) lie outside what the other files measured; --hold-ends keeps them")
    return lines


def draw(device: Device, evidence: Evidence, folder: Path, read_time: float) -> None:
    """Fit against data as fit.png and fit.svg."""
    try:
        import matplotlib
    except ImportError:
        raise InputError('--plots needs matplotlib: pip install "chipsim[report]"') from None
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 2, figsize=(11, 8), constrained_layout=True)
    fine = np.linspace(device.g_min, device.g_max, 200)
    _panel(
        axes[0, 0],
        "standard deviation of the programming error (uS)",
        1e6,
        evidence.programming,
        fine,
        device.programming_sigma(fine),
    )
    if evidence.noise is not None:
        exact = device.having(program_scale=0.0, drift_scale=0.0)
        sigma = exact.read_sigma_at(exact.program(fine, Stream()), read_time if device.type_name == "pcm" else 0.0)
        _panel(axes[0, 1], "standard deviation of a reading (uS)", 1e6, evidence.noise, fine, sigma)
    if evidence.drift is not None:
        exponent = evidence.drift.exponent
        _panel(axes[1, 0], "drift exponent: mean (squares) and spread", 1.0, exponent, fine, device.exponent_sigma(fine))
        axes[1, 0].plot(exponent.level * 1e6, exponent.mean, "s", color="C1")
        axes[1, 0].plot(fine * 1e6, device.exponent_mean(fine), color="C1")
        _histories(axes[1, 1], device, evidence)
    folder.mkdir(parents=True, exist_ok=True)
    for suffix in ("png", "svg"):
        figure.savefig(folder / f"fit.{suffix}", dpi=120)
    plt.close(figure)


def _panel(axes, title, scale, table, fine, line) -> None:
    axes.plot(table.level * 1e6, table.spread * scale, "o", color="C0", label="data")
    axes.plot(fine * 1e6, line * scale, color="C0", label="fit")
    axes.set(xlabel="target (uS)", title=title)
    axes.legend()


def _histories(axes, device: Device, evidence: Evidence) -> None:
    """Mean and spread of the conductance of some targets over time: readings, and as many simulated devices."""
    readings, drift = evidence.retention, evidence.drift
    rows = np.array(list(readings.by_device()))
    targets, values = readings.target[rows[:, 0]], readings.conductance[rows]
    earlier = drift.start if readings.time.min() > 0 else 0.0  # the device's time begins with the first reading
    levels = [t for t in drift.exponent.level if device.g_min * (1 - 1e-6) <= t <= device.g_max * (1 + 1e-6)]
    for number, level in enumerate(levels[:: max(1, len(levels) // 4)]):
        mine, color = targets == level, f"C{number}"
        times = np.maximum(readings.time[rows][mine].mean(axis=0) - earlier, 0)
        axes.errorbar(times + drift.start, values[mine].mean(axis=0) * 1e6, values[mine].std(axis=0) * 1e6, fmt="o", color=color)
        programmed = device.program(np.full(2000, level), Stream().child(f"{number}"))
        read = [device.read_at(programmed, time, Stream().child(f"{time}")) * 1e6 for time in times]
        mean, spread = np.mean(read, axis=1), np.std(read, axis=1)
        axes.plot(times + drift.start, mean, color=color, label=show(level, "S"))
        axes.fill_between(times + drift.start, mean - spread, mean + spread, color=color, alpha=0.2)
    axes.set(xlabel="time since programming (s)", title="conductance (uS): readings, simulated devices (bands)", xscale="log")
    axes.legend(fontsize="small")


def _time(text: str) -> float:
    try:
        return parse(text, DIMENSIONS["time"])
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _source(given: argparse.Namespace) -> str:
    files = [file.name for file in (given.programming, given.retention, given.read) if file]
    return f"fitted to {', '.join(files)}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
