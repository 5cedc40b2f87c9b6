"""How long and how fast a network learns: epochs, mini-batches, and how the learning rate falls.

    rate(e) = rate * decay(e)                            e = 0, 1, ... epochs that are over

    constant   1
    step       factor ** (e // every)
    cosine     end + (1 - end) (1 + cos(pi e / epochs)) / 2
    plateau    factor ** (falls so far); a fall after `patience` epochs in a row whose loss was not below (1 - least) times the lowest

The loss that a plateau looks at is the mean over the samples of an epoch, just before the network learned from them; the test data
have no say in it. Training may end early: after `patience` epochs in a row without a test accuracy above the best so far. The test
data then choose how long the network learns, so its best accuracy is slightly too good; what is reported is the last one.

References: T. Gokmen, Y. Vlasov, Frontiers in Neuroscience 10, 333, 2016, DOI 10.3389/fnins.2016.00333 (rates that fall by steps);
I. Loshchilov, F. Hutter, ICLR 2017, arXiv 1608.03983 (cosine, here without restarts).
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, final

from chipsim.spec import Family, Spec, key

GOKMEN = "Gokmen & Vlasov 2016, doi:10.3389/fnins.2016.00333"


class Decay(Family):
    """How the learning rate changes from epoch to epoch."""

    default_type = "step"
    sees_the_end: ClassVar[bool] = False  # whether the number of epochs matters

    @abstractmethod
    def share(self, epochs: int, losses: Sequence[float]) -> float:
        """What the rate is multiplied with in the epoch after those whose losses are given; `epochs` is the number of all."""


@final
class Constant(Decay, type="constant"):
    """The rate stays as it is."""

    def share(self, epochs: int, losses: Sequence[float]) -> float:
        return 1.0


@final
class Step(Decay, type="step"):
    """The rate falls by a factor every so many epochs."""

    cites = ("gokmen2016",)

    factor: float = key("what the rate is multiplied with at every step of it", default=0.5, gt=0, le=1, source=GOKMEN)
    every: int = key("epochs from step to step of the rate", default=10, ge=1, source=GOKMEN)

    def share(self, epochs: int, losses: Sequence[float]) -> float:
        return float(self.factor ** (len(losses) // self.every))


@final
class Cosine(Decay, type="cosine"):
    """The rate falls along half a period of a cosine over all epochs."""

    cites = ("loshchilov2017",)
    sees_the_end = True

    end: float = key("share of the rate at the end of the last epoch", default=0.0, ge=0, le=1, source="Loshchilov & Hutter 2017")

    def share(self, epochs: int, losses: Sequence[float]) -> float:
        return self.end + (1 - self.end) * (1 + math.cos(math.pi * len(losses) / epochs)) / 2


@final
class Plateau(Decay, type="plateau"):
    """The rate falls when the loss no longer does."""

    factor: float = key("what the rate is multiplied with when the loss no longer falls", default=0.5, gt=0, le=1, source="assumed")
    patience: int = key("epochs in a row without progress before the rate falls", default=2, ge=1, source="assumed")
    least: float = key("share of the lowest loss that counts as progress", default=0.01, ge=0, lt=1, source="assumed")

    def share(self, epochs: int, losses: Sequence[float]) -> float:
        lowest, waited, falls = math.inf, 0, 0
        for loss in losses:
            waited = 0 if loss < (1 - self.least) * lowest else waited + 1
            lowest = min(lowest, loss)
            if waited == self.patience:
                falls, waited = falls + 1, 0
        return float(self.factor**falls)


@final
class Schedule(Spec):
    """How long and how fast a network learns."""

    cites = ("gokmen2016",)

    epochs: int = key("times that the training data are gone through", default=30, ge=1, source=GOKMEN)
    batch: int = key("samples in a mini-batch", default=1, ge=1, source=GOKMEN)
    rate: float = key("learning rate of the first epoch", default=0.01, gt=0, source=GOKMEN)
    decay: Decay = key("how the rate falls", default=Step())
    patience: int | None = key("epochs without a better test accuracy after which training ends; not given: never", default=None, ge=1)

    def rate_in(self, losses: Sequence[float]) -> float:
        """Learning rate of the epoch after those whose losses are given."""
        return self.rate * self.decay.share(self.epochs, losses)

    def stalled(self, accuracies: Sequence[float]) -> bool:
        """Whether training ends early, after epochs with these test accuracies."""
        if self.patience is None or not accuracies:
            return False
        return len(accuracies) - 1 - accuracies.index(max(accuracies)) >= self.patience

    @property
    def fixed(self) -> Schedule:
        """What may not change on the way: all but the end of it."""
        return self.having(epochs=self.epochs if self.decay.sees_the_end else 1, patience=None)
