"""What a device model does, in numbers: programming error, drift, read noise and retention, sampled and in closed form.

Each of ten conductances from g_min to g_max (of a device with few states: each state) is written into N cells, which are then
read at every time. With g_p the conductance after programming, g(t) its mean over readings and r(t) one reading of a cell:

    sampled                                     closed form
    standard deviation of g_p                   programming_sigma
    mean, standard deviation of the exponent    exponent_mean, exponent_sigma
    standard deviation of r(t) - g(t)           root of the mean over the cells of read_sigma_at squared

A closed form holds before conductances below zero are cut off and before the sign of an exponent is dropped: `zero` is the share
of cells at 0 S, and where that is not small, the sampled value must differ. deviation = sampled / closed form - 1; its standard
error e comes from the same cells (of a standard deviation: e**2 = (k - 1) / 4 N with kurtosis k).
All tables are lists of rows of plain numbers in SI, None where there is nothing to say; the rows' keys:

    programming   target, mean, sigma, relative (to the target), closed, deviation, error, zero
    exponent      target, mean, mean_closed, mean_deviation, mean_error, sigma, sigma_closed, sigma_deviation, sigma_error
    drift         target, time, mean, sigma, low, high (5 % and 95 % of the cells), left (mean over mean at 0 s)
    read_noise    target, time, sigma, relative (to the mean at that time), closed, deviation, error
    histogram     target, low, high (S), cells: of the conductance after programming, at the `pictured` targets
    published     quantity, low, high (published), found (in closed form), unit, relation (predicted, calibrated), source
    refused       time, targets (how many were refused), reason

Random numbers depend on seed and target, those of a reading also on its time: another list of times changes no cell.
Not studied: correlation between cells, and between the readings of one cell; endurance; the current at other voltages.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from chipsim.devices import Device, Programmed
from chipsim.devices.leaky import Leaky
from chipsim.errors import InputError
from chipsim.streams import Stream
from chipsim.tabular import Tabular

Row = dict[str, Any]
Numbers = NDArray[np.float64]

TARGETS = 10
PICTURED = (1, 3, 6, 9)  # of ten conductances, those that pictures show: the first of them is not 0 S
CELLS = 4000
FEWEST, MOST = 100, 10_000_000
BINS = 41
HOUR, DAY = 3600.0, 86400.0
USUAL = (1.0, HOUR, DAY, 30 * DAY, 365 * DAY)
SHARES = (0.01, 0.1, 0.3, 1.0, 3.0)  # of a lifetime


@final
@dataclass(frozen=True)
class DeviceStudy(Tabular):
    """The numbers of one device; tables as in the docstring of this file."""

    name: str
    device: Row  # the description with all defaults, as it would stand in a file
    cites: tuple[str, ...]
    covers: str  # the times that the model answers for, in words
    cells: int
    seed: int
    g_min: float
    g_max: float
    targets: tuple[float, ...]
    pictured: tuple[float, ...]
    states: bool  # whether the targets are all there is, with nothing between them
    times: tuple[float, ...]  # studied times, 0 first
    exponent_unit: str  # `1/s` where the law is exponential, empty where it is a power
    programming: list[Row]
    exponent: list[Row]  # empty where nothing drifts by a law of each cell
    drift: list[Row]
    read_noise: list[Row]
    histogram: list[Row]
    published: list[Row]
    refused: list[Row]


class Moments(NamedTuple):
    """Mean and standard deviation of a sample, and the relative standard error of the latter."""

    mean: float
    sigma: float
    error: float

    @classmethod
    def of(cls, values: Numbers) -> Moments:
        """Of one row of numbers."""
        mean, sigma = float(values.mean()), float(values.std(ddof=1))
        if sigma == 0:
            return cls(mean, 0.0, 0.0)
        kurtosis = float((((values - mean) / sigma) ** 4).mean())
        return cls(mean, sigma, math.sqrt(max(kurtosis - 1, 0.0) / (4 * values.size)))


def study(device: Device, times: Sequence[float] | None = None, cells: int = CELLS, seed: int = 0, name: str = "") -> DeviceStudy:
    """Study `device` at `times` (s after programming; None: the usual ones and the ends of what the model covers).

    `cells` per conductance; `name` for the reader, the type where empty. InputError for a time before programming and for a
    number of cells outside 100 to 10,000,000; times that the device refuses are listed, with its reason.
    """
    if not FEWEST <= cells <= MOST:
        raise InputError(f"device study: {cells} cells; expected {FEWEST} to {MOST:,}; {CELLS} give a standard deviation to 1 %")
    targets = targets_of(device)
    pictured = tuple(targets[i] for i in PICTURED) if len(targets) == TARGETS else targets[: len(PICTURED)]
    asked = _ascending(usual_times(device) if times is None else times)
    written = [_write(device, target, cells, Stream(seed).child(f"device study {target!r}")) for target in targets]
    programming = [_programming(device, *cell) for cell in written]
    exponent = [_exponent(device, *cell) for cell in written]
    found = {(time, cell.target): _reading(device, cell, time) for time in asked for cell in written}
    refused = _refused(found)
    times_left = tuple(time for time in asked if any(isinstance(found[time, target], tuple) for target in targets))
    answers = [found[time, target] for target in targets for time in times_left]
    pairs = [answer for answer in answers if isinstance(answer, tuple)]
    return DeviceStudy(
        name=name or device.type_name, device=device.plain(), cites=device.cites, covers=str(device.covered),
        cells=cells, seed=seed, g_min=device.g_min, g_max=device.g_max, targets=targets, pictured=pictured,
        states=bool(device.states), times=times_left, exponent_unit="1/s" if isinstance(device, Leaky) else "", programming=programming,
        exponent=exponent if any(row["mean"] or row["sigma"] for row in exponent) else [],
        drift=[drift for drift, _ in pairs],
        read_noise=[noise for _, noise in pairs],
        histogram=[row for cell in written if cell.target in pictured for row in _histogram(cell, device.g_max)],
        published=[point._asdict() for point in device.published],
        refused=refused,
    )  # fmt: skip


def targets_of(device: Device) -> tuple[float, ...]:
    """The conductances (S) that are studied: all states where there are few, else ten from g_min to g_max."""
    return device.states or tuple(float(value) for value in np.linspace(device.g_min, device.g_max, TARGETS))


def usual_times(device: Device) -> tuple[float, ...]:
    """1 s, 1 h, 1 d, 30 d and 365 d, and the times at which the model begins and ends, or which it knows alone (s).

    A device that leaks is studied around its lifetime.
    """
    if isinstance(device, Leaky) and device.leak[1] > 0:
        return tuple(share / device.leak[1] for share in SHARES)
    covered = device.covered
    ends = (time for time in (covered.first, covered.last, *covered.only) if 0 < time < math.inf)
    return tuple(sorted({*USUAL, *ends}))


class _Cells(NamedTuple):
    """The cells of one target: target (S), what programming left in them, the stream of their readings."""

    target: float
    programmed: Programmed
    stream: Stream


def _write(device: Device, target: float, cells: int, stream: Stream) -> _Cells:
    return _Cells(target, device.program(np.full(cells, target, np.float32), stream), stream)


def _ascending(times: Sequence[float]) -> list[float]:
    """0 and the times, each once; InputError for one before programming or without end."""
    wrong = [time for time in times if not 0 <= time < math.inf]
    if wrong:
        raise InputError(f"device study: a time of {wrong[0]:g} s; expected seconds after the end of programming, 0 or more")
    return sorted({0.0, *map(float, times)})


def _programming(device: Device, target: float, programmed: Programmed, stream: Stream) -> Row:
    # both sides in float32 first: the rounding of the target is no programming error
    error = programmed.conductance.astype(np.float64) - float(np.float32(target))
    found = Moments.of(error)
    closed = float(device.programming_sigma(np.array([target], np.float32))[0])
    return {
        "target": target,
        "mean": found.mean + target,
        "sigma": found.sigma,
        "relative": _over(found.sigma, target),
        "closed": closed,
        "deviation": _deviation(found.sigma, closed),
        "error": found.error,
        "zero": float((programmed.conductance <= 0).mean()),
    }


def _exponent(device: Device, target: float, programmed: Programmed, stream: Stream) -> Row:
    found = Moments.of(programmed.exponent.astype(np.float64))
    goal = np.array([target], np.float32)
    mean, sigma = float(device.exponent_mean(goal)[0]), float(device.exponent_sigma(goal)[0])
    error = found.sigma / math.sqrt(programmed.exponent.size)
    return {
        "target": target,
        "mean": found.mean,
        "mean_closed": mean,
        "mean_deviation": _deviation(found.mean, mean),
        "mean_error": _over(error, abs(mean)),
        "sigma": found.sigma,
        "sigma_closed": sigma,
        "sigma_deviation": _deviation(found.sigma, sigma),
        "sigma_error": found.error,
    }


def _reading(device: Device, cell: _Cells, time: float) -> tuple[Row, Row] | str:
    """Rows of drift and read noise, or why the device says nothing about this time."""
    place: Row = {"target": cell.target, "time": time}
    try:
        mean = device.mean_at(cell.programmed, time).astype(np.float64)
        each = device.read_sigma_at(cell.programmed, time).astype(np.float64)
        read = device.read_at(cell.programmed, time, cell.stream.child(f"{time!r} s")).astype(np.float64)
    except InputError as error:
        return str(error)
    start = float(cell.programmed.conductance.astype(np.float64).mean())
    found, noise = Moments.of(mean), Moments.of(read - mean)
    closed = math.sqrt(float((each**2).mean()))
    low, high = (float(value) for value in np.quantile(mean, (0.05, 0.95)))
    drift = {"mean": found.mean, "sigma": found.sigma, "low": low, "high": high, "left": _over(found.mean, start)}
    reading = {"sigma": noise.sigma, "relative": _over(noise.sigma, found.mean), "closed": closed}
    return place | drift, place | reading | {"deviation": _deviation(noise.sigma, closed), "error": noise.error}


def _refused(found: dict[tuple[float, float], tuple[Row, Row] | str]) -> list[Row]:
    """One row for each time at which at least one target is refused, with the first reason."""
    reasons: dict[float, list[str]] = {}
    for (time, _), answer in found.items():
        if isinstance(answer, str):
            reasons.setdefault(time, []).append(answer)
    return [{"time": time, "targets": len(given), "reason": given[0]} for time, given in reasons.items()]


def _histogram(cell: _Cells, largest: float) -> list[Row]:
    values = cell.programmed.conductance.astype(np.float64)
    low, high = float(values.min()), float(values.max())
    if high - low < 1e-6 * largest:  # cells without an error stand in the middle bin of a narrow range
        low, high = low - 0.005 * largest, high + 0.005 * largest
    counts, edges = np.histogram(values, BINS, (low, high))
    ends = zip(edges[:-1], edges[1:], counts, strict=True)
    return [{"target": cell.target, "low": float(left), "high": float(right), "cells": int(count)} for left, right, count in ends]


def _deviation(sampled: float, closed: float) -> float | None:
    """By which share the sampled value differs from the closed form; None where that is zero."""
    return (sampled - closed) / abs(closed) if closed else None


def _over(value: float, whole: float) -> float | None:
    return value / whole if whole else None
