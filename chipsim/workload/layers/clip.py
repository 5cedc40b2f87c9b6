"""Values kept between two limits: out = min(max(in, low), high), [C, H, W] -> [C, H, W].

Cost: one comparison for each value and limit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import final

import numpy as np

from chipsim.spec import check, key
from chipsim.workload.layers.layer import Floats
from chipsim.workload.layers.pointwise import Pointwise


@final
class Clip(Pointwise, type="clip"):
    """Not below `low`, not above `high`."""

    low: float | None = key("smallest value (default: none)", default=None)
    high: float | None = key("largest value (default: none)", default=None)

    @check
    def _has_a_limit(self) -> Clip:
        given = [limit for limit in (self.low, self.high) if limit is not None]
        if not given or not all(map(math.isfinite, given)) or given != sorted(given):
            raise ValueError(f"low {self.low} and high {self.high}: expected finite limits, at least one, low <= high")
        return self

    def values(self, x: Floats, *parameters: Floats) -> Floats:
        low, high = (None if limit is None else np.float32(limit) for limit in (self.low, self.high))
        kept: Floats = np.clip(x, low, high)
        return kept

    def operations(self, channels: int) -> Mapping[str, int]:
        return {"max": channels * ((self.low is not None) + (self.high is not None))}
