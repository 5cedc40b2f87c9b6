"""How a device answers to one pulse up or down: the parameters of every cell, in units of the full-scale weight.

Of each cell, once for a chip, with standard normals xi of its own for every parameter:

    gamma = 1 + step_spread xi,  or exp(step_spread xi)              r = asymmetry_spread xi,   u = asymmetry
    up    = step |gamma + r + min(u, 0)|                             down = step |gamma - r - max(u, 0)|
    high  = |w_max (1 + w_max_spread xi)|                            low  = -|w_min (1 + w_min_spread xi)|
    rest  = reset + reset_spread xi                                  rate = 1 / |lifetime (1 + lifetime_spread xi)|, at most 1

A stuck cell (probability `stuck`) has steps of 0 and both bounds at one value, uniform within +-stuck_range. Then

    pulse    v <- clip(v +- (f(v) + noise xi {f(v) or step}), low, high),   f the law of the member, up and down each their own
    read     w = v - reference + write_noise step xi, xi drawn anew at each pulse
    leak     w <- rest + (w - rest) (1 - rate)**n + diffusion sqrt(n) xi                        n mini-batches
    reset    w <- rest + reset_noise xi

v what the device holds, w the weight, both in units of the full-scale weight (times in mini-batches). Arrays (rows, columns) float32.

References: T. Gokmen, Y. Vlasov, Frontiers in Neuroscience 10, 333, 2016, DOI 10.3389/fnins.2016.00333 (baseline); M. Rasch et al.,
AICAS 2021, DOI 10.1109/AICAS51828.2021.9458494 (parameters of the family, defaults). Valid for w_min <= 0 <= w_max. Absolute values
keep a drawn device from having a step or a range of the wrong sign. Not modelled: temperature, pulses of other heights or lengths, wear,
correlations between the parameters of a device.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from chipsim.kernels.philox import normal, uniform
from chipsim.kernels.pulse_reference import mean_change
from chipsim.kernels.pulsed_update import Law, Matrix, PulsedCells
from chipsim.spec import Family, check, key
from chipsim.streams import Stream

BASELINE = "Gokmen & Vlasov 2016, doi:10.3389/fnins.2016.00333, baseline device"
TOOLKIT = "Rasch et al. 2021, doi:10.1109/AICAS51828.2021.9458494, default of the authors' toolkit"
STEADY = 1 / 3  # noise of a pulse, relative to its mean, below which it hardly ever goes the wrong way (3 sigma)
HALVINGS = 40  # of the range, until the symmetry point is known to the last bit of float32

Floats = NDArray[np.float64]
Draw = Callable[[str], Matrix]  # standard normals of the cells, for a named purpose


class Cells(NamedTuple):
    """The devices of an array: what the kernel reads (`pulsed`), and what else is their own; all (rows, columns)."""

    pulsed: PulsedCells
    rest: Matrix  # weight after a reset on average, and where a leak leads to
    rate: Matrix  # share of the way to it that is lost in a mini-batch
    stuck: NDArray[np.bool_]


class Response(Family):
    """Root of the answers to a pulse."""

    step: float = key("mean change of one pulse at weight 0 (dw_min)", default=0.001, gt=0, source=BASELINE)
    step_spread: float = key("relative standard deviation of the step between devices", default=0.3, ge=0, source=BASELINE)
    step_log_normal: bool = key("whether the step is log-normal between devices", default=False, source=TOOLKIT)
    asymmetry: float = key("mean relative difference of up and down steps", default=0.0, source=TOOLKIT)
    asymmetry_spread: float = key("spread of this difference between devices", default=0.01, ge=0, source=BASELINE)
    w_max: float = key("mean upper bound", default=0.6, ge=0, source=BASELINE)
    w_max_spread: float = key("relative standard deviation of it between devices", default=0.3, ge=0, source=BASELINE)
    w_min: float = key("mean lower bound", default=-0.6, le=0, source=BASELINE)
    w_min_spread: float = key("relative standard deviation of it between devices", default=0.3, ge=0, source=BASELINE)
    noise: float = key("standard deviation of a pulse from cycle to cycle, relative to its step", default=0.3, ge=0, source=BASELINE)
    additive: bool = key("whether that noise stays what it is at weight 0 where steps become smaller", default=False, source=TOOLKIT)
    write_noise: float = key(
        "standard deviation of what is read about what a pulse has left in the device, in steps", default=0.0, ge=0, source=TOOLKIT
    )
    lifetime: float = key("mean time constant of the leak, in mini-batches; 0: none", default=0.0, ge=0, source=TOOLKIT)
    lifetime_spread: float = key("relative standard deviation of it between devices", default=0.0, ge=0, source=TOOLKIT)
    diffusion: float = key("standard deviation by which a weight wanders in one mini-batch", default=0.0, ge=0, source=TOOLKIT)
    reset: float = key("mean weight after a reset", default=0.0, source=TOOLKIT)
    reset_spread: float = key("standard deviation of it between devices", default=0.0, ge=0, source=TOOLKIT)
    reset_noise: float = key("standard deviation of it from reset to reset", default=0.01, ge=0, source=TOOLKIT)
    stuck: float = key("share of devices that no pulse moves", default=0.0, ge=0, le=1, source=TOOLKIT)
    stuck_range: float = key("largest magnitude of the weight of such a device", default=0.01, ge=0, source="assumed")
    assumed_step: float | None = key(
        "change of one pulse that the lengths of trains are computed with; default: mean of up and down at weight 0", default=None, gt=0
    )

    @check
    def _range_holds_a_step(self) -> Self:
        if self.w_max - self.w_min < self.step:
            raise ValueError(
                f"w_min {self.w_min:g} to w_max {self.w_max:g} is less than one step of {self.step:g}; widen it or lower step"
            )
        return self

    @property
    @abstractmethod
    def law(self) -> Law:
        """How steps depend on the weight, with all noise."""

    @property
    def states(self) -> float:
        """Steps between the mean bounds, as the literature counts the states of a device."""
        return (self.w_max - self.w_min) / self.step

    @property
    def granularity(self) -> float:
        """Change of one pulse that update management assumes."""
        if self.assumed_step is not None:
            return self.assumed_step
        cells, _ = self.average()
        return float(sum(steps[0, 0] for steps in self.mean_steps(cells, np.zeros((1, 1)))) / 2)

    def average(self) -> tuple[PulsedCells, Matrix]:
        """One device without any spread, and its weight after a reset."""
        cells = self._cells(lambda name: np.zeros((1, 1), np.float32))
        return cells, np.full((1, 1), self.reset, np.float32)

    def instantiate(self, shape: tuple[int, int], stream: Stream, chip: Stream) -> tuple[Cells, Matrix]:
        """The devices of an array, from the streams of the chip alone, and their weights after a first reset, from `stream`."""
        pulsed = self._cells(lambda name: normal(shape, chip.child(name).key))
        stuck = uniform(shape, chip.child("stuck").key) < self.stuck
        if stuck.any():
            pulsed = self._with_stuck(pulsed, stuck, uniform(shape, chip.child("stuck weight").key))
        rest = np.float32(self.reset) + np.float32(self.reset_spread) * normal(shape, chip.child("reset").key)
        cells = Cells(pulsed, rest, self._rates(shape, chip), stuck)
        return cells, self.after_reset(cells, stream)

    def after_reset(self, cells: Cells, stream: Stream) -> Matrix:
        """Weights of all cells after a reset; noise from the stream `reset`."""
        noise = normal(cells.rest.shape, stream.child("reset").key)
        return self.confined(cells, cells.rest + np.float32(self.reset_noise) * noise)

    def leaked(self, cells: Cells, weights: Matrix, stream: Stream, batches: int = 1) -> Matrix:
        """Weights after `batches` mini-batches without a pulse; noise from the stream `diffusion`, new only if the stream is."""
        if self.lifetime > 0:
            kept = 1 - cells.rate
            weights = cells.rest + (weights - cells.rest) * (kept if batches == 1 else kept ** np.float32(batches))
        if self.diffusion > 0:
            noise = normal(weights.shape, stream.child("diffusion").key)
            weights = weights + np.float32(self.diffusion * batches**0.5) * noise
        return self.confined(cells, weights)

    def confined(self, cells: Cells, weights: Matrix) -> Matrix:
        """Weights cut off at the bounds of their cells."""
        low, high = self.bounds(cells)
        return np.ascontiguousarray(np.clip(weights, low, high), np.float32)

    def bounds(self, cells: Cells) -> tuple[Matrix, Matrix]:
        """Lowest and highest weight of each cell."""
        pulsed = cells.pulsed
        return (pulsed.low - pulsed.reference, pulsed.high - pulsed.reference) if pulsed.reference.size else (pulsed.low, pulsed.high)

    def mean_steps(self, cells: Cells | PulsedCells, weights: NDArray[np.floating]) -> tuple[Floats, Floats]:
        """Mean change (0 or more for most laws) by one pulse up and by one pulse down, before bounds."""
        pulsed = cells.pulsed if isinstance(cells, Cells) else cells
        state = weights.astype(np.float64) + (pulsed.reference if pulsed.reference.size else 0.0)
        return mean_change(state, True, pulsed, self.law), mean_change(state, False, pulsed, self.law)

    def symmetry_point(self, cells: Cells) -> Matrix:
        """The weight of each cell at which a pulse up and a pulse down are equal on average; alternating pulses lead there.

        Where they are nowhere equal it is the bound that the larger step leads to, where they are equal everywhere the weight 0.
        """
        low, high = (bound.astype(np.float64) for bound in self.bounds(cells))
        always = self._excess(cells, low) == 0, self._excess(cells, high) == 0
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            rises = self._excess(cells, middle) > 0
            low, high = np.where(rises, middle, low), np.where(rises, high, middle)
        return self.confined(cells, np.where(always[0] & always[1], 0.0, (low + high) / 2).astype(np.float32))

    def _excess(self, cells: Cells, weights: Floats) -> Floats:
        up, down = self.mean_steps(cells, weights)
        return up - down

    def _cells(self, draw: Draw) -> PulsedCells:
        """The arrays of the kernel; `draw(name)` gives standard normals of the cells."""
        spread, r, u = np.float32(self.step_spread) * draw("step"), np.float32(self.asymmetry_spread) * draw("asymmetry"), self.asymmetry
        gain = np.exp(spread) if self.step_log_normal else 1 + spread
        step = np.float32(self.step)
        return PulsedCells(
            up=step * np.abs(gain + r + np.float32(min(u, 0))),
            down=step * np.abs(gain - r - np.float32(max(u, 0))),
            low=-np.abs(np.float32(self.w_min) * (1 + np.float32(self.w_min_spread) * draw("w_min"))),
            high=np.abs(np.float32(self.w_max) * (1 + np.float32(self.w_max_spread) * draw("w_max"))),
        )

    def _with_stuck(self, cells: PulsedCells, stuck: NDArray[np.bool_], place: Matrix) -> PulsedCells:
        """The same cells with those at `stuck` held at a weight; `place` is uniform in [0, 1)."""
        weight = np.float32(self.stuck_range) * (2 * place - 1)
        held = weight + cells.reference if cells.reference.size else weight
        nothing = np.float32(0)
        up, down = (np.where(stuck, nothing, step) for step in (cells.up, cells.down))
        low, high = (np.where(stuck, held, bound) for bound in (cells.low, cells.high))
        shapes = [np.where(stuck, nothing, shape) if shape.size else shape for shape in (cells.up_shape, cells.down_shape)]
        return PulsedCells(up, down, low, high, shapes[0], shapes[1], cells.reference)

    def _rates(self, shape: tuple[int, int], chip: Stream) -> Matrix:
        if self.lifetime == 0:
            return np.broadcast_to(np.float32(0), shape)
        times = np.abs(self.lifetime * (1 + np.float32(self.lifetime_spread) * normal(shape, chip.child("lifetime").key)))
        rates: Matrix = (1 / np.maximum(times, 1)).astype(np.float32)
        return rates

    def _noise(self) -> tuple[float, float]:
        """(relative, fixed) noise of a pulse, as the kernel calls it."""
        return (0.0, self.noise) if self.additive else (self.noise, 0.0)
