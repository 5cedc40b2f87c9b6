"""Vector units."""

import pytest

from chipsim.circuits.vector_unit import SIMD

UNIT = SIMD(lanes=4, clock=1e9, energy_max=1e-13, energy_add=2e-13, energy_multiply=3e-13, energy_function=4e-13)


@pytest.mark.parametrize(("action", "energy"), [("max", 1e-13), ("add", 2e-13), ("multiply", 3e-13), ("function", 4e-13)])
def test_each_operation_has_its_own_energy(action, energy):
    assert UNIT.cost(action, 10) == pytest.approx((10 * energy, 3e-9, 3e-9))


def test_activations_are_operations_too():
    assert UNIT.cost("relu", 10) == UNIT.cost("max", 10)
    for name in ("leaky_relu", "sigmoid", "tanh", "hard_sigmoid", "hard_tanh", "gelu", "silu", "exponential", "reciprocal"):
        assert UNIT.cost(name, 10) == UNIT.cost("function", 10)


def test_a_mac_on_the_lanes_is_a_multiplication_and_an_addition():
    assert UNIT.cost("mac", 10) == pytest.approx((10 * 5e-13, 6e-9, 6e-9))


def test_multipliers_for_activations_have_a_width_and_an_energy_of_their_own():
    unit = UNIT.having(macs_per_tick=16, energy_mac=1e-13, depth=3)
    assert unit.cost("mac", 33) == pytest.approx((33e-13, 5e-9, 3e-9))
    assert unit.cost("add", 33) == UNIT.having(depth=3).cost("add", 33)
    assert unit.cost("mac", 0) == (0, 0, 0)


def test_full_power_is_that_of_the_costliest_operation():
    assert UNIT.full_power == pytest.approx(4 * 4e-13 * 1e9)
    assert UNIT.having(macs_per_tick=64, energy_mac=1e-13).full_power == pytest.approx(64 * 1e-13 * 1e9)
