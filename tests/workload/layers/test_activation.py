import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.workload.layers import Activation
from chipsim.workload.layers.nonlinearity import FUNCTIONS, apply


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_is_the_function_of_each_value(function):
    layer = Activation(name="a", function=function)
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype(np.float32)
    assert layer.output_shape((3, 4, 5)) == (3, 4, 5)
    np.testing.assert_array_equal(layer.forward(x), apply(function, x))
    np.testing.assert_array_equal(layer.compute_rows([x], 1, 3), apply(function, x)[:, :, 1:3])
    assert layer.operations(7) == {function: 7}


def test_slope():
    layer = Activation(name="a", function="leaky_relu", slope=0.5)
    np.testing.assert_array_equal(layer.forward(np.float32([-2, 2]).reshape(1, 2, 1, 1)).ravel(), [-1, 2])
    with pytest.raises(InputError, match=r"slope 0\.5 is given, but the function is tanh"):
        Activation(name="a", function="tanh", slope=0.5)
