"""Products of an array of which only some rows are read at once; what the groups of rows give is added in digital.

    y = alpha sum_g ADC_g( DAC(x_g / alpha) W_g )        g groups of `rows_at_once` neighbouring rows, alpha that of the whole vector

x_g inputs and W_g weights (full-scale cells) of the rows of a group; each group has a conversion of its own, with its own noise, rounding
and clipping. Rows of an array are read in groups where all rows together would bring more current than a column or a converter takes.
A block of few rows has few groups. Reference: W. Wan et al., Nature 608, 504, 2022, DOI 10.1038/s41586-022-04992-8 (Fig. 3a: current
sensing with a few rows at once). Not modelled: rows that a converter's range would allow at once, where inputs are small.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from chipsim.kernels.mvm import MVMResult
from chipsim.kernels.settings import MVMSettings, Scaling

Floats = NDArray[np.float32]
Read = Callable[[Floats, slice, MVMSettings], MVMResult]
LEAST = np.float32(1e-30)  # as in the kernels: a vector below it counts as zero


def in_groups(x: Floats, size: int, settings: MVMSettings, read: Read) -> MVMResult:
    """The sum of the products `read` of every `size` rows of x (n, rows), in a fixed order."""
    rows = x.shape[1]
    alpha = None
    if settings.scaling == Scaling.ABSOLUTE_MAXIMUM:
        top = np.abs(x).max(axis=1, keepdims=True)
        alpha = np.where(top >= LEAST, top, np.float32(0))
        x = np.divide(x, alpha, out=np.zeros_like(x), where=alpha > 0)
        settings = settings._replace(scaling=Scaling.NONE)
    groups = [slice(start, min(start + size, rows)) for start in range(0, rows, size)]
    total = read(np.ascontiguousarray(x[:, groups[0]]), groups[0], settings)
    for group in groups[1:]:
        part = read(np.ascontiguousarray(x[:, group]), group, settings)
        total = MVMResult(
            total.y + part.y, total.retries + part.retries, total.energy_sum + part.energy_sum, total.saturated | part.saturated
        )
    return total if alpha is None else total._replace(y=total.y * alpha)
