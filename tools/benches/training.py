"""Pulsed updates of one array: every law against plain NumPy, slot by slot and with all pulses of a cell at once."""

import argparse
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from benches._timing import medians

from chipsim.kernels.pulse_rules import Plan, fixed
from chipsim.kernels.pulsed_update import EXPONENTIAL, LINEAR, PIECEWISE, POWER, TABLES, Law, PulsedCells, pulsed_update
from chipsim.kernels.trains import COLUMNS, ROWS, Words, trains

DESCRIPTION = "pulsed rank-1 updates per second for every step law, against NumPy"
GOAL = 25.0  # constant step, all pulses at once, one vector: times faster than NumPy slot by slot
KEY = (1, 2)
STEP = 0.01
DEVICES, POINTS = 1000, 12  # tables that cells draw from
TABLE = np.concatenate([[POINTS], np.tile([*np.linspace(1.2, 0.2, POINTS), *np.full(POINTS, 0.3)], DEVICES)]).astype(np.float32)


class Case(NamedTuple):
    """One step law; `plain` names the NumPy version that does the same."""

    name: str
    law: Law
    plain: str = ""


CASES = [
    Case("constant, no noise", Law(grouped=True)),
    Case("constant", Law(grouped=True, relative=0.3), "constant"),
    Case("constant, write noise", Law(grouped=True, relative=0.3, write_noise=0.01)),
    Case("soft bounds", Law(LINEAR, grouped=True, relative=0.3), "soft bounds"),
    Case("constant, pulse by pulse", Law(relative=3.0), "constant"),
    Case("soft bounds, pulse by pulse", Law(LINEAR, fixed=3.0), "soft bounds"),
    Case("exponential", Law(EXPONENTIAL, (-1.18, -5.0, -2.5), (-0.08, -5.0, 2.5), relative=0.3)),
    Case("power", Law(POWER, relative=0.3)),
    Case("measured tables", Law(TABLES, TABLE, TABLE, relative=1.0)),
    Case("piecewise", Law(PIECEWISE, (1.0, 0.8, 0.5, 0.2), (0.2, 0.5, 0.8, 1.0), relative=0.3)),
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--size", type=int, default=512, help="rows and columns of the array (512)")
    parser.add_argument("--slots", type=int, default=31, help="time slots of a train (31)")
    parser.add_argument("--batch", type=int, default=32, help="vectors of the larger batch (32)")
    parser.add_argument("--pulses", type=float, default=2.0, help="mean pulses on a cell (2)")
    parser.add_argument("--repeats", type=int, default=9, help="turns, of which the median is taken (9)")
    parser.add_argument("--check", action="store_true", help=f"exit with 1 when constant steps are less than {GOAL:g} times NumPy")


def run(arguments: argparse.Namespace) -> int:
    ratio = report(arguments.size, arguments.slots, arguments.batch, arguments.pulses, arguments.repeats)
    return 1 if arguments.check and ratio < GOAL else 0


def report(size: int, slots: int, batch: int, pulses: float, repeats: int) -> float:
    """Print the table; returns how many times faster than NumPy constant steps are, one vector at a time."""
    jobs: dict[str, Callable[[], object]] = {}
    few, many, sparse = (
        Vectors(size, 1, slots, pulses),
        Vectors(size, batch, slots, pulses),
        Vectors(size, batch, slots, pulses, 0.9, 0.5),
    )
    for label, vectors in (("one", few), ("many", many), ("sparse", sparse)):
        jobs[f"{label} trains"] = vectors.trains
        for case in CASES:
            jobs[f"{label} {case.name}"] = ours(case.law, size, vectors)
    for plain in ("constant", "soft bounds"):
        jobs[f"slots {plain}"] = PlainSlots(size, few, plain).update
        jobs[f"counts {plain}"] = PlainCounts(size, few, plain).update
    seconds = medians(jobs, repeats)
    for name in jobs:
        seconds[name] /= batch if name.startswith(("many", "sparse")) else 1
    print(
        f"pulsed updates, {size} x {size}, {slots} slots, {pulses:g} pulses a cell, with trains, one thread, medians of {repeats} turns"
    )
    print(f"{'':30}{'1 vector':>10}{f'{batch} vectors':>12}{'sparse':>9}{'updates/s':>11}{'x NumPy slots':>15}{'x NumPy counts':>16}")
    trains_row = (seconds[f"{label} trains"] * 1e6 for label in ("one", "many", "sparse"))
    print(f"{'trains alone (us)':30}{next(trains_row):10.0f}{next(trains_row):12.0f}{next(trains_row):9.0f}")
    for case in CASES:
        one, more, thin = (seconds[f"{label} {case.name}"] for label in ("one", "many", "sparse"))
        line = f"{case.name + ' (us)':30}{one * 1e6:10.0f}{more * 1e6:12.0f}{thin * 1e6:9.0f}{1 / one:11.0f}"
        if case.plain:
            line += f"{seconds['slots ' + case.plain] / one:15.1f}{seconds['counts ' + case.plain] / one:16.1f}"
        print(line)
    print("sparse: 90 % of the column values and 50 % of the row values are 0")
    for plain in ("constant", "soft bounds"):
        slots_time, counts_time = (seconds[f"{way} {plain}"] * 1e3 for way in ("slots", "counts"))
        print(f"NumPy, {plain}: {slots_time:.1f} ms slot by slot, {counts_time:.1f} ms from counts")
    return seconds["slots constant"] / seconds["one constant"]


class Vectors:
    """Vectors that give `pulses` on the average cell, their plan and names."""

    def __init__(self, size: int, batch: int, slots: int, pulses: float, empty_columns: float = 0.0, empty_rows: float = 0.0) -> None:
        draw = np.random.default_rng(0)
        self.x, self.d = (draw.uniform(-1, 1, (batch, size)).astype(np.float32) for _ in range(2))
        self.x[draw.random(self.x.shape) < empty_rows] = 0
        self.d[draw.random(self.d.shape) < empty_columns] = 0
        self.plan: Plan = fixed(self.x, self.d, 4 * pulses * STEP, STEP, slots)  # the mean of |x d| is a quarter
        self.sample, self.vector = np.zeros(batch, np.uint32), np.arange(batch, dtype=np.uint32)

    def trains(self) -> tuple[Words, Words]:
        rows = trains(self.x, self.plan.row_gain, self.plan.length, KEY, self.sample, self.vector, ROWS)
        return rows, trains(self.d, self.plan.column_gain, self.plan.length, KEY, self.sample, self.vector, COLUMNS)


def ours(law: Law, size: int, vectors: Vectors) -> Callable[[], object]:
    weights, hidden, cells = np.zeros((size, size), np.float32), np.zeros((size, size), np.float32), cells_of(law, size)

    def update() -> None:
        vectors.vector += np.uint32(len(vectors.vector))  # new random numbers every time
        pulsed_update(
            weights, cells, law, key=KEY, sample=vectors.sample, vector=vectors.vector, trains=vectors.trains(), hidden=hidden
        )  # fmt: skip

    return update


def cells_of(law: Law, size: int) -> PulsedCells:
    draw = np.random.default_rng(1)

    def about(mean: float) -> np.ndarray:
        return (mean * (1 + 0.3 * draw.uniform(-1, 1, (size, size)))).astype(np.float32)

    up, down, low, high = about(STEP), about(STEP), about(-1), about(1)
    if law.kind == LINEAR:
        return PulsedCells(up, down, low, high, up / high, -down / low)
    if law.kind == TABLES:
        number = draw.integers(0, DEVICES, (size, size)).astype(np.float32)
        return PulsedCells(up, down, low, high, number, number)
    return PulsedCells(up, down, low, high, about(1.5), about(1.5)) if law.kind == POWER else PulsedCells(up, down, low, high)


class PlainSlots:
    """One outer product and one normal of every cell for each time slot, in float32 NumPy with its fastest generator."""

    def __init__(self, size: int, vectors: Vectors, law: str) -> None:
        self.draw, self.soft = np.random.Generator(np.random.SFC64(1)), law == "soft bounds"
        self.weights, self.slots = np.zeros((size, size), np.float32), int(vectors.plan.length[0])
        cells = cells_of(Law(), size)
        self.rows = np.minimum(abs(vectors.x[0]) * np.float32(vectors.plan.row_gain[0]), 1)
        self.columns = np.minimum(abs(vectors.d[0]) * np.float32(vectors.plan.column_gain[0]), 1)
        rises = np.multiply.outer(vectors.x[0], vectors.d[0]) > 0
        self.step, self.low, self.high = np.where(rises, cells.up, -cells.down), cells.low, cells.high
        self.bound = np.where(rises, cells.high, cells.low)

    def bits(self) -> tuple[np.ndarray, np.ndarray]:
        shape = (self.slots, len(self.rows))
        rows = self.draw.random(shape, dtype=np.float32) < self.rows
        return rows, self.draw.random(shape, dtype=np.float32) < self.columns

    def update(self) -> None:
        noise = np.empty_like(self.weights)
        for row, column in zip(*self.bits(), strict=True):
            self.draw.standard_normal(out=noise, dtype=np.float32)
            noise *= np.float32(0.3)
            noise += np.float32(1)
            noise *= self.step
            if self.soft:
                noise *= 1 - self.weights / self.bound
            noise *= np.multiply.outer(row, column)
            self.weights += noise
            np.clip(self.weights, self.low, self.high, out=self.weights)


class PlainCounts(PlainSlots):
    """All pulses of a cell at once: coincidences by a matrix product, one normal a cell; soft bounds without an exact variance."""

    def update(self) -> None:
        rows, columns = (bits.astype(np.float32) for bits in self.bits())
        counts, noise = rows.T @ columns, self.draw.standard_normal(self.weights.shape, dtype=np.float32)
        noise *= np.sqrt(counts)
        noise *= np.float32(0.3)
        if self.soft:
            away, share = self.weights - self.bound, 1 - self.step / self.bound
            np.add(self.bound, away * share**counts, out=self.weights)
            self.weights -= noise * self.step * away / self.bound
        else:
            noise += counts
            noise *= self.step
            self.weights += noise
        np.clip(self.weights, self.low, self.high, out=self.weights)
