"""From readings to moments: the tables of type `measured`, and the formulas of type `pcm` fitted to them.

    programming   b, s = mean and standard deviation of (first reading - target), over the devices of a target
    drift         E g = a (t / t0)**-nu for each device, from sum (g / E g - 1) = sum (g / E g - 1) ln t = 0;
                  m = mean of nu, w**2 = variance of nu - mean of its squared standard error, not below 0
    read noise    n = T sqrt(mean over devices of (standard deviation / mean of a device's readings)**2)

g readings (S), T target (S), t time (s), t0 start of the drift law (s). The equations for nu are those of noise in proportion to
g; a straight line through ln g would take the noise of weak devices for drift. The standard error of nu comes from the scatter of
its own readings, so read noise does not pass for a spread of exponents. Repeated readings with times are detrended by a
straight line in ln t. For T = 0 n is the root mean square of the standard deviations.
Not modelled: correlation between readings (1/f noise within a series makes n too small), devices that do not follow the law.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.optimize import least_squares

from chipsim.devices.measured import Measured
from chipsim.devices.pcm import PCM
from chipsim.devices.readings import Numbers, Readings, check_gaps, levels_of
from chipsim.errors import InputError

STEPS = 30  # of Fisher scoring; ten bring readings with 30 % noise to rounding


class Table(NamedTuple):
    """Moments at measured targets, one element for each target (SI)."""

    level: Numbers
    mean: Numbers
    spread: Numbers


class Drift(NamedTuple):
    """Exponents at measured targets, start of the law t0 (s), latest time in the file (s)."""

    exponent: Table
    start: float
    until: float


def programming_table(readings: Readings) -> Table:
    """Mean and spread of the programming error, from the first reading of each device."""
    rows = np.array([of_device[0] for of_device in readings.by_device()])
    if readings.time is None and len(rows) < len(readings.device):
        raise readings.problem("a device is read more than once without times; add a column 'time (s)'")
    error = readings.conductance[rows] - readings.target[rows]
    level, members = levels_of(readings.target[rows], readings.file)
    return Table(level, *np.array([(error[group].mean(), error[group].std(ddof=1)) for group in members]).T)


def drift_table(readings: Readings, start: float | None = None) -> Drift:
    """Exponents from repeated readings; `start`: t0 (s) where times count from the first reading, None: t0 is the first time."""
    check_gaps(readings)
    assert readings.time is not None
    rows = np.array(list(readings.by_device()))
    time, conductance, target = readings.time[rows], readings.conductance[rows], readings.target[rows[:, 0]]
    dead = np.flatnonzero((conductance <= 0).mean(axis=1) > 0.5)
    if dead.size:
        name = readings.names[readings.device[rows[dead[0], 0]]]
        raise readings.problem(
            f"device {name} reads 0 S most of the time, which no power law does ({dead.size} device(s)); leave such devices out"
        )
    first = float(time.min())
    if start is None and first == 0:
        raise readings.problem(
            "the first reading is at 0 s, where a power law has no beginning; count from the programming pulse or give a start"
        )
    origin = first if start is None else start
    slope, error = _power_laws(np.log((time if start is None else time + start) / origin), conductance)
    level, members = levels_of(target, readings.file)
    spread = [math.sqrt(max(slope[group].var(ddof=1) - (error[group] ** 2).mean(), 0.0)) for group in members]
    exponent = Table(level, np.array([-slope[group].mean() for group in members]), np.array(spread))
    return Drift(exponent, origin, float(time.max()))


def noise_table(readings: Readings) -> Table:
    """Mean and spread of repeated readings; the spread is scaled from the mean reading to the target."""
    check_gaps(readings)
    rows = np.array(list(readings.by_device()))
    values, target = readings.conductance[rows], readings.target[rows[:, 0]]
    count, mean = values.shape[1], values.mean(axis=1)
    trended = readings.time is not None and bool((readings.time > 0).all())
    if trended and readings.time is not None:
        abscissa = np.log(readings.time[rows])
        values = values - _lines(abscissa, values)[0][:, None] * (abscissa - abscissa.mean(axis=1, keepdims=True))
    squares = ((values - values.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) / (count - (2 if trended else 1))
    level, members = levels_of(target, readings.file)
    scale = np.where((target > 0) & (mean > 0), target / np.where(mean > 0, mean, 1), 1.0)
    spread = [math.sqrt((squares[group] * scale[group] ** 2).mean()) for group in members]
    return Table(level, np.array([mean[group].mean() for group in members]), np.array(spread))


def measured(
    programming: Table, drift: Drift | None = None, noise: Table | None = None, *, hold_ends: bool = False, source: str = ""
) -> Measured:
    """The tables as a device, at the programmed targets that all tables cover, or (`hold_ends`) at all of them."""
    tables = [table for table in (drift and drift.exponent, noise) if table]
    lowest = max([programming.level[0], *(table.level[0] for table in tables)])
    highest = min([programming.level[-1], *(table.level[-1] for table in tables)])
    shared = (programming.level >= lowest) & (programming.level <= highest)
    kept = np.full(len(programming.level), True) if hold_ends else shared
    if kept.sum() < 2:
        raise InputError(
            f"fit: the files share {int(kept.sum())} programmed target(s); expected two or more; measure the same targets in all"
        )
    level = programming.level[kept]
    return Measured(
        conductances=_plain(level),
        programming=_plain(programming.spread[kept]),
        programming_shift=_plain(programming.mean[kept]),
        drift_mean=_plain(np.interp(level, drift.exponent.level, drift.exponent.mean)) if drift else (),
        drift_spread=_plain(np.interp(level, drift.exponent.level, drift.exponent.spread)) if drift else (),
        drift_start=drift.start if drift else None,
        drift_until=drift.until if drift else None,
        read_noise=_plain(np.interp(level, noise.level, noise.spread)) if noise else (),
        source=source or None,
    )


def pcm(tables: Measured, read_time: float = 0.0) -> PCM:
    """The formulas of type `pcm` by least squares; read noise was measured at `read_time` (s) after programming."""
    start = tables.drift_start
    if start is None or not tables.drift_spread or not tables.read_noise or len(tables.conductances) < 4:
        raise InputError("fit: the formulas of type 'pcm' need four targets or more with programming, retention and read noise")
    g_max = tables.conductances[-1]
    state = np.array(tables.conductances) / g_max
    seen = state > 0
    mean = _clipped_line(state[seen], np.array(tables.drift_mean)[seen])
    spread = _clipped_line(state[seen], np.array(tables.drift_spread)[seen])
    share = np.array(tables.read_noise)[seen] / (state[seen] * g_max * PCM(drift_start=start).accumulation(read_time))
    power, offset = np.polyfit(np.log(state[seen]), np.log(np.maximum(share, 1e-9)), 1)
    noise = _plain(np.array([math.exp(offset), power, share.max()]))
    return PCM(
        g_max=g_max, fitted_at=g_max, drift_start=start, source=tables.source,
        programming=_plain(np.polynomial.polynomial.polyfit(state, np.array(tables.programming), 2)),
        mean_slope=mean[0], mean_offset=mean[1], mean_low=mean[2], mean_high=mean[3],
        spread_slope=spread[0], spread_offset=spread[1], spread_low=spread[2], spread_high=spread[3],
        noise=noise[0], noise_power=max(-noise[1], 0.0), noise_high=noise[2],
    )  # fmt: skip


def _lines(x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    """Slope of a straight line through each row, and its standard error."""
    dx = x - x.mean(axis=1, keepdims=True)
    dy = y - y.mean(axis=1, keepdims=True)
    width = (dx**2).sum(axis=1)
    slope: Numbers = (dx * dy).sum(axis=1) / width
    rest = ((dy - slope[:, None] * dx) ** 2).sum(axis=1) / max(x.shape[1] - 2, 1)
    return slope, np.sqrt(rest / width)


def _power_laws(x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    """Slope of ln E y against x for each row, with noise in proportion to E y (Fisher scoring), and its standard error."""
    dx = x - x.mean(axis=1, keepdims=True)
    width = (dx**2).sum(axis=1)
    mean = y.mean(axis=1, keepdims=True)
    slope, _ = _lines(x, np.log(np.maximum(y, 0.01 * mean)))
    level = np.log(mean[:, 0])
    for _ in range(STEPS):
        rest = y * np.exp(-level[:, None] - slope[:, None] * dx) - 1
        level = level + np.clip(rest.mean(axis=1), -1, 1)
        slope = slope + np.clip((rest * dx).sum(axis=1) / width, -0.5, 0.5)
    error = np.sqrt((rest**2).sum(axis=1) / max(x.shape[1] - 2, 1) / width)
    return slope, error


def _clipped_line(state: Numbers, value: Numbers) -> tuple[float, float, float, float]:
    """Slope and offset in ln(state) and the bounds of the clipped line nearest to `value`."""
    logarithm = np.log(state)
    slope, offset = np.polyfit(logarithm, value, 1)

    def rest(parameters: Numbers) -> Numbers:
        a, b, low, width = parameters
        return np.asarray(np.clip(a * logarithm + b, low, low + width) - value)

    scale = max(float(np.abs(value).max()), 1e-6)
    start = (slope, offset, max(float(value.min()), 0.0), max(float(np.ptp(value)), 0.01 * scale))
    found = least_squares(rest, start, bounds=([-np.inf, -np.inf, 0, 0], np.inf), x_scale=scale).x
    slope, offset, low, high = _plain(np.array([found[0], found[1], found[2], found[2] + found[3]]))
    return slope, offset, low, high


def _plain(values: Numbers) -> tuple[float, ...]:
    """Values to six digits, as they are written into a file."""
    return tuple(float(f"{value:.6g}") for value in values)
