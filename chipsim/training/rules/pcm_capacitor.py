"""Two phase-change devices hold a weight, a capacitor beside them learns, and every few thousand samples the pair takes over.

    W = (q F (G+ - G-) + p u (g - g_ref)) / (F G_max)                  p, q = +-1: polarities;   g - g_ref = v + m at the capacitor's v
    v <- v + p (rate F G_max / u) x d^T          by pulse trains (driving.py), every vector; G+ and G- are not touched

Full scale is what the pair can hold. v is in units of the capacitor's response (-1 to 1 in the library), u = G_max: full scale of the
capacitor is that of one phase-change device, so F tells how much finer its steps are than those of the pair. m is what read transistor
and shared reference differ by when the capacitor is at its initial voltage (v = 0). The charge leaks to the response's `reset`.

After each `transfer_every` samples all rows are transferred:

    W' is read;  p or q changes its sign;  v <- 0 and m' is read;    T = W' - p (offset + m'),   T <- 0 where 0 < p T < offset
    G+ and G- are reset, then pulsed and read until |q F (G+ - G-) - T| <= tolerance, no more than `goes` times
    the capacitor is pulsed and read until the whole cell shows W', no more than `goes` times

So the pair absorbs m, and what it misses stays in the capacitor. The tolerance is a share of the capacitor's range, as that is what an
error of the pair takes away from it; the capacitor is tuned to its own step or the noise of a reading, whichever is larger. With
`inversion: capacitor` p turns: a device whose up step is larger than its down step pushes W up in one interval and down in the next.
With `pcm` q turns: G+ and G- change their roles; the two readings of what is swapped cannot be told apart by the sources at hand.

A sample is an image, however many vectors a layer reads of it. Changes between two transfers have to fit into the range of the
capacitor, 1 / F of full scale to each side: one at its bound no longer learns. So all capacitors are looked at every `look_every`
samples, and transferred early when more than the share `full` of them is beyond 3/4 of its range (not in the source;
`look_every: null` leaves it out).

Cost: W', m', a look and a go of a loop are one read for each row (of those that still have an open cell); a reset of the pair or of the
capacitor is one slot for each row and one pulse for each device; 3 operations for each weight make T, 1 belongs to a look. Starting
weights are written exactly, as those of other rules.

Reference: S. Ambrogio et al., Nature 558, 60, 2018, DOI 10.1038/s41586-018-0180-5 (cell, transfer, offset and inversion: Extended Data
Figs 2, 9 and 10; F and conductances at full scale are not given there).
Not modelled: noise of a look, the curve of the read transistor, drift of the pair, errors of the shared reference that change with
time, half-selected cells, pulses of a pair that are longer than those of a capacitor; see closed_loop.py, pair_array.py, pulsed_array.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, Self, final

import numpy as np
from numpy.typing import NDArray

from chipsim.kernels.philox import normal
from chipsim.kernels.pulsed_update import LONGEST, Matrix
from chipsim.reading import from_plain
from chipsim.responses import OneSidedPair, Response
from chipsim.spec import key
from chipsim.streams import Stream
from chipsim.training.rules.closed_loop import ClosedLoop, Counts
from chipsim.training.rules.driving import DrivenRule
from chipsim.training.rules.pair_array import PairArray
from chipsim.training.rules.pulsed_array import PulsedArray, starting
from chipsim.training.rules.rule import WORD, Activity, Footprint, Learner, State, copied, vectors
from chipsim.units import Conductance

AMBROGIO = "Ambrogio et al. 2018, doi:10.1038/s41586-018-0180-5"
STROKE = 0.08  # share of its range by which a vector may move a capacitor
FULL = 0.75  # share of its range beyond which a capacitor is full, as for pairs of devices that only go up


@cache
def library_capacitor() -> Response:
    """The capacitor of the library that belongs to this cell."""
    return from_plain(Response, {"component": "capacitor-cmos"})  # type: ignore[type-abstract]


@final
class PCMCapacitor(DrivenRule, type="pcm_capacitor"):
    """Pairs of phase-change devices with a capacitor that learns; `response` is that of the phase-change devices."""

    cites = ("ambrogio2018",)

    capacitor: Response | None = key("answer of the capacitor to pulses; default: library entry capacitor-cmos", default=None)
    significance: float = key("F: what the pair counts in units of the capacitor", default=3.0, gt=0, source="assumed")
    devices_per_polarity: int = key("phase-change devices that make up G+, and as many G-", default=1, ge=1, source="assumed")
    transfer_every: int = key("samples between two transfers", default=8000, ge=1, source=f"{AMBROGIO}: images")
    look_every: int | None = key("samples between two looks at the capacitors; null: none", default=1000, ge=1, source="assumed")
    full: float = key(
        "share of the capacitors beyond 3/4 of their range that makes a transfer early", default=0.01, ge=0, lt=1, source="assumed"
    )
    inversion: Literal["none", "capacitor", "pcm"] = key(
        "what changes its sign from one interval to the next: the capacitor against its reference, or the devices of the pair",
        default="capacitor",
        source="assumed: sources differ on what is swapped",
    )
    offset: Conductance = key(
        "what the pair leaves to the capacitor at a transfer", default=2e-6, ge=0, source=f"{AMBROGIO}, Extended Data Fig. 9"
    )
    full_scale: Conductance = key(
        "conductance of a phase-change device at w_max, which the offset is measured by",
        default=25e-6,
        gt=0,
        source="assumed: as for inference (Joshi et al. 2020, doi:10.1038/s41467-020-16108-9)",
    )
    mismatch: float = key(
        "spread of g - g_ref at the initial voltage between cells, in units of the capacitor's response",
        default=0.05,
        ge=0,
        source="assumed",
    )
    tolerance: float = key(
        "share of the capacitor's range that an error of the pair may take", default=0.1, gt=0, source="assumed: most is left to learn"
    )
    goes: int = key("most reads in a closed loop, each followed by pulses", default=20, ge=1, source="assumed")
    read_noise: float = key(
        "standard deviation of a reading in a transfer, in units of the full-scale weight",
        default=0.003,
        ge=0,
        source="assumed: rounding to 8 bits over the range of a cell",
    )
    longest: int | None = key(
        "most time slots of a train; default: as many as move a capacitor by 8 % of its range",
        default=None,
        ge=1,
        le=LONGEST,
        source="assumed: about 31 for 400 steps, as for SGD",
    )

    @property
    def footprint(self) -> Footprint:
        return Footprint(2 * self.devices_per_polarity + 1)

    @property
    def interval(self) -> int:
        return self.transfer_every

    def for_vectors(self, each: int) -> Self:
        return self.having(transfer_every=self.transfer_every * each, look_every=self.look_every and self.look_every * each)

    def begin(self, shape: tuple[int, int], weights: Matrix | None, stream: Stream, chip: Stream) -> Learner:
        return PCMCapacitorLearner(self, shape, weights, stream, chip)


@final
class PCMCapacitorLearner(Learner):
    """One array of cells; the polarities are (p, q)."""

    def __init__(self, rule: PCMCapacitor, shape: tuple[int, int], weights: Matrix | None, stream: Stream, chip: Stream) -> None:
        self.rule, self.shape, self._stream = rule, shape, stream
        kind, response = OneSidedPair(device=rule.devices), rule.capacitor or library_capacitor()
        self.unit = np.float32(1 / rule.significance)  # the capacitor at 1, in full-scale weights
        self._level = np.float32(kind.device.w_max)
        self.offset = np.float32(rule.offset / (rule.significance * rule.full_scale))
        self.mismatch: Matrix = self.unit * np.float32(rule.mismatch) * normal(shape, chip.child("mismatch").key)
        held = None if weights is None else (starting(weights, shape) - self.mismatch) * self._level
        names = [f"pair {number}" for number in range(rule.devices_per_polarity)]
        self.pairs = [PairArray(kind, shape, held, stream.child(name), chip.child(name)) for name in names]
        zero: Matrix = np.zeros(shape, np.float32)
        self.capacitor = PulsedArray(response, shape, zero, stream.child("capacitor"), chip.child("capacitor"))
        self._longest = rule.longest or min(LONGEST, math.ceil(STROKE * response.states))
        self.polarity = np.ones(2, np.float32)
        self._stale = True
        self._refresh()

    @property
    def weights(self) -> Matrix:
        if self._stale:
            np.multiply(self.capacitor.weights, self.unit * self.polarity[0], out=self._weights)
            self._weights += self._fixed
            self._stale = False
        return self._weights

    def update(self, x: Matrix, d: Matrix, rate: float, first: int) -> Activity:
        x, d = vectors(x, d, rate, first, self.shape)
        done, start = Activity(operations=x.size + d.size), 0
        periods = [self.rule.transfer_every, self.rule.look_every or self.rule.transfer_every]
        while start < len(x):
            stop = min(len(x), *(start + period - (first + start) % period for period in periods))
            signed = np.ascontiguousarray(self.polarity[0] * d[start:stop])
            scaled, number = rate / float(self.unit), first + start
            done = done.merged(self.capacitor.descend(x[start:stop], signed, scaled, number, self._longest, self.rule.trains))
            self._stale = True
            if rate > 0:
                done = done.merged(self._after(first + stop))
            start = stop
        return done

    def _after(self, count: int) -> Activity:
        """What is due when `count` vectors are learned."""
        if count % self.rule.transfer_every == 0:
            return self._transfer(count)
        if self.rule.look_every is None or count % self.rule.look_every:
            return Activity()
        looked = Activity(reads=self.shape[0], operations=self.mismatch.size)
        share = np.count_nonzero(np.abs(self.capacitor.weights) > FULL * self._reach) / self.mismatch.size
        return looked.merged(self._transfer(count)) if share > self.rule.full else looked

    def pause(self, number: int, batches: int = 1) -> None:
        self.capacitor.pause(number, batches)
        self._stale = True
        if self.rule.devices.lifetime > 0 or self.rule.devices.diffusion > 0:
            for pair in self.pairs:
                pair.pause(number, batches)
            self._refresh()

    def state(self) -> State:
        return {name: array.copy() for name, array in self._memory().items()}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        copied(state, self._memory())
        self._refresh()

    # --- a transfer -----------------------------------------------------------------------------------------------------

    def _transfer(self, number: int) -> Activity:
        """The pair takes over what the cell holds; no two transfers of a run may share `number`."""
        goal = self._loop("whole", 0.0).reading(self.weights, number)
        self._turn()
        emptied = self._empty(number)
        rest = self._loop("mismatch", 0.0).reading(self.polarity[0] * (self.mismatch + self.unit * self.capacitor.weights), number)
        target = goal - rest - self.polarity[0] * self.offset
        small = (self.polarity[0] * target > 0) & (self.polarity[0] * target < self.offset)
        target = np.clip(np.where(small, np.float32(0), target), -1, 1)
        looked = Activity(reads=2 * self.shape[0], operations=3 * target.size)
        return looked.merged(emptied).merged(self._write(target, number)).merged(self._tune(goal, number))

    def _turn(self) -> None:
        """The polarity of the interval that begins."""
        turns = {"none": (1, 1), "capacitor": (-1, 1), "pcm": (1, -1)}[self.rule.inversion]
        self.polarity *= np.array(turns, np.float32)

    def _empty(self, number: int) -> Activity:
        """All capacitors to their initial voltage."""
        array, response = self.capacitor, self.capacitor.response
        noise = normal(self.shape, self._stream.child("initial voltage").key, number % WORD, number // WORD)
        array.held[...] = response.confined(array.cells, np.float32(response.reset_noise) * noise)
        array.weights[...] = array.held
        rows, size = self.shape[0], self.mismatch.size
        return Activity(pulses=size, slots=rows, drives=rows + size)

    def _write(self, target: Matrix, number: int) -> Activity:
        """The pairs from a reset to `target`, in full-scale weights."""
        everywhere = np.ones(self.shape, np.bool_)
        done = Activity()
        for pair in self.pairs:
            done = done.merged(pair.reset(everywhere, number))
        loop = self._loop("pair", self.rule.tolerance * float(self.unit) * self._reach)
        done = done.merged(loop.write(target, self._paired, self._pair_pulses, self._pulse_pairs, number))
        self._refresh()
        return done

    def _paired(self) -> Matrix:
        """What the pairs add to the weights."""
        total = sum((pair.weights for pair in self.pairs), np.float32(0))
        shown: Matrix = np.asarray(total * (self.polarity[1] / (self._level * len(self.pairs))), np.float32)
        return shown

    def _pair_pulses(self, shown: Matrix, target: Matrix) -> Counts:
        scale = self.polarity[1] * self._level
        return self.pairs[0].pulses_between(shown * scale, target * scale)

    def _pulse_pairs(self, counts: Counts, go: int) -> Activity:
        """Several pulses go to each pair of a cell, a single one to one pair after the other."""
        done = Activity()
        for place, pair in enumerate(self.pairs):
            mine = (np.abs(counts) > 1) | (go % len(self.pairs) == place)
            done = done.merged(pair.write(np.where(mine, counts, 0), go))
        return done

    def _tune(self, goal: Matrix, number: int) -> Activity:
        """The capacitors until the cells show `goal`."""
        step = float(self.unit) * self.capacitor.granularity
        loop = self._loop("tune", max(step, self.rule.read_noise))

        def pulses(shown: Matrix, target: Matrix) -> Counts:
            counts = np.rint((target - shown) * (self.polarity[0] / np.float32(step)))
            return np.asarray(np.clip(counts, -LONGEST, LONGEST), np.int64)

        def give(counts: Counts, go: int) -> Activity:
            self._stale = True
            return self.capacitor.write(counts, go)

        return loop.write(goal, lambda: self.weights, pulses, give, number)

    def _loop(self, purpose: str, tolerance: float) -> ClosedLoop:
        return ClosedLoop(tolerance, self.rule.goes, self.rule.read_noise, self._stream.child("reads").child(purpose).key)

    # --- what is remembered ---------------------------------------------------------------------------------------------

    @property
    def _reach(self) -> float:
        """Half of the capacitor's range, in units of its response."""
        response = self.capacitor.response
        return (response.w_max - response.w_min) / 2

    def _refresh(self) -> None:
        """What stays between two transfers, and room for the weights."""
        self._fixed = self._paired() + self.polarity[0] * self.mismatch
        self._weights = np.empty(self.shape, np.float32)
        self._stale = True

    def _memory(self) -> dict[str, NDArray[Any]]:
        """Every array that is remembered, by name."""
        named = [(f"pair {place}", pair.arrays()) for place, pair in enumerate(self.pairs)] + [("capacitor", self.capacitor.arrays())]
        return {f"{name} {part}": array for name, arrays in named for part, array in arrays.items()} | {"polarity": self.polarity}
