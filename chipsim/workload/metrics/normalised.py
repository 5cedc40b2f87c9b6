"""How much of what a network knows a chip has kept, whatever the metric and whichever side of it is better.

    A* = 1 - (reference - value) / (reference - chance)

reference: the float network; chance: an answer that knows nothing of the input. 1 for the float network, 0 for chance; above 1 for a
chip that is better than the float network, below 0 for one that is worse than chance.

Reference: iso-accuracy as A* of at least 99 %: M. J. Rasch et al., Nature Communications 14, 5282 (2023), DOI
10.1038/s41467-023-40770-4.
"""

from __future__ import annotations

import math

from chipsim.errors import InputError

ISO = 0.99  # of A*, from which on a chip counts as accurate as the float network


def normalised(value: float, reference: float, chance: float, higher: bool | None = None) -> float:
    """A*; InputError where the float network is no better than chance (worse: as `higher` says), or a number is not finite."""
    if not all(map(math.isfinite, (value, reference, chance))):
        raise InputError(f"normalised: {value}, {reference} and {chance}: expected finite numbers")
    if reference == chance:
        raise InputError(f"normalised: the float network is as good as chance, {chance:.4g}, so there is nothing that a chip could keep")
    if higher is not None and (reference > chance) != higher:
        side = "higher" if higher else "lower"
        message = f"chance is {chance:.4g}, which is better than the float network's {reference:.4g}, as {side} is better"
        raise InputError(f"normalised: {message}; expected a chance on the other side of it")
    return 1 - (reference - value) / (reference - chance)
