"""Plain stochastic gradient descent in the devices themselves: the pulses of a vector are its update.

    W <- W + rate x d^T by trains of at most `longest` slots: coincidences by chance, as few slots as the vector needs (driving.py)

One step of an array whatever its size: a pulse costs a time slot, nothing is read and nothing computed besides the largest |x| and
|d| of each vector (rows + columns comparisons). Where up and down steps differ, a weight is drawn to the symmetry point of its device
by every pulse, in proportion to the noise of the gradient: with few states or uneven steps the descent ends away from the goal.

References: T. Gokmen, Y. Vlasov, Frontiers in Neuroscience 10, 333, 2016, DOI 10.3389/fnins.2016.00333; T. Gokmen, O. M. Onen,
W. Haensch, Frontiers in Neuroscience 11, 538, 2017, DOI 10.3389/fnins.2017.00538 (management).
Not modelled: momentum, weight decay.
"""

from __future__ import annotations

from typing import final

from chipsim.kernels.pulsed_update import LONGEST, Matrix
from chipsim.responses.response import TOOLKIT
from chipsim.spec import key
from chipsim.streams import Stream
from chipsim.training.rules.driving import DrivenRule
from chipsim.training.rules.one_array import OneArray
from chipsim.training.rules.pulsed_array import PulsedArray
from chipsim.training.rules.rule import Activity, Footprint, Learner, vectors


@final
class SGD(DrivenRule, type="sgd"):
    """Pulses of the gradient go to the weights."""

    cites = ("gokmen2016", "gokmen2017")

    longest: int = key("most time slots of a train", default=31, ge=1, le=LONGEST, source=TOOLKIT)

    @property
    def footprint(self) -> Footprint:
        return Footprint(1)

    def begin(self, shape: tuple[int, int], weights: Matrix | None, stream: Stream, chip: Stream) -> Learner:
        return SGDLearner(self, PulsedArray(self.devices, shape, weights, stream, chip))


@final
class SGDLearner(OneArray):
    """One array; its state is its weights."""

    def __init__(self, rule: SGD, array: PulsedArray) -> None:
        super().__init__(array)
        self.rule = rule

    def update(self, x: Matrix, d: Matrix, rate: float, first: int) -> Activity:
        x, d = vectors(x, d, rate, first, self.array.shape)
        scales = Activity(operations=x.size + d.size)
        return self.array.descend(x, d, rate, first, self.rule.longest, self.rule.trains).merged(scales)
