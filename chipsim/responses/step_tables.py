"""Tables of steps: mean and standard deviation of the change by one pulse against the state, for each measured device.

    state        u = (w - low) / (high - low),  `points` equal distances from 0 to 1, straight lines between them
    mean         T = argmin sum (change - T(u))**2 + smoothing (pulses / points) sum (second differences of T)**2
    spread       S**2: the same for (change - T(u))**2, less 2 read_noise**2, not below 0

all in weights, up and down each their own. The smoothing carries tables over states that a device hardly visited; it leaves linear laws
as they are. The mean table is that of the devices' tables, and the mean square for the spread.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from chipsim.responses.pulse_steps import Mask, Steps
from chipsim.responses.pulse_traces import Numbers

SMOOTHING = 0.05
_FLAT = 1e-4  # of the smoothing: keeps a table constant where two points were visited at most


class Tables(NamedTuple):
    """Steps up and down, [devices, points], in weights."""

    up: Numbers
    down: Numbers
    up_spread: Numbers
    down_spread: Numbers

    @property
    def mean(self) -> Tables:
        """Of the average device, [1, points]."""
        spreads = (np.sqrt((spread**2).mean(axis=0, keepdims=True)) for spread in (self.up_spread, self.down_spread))
        return Tables(self.up.mean(axis=0, keepdims=True), self.down.mean(axis=0, keepdims=True), *spreads)


def tables_of(steps: Steps, points: int) -> Tables:
    """The tables of every device; zeros for a direction without pulses."""
    width = np.maximum(steps.high - steps.low, 1e-30)
    place = np.clip((steps.state - steps.low[:, None]) / width[:, None], 0, 1) * (points - 1)
    up, up_spread = _fitted(place, steps, steps.of(True), points)
    down, down_spread = _fitted(place, steps, steps.of(False), points)
    return Tables(up, down, up_spread, down_spread)


def _fitted(place: Numbers, steps: Steps, used: Mask, points: int) -> tuple[Numbers, Numbers]:
    mean, spread = np.zeros((len(place), points)), np.zeros((len(place), points))
    for device in range(len(place)):
        mine = used[device]
        if not mine.any():
            continue
        hats = _hats(place[device][mine], points)
        change = steps.change[device][mine]
        mean[device] = _solved(hats, change)
        freedom = max(mine.sum() - min(points, mine.sum() / 2), 1) / mine.sum()  # what the table itself has explained away
        square = (change - hats @ mean[device]) ** 2 / freedom - 2 * steps.read_noise**2
        spread[device] = np.sqrt(np.maximum(_solved(hats, square), 0))
    return mean, spread


def _hats(place: Numbers, points: int) -> Numbers:
    """Shares of the points in a value between them, [steps, points]."""
    left = np.minimum(place.astype(np.int64), points - 2)
    hats, row = np.zeros((place.size, points)), np.arange(place.size)
    hats[row, left] = 1 - (place - left)
    hats[row, left + 1] = place - left
    return hats


def _solved(hats: Numbers, values: Numbers) -> Numbers:
    points = hats.shape[1]
    stiff = SMOOTHING * len(hats) / points
    bends, slopes = np.diff(np.eye(points), 2, axis=0), np.diff(np.eye(points), axis=0)
    normal = hats.T @ hats + stiff * (bends.T @ bends + _FLAT * slopes.T @ slopes)
    solution: Numbers = np.linalg.solve(normal, hats.T @ values)
    return solution
