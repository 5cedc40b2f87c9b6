"""How a vector is brought to the range of the DAC: x / alpha must lie within [-1, 1].

    absolute_maximum   alpha = max |x| of each vector; a zero vector returns zero
    fixed              alpha = `range`, or the layer's own `input_range` where its workload brings one (a learned range)
    none               alpha = 1

What lies outside is clipped; the result of the product is multiplied with alpha again, in digital (`kernels/mvm.py`).
References: T. Gokmen, M. Onen and W. Haensch, Frontiers in Neuroscience 11, 538, 2017, DOI 10.3389/fnins.2017.00538 (noise
management); M. J. Rasch et al., Nature Communications 14, 5282, 2023, DOI 10.1038/s41467-023-40770-4 (learned ranges).
Not modelled: the energy and time of finding a maximum.
"""

from __future__ import annotations

from typing import final

from chipsim.spec import Family, key


class InputScaling(Family):
    """Root of the ways to find alpha."""


@final
class AbsoluteMaximum(InputScaling, type="absolute_maximum"):
    """Each vector fills the range of the DAC."""


@final
class Fixed(InputScaling, type="fixed"):
    """One range for all vectors of a layer."""

    range: float = key("alpha of layers that bring no range of their own", default=1.0, gt=0)


@final
class Unscaled(InputScaling, type="none"):
    """Inputs are taken as they are and clipped at 1."""
