"""What cannot be imported: one clear message each, all of them at once."""

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.workload.onnx import read_onnx

from .models import FLOAT, check_equal, graph, node, numbers, onnx

LINEAR = {"w": numbers(6, 4), "c": numbers(4)}


def linear(path, shape=("n", 6), opset=17, **arrays):
    return graph(path, [node("Gemm", "x", "w", "c")], shape, LINEAR | arrays, opset)


def said(path, **keys):
    with pytest.raises(InputError) as caught:
        read_onnx(path, **keys)
    return caught.value


def test_all_that_is_not_supported_is_told_at_once(tmp_path):
    nodes = [
        node("Gemm", "x", "w", "c", out="a"), node("Einsum", "a", out="b", equation="ij->ij"), node("Relu", "b", out="r"),
        node("Det", "r", out="d"), node("Softmax", "a", out="s", axis=0), node("Add", "d", "s"),
    ]  # fmt: skip
    error = said(graph(tmp_path / "m.onnx", nodes, ("n", 6), LINEAR))
    assert [problem.key for problem in error.problems] == ["the_Einsum", "the_Det", "the_Softmax", ""]
    assert "the_Einsum: operator Einsum: is not supported\n" in str(error)
    assert "supported operators are Add, AveragePool" in error.problems[-1].message
    assert "operator Softmax: is taken over other axes than the channels" in str(error)
    assert all(problem.file == str(tmp_path / "m.onnx") for problem in error.problems)


def test_what_the_output_does_not_need_is_left_out(tmp_path):
    nodes = [node("Gemm", "x", "w", "c", out="y"), node("Det", "y", out="d"), node("Relu", "y", out="r")]
    path = graph(tmp_path / "m.onnx", nodes, ("n", 6), LINEAR, outputs=["y", "d"])
    assert len(read_onnx(path, output="y").spec.layers) == 1
    assert "has 2 outputs (y, d); say which: 'output: y'" in str(said(path))
    assert "has no output 'z'" in str(said(path, output="z"))


def test_control_flow(tmp_path):
    then = onnx.helper.make_graph([node("Relu", "x", out="t")], "then", [], [onnx.helper.make_tensor_value_info("t", FLOAT, None)])
    nodes = [node("Gemm", "x", "w", "c", out="a"), node("If", "c1", then_branch=then, else_branch=then), node("Relu", "a", out="z")]
    path = graph(tmp_path / "m.onnx", nodes, ("n", 6), LINEAR | {"c1": np.bool_(True)})
    assert "operator If: control flow is not supported" in str(said(path))


def test_reasons(tmp_path):
    nodes = [node("ConvTranspose", "x", "k", out="y", kernel_shape=[2, 2])]
    path = graph(tmp_path / "m.onnx", nodes, (1, 2, 4, 4), {"k": numbers(2, 3, 2, 2)})
    assert "operator ConvTranspose: is not supported: each of its outputs is a sum over several positions" in str(said(path))


def test_files_that_cannot_be_read(tmp_path):
    assert "there is no such file" in str(said(tmp_path / "none.onnx"))
    whole = linear(tmp_path / "whole.onnx").read_bytes()
    for name, content in {"empty": b"", "text": b"name: network\n", "short": whole[: len(whole) // 2], "start": whole[:20]}.items():
        (tmp_path / f"{name}.onnx").write_bytes(content)
        assert "cut short" in str(said(tmp_path / f"{name}.onnx"))


@pytest.mark.parametrize("cut", range(0, 400, 23))
def test_a_file_cut_anywhere_is_told_or_refused_in_words(tmp_path, cut):
    whole = linear(tmp_path / "whole.onnx").read_bytes()
    (tmp_path / "m.onnx").write_bytes(whole[: len(whole) - 1 - cut])
    assert str(tmp_path / "m.onnx") in str(said(tmp_path / "m.onnx"))


def test_weights_in_other_files(tmp_path):
    model = onnx.load(str(linear(tmp_path / "m.onnx")))
    keys = {"all_tensors_to_one_file": True, "location": "weights.bin", "size_threshold": 0}
    onnx.save_model(model, str(tmp_path / "m.onnx"), save_as_external_data=True, **keys)
    check_equal(tmp_path / "m.onnx", numbers(2, 6))
    (tmp_path / "weights.bin").unlink()
    assert "its weights lie in files beside it, which cannot be read" in str(said(tmp_path / "m.onnx"))


def test_weights_outside_the_folder_are_not_read(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.bin").write_bytes(bytes(96))
    model = onnx.load(str(linear(tmp_path / "in" / "m.onnx")))
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../secret.bin")
    onnx.save(model, str(tmp_path / "in" / "m.onnx"))
    assert "cannot be read" in str(said(tmp_path / "in" / "m.onnx"))


def test_a_graph_without_layers(tmp_path):
    path = graph(tmp_path / "m.onnx", [node("Flatten", "x")], (1, 6))
    assert "nothing is computed between the input and the output 'y'" in str(said(path))
    path = graph(tmp_path / "m.onnx", [node("Relu", "w")], (1, 6), LINEAR)
    assert "the output 'y' does not depend on the input" in str(said(path))


def test_inputs_and_attributes_that_contradict_each_other(tmp_path):
    scale = {"s": numbers(4), "b": numbers(4), "m": numbers(4), "v": numbers(4) ** 2}  # of an input of 6 channels
    path = graph(tmp_path / "m.onnx", [node("BatchNormalization", "x", *scale)], (1, 6), scale)
    assert "has a constant [4] for a tensor [1, 6], which it does not fit" in str(said(path))
    path = graph(tmp_path / "m.onnx", [node("Transpose", "x", perm=[0, 3])], (1, 6))
    assert "do not fit each other" in str(said(path))


def test_numbers_that_are_not_finite(tmp_path):
    broken = LINEAR["w"].copy()
    broken[2, 3] = np.nan
    assert "1 of its 24 numbers are not finite" in str(said(linear(tmp_path / "m.onnx", w=broken)))


def test_opsets(tmp_path):
    assert "is of opset 6, expected 7 to" in str(said(linear(tmp_path / "old.onnx", opset=6)))
    assert "is of opset 999, expected 7 to" in str(said(linear(tmp_path / "new.onnx", opset=999)))


@pytest.mark.parametrize("opset", [7, 11, 13, 19])
def test_supported_opsets(tmp_path, opset):
    check_equal(linear(tmp_path / "m.onnx", opset=opset), numbers(2, 6))


def test_shapes_that_do_not_fit(tmp_path):
    assert "multiplies [1, 5] with [6, 4]" in str(said(linear(tmp_path / "m.onnx", shape=(1, 5))))
    nodes = [node("Conv", "x", "k", kernel_shape=[3, 3])]
    small = graph(tmp_path / "c.onnx", nodes, (1, 2, 2, 9), {"k": numbers(3, 2, 3, 3)})
    assert "smaller than its kernel [3, 3]" in str(said(small))
    channels = graph(tmp_path / "d.onnx", nodes, (1, 5, 9, 9), {"k": numbers(3, 2, 3, 3)})
    assert "has a kernel for 2 channels, but its input has 5" in str(said(channels))


def test_axes_without_a_length(tmp_path):
    nodes = [node("Conv", "x", "k", out="a", kernel_shape=[3, 3]), node("GlobalAveragePool", "a")]
    path = graph(tmp_path / "m.onnx", nodes, ("n", 2, "rows", ""), {"k": numbers(3, 2, 3, 3)})
    error = said(path)
    assert "axis 2 has no fixed length; bind it, such as 'shapes: {rows: 64}'" in str(error)
    assert "'shapes: {3: 64}'" in str(error)
    assert "no axis is called 'row' (did you mean 'rows'?)" in str(said(path, bound={"rows": 5, "3": 6, "row": 1}))
    found = check_equal(path, numbers(2, 2, 5, 6), bound={"rows": 5, "3": 6})
    assert found.spec.input.shape == (2, 5, 6)


def test_inputs(tmp_path):
    assert "has a fixed batch of 8" in str(said(linear(tmp_path / "m.onnx", shape=(8, 6))))
    assert "has 1 axes, expected a batch and one to three more" in str(said(linear(tmp_path / "m.onnx", shape=(6,))))
    model = onnx.load(str(linear(tmp_path / "m.onnx")))
    model.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.INT64
    onnx.save(model, str(tmp_path / "m.onnx"))
    assert "reads numbers of type int64" in str(said(tmp_path / "m.onnx"))


REFUSED = [
    ([node("MatMul", "a", "b")], "that depend on the input, not as attention does"),
    ([node("Mul", "a", "p")], "differs from position to position"),
    ([node("Concat", "a", "b", axis=2)], "expected tensors side by side along the channels"),
    ([node("Transpose", "a", out="t", perm=[0, 1, 3, 2]), node("Add", "t", "a")], "numbers lie in different orders"),
    ([node("Pad", "a", "pads", mode="reflect")], "pads in mode 'reflect'"),
    ([node("Div", "a", "b")], "divides a tensor by another one"),
    ([node("ReduceMean", "a", axes=[1, 2])], "expected all positions, all channels, or both"),
]


@pytest.mark.parametrize(("nodes", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_uses_of_operators_that_are_not_supported(tmp_path, nodes, words):
    stem = [node("Conv", "x", "k", out="a", kernel_shape=[1, 1]), node("Tanh", "a", out="b")]
    arrays = {"k": numbers(4, 2, 1, 1), "p": numbers(4, 5, 5), "pads": np.int64([0, 0, 1, 1, 0, 0, 1, 1])}
    assert words in str(said(graph(tmp_path / "m.onnx", [*stem, *nodes], (1, 2, 5, 5), arrays)))
