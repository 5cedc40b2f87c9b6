"""From pulse traces to steps: where each device stood before a pulse and how far the pulse moved it, in weights.

    w = (g - zero) / unit                        conductances; weights stay as they are
    travel = mean of (direction * change)        a device below `stuck_below` of the usual travel (upper quartile) counts as stuck

A reading is noisy too. Its noise e makes neighbouring changes anti-correlated,

    cov(r_n, r_n+1) = -var(e) - q var(c),    var(r_n) = var(c) + 2 var(e)

with r what is left of the changes after a polynomial of third order in the reading one pulse earlier, c the noise of a pulse and q the
share of a disturbance that the next pulse undoes (slope of that polynomial; devices with more than 0.2 are left out). Where e is felt
(var(e) above 15 % of the variance of a change; noise of pulses alone looks like up to 10 %, more where bounds cut much of it short), a
state is what was read one pulse earlier, moved on by the mean step: the reading itself would make steps look smaller where e was large.

Range of a device: its lowest and highest reading, without the outer 2 % where readings are noisy. A step that ends at, or begins from, an
end of the range that was read more than once was cut short and says nothing about its size. Valid where steps change little within e.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray

from chipsim.errors import InputError, Problem
from chipsim.responses.pulse_traces import Numbers, PulseTraces

Mask = NDArray[np.bool_]

USUAL = 0.75  # quantile of the travel that counts as usual
FELT = 0.15  # share of the variance of a change that noise of the reading must have
STEADY = 0.2  # share of a disturbance undone by one pulse, up to which noise of readings and of pulses can be told apart
OUTER = 0.02  # share of noisy readings at either end of the range that say nothing about it
_SAME = 1e-9  # of the range: two readings at the same bound


class Steps(NamedTuple):
    """Steps of the devices that respond, [devices, pulses], and what is known about all devices; in weights."""

    state: Numbers  # before the pulse
    change: Numbers  # along the direction of the pulse
    rises: Mask  # pulses up,
    falls: Mask  # pulses down; neither: no pulse of training
    cut: Mask  # steps that a bound has cut short
    low: Numbers  # [devices], range of each
    high: Numbers
    stuck: Numbers  # weights at which the stuck devices stand
    rest: Numbers  # weights after a reset, [readings]; empty where there was none
    read_noise: float  # standard deviation of a reading
    zero: float  # of the conductance (S) or weight at which w = 0,
    unit: float  # and which is one full-scale weight

    @property
    def stuck_share(self) -> float:
        """Share of all devices that no pulse moves."""
        return self.stuck.size / (self.stuck.size + len(self.low))

    def of(self, up: bool) -> Mask:
        """Steps of one direction whose size can be told."""
        return (self.rises if up else self.falls) & ~self.cut


def steps_of(traces: PulseTraces, stuck_below: float, zero: float | None = None, unit: float | None = None) -> Steps:
    """The steps in `traces`; `zero` and `unit` (S) default to the middle and half of the mean range of the devices.

    With pulses up only they default to the mean lower end and the whole range. InputError where nothing responds.
    """
    sign = traces.direction.astype(np.float64)
    travel = (sign * traces.change).sum(axis=1) / np.maximum(abs(sign).sum(axis=1), 1)
    usual = float(np.quantile(travel, USUAL))
    if usual <= 0:
        raise InputError(Problem("devices do not follow their pulses: 'up' must raise what is read, 'down' lower it", file=traces.file))
    live = travel >= stuck_below * usual
    held, moves = traces.held[live], sign[live]
    noise = _read_noise(held, moves)
    low, high = _ranges(held, noise)
    zero, unit = _scale(traces, low, high, zero, unit)
    state = _states(held, moves) if noise > 0 else held[:, :-1]
    return Steps(
        (state - zero) / unit, moves * np.diff(held, axis=1) / unit, moves > 0, moves < 0, _cut(held, moves, low, high),
        (low - zero) / unit, (high - zero) / unit, (traces.held[~live].mean(axis=1) - zero) / unit,
        (_rest(held, moves) - zero) / unit, noise / unit, zero, unit,
    )  # fmt: skip


def _scale(traces: PulseTraces, low: Numbers, high: Numbers, zero: float | None, unit: float | None) -> tuple[float, float]:
    if not traces.siemens:
        if zero is not None or unit is not None:
            raise InputError(Problem("holds weights; zero and unit are for conductances only", file=traces.file))
        return 0.0, 1.0
    bottom, top = float(low.mean()), float(high.mean())
    upwards = not (traces.direction < 0).any()
    found = (bottom, top - bottom) if upwards else ((bottom + top) / 2, (top - bottom) / 2)
    return found[0] if zero is None else zero, found[1] if unit is None else unit


def _ranges(held: Numbers, noise: float) -> tuple[Numbers, Numbers]:
    if noise == 0:
        return held.min(axis=1), held.max(axis=1)
    low, high = np.quantile(held, (OUTER, 1 - OUTER), axis=1)
    return low, high


def _cut(held: Numbers, sign: Numbers, low: Numbers, high: Numbers) -> Mask:
    """Steps towards an end of the range that was read more than once, where they end at or begin from it."""
    slack = _SAME * (high - low)[:, None]
    found: Mask = np.zeros(sign.shape, np.bool_)
    for at_end, side in ((held >= high[:, None] - slack, 1), (held <= low[:, None] + slack, -1)):
        bound = at_end.sum(axis=1, keepdims=True) > 1
        found |= bound & (sign == side) & (at_end[:, :-1] | at_end[:, 1:])
    return found


def _rest(held: Numbers, sign: Numbers) -> Numbers:
    """Readings after a reset; where pulses only go up, those before the first pulse too."""
    after: Numbers = held[:, 1:][sign == 0]
    return after if (sign < 0).any() else np.concatenate([after, held[:, 0]])


def _predicted(held: Numbers, sign: Numbers) -> Numbers:
    """Change by each pulse that a polynomial in the reading says, for each device and direction; 0 without a pulse."""
    change, found = np.diff(held, axis=1), np.zeros(sign.shape)
    for device in range(len(held)):
        for side in (1, -1):
            mine = sign[device] == side
            order = min(3, int(mine.sum()) // 8)
            if mine.any() and np.ptp(held[device, :-1][mine]) > 0:
                line = Polynomial.fit(held[device, :-1][mine], change[device][mine], order)
                found[device][mine] = line(held[device, :-1][mine])
    return found


def _read_noise(held: Numbers, sign: Numbers) -> float:
    """Standard deviation of a reading, from the devices that keep most of a disturbance for a pulse; 0 where it is not felt."""
    found = [pair for device in range(len(held)) for side in (1, -1) if (pair := _of_sweeps(held[device], sign[device] == side))]
    if not found:
        return 0.0
    noise, variance, count = np.array(found).T
    mean = float((noise * count).sum() / count.sum())
    whole = float((variance * count).sum() / count.sum())
    return float(np.sqrt(mean)) if mean > max(FELT, 4 / float(np.sqrt(count.sum()))) * whole else 0.0


def _of_sweeps(held: Numbers, mine: Mask) -> tuple[float, float, int] | None:
    """(variance of a reading, variance of a change, pulses) of one device in one direction; None where it cannot be told."""
    change = np.diff(held)
    third = np.flatnonzero(mine[:-2] & mine[1:-1] & mine[2:]) + 1  # pulses with one of the same direction before and after them
    if third.size < 8 or np.ptp(held[third - 1]) == 0:
        return None
    line = Polynomial.fit(held[third - 1], change[third], min(3, third.size // 8))
    lost = float(np.clip(-np.polyfit(held[third - 1], change[third], 1)[0], 0, 1))
    if lost > STEADY:
        return None
    rest, after = change[third] - line(held[third - 1]), change[third + 1] - line(held[third])
    variance = float((rest**2).mean())
    return (-float((rest * after).mean()) - lost * variance) / (1 - 2 * lost), variance, third.size


def _states(held: Numbers, sign: Numbers) -> Numbers:
    """State before each pulse from the reading one pulse earlier, where that pulse was one of training."""
    state = held[:, :-1].copy()
    moved = held[:, :-2] + _predicted(held, sign)[:, :-1]
    known = sign[:, :-1] != 0
    state[:, 1:][known] = moved[known]
    return state
