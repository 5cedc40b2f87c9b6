"""Symmetry points that are looked for by alternating pulses, and references that are off."""

import numpy as np
import pytest
from regression import begun, even

from chipsim.reading import from_plain
from chipsim.responses import Response
from chipsim.streams import Stream
from chipsim.training.rules import Activity
from chipsim.training.rules.pulsed_array import PulsedArray
from chipsim.training.rules.reference import Calibration, referenced

SHAPE = (30, 20)
UNEVEN = {"type": "soft_bounds", "step": 0.02, "w_max": 1.0, "w_min": -1.0, "asymmetry_spread": 0.3}


def array(**keys):
    return PulsedArray(from_plain(Response, UNEVEN | keys), SHAPE, None, Stream(1), Stream(2))


def found(cells, noise=0.0, error=0.0, axis="row", **keys):
    return referenced(cells, axis, Calibration(**keys), noise, error, Stream(3))


def test_steps_without_noise_lead_to_the_symmetry_point():
    """The middle of the last step up and down is further out than the point by half a step's share of it: 1 % with steps of 2 %."""
    cells = array(noise=0.0, step_spread=0.0, w_max_spread=0.0, w_min_spread=0.0, asymmetry_spread=0.1)
    point = cells.response.symmetry_point(cells.cells)
    assert point.std() > 0.05
    assert found(cells, pulses=1000, reads=2).values == pytest.approx(1.01 * point, abs=5e-4)
    assert np.abs(cells.weights - point).max() < 0.02


def test_too_few_pulses_leave_a_share_of_the_way():
    """A pulse covers (up / high + down / |low|) / 2 of the distance; after 40 pulses of 2 % e**-0.8 of it is left."""
    cells = array(noise=0.0, step_spread=0.0, w_max_spread=0.0, w_min_spread=0.0, reset_noise=0.0)
    point = cells.response.symmetry_point(cells.cells)
    left = point - found(cells, pulses=40, reads=2).values
    assert (left * point).sum() / (point**2).sum() == pytest.approx(np.exp(-0.8), abs=0.05)


def test_reads_average_their_noise():
    quiet, few, many = (found(array(noise=0.0), noise, pulses=1000, reads=reads).values for noise, reads in ((0, 2), (0.1, 2), (0.1, 50)))
    assert (few - quiet).std() == pytest.approx(0.1 / np.sqrt(2), rel=0.15)
    assert (many - quiet).std() == pytest.approx(0.1 / np.sqrt(50), rel=0.25)


def test_the_error_of_reference_devices_is_that_of_the_chip():
    alone = referenced(array(), "row", None, 0.0, 0.2, Stream(3))
    assert alone.values.std() == pytest.approx(0.2, rel=0.1)
    assert alone.prepared == Activity()
    assert np.array_equal(alone.values, referenced(array(), "column", None, 0.5, 0.2, Stream(3)).values)
    both, without = found(array(), error=0.2, pulses=100), found(array(), pulses=100)
    assert both.values - without.values == pytest.approx(alone.values, abs=1e-6)
    assert referenced(array(), "row", None, 0.1, 0.0, Stream(3)).values is None


@pytest.mark.parametrize(("axis", "lines"), [("row", 30), ("column", 20)])
def test_what_it_takes(axis, lines):
    """Every device gets every pulse; a pulse is a slot on 50 lines; 8 times all lines are read."""
    took = found(array(), 0.1, axis=axis, pulses=100, reads=8).prepared
    assert took == Activity(pulses=100 * 600, slots=100, reads=8 * lines, operations=8 * 600, drives=100 * 50)


def test_the_same_seed_finds_the_same_reference():
    rule = {"type": "tiki_taka_v2", "response": UNEVEN, "calibration": {"pulses": 50}, "reference_error": 0.1}
    one, other, third = begun(rule, SHAPE), begun(rule, SHAPE), begun(rule, SHAPE, seed=9)
    assert np.array_equal(one.reference.values, other.reference.values)
    assert not np.array_equal(one.reference.values, third.reference.values)
    assert one.prepared.slots == 50


def test_readings_and_visible_weights_are_taken_against_the_reference():
    """Where a calibrated array has learned nothing it shows next to nothing, whatever its devices hold: they stop after a step down."""
    rule = {"type": "tiki_taka", "response": UNEVEN | {"noise": 0.0, "reset_noise": 0.0}, "read_noise": 0.0}
    zeroed = begun(rule | {"calibration": {"pulses": 1000, "reads": 2}}, SHAPE)
    assert zeroed.fast.weights.std() > 0.15
    shown = zeroed.fast.weights - zeroed.reference.values
    assert np.abs(shown).max() < 0.02
    assert zeroed.weights == pytest.approx(0.5 * shown, abs=1e-6)
    before = zeroed.slow.weights.copy()
    zeroed.update(np.zeros((1, 30), np.float32), np.zeros((1, 20), np.float32), 100.0, 0)
    assert (zeroed.slow.weights[0] <= before[0]).all()
    assert np.count_nonzero(zeroed.slow.weights != before) > 10


def test_calibration_makes_a_fast_array_useful_whose_symmetry_points_are_elsewhere():
    """A capacitor's points are spread over its range (6 % of unevenness, 5 % of slope), so version 2 drifts without a reference."""
    fast = {"component": "capacitor-3t1c"}
    drifts = {}
    for name, keys in (("none", {}), ("some", {"calibration": {"pulses": 4000}})):
        learner = begun({"type": "tiki_taka_v2", "response": even(0.1), "fast": fast, "read_noise": 0.0} | keys, SHAPE)
        signs = np.resize([[1.0], [-1.0]], (1500, 1)).astype(np.float32)
        learner.update(np.ones((1500, 30), np.float32), np.repeat(signs, 20, axis=1), 0.05, 0)
        drifts[name] = float(np.abs(learner.weights).mean())
    assert drifts["some"] < 0.5 * drifts["none"]
