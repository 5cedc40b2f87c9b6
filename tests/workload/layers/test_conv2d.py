import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import correlate

from chipsim.errors import InputError
from chipsim.workload.layers import Conv2d, MatrixLayer, conv2d
from chipsim.workload.layers.layer import images_at_once


@st.composite
def convolutions(draw, dilated=1, groups=1):
    """A layer, images, weights as stored, bias."""
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    stride = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    padding = tuple(draw(st.integers(0, k - 1)) for k in kernel)
    dilation = draw(st.tuples(st.integers(1, dilated), st.integers(1, dilated)))
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    sizes = [draw(st.integers(max(1, r - 2 * p), 10)) for r, p in zip(reach, padding, strict=True)]
    parts = draw(st.integers(1, groups))
    inputs, outputs, batch = (draw(st.integers(1, 3)) * each for each in (parts, parts, 1))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    layer = Conv2d(name="a", out_channels=outputs, kernel=kernel, stride=stride, padding=padding, dilation=dilation, groups=parts)
    shapes = (batch, inputs, *sizes), (outputs, inputs // parts, *kernel), (outputs,)
    return layer, *(random.normal(size=shape).astype(np.float32) for shape in shapes)


@settings(max_examples=60, deadline=None)
@given(convolutions())
def test_agrees_with_scipy(case):
    layer, x, weight, bias = case
    (py, px), (sy, sx) = layer.padding, layer.stride
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (py, py), (px, px)))
    wanted = [[correlate(image, kernel, mode="valid")[0, ::sy, ::sx] for kernel in weight] for image in padded]
    result = layer.forward(x, layer.matrix(weight), bias)
    np.testing.assert_allclose(result, np.array(wanted) + bias[:, None, None], rtol=1e-4, atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(convolutions(dilated=3))
def test_windows_as_columns_are_windows_as_rows(case):
    """What is done for large images, asked of small ones."""
    layer, x, weight, bias = case
    matrix = layer.matrix(weight)
    rows = MatrixLayer.summed(layer, x, matrix, bias)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conv2d, "LARGE", 1)
        np.testing.assert_allclose(layer.summed(x, matrix, bias), rows, rtol=1e-4, atol=1e-5)


def test_a_batch_in_parts_is_the_whole_batch(monkeypatch):
    layer = Conv2d(name="a", out_channels=3, kernel=3, padding=1, activation="relu")
    random = np.random.default_rng(1)
    x, weight = random.normal(size=(7, 2, 12, 12)).astype(np.float32), random.normal(size=(3, 2, 3, 3)).astype(np.float32)
    whole = layer.forward(x, layer.matrix(weight), None)
    monkeypatch.setattr("chipsim.workload.layers.layer.CACHED", 2 * 12 * 12 * 18)
    assert images_at_once((3, 12, 12), 18) == 2
    assert images_at_once((3, 90, 90), 18) == 1
    np.testing.assert_allclose(layer.forward(x, layer.matrix(weight), None), whole, rtol=1e-5, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(convolutions(dilated=3, groups=3))
def test_agrees_with_pytorch(case):
    torch = pytest.importorskip("torch")
    layer, x, weight, bias = case
    tensors = map(torch.from_numpy, (x, weight, bias))
    keys = {"stride": layer.stride, "padding": layer.padding, "dilation": layer.dilation, "groups": layer.groups}
    wanted = torch.nn.functional.conv2d(*tensors, **keys).numpy()
    np.testing.assert_allclose(layer.forward(x, layer.matrix(weight), bias), wanted, rtol=1e-4, atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(convolutions(dilated=3, groups=2), st.data())
def test_patches_are_what_pytorch_unfolds(case, data):
    torch = pytest.importorskip("torch")
    layer, x, _, _ = case
    _, height, width = layer.output_shape(x.shape[1:])
    y0 = data.draw(st.integers(0, height - 1))
    y1 = data.draw(st.integers(y0 + 1, height))
    keys = {"dilation": layer.dilation, "padding": layer.padding, "stride": layer.stride}
    unfolded = torch.nn.functional.unfold(torch.from_numpy(x), layer.kernel, **keys)
    wanted = unfolded.numpy().transpose(0, 2, 1).reshape(len(x), height, width, -1)
    np.testing.assert_array_equal(layer.patches(x, y0, y1), wanted[:, y0:y1])


def test_rows_of_the_matrix_are_ordered_channel_ky_kx():
    layer = Conv2d(name="a", out_channels=2, kernel=(2, 3))
    weight = np.arange(2 * 3 * 2 * 3, dtype=np.float32).reshape(2, 3, 2, 3)
    matrix = layer.matrix(weight)
    for c, i, j in np.ndindex(3, 2, 3):
        np.testing.assert_array_equal(matrix[c * 6 + i * 3 + j], weight[:, c, i, j])


def test_padding_may_differ_from_side_to_side():
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(0)
    x, weight = (random.normal(size=shape).astype(np.float32) for shape in ((2, 3, 6, 5), (4, 3, 3, 3)))
    layer = Conv2d(name="a", out_channels=4, kernel=3, stride=2, padding=(0, 1, 2, 0), bias=False)
    padded = torch.nn.functional.pad(torch.from_numpy(x), (1, 0, 0, 2))
    wanted = torch.nn.functional.conv2d(padded, torch.from_numpy(weight), stride=2).numpy()
    np.testing.assert_allclose(layer.forward(x, layer.matrix(weight), None), wanted, rtol=1e-4, atol=1e-5)


def test_groups_are_bands_of_the_matrix():
    layer = Conv2d(name="a", out_channels=4, kernel=1, groups=2, bias=False)
    matrix = layer.matrix(np.float32([[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]]).reshape(4, 3, 1, 1))
    wanted = [[1, 4, 0, 0], [2, 5, 0, 0], [3, 6, 0, 0], [0, 0, 7, 10], [0, 0, 8, 11], [0, 0, 9, 12]]
    np.testing.assert_array_equal(matrix, wanted)
    assert layer.macs((6, 2, 2)) == 6 * 2 * 4
    assert layer.filled((6, 2, 2), (0, 6), (0, 4)) == 12
    assert layer.filled((6, 2, 2), (2, 5), (1, 3)) == 1 * 1 + 2 * 1
    with pytest.raises(InputError, match="cuts 5 input channels into 2 groups, expected a divisor"):
        layer.output_shape((5, 2, 2))


def test_one_by_one_kernel_is_a_product_at_each_position():
    layer = Conv2d(name="a", out_channels=2, kernel=1, bias=False)
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype(np.float32)
    weight = np.float32([[1, 2, 3], [0, 0, -1]])[:, :, None, None]
    wanted = np.stack([x[:, 0] + 2 * x[:, 1] + 3 * x[:, 2], -x[:, 2]], axis=1)
    np.testing.assert_allclose(layer.forward(x, layer.matrix(weight), None), wanted, rtol=1e-6, atol=1e-6)


def test_macs_of_lenets_convolutions():
    assert Conv2d(name="a", out_channels=6, kernel=5, padding=2).macs((1, 28, 28)) == 25 * 6 * 784  # border zeros count
    assert Conv2d(name="a", out_channels=16, kernel=5).macs((6, 14, 14)) == 25 * 6 * 16 * 100


def test_an_image_smaller_than_the_kernel_is_refused():
    with pytest.raises(InputError, match=r"Conv2d.kernel: layer 'a' gets an input of \[1, 4, 9\], \[4, 9\] with its padding"):
        Conv2d(name="a", out_channels=1, kernel=5).output_shape((1, 4, 9))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"kernel": 0}, "kernel 0 is too small"),
        ({"kernel": 3, "stride": 0}, "stride 0 is too small"),
        ({"kernel": 3, "padding": 3}, "windows of padding only"),
        ({"kernel": 3, "out_channels": 0}, "out_channels"),
        ({"kernel": "3x3"}, "kernel"),
        ({"kernel": [3, 3, 3]}, "kernel"),
        ({"kernel": 3, "dilation": 0}, "dilation 0 is too small"),
        ({"kernel": 3, "padding": [1, 1, -1, 1]}, "is too small"),
        ({"kernel": 3, "groups": 2, "out_channels": 3}, "out_channels 3 cannot be cut into 2 groups"),
    ],
)
def test_bad_keys_are_refused(values, message):
    with pytest.raises(InputError, match=message):
        Conv2d(name="a", **({"out_channels": 1} | values))
