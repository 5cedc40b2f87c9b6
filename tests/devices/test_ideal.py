"""The ideal device keeps what it was told."""

import numpy as np

from chipsim.devices import Ideal
from chipsim.streams import Stream


def test_nothing_changes_ever():
    device = Ideal(g_max=40e-6)
    target = np.linspace(0, 40e-6, 12, dtype=np.float32).reshape(3, 4)
    programmed = device.program(target, Stream(1))
    for time in (0.0, 1.0, 1e9):
        np.testing.assert_array_equal(device.mean_at(programmed, time), target)
        np.testing.assert_array_equal(device.read_at(programmed, time, Stream(2)), target)


def test_the_answer_is_a_copy():
    device = Ideal()
    programmed = device.program(np.full(3, 1e-6), Stream(1))
    device.mean_at(programmed, 1.0)[:] = 0
    assert (programmed.conductance == np.float32(1e-6)).all()


def test_a_range_that_does_not_start_at_zero():
    device = Ideal(g_min=9e-6, g_max=88e-6)
    assert device.program([9e-6, 88e-6], Stream()).conductance.tolist() == [np.float32(9e-6), np.float32(88e-6)]
