"""Workload files that name an ONNX file, and ONNX files on the command line."""

from pathlib import Path

import numpy as np
import pytest
from small_files import arrays, write_small

from chipsim.errors import InputError
from chipsim.experiment import load_experiment
from chipsim.kinds import check_file
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.from_onnx import network_of
from chipsim.workload.layers import Linear
from chipsim.workload.load import load_workload

from .onnx.models import graph, node, outputs_of

NODES = [
    node("Gemm", "x", "w1", "b1", out="a", transB=1), node("Relu", "a", out="r"), node("Gemm", "r", "w2", "b2", name="last", transB=1),
]  # fmt: skip


@pytest.fixture
def files(tmp_path, monkeypatch) -> Path:
    """The network of small_files as an ONNX file beside its own files."""
    write_small(tmp_path)
    monkeypatch.chdir(tmp_path)
    stored = dict(zip(("w1", "b1", "w2", "b2"), arrays().values(), strict=True))
    graph(tmp_path / "net.onnx", NODES, ("n", 6), stored)
    (tmp_path / "imported.yaml").write_text("onnx: net.onnx\ndata: {file: data.npz}\n")
    return tmp_path


def test_layers_weights_input_and_name_come_from_the_file(files):
    workload, own = load_workload(files / "imported.yaml"), load_workload(files / "net.yaml")
    assert workload.name == "net"
    assert workload.shapes["the_Gemm"] == (5, 1, 1)
    np.testing.assert_array_equal(workload.forward(workload.inputs), own.forward(own.inputs))
    wanted = outputs_of(files / "net.onnx", workload.inputs[:, :, 0, 0])
    np.testing.assert_allclose(workload.forward(workload.inputs)[:, :, 0, 0], wanted, rtol=1e-4, atol=1e-6)


def test_the_description_is_equal_to_its_resolved_file(files):
    spec = load_workload(files / "imported.yaml").spec
    (files / "whole.yaml").write_text(spec.to_yaml())
    again = load_workload(files / "whole.yaml")
    assert again.spec == spec
    assert len(again.layers) == 2


def test_what_is_written_goes_before_what_is_in_the_file(files):
    (files / "imported.yaml").write_text("name: mine\nonnx: net.onnx\ninput: {shape: [6, 1, 1], divide_by: 2}\ndata: {file: data.npz}\n")
    workload = load_workload(files / "imported.yaml")
    assert workload.name == "mine"
    assert workload.spec.input.divide_by == 2


def test_an_experiment_of_an_imported_network_is_that_of_the_same_layers(files):
    (files / "experiment.yaml").write_text((files / "experiment.yaml").read_text().replace("net.yaml", "imported.yaml"))
    result = load_experiment(files / "experiment.yaml").run()
    assert result.metrics["float_accuracy"] == load_workload(files / "net.yaml").accuracy(*_data(files))
    assert [row["layer"] for row in result.layers] == ["the_Gemm", "last"]


def _data(files):
    workload = load_workload(files / "net.yaml")
    return workload.inputs, workload.labels


def test_an_onnx_file_alone_is_run_with_drawn_inputs(files):
    experiment = load_experiment(files / "net.onnx", files / "chip.yaml", ["stream=5"])
    assert experiment.workload.spec.drawn == "inputs"
    result = experiment.run()
    assert result.metrics["latency"] > 0
    assert "float_accuracy" not in result.metrics


def test_an_onnx_file_with_data_has_an_accuracy(files):
    experiment = load_experiment(files / "net.onnx", files / "chip.yaml", ["workload.data.file=data.npz", "times=[1 s]"])
    assert 0 <= experiment.run().metrics["float_accuracy"] <= 1


def test_check_knows_both(files):
    assert check_file(files / "imported.yaml") == "a workload, 2 layers, 45 MACs, 12 samples"
    assert check_file(files / "net.onnx") == "a workload, 2 layers, 45 MACs, 16 samples, inputs drawn"


def test_check_takes_changes_as_a_run_does(files):
    changes = ["workload.data.file=data.npz"]
    assert check_file(files / "net.onnx", changes) == "a workload, 2 layers, 45 MACs, 12 samples"
    assert check_file(files / "net.onnx", ["data.file=data.npz"]) == check_file(files / "net.onnx", changes)
    with pytest.raises(InputError, match="no axis is called 'rows'"):
        check_file(files / "net.onnx", ["workload.shapes.rows=3"])


def test_an_onnx_file_is_shown_and_checked_on_the_command_line(say, files):
    shown = say("show", "net.onnx")
    assert shown.code == 0
    assert "type: linear" in shown.out
    assert say("check", "net.onnx", "--data", "data.npz").out == "net.onnx: a workload, 2 layers, 45 MACs, 12 samples\n"
    assert say("check", "experiment.yaml", "--set", "seed=-1").code == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("onnx: none.onnx\nrandom: {}\n", "none.onnx: there is no such file"),
        ("onnx: net.onnx\n", "data: is missing; name labelled data, or write 'random: {}'"),
        ("onnx: net.onnx\nweights: weights.npz\nrandom: {}\n", "weights and onnx are both named"),
        ("onnx: net.onnx\nrandom: {}\nshapes: {rows: 3}\n", "no axis is called 'rows'"),
        ("onnx: net.onnx\nrandom: {}\noutput: z\n", "has no output and no value 'z'"),
        ("onnx: net.onnx\nrandom: {}\ninput: {shape: [7, 1, 1]}\n", "the_Gemm.weight: is of shape [5, 6], expected [5, 7]"),
    ],
)
def test_mistakes(files, text, words):
    (files / "imported.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        load_workload(files / "imported.yaml")
    assert words in str(caught.value)


def test_keys_of_an_onnx_file_without_one_are_refused():
    with pytest.raises(InputError, match="shapes, output, digital and bind belong to an ONNX file"):
        WorkloadSpec(name="a", input={"shape": (1, 1, 1)}, shapes={"n": 2}, layers=[Linear(name="b", out_features=1)])


def test_a_file_is_read_again_when_it_has_changed(files):
    before = network_of("net.onnx", {}, None)
    assert network_of("net.onnx", {}, None) is before
    stored = dict(zip(("w1", "b1", "w2", "b2"), (2 * array for array in arrays().values()), strict=True))
    graph(files / "net.onnx", [*NODES[:2], node("Gemm", "r", "w2", "b2", transB=1, alpha=1.0)], ("n", 6), stored)
    after = network_of("net.onnx", {}, None)
    np.testing.assert_array_equal(after.arrays["the_Gemm.weight"], 2 * before.arrays["the_Gemm.weight"])
