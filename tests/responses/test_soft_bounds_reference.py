"""Soft bounds against a reference: what is subtracted, and where alternating pulses lead."""

import numpy as np
import pytest
from pulsing import ALIKE, QUIET, pulsed

from chipsim.responses import SoftBounds, SoftBoundsReference
from chipsim.streams import Stream

SHAPE = (100, 100)


def devices(**keys):
    device = SoftBoundsReference(**keys)
    return device, *device.instantiate(SHAPE, Stream(), Stream(4))


def test_a_subtracted_symmetry_point_leaves_the_error_of_the_reference():
    device, cells, _ = devices(subtract_symmetry_point=True, reference_mean=0.01, reference_spread=0.05, asymmetry_spread=0.3)
    point = device.symmetry_point(cells)
    assert point.mean() == pytest.approx(-0.01, abs=4 * 0.05 / 100)
    assert point.std() == pytest.approx(0.05, rel=4 / 100)
    exact, cells, _ = devices(subtract_symmetry_point=True, reference_spread=0.0, asymmetry_spread=0.3)
    assert exact.symmetry_point(cells) == pytest.approx(np.zeros(SHAPE), abs=1e-6)


def test_without_it_the_weight_is_that_of_soft_bounds_but_for_an_offset():
    device, cells, _ = devices(reference_mean=0.2, reference_spread=0.0, asymmetry_spread=0.3, **QUIET)
    plain = SoftBounds(asymmetry_spread=0.3, **QUIET)
    bare, _ = plain.instantiate(SHAPE, Stream(), Stream(4))
    assert device.symmetry_point(cells) == pytest.approx(plain.symmetry_point(bare) - 0.2, abs=1e-5)
    held = pulsed(plain, bare, np.full(SHAPE, 0.1), [1] * 50 + [-1] * 20)
    assert pulsed(device, cells, np.full(SHAPE, -0.1), [1] * 50 + [-1] * 20) == pytest.approx(held - 0.2, abs=1e-5)


def test_bounds_are_shifted_by_the_reference():
    device, cells, _ = devices(reference_mean=0.2, reference_spread=0.0, **ALIKE)
    low, high = device.bounds(cells)
    assert (low[0, 0], high[0, 0]) == (pytest.approx(-0.8), pytest.approx(0.4))
    assert device.largest_loss == 1
