"""What cannot be imported: one clear message each, all of them at once."""

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.experiment import load_experiment
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
    assert "let the digital unit compute it ('digital: [Einsum, Det]' in the workload file)" in str(error)
    assert "all operators: docs/how-to-bring-my-onnx-model.md" in error.problems[-1].message
    assert "operator Softmax: works across the samples of a batch" in str(error)
    assert all(problem.file == str(tmp_path / "m.onnx") for problem in error.problems)


def test_what_the_output_does_not_need_is_left_out(tmp_path):
    nodes = [node("Gemm", "x", "w", "c", out="y"), node("Det", "y", out="d"), node("Relu", "y", out="r")]
    path = graph(tmp_path / "m.onnx", nodes, ("n", 6), LINEAR, outputs=["y", "d"])
    assert len(read_onnx(path, output="y").spec.layers) == 1
    assert "has 2 outputs (y, d); say which: 'output: y'" in str(said(path))
    assert "has no output and no value 'z'" in str(said(path, output="z"))


def test_any_value_within_the_graph_may_be_the_output(tmp_path):
    nodes = [node("Gemm", "x", "w", "c", out="scores"), node("ArgMax", "scores", axis=1)]
    path = graph(tmp_path / "m.onnx", nodes, ("n", 6), LINEAR)
    assert "operator ArgMax: is not supported: gives places, not values" in str(said(path))
    assert "let the network end with what it reads: 'output: scores'" in str(said(path))
    assert len(read_onnx(path, output="scores").spec.layers) == 1


def test_control_flow(tmp_path):
    then = onnx.helper.make_graph([node("Relu", "x", out="t")], "then", [], [onnx.helper.make_tensor_value_info("t", FLOAT, None)])
    nodes = [node("Gemm", "x", "w", "c", out="a"), node("If", "c1", then_branch=then, else_branch=then), node("Relu", "a", out="z")]
    path = graph(tmp_path / "m.onnx", nodes, ("n", 6), LINEAR | {"c1": np.bool_(True)})
    assert "operator If: control flow is not supported" in str(said(path))


def test_reasons(tmp_path):
    nodes = [node("ConvTranspose", "x", "k", out="y", kernel_shape=[2, 2])]
    path = graph(tmp_path / "m.onnx", nodes, (1, 2, 4, 4), {"k": numbers(2, 3, 2, 2)})
    assert "operator ConvTranspose: is not supported: each of its outputs is a sum over several positions" in str(said(path))


@pytest.mark.parametrize("op", ["RandomNormalLike", "QuantizeLinear"])
def test_the_digital_unit_is_not_named_where_it_would_not_help(tmp_path, op):
    scale = ["s"] if op == "QuantizeLinear" else []
    nodes = [node("Gemm", "x", "w", "c", out="a"), node(op, "a", *scale)]
    path = graph(tmp_path / "m.onnx", nodes, ("n", 6), LINEAR | {"s": np.float32(1)})
    assert "export what is missing as other operators, or write the layers" in str(said(path))
    assert "digital unit" not in str(said(path))


def test_files_that_cannot_be_read(tmp_path):
    assert "there is no such file" in str(said(tmp_path / "none.onnx"))
    whole = linear(tmp_path / "whole.onnx").read_bytes()
    for name, content in {"empty": b"", "text": b"name: network\n", "short": whole[: len(whole) // 2], "start": whole[:20]}.items():
        (tmp_path / f"{name}.onnx").write_bytes(content)
        assert "cut short" in str(said(tmp_path / f"{name}.onnx"))


def test_what_is_no_onnx_file(tmp_path):
    (tmp_path / "folder.onnx").mkdir()
    assert "is a folder; expected an ONNX file" in str(said(tmp_path / "folder.onnx"))
    np.savez(tmp_path / "arrays.npz", a=np.zeros(3))
    (tmp_path / "arrays.npz").rename(tmp_path / "arrays.onnx")
    (tmp_path / "noise.onnx").write_bytes(np.random.default_rng(0).bytes(5000))
    for name in ("arrays", "noise"):
        assert f"{tmp_path}/{name}.onnx" in str(said(tmp_path / f"{name}.onnx"))


def test_operators_that_nobody_knows(tmp_path):
    made = onnx.helper.make_node("Fancy", ["x"], ["y"], name="f", domain="com.example")
    path = graph(tmp_path / "m.onnx", [made], (1, 6))
    model = onnx.load(str(path))
    model.opset_import.append(onnx.helper.make_opsetid("com.example", 1))
    onnx.save(model, str(path))
    assert "operators of the domain 'com.example' are known to who made them only" in str(said(path))
    assert "is not a valid ONNX graph" in str(said(graph(tmp_path / "n.onnx", [node("Fancy", "x")], (1, 6))))


def test_quantised_networks(tmp_path):
    arrays = {"s": np.float32(0.1), "z": np.uint8(0), "w": numbers(6, 4)}
    nodes = [node("QuantizeLinear", "x", "s", "z", out="q"), node("DequantizeLinear", "q", "s", "z", out="d"), node("MatMul", "d", "w")]
    error = str(said(graph(tmp_path / "m.onnx", nodes, (1, 6), arrays)))
    assert "the_QuantizeLinear: operator QuantizeLinear: is a quantised operator" in error
    assert "export in floating point" in error


def test_weights_that_are_stored_in_few_bits_are_read(tmp_path):
    arrays = {"w8": np.random.default_rng(0).integers(-100, 100, (6, 4)).astype(np.int8), "s": np.float32(0.02), "z": np.int8(3)}
    nodes = [node("DequantizeLinear", "w8", "s", "z", out="w"), node("MatMul", "x", "w")]
    found = read_onnx(graph(tmp_path / "m.onnx", nodes, (1, 6), arrays))
    np.testing.assert_allclose(found.arrays["the_MatMul.weight"].T, (arrays["w8"] - 3.0) * 0.02, rtol=1e-6)


def test_lengths_that_are_none(tmp_path):
    assert "axis 1 has the length 0; expected 1 or more" in str(said(linear(tmp_path / "m.onnx", shape=("n", 0))))
    path = linear(tmp_path / "n.onnx", shape=("n", "f"))
    assert "axis 1 has the length -2; expected 1 or more" in str(said(path, bound={"f": -2}))
    assert "multiplies [1, 7] with [6, 4]" in str(said(path, bound={"f": 7}))


def test_several_inputs(tmp_path):
    path = linear(tmp_path / "m.onnx")
    model = onnx.load(str(path))
    model.graph.input.append(onnx.helper.make_tensor_value_info("other", FLOAT, ["n", 4]))
    onnx.save(model, str(path))
    assert len(read_onnx(path).spec.layers) == 1  # nothing reads it
    model.graph.node[0].output[0] = "a"
    model.graph.node.append(node("Add", "a", "other"))
    onnx.save(model, str(path))
    assert "has 2 inputs that 'y' depends on: x float [n, 6], other float [n, 4]; one of them is" in str(said(path))
    assert "such as 'bind: {other: 0}'" in str(said(path))


def test_a_fixed_batch_is_one_sample_after_the_other(tmp_path):
    found = read_onnx(linear(tmp_path / "m.onnx", shape=(8, 6)))
    assert found.input.shape == (1, 6)
    nodes = [node("Gemm", "x", "w", "c", out="a"), node("Reshape", "a", "s", out="b"), node("Relu", "b")]
    assert read_onnx(graph(tmp_path / "r.onnx", nodes, (8, 6), LINEAR | {"s": np.int64([8, 2, -1])})).output.shape == (1, 2, 2)
    nodes = [node("Gemm", "x", "w", "c", out="a"), node("Add", "a", "each")]
    path = graph(tmp_path / "e.onnx", nodes, (8, 6), LINEAR | {"each": numbers(8, 4)})
    assert "works across the samples of a batch" in str(said(path))


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
    assert "is of opset 5, expected 6 to" in str(said(linear(tmp_path / "old.onnx", opset=5)))
    assert "is of opset 999, expected 6 to" in str(said(linear(tmp_path / "new.onnx", opset=999)))


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
    assert "has 1 axes, expected a batch and one or more others" in str(said(linear(tmp_path / "m.onnx", shape=(6,))))
    model = onnx.load(str(linear(tmp_path / "m.onnx")))
    model.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.STRING
    onnx.save(model, str(tmp_path / "m.onnx"))
    assert "reads numbers of type string" in str(said(tmp_path / "m.onnx"))


REFUSED = [
    ([node("Concat", "a", "c", axis=0)], "works across the samples of a batch"),
    ([node("Slice", "a", "one", "end", "axis", "back")], "takes an axis backwards"),
    ([node("Gather", "a", "odd", axis=1)], "gathers indices that do not follow each other"),
    ([node("Resize", "a", "", "half")], "resizes by [1.0, 1.0, 0.5, 0.5], expected whole factors"),
    ([node("Pow", "a", "p")], "has exponents that differ from each other"),
    ([node("Pad", "a", "pads", mode="reflect")], "pads in mode 'reflect'"),
    ([node("Div", "a", "zero")], "divides by a constant that holds a 0"),
    ([node("ReduceMean", "a", axes=[0, 2])], "works across the samples of a batch"),
]


@pytest.mark.parametrize(("nodes", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_uses_of_operators_that_are_not_supported(tmp_path, nodes, words):
    stem = [node("Conv", "x", "k", out="a", kernel_shape=[1, 1]), node("Tanh", "a", out="b")]
    arrays = {"k": numbers(4, 2, 1, 1), "p": numbers(4, 5, 5), "pads": np.int64([0, 0, 1, 1, 0, 0, 1, 1]), "zero": np.float32(0)}
    arrays |= {"one": np.int64([4]), "end": np.int64([0]), "axis": np.int64([2]), "back": np.int64([-1]), "odd": np.int64([0, 2])}
    arrays |= {"half": np.float32([1, 1, 0.5, 0.5]), "c": numbers(1, 4, 5, 5)}
    assert words in str(said(graph(tmp_path / "m.onnx", [*stem, *nodes], ("n", 2, 5, 5), arrays)))


def test_the_digital_unit_is_not_named_for_numbers_that_do_not_fit(tmp_path):
    assert "digital unit" not in str(said(linear(tmp_path / "m.onnx", c=numbers(5))))
    stored = {name: np.ones(6, np.float32) for name in "sbmv"}
    nodes = [node("BatchNormalization", "x", *"sbmv", out="y,m2,v2", training_mode=1)]
    assert "digital unit" not in str(said(graph(tmp_path / "n.onnx", nodes, ("n", 6), stored)))
    foreign = [node("Gemm", "x", "w", "c", out="a"), onnx.helper.make_node("Gemm", ["a"], ["y"], name="own", domain="my.own")]
    path = graph(tmp_path / "f.onnx", foreign, ("n", 6), LINEAR)
    model = onnx.load(path)
    model.opset_import.append(onnx.helper.make_opsetid("my.own", 1))
    onnx.save(model, path)
    assert "domain 'my.own'" in str(said(path))
    assert "digital unit" not in str(said(path))


def test_files_and_outputs_are_named_once(tmp_path):
    path = linear(tmp_path / "m.onnx", c=numbers(5))
    with pytest.raises(InputError) as caught:
        load_experiment(path)
    assert str(caught.value).splitlines()[0].count("m.onnx") == 1
    assert str(said(linear(tmp_path / "n.onnx"), output="z")).endswith("(known: y)")
