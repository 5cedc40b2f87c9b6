"""How far the weights that are read are from those written, in closed form: no device is drawn.

    e(t)     = sum_w p(w) [(a(t) m(w, t) - w)**2 + a(t)**2 v(w, t)]
    m(w, t)  = sum_k f_k M_k(w, t),      v(w, t) = sum_k f_k**2 V_k(w, t)
    a(t)     = sum_w p(w) E|w_0| / sum_w p(w) E|w_t|      (`global`; 1 for `none`)

w weight in [-1, 1] and p(w) its share; M_k, V_k mean and variance of a reading of device k of the cell (S, S**2), f_k its factor;
a(t) the factor of the drift compensation, the same for the whole array: E|w_t| is the mean magnitude of what is read at t, taken
as that of a normal number of mean m and variance v. V_k holds programming error, spread of the drift and read noise. A read that
would fall below zero is cut off at zero, with a noise that is taken to be proportional to the conductance (which is where it
matters, next to zero, and where it is large).

Arrays: currents (parts, ..., weights), in full-scale cells; leading axes are free. Reference: C. Mackin et al., Nature
Communications 13, 3765, 2022, DOI 10.1038/s41467-022-31405-1 (the time-averaged weight error weighted by the weights' histogram).
Valid for devices with errors of their own. Not modelled: stuck devices, converters, errors that devices share, compensation
column by column (a long column has nearly the factor of the whole array).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erf, ndtr

from chipsim.circuits.array import Array
from chipsim.circuits.cell import Cell, Plane
from chipsim.devices.device import Device
from chipsim.errors import InputError

Numbers = NDArray[np.float64]
Compensation = Literal["none", "global"]
BINS = 64  # of the magnitudes


class Histogram(NamedTuple):
    """Weights in [-1, 1] and the share of each."""

    weights: Numbers
    shares: Numbers

    @classmethod
    def of(cls, weights: ArrayLike) -> Self:
        """Of single weights, each with the same share; InputError when one is outside [-1, 1] or there is none."""
        values = np.asarray(weights, np.float64).reshape(-1)
        if not values.size or not (np.abs(values) <= 1).all():
            worst = float(values[np.argmax(np.abs(values))]) if values.size else None
            raise InputError(f"Histogram.of: {values.size} weights, worst {worst}; expected at least one, within -1 to 1; scale them")
        return cls(values, np.full(values.size, 1 / values.size))

    @classmethod
    def of_magnitudes(cls, array: Array, matrices: Iterable[ArrayLike]) -> Self:
        """Of |w| of matrices (rows, columns) as `array` scales them: the mean of each of 64 bins, and zero for itself.

        A mirrored cell treats a weight and its negative alike.
        """
        counts, sums = np.zeros(BINS + 1), np.zeros(BINS + 1)
        for matrix in matrices:
            size = np.abs(np.asarray(matrix, np.float64))
            if size.ndim != 2 or not size.size or not np.isfinite(size).all():
                raise InputError(f"Histogram.of_magnitudes: weights of shape {size.shape}; expected a matrix of finite numbers")
            largest = size.max(axis=0 if array.weight_scaling == "column" else None, keepdims=True)
            scaled = (size / np.where(largest > 0, largest, 1)).reshape(-1)
            place = np.minimum(np.floor(scaled * BINS).astype(int) + 1, BINS) * (scaled > 0)
            counts += np.bincount(place, minlength=BINS + 1)
            sums += np.bincount(place, scaled, minlength=BINS + 1)
        used = counts > 0
        if not used.any():
            raise InputError("Histogram.of_magnitudes: no weights; expected matrices (rows, columns)")
        return cls(sums[used] / counts[used], counts[used] / counts.sum())


class Currents(NamedTuple):
    """Mean and variance of what is read of each converted part of a weight, (parts, ..., weights)."""

    mean: Numbers
    variance: Numbers

    def magnitude(self, shares: Numbers) -> Numbers:
        """Mean magnitude over parts and weights (...), as an array measures it to compensate its drift."""
        sigma = np.sqrt(np.maximum(self.variance, np.finfo(float).tiny))
        z = self.mean / (sigma * math.sqrt(2))
        folded = sigma * math.sqrt(2 / math.pi) * np.exp(-z * z) + self.mean * erf(z)
        total: Numbers = (folded @ shares).sum(axis=0)
        return total


class WeightError(NamedTuple):
    """Mean square errors at `times` (s): all of it, the part that all equal weights share, and the factor of the compensation."""

    times: tuple[float, ...]
    square: Numbers
    shared: Numbers
    compensation: Numbers

    @property
    def mean(self) -> float:
        """Mean square error, averaged over the times."""
        return float(self.square.mean())

    @property
    def root(self) -> Numbers:
        """Root mean square error at each time."""
        return np.sqrt(self.square)


def weight_error(
    cell: Cell, histogram: Histogram, times: Sequence[float], compensation: Compensation = "global", read_noise: bool = True
) -> WeightError:
    """The error of weights kept in `cell` and read at `times` (s after programming); InputError for a time not covered."""
    planes = cell.planes(histogram.weights.astype(np.float32)[:, None])
    start = _currents(cell, planes, 0.0, read_noise)
    found = [_errors(cell, histogram, start, _currents(cell, planes, time, read_noise), compensation) for time in times]
    square, shared, factor = (np.array(column) for column in zip(*found, strict=True))
    return WeightError(tuple(times), square, shared, factor)


def drift_factor(histogram: Histogram, start: Currents, now: Currents, compensation: Compensation) -> Numbers:
    """By what the drift compensation multiplies reads (...): 1 where there is none, or nothing to measure."""
    before, after = start.magnitude(histogram.shares), now.magnitude(histogram.shares)
    one = np.ones_like(after)
    return one if compensation == "none" else np.divide(before, after, out=one, where=after > 0)


def square_error(histogram: Histogram, mean: Numbers, variance: Numbers, factor: Numbers) -> tuple[Numbers, Numbers]:
    """Mean square error (...) of reads (..., weights) times a factor (...): all of it, and the part without the variance."""
    weights, shares = histogram
    shared: Numbers = np.square(factor[..., None] * mean - weights) @ shares
    return shared + factor * factor * (variance @ shares), shared


def reading(device: Device, target: ArrayLike, time: float, read_noise: bool = True) -> tuple[Numbers, Numbers]:
    """Mean (S) and variance (S**2) of one reading at `time` (s) of devices programmed once to `target` (S, any shape)."""
    mean, sigma, noise = device.moments_at(np.asarray(target), time)
    square = mean * mean + sigma * sigma
    if not read_noise:
        return mean, sigma * sigma
    relative = np.sqrt(noise * noise / np.maximum(square, np.finfo(float).tiny))
    edge = 1 / np.maximum(relative, 1e-9)  # the noise, in its standard deviations, that brings a device to zero
    cut = relative * np.exp(-edge * edge / 2) / math.sqrt(2 * math.pi)
    kept = ndtr(edge)
    lifted = mean * (kept + cut)
    return lifted, square * ((1 + relative * relative) * kept + cut) - lifted * lifted


def _currents(cell: Cell, planes: Sequence[Plane], time: float, read_noise: bool) -> Currents:
    shape = (len(cell.part_weights), len(planes[0].target))
    mean, variance = np.zeros(shape), np.zeros(shape)
    for plane in planes:
        conductance, spread = reading(cell.device, plane.target[:, 0], time, read_noise)
        mean[plane.part] += plane.factor * conductance
        variance[plane.part] += plane.factor**2 * spread
    return Currents(mean, variance)


def _errors(
    cell: Cell, histogram: Histogram, start: Currents, now: Currents, compensation: Compensation
) -> tuple[Numbers, Numbers, Numbers]:
    factor = drift_factor(histogram, start, now, compensation)
    parts = np.array(cell.part_weights)
    square, shared = square_error(histogram, parts @ now.mean, parts**2 @ now.variance, factor)
    return square, shared, factor
