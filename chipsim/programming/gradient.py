"""Layer-wise gradient-descent programming: the error of the products of the whole array is read and made smaller.

    repeat:  X random inputs (n, rows);  Y = products of the array;  E = Y - X W;  error = |E| / |X W|
             e = X'E / (n x2 scale)                                    error of every weight, full-scale cells; 0 in a
                                                                       turn that clips
             a  <-  clip(a - r e, -1, 1)    where |e| > h              what the cells are to be driven to
             pulses on the devices whose target moved further than `dead_zone` since they were last pulsed

r = rate / (1 + turn / halving); W weights (rows, columns) in units of the layer, scale what a full-scale cell stands for; x2 mean
square of an input; e is found from products alone, with the noise of inputs, array and converters in it. h is half a step of the
weights that a cell can hold (0 unless its weights are rounded or its devices have few states): an error below it cannot be made
smaller, and a loop that tried would go to and fro. Every turn takes n products and one pulse for each row and plane in which a
device is pulsed; no device is ever read by itself, so neither its small current nor a finer converter matters. Any cell and any
device will do: the cell says what its devices' targets are, the device what a pulse does (`Device.pulsed`). Devices drift during
the turns that leave them alone. A clipped output would look like weights that are too small: where more than a tenth of the
vectors have one, nothing is corrected and the next turn drives half as many rows, chosen at random for each vector.

Reference: J. Buechel et al., "Gradient descent-based programming of analog in-memory computing cores", IEDM 2022, DOI
10.1109/IEDM45625.2022.10019486 (the idea: minimise the MVM error with random inputs, any device, all layers in parallel).
Batch, rate, pulse rule and number of turns are not in the sources at hand: assumed.
Not modelled: the digital unit that computes the gradient, its time and energy.
"""

from __future__ import annotations

from typing import NamedTuple, final

import numpy as np

from chipsim.circuits.cell import Cell
from chipsim.circuits.crossbar import Crossbar
from chipsim.circuits.stored import Stored
from chipsim.kernels.philox import uniform
from chipsim.programming.access import Access
from chipsim.programming.one_shot import written_once
from chipsim.programming.programmer import Floats, Point, Programmer, Step, Steps, nearest_state
from chipsim.spec import key

GRID = (1 << 14) + 1  # weights that are tried; more than the finest rounding needs for a figure good to a few per cent
SMALLEST = 1e-5  # full-scale cells; less is the rounding of float32
CLIPPED = 0.1  # share of the vectors that may have a clipped output


class _Seen(NamedTuple):
    """What one turn found: error of the products, error of every weight (rows, columns, full-scale cells), share of clipped
    vectors, and what it took."""

    error: float
    slope: Floats
    clipped: float
    took: Step


@final
class Gradient(Programmer, type="gradient"):
    """Descends the error of the array's products, from devices that were written once."""

    cites = ("buechel2022",)

    iterations: int = key("turns: products, gradient, pulses", default=40, ge=1, le=10_000, source="assumed")
    batch: int = key("random inputs that are multiplied in each turn", default=2048, ge=1, le=1_000_000, source="assumed")
    rate: float = key("share of the estimated error that the first turn corrects", default=0.5, gt=0, le=1, source="assumed")
    halving: float = key(
        "turns after which the rate has fallen to a half, so that the noise of reads is averaged", default=5.0, gt=0, source="assumed"
    )
    dead_zone: float = key(
        "change of a device's target below which it gets no pulse, as a share of its range", default=0.02, ge=0, le=1, source="assumed"
    )
    until: float = key("stop when the error of the products falls below this", default=0.0, ge=0)

    def steps(self, crossbar: Crossbar, weights: Floats, access: Access, cell: Cell | None = None) -> Steps:
        """One step for writing everything once, then one for each turn."""
        stored = crossbar.prepare(weights, cell)
        first = written_once(crossbar, stored)
        yield first
        past, devices = first.duration, first.pulses
        aim: Floats = np.clip(weights / crossbar.scale, -1, 1)
        reached, least = _held(stored.cell, aim), half_step(stored.cell)
        points: list[Point] = []
        driven = 1.0  # share of the rows
        for turn in range(self.iterations):
            seen = self._look(crossbar, weights, turn, driven, access)
            done = seen.error < self.until
            if seen.clipped > CLIPPED and driven * stored.rows >= 2:
                driven /= 2
            elif not done:
                share = np.float32(self.rate / (1 + turn / self.halving))
                correction = np.where(np.abs(seen.slope) > least, share * seen.slope, np.float32(0))
                aim = np.clip(aim - correction, -1, 1).astype(np.float32)
            written = self._follow(stored, aim, reached, turn, seen.took.duration)
            points.append(Point(turn, seen.error, written.pulses / devices, past + seen.took.duration))
            step = seen.took.then(written)
            past += step.duration
            yield step
            if done:
                break
        crossbar.settle()
        return points

    def _look(self, crossbar: Crossbar, weights: Floats, turn: int, driven: float, access: Access) -> _Seen:
        """Multiply random inputs with the array and with the weights."""
        array, rows = crossbar.array, len(weights)
        key = crossbar.stream.child("programming inputs").child(str(turn)).key
        inputs = (2 * uniform((self.batch, rows), key) - np.float32(1)) * np.float32(crossbar.input_range)
        if driven < 1:
            inputs *= uniform(inputs.shape, key, c1=1) < np.float32(driven)
        found = crossbar.probe(inputs, turn)
        wanted = inputs @ weights
        error = found.y - wanted
        size = float(np.linalg.norm(wanted))
        square = driven * crossbar.input_range**2 / 3  # mean square of an input
        slope = np.asarray(inputs.T @ error / (self.batch * square) / crossbar.scale, np.float32)
        products = self.batch + int(found.retries.sum())
        converted = products * weights.shape[1] * access.parts
        cells = float(found.energy_sum.sum()) * array.energy_per_conductance
        took = Step(products * access.read_time, 0, products, products * rows, converted, cells)
        return _Seen(float(np.linalg.norm(error)) / size if size else 0.0, slope, float(found.saturated.mean()), took)

    def _follow(self, stored: Stored, aim: Floats, reached: list[Floats], turn: int, looked: float) -> Step:
        """Let all devices age while the products were read, then pulse those whose target has moved; row by row, plane by plane."""
        pulse = stored.cell.device.pulse
        least = np.float32(self.dead_zone * stored.cell.span)
        slots = pulses = 0
        for index, target in enumerate(_held(stored.cell, aim)):
            stored.age(index, looked)
            change = np.subtract(target, reached[index], dtype=np.float32)
            moved = np.abs(change) > least
            if moved.any():
                stored.pulse(index, np.where(moved, change, np.float32(0)), f"pulse {turn}")
                reached[index] = np.where(moved, target, reached[index]).astype(np.float32)
            slots += int(moved.any(axis=1).sum())
            pulses += int(moved.sum())
        for index in range(len(reached)):
            stored.age(index, slots * pulse.duration)
        return Step(slots * pulse.duration, pulses)


def half_step(cell: Cell) -> float:
    """Largest distance of a weight from the nearest that the cell can hold, in full-scale cells; about 0 where it holds any."""
    weights = np.linspace(-1, 1, GRID, dtype=np.float32)[:, None]
    total = np.zeros(GRID)
    for plane, target in zip(cell.planes(weights), _held(cell, weights), strict=True):
        total += cell.part_weights[plane.part] * plane.factor * target[:, 0].astype(np.float64)
    distance = float(np.abs(total - weights[:, 0]).max())
    return distance if distance > SMALLEST else 0.0


def _held(cell: Cell, weights: Floats) -> list[Floats]:
    """What the devices of every plane are driven to (S) for weights (rows, columns) in [-1, 1]."""
    return [nearest_state(cell.device, plane.target) for plane in cell.planes(weights)]
