"""What of a chip a network feels while it learns: which terms, how much of them, and how gradients pass the converters.

In every forward pass a chip is drawn anew: its age, what became of its weights, the mismatch of its converters. The noise of a weight is
held for the mini-batch, that of a product is drawn for every vector. Gradients are those of the product without noise and rounding
(straight-through); where a converter clips they are zero, or with `gradient: through` as if it did not.

References: V. Joshi et al., Nature Communications 11, 2473, 2020, DOI 10.1038/s41467-020-16108-9 (noise of the weights in the forward
pass); M. J. Rasch et al., Nature Communications 14, 5282, 2023, DOI 10.1038/s41467-023-40770-4 (all terms of a chip, output scales);
Y. Bengio, N. Leonard, A. Courville, arXiv 1308.3432, 2013 (straight-through).
"""

from __future__ import annotations

import math
from typing import Literal, Self, final

from chipsim.circuits.effects import EFFECTS, Effect
from chipsim.spec import Spec, check, key
from chipsim.units import Time


@final
class Injection(Spec):
    """The terms of a chip that stand in the way of a network that learns."""

    cites = ("joshi2020", "rasch2023")

    effects: tuple[Effect, ...] | None = key(
        "the terms that are felt; the others are switched off (default: all that the chip has)", default=None
    )
    weight_noise: float = key("factor on the spread of the weights, which is the chip's own at 1", default=1.0, ge=0)
    times: tuple[Time, ...] = key(
        "times after programming, one of which is drawn in every forward pass (default: those of the experiment)", default=()
    )
    gradient: Literal["clipped", "through"] = key(
        "of what a converter clips: none, or as if it were not clipped", default="clipped", source="assumed: zero is the derivative"
    )
    output_scales: bool = key("learn a digital scale of every output too; it is stored in the weights", default=False)

    @check
    def _times_are_finite(self) -> Self:
        if any(not 0 <= time < math.inf for time in self.times):
            raise ValueError(f"times {list(self.times)}: expected seconds after programming, 0 or more")
        return self

    @property
    def off(self) -> tuple[str, ...]:
        """The terms that are switched off."""
        return () if self.effects is None else tuple(effect for effect in EFFECTS if effect not in self.effects)
