"""Optimised weight programming: translation functions from weight to conductances that make the weight error smallest.

    minimise over u in the unit cube:   1 / |times| sum_t e(t)

e(t) mean square weight error of `weight_error.py`, for the histogram of the weights to be written; u a place in the cube of
`translation.py`. The search is differential evolution, each generation at once, then a descent by gradients from the best place.
While it searches, mean and variance of a device are interpolated linearly between 1,025 targets; the error that is told at the
end is computed at the tables' own targets. The best of the plain splits (the low pair first) is a second start, and is taken as
it is where nothing errs less: its knee, at a weight of 1 / (1 + F), need not be at a point, so with few points it may be better
than the whole cube.

One search serves all the weights it is given and is kept for the process: the same device, histogram and settings are not
searched twice. For two pairs of devices of any kind whose conductance can have any value of its range.

Reference: C. Mackin et al., Nature Communications 13, 3765, 2022, DOI 10.1038/s41467-022-31405-1; settings of the search as in
the authors' own open implementation. The times over which errors are averaged are assumed. Not modelled: stuck devices, IR drop
and converters, which the search does not see.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple, Self, cast, final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import differential_evolution, minimize

from chipsim.circuits.array import Array
from chipsim.circuits.cell import Cell
from chipsim.circuits.crossbar import Crossbar
from chipsim.circuits.tabulated import Tabulated
from chipsim.devices.device import DAY, Device
from chipsim.errors import InputError
from chipsim.programming.access import Access
from chipsim.programming.one_shot import OneShot
from chipsim.programming.programmer import Floats, Programmer, Steps
from chipsim.programming.translation import Cube, split
from chipsim.programming.weight_error import (
    Compensation,
    Currents,
    Histogram,
    WeightError,
    drift_factor,
    reading,
    square_error,
    weight_error,
)
from chipsim.spec import check, key
from chipsim.units import Time

Numbers = NDArray[np.float64]
TARGETS = 1024  # steps of a device's range between which its moments are interpolated
USUAL = (1.0, 3600.0, DAY, 7 * DAY, 30 * DAY)
AUTHORS = "IBM's open analog hardware toolkit, by authors of Mackin et al. 2022"
MACKIN = "Mackin et al., Nature Communications 13, 3765, 2022"
STEP = 1e-7  # for slopes, in the unit cube
SPLITS = 61  # factors of plain splits that are tried
KEPT = 64  # searches that are remembered


class Circumstances(NamedTuple):
    """How the weights will be read: times (s) over which the error is averaged, drift compensation, with read noise or without."""

    times: tuple[float, ...]
    compensation: Compensation
    read_noise: bool


class Optimum(NamedTuple):
    """A search's result: the cell, its error, and what it took."""

    cell: Tabulated
    error: WeightError
    generations: int
    evaluations: int


@final
class Objective:
    """The time-averaged mean square weight error of many candidates at once."""

    def __init__(self, cube: Cube, like: Cell, histogram: Histogram, circumstances: Circumstances) -> None:
        self.cube, self.histogram, self.compensation = cube, histogram, circumstances.compensation
        device = like.device
        targets = np.linspace(device.g_min, device.g_max, TARGETS + 1)
        times = (0.0, *circumstances.times)  # the first is what drift is compared with
        found = np.array([reading(device, targets, time, circumstances.read_noise) for time in times])
        self._moments = found / np.array([like.span, like.span**2])[None, :, None]  # (times, 2, targets)
        self._steps = np.diff(self._moments, axis=2, append=self._moments[..., -1:])
        self._between = np.array([np.interp(histogram.weights, cube.weights, row) for row in np.eye(cube.points + 1)])

    def __call__(self, u: Numbers) -> Numbers:
        """Of candidates u (size, n), or of one (size)."""
        tables = self.cube.tables(np.clip(u.T if u.ndim == 2 else u[None], 0, 1))
        place = np.clip(tables.conductances @ self._between, 0, 1) * TARGETS  # (n, 4, weights)
        index = place.astype(np.int64)
        rest, counted = place - index, tables.device_factors
        start = self._currents(0, index, rest, counted)
        total = np.zeros(len(counted))
        for time in range(1, len(self._moments)):
            now = self._currents(time, index, rest, counted)
            factor = drift_factor(self.histogram, start, now, self.compensation)
            total += square_error(self.histogram, now.mean[0], now.variance[0], factor)[0]
        return total / (len(self._moments) - 1)

    def _currents(self, time: int, index: NDArray[np.int64], rest: Numbers, counted: Numbers) -> Currents:
        (mean, variance), (mean_step, variance_step) = self._moments[time], self._steps[time]
        means = np.einsum("nkw,nk->nw", _interpolated(mean, mean_step, index, rest), counted)
        variances = np.einsum("nkw,nk->nw", _interpolated(variance, variance_step, index, rest), counted * counted)
        return Currents(means[None], variances[None])


@final
class Optimised(Programmer, type="optimised"):
    """Two pairs of devices with translation functions found by differential evolution."""

    cites = ("mackin2022",)

    points: int = key("positive weights at which conductances are chosen", default=6, ge=1, le=32, source=MACKIN)
    factor_range: tuple[float, float] = key("least and largest factor of the second pair", default=(0.1, 5.0), source=AUTHORS)
    factors: tuple[float, ...] = key("the only factors that the hardware offers; empty: any in factor_range", default=())
    bend: float = key(
        "how far a step between points may read too little or too much, in shares of it; 0: ideal devices read what was written",
        default=0.0, ge=0, lt=1,
    )  # fmt: skip
    times: tuple[Time, ...] = key(
        "times over which the error is averaged; empty: those of 1 s, 1 h, 1 d, 7 d and 30 d that the device model covers",
        default=(), source="assumed",
    )  # fmt: skip
    population: int = key("candidates for each number that is chosen", default=100, ge=1, source=AUTHORS)
    generations: int = key("generations at most", default=200, ge=1, source=AUTHORS)
    strategy: Literal["best1bin", "rand1bin", "randtobest1bin", "currenttobest1bin", "best2bin", "rand2bin"] = key(
        "how a candidate is made from others", default="best1bin", source=AUTHORS
    )
    mutation: float = key("weight of the difference of two candidates", default=0.1, ge=0, lt=2, source=AUTHORS)
    recombination: float = key("chance that a number is taken from the mutant", default=0.3, ge=0, le=1, source=AUTHORS)
    tolerance: float = key("relative spread of the population's errors at which it has converged", default=0.02, ge=0, source=AUTHORS)
    polish: bool = key("end with a descent by gradients from the best candidate", default=True)
    plain_splits: bool = key("descend from the best plain split as well, and take it where nothing errs less", default=True)
    seed: int = key("seed of the search", default=0, ge=0)
    inner: Programmer = key("how the targets are written", default=OneShot())

    @check
    def _factors_are_positive(self) -> Self:
        least, most = self.factor_range
        if not 0 < least < most or (self.factors and min(self.factors) <= 0):
            raise ValueError(f"factor_range {[least, most]}, factors {list(self.factors)}; expected rising ends and factors above zero")
        return self

    @property
    def cube(self) -> Cube:
        """All translation functions that are looked at."""
        return Cube(self.points, self.factors or self.factor_range, bool(self.factors), self.bend)

    def plan(self, array: Array, weights: Sequence[Floats]) -> Cell:
        """One cell for all the matrices, which count with every weight alike; InputError where the array has no two pairs."""
        cell = array.cell
        if cell.devices != 4 or len(cell.part_weights) > 1 or cell.reference_columns:
            raise InputError(
                f"Optimised.plan: a cell of type '{cell.type_name}' with {cell.devices} devices; expected two pairs on one column; "
                "give the array a cell of type 'significance' with two factors"
            )
        return self.search(cell, Histogram.of_magnitudes(array, weights), self.circumstances(array)).cell

    def steps(self, crossbar: Crossbar, weights: Floats, access: Access, cell: Cell | None = None) -> Steps:
        """Those of `inner`, with the targets of `cell`, or of a search for these weights alone.

        The devices are those of the crossbar, which may lack an effect that the plan reckoned with.
        """
        found = cell or self.plan(crossbar.array, [weights])
        return self.inner.steps(crossbar, weights, access, found.having(device=crossbar.array.cell.device))

    def circumstances(self, array: Array) -> Circumstances:
        """How weights in `array` are read; compensation by column is taken as that of the whole array."""
        device = array.cell.device
        times = self.times or tuple(time for time in USUAL if device.covered.cover(time)) or (0.0,)
        return Circumstances(times, "none" if array.drift_compensation == "none" else "global", array.read_noise != "off")

    def search(self, like: Cell, histogram: Histogram, circumstances: Circumstances) -> Optimum:
        """The best cell with the device and area of `like` for weights of that histogram (of magnitudes, as cells are mirrored)."""
        _refuse_states(like.device)
        return _search(self, like, tuple(histogram.weights), tuple(histogram.shares), circumstances)


@lru_cache(maxsize=KEPT)
def _search(
    programmer: Optimised, like: Cell, weights: tuple[float, ...], shares: tuple[float, ...], circumstances: Circumstances
) -> Optimum:
    histogram = Histogram(np.array(weights), np.array(shares))
    cube = programmer.cube
    objective = Objective(cube, like, histogram, circumstances)
    bounds: Any = [(0.0, 1.0)] * cube.size
    found = differential_evolution(
        cast(Any, objective), bounds, strategy=programmer.strategy, maxiter=programmer.generations, popsize=programmer.population,
        tol=programmer.tolerance, mutation=programmer.mutation, recombination=programmer.recombination, seed=programmer.seed,
        polish=False, updating="deferred", vectorized=True,
    )  # fmt: skip
    starts, evaluations = [np.asarray(found.x)], int(found.nit + 1) * programmer.population * cube.size

    def error(cell: Tabulated) -> WeightError:
        return weight_error(cell, histogram, circumstances.times, circumstances.compensation, circumstances.read_noise)

    plain = [_best_split(cube, like, error)] if programmer.plain_splits else []
    starts += [cube.place(cell.factors[1]) for cell in plain]
    if programmer.polish:
        descents = [_descend(objective, start, bounds) for start in starts]
        starts, evaluations = [place for place, _ in descents], evaluations + sum(count for _, count in descents)
    cell = min([*(cube.cell(place, like) for place in starts), *plain], key=lambda cell: error(cell).mean)
    return Optimum(cell, error(cell), int(found.nit), evaluations)


def _descend(objective: Objective, start: Numbers, bounds: Any) -> tuple[Numbers, int]:
    """The end of a descent by gradients from `start`, and how many places it tried."""
    size = float(objective(start)[0]) or 1.0  # the descent stops by the size of the gradient, so errors are brought to 1

    def with_slope(u: Any) -> Any:
        steps = np.where(u < 0.5, STEP, -STEP)
        around = objective(u[:, None] + np.diag(steps)) / size
        here = float(objective(u)[0]) / size
        return here, (around - here) / steps

    found = minimize(with_slope, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(found.x), int(found.nfev) * (len(start) + 1)


def _best_split(cube: Cube, like: Cell, error: Callable[[Tabulated], WeightError]) -> Tabulated:
    """The plain split whose factor errs least, of those that the cube offers."""
    least, most = min(cube.factors), max(cube.factors)
    tried = cube.factors if cube.listed else np.geomspace(least, most, SPLITS)
    return min((split(float(factor), like) for factor in tried), key=lambda cell: error(cell).mean)


def _interpolated(values: Numbers, steps: Numbers, index: NDArray[np.int64], rest: Numbers) -> Numbers:
    result = steps.take(index)
    result *= rest
    result += values.take(index)
    return result


def _refuse_states(device: Device) -> None:
    if device.states:
        raise InputError(
            f"Optimised.search: a device of type '{device.type_name}' holds only {len(device.states)} conductances; expected one "
            "that can be set to any value of its range; use a cell of type 'sliced' and programming of type 'one_shot'"
        )
