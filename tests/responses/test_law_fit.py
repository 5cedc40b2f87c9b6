"""Laws fitted to traces of devices that follow one of them: the law and its numbers come back."""

import numpy as np
import pytest
from tracing import traces_of

from chipsim.errors import InputError
from chipsim.responses import ConstantStep, ExponentialStep, LinearStep, PowerStep, SoftBounds
from chipsim.responses.law_fit import LAWS, fit, fit_all, table_r2
from chipsim.responses.pulse_steps import steps_of
from chipsim.responses.pulse_traces import PulseTraces

NARROW = {"w_max_spread": 0.1, "w_min_spread": 0.1}
TRUE = {
    "constant_step": ConstantStep(step=0.02, stuck=0.1, asymmetry=0.2),
    "linear_step": LinearStep(step=0.02, gamma_up=0.5, gamma_down=0.7, **NARROW),
    "soft_bounds": SoftBounds(step=0.04, stuck=0.1, asymmetry=-0.2),
    "exponential_step": ExponentialStep(
        step=0.03, noise=0.5, a_up=0.2, gamma_up=6, a_down=0.1, gamma_down=8, slope=0.5, offset=0, **NARROW
    ),
    "power_step": PowerStep(step=0.05, power=2, power_asymmetry=0.1, power_spread=0.0),
}
PULSES = {"up": 120, "down": 120, "cycles": 2}


def steps_from(response, seed=1, **keys):
    weights, signs = traces_of(response, devices=300, seed=seed, **(PULSES | keys))
    return steps_of(PulseTraces(weights, np.broadcast_to(signs, (len(weights), signs.size)), False, ""), 0.05)


@pytest.fixture(scope="module", params=sorted(TRUE))
def fitted(request):
    keys = {"down": 300} if request.param == "constant_step" else {}  # until the slowest device has come down
    steps = steps_from(TRUE[request.param], **keys)
    return TRUE[request.param], steps, fit_all(steps, "traces")


def test_the_true_law_fits_best(fitted):
    true, steps, fits = fitted
    assert next(iter(fits)) == true.type_name
    r2 = fits[true.type_name].r2
    assert 0.6 < r2 <= table_r2(steps) < r2 + 0.04
    bics = [found.bic for found in fits.values()]
    assert bics == sorted(bics)


def test_what_all_laws_share_comes_back(fitted):
    """Of 300 devices spreads are known to 4 %, and include the errors of the fits of the devices."""
    true, _, fits = fitted
    found = fits[true.type_name].response
    assert found.step == pytest.approx(true.step, rel=0.08)
    assert found.step_spread == pytest.approx(true.step_spread, rel=0.15)
    assert found.asymmetry == pytest.approx(true.asymmetry, abs=0.02)
    assert found.asymmetry_spread < 0.09
    assert (found.noise, found.additive) == (pytest.approx(true.noise, rel=0.06), true.additive)
    assert found.stuck == pytest.approx(true.stuck, abs=0.04)
    assert found.write_noise == 0
    assert found.source == "traces"



def test_ranges_come_back(fitted):
    true, _, fits = fitted
    found = fits[true.type_name].response
    if true.type_name == "exponential_step":  # steps vanish before the bounds, which no trace can show
        assert found.w_max < true.w_max
        return
    rel = 0.13 if true.type_name == "power_step" else 0.05  # the end of a power is approached, never read
    assert found.w_max == pytest.approx(0.6, rel=rel)
    assert found.w_max_spread == pytest.approx(true.w_max_spread, rel=0.2)
    assert found.w_min == pytest.approx(-0.6, rel=rel)


def test_the_shape_of_each_law_comes_back(fitted):
    true, _, fits = fitted
    found = fits[true.type_name].response
    if isinstance(true, LinearStep):
        assert (found.gamma_up, found.gamma_down) == (pytest.approx(0.5, abs=0.03), pytest.approx(0.7, abs=0.04))
        assert found.gamma_up_spread == pytest.approx(0.05, abs=0.03)
    if isinstance(true, ExponentialStep):
        assert (found.a_up, found.a_down) == (pytest.approx(0.2, rel=0.1), pytest.approx(0.1, rel=0.12))
        for side, gamma in (("up", 6), ("down", 8)):  # per weight, as the ranges differ
            ours = getattr(found, f"gamma_{side}") / (found.w_max - found.w_min)
            assert ours == pytest.approx(gamma / (true.w_max - true.w_min), rel=0.06)
    if isinstance(true, PowerStep):
        assert found.power == pytest.approx(2, rel=0.1)
        assert found.power_asymmetry == pytest.approx(0.1, abs=0.04)


def test_the_average_device_of_the_fit_steps_as_the_true_one(fitted):
    true, _, fits = fitted
    found = fits[true.type_name].response
    for weight in (-0.2, 0.0, 0.2):
        pairs = [response.mean_steps(response.average()[0], np.full((1, 1), weight)) for response in (found, true)]
        for ours, theirs in zip(*pairs, strict=True):
            assert ours[0, 0] == pytest.approx(theirs[0, 0], rel=0.13 if true.type_name == "power_step" else 0.07)


def test_noise_that_stays_is_told_from_noise_that_shrinks():
    for additive in (False, True):
        found = fit(steps_from(SoftBounds(step=0.04, noise=0.3, additive=additive)), "soft_bounds").response
        assert found.additive is additive
        assert found.noise == pytest.approx(0.3, rel=0.06)


def test_noise_of_the_readings_comes_back():
    """It may not hide as noise of the pulses, nor flatten the steps."""
    true = SoftBounds(step=0.04, noise=0.5, additive=True, write_noise=1.0)
    found = fit(steps_from(true), "soft_bounds").response
    assert found.write_noise == pytest.approx(1.0, rel=0.12)
    assert found.step == pytest.approx(0.04, rel=0.06)
    assert found.noise < 0.75  # 1.5 if that of the readings were in it; what is left is lost in the error of 2 var(e)


def test_a_fit_makes_devices_like_those_of_the_data():
    """Traces of the fit, fitted again, give the same numbers."""
    first = fit(steps_from(TRUE["soft_bounds"]), "soft_bounds").response
    again = fit(steps_from(first, seed=2), "soft_bounds").response
    for name in ("step", "step_spread", "w_max", "w_max_spread", "noise"):
        assert getattr(again, name) == pytest.approx(getattr(first, name), rel=0.12)


def test_what_cannot_be_fitted_is_refused():
    steps = steps_from(ConstantStep(step=0.05), up=15, down=15, cycles=1)
    with pytest.raises(InputError, match="law 'cubic'; expected one of constant_step"):
        fit(steps, "cubic")
    with pytest.raises(InputError, match="pulses up only"):
        fit(steps_from(SoftBounds(step=0.05), up=40, down=0, cycles=1), "soft_bounds")
    assert set(fit_all(steps)) <= set(LAWS)
