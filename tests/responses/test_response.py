"""Drawn devices against the formulas; leak, reset and what is refused."""

import numpy as np
import pytest
from pulsing import QUIET

from chipsim.errors import InputError
from chipsim.responses import ConstantStep, Response
from chipsim.streams import Stream

SHAPE = (200, 200)
COUNT = SHAPE[0] * SHAPE[1]


def devices(seed=1, **keys):
    response = ConstantStep(**keys)
    return response, *response.instantiate(SHAPE, Stream(seed), Stream(5))


def spread_of(values):
    return values.std() / values.mean()


def test_bounds_and_steps_have_the_spread_asked_for():
    _, cells, _ = devices(step=0.01, step_spread=0.2, w_max=0.8, w_max_spread=0.1, w_min=-0.4, w_min_spread=0.15, asymmetry_spread=0)
    pulsed, few = cells.pulsed, 4 / np.sqrt(COUNT)
    for matrix, mean, spread in ((pulsed.up, 0.01, 0.2), (pulsed.high, 0.8, 0.1), (-pulsed.low, 0.4, 0.15)):
        assert matrix.mean() == pytest.approx(mean, rel=few * spread)
        assert spread_of(matrix) == pytest.approx(spread, rel=few)
    assert pulsed.up == pytest.approx(pulsed.down)
    for one, other in ((pulsed.up, pulsed.high), (pulsed.up, pulsed.low), (pulsed.high, pulsed.low)):
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < few


def test_log_normal_steps():
    _, cells, _ = devices(step=0.01, step_spread=0.5, step_log_normal=True, asymmetry_spread=0)
    logarithm = np.log(cells.pulsed.up / 0.01)
    assert logarithm.mean() == pytest.approx(0, abs=4 * 0.5 / np.sqrt(COUNT))
    assert logarithm.std() == pytest.approx(0.5, rel=4 / np.sqrt(COUNT))


@pytest.mark.parametrize(("asymmetry", "up", "down"), [(0.2, 1.0, 0.8), (-0.2, 0.8, 1.0), (0.0, 1.0, 1.0)])
def test_asymmetry_weakens_one_side(asymmetry, up, down):
    _, cells, _ = devices(step=0.01, step_spread=0, asymmetry=asymmetry, asymmetry_spread=0)
    assert cells.pulsed.up == pytest.approx(np.full(SHAPE, 0.01 * up))
    assert cells.pulsed.down == pytest.approx(np.full(SHAPE, 0.01 * down))


def test_the_spread_of_the_asymmetry_is_opposite_for_up_and_down():
    _, cells, _ = devices(step=0.01, step_spread=0, asymmetry_spread=0.05)
    up, down = cells.pulsed.up / 0.01 - 1, cells.pulsed.down / 0.01 - 1
    assert up == pytest.approx(-down, abs=1e-5)
    assert up.std() == pytest.approx(0.05, rel=4 / np.sqrt(COUNT))


def test_stuck_devices():
    _, cells, weights = devices(stuck=0.135, stuck_range=0.02)
    assert cells.stuck.mean() == pytest.approx(0.135, abs=4 * np.sqrt(0.135 * 0.865 / COUNT))
    assert (cells.pulsed.up[cells.stuck] == 0).all()
    assert (cells.pulsed.low[cells.stuck] == cells.pulsed.high[cells.stuck]).all()
    assert weights[cells.stuck].std() == pytest.approx(0.02 / np.sqrt(3), rel=0.05)
    assert abs(weights[cells.stuck]).max() <= 0.02
    _, same, _ = devices(stuck=0.3)
    assert (same.stuck | ~cells.stuck).all()  # more of them are those and others
    _, none, _ = devices()
    assert not none.stuck.any()
    assert (none.pulsed.high[~cells.stuck] == cells.pulsed.high[~cells.stuck]).all()


def test_a_reset_scatters_about_the_rest_of_each_device():
    response, cells, weights = devices(reset=0.1, reset_spread=0.03, reset_noise=0.02, w_max_spread=0, w_min_spread=0)
    assert cells.rest.std() == pytest.approx(0.03, rel=4 / np.sqrt(COUNT))
    assert (weights - cells.rest).std() == pytest.approx(0.02, rel=4 / np.sqrt(COUNT))
    assert weights.mean() == pytest.approx(0.1, abs=0.001)
    other = response.after_reset(cells, Stream(2))
    assert abs(np.corrcoef((weights - cells.rest).ravel(), (other - cells.rest).ravel())[0, 1]) < 4 / np.sqrt(COUNT)


def test_the_leak_is_exponential():
    response, cells, _ = devices(lifetime=50.0, lifetime_spread=0.0, reset=0.1, w_max_spread=0, w_min_spread=0)
    start = np.full(SHAPE, 0.5, np.float32)
    after = response.leaked(cells, start, Stream(), 100)
    assert after == pytest.approx(0.1 + 0.4 * np.full(SHAPE, (1 - 1 / 50) ** 100), rel=1e-4)
    step_by_step = start
    for _ in range(100):
        step_by_step = response.leaked(cells, step_by_step, Stream())
    assert after == pytest.approx(step_by_step, rel=1e-4)
    assert response.leaked(cells, cells.rest, Stream(), 7) == pytest.approx(cells.rest)


def test_lifetimes_differ_and_a_device_loses_at_most_all():
    _, cells, _ = devices(lifetime=1e6, lifetime_spread=0.3)
    assert (1 / cells.rate).std() == pytest.approx(3e5, rel=4 / np.sqrt(COUNT))
    _, cells, _ = devices(lifetime=1.0, lifetime_spread=0.9)
    assert cells.rate.max() == 1


def test_diffusion_grows_with_the_root_of_time():
    response, cells, _ = devices(diffusion=0.001, w_max_spread=0, w_min_spread=0)
    after = response.leaked(cells, np.zeros(SHAPE, np.float32), Stream(8), 25)
    assert after.std() == pytest.approx(0.005, rel=4 / np.sqrt(COUNT))
    still = ConstantStep()
    assert (still.leaked(cells, after, Stream(8), 25) == after).all()


def test_nothing_leaves_the_bounds():
    response, cells, _ = devices(diffusion=1.0)
    low, high = response.bounds(cells)
    after = response.leaked(cells, np.zeros(SHAPE, np.float32), Stream(8))
    assert ((low <= after) & (after <= high)).all()


def test_write_noise_is_in_steps():
    assert ConstantStep(step=0.01, write_noise=2.0).law.write_noise == pytest.approx(0.02)
    assert ConstantStep(**QUIET).law.write_noise == 0


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"step": 0}, "greater than 0"),
        ({"w_min": 0.1}, "less than or equal to 0"),
        ({"w_max": 0.01, "w_min": 0.0, "step": 0.02}, "less than one step"),
        ({"stuck": 1.1}, "less than or equal to 1"),
        ({"noise": -1}, "greater than or equal to 0"),
        ({"dw_min": 1}, "unknown key"),
    ],
)
def test_impossible_devices_are_refused(keys, said):
    with pytest.raises(InputError, match=said):
        ConstantStep(**keys)


def test_the_family_has_the_members_it_should():
    assert sorted(Response.members) == [
        "constant_step", "exponential_step", "linear_step", "measured_steps", "piecewise_step", "power_step", "soft_bounds",
        "soft_bounds_reference",
    ]  # fmt: skip
