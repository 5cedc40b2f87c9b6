"""What the resistance of an array's wires alone makes of a product, for arrays of any size.

    error = rms(x (W' - W)) / rms(x W)              left = the same, where each column's outputs x W' have their best factor

W (rows, columns) weights as the cells hold them without any error of programming, W' the same behind the wires; x (vectors, rows)
inputs. Weights are drawn from those of a network, inputs from its images, value by value, so that all sizes see the same numbers.
`error` is found before any digital calibration, `left` after the best one that a factor for each column can be.

    exact, all wires      Kirchhoff's equations with row wires and drivers, up to LARGEST cells
    exact, column wires   a ladder for each column; also beyond, where row wires are left out
    polynomial            where cells are not ohmic; its error is not told apart here
    left out              where the array's way of sensing knows no wires
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipsim.circuits.array import Array
from chipsim.circuits.lines import Line, Lines
from chipsim.errors import InputError
from chipsim.workload.graph import Workload

LARGEST = 128 * 128  # cells whose row wires are solved: about a second
COLUMNS, VECTORS = 64, 32
ALL, COLUMN, POLYNOMIAL, OUT = "exact, all wires", "exact, column wires", "polynomial", "left out (this sensing knows none)"


def with_wires(array: Array) -> tuple[Array, str]:
    """The array with its wires switched on, and how they are solved; the strength is its own, 1 where they were off."""
    if array.sensing != "current":
        return array, OUT
    strength = array.ir_drop or 1.0
    exact: dict[str, object] = {"ir_drop": strength, "ir_drop_model": "exact"}
    across = array.row_wire_resistance > 0 or array.driver_resistance > 0
    small = array.rows * array.columns <= LARGEST
    try:
        if across and small:
            return array.having(**exact), ALL
        return array.having(**exact, row_wire_resistance=0.0, driver_resistance=0.0), COLUMN
    except InputError:
        without = {"row_wire_resistance": 0.0, "driver_resistance": 0.0}
        return array.having(ir_drop=strength, ir_drop_model="polynomial", **without), POLYNOMIAL


class WireError(NamedTuple):
    """Relative errors of a product, see above."""

    error: float
    left: float


def wire_error(array: Array, workload: Workload, seed: int = 0) -> WireError | None:
    """The errors of an array as `with_wires` gives it, full of weights; None for the polynomial, and without wires."""
    if array.ir_drop_model != "exact" or array.ir_drop == 0:
        return None
    random = np.random.default_rng(seed)
    across = array.row_wire_resistance > 0 or array.driver_resistance > 0
    columns = array.outputs if across else min(array.outputs, COLUMNS)  # without row wires each column is by itself
    weights = random.choice(_weights(workload), (array.rows, columns)).astype(np.float32)
    inputs = random.choice(_inputs(workload), (VECTORS, array.rows))
    off = array.having(ir_drop=0.0)
    before, after = (inputs @ _seen(each, weights) for each in (off, array))
    squares = (after**2).sum(axis=0)
    factor = (before * after).sum(axis=0) / np.where(squares > 0, squares, 1.0)
    size = _rms(before) or 1.0
    return WireError(_rms(after - before) / size, _rms(factor * after - before) / size)


def _rms(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _seen(array: Array, weights: NDArray[np.float32]) -> NDArray[np.float64]:
    """The weights (rows, columns) that the lines of an array hold together."""
    planes = array.cell.planes(weights)
    lines: list[Line] = Lines(array, array.cell).read(planes, [plane.target for plane in planes])
    total = np.zeros(weights.shape)
    for line in lines:
        total = total + array.cell.part_weights[line.part] * line.factor * line.conductance.astype(np.float64)
    return total


def _weights(workload: Workload) -> NDArray[np.float64]:
    """All weights of the network, those of each layer divided by the largest of it."""
    layers = [np.asarray(arrays[0], np.float64).ravel() for arrays in workload.weights.values() if arrays[0] is not None]
    return np.concatenate([each / (np.abs(each).max() or 1.0) for each in layers])


def _inputs(workload: Workload) -> NDArray[np.float64]:
    """Values of the first images, each image divided by the largest of it."""
    images = np.asarray(workload.inputs[:200], np.float64).reshape(min(200, len(workload.inputs)), -1)
    largest = np.abs(images).max(axis=1, keepdims=True)
    return np.asarray((images / np.where(largest > 0, largest, 1.0)).ravel())
