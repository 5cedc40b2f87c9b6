"""Vector units."""

import pytest

from chipsim.circuits.vector_unit import SIMD

UNIT = SIMD(lanes=4, clock=1e9, energy_max=1e-13, energy_add=2e-13, energy_multiply=3e-13, energy_function=4e-13)


@pytest.mark.parametrize(("action", "energy"), [("max", 1e-13), ("add", 2e-13), ("multiply", 3e-13), ("function", 4e-13)])
def test_each_operation_has_its_own_energy(action, energy):
    assert UNIT.cost(action, 10) == pytest.approx((10 * energy, 3e-9, 3e-9))


def test_activations_are_operations_too():
    assert UNIT.cost("relu", 10) == UNIT.cost("max", 10)
    for name in ("leaky_relu", "sigmoid", "tanh", "hard_sigmoid", "hard_tanh", "gelu"):
        assert UNIT.cost(name, 10) == UNIT.cost("function", 10)
