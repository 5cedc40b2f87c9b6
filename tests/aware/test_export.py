"""Found weights as files: read back by chipsim, PyTorch and onnxruntime, with equal outputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from builders import chip, conv, linear, network, pool, residual

from chipsim.aware.export import write_onnx, write_weights
from chipsim.aware.network import AwareNetwork
from chipsim.experiment import Experiment
from chipsim.question import Question
from chipsim.workload.data import DataSpec
from chipsim.workload.from_onnx import network_of
from chipsim.workload.given import brought
from chipsim.workload.graph import Workload
from chipsim.workload.layers import Recurrent
from chipsim.workload.load import build_workload, load_workload

runtime = pytest.importorskip("onnxruntime")


def twin(workload: Workload) -> AwareNetwork:
    workload = brought(workload)
    return AwareNetwork(Experiment(Question(workload=workload.spec, architecture=chip()), workload))


def recurrent(kind: str, **keys) -> Workload:
    return network([3, 5, 1], {"type": kind, "name": kind, "hidden_size": 4} | keys, linear("out", 2))


NETWORKS = {
    "mlp": lambda: network([6, 1, 1], linear("a", 5, activation="relu"), linear("b", 3)),
    "cnn": lambda: network([1, 8, 8], conv("a", 3, activation="relu"), pool("p"), linear("b", 4)),
    "residual": residual,
    "lstm": lambda: recurrent("lstm", last_only=True),
    "gru backward": lambda: recurrent("gru", backward=True),
    "lstm backward, with states": lambda: recurrent("lstm", backward=True, first_state=True),
    "gru backward, its last state": lambda: recurrent("gru", backward=True, last_only=True),
    "rnn backward, with a state": lambda: recurrent("rnn", backward=True, first_state=True, last_only=True),
    "rnn backward, relu": lambda: recurrent("rnn", backward=True, function="relu"),
    "rnn with a state": lambda: recurrent("rnn", first_state=True),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_onnx_file_gives_what_the_float_network_gives(name, tmp_path):
    workload = NETWORKS[name]()
    path = tmp_path / "model.onnx"
    assert write_onnx(twin(workload), path) == ""
    expected = workload.forward(workload.inputs)
    session = runtime.InferenceSession(str(path))
    (found,) = session.run(None, {"input": workload.inputs})
    np.testing.assert_allclose(found.reshape(expected.shape), expected, rtol=1e-4, atol=1e-5)
    (one,) = session.run(None, {"input": workload.inputs[:1]})  # the batch is free
    np.testing.assert_allclose(one.reshape(expected[:1].shape), expected[:1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_chipsim_reads_the_onnx_file_back(name, tmp_path):
    workload = NETWORKS[name]()
    write_onnx(twin(workload), tmp_path / "model.onnx")
    back = network_of(str(tmp_path / "model.onnx"), {}, None)
    again = build_workload(back.spec, back.arrays, workload.inputs, workload.labels)
    expected = workload.forward(workload.inputs)
    np.testing.assert_allclose(again.forward(workload.inputs).reshape(expected.shape), expected, rtol=1e-4, atol=1e-5)
    kinds = [layer.type_name for layer in again.layers.values() if isinstance(layer, Recurrent)]
    assert kinds == [layer.type_name for layer in workload.layers.values() if isinstance(layer, Recurrent)]
    assert any(getattr(layer, "backward", False) for layer in again.layers.values()) == ("backward" in name)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_workload_with_the_weights_is_the_network(name, tmp_path):
    workload = NETWORKS[name]()
    one = twin(workload)
    with torch.no_grad():
        for parameter in one.parameters():
            parameter.mul_(0.5)
    np.savez(tmp_path / "data.npz", x_test=workload.inputs, y_test=workload.labels)
    spec = workload.spec.having(data=DataSpec(file=str(tmp_path / "data.npz")))
    ranges = {name: 1.5 for name in workload.weights}
    write_weights(tmp_path, spec, one.arrays(), ranges)
    back = load_workload(tmp_path / "workload.yaml")
    np.testing.assert_allclose(back.forward(workload.inputs), one.exact(torch.tensor(workload.inputs)).detach(), rtol=1e-4, atol=1e-5)
    assert {back.layers[name].input_range for name in back.weights} == {1.5}
    state = torch.load(tmp_path / "state_dict.pt", weights_only=True)
    assert {name: tensor.shape for name, tensor in state.items()} == {name: array.shape for name, array in one.arrays().items()}
    assert Path(back.spec.weights).parent == tmp_path


@pytest.mark.parametrize("kind", [RuntimeError, IndexError, torch.onnx.errors.UnsupportedOperatorError])
def test_what_cannot_be_exported_is_one_sentence(kind, tmp_path, monkeypatch, capfd):
    def refuse(*_, **__):
        torch._C._jit_onnx_log("graph", "of many lines")
        raise kind("no way", 17, None, None) if kind.__module__.startswith("torch") else kind("no way")

    monkeypatch.setattr(torch.onnx, "export", refuse)
    said = write_onnx(twin(NETWORKS["mlp"]()), tmp_path / "model.onnx")
    assert said.startswith("model.onnx was not written: PyTorch's exporter knows no way (")
    assert "\n" not in said
    assert capfd.readouterr().out == ""


def test_what_cannot_be_exported_is_told_in_a_sentence(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise RuntimeError("no symbolic for aten::strange\nmore")

    monkeypatch.setattr(torch.onnx, "export", refuse)
    said = write_onnx(twin(NETWORKS["mlp"]()), tmp_path / "model.onnx")
    assert said == "model.onnx was not written: PyTorch's exporter knows no way (no symbolic for aten::strange)"
