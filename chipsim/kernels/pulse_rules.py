"""How many pulses an update is made of: lengths and gains of the pulse trains for dW = lr x d^T.

With the granularity G (mean change of one pulse), x on the rows and d on the columns, and L the longest train allowed:

    fixed      BL = L,                                     A = B = sqrt(lr / (G BL))
    unit       BL = ceil(lr / G),                          A = B = sqrt(lr / (G BL)), about 1                 (where G L < lr, else fixed)
    managed    K = lr X D / G,  BL = min(ceil K, L),       B = min(1, sqrt(K / BL)) / X,  A = lr / (G BL B)

Without management of the length `managed` has BL = L, without that of the update A = B = sqrt(lr / (G BL)); without both it is `fixed`.
P(pulse on row i) = min(1, B |x_i|), P(pulse on column j) = min(1, A |d_j|); the mean number of coincidences is BL A B x_i d_j =
lr x_i d_j / G as long as no probability is clipped. X = max |x|, D = max |d| of the vector (times `gradient_scale`). `managed` gives
the largest x and the largest d the same probability sqrt(K / BL), and no more slots than the largest change needs; where K > L the
rows are kept at 1 and it is the largest d that are clipped, those above D L / K.

Two deterministic multiplications for comparison, as numbers of pulses n_ij = round(a_i b_j) from real "line values" a and b:

    implicit   a_i = BL p_i,          b_j = q_j
    counted    a_i = round(BL p_i),   b_j = round(BL q_j) / BL

with p, q the probabilities from above. Shapes: x (batch, rows), d (batch, columns) float32; all else one number a vector.

References: T. Gokmen, Y. Vlasov, Frontiers in Neuroscience 10, 333, 2016, DOI 10.3389/fnins.2016.00333 (fixed); T. Gokmen,
O. M. Onen, W. Haensch, Frontiers in Neuroscience 11, 538, 2017, DOI 10.3389/fnins.2017.00538 (management).
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from chipsim.kernels.trains import Gains, Lengths, Matrix, clipped_share

_SMALLEST = 1e-30  # a vector below this has no usable scale and gives no pulse


class Plan(NamedTuple):
    """Trains of a batch of updates: time slots, gain on the rows (B), gain on the columns (A), and the clipped lines.

    length (batch,) int64; row_gain, column_gain (batch,) float64; clipped: share of the lines whose probability would be above 1,
    of (rows, columns); wanted (batch,) float64: pulses that the largest change of the vector needs (K).
    """

    length: Lengths
    row_gain: Gains
    column_gain: Gains
    clipped: tuple[float, float]
    wanted: npt.NDArray[np.float64]


def managed(
    x: Matrix, d: Matrix, rate: float, granularity: float, longest: int, gradient_scale: float = 1.0,
    update_management: bool = True, length_management: bool = True,
) -> Plan:  # fmt: skip
    """As few slots as the vector needs, and gains that balance both sides; `rate` is the learning rate (0 or more).

    `gradient_scale` below 1 gives fewer slots and lets the largest d clip. Without `length_management` every vector has `longest` slots,
    without `update_management` both sides have the same gain. Raises ValueError when a number makes no sense.
    """
    _check(rate, granularity, longest)
    if not 0 < gradient_scale < math.inf:
        raise ValueError(f"pulse_rules: a gradient scale of {gradient_scale}; expected a number above 0, 1 for the largest gradient")
    top_x, top_d = _tops(x), gradient_scale * _tops(d)
    alive = (top_x > _SMALLEST) & (top_d > _SMALLEST) & (rate > 0)
    wanted = np.where(alive, rate * top_x * top_d / granularity, 0.0)
    length = np.minimum(np.ceil(wanted), longest).astype(np.int64)
    if not length_management:
        length = np.full(len(x), longest if rate > 0 else 0, np.int64)
    if not update_management:
        gain = np.sqrt(rate / (granularity * np.maximum(length, 1)))
        return _plan(x, d, length, gain, gain, wanted)
    share = wanted / np.maximum(length, 1)  # probability of the largest x times that of the largest d
    on_rows = np.minimum(np.sqrt(share), 1.0)
    row_gain = on_rows / np.where(alive, top_x, 1.0)
    column_gain = np.where(alive, share / np.where(alive, on_rows * top_d, 1.0), 0.0)
    return _plan(x, d, length, row_gain, column_gain, wanted)


def fixed(x: Matrix, d: Matrix, rate: float, granularity: float, longest: int) -> Plan:
    """Trains of `longest` slots and the same gain for all vectors and both sides."""
    _check(rate, granularity, longest)
    length = np.full(len(x), longest if rate > 0 else 0, np.int64)
    gain = np.full(len(x), math.sqrt(rate / (granularity * longest)))
    return _plan(x, d, length, gain, gain, rate * _tops(x) * _tops(d) / granularity)


def unit(x: Matrix, d: Matrix, rate: float, granularity: float, longest: int) -> Plan:
    """As many slots as the learning rate asks for, with gains of about 1; `fixed` where `longest` suffices.

    The authors' gain of exactly 1 makes the update larger than asked for by the part of a slot that the length is rounded up.
    """
    _check(rate, granularity, longest)
    return fixed(x, d, rate, granularity, max(longest, math.ceil(rate / granularity)))


def implicit(x: Matrix, d: Matrix, plan: Plan) -> tuple[Matrix, Matrix]:
    """Line values (a, b) of n_ij = round(|a_i b_j|) with exact probabilities; float32 with the signs of x and d."""
    rows = _shares(x, plan.row_gain) * plan.length[:, None]
    return _lines(rows, x), _lines(_shares(d, plan.column_gain), d)


def counted(x: Matrix, d: Matrix, plan: Plan) -> tuple[Matrix, Matrix]:
    """Line values (a, b) of n_ij = round(|a_i b_j|) with whole numbers of pulses on each line."""
    length = plan.length[:, None]
    columns = np.rint(_shares(d, plan.column_gain) * length) / np.maximum(length, 1)
    return _lines(np.rint(_shares(x, plan.row_gain) * length), x), _lines(columns, d)


def _plan(x: Matrix, d: Matrix, length: Lengths, row_gain: Gains, column_gain: Gains, wanted: Gains) -> Plan:
    clipped = clipped_share(x, row_gain), clipped_share(d, column_gain)
    return Plan(length, row_gain, column_gain, clipped, np.asarray(wanted, np.float64))


def _tops(values: Matrix) -> Gains:
    tops: Gains = np.abs(values).max(axis=1, initial=0).astype(np.float64)
    if not np.isfinite(tops).all():
        raise ValueError("pulse_rules: x or d holds a value that is not finite; look for an overflow in the network or its gradient")
    return tops


def _shares(values: Matrix, gain: Gains) -> Gains:
    shares: Gains = np.minimum(np.abs(values) * gain[:, None], 1.0)
    return shares


def _lines(magnitude: Gains, signs: Matrix) -> Matrix:
    return np.ascontiguousarray(np.copysign(magnitude, signs), np.float32)


def _check(rate: float, granularity: float, longest: int) -> None:
    if not 0 <= rate < math.inf:
        raise ValueError(f"pulse_rules: a learning rate of {rate}; expected 0 or more (turn the sign of d to go uphill)")
    if not 0 < granularity < math.inf:
        raise ValueError(f"pulse_rules: a granularity of {granularity}; expected the mean change of one pulse, above 0")
    if longest < 1:
        raise ValueError(f"pulse_rules: trains of at most {longest} slots; expected 1 or more")
