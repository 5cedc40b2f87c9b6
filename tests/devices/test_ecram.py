"""The electrochemical cell: fine steps, and a retention that must be given or assumed."""

import numpy as np
import pytest

from chipsim.devices import ECRAM
from chipsim.errors import InputError
from chipsim.streams import Stream


@pytest.mark.parametrize("window", [(0.0, 25e-6), (15e-6, 30e-6)])
def test_the_error_is_a_fraction_of_a_step(window):
    device = ECRAM(g_min=window[0], g_max=window[1])
    step = (window[1] - window[0]) / 1000
    np.testing.assert_allclose(device.programming_sigma([window[1]]), step * np.sqrt(1 / 12 + 0.3**2), rtol=1e-5)
    error = device.program(np.full(50_000, sum(window) / 2), Stream(1)).conductance - sum(window) / 2
    assert error.std() == pytest.approx(0.416 * step, rel=0.02)


def test_retention_is_unknown_assumed_or_given():
    target = [5e-6, 20e-6]
    unknown = ECRAM()
    programmed = unknown.program(target, Stream(1))
    with pytest.raises(
        InputError, match=r"expected 0 s, the moment of programming; no retention law is published; give a lifetime"
    ):
        unknown.mean_at(programmed, 1.0)
    constant = ECRAM(retention="constant")
    np.testing.assert_array_equal(constant.mean_at(programmed, 1e8), programmed.conductance)
    fading = ECRAM(lifetime=7200.0)
    faded = fading.mean_at(fading.program(target, Stream(1)), 7200.0)
    np.testing.assert_allclose(faded, programmed.conductance / np.e, rtol=1e-5)
    with pytest.raises(InputError, match=r"retention: constant contradicts a lifetime of 7\.2 ks"):
        ECRAM(lifetime=7200.0, retention="constant")
