"""Laws of the steps fitted to pulse traces by least squares: which law, which numbers, and how well.

    misfit = sum (clip(v + f(v), low, high) - v - change)**2  over all pulses,     R2 = 1 - misfit / sum change**2
    BIC = N ln(misfit / N) + k ln N,    N pulses, k fitted numbers of all devices and of the law

v state before a pulse (pulse_steps.py), f the fitted step along the direction of the pulse, low and high the range of the device. Per
device: steps up and down of every law, soft bounds' own bounds; of all devices: gamma of `linear_step` and its spread, (A, gamma) of
`exponential_step` with slope 0.5 and offset 0 (only A exp(gamma offset) and gamma slope can be told), exponents of `power_step`.

    noise    n**2 = (mean r**2 - 2 read_noise**2) / mean f**2,  or / mean step**2 (`additive`);  r = change - f: the one of the two that
             is nearer to the same number for the smaller and the larger half of the steps
    spreads  standard deviations of the numbers of the devices, which include the errors of their fits

`write_noise` is the noise of the readings, `stuck` the share of devices without a response. Not fitted: leak, reset, correlations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import least_squares

from chipsim.errors import InputError
from chipsim.responses.pulse_steps import Mask, Steps
from chipsim.responses.pulse_traces import Numbers
from chipsim.responses.response import Response
from chipsim.responses.step_tables import tables_of

LAWS = ("constant_step", "linear_step", "soft_bounds", "exponential_step", "power_step")
_LEAST = 1e-12
_FARTHEST = 5.0  # soft bounds: mean distance of a fitted bound from 0, in ranges, beyond which steps do not vanish anywhere
_DIGITS = 6


class Fitted(NamedTuple):
    """One law: the response, mean square of the residuals, R2, BIC, number of fitted numbers."""

    response: Response
    misfit: float
    r2: float
    bic: float
    numbers: int


class _Law(NamedTuple):
    """Fitted steps along each pulse [devices, pulses], bounds [devices], steps at weight 0, keys of the law, how many numbers."""

    step: Numbers
    low: Numbers
    high: Numbers
    up: Numbers
    down: Numbers
    keys: dict[str, float]
    numbers: int


def fit(steps: Steps, law: str, source: str = "") -> Fitted:
    """The law of one type; InputError for an unknown type and for steps that it cannot follow at all."""
    if law not in LAWS:
        raise InputError(f"fit: law '{law}'; expected one of {', '.join(LAWS)}")
    if not steps.falls.any():
        raise InputError("fit: pulses up only; the laws need both directions; use type measured_steps, or pulse the devices down too")
    found = _FITS[law](steps)
    pulses = steps.rises | steps.falls
    low, high = found.low[:, None], found.high[:, None]
    sign = np.where(steps.rises, 1.0, -1.0)
    state = np.clip(steps.state, low, high)
    rest = (steps.change - sign * (np.clip(state + sign * found.step, low, high) - state))[pulses]
    count, misfit = rest.size, float((rest**2).mean())
    bic = count * float(np.log(max(misfit, _LEAST**2))) + found.numbers * float(np.log(count))
    r2 = 1 - misfit / float((steps.change[pulses] ** 2).mean())
    return Fitted(_response(steps, law, found, source), misfit, r2, bic, found.numbers)


def fit_all(steps: Steps, source: str = "") -> dict[str, Fitted]:
    """Every law that can be fitted, the best (lowest BIC) first."""
    found = {}
    for law in LAWS:
        try:
            found[law] = fit(steps, law, source)
        except InputError:
            if law == "constant_step":  # then no law can
                raise
    return dict(sorted(found.items(), key=lambda pair: pair[1].bic))


def table_r2(steps: Steps, points: int = 12) -> float:
    """R2 of the tables of `measured_steps`: what no law of the state can surpass by much."""
    tables = tables_of(steps, points)
    width = np.maximum(steps.high - steps.low, _LEAST)
    place = np.clip((steps.state - steps.low[:, None]) / width[:, None], 0, 1) * (points - 1)
    left = np.minimum(place.astype(np.int64), points - 2)
    row, share = np.arange(len(place))[:, None], place - left
    up, down = ((1 - share) * table[row, left] + share * table[row, left + 1] for table in (tables.up, tables.down))
    pulses = steps.rises | steps.falls
    sign, low, high = np.where(steps.rises, 1.0, -1.0), steps.low[:, None], steps.high[:, None]
    state = np.clip(steps.state, low, high)
    moved = sign * (np.clip(state + sign * np.where(steps.rises, up, down), low, high) - state)
    return 1 - float(((steps.change - moved)[pulses] ** 2).mean() / (steps.change[pulses] ** 2).mean())


def _response(steps: Steps, law: str, found: _Law, source: str) -> Response:
    rises, falls = found.up, found.down
    base = float(max(rises.mean(), falls.mean()))  # asymmetry only ever makes one of the two smaller
    gain, half = (rises + falls) / 2 / base, (rises - falls) / 2 / base
    keys = {
        "step": base,
        "step_spread": float(gain.std()),
        "asymmetry": float((rises.mean() - falls.mean()) / base),
        "asymmetry_spread": float(half.std()),
        "w_max": float(found.high.mean()),
        "w_max_spread": float(found.high.std() / found.high.mean()),
        "w_min": float(found.low.mean()),
        "w_min_spread": float(found.low.std() / -found.low.mean()),
        "stuck": steps.stuck_share,
        "stuck_range": float(abs(steps.stuck).max()) if steps.stuck.size else 0.0,
        "write_noise": steps.read_noise / base,
    }
    noise, additive = _noise(steps, found)
    keys |= {"noise": noise} | found.keys
    values = {name: float(f"{value:.{_DIGITS}g}") for name, value in keys.items()}
    member: Any = Response.members[law]
    response: Response = member(**values, additive=additive, source=source or None)
    return response


def _noise(steps: Steps, found: _Law) -> tuple[float, bool]:
    """Noise of a pulse, and whether it stays what it is where steps become smaller."""
    used = (steps.rises | steps.falls) & ~steps.cut
    square = ((steps.change - found.step)[used] ** 2) - 2 * steps.read_noise**2
    fixed = np.where(steps.rises, found.up[:, None], found.down[:, None])[used]
    left = abs(found.step[used]) / fixed
    large = left > np.median(left)
    if not 0 < large.mean() < 1:
        large = np.arange(large.size) % 2 == 0

    def known(size: Numbers, part: Mask) -> float:
        return float(np.sqrt(max(square[part].mean(), 0.0) / max((size[part] ** 2).mean(), _LEAST)))

    answers = []
    for additive, size in ((False, abs(found.step[used])), (True, fixed)):
        halves = max(known(size, large), _LEAST), max(known(size, ~large), _LEAST)
        answers.append((abs(float(np.log(halves[0] / halves[1]))), additive, known(size, np.ones_like(large))))
    _, additive, noise = min(answers)
    return noise, additive


def _constant(steps: Steps) -> _Law:
    up, down = (_means(steps, rises) for rises in (True, False))
    step = np.where(steps.rises, up[:, None], down[:, None])
    return _Law(step, steps.low, steps.high, up, down, {}, 4 * len(up))


def _means(steps: Steps, up: bool) -> Numbers:
    """Mean step of each device in one direction."""
    used = _enough(steps, up)
    means: Numbers = (steps.change * used).sum(axis=1) / used.sum(axis=1)
    return np.maximum(means, _LEAST)


def _enough(steps: Steps, up: bool) -> Numbers:
    """Which steps are used, as numbers; of a device that has fewer than four uncut ones, the cut ones too."""
    used, every = steps.of(up), steps.rises if up else steps.falls
    return np.where(used.sum(axis=1, keepdims=True) >= 4, used, every).astype(np.float64)


def _lines(steps: Steps, up: bool) -> tuple[Numbers, Numbers]:
    """(step at weight 0, loss of it by a weight of 1 in the direction of the pulse) of each device, from a straight line."""
    used = _enough(steps, up)
    count = used.sum(axis=1)
    x, y = (steps.state * used).sum(axis=1) / count, (steps.change * used).sum(axis=1) / count
    dx = (steps.state - x[:, None]) * used
    slope = (dx * steps.change).sum(axis=1) / np.maximum((dx**2).sum(axis=1), _LEAST)
    return y - slope * x, -slope if up else slope


def _linear(steps: Steps) -> _Law:
    """Straight lines; gamma of all devices, steps refined with it."""
    keys: dict[str, float] = {}
    numbers, shares = [], []
    for name, up, bound in (("up", True, steps.high.mean()), ("down", False, -steps.low.mean())):
        start, loss = _lines(steps, up)
        weight = np.maximum(start, 0)
        gamma = float((weight * loss).sum() / max(float((weight**2).sum()), _LEAST) * bound)
        error = loss * bound / np.maximum(start, _LEAST)
        keys |= {f"gamma_{name}": gamma, f"gamma_{name}_spread": float(np.quantile(error, 0.84) - np.quantile(error, 0.16)) / 2}
        shares.append(1 - (1 if up else -1) * gamma / bound * steps.state)
        numbers.append(_scaled(steps, up, shares[-1]))
    step = np.where(steps.rises, numbers[0][:, None] * shares[0], numbers[1][:, None] * shares[1])
    return _Law(step, steps.low, steps.high, numbers[0], numbers[1], keys, 4 * len(step) + 4)


def _scaled(steps: Steps, up: bool, share: Numbers) -> Numbers:
    """Step of each device at weight 0, least squares, where `share` of it is left at each pulse."""
    used = _enough(steps, up)
    sizes: Numbers = (used * share * steps.change).sum(axis=1) / np.maximum((used * share**2).sum(axis=1), _LEAST)
    return np.maximum(sizes, _LEAST)


def _soft(steps: Steps) -> _Law:
    """Straight lines that end at bounds of their own; InputError where they do not end."""
    (up, up_loss), (down, down_loss) = _lines(steps, True), _lines(steps, False)
    width = float((steps.high - steps.low).mean())
    with np.errstate(divide="ignore", invalid="ignore"):
        high, low = up / up_loss, -down / down_loss
    good = (up > 0) & (down > 0) & (up_loss > 0) & (down_loss > 0) & (high < _FARTHEST * width) & (low > -_FARTHEST * width)
    good &= (high > 0) & (low < 0)
    if good.mean() < 0.5:
        raise InputError("fit: steps of most devices do not vanish at bounds; soft_bounds is no law for them")
    high, low = np.where(good, high, np.median(high[good])), np.where(good, low, np.median(low[good]))
    shares = 1 - steps.state / high[:, None], 1 - steps.state / low[:, None]
    sizes = _scaled(steps, True, shares[0]), _scaled(steps, False, shares[1])
    step = np.where(steps.rises, sizes[0][:, None] * shares[0], sizes[1][:, None] * shares[1])
    return _Law(step, low, high, sizes[0], sizes[1], {}, 4 * len(step))


def _exponential(steps: Steps) -> _Law:
    """1 - A exp(gamma v / (high - low)) of all devices, steps of each."""
    place = steps.state / (steps.high - steps.low)[:, None]
    pairs = []
    for up in (True, False):
        mirrored = place if up else -place
        factor, slope = _shape(steps, up, lambda p, x=mirrored: 1 - p[0] * np.exp(np.clip(p[1] * x, -50, 50)), ((0.3, 3.0), (-0.3, -3.0)))
        pairs.append((factor, slope, np.maximum(1 - factor * np.exp(np.clip(slope * mirrored, -50, 50)), 0)))
    sizes = [_scaled(steps, up, pair[2]) for up, pair in zip((True, False), pairs, strict=True)]
    step = np.where(steps.rises, sizes[0][:, None] * pairs[0][2], sizes[1][:, None] * pairs[1][2])
    keys = {"a_up": pairs[0][0], "gamma_up": pairs[0][1], "a_down": pairs[1][0], "gamma_down": pairs[1][1], "slope": 0.5, "offset": 0.0}
    return _Law(step, steps.low, steps.high, sizes[0], sizes[1], keys, 4 * len(step) + 4)


def _power(steps: Steps) -> _Law:
    """(what is left of the range)**exponent of all devices; the ends lie beyond what was read by a share of it."""
    width = (steps.high - steps.low)[:, None]
    ends = (steps.high[:, None] - steps.state) / width, (steps.state - steps.low[:, None]) / width
    found = []
    for up, left in zip((True, False), ends, strict=True):
        exponent, beyond = _shape(steps, up, lambda p, x=left: (np.maximum(x + abs(p[1]), 1e-9) / (1 + abs(p[1]))) ** abs(p[0]),
                                  ((1.0, 0.02), (2.0, 0.1)))  # fmt: skip
        found.append((abs(exponent), abs(beyond)))
    high, low = steps.high + found[0][1] * width[:, 0], steps.low - found[1][1] * width[:, 0]
    reach = (high - low)[:, None]
    shares = [np.maximum(x, 1e-9) ** e for x, (e, _) in zip(
        ((high[:, None] - steps.state) / reach, (steps.state - low[:, None]) / reach), found, strict=True)]  # fmt: skip
    sizes = [_scaled(steps, up, share) for up, share in zip((True, False), shares, strict=True)]
    step = np.where(steps.rises, sizes[0][:, None] * shares[0], sizes[1][:, None] * shares[1])
    power = (found[0][0] + found[1][0]) / 2
    keys = {"power": power, "power_spread": 0.0, "power_asymmetry": (found[0][0] - found[1][0]) / 2 / max(power, _LEAST)}
    return _Law(step, low, high, sizes[0], sizes[1], keys, 4 * len(step) + 4)


def _shape(steps: Steps, up: bool, law: Callable[..., Numbers], starts: tuple[tuple[float, float], ...]) -> tuple[float, float]:
    """The two numbers of a law of all devices, each device with a step of its own, by least squares from several starts."""
    used = _enough(steps, up) > 0
    scale = float((steps.change[used] ** 2).mean()) ** 0.5

    def rest(numbers: Numbers) -> Numbers:
        share = np.maximum(law(numbers), 0)
        return np.asarray(((steps.change - _scaled(steps, up, share)[:, None] * share) / scale)[used])

    answers = [least_squares(rest, start, x_scale=(0.3, 1.0), max_nfev=60) for start in starts]
    best = min(answers, key=lambda answer: float(answer.cost)).x
    return float(best[0]), float(best[1])


_FITS: dict[str, Callable[[Steps], _Law]] = {
    "constant_step": _constant,
    "linear_step": _linear,
    "soft_bounds": _soft,
    "exponential_step": _exponential,
    "power_step": _power,
}
