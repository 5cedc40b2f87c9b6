"""Compare the fast model of the IR drop (kernels/mvm.py, ir_drop = 1) with the exact solve (circuits/nodal.py).

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python tools/study_ir_drop.py --seed 1

prints the tables of tests/published/ir-drop.md. Rows have ideal wires and drivers, as the fast model takes for granted, so
columns do not feel each other and a few of them stand for the square array. Weights are normal, stretched by column to full
scale and programmed to pairs of PCM devices; both models get the conductances that came out. Inputs are normal ("signed") or
normal with negative ones set to zero XX
Four ways to wire and drive the pairs are solved exactly, the fast model being the same for all:

    apart, grounded    each side on a column wire of its own; idle rows are at ground (a plain voltage; any linear read-out)
    apart, floating    the same with pulse widths, and rows that are cut off when their pulse ends
    shared, grounded   both sides on one column wire, driven by opposite voltages
    shared, floating   the same with rows that are cut off

The drop of a model is the ideal output less the model's; outputs are in full-scale cells times full-scale inputs.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipsim.circuits.nodal import NodalArray, Wires
from chipsim.devices.pcm import PCM
from chipsim.kernels.mvm import analog_mvm, position_weighted
from chipsim.kernels.philox import normal
from chipsim.kernels.settings import MVMSettings
from chipsim.reading import from_plain
from chipsim.streams import Stream

Floats = NDArray[np.float64]
WIRE = Wires(column_resistance=0.35)
SIZES = (64, 128, 256, 512, 1024)
FULL_SCALES = (5e-6, 25e-6)
COLUMNS, VECTORS, LEVELS = 16, 32, 32
LOADS = (0.1, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 9.0)
TIMED = (("columns only", Wires(column_resistance=0.35)), ("rows and columns", Wires(0.35, 0.35)))


class Pairs(NamedTuple):
    """Conductances (rows, columns) in units of the full-scale cell, which is `full_scale` siemens."""

    plus: Floats
    minus: Floats
    full_scale: float


# --- what is compared ----------------------------------------------------------------------------------------------------


def programmed(rows: int, full_scale: float, seed: int, columns: int = COLUMNS) -> Pairs:
    """Pairs of PCM devices with errors of programming."""
    stream = Stream(seed).child(f"{rows} rows")
    weights = normal((rows, columns), stream.child("weights").key)
    weights /= np.abs(weights).max(axis=0)
    device = from_plain(PCM, {"type": "pcm", "g_max": f"{1e6 * full_scale:g} uS"})
    sides = (
        device.program(np.maximum(sign * weights, 0) * np.float32(full_scale), stream.child(name)).conductance
        for name, sign in (("plus", 1), ("minus", -1))
    )
    return Pairs(*(side.astype(np.float64) / full_scale for side in sides), full_scale)


def inputs(rows: int, kind: str, seed: int) -> Floats:
    """VECTORS inputs between -1 and 1, in steps of 1 / LEVELS."""
    values = normal((VECTORS, rows), Stream(seed).child(f"{rows} rows").child("inputs").key).astype(np.float64)
    if kind == "signs":
        return np.sign(values)
    values = np.maximum(values, 0) if kind == "half zero" else values
    return np.rint(values / np.abs(values).max(axis=1, keepdims=True) * LEVELS) / LEVELS


def fast(x: Floats, pairs: Pairs) -> Floats:
    """What the kernel takes off the ideal outputs."""
    weights = np.ascontiguousarray(pairs.plus - pairs.minus, np.float32)
    settings = MVMSettings(ir_drop=1.0, conductance_ratio=1 / (WIRE.column_resistance * pairs.full_scale))
    identity = np.arange(len(x), dtype=np.uint32)
    vectors = np.ascontiguousarray(x, np.float32)
    ideal, dropped = (
        analog_mvm(
            vectors, weights, each, key=(0, 0), sample=identity, vector=identity,
            magnitude=np.abs(weights), droop=position_weighted(weights),
        ).y.astype(np.float64)
        for each in (settings._replace(ir_drop=0.0), settings)
    )  # fmt: skip
    return ideal - dropped


def apart(pairs: Pairs, closed: NDArray[np.bool_] | None = None) -> Floats:
    """Effective weights of sides on wires of their own; `closed` (rows, n) repeats the columns n times with other cells cut off."""
    plus, minus = (_response(_cut(side, closed), pairs.full_scale) for side in (pairs.plus, pairs.minus))
    return plus - minus


def shared(pairs: Pairs, closed: NDArray[np.bool_] | None = None) -> Floats:
    """Effective weights of sides on one wire: a node's two cells load it together and feed it their difference."""
    total, difference = _cut(pairs.plus + pairs.minus, closed), _cut(pairs.plus - pairs.minus, closed)
    part = np.divide(difference, total, out=np.zeros_like(total), where=total > 0)
    return _response(total, pairs.full_scale) * part


def _cut(side: Floats, closed: NDArray[np.bool_] | None) -> Floats:
    if closed is None:
        return side
    return (side[:, None, :] * closed[:, :, None]).reshape(len(side), -1)


def _response(side: Floats, full_scale: float) -> Floats:
    return NodalArray(side * full_scale, WIRE).matrix() / full_scale


def grounded(x: Floats, pairs: Pairs, wiring: Callable[..., Floats]) -> Floats:
    """Outputs with idle rows at ground: the network is the same all the time."""
    return x @ wiring(pairs)


def floating(x: Floats, pairs: Pairs, wiring: Callable[..., Floats]) -> Floats:
    """Outputs with rows that are cut off when their pulse ends: the mean over the levels of the pulse width."""
    middles = (np.arange(LEVELS) + 0.5) / LEVELS
    outputs = [np.sign(one) @ wiring(pairs, np.abs(one)[:, None] > middles) for one in x]
    return np.array(outputs).reshape(len(x), LEVELS, -1).mean(axis=1)


WIRINGS: dict[str, tuple[Callable[..., Floats], Callable[..., Floats]]] = {
    "apart, grounded": (grounded, apart),
    "apart, floating": (floating, apart),
    "shared, grounded": (grounded, shared),
    "shared, floating": (floating, shared),
}

# --- tables --------------------------------------------------------------------------------------------------------------


def rms(values: Floats) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(values**2)))


def comparison(rows: int, full_scale: float, kind: str, wiring: str, seed: int) -> list[str]:
    """Cells of one line: sizes of both drops, how they agree, and what is left of the drop after the best single gain."""
    pairs, x = programmed(rows, full_scale, seed), inputs(rows, kind, seed)
    drive, wires = WIRINGS[wiring]
    ideal = x @ (pairs.plus - pairs.minus)
    exact, guess = ideal - drive(x, pairs, wires), fast(x, pairs)
    slope = np.sum(guess * exact) / np.sum(exact**2)
    output = ideal - exact
    gain = np.sum(output * ideal) / np.sum(ideal**2)
    return [
        _percent(rms(exact) / rms(output)), _percent(rms(guess) / rms(output)), f"{slope:.2f}",
        _percent(rms(guess - exact) / rms(exact)), _percent(rms(guess - exact) / rms(output)),
        f"{rms(guess - exact):.4f}", _percent(rms(output - gain * ideal) / rms(output)),
    ]  # fmt: skip


HEADER = [
    "exact drop / output", "fast drop / output", "slope of fast on exact", "error of the drop / drop", "error / output",
    "error in cells", "drop that no gain explains / output",
]  # fmt: skip


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def table(title: str, header: list[str], lines: list[list[str]]) -> None:
    """A table in Markdown."""
    print(f"\n{title}\n\n| {' | '.join(header)} |\n|{'---|' * len(header)}")
    for line in lines:
        print(f"| {' | '.join(line)} |")


def by_size(seed: int) -> None:
    for kind in ("signed", "half zero"):
        lines = [
            [f"{1e6 * full_scale:g} uS", str(rows), *comparison(rows, full_scale, kind, "apart, grounded", seed)]
            for full_scale in FULL_SCALES
            for rows in SIZES
        ]
        table(f"Sides apart, idle rows grounded, {kind} inputs:", ["full scale", "rows", *HEADER], lines)


def by_wiring(seed: int) -> None:
    lines = [
        [f"{1e6 * full_scale:g} uS", str(rows), kind, wiring, *comparison(rows, full_scale, kind, wiring, seed)]
        for full_scale, rows in ((5e-6, 512), (25e-6, 512), (25e-6, 1024))
        for kind in ("signed", "half zero")
        for wiring in WIRINGS
    ]
    table("Other wirings:", ["full scale", "rows", "inputs", "wiring", *HEADER], lines)


def by_signs(seed: int) -> None:
    """Every row fully on: here the load that the fast model reckons with is the sum of all |weights|."""
    lines = [
        [f"{1e6 * full_scale:g} uS", str(rows), wiring, *comparison(rows, full_scale, "signs", wiring, seed)]
        for full_scale in FULL_SCALES
        for wiring in ("apart, grounded", "shared, grounded")
        for rows in (64, 512, 1024)
    ]
    table("Inputs of +1 and -1:", ["full scale", "rows", "wiring", *HEADER], lines)


def by_rows(seed: int) -> None:
    """Square arrays whose row wires have the same resistance as the columns', both sides of a pair side by side on them."""
    lines = []
    for full_scale in FULL_SCALES:
        for rows in (128, 256, 512):
            pairs, x = programmed(rows, full_scale, seed, columns=rows), inputs(rows, "signed", seed)
            ideal = x @ (pairs.plus - pairs.minus)
            cells = np.stack((pairs.plus, pairs.minus), axis=2).reshape(rows, -1) * full_scale
            drops = []
            for wires in (WIRE, Wires(WIRE.column_resistance, WIRE.column_resistance)):
                sides = NodalArray(cells, wires).currents(x) / full_scale
                drops.append(ideal - (sides[:, ::2] - sides[:, 1::2]))
            shares = (_percent(rms(drop) / rms(ideal)) for drop in (*drops, fast(x, pairs)))
            lines.append([f"{1e6 * full_scale:g} uS", str(rows), *shares])
    header = ["full scale", "rows", "exact, ideal rows / ideal output", "exact, row wires too / ideal output", "fast / ideal output"]
    table("Row wires of the same resistance, drivers at one end, signed inputs:", header, lines)


def full_columns() -> None:
    """Every cell at full scale, every input 1: the exact drop is 1 - tanh(sqrt a) / sqrt a for many rows."""
    lines = []
    rows = 512
    for load in LOADS:
        full_scale = load / (rows**2 * WIRE.column_resistance)
        pairs = Pairs(np.ones((rows, 1)), np.zeros((rows, 1)), full_scale)
        x = np.ones((1, rows))
        exact, guess = 1 - float((x @ apart(pairs))[0, 0]) / rows, float(fast(x, pairs)[0, 0]) / rows
        lines.append([f"{load:g}", _percent(exact), _percent(guess)])
    table(f"Full columns ({rows} rows):", ["a", "exact drop / ideal output", "fast drop / ideal output"], lines)


def timing(sizes: tuple[int, ...]) -> None:
    """One factorisation, one vector and the whole matrix of square arrays, once each."""
    lines = []
    for rows in sizes:
        for name, wires in TIMED:
            g = np.random.default_rng(rows).random((rows, rows)) * 25e-6
            start = time.perf_counter()
            array = NodalArray(g, wires)
            made = time.perf_counter()
            array.cell_voltages(np.ones(rows))
            solved = time.perf_counter()
            array.matrix()
            done = time.perf_counter()
            lines.append([str(rows), name, *(f"{each:.3f} s" for each in (made - start, solved - made, done - solved))])
    table("Time of the exact solve (square arrays):", ["rows", "wires", "factorisation", "one vector", "matrix"], lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("size", "wiring", "signs", "full", "rows", "time"), help="one part of the study")
    arguments = parser.parse_args()
    print(f"Seed {arguments.seed}, {COLUMNS} columns, {VECTORS} vectors, wire {WIRE.column_resistance} ohm per cell")
    parts = {
        "size": lambda: by_size(arguments.seed),
        "wiring": lambda: by_wiring(arguments.seed),
        "signs": lambda: by_signs(arguments.seed),
        "full": full_columns,
        "rows": lambda: by_rows(arguments.seed),
        "time": lambda: timing((128, 256, 512)),
    }
    for name, part in parts.items():
        if arguments.only in (None, name):
            part()


if __name__ == "__main__":
    main()
