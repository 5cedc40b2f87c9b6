"""Max-SET fill of two devices on each side keeps weights better than even fill, with HERMES statistics.

The sign of A. Vasilopoulos et al., IEEE Trans. Electron Devices 70, 2023, doi:10.1109/TED.2023.3321014; the figures are in
tests/published/max-set-fill.md.
"""

import numpy as np
import pytest

from chipsim.circuits.array import Array
from chipsim.circuits.crossbar import Crossbar
from chipsim.reading import from_plain
from chipsim.streams import Stream

DAY = 86400.0


def error(fill: str, weights: np.ndarray, age: float, seed: int) -> float:
    """Root mean square error of the weights over that of the weights."""
    cell = {"type": "pair", "devices_per_polarity": 2, "fill": fill, "device": "pcm-hermes"}
    plain = {"rows": 256, "columns": 256, "cell": cell, "dac": "ideal", "adc": "ideal"}
    xbar = Crossbar(from_plain(Array, plain), Stream(seed))
    xbar.program(weights)
    xbar.drift_to(age)
    return float(np.sqrt(np.mean((xbar.matrix - weights) ** 2) / np.mean(weights**2)))


@pytest.mark.parametrize("age", [1.0, 3600.0, DAY, 30 * DAY, 365 * DAY])
def test_max_set_fill_makes_the_smaller_error_of_the_weights(age: float) -> None:
    """At every time, and the more so the later."""
    weights = np.clip(np.random.default_rng(3).normal(size=(256, 256)), -2.5, 2.5).astype(np.float32)
    even, filled = ([error(fill, weights, age, seed) for seed in range(3)] for fill in ("even", "max_set"))
    assert max(filled) < min(even)
    if age >= DAY:
        assert np.mean(filled) < 0.95 * np.mean(even)
