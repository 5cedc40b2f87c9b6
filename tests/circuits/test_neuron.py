"""Neuron circuits."""

import pytest

from chipsim.circuits.neuron import DigitalNeuron, Neuron, RampNeuron
from chipsim.reading import from_plain

ALL = ("relu", "leaky_relu", "sigmoid", "tanh", "hard_sigmoid", "hard_tanh", "gelu")


def test_a_digital_neuron_does_anything_lane_by_lane():
    neuron = DigitalNeuron(lanes=8, clock=1e9, depth=3, energy=1e-13)
    assert all(neuron.supports(name) for name in ALL)
    assert neuron.cost("apply", 256) == pytest.approx((256e-13, 34e-9, 32e-9))


def test_a_ramp_does_what_is_piecewise_linear_and_all_at_once():
    neuron = RampNeuron(ramp_time=200e-9, energy=1e-12)
    assert [name for name in ALL if neuron.supports(name)] == ["relu", "hard_sigmoid", "hard_tanh"]
    assert neuron.supports("identity")
    assert neuron.cost("apply", 512) == pytest.approx((512e-12, 200e-9, 200e-9))


def test_members():
    assert isinstance(from_plain(Neuron, "digital"), DigitalNeuron)
    assert isinstance(from_plain(Neuron, "ramp"), RampNeuron)
