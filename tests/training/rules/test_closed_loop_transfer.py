"""A slow array that is read back: one transfer by hand, devices that do not obey, the cost."""

import numpy as np
import pytest
from regression import begun, even, weight_error

from chipsim.training.rules import Activity

KEYS = {"type": "closed_loop_transfer", "read_noise": 0.0, "verify_noise": 0.0, "most": 3}


def learner(slow, **keys):
    """Two rows of three cells; row 1 has a buffer of 2.4, -7 and 0.9 pulses."""
    rule = begun(KEYS | {"response": even(0.01) | slow, "fast": even(0.01)} | keys, (2, 3))
    rule.buffer[1] = [2.4, -7, 0.9]
    return rule


def test_a_transfer_by_hand():
    """One read to know the targets, one before the pulses, one that finds all there; what stays is a tenth of the buffer."""
    one = learner({})
    took = one._empty(1, 0)
    assert one.weights == pytest.approx(np.array([[0, 0, 0], [0.02, -0.03, 0]]), abs=1e-6)
    assert one.buffer[1] == pytest.approx([0.24, -0.7, 0.9])
    assert took == Activity(pulses=5, slots=3, reads=3, operations=3 + 2 * 2 + 2 * 2, drives=3 + 5)
    assert one._empty(0, 1) == Activity()


def test_devices_that_move_by_less_get_more_pulses():
    one = learner({"step": 0.004, "assumed_step": 0.01})
    took = one._empty(1, 0)
    assert one.weights[1] == pytest.approx([0.02, -0.03, 0], abs=0.005)
    assert took.pulses > 10
    trusted = learner({"step": 0.004, "assumed_step": 0.01}, goes=1)
    trusted._empty(1, 0)
    assert trusted.weights[1] == pytest.approx([0.008, -0.012, 0], abs=1e-6)


def test_columns_are_written_alike():
    one = begun(KEYS | {"response": even(0.01), "fast": even(0.01), "transfer_by": "column"}, (3, 2))
    one.buffer[1] = [2.4, -7, 0.9]
    one._empty(1, 0)
    assert one.weights[:, 1] == pytest.approx([0.02, -0.03, 0], abs=1e-6)
    assert (one.weights[:, 0] == 0).all()


def test_a_reading_that_is_coarser_than_a_step_sets_the_tolerance():
    assert learner({}, verify_noise=0.02)._loop.tolerance == 0.02
    assert learner({}, verify_noise=0.001)._loop.tolerance == pytest.approx(0.005)


def test_with_few_states_it_learns_where_plain_descent_does_not():
    few = ("twenty", 0.05)
    assert weight_error("closed_loop_transfer", few, 6000) < 0.5 * weight_error("sgd", few, 6000)
