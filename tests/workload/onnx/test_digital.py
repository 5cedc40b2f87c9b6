"""Operators that the vector unit computes by their reference implementation."""

import numpy as np
import pytest
from builders import chip

from chipsim.assumptions import sentences
from chipsim.errors import InputError
from chipsim.experiment import load_experiment
from chipsim.workload.layers import Operator
from chipsim.workload.load import load_workload
from chipsim.workload.onnx import read_onnx

from .models import check_equal, graph, node, numbers

STEM = node("Conv", "x", "k", out="a", kernel_shape=[1, 1])
IMAGE = ("n", 2, 4, 6)
KERNEL = {"k": numbers(4, 2, 1, 1)}
CASES = {
    "CumSum": ([node("CumSum", "a", "axis", reverse=1)], {"axis": np.int64(2)}),
    "Resize": ([node("Resize", "a", "", "by", mode="linear")], {"by": np.float32([1, 1, 1.5, 2])}),
    "ConvTranspose": ([node("ConvTranspose", "a", "w", "b", strides=[2, 2])], {"w": numbers(4, 3, 2, 2, seed=3), "b": numbers(3)}),
    "Pad": ([node("Pad", "a", "pads", mode="reflect")], {"pads": np.int64([0, 0, 1, 2, 0, 0, 1, 1])}),
    "Einsum": ([node("Transpose", "a", out="t", perm=[0, 1, 3, 2]), node("Einsum", "a", "t", equation="bchw,bcwv->bchv")], {}),
}


@pytest.mark.parametrize("op", CASES)
def test_an_operator_by_name(tmp_path, op):
    nodes, arrays = CASES[op]
    path = graph(tmp_path / "m.onnx", [STEM, *nodes], IMAGE, KERNEL | arrays)
    with pytest.raises(InputError, match=f"let the digital unit compute it .'digital: .{op}.' in the workload file"):
        read_onnx(path)
    found = check_equal(path, numbers(2, 2, 4, 6), digital=[op])
    (layer,) = (layer for layer in found.spec.layers if isinstance(layer, Operator))
    assert f"= {op}" in layer.node
    assert read_onnx(path, digital="all").spec.layers[-1].type_name == "onnx_operator"


def test_operations_are_counted_as_the_user_says(tmp_path):
    path = graph(tmp_path / "m.onnx", [STEM, *CASES["CumSum"][0]], IMAGE, KERNEL | CASES["CumSum"][1])
    layer = read_onnx(path, digital={"CumSum": 12}).spec.layers[-1]
    assert layer.operations(4) == {"function": 48}
    assert read_onnx(path, digital="CumSum").spec.layers[-1].operations(4) == {"function": 4}


def test_several_outputs(tmp_path):
    nodes = [node("TopK", "a", "two", out="best,places", axis=1), node("Relu", "best")]
    check_equal(graph(tmp_path / "m.onnx", [STEM, *nodes], IMAGE, KERNEL | {"two": np.int64([2])}), numbers(2, 2, 4, 6), digital="all")


def test_what_works_across_samples_is_refused(tmp_path):
    path = graph(tmp_path / "m.onnx", [STEM, node("CumSum", "a", "axis")], IMAGE, KERNEL | {"axis": np.int64(0)})
    with pytest.raises(InputError, match="works across the samples of a batch"):
        read_onnx(path, digital=["CumSum"])
    path = graph(tmp_path / "m.onnx", [STEM, node("CumSum", "a", "axis")], (1, *IMAGE[1:]), KERNEL | {"axis": np.int64(0)})
    check_equal(path, numbers(2, 2, 4, 6), digital=["CumSum"])


def test_control_flow_stays_refused(tmp_path):
    branch = graph_of_relu()
    path = graph(tmp_path / "m.onnx", [STEM, node("Cast", "a", out="c", to=9), node("If", "c", then_branch=branch, else_branch=branch)],
                 IMAGE, KERNEL)  # fmt: skip
    with pytest.raises(InputError, match="control flow is not supported"):
        read_onnx(path, digital="all")


def graph_of_relu():
    import onnx

    output = onnx.helper.make_tensor_value_info("t", onnx.TensorProto.FLOAT, None)
    return onnx.helper.make_graph([node("Relu", "a", out="t")], "branch", [], [output])


def test_a_workload_is_read_again_from_its_own_file(tmp_path):
    graph(tmp_path / "m.onnx", [STEM, *CASES["ConvTranspose"][0]], IMAGE, KERNEL | CASES["ConvTranspose"][1])
    (tmp_path / "w.yaml").write_text("onnx: m.onnx\nrandom: {samples: 2}\ndigital: {ConvTranspose: 8}\n")
    first = load_workload(tmp_path / "w.yaml")
    (tmp_path / "again.yaml").write_text(first.spec.to_yaml())
    second = load_workload(tmp_path / "again.yaml")
    np.testing.assert_array_equal(second.forward(second.inputs), first.forward(first.inputs))
    assert second.layers["the_ConvTranspose"].each == 8


def test_a_report_says_that_the_cost_is_assumed(tmp_path):
    graph(tmp_path / "m.onnx", [STEM, *CASES["ConvTranspose"][0]], IMAGE, KERNEL | CASES["ConvTranspose"][1])
    question = load_experiment(tmp_path / "m.onnx", chip(), ["workload.digital={ConvTranspose: 8}"]).question
    told = [text for text in sentences(question) if "digital unit" in text]
    assert len(told) == 1
    assert "are assumed (the_ConvTranspose: 8)" in told[0]
