"""The HfO2 cell of Milo et al.: programming error at ten conductances, and the current through it."""

import numpy as np
import pytest

from chipsim.devices import RRAMMilo2021
from chipsim.errors import InputError
from chipsim.streams import Stream

SAMPLES = 60_000
TARGETS = np.linspace(50e-6, 225e-6, 10)


@pytest.mark.parametrize("target", TARGETS)
def test_mean_and_spread_after_programming(target, laws):
    device = RRAMMilo2021()
    sigma = (4.782321 - 0.009107 * target * 1e6) * 1e-6
    programmed = device.program(np.full(SAMPLES, target), Stream(2).child(f"{target}"))
    right, text = laws.within_sampling_error(device.mean_at(programmed, 0.0), target, sigma)
    assert right, text
    np.testing.assert_allclose(device.programming_sigma(target), sigma, rtol=1e-5)


def test_nothing_is_known_after_programming_unless_assumed():
    unknown, constant = RRAMMilo2021(), RRAMMilo2021(retention="constant")
    programmed = unknown.program(TARGETS, Stream(1))
    with pytest.raises(InputError, match=r"a read time of 1 s is not covered; expected 0 s, the moment.*retention: constant"):
        unknown.mean_at(programmed, 1.0)
    np.testing.assert_array_equal(constant.mean_at(programmed, 1e6), programmed.conductance)


@pytest.mark.parametrize("conductance", [50e-6, 62.5e-6, 76.2e-6, 93.9e-6, 110e-6, 225e-6])
def test_the_current_is_the_published_polynomial(conductance):
    volts = np.linspace(-0.5, 0.5, 11)
    x = np.log10(conductance)
    quadratic = 1.388e-4 * x**3 + 1.541e-3 * x**2 + 5.711e-3 * x + 7.063e-3
    cubic = 8.871e-5 * x**2 + 6.7919e-4 * x + 1.2968e-3
    wanted = conductance * volts + quadratic * volts**2 + cubic * volts**3
    np.testing.assert_allclose(RRAMMilo2021().current(conductance, volts), wanted, rtol=1e-5, atol=1e-12)


def test_the_current_becomes_a_straight_line_at_the_top():
    """The fit assumes a straight line at 225 uS; its rounded coefficients leave 0.4 % at 0.5 V."""
    assert RRAMMilo2021().current(225e-6, 0.5) == pytest.approx(112.5e-6, rel=0.005)


def test_voltages_that_were_not_applied_are_refused():
    for voltage in (0.6, float("nan")):
        with pytest.raises(InputError, match=r"measured up to 500 mV of either sign; read at a lower voltage"):
            RRAMMilo2021().current(100e-6, [0.1, voltage])


@pytest.mark.parametrize("keys", [{"g_min": 40e-6}, {"g_max": 300e-6}, {"g_min": 200e-6, "g_max": 100e-6}])
def test_ranges_beyond_the_fit_are_refused(keys):
    with pytest.raises(InputError, match=r"50 uS to 225 uS, the range of the fit|is not below"):
        RRAMMilo2021(**keys)
