"""A fully connected layer that learns: one vector for each sample."""

from __future__ import annotations

from typing import final

from chipsim.training.layers.product import TrainedProduct
from chipsim.training.layers.trained import Floats
from chipsim.workload.layers import Linear


@final
class TrainedLinear(TrainedProduct[Linear], of=Linear):
    """Errors of the vector are those of what was read, whatever its shape."""

    def gathered(self, errors: Floats) -> Floats:
        return errors.reshape(len(errors), *self.shapes[0])
