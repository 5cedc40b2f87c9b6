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

import math
from typing import TYPE_CHECKING, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from chipsim.devices.device import Device

if TYPE_CHECKING:
    from chipsim.circuits.array import Array
    from chipsim.circuits.stored import Stored

Floats = NDArray[np.float32]
LEAST = 0.01  # share of g_min below which a conductance is not taken, as a broken device would open the whole column


@final
class Series:
    """Devices whose resistances are added: what a conductance (S) counts like. An interface like that of `Chord`."""

    scale = 1.0

    def __init__(self, device: Device) -> None:
        self.low, self.span = device.g_min, device.g_max - device.g_min
        self.resistance_range = 1 / device.g_min - 1 / device.g_max

    def conductance(self, g: Floats) -> Floats:
        """What conductances count like (S): g_min and g_max count as themselves, between them resistance is linear."""
        resistance = np.float32(1) / np.maximum(g, np.float32(LEAST * self.low))
        counted = np.float32(self.low) + np.float32(self.span / self.resistance_range) * (np.float32(1 / self.low) - resistance)
        return counted.astype(np.float32, copy=False)

    def spread(self, g: Floats, sigma: Floats) -> Floats:
        """Standard deviation of what counts (S) for one of g (S), to first order."""
        half: Floats = (self.conductance(g + sigma) - self.conductance(g - sigma)) / np.float32(2)
        return np.abs(half)

    def resistance(self, counted: Floats) -> Floats:
        """The resistance (Ohm) of what counts like a conductance (S)."""
        share = (counted - np.float32(self.low)) / np.float32(self.span)
        return np.float32(1 / self.low) - share * np.float32(self.resistance_range)

    def target(self, counted: Floats) -> Floats:
        """The conductance (S) that counts like `counted`."""
        return (1 / self.resistance(counted)).astype(np.float32)


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


def problem(array: Array) -> str | None:
    """What does not go with the way an array is sensed, as a sentence; None when all does."""
    device, cell = array.cell.device, array.cell
    if array.sensing == "current":
        return None
    if array.ir_drop > 0:
        return f"ir_drop is {array.ir_drop:g}, but it is modelled for sensing: current only; set ir_drop: 0"
    if cell.reference_columns:
        return f"sensing: {array.sensing} does not go with the reference column of cell type '{cell.type_name}'; take type pair"
    if array.sensing == "voltage":
        return _range_problem(array)
    if cell.type_name != "pair" or len(cell.part_weights) > 1:
        return (
            f"sensing: resistance needs cells of type 'pair' with subtract: analog, whose devices an input chooses between; "
            f"got '{cell.type_name}' with {len(cell.part_weights)} part(s)"
        )
    if cell.capacitance is not None:
        return "sensing: resistance is of cells in series, through which a current flows; leave out cell.capacitance"
    if device.g_min <= 0:
        return f"sensing: resistance needs a g_min above 0, else a column is open; '{device.type_name}' has {device.g_min:g} S"
    if array.conduction == "device":
        return "sensing: resistance is of ohmic cells; set conduction: ohmic"
    return None


def _range_problem(array: Array) -> str | None:
    """A floating column stays between the voltages of its inputs."""
    if 1 < array.adc.bound < math.inf:
        return (
            f"adc.bound: {array.adc.bound:g} with sensing: voltage, where the bound is a share of the read voltage and no column gets "
            "beyond 1; expected 1 or less (0.1 is a good start); where every cell adds its share to a sum, take sensing: current"
        )
    return None
