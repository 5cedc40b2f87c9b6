"""Closed forms of how devices differ, against samples and known integrals."""

import math

import numpy as np
import pytest
from scipy.stats import foldnorm

from chipsim.responses import ConstantStep, SoftBounds
from chipsim.streams import Stream
from chipsim.studies.response_spreads import _described, _folded, pulse_all, spreads


@pytest.mark.parametrize(("mean", "sigma"), [(1.0, 0.3), (0.5, 0.6), (-0.6, 0.18), (0.0, 2.0), (3.0, 1e-3)])
def test_folded_normals(mean, sigma):
    middle, width = _folded(mean, sigma)
    assert middle == pytest.approx(float(foldnorm.mean(abs(mean) / sigma, scale=sigma)))
    assert width == pytest.approx(float(foldnorm.std(abs(mean) / sigma, scale=sigma)), rel=1e-5)
    assert _folded(-0.4, 0.0) == (0.4, 0.0)


def test_log_normal_steps():
    response = ConstantStep(step=0.01, step_spread=0.5, step_log_normal=True, asymmetry=0.2, asymmetry_spread=0.0)
    mean, sigma = _described(response)["step down"]
    drawn = 0.01 * (np.exp(0.5 * np.random.default_rng(0).standard_normal(400_000)) - 0.2)
    assert (mean, sigma) == (pytest.approx(drawn.mean(), rel=0.005), pytest.approx(drawn.std(), rel=0.01))
    assert mean == pytest.approx(0.01 * (math.exp(0.125) - 0.2))


def test_a_wrong_description_is_noticed():
    """Devices of one spread beside the description of another: 20 standard errors away."""
    stream = Stream(1)
    drawn, _ = ConstantStep(step_spread=0.3).instantiate((1, 2000), stream, stream.child("chip"))
    rows = {row["quantity"]: row for row in spreads(ConstantStep(step_spread=0.2), drawn, stream)}
    assert rows["step up"]["deviation"] == pytest.approx(0.5, abs=0.06)
    assert rows["step up"]["deviation"] > 20 * rows["step up"]["error"]
    assert abs(rows["upper bound"]["deviation"]) < 5 * rows["upper bound"]["error"]


def test_more_pulses_than_one_update_holds():
    response = ConstantStep(step=0.0002, step_spread=0, asymmetry_spread=0, w_max_spread=0, w_min_spread=0, noise=0)
    cells, weights = response.average()
    pulse_all(weights, None, cells, response.law, 2500, (1, 2), 0)
    assert weights[0, 0] == pytest.approx(0.5, abs=1e-4)
    pulse_all(weights, None, cells, response.law, -1500, (1, 2), 1)
    assert weights[0, 0] == pytest.approx(0.2, abs=1e-4)


def test_a_pulse_is_as_noisy_as_described():
    stream = Stream(2)
    for additive in (False, True):
        response = SoftBounds(step=0.02, noise=0.5, additive=additive)
        drawn, _ = response.instantiate((1, 5000), stream, stream.child("chip"))
        row = next(row for row in spreads(response, drawn, stream) if row["quantity"] == "pulse noise")
        assert (row["mean"], row["sigma"]) == (pytest.approx(0, abs=0.06), pytest.approx(1, rel=0.05))
