"""The devices of one array: what is written in them, and the weights that are read from them at any time.

A cell lays a matrix of weights down in planes, one device of every cell each; a plane has targets and, once written, the state
of its devices. Weights are read in full-scale cells: w = sum over the planes of factor * conductance, kept apart for the parts
of a weight that are converted one by one. States belong to the devices and are kept; every time is computed from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

import numpy as np
from numpy.typing import NDArray

from chipsim.circuits.array import Array
from chipsim.circuits.cell import Cell, Plane
from chipsim.circuits.lines import Lines
from chipsim.devices.device import Programmed
from chipsim.errors import InputError
from chipsim.kernels.philox import normal
from chipsim.streams import Stream

Floats = NDArray[np.float32]


@final
class Stored:
    """Targets, states and faults of all devices of an array that is to hold `weights` (rows, columns) in [-1, 1].

    `stream` draws what differs from programming to programming and from reading to reading, `chip` what is fixed for the chip.
    """

    def __init__(self, array: Array, cell: Cell, weights: Floats, stream: Stream, chip: Stream) -> None:
        self.array, self.cell, self.stream = array, cell, stream
        self.rows, self.columns = weights.shape
        self.lines = Lines(array, cell)
        self.planes = [self._aimed(plane) for plane in cell.planes(weights)]
        self.states: list[Programmed] = []
        self.stuck = array.faults.stuck(self.planes, cell.device, chip, array.outputs)

    def write_once(self) -> None:
        """Write every device once to its target, with the device's own programming error."""
        self.states = [self._written(plane, plane.target) for plane in self.planes]

    def erase(self) -> None:
        """Bring every device to its smallest conductance."""
        low = np.float32(self.cell.device.g_min)
        self.states = [self._written(plane, np.full_like(plane.target, low), "erased") for plane in self.planes]

    def pulse(self, index: int, change: Floats, name: str) -> None:
        """One pulse on the devices of a plane, meant to change each conductance by `change` (S; 0: none); `name` tells pulses apart."""
        stream = self.stream.child(self.planes[index].name).child(name)
        self.states[index] = self._checked(self.cell.device.pulsed(self.states[index], change, stream), self.planes[index].target)

    def age(self, index: int, seconds: float | Floats) -> None:
        """Let the devices of a plane grow older by `seconds` (a number or one for each device) before programming ends."""
        state = self.states[index]
        early = np.float32(0) if state.early is None else state.early
        self.states[index] = state._replace(early=np.broadcast_to(np.float32(seconds) + early, state.conductance.shape))

    def mean(self, index: int) -> Floats:
        """Conductance (S) of the devices of a plane as they are now, faults included, without read noise."""
        return self._with_faults(self.planes[index], self.cell.device.mean_at(self.states[index], 0.0))

    def read_sigma(self, index: int) -> Floats:
        """Standard deviation (S) of the device's own noise in a read during programming; zero where the array has it off."""
        state = self.states[index]
        if self.array.read_noise == "off":
            return np.zeros_like(state.conductance)
        return self.cell.device.read_sigma_at(state, 0.0)

    def conductance(self, index: int, age: float, moment: str = "") -> Floats:
        """Conductance (S) of the devices of a plane `age` s after programming, with noise that is held for this time (or `moment`)."""
        device, plane, state = self.cell.device, self.planes[index], self.states[index]
        mean = device.mean_at(state, age)
        if self.array.read_noise == "held":
            sigma = device.read_sigma_at(state, age)
            if sigma.any():
                key = self.stream.child(plane.name).child(moment or f"read at {age!r} s").key
                mean = np.maximum(mean + sigma * normal(mean.shape, key), np.float32(0))
        return self._with_faults(plane, mean)

    def weights_at(self, age: float, moment: str = "") -> tuple[Floats, Floats]:
        """Weights in full-scale cells and total conductance (S) of every cell and part, (rows, parts * columns) each."""
        weights = np.zeros((self.rows, len(self.cell.part_weights), self.columns), np.float32)
        conductance = np.zeros_like(weights)
        conductances = [self.conductance(index, age, moment) for index in range(len(self.planes))]
        for part, factor, value in self.lines.read(self.planes, conductances):
            weights[:, part] += np.float32(factor) * value
            share = value / np.float32(self.columns) if value.shape[1] < self.columns else value
            conductance[:, part] += share
        if self.lines.series is not None:  # one current through all of a column, through either device for half of the time
            columns = self.lines.series.resistance(conductance / np.float32(len(self.planes))).sum(axis=0) * (len(self.planes) / 2)
            conductance[:] = 1 / columns / self.rows
        return weights.reshape(self.rows, -1), conductance.reshape(self.rows, -1)

    def total_at(self, age: float, moment: str = "") -> Floats:
        """Everything a cell and part has at `age` (rows, parts * columns), in full-scale cells, both sides of a pair added."""
        return self._total([self.conductance(index, age, moment) for index in range(len(self.planes))])

    def total_wanted(self) -> Floats:
        """The same of the targets."""
        return self._total([plane.target for plane in self.planes])

    def _total(self, conductances: list[Floats]) -> Floats:
        total = np.zeros((self.rows, len(self.cell.part_weights), self.columns), np.float32)
        for part, factor, value in self.lines.read(self.planes, conductances):
            total[:, part] += np.float32(abs(factor)) * value
        return total.reshape(self.rows, -1)

    def _aimed(self, plane: Plane) -> Plane:
        """The plane with targets that count, where resistances are added, like those wanted."""
        return plane if self.lines.series is None else plane._replace(target=self.lines.series.target(plane.target))

    def variance_at(self, age: float, weights: Floats) -> Floats | None:
        """Variance of each weight (rows, parts * columns) from product to product, in full-scale cells; None when there is none."""
        variance = np.zeros((self.rows, len(self.cell.part_weights), self.columns), np.float32)
        if self.array.read_noise == "fresh":
            for plane, sigma in self._fresh_noise(age):
                variance[:, plane.part] += sigma**2
        whole = variance.reshape(weights.shape)
        whole += np.float32(self.array.short_term_noise**2) * np.abs(weights)
        return whole if whole.any() else None

    def _fresh_noise(self, age: float) -> Iterator[tuple[Plane, Floats]]:
        for plane, state in zip(self.planes, self.states, strict=True):
            sigma = self.lines.noise(plane, state, age)
            stuck = self.stuck.get(plane.name)
            yield plane, sigma if stuck is None else np.where(np.isnan(stuck), sigma, np.float32(0))

    def _with_faults(self, plane: Plane, conductance: Floats) -> Floats:
        """Conductances (S) of a plane's devices as they are read: those of stuck devices are their own."""
        stuck = self.stuck.get(plane.name)
        return conductance if stuck is None else np.where(np.isnan(stuck), conductance, stuck)

    def _written(self, plane: Plane, target: Floats, purpose: str = "") -> Programmed:
        """What the device makes of targets."""
        stream = self.stream.child(plane.name)
        return self._checked(self.cell.device.program(target, stream.child(purpose) if purpose else stream), target)

    def _checked(self, found: Programmed, target: Floats) -> Programmed:
        """A state of the right shape; InputError when the device's own code breaks the contract."""
        name = type(self.cell.device).__name__
        if not isinstance(found, Programmed) or found.conductance.shape != target.shape:
            raise InputError(f"{name}.program: expected Programmed arrays of shape {target.shape}, got {found!r:.80}")
        if not (found.conductance >= 0).all():  # catches NaN too
            lowest = float(found.conductance.min())
            raise InputError(f"{name}.program: made a conductance of {lowest} S; expected 0 or more")
        return found
