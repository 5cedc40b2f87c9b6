"""Single operators against onnxruntime."""

import numpy as np
import pytest

from .models import check_equal, graph, node, numbers

CONV = {"w": numbers(4, 3, 3, 3, seed=1), "b": numbers(4, seed=2)}
STEM = node("Conv", "x", "w", "b", out="a", kernel_shape=[3, 3])
IMAGE = ("n", 3, 9, 8)


def after_conv(path, *nodes, opset=17, **arrays):
    """x -> convolution `a` [n, 4, 7, 6] -> nodes -> y."""
    return graph(path, [STEM, *nodes], IMAGE, CONV | arrays, opset)


@pytest.mark.parametrize(
    "keys",
    [
        {"strides": [2, 1], "pads": [1, 0, 2, 1]},
        {"dilations": [2, 3]},
        {"auto_pad": "SAME_UPPER", "strides": [2, 2]},
        {"auto_pad": "SAME_LOWER", "strides": [3, 2]},
        {"auto_pad": "VALID"},
    ],
    ids=str,
)
def test_conv(tmp_path, keys):
    check_equal(graph(tmp_path / "m.onnx", [node("Conv", "x", "w", "b", **keys)], IMAGE, CONV), numbers(2, 3, 9, 8))


@pytest.mark.parametrize("op", ["MaxPool", "AveragePool"])
@pytest.mark.parametrize(
    "keys",
    [
        {"kernel_shape": [2, 3], "strides": [2, 2], "ceil_mode": 1},
        {"kernel_shape": [3, 3], "pads": [1, 0, 1, 1]},
        {"kernel_shape": [3, 3], "strides": [2, 2], "auto_pad": "SAME_UPPER"},
    ],
    ids=str,
)
def test_pools(tmp_path, op, keys):
    check_equal(after_conv(tmp_path / "m.onnx", node(op, "a", **keys)), numbers(2, 3, 9, 8))


def test_pools_with_options(tmp_path):
    check_equal(after_conv(tmp_path / "a.onnx", node("MaxPool", "a", kernel_shape=[2, 2], dilations=[2, 1])), numbers(2, 3, 9, 8))
    keys = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "count_include_pad": 1}
    check_equal(after_conv(tmp_path / "b.onnx", node("AveragePool", "a", **keys)), numbers(2, 3, 9, 8))


SIMPLE = [
    ("Relu", {}), ("Sigmoid", {}), ("Tanh", {}), ("LeakyRelu", {"alpha": 0.3}), ("Elu", {}), ("Softplus", {}), ("HardSwish", {}),
    ("HardSigmoid", {}), ("HardSigmoid", {"alpha": 1 / 6}), ("Softmax", {"axis": 1}), ("LogSoftmax", {"axis": 1}), ("Neg", {}),
    ("GlobalAveragePool", {}), ("GlobalMaxPool", {}), ("Identity", {}), ("Flatten", {}), ("Dropout", {}),
    ("ReduceMean", {"axes": [2, 3]}), ("ReduceMean", {"axes": [1], "keepdims": 0}), ("ReduceMax", {"axes": [-1, -2], "keepdims": 0}),
    ("ReduceMax", {"axes": [1]}), ("ReduceMean", {"axes": [1, 2, 3]}), ("Transpose", {"perm": [0, 2, 3, 1]}),
]  # fmt: skip


@pytest.mark.parametrize(("op", "keys"), SIMPLE, ids=str)
def test_operators_of_one_input(tmp_path, op, keys):
    check_equal(after_conv(tmp_path / "m.onnx", node(op, "a", **keys)), numbers(2, 3, 9, 8))


@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_gelu(tmp_path, approximate):
    check_equal(after_conv(tmp_path / "m.onnx", node("Gelu", "a", approximate=approximate), opset=20), numbers(2, 3, 9, 8))


ONE = np.float32(0.7)
CHANNEL = numbers(4, 1, 1, seed=5)


@pytest.mark.parametrize(
    ("op", "inputs", "array"),
    [
        ("Add", "a c", ONE), ("Add", "c a", CHANNEL), ("Sub", "a c", CHANNEL), ("Sub", "c a", ONE), ("Mul", "a c", CHANNEL),
        ("Div", "a c", CHANNEL), ("PRelu", "a c", np.float32([[[0.2]]])), ("Reshape", "a c", np.int64([0, 2, -1, 6])),
        ("Unsqueeze", "a c", np.int64([0, -1])), ("Expand", "a c", np.int64([1, 4, 1, 1])), ("ReduceSum", "a c", np.int64([2, 3])),
        ("ReduceSum", "a c", np.int64([1])),
    ],
    ids=str,
)  # fmt: skip
def test_operators_with_a_constant(tmp_path, op, inputs, array):
    check_equal(after_conv(tmp_path / "m.onnx", node(op, *inputs.split()), c=array), numbers(2, 3, 9, 8))


def test_constants_after_something_that_is_no_product_are_a_scale(tmp_path):
    nodes = node("Tanh", "a", out="t"), node("Mul", "t", "c", out="m"), node("Add", "m", "c")
    found = check_equal(after_conv(tmp_path / "m.onnx", *nodes, c=CHANNEL), numbers(2, 3, 9, 8))
    assert [layer.type_name for layer in found.spec.layers] == ["conv2d", "scale"]


def test_nothing_is_folded_into_a_product_that_is_read_twice(tmp_path):
    nodes = node("Mul", "a", "c", out="m"), node("Relu", "a", out="r"), node("Add", "m", "r")
    found = check_equal(after_conv(tmp_path / "m.onnx", *nodes, c=CHANNEL), numbers(2, 3, 9, 8))
    assert [layer.type_name for layer in found.spec.layers] == ["conv2d", "scale", "activation", "add"]


@pytest.mark.parametrize("limits", [(0.0, 6.0), (-0.5, 0.25), (None, 1.0), (0.0, None)], ids=str)
def test_clip(tmp_path, limits):
    arrays = {name: np.float32(limit) for name, limit in zip(("low", "high"), limits, strict=True) if limit is not None}
    names = [name if name in arrays else "" for name in ("low", "high")]
    check_equal(after_conv(tmp_path / "m.onnx", node("Clip", "a", *names), **arrays), numbers(2, 3, 9, 8))


def test_slice_and_split(tmp_path):
    arrays = {"starts": np.int64([1, -5]), "ends": np.int64([2**62, 6]), "axes": np.int64([1, 2]), "steps": np.int64([1, 2])}
    check_equal(after_conv(tmp_path / "a.onnx", node("Slice", "a", *arrays), **arrays), numbers(2, 3, 9, 8))
    nodes = node("Split", "a", "sizes", out="p,q", axis=1), node("Concat", "q", "p", axis=1)
    check_equal(after_conv(tmp_path / "b.onnx", *nodes, sizes=np.int64([1, 3])), numbers(2, 3, 9, 8))


def test_pad(tmp_path):
    arrays = {"pads": np.int64([0, 0, 1, 2, 0, 0, 0, 1]), "v": np.float32(-0.5)}
    check_equal(after_conv(tmp_path / "m.onnx", node("Pad", "a", "pads", "v"), **arrays), numbers(2, 3, 9, 8))


def test_gemm_with_all_its_options(tmp_path):
    arrays = {"w": numbers(5, 6), "c": numbers(1, 5, seed=3)}
    path = graph(tmp_path / "m.onnx", [node("Gemm", "x", "w", "c", transB=1, alpha=0.5, beta=2.0)], ("n", 6), arrays)
    found = check_equal(path, numbers(3, 6))
    assert found.spec.layers[0].bias


def test_matmul_of_a_flattened_image_in_another_order(tmp_path):
    nodes = node("Transpose", "a", out="t", perm=[0, 2, 3, 1]), node("Flatten", "t", out="f"), node("MatMul", "f", "m")
    found = check_equal(after_conv(tmp_path / "m.onnx", *nodes, m=numbers(168, 3, seed=4)), numbers(2, 3, 9, 8))
    assert [layer.type_name for layer in found.spec.layers] == ["conv2d", "linear"]


def test_images_with_the_channels_last(tmp_path):
    nodes = node("Transpose", "x", out="t", perm=[0, 3, 1, 2]), node("Conv", "t", "w", "b")
    found = check_equal(graph(tmp_path / "m.onnx", nodes, ("n", 9, 8, 3), CONV), numbers(2, 9, 8, 3))
    assert found.spec.input.shape == (3, 9, 8)


def test_shapes_are_computed_when_they_are_known(tmp_path):
    nodes = [
        node("Shape", "a", out="s"), node("Gather", "s", "zero", out="n"), node("Unsqueeze", "n", "zeros", out="m"),
        node("Concat", "m", "rest", out="shape", axis=0), node("Reshape", "a", "shape", out="f"), node("MatMul", "f", "w2"),
    ]  # fmt: skip
    arrays = {"zero": np.int64(0), "zeros": np.int64([0]), "rest": np.int64([-1]), "w2": numbers(168, 2)}
    check_equal(after_conv(tmp_path / "m.onnx", *nodes, **arrays), numbers(2, 3, 9, 8))


@pytest.mark.parametrize(("axis", "index"), [(1, 2), (2, -1), (3, [1, 2]), (1, [-3, -2])], ids=str)
def test_gather_of_neighbours(tmp_path, axis, index):
    check_equal(after_conv(tmp_path / "m.onnx", node("Gather", "a", "c", axis=axis), c=np.int64(index)), numbers(2, 3, 9, 8))


@pytest.mark.parametrize(("op", "inputs"), [("Add", "a p"), ("Sub", "a p"), ("Sub", "p a")], ids=str)
def test_constants_of_each_position(tmp_path, op, inputs):
    found = check_equal(after_conv(tmp_path / "m.onnx", node(op, *inputs.split()), p=numbers(1, 4, 7, 6)), numbers(2, 3, 9, 8))
    assert [layer.type_name for layer in found.spec.layers] == ["conv2d", "offset"]


def test_sum_of_three(tmp_path):
    nodes = node("Relu", "a", out="r"), node("Tanh", "a", out="t"), node("Sum", "a", "r", "t")
    check_equal(after_conv(tmp_path / "m.onnx", *nodes), numbers(2, 3, 9, 8))
