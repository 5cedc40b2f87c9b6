"""Drawn devices beside their description: rows of quantity, mean, mean_closed, sigma, sigma_closed, deviation, error, devices.

|a + s xi| has mean and spread of a folded normal, exp(s xi) of a log-normal; devices of `measured_steps` are those of the file. `pulse
noise` is (change - mean) / described spread for one pulse up at weight 0 (devices of a pair: half of w_max) far from bounds, `reading
noise` is (seen - held) / described. deviation = sigma / sigma_closed - 1; error is its standard error, e**2 = (k - 1) / 4 N with
kurtosis k. Stuck devices are left out.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipsim.kernels.pulse_reference import spread_of_change
from chipsim.kernels.pulsed_update import LONGEST, Law, Matrix, PulsedCells, pulsed_update
from chipsim.responses import Cells, MeasuredSteps, Response, SoftBoundsReference
from chipsim.streams import Stream

Row = dict[str, Any]
Numbers = NDArray[np.float64]

_FAR = 4.0  # standard deviations of a pulse from the next bound


def pulse_all(seen: Matrix, held: Matrix | None, cells: PulsedCells, law: Law, count: int, key: tuple[int, int], number: int) -> None:
    """`count` pulses (down where negative) on all devices, in place; no two calls of a key may share `number`."""
    for part in range(-(-abs(count) // LONGEST)):
        some = min(abs(count) - part * LONGEST, LONGEST) * (1 if count > 0 else -1)
        lines = np.ones((1, seen.shape[0]), np.float32), np.full((1, seen.shape[1]), some, np.float32)
        who = np.full(1, number, np.uint32), np.full(1, part, np.uint32)
        pulsed_update(seen, cells, law, key=key, sample=who[0], vector=who[1], lines=lines, hidden=held)


def spreads(response: Response, drawn: Cells, stream: Stream) -> list[Row]:
    """The drawn devices beside their description."""
    live, pulsed = ~drawn.stuck[0], drawn.pulsed
    described = _described(response)
    arrays = {"step up": pulsed.up, "step down": pulsed.down, "upper bound": pulsed.high, "lower bound": pulsed.low}
    if response.w_min == 0:
        del arrays["step down"], arrays["lower bound"]
    if isinstance(response, SoftBoundsReference):
        name = "symmetry point" if response.subtract_symmetry_point else "reference"
        arrays[name] = response.symmetry_point(drawn) if response.subtract_symmetry_point else pulsed.reference
    rows = [_compared(name, values[0][live].astype(np.float64), described.get(name)) for name, values in arrays.items()]
    noise = _pulse_noise(response, drawn, stream.child("one pulse").key)
    rows += [_compared(name, values, (0.0, 1.0)) for name, values in noise.items()]
    return [row for row in rows if row["devices"] > 1]


def _pulse_noise(response: Response, drawn: Cells, key: tuple[int, int]) -> dict[str, Numbers]:
    """What one pulse up and the reading after it add to the mean, in units of the described noise."""
    law = response.law
    held = response.confined(drawn, np.full(drawn.stuck.shape, response.w_max / 2 if response.w_min == 0 else 0, np.float32))
    before = held.astype(np.float64) + (drawn.pulsed.reference if drawn.pulsed.reference.size else 0.0)
    mean, spread = response.mean_steps(drawn, held)[0], spread_of_change(before, True, drawn.pulsed, law)
    seen = held.copy()
    low, high = (bound.astype(np.float64) for bound in response.bounds(drawn))
    free = ((held - low > _FAR * spread - mean) & (high - held > _FAR * spread + mean) & ~drawn.stuck & (spread > 1e-9))[0]
    expected = held.astype(np.float64) + mean
    pulse_all(seen, held if law.write_noise > 0 else None, drawn.pulsed, law, 1, key, 0)
    after = held if law.write_noise > 0 else seen
    found = {"pulse noise": ((after - expected)[0] / np.maximum(spread[0], 1e-30))[free]}
    if law.write_noise > 0:
        found["reading noise"] = ((seen.astype(np.float64) - held)[0] / law.write_noise)[~drawn.stuck[0]]
    return found


def _described(response: Response) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation of what a description says of a device."""
    if isinstance(response, MeasuredSteps) and response.devices == "each":
        return response.spreads
    r, u = response.asymmetry_spread, response.asymmetry
    s = response.step_spread
    sides = {"step up": 1 + min(u, 0), "step down": 1 - max(u, 0)}
    if response.step_log_normal:
        grown, wide = math.exp(s**2 / 2), math.expm1(s**2) * math.exp(s**2) + r**2
        steps = {name: (response.step * (mean - 1 + grown), response.step * math.sqrt(wide)) for name, mean in sides.items()}
    else:
        steps = {name: _folded(response.step * mean, response.step * math.hypot(s, r)) for name, mean in sides.items()}
    high = _folded(response.w_max, response.w_max * response.w_max_spread)
    low = _folded(-response.w_min, -response.w_min * response.w_min_spread)
    closed = {**steps, "upper bound": high, "lower bound": (-low[0], low[1])}
    if isinstance(response, SoftBoundsReference):
        closed |= {"reference": (response.reference_mean, response.reference_spread)}
        closed |= {"symmetry point": (-response.reference_mean, response.reference_spread)}  # unless a bound is nearer
    return closed


def _folded(mean: float, sigma: float) -> tuple[float, float]:
    """Mean and standard deviation of |N(mean, sigma)|."""
    if sigma == 0:
        return abs(mean), 0.0
    ratio = mean / sigma
    middle = sigma * math.sqrt(2 / math.pi) * math.exp(-(ratio**2) / 2) + mean * math.erf(ratio / math.sqrt(2))
    return middle, math.sqrt(max(mean**2 + sigma**2 - middle**2, 0.0))


def _compared(name: str, values: Numbers, closed: tuple[float, float] | None) -> Row:
    if values.size < 2:
        return {"quantity": name, "devices": int(values.size)}
    mean, sigma = float(values.mean()), float(values.std(ddof=1))
    kurtosis = float((((values - mean) / sigma) ** 4).mean()) if sigma > 0 else 3.0
    error = math.sqrt(max(kurtosis - 1, 0.0) / (4 * values.size))
    deviation = sigma / closed[1] - 1 if closed and closed[1] > 0 else None
    ends = closed or (None, None)
    return {
        "quantity": name, "mean": mean, "mean_closed": ends[0], "sigma": sigma, "sigma_closed": ends[1],
        "deviation": deviation, "error": error, "devices": int(values.size),
    }  # fmt: skip
