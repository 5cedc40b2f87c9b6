"""What pulses of training do to devices, in numbers: weight against pulse number, steps against the weight, how devices differ.

N devices are drawn from the chip's stream, brought to their lower bound and given `pulses` pulses up, then as many down, `cycles` times;
devices that never fall below weight 0 (one of a pair) get pulses up only, after a reset each time. The kernels are those of training.
All tables are lists of rows of plain numbers in units of the full-scale weight, None where there is nothing to say; the rows' keys:

    curve      pulse, direction (1, -1, 0: before the first), average (device without spread or noise), mean, sigma, median, low, high
               (5 %, 95 % of the devices below)
    samples    device, pulse, weight: of a handful of devices that respond, from small to large steps, as they are read
    steps      weight, then for up_ and down_: average, mean, sigma, median, low, high of the devices whose range holds this weight
    symmetry   low, high, devices: histogram of the points where a pulse up and one down are equal on average
    spreads    quantity, mean, mean_closed, sigma, sigma_closed, deviation (of sigma), error (its standard error), devices

`spreads` sets the drawn devices beside the description (response_spreads.py). Stuck devices count in `curve` and in `stuck` only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from chipsim.errors import InputError
from chipsim.kernels.pulsed_update import Law, Matrix
from chipsim.responses import Cells, Response
from chipsim.streams import Stream
from chipsim.studies.response_spreads import Numbers, Row, pulse_all, spreads
from chipsim.tabular import Tabular

CELLS, FEWEST, MOST = 1000, 50, 1_000_000
CYCLES = 2
FEWEST_PULSES, MOST_PULSES = 20, 20_000
REACHED = 0.95  # share of its way that the average device goes in the usual number of pulses
POINTS = 100  # of a sweep that are kept
SAMPLES = 5
WEIGHTS = 41
BINS = 41
_KEY = Stream().child("without noise").key


@final
@dataclass(frozen=True)
class ResponseStudy(Tabular):
    """The numbers of one response; tables as in the docstring of this file."""

    name: str
    response: Row  # the description with all defaults, as it would stand in a file
    cites: tuple[str, ...]
    cells: int
    pulses: int  # in a sweep
    cycles: int
    seed: int
    one_sided: bool
    w_min: float
    w_max: float
    states: float  # as the literature counts them: range over step
    own_states: tuple[float, float, float]  # of single devices: 5 %, 50 %, 95 %
    granularity: float
    asymmetry: tuple[float, float] | None  # (up - down) / (up + down) at weight 0: mean and standard deviation
    symmetry_point: tuple[float, float] | None  # mean and standard deviation
    at_bound: float  # share of the devices where up and down are nowhere equal
    stuck: float
    stuck_described: float
    leak: float | None  # share of a weight lost in a mini-batch, on average
    curve: list[Row]
    samples: list[Row]
    steps: list[Row]
    symmetry: list[Row]
    spreads: list[Row]


def study(response: Response, cells: int = CELLS, pulses: int | None = None, seed: int = 0, name: str = "") -> ResponseStudy:
    """Study `response` with `cells` devices and sweeps of `pulses` pulses (None: as many as bring the average device near its end).

    InputError for numbers of devices outside 50 to 1,000,000 and of pulses outside 1 to 20,000.
    """
    if not FEWEST <= cells <= MOST:
        raise InputError(f"response study: {cells} cells; expected {FEWEST} to {MOST:,}; {CELLS} give a spread to 2 %")
    if pulses is not None and not 1 <= pulses <= MOST_PULSES:
        raise InputError(f"response study: {pulses} pulses; expected 1 to {MOST_PULSES:,} in a sweep")
    stream = Stream(seed).child("response study")
    drawn, start = response.instantiate((1, cells), stream, stream.child("chip"))
    one_sided = response.w_min == 0
    count = usual_pulses(response, one_sided) if pulses is None else pulses
    live = ~drawn.stuck[0]
    curve, samples = _sweeps(response, drawn, start, count, one_sided, stream)
    point = response.symmetry_point(drawn)[0][live].astype(np.float64)
    low, high = (bound[0][live].astype(np.float64) for bound in response.bounds(drawn))
    up, down = (step[0][live] for step in response.mean_steps(drawn, np.zeros((1, cells))))
    holds = (low < 0) & (high > 0) & (up + down > 0)
    share = ((up - down) / np.maximum(up + down, 1e-30))[holds]
    own = (high - low)[up + down > 0] / np.maximum(up + (0 if one_sided else down), 1e-30)[up + down > 0] * (1 if one_sided else 2)
    ends = (point <= low) | (point >= high)
    return ResponseStudy(
        name=name or response.type_name, response=response.plain(), cites=response.cites, cells=cells, pulses=count, cycles=CYCLES,
        seed=seed, one_sided=one_sided, w_min=response.w_min, w_max=response.w_max, states=response.states,
        own_states=_quantiles(own), granularity=response.granularity,
        asymmetry=None if one_sided or share.size < 2 else (float(share.mean()), float(share.std(ddof=1))),
        symmetry_point=None if one_sided or point.size < 2 else (float(point.mean()), float(point.std(ddof=1))),
        at_bound=float(ends.mean()) if point.size else 0.0,
        stuck=float(drawn.stuck.mean()), stuck_described=response.stuck, leak=1 / response.lifetime if response.lifetime else None,
        curve=curve, samples=samples, steps=_steps(response, drawn, one_sided),
        symmetry=[] if one_sided else _histogram(point), spreads=spreads(response, drawn, stream),
    )  # fmt: skip


def usual_pulses(response: Response, one_sided: bool) -> int:
    """Pulses up that bring the average device from its lower bound (or from rest) 95 % of the way it goes in 20,000 pulses."""
    cells, weights = response.average()
    held = weights.copy() if one_sided else (cells.low - (cells.reference if cells.reference.size else 0)).astype(np.float32)
    counts = np.unique(np.geomspace(1, MOST_PULSES, 300).round().astype(int))
    way = [float(held[0, 0])]
    for number, more in enumerate(np.diff(counts, prepend=0)):
        pulse_all(held, None, cells, _quiet(response.law), int(more), _KEY, number)
        way.append(float(held[0, 0]))
    reached = np.array(way) - way[0]
    first = int(np.argmax(reached >= REACHED * reached[-1]))
    return int(np.clip(counts[max(first - 1, 0)], FEWEST_PULSES, MOST_PULSES))


def _quiet(law: Law) -> Law:
    return law._replace(relative=0.0, fixed=0.0, floor=0.0, share=0.0, write_noise=0.0)


def _sweeps(
    response: Response, drawn: Cells, start: Matrix, count: int, one_sided: bool, stream: Stream
) -> tuple[list[Row], list[Row]]:
    """Weights after pulses up and down again and again: of all devices, and of a handful."""
    law, key = response.law, stream.child("pulses").key
    cells, rest = response.average()
    middle = rest.copy() if one_sided else (cells.low - (cells.reference if cells.reference.size else 0)).astype(np.float32)
    held = start.copy() if one_sided else response.bounds(drawn)[0].astype(np.float32)
    seen = held.copy()
    chosen = _handful(drawn)
    marks = np.unique(np.linspace(0, count, min(count, POINTS) + 1).round().astype(int))
    curve, samples = [_state(0, 0, middle, seen)], _read(0, seen, chosen)
    number, passed = 0, 0
    for cycle in range(CYCLES):
        for sign in (1,) if one_sided else (1, -1):
            if one_sided and cycle > 0:
                held, middle = response.after_reset(drawn, stream.child(f"reset {cycle}")), rest.copy()
                seen = held.copy()
                curve, samples = [*curve, _state(passed, 0, middle, seen)], samples + _read(passed, seen, chosen)
            for more in np.diff(marks):
                pulse_all(middle, None, cells, _quiet(law), sign * int(more), _KEY, number)
                pulse_all(seen, held if law.write_noise > 0 else None, drawn.pulsed, law, sign * int(more), key, number)
                number, passed = number + 1, passed + int(more)
                curve.append(_state(passed, sign, middle, seen))
                samples += _read(passed, seen, chosen)
    return curve, samples


def _handful(drawn: Cells) -> list[int]:
    """A few devices that respond, evenly from small to large steps."""
    live = np.flatnonzero(~drawn.stuck[0])
    order = live[np.argsort(drawn.pulsed.up[0][live], kind="stable")]
    places = np.linspace(0.1, 0.9, SAMPLES) * max(len(order) - 1, 0)
    return [int(order[round(place)]) for place in places] if len(order) >= SAMPLES else [int(number) for number in order]


def _state(pulse: int, direction: int, average: Matrix, seen: Matrix) -> Row:
    return {"pulse": pulse, "direction": direction, "average": float(average[0, 0])} | _moments(seen[0].astype(np.float64))


def _read(pulse: int, seen: Matrix, chosen: list[int]) -> list[Row]:
    return [{"device": place, "pulse": pulse, "weight": float(seen[0, number])} for place, number in enumerate(chosen, 1)]


def _moments(values: Numbers) -> Row:
    low, middle, high = _quantiles(values)
    return {"mean": float(values.mean()), "sigma": float(values.std(ddof=1)), "median": middle, "low": low, "high": high}


def _quantiles(values: Numbers) -> tuple[float, float, float]:
    found = np.quantile(values, (0.05, 0.5, 0.95)) if values.size else np.zeros(3)
    return float(found[0]), float(found[1]), float(found[2])


def _steps(response: Response, drawn: Cells, one_sided: bool) -> list[Row]:
    """Mean steps against the weight, over the devices whose range holds it; weights that fewer than ten devices reach are left out."""
    average, _ = response.average()
    low, high = response.bounds(drawn)
    rows: list[Row] = []
    for weight in np.linspace(response.w_min, response.w_max, WEIGHTS):
        here = ((low <= weight) & (weight <= high) & ~drawn.stuck)[0]
        if here.sum() < 10:
            continue
        own = response.mean_steps(drawn, np.full(drawn.stuck.shape, weight))
        mean = response.mean_steps(average, np.full((1, 1), weight))
        row: Row = {"weight": float(weight)}
        for name, steps, middle in zip(("up", "down"), own, mean, strict=True):
            values = {"average": float(middle[0, 0])} | _moments(steps[0][here])
            row |= {f"{name}_{part}": None if one_sided and name == "down" else value for part, value in values.items()}
        rows.append(row)
    return rows


def _histogram(values: Numbers) -> list[Row]:
    if values.size == 0:
        return []
    low, high = float(values.min()), float(values.max())
    if high - low < 1e-6:
        low, high = low - 0.05, high + 0.05
    counts, edges = np.histogram(values, BINS, (low, high))
    return [{"low": float(a), "high": float(b), "devices": int(n)} for a, b, n in zip(edges[:-1], edges[1:], counts, strict=True)]
