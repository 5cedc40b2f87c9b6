import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.workload.layers import AveragePool, MaxPool


@st.composite
def pools(draw, kind, dilated=1):
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    stride = draw(st.none() | st.tuples(st.integers(1, 3), st.integers(1, 3)))
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    spread = draw(st.tuples(st.integers(1, dilated), st.integers(1, dilated)))
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, spread, strict=True)]
    sizes = [draw(st.integers(max(1, r - 2 * p), 8)) for r, p in zip(reach, padding, strict=True)]
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x = random.normal(size=(draw(st.integers(1, 3)), draw(st.integers(1, 3)), *sizes)).astype(np.float32)
    keys = {"dilation": spread} if dilated > 1 else {}
    return kind(name="a", kernel=kernel, stride=stride, padding=padding, **keys), x


def by_hand(layer, x, reduce, fill):
    """One window after the other."""
    (ky, kx), (sy, sx), (py, px) = layer.window.kernel, layer.window.stride, layer.window.padding
    padded = np.pad(x, ((0, 0), (0, 0), (py, py), (px, px)), constant_values=fill)
    _, height, width = layer.output_shape(x.shape[1:])
    result = np.empty((*x.shape[:2], height, width))
    for y, column in np.ndindex(height, width):
        seen = padded[:, :, y * sy : y * sy + ky, column * sx : column * sx + kx]
        result[:, :, y, column] = reduce(seen.astype(float), axis=(2, 3))
    return result


@settings(max_examples=60, deadline=None)
@given(pools(MaxPool))
def test_maximum_by_hand_and_in_pytorch(case):
    layer, x = case
    np.testing.assert_array_equal(layer.forward(x), by_hand(layer, x, np.max, -np.inf))
    torch = pytest.importorskip("torch")
    wanted = torch.nn.functional.max_pool2d(torch.from_numpy(x), layer.kernel, layer.stride, layer.padding)
    np.testing.assert_array_equal(layer.forward(x), wanted.numpy())


@settings(max_examples=60, deadline=None)
@given(pools(AveragePool))
def test_mean_by_hand_and_in_pytorch(case):
    layer, x = case
    np.testing.assert_allclose(layer.forward(x), by_hand(layer, x, np.mean, 0), rtol=1e-5, atol=1e-6)
    torch = pytest.importorskip("torch")
    wanted = torch.nn.functional.avg_pool2d(torch.from_numpy(x), layer.kernel, layer.stride, layer.padding)
    np.testing.assert_allclose(layer.forward(x), wanted.numpy(), rtol=1e-5, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(pools(MaxPool, dilated=2), st.booleans())
def test_maximum_with_dilation_and_rounding_up_in_pytorch(case, ceil):
    torch = pytest.importorskip("torch")
    layer, x = case
    layer = layer.model_copy(update={"ceil": ceil})
    keys = {"dilation": layer.dilation, "ceil_mode": ceil}
    wanted = torch.nn.functional.max_pool2d(torch.from_numpy(x), layer.kernel, layer.stride, layer.padding, **keys)
    np.testing.assert_array_equal(layer.forward(x), wanted.numpy())


@settings(max_examples=60, deadline=None)
@given(pools(AveragePool), st.booleans(), st.booleans())
def test_mean_with_other_counts_in_pytorch(case, ceil, count):
    torch = pytest.importorskip("torch")
    layer, x = case
    layer = layer.model_copy(update={"ceil": ceil, "count_padding": count})
    wanted = torch.nn.functional.avg_pool2d(torch.from_numpy(x), layer.kernel, layer.stride, layer.padding, ceil, count)
    np.testing.assert_allclose(layer.forward(x), wanted.numpy(), rtol=1e-5, atol=1e-6)


def test_the_sum_is_taken_in_raster_order():
    layer = AveragePool(name="a", kernel=2)
    for values, total in (([1e8, 1, 1, -1e8], 0), ([1e8, -1e8, 1, 1], 2), ([1, 1e8, -1e8, 1], 1)):  # 1e8 + 1 is 1e8 in float32
        assert layer.forward(np.float32(values).reshape(1, 1, 2, 2)) == np.float32(total / 4)


def test_the_stride_is_the_kernel_unless_given():
    assert MaxPool(name="a", kernel=(2, 3)).output_shape((5, 8, 9)) == (5, 4, 3)
    assert MaxPool(name="a", kernel=(2, 3), stride=1).output_shape((5, 8, 9)) == (5, 7, 7)


def test_operations_of_a_window():
    assert MaxPool(name="a", kernel=2).operations(16) == {"max": 3 * 16}
    assert AveragePool(name="a", kernel=(2, 4)).operations(10) == {"add": 70, "multiply": 10}


def test_the_maximum_of_negative_numbers_ignores_the_padding():
    x = np.full((1, 1, 2, 2), -3, np.float32)
    np.testing.assert_array_equal(MaxPool(name="a", kernel=3, stride=1, padding=1).forward(x), x)


def test_bad_windows_are_refused():
    with pytest.raises(InputError, match="padding 3 with kernel 3 makes windows of padding only"):
        MaxPool(name="a", kernel=3, padding=3)
    with pytest.raises(InputError, match="stride 0 is too small"):
        AveragePool(name="a", kernel=2, stride=0)
    with pytest.raises(InputError, match=r"MaxPool.kernel: layer 'a' gets an input of \[4, 1, 1\]"):
        MaxPool(name="a", kernel=2).output_shape((4, 1, 1))
