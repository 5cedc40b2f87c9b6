"""How the lines of an array are driven in an update: kinds of pulse trains, their length and their gains.

    stochastic       slot k of a line holds a pulse with probability p, independently of all others: BL p q coincidences, on average
    deterministic    the cell between a row and a column takes exactly n = round(BL p q) pulses; the row itself has round(BL p) pulses and
                     the column round(BL q), where 1/2 is rounded up

with p = min(1, B |x_i|) on row i and q = min(1, A |d_j|) on column j, and BL slots; BL, A and B are those of kernels/pulse_rules.py:

    length management    BL = min(ceil K, longest), as few slots as the largest change of the vector needs (K steps);  else BL = longest
    update management    the largest |x| and the largest |d| have the same probability;                                else A = B

Deterministic trains have no noise of their own and lose what rounds to nothing: changes below half a step never happen, however often
they are asked for, where stochastic ones make a step now and then. Without update management the side with the larger values is clipped
although both together would fit; without management of the length a vector takes `longest` slots however little it has to say.

x (n, rows), d (n, columns) float32; a slot holds a pulse or none. References: T. Gokmen, Y. Vlasov, Frontiers in Neuroscience 10, 333,
2016, DOI 10.3389/fnins.2016.00333 (stochastic); T. Gokmen, O. M. Onen, W. Haensch, Frontiers in Neuroscience 11, 538, 2017, DOI
10.3389/fnins.2017.00538 (management); M. Rasch et al., AICAS 2021, DOI 10.1109/AICAS51828.2021.9458494 (counts that are implicit in
the lines). Not modelled: the order of deterministic pulses in their slots, which must let n of them meet.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, final

import numpy as np

from chipsim.kernels.pulse_rules import implicit, managed
from chipsim.kernels.pulsed_update import Matrix
from chipsim.kernels.trains import COLUMNS, ROWS, SLOTS, Words, trains
from chipsim.responses.response import TOOLKIT
from chipsim.spec import Spec, key
from chipsim.training.rules.rule import Activity, Rule, numbers_of


class Driven(NamedTuple):
    """What is on the lines for a batch of vectors; either trains or line values are None."""

    sample: Words  # who the vectors are, (n,)
    vector: Words
    trains: tuple[Words, Words] | None  # of rows and columns, see kernels/trains.py
    lines: tuple[Matrix, Matrix] | None  # values a, b of round(|a_i b_j|) pulses
    took: Activity  # without the pulses on devices


@final
class Trains(Spec):
    """How the rows and columns of an array are driven in an update."""

    cites = ("gokmen2016", "gokmen2017", "rasch2021")

    kind: Literal["stochastic", "deterministic"] = key(
        "trains whose pulses meet by chance, or numbers of pulses that are rounded", default="stochastic", source=TOOLKIT
    )
    update_management: bool = key(
        "the largest x and the largest d of a vector get the same probability; else both sides have the same gain",
        default=True,
        source=TOOLKIT,
    )
    length_management: bool = key(
        "as few time slots as the largest change of a vector needs; else `longest` for every vector", default=True, source=TOOLKIT
    )

    def driven(self, x: Matrix, d: Matrix, rate: float, granularity: float, longest: int, key: tuple[int, int], first: int) -> Driven:
        """Trains of at most `longest` slots for vectors number `first`, `first` + 1, ...; `key` is a random stream of the array."""
        management = {"update_management": self.update_management, "length_management": self.length_management}
        plan, who = managed(x, d, rate, granularity, longest, **management), numbers_of(first, len(x))
        lines = int(np.count_nonzero(x)), int(np.count_nonzero(d))
        clipped = sum(round(share * count) for share, count in zip(plan.clipped, lines, strict=True))
        took = Activity(slots=int(plan.length.sum()), clipped=clipped, lines=sum(lines))
        if self.kind == "deterministic":
            rows, columns = implicit(x, d, plan)
            drives = _rounded(rows) + _rounded(columns * plan.length[:, None])
            return Driven(*who, None, (rows, columns), took._replace(drives=drives))
        pair = (
            trains(x, plan.row_gain, plan.length, key, *who, ROWS),
            trains(d, plan.column_gain, plan.length, key, *who, COLUMNS),
        )
        return Driven(*who, pair, None, took._replace(drives=sum(map(_pulses, pair))))


STOCHASTIC = Trains()


class DrivenRule(Rule):
    """Root of the rules that drive trains on rows and columns."""

    trains: Trains = key("how the lines are driven in an update", default=STOCHASTIC)


def _pulses(words: Words) -> int:
    """Pulses in the trains of one side."""
    return int(np.bitwise_count(words & np.uint32((1 << SLOTS) - 1)).sum())


def _rounded(values: Matrix) -> int:
    """Pulses on the lines of one side, 1/2 rounded up: a line has no fewer than any of its cells."""
    return int(np.floor(np.abs(values) + 0.5).sum())
