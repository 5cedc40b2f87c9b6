"""Published figures next to the models."""

from __future__ import annotations

import numpy as np
import pytest

from chipsim.devices import HERMES, PCM, Device, PCMJoshi
from chipsim.reading import from_plain


def test_the_array_of_ninety_nanometres_meets_what_was_published_of_it() -> None:
    for device, relation in ((PCM(), "predicted"), (PCMJoshi(), "calibrated")):
        median, largest = device.published
        assert median.relation == largest.relation == relation
        assert median.found == pytest.approx(0.94e-6, rel=0.03)
        assert median.low == median.high
        assert largest.low <= largest.found <= largest.high


def test_the_figures_are_those_of_the_model() -> None:
    median, largest = PCM().published
    state = np.linspace(0, 1, 11)
    sigma = (0.26348 + 1.9650 * state - 1.1731 * state**2) * 1e-6
    assert (median.found, largest.found) == pytest.approx((np.median(sigma), sigma.max()), rel=1e-5)


def test_a_core_of_two_devices_on_each_side_is_better_than_published() -> None:
    """4.3 % against 4.8 to 5.3 %: a miss that is reported, not tuned away."""
    (point,) = HERMES(devices_per_polarity=2).published
    assert point.relation == "predicted"
    assert point.found == pytest.approx(0.043, abs=0.001)
    assert HERMES(devices_per_polarity=1).published == ()


@pytest.mark.parametrize("keys", [{"type": "pcm", "program_scale": 0.5}, {"type": "pcm", "g_max": "20 uS"}, {"type": "ideal"}], ids=str)
def test_what_was_not_measured_like_that_is_not_compared(keys: dict[str, object]) -> None:
    assert from_plain(Device, keys).published == ()
