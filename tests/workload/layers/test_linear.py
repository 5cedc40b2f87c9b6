import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.workload.layers import Linear


def test_flattens_its_input_in_the_order_channel_row_column():
    layer = Linear(name="a", out_features=1)
    x = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)
    np.testing.assert_array_equal(layer.patches(x, 0, 1), np.arange(24, dtype=np.float32).reshape(1, 1, 1, 24))
    turned = np.ascontiguousarray(x.transpose(0, 3, 2, 1)).transpose(0, 3, 2, 1)  # the same numbers, laid out otherwise
    np.testing.assert_array_equal(layer.patches(turned, 0, 1), layer.patches(x, 0, 1))


def test_closed_form():
    layer = Linear(name="a", out_features=2, activation="relu")
    weight = np.float32([[1, 2, 3], [-1, 0, -1]])
    result = layer.forward(np.float32([1, 1, 2]).reshape(1, 3, 1, 1), layer.matrix(weight), np.float32([0.5, 0]))
    np.testing.assert_array_equal(result, np.float32([9.5, 0]).reshape(1, 2, 1, 1))


def test_macs_and_shapes_of_the_first_layer_of_the_mlp():
    layer = Linear(name="a", out_features=256)
    assert layer.macs((1, 28, 28)) == 784 * 256
    assert layer.matrix_shape((1, 28, 28)) == (784, 256)
    assert layer.weight_shape((1, 28, 28)) == (256, 784)
    assert layer.needs(0, 0, (1, 28, 28)) == ((0, 0), (27, 27))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 4), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_agrees_with_pytorch(channels, height, width, outputs, seed):
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(seed)
    x = random.normal(size=(3, channels, height, width)).astype(np.float32)
    weight = random.normal(size=(outputs, channels * height * width)).astype(np.float32)
    bias = random.normal(size=outputs).astype(np.float32)
    layer = Linear(name="a", out_features=outputs)
    wanted = torch.nn.functional.linear(*map(torch.from_numpy, (x.reshape(3, -1), weight, bias))).numpy()
    np.testing.assert_allclose(layer.forward(x, layer.matrix(weight), bias)[:, :, 0, 0], wanted, rtol=1e-5, atol=1e-5)


def test_has_one_output_row():
    with pytest.raises(ValueError, match="output rows 0 to 2 of 1"):
        Linear(name="a", out_features=1).patches(np.zeros((1, 2, 1, 1), np.float32), 0, 2)


def test_no_outputs_are_refused():
    with pytest.raises(InputError, match=r"Linear.out_features: .*greater than or equal to 1, got 0"):
        Linear(name="a", out_features=0)
