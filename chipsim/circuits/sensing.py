"""What a column tells of its cells: a current, a voltage, or a resistance.

    current      y_k = sum_j x_j w_jk                                            columns are held at a fixed voltage
    voltage      v_k = sum_j x_j w_jk / N_k,   y_k = N'_k v_k                    N_k = sum_j sum_p |f_p| G_jkp, columns float
    resistance   y_k = sum_j x_j w_jk + o_k,   w = f (R_minus - R_plus)          cells of a column in series, o_k = what R add up to
                                                                                 beyond their targets

x inputs in [-1, 1]; w weights in full-scale cells; f_p factor of a device (full-scale cells per siemens), G its conductance (S).
A floating column settles where the currents of all its devices cancel: a mean of the inputs, weighted with all conductances of the
column, in full-scale inputs; noise and converter see this mean, its bound is a share of the read voltage. In digital it is multiplied
with the sum N' of the conductances that were wanted, so that a column that has drifted as a whole needs no correction.

Resistances in series add up. An input chooses between the two devices of a pair (+1: plus, -1: minus; between: for shares of the time),
so a weight is a difference of resistances. It is linear in 1 / G, and targets are chosen so that resistances, not conductances, are even:

    g(G) = g_min + (g_max - g_min) (1 / g_min - 1 / G) / (1 / g_min - 1 / g_max)       what G counts like, in S

The common part of the resistances is known and subtracted in digital; what is written amiss of it stays as the offset o. Energy in the
cells: voltage: as if columns were held at zero, a little too much; resistance: V^2 t / (sum of the resistances), mean of both devices.
References: W. Wan et al., Nature 608, 504, 2022, DOI 10.1038/s41586-022-04992-8 (voltage); S. Jung et al., Nature 601, 211, 2022, DOI
10.1038/s41586-021-04196-6 (resistance). Not modelled: settling, time constants that depend on the sum, resistance of wires and switches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from chipsim.circuits.array import Array
    from chipsim.circuits.stored import Stored

Floats = NDArray[np.float32]


class Sensed(NamedTuple):
    """How an array is read at one time: weights and variance that the converter sees, what digital makes of it, what adds to it."""

    weights: Floats  # (rows, columns)
    variance: Floats | None
    scale: Floats | None = None  # (columns,) factor in digital
    offset: Floats | None = None  # (columns,) full-scale cells before the converter


def series_conductance(array: Array) -> float:
    """Conductance (S) of all columns of a full array whose cells are in series, half of the devices at either end of their range."""
    device = array.cell.device
    cell = (1 / device.g_min + 1 / device.g_max) / 2 * array.cell.devices / 2
    return array.outputs / (array.rows * cell)


def forward(array: Array, stored: Stored, weights: Floats, variance: Floats | None, age: float, moment: str) -> Sensed:
    """What the columns of an array tell."""
    if array.sensing == "current":
        return Sensed(weights, variance)
    now, wanted = stored.total_at(age, moment).sum(axis=0), stored.total_wanted().sum(axis=0)
    if array.sensing == "resistance":
        return Sensed(weights, variance, offset=(now - wanted).astype(np.float32))
    return _mean(weights, variance, now, wanted)


def backward(array: Array, stored: Stored, weights: Floats, variance: Floats | None, age: float, moment: str) -> Sensed:
    """What the rows tell when the columns are driven, all turned round; resistances in series cannot be read so."""
    turned = np.ascontiguousarray(weights.T)
    spread = None if variance is None else np.ascontiguousarray(variance.T)
    if array.sensing != "voltage":
        return Sensed(turned, spread)
    return _mean(turned, spread, stored.total_at(age, moment).sum(axis=1), stored.total_wanted().sum(axis=1))


def _mean(weights: Floats, variance: Floats | None, now: Floats, wanted: Floats) -> Sensed:
    share = np.where(now > 0, 1 / np.where(now > 0, now, 1), 0).astype(np.float32)
    spread = None if variance is None else np.ascontiguousarray(variance * share**2)
    return Sensed(np.ascontiguousarray(weights * share), spread, scale=wanted.astype(np.float32))
