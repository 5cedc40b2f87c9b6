"""Networks in whole numbers: an implementation by hand, ONNX's integer operators, many bits as good as float."""

from __future__ import annotations

import numpy as np
import pytest
from builders import add, conv, linear, network, pool, residual
from hypothesis import given
from hypothesis import strategies as st

from chipsim.studies.precision_integers import Affine, Integers, fitted, forward, quantised, whole_weights

LSTM = {"type": "lstm", "name": "r", "hidden_size": 5}
GRU = {"type": "gru", "name": "r", "hidden_size": 5, "last_only": True}
WORKS = {
    "linear": network([6, 1, 1], linear("fc1", 9, activation="relu"), linear("fc2", 4), samples=30),
    "residual": residual(samples=30),
    "grouped": network([4, 7, 7], conv("c", 8, groups=4, stride=2, padding=1, activation="relu"), pool("p"), linear("fc", 3), samples=30),
    "lstm": network([3, 6, 1], LSTM, linear("fc", 4) | {"inputs": ["r"]}, samples=20),
    "gru": network([3, 6, 1], GRU, linear("fc", 4), samples=20),
    "sum": network([4, 1, 1], linear("a", 4), linear("b", 4) | {"inputs": ["a"]}, add("s", "a", "b"), linear("c", 2), samples=20),
}


@given(st.floats(-100, 0), st.floats(0.001, 100), st.integers(2, 16))
def test_steps_hold_zero_and_the_range(low, high, bits):
    steps = Affine.of(low, high, bits)
    values = np.array([0.0, low, high, 10 * low, 10 * high], np.float32)
    whole = steps.whole(values)
    assert whole[0] == 0
    assert whole.min() >= -steps.zero
    assert whole.max() <= (1 << bits) - 1 - steps.zero
    inside = np.linspace(low, high, 50, dtype=np.float32)
    assert np.abs(steps.whole(inside) * steps.scale - inside).max() <= steps.scale * 1.01  # half a step, half of the zero point


def test_a_few_far_values_are_cut_off():
    """Of normal numbers and one outlier a few bits are better spent on the normal ones; with many bits nothing need be cut."""
    values = np.append(np.random.default_rng(0).normal(size=20000), 40.0).astype(np.float32)
    assert fitted(values, 4).scale * 15 < (values.max() - values.min()) / 2
    assert fitted(np.linspace(-1, 1, 1000, dtype=np.float32), 8).scale == pytest.approx(2 / 255)


def test_weights_are_symmetric_by_output():
    matrix = np.array([[1.0, 0.0, -0.5], [-2.0, 0.0, 0.25]], np.float32)
    whole, scale = whole_weights(matrix, 4)
    assert scale == pytest.approx([2 / 7, 1 / 7, 0.5 / 7])
    assert whole.tolist() == [[4.0, 0.0, -7.0], [-7.0, 0.0, 4.0]]  # 3.5 to the even number


@pytest.mark.parametrize("bits", [8, 4])
def test_a_network_by_hand(bits):
    """The same in int64, written down once more for two linear layers."""
    work = WORKS["linear"]
    integers = quantised(work, work.inputs, bits, bits)
    values = work.inputs.reshape(len(work.inputs), -1)
    for name in ("fc1", "fc2"):
        matrix, bias = work.weights[name]
        steps, most = integers.steps[name, 0], 2 ** (bits - 1) - 1
        scale = np.abs(matrix).max(axis=0).astype(np.float64) / most
        weights = np.rint(matrix / scale).astype(np.int64)
        stored = np.clip(np.rint(values / steps.scale) + steps.zero, 0, 2**bits - 1).astype(np.int64)
        sums = (stored - steps.zero) @ weights
        values = sums * (steps.scale * scale) + bias
        values = np.maximum(values, 0) if name == "fc1" else values
    np.testing.assert_allclose(forward(work, work.inputs, integers).reshape(len(values), -1), values, rtol=1e-5, atol=1e-6)


def test_sums_are_those_of_onnx_integers():
    """ConvInteger of onnxruntime on the same unsigned inputs with their zero point, padded with it."""
    onnx, runtime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    helper, kinds = onnx.helper, onnx.TensorProto
    work = network([2, 6, 6], conv("c", 3, padding=1, bias=False), linear("fc", 2), samples=8)
    integers = quantised(work, work.inputs, 8, 8)
    steps, (matrix, scale) = integers.steps["c", 0], integers.weights["c"]
    node = helper.make_node("ConvInteger", ["x", "w", "xz", "wz"], ["y"], pads=[1, 1, 1, 1])
    ends = [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in (
        ("x", kinds.UINT8, [8, 2, 6, 6]), ("w", kinds.INT8, [3, 2, 3, 3]), ("xz", kinds.UINT8, []), ("wz", kinds.INT8, []))]
    graph = helper.make_graph([node], "g", ends, [helper.make_tensor_value_info("y", kinds.INT32, [8, 3, 6, 6])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    session = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    stored = (steps.whole(work.inputs) + steps.zero).astype(np.uint8)
    weights = matrix.T.reshape(3, 2, 3, 3).astype(np.int8)
    (sums,) = session.run(None, {"x": stored, "w": weights, "xz": np.array(steps.zero, np.uint8), "wz": np.array(0, np.int8)})
    ours = integers.image(work.layers["c"], work.inputs)
    np.testing.assert_allclose(ours, sums * (steps.scale * scale)[:, None, None], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", WORKS)
def test_sixteen_bits_are_as_good_as_float(name):
    work = WORKS[name]
    wanted = work.forward(work.inputs)
    errors = []
    for bits in (4, 8, 16):
        found = forward(work, work.inputs, quantised(work, work.inputs, bits, bits))
        errors.append(np.linalg.norm(found - wanted) / np.linalg.norm(wanted))
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 2e-3
    assert errors[1] < 0.08


@pytest.mark.parametrize("name", WORKS)
def test_products_in_float_are_the_float_network(name):
    from chipsim.studies.precision_integers import Products

    work = WORKS[name]
    np.testing.assert_allclose(forward(work, work.inputs, Products(work)), work.forward(work.inputs), rtol=1e-4, atol=1e-5)


def test_weights_and_activations_have_bits_of_their_own():
    work = WORKS["linear"]
    found = quantised(work, work.inputs, 4, 8)
    assert isinstance(found, Integers)
    assert max(np.abs(matrix).max() for matrix, _ in found.weights.values()) == 7
    assert {steps.bits for steps in found.steps.values()} == {8}
